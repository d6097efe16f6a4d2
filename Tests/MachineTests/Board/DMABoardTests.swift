import Fabric
import Testing

@testable import Machine

/// Random DMA programs on the whole board: every channel between memory and the registers of every device.
@Suite("DMA on the board")
struct DMABoardTests {
  /// SplitMix.
  struct Dice {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
    mutating func below(_ bound: UInt64) -> UInt64 { next() % bound }
    mutating func word() -> UInt32 { UInt32(truncatingIfNeeded: next()) }
  }

  struct Program {
    let board: RaspberryPi4
    private var dice: Dice

    init(seed: UInt64) throws {
      var configuration = BoardConfiguration()
      configuration.identity.memory = .oneGiB
      board = try RaspberryPi4(configuration)
      dice = Dice(state: seed)
    }

    /// A bus address of a device's register, or of memory.
    private mutating func place(isWide: Bool) -> UInt64 {
      let prefix: UInt64 = isWide ? 0x4_0000_0000 : 0
      if dice.below(3) == 0 { return (isWide ? 0 : 0xc000_0000) + 0x10_0000 + dice.below(0x10_0000) }
      let devices = board.bus.mappings.filter { (0xfc00_0000..<1 << 32).contains($0.range.lowerBound) }
      let range = devices[Int(dice.below(UInt64(devices.count)))].range
      let offset = dice.below(min(UInt64(range.count), dice.below(3) == 0 ? 0x1_0000 : 0x100)) & ~3
      return prefix + (range.lowerBound - 0x8000_0000) + offset
    }

    private mutating func makeBlocks() {
      for index: UInt64 in 0..<32 {
        let isWide = index >= 16
        let source = place(isWide: isWide)
        let destination = place(isWide: isWide)
        let length = UInt32(dice.below(dice.below(8) == 0 ? 0x10000 : 256))
        let next = (isWide ? 16 : 0) + dice.below(18)
        let nextAddress = next % 17 == 0 ? 0 : 0x1000 + next * 32
        var words: [UInt32]
        if isWide {
          words = [
            dice.word() & 0xffff_01ff, UInt32(truncatingIfNeeded: source),
            dice.word() & ~0xff | UInt32(source >> 32),
            UInt32(truncatingIfNeeded: destination), dice.word() & ~0xff | UInt32(destination >> 32), length,
            UInt32(nextAddress >> 5), 0,
          ]
        } else {
          let information = dice.word() & (dice.below(4) == 0 ? ~0 : ~(0x1f << 16))
          let link: UInt32 = nextAddress == 0 ? 0 : 0xc000_0000 | UInt32(nextAddress)
          words = [information, UInt32(source), UInt32(destination), length, dice.word(), link, 0, 0]
        }
        for (place, word) in words.enumerated() {
          let bytes = (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32($0 * 8)) }
          _ = board.ram.load(bytes, at: 0x1000 + index * 32 + UInt64(place) * 4)
        }
      }
      // What is written to registers.
      let bytes = (0..<0x10_0000).map { UInt8(truncatingIfNeeded: $0 &* 37 >> 3) }
      _ = board.ram.load(bytes, at: 0x10_0000)
    }

    mutating func run() throws {
      makeBlocks()
      for _ in 0..<40 {
        let channel = dice.below(15)
        let isWide = channel >= 11
        let block = 0x1000 + (isWide ? 16 : 0) * 32 + dice.below(16) * 32
        write(channel << 8 | 4, isWide ? block >> 5 : 0xc000_0000 | block)
        write(channel << 8, dice.below(8) == 0 ? dice.next() & 0xffff_ffff : 1)
        board.time.advance(to: board.time.now + dice.below(50_000))
      }
    }

    private func write(_ offset: UInt64, _ value: UInt64) {
      let access = BusAccess(
        address: PhysicalAddress(MemoryMap.dma.base + offset), size: 4, isSecure: true,
        initiator: BusInitiator(kind: .core, exceptionLevel: 2))
      try? board.bus.write(access, value)
    }

    var hash: UInt64 {
      var hasher = StateHasher()
      for device in board.devices { device.visitState(&hasher) }
      return hasher.value
    }
  }

  @Test("neither traps nor hangs, and repeats exactly", arguments: 0..<8)
  func programs(part: UInt64) throws {
    for number in 0..<6 as Range<UInt64> {
      var hashes: [UInt64] = []
      for _ in 0..<2 {
        var program = try Program(seed: part * 1000 + number)
        try program.run()
        hashes.append(program.hash)
      }
      #expect(hashes[0] == hashes[1], "program \(part * 1000 + number)")
    }
  }
}
