import Fabric
import Testing

@testable import Machine

/// A 64-bit generator that is the same everywhere (Steele, Lea, Flood: SplitMix).
private struct Dice: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
  mutating func below(_ bound: UInt64) -> UInt64 { next() % bound }
}

/// Random transfers over every window that is not RAM, from all cores, while virtual time goes on.
private struct BoardFuzz {
  let board: RaspberryPi4
  var dice: Dice
  /// What the reads gave, so that two fuzzes can be compared.
  private(set) var answers = StateHasher()
  private(set) var faults = 0

  init(seed: UInt64) throws {
    var configuration = BoardConfiguration()
    configuration.identity.memory = .oneGiB
    board = try RaspberryPi4(configuration)
    dice = Dice(state: seed)
  }

  private mutating func address(size: UInt64) -> UInt64 {
    let mappings = board.bus.mappings
    let address: UInt64
    switch dice.below(10) {
    // A part of the board: mostly its first KiB, where the registers are.
    case 0...6:
      let mapping = mappings[Int(dice.below(UInt64(mappings.count)))]
      let span = UInt64(mapping.range.count)
      address = mapping.range.lowerBound + dice.below(dice.below(4) == 0 ? span : min(span, 0x400))
    // The interrupt controller, whose state is the largest.
    case 7: address = 0xff84_0000 + dice.below(0x8000)
    // Nothing is there: the memory that this board does not have.
    case 8 where dice.below(8) == 0: address = 0x4000_0000 + dice.below(0xbc00_0000)
    case 8: address = 0xfc00_0000 + dice.below(0x400_0000)
    default: address = MemoryMap.pcieOutbound.base + dice.below(MemoryMap.pcieOutbound.size)
    }
    return address & ~(size - 1)
  }

  private mutating func value() -> UInt64 {
    switch dice.below(6) {
    case 0: 0
    case 1: UInt64.max
    case 2: 1 << dice.below(64)
    // The password of power management and clocks.
    case 3: 0x5a00_0000 | dice.below(1 << 24)
    default: dice.next()
    }
  }

  mutating func run(accesses: Int) {
    for _ in 0..<accesses {
      let size = UInt64(1) << dice.below(4)
      let initiator = BusInitiator(
        kind: .core, index: UInt8(dice.below(4)), exceptionLevel: UInt8(dice.below(4)),
        vmid: UInt16(dice.below(256)))
      let access = BusAccess(
        address: PhysicalAddress(address(size: size)), size: UInt8(size), isSecure: dice.below(2) == 0,
        initiator: initiator)
      do throws(BusFault) {
        if dice.below(2) == 0 {
          try board.bus.write(access, value())
        } else {
          answers.combine(try board.bus.read(access))
        }
      } catch {
        faults += 1
        answers.combine(error == .decode ? 1 : 2)
      }
      // Now and then time passes: mostly microseconds, sometimes hours, so that every event fires.
      switch dice.below(256) {
      case 0...7: advance(dice.below(20_000))
      case 8: advance(dice.below(10_000_000))
      case 9 where dice.below(8) == 0: advance(dice.below(10_000_000_000_000))
      case 10: _ = board.auxiliary.receive(UInt8(truncatingIfNeeded: dice.next()))
      case 11: _ = board.uarts[Int(dice.below(5))].receive(UInt8(truncatingIfNeeded: dice.next()))
      default: break
      }
    }
  }

  private func advance(_ nanoseconds: UInt64) { board.time.advance(to: board.time.now &+ nanoseconds) }
}

extension RaspberryPi4 {
  /// The state of each part but RAM, by name.
  fileprivate var partHashes: [(name: String, hash: UInt64)] {
    var parts: [(name: String, hash: UInt64)] = [("time", time.now)]
    parts.append(("events", UInt64(time.pending.count)))
    for core in cluster.cores {
      var hasher = StateHasher()
      core.visitState(&hasher)
      parts.append(("cpu\(core.index)", hasher.value))
      parts.append(("inputs of cpu\(core.index)", UInt64(core.interruptInputs.rawValue)))
    }
    for device in devices {
      var hasher = StateHasher()
      device.visitState(&hasher)
      parts.append((device.name, hasher.value))
    }
    return parts
  }
}

@Suite("Hostile transfers to the whole board")
struct BoardFuzzTests {
  @Test("A million random reads and writes of every size never trap", arguments: [1, 2] as [UInt64])
  func million(seed: UInt64) throws {
    var fuzz = try BoardFuzz(seed: seed)
    fuzz.run(accesses: 500_000)
    #expect(fuzz.faults > 0)
    // Whatever state they left, the cores still run: four boot stubs in a row.
    for word in 0..<64 as Range<UInt64> {
      let access = BusAccess(address: PhysicalAddress(word * 4), size: 4)
      try fuzz.board.bus.write(access, 0xd503_201f)   // NOP
    }
    fuzz.board.loop.stopRequested = false
    let stop = fuzz.board.loop.run(until: fuzz.board.time.now &+ 20_000) { false }
    #expect(stop == .limit || stop == .requested || stop == .nothingCanHappen)
  }

  @Test("The same transfers twice give the same answers and the same board")
  func deterministic() throws {
    var first = try BoardFuzz(seed: 3)
    var second = try BoardFuzz(seed: 3)
    first.run(accesses: 50_000)
    second.run(accesses: 50_000)
    #expect(first.answers.value == second.answers.value)
    #expect(first.board.stateHash() == second.board.stateHash())
  }

  @Test("A reset leaves nothing of them: every part is as on a new board", arguments: [4, 5, 6] as [UInt64])
  func reset(seed: UInt64) throws {
    let fresh = try BoardFuzz(seed: 0).board
    var fuzz = try BoardFuzz(seed: seed)
    fuzz.run(accesses: 100_000)
    let before = fuzz.board.partHashes
    #expect(zip(before, fresh.partHashes).filter { $0.0.hash != $0.1.hash }.count > 20)
    fuzz.board.reset()
    for (part, new) in zip(fuzz.board.partHashes, fresh.partHashes) {
      #expect(part.hash == new.hash, "\(part.name)")
    }
    #expect(fuzz.board.time.pending.map(\.name) == fresh.time.pending.map(\.name))
    #expect(fuzz.board.time.pending.map(\.deadline) == fresh.time.pending.map(\.deadline))
    #expect(fuzz.board.requestedReset == nil)
  }

  @Test("After a reset a guest runs as on a new board", .enabled(if: BareMetalGuests.toolsAreThere))
  func rerun() throws {
    let fresh = try GuestRun(guest: "virtual-interrupts")
    #expect(fresh.run() == .powerOff)
    var fuzz = try BoardFuzz(seed: 7)
    fuzz.run(accesses: 20_000)
    fuzz.board.reset()
    let again = try GuestRun(program: BareMetalGuests.image("virtual-interrupts"), on: fuzz.board)
    #expect(again.run() == .powerOff, "\(again.machine.corePlaces)")
    #expect(again.transcript.text == fresh.transcript.text)
    #expect(again.machine.instructionsPerCore == fresh.machine.instructionsPerCore)
    #expect(again.machine.elapsedNanoseconds == fresh.machine.elapsedNanoseconds)
  }
}
