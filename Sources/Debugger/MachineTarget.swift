import CPU
import Fabric
import MMU
import Machine

/// Which memory a debugger's addresses mean.
public enum MemorySpace: Hashable, Sendable {
  /// As the selected core sees it, at its level or another one.
  case virtual(level: Int?)
  /// What a guest takes for physical, by VMID; nil for the selected core's.
  case intermediate(vmid: UInt16?)
  case physical

  var text: String {
    switch self {
    case .virtual(nil): "va, at the level of the selected core"
    case .virtual(let level?): "va, at EL\(level)"
    case .intermediate(nil): "ipa, with the selected core's VTTBR_EL2"
    case .intermediate(let vmid?): "ipa, of VMID \(vmid)"
    case .physical: "pa"
    }
  }
}

/// The machine as the remote protocol needs it.
final class MachineTarget {
  let machine: BoardMachine
  var cluster: Cluster { machine.board.cluster }
  var cores: [Core] { machine.board.cluster.cores }
  /// Whether devices may be read and written, with all that this does to them.
  var reachesDevices = false
  var space = MemorySpace.virtual(level: nil)
  /// The stage-2 tables that were seen, by VMID.
  private var tables: [UInt16: UInt64] = [:]

  init(_ machine: BoardMachine) { self.machine = machine }

  /// The machine stands still: looks whose stage-2 tables are in use.
  func noteTables() {
    for core in cores where core.stored(.vttbrEL2) != 0 { tables[core.vmid] = core.stored(.vttbrEL2) }
  }

  var knownVMIDs: [UInt16] { tables.keys.sorted() }

  // MARK: Registers

  func read(_ number: Int, of core: Core) -> [UInt8]? {
    switch number {
    case 0...30: return Self.bytes(core.generalRegister(number), 8)
    case TargetDescription.stackPointer: return Self.bytes(core.stackPointer, 8)
    case TargetDescription.programCounter: return Self.bytes(core.programCounter, 8)
    case TargetDescription.processorState: return Self.bytes(core.processorState, 4)
    case TargetDescription.firstVector..<TargetDescription.status:
      let (low, high) = core.vectorRegister(number - TargetDescription.firstVector)
      return Self.bytes(low, 8) + Self.bytes(high, 8)
    case TargetDescription.status: return Self.bytes(core.floatingPointStatus, 4)
    case TargetDescription.control: return Self.bytes(core.floatingPointControl, 4)
    default: return TargetDescription.system(number).map { Self.bytes(core.read($0), 8) }
    }
  }

  /// False: there is no such register, it cannot be written, or the value has another size.
  func write(_ number: Int, of core: Core, _ value: [UInt8]) -> Bool {
    guard value.count == TargetDescription.size(number), !value.isEmpty else { return false }
    let low = Self.number(value.prefix(8))
    switch number {
    case 0...30: core.setGeneralRegister(number, low)
    case TargetDescription.stackPointer: core.setGeneralRegister(31, low)
    case TargetDescription.programCounter: core.setProgramCounter(low)
    case TargetDescription.processorState: core.setProcessorState(low)
    case TargetDescription.firstVector..<TargetDescription.status:
      core.setVectorRegister(number - TargetDescription.firstVector, low, Self.number(value.dropFirst(8)))
    case TargetDescription.status: core.floatingPointStatus = low
    case TargetDescription.control: core.floatingPointControl = low
    default: return TargetDescription.system(number).map { core.write($0, low) } ?? false
    }
    return true
  }

  static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value &>> (UInt64($0) &* 8)) }
  }

  static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 &<< 8 | UInt64($1) }
  }

  // MARK: Memory

  struct Refusal: Error { let text: String }

  /// The physical address of an address in `space`.
  func resolve(_ address: UInt64, for core: Core) throws(Refusal) -> UInt64 {
    let result: Result<UInt64, TranslationFault>
    switch space {
    case .physical: return address
    case .virtual(let level): result = core.translate(address, level: level)
    case .intermediate(let vmid):
      var controls = core.translationControls
      if let vmid, vmid != core.vmid {
        guard let table = tables[vmid] else {
          throw Refusal(text: "no stage-2 tables of VMID \(vmid) were seen yet")
        }
        controls.vttbrEL2 = table
      }
      result = core.unit.translate(address, with: controls, exceptionLevel: 1, isIntermediate: true)
    }
    switch result {
    case .success(let physical): return physical
    case .failure(let fault):
      let stage = fault.isStageTwo ? 2 : 1
      throw Refusal(text: "\(address.hex()): \(fault.kind) fault of stage \(stage), level \(fault.level)")
    }
  }

  /// Reads until something is in the way; throws if that is at the first byte.
  func read(_ address: UInt64, count: Int, for core: Core) throws(Refusal) -> [UInt8] {
    var result: [UInt8] = []
    while result.count < count {
      let at = address &+ UInt64(truncatingIfNeeded: result.count)
      let length = min(count - result.count, 4096 - Int(truncatingIfNeeded: at & 0xfff))
      do throws(Refusal) {
        let physical = try resolve(at, for: core)
        if let bytes = machine.board.ram.bytes(at: physical, count: length) {
          result += bytes
        } else {
          result += try readDevice(physical, length, for: core)
        }
      } catch {
        if result.isEmpty { throw error }
        return result
      }
    }
    return result
  }

  func write(_ bytes: [UInt8], at address: UInt64, for core: Core) throws(Refusal) {
    // Nothing is written unless all can be.
    var pieces: [(physical: UInt64, part: Range<Int>, isRAM: Bool)] = []
    var done = 0
    let ram = machine.board.ram
    while done < bytes.count {
      let at = address &+ UInt64(truncatingIfNeeded: done)
      let length = min(bytes.count - done, 4096 - Int(truncatingIfNeeded: at & 0xfff))
      let physical = try resolve(at, for: core)
      let isRAM = ram.isRAM(physical, count: UInt64(length))
      if !isRAM && !reachesDevices { throw Self.isDevice(physical) }
      pieces.append((physical, done..<(done + length), isRAM))
      done += length
    }
    for piece in pieces {
      let part = Array(bytes[piece.part])
      if piece.isRAM {
        // Translated code goes, and monitors, as with a store of any other master.
        cluster.willStoreFromOutside(piece.physical, UInt64(part.count))
        _ = ram.load(part, at: piece.physical)
      } else {
        try writeDevice(part, at: piece.physical, for: core)
      }
    }
  }

  private static func isDevice(_ physical: UInt64) -> Refusal {
    Refusal(text: "PA \(physical.hex()) is no RAM: what a device does when it is read cannot be undone; "
      + "'monitor mmio on' allows it")
  }

  /// Accesses as large as they can be.
  private static func sizes(_ physical: UInt64, _ count: Int) -> [(address: UInt64, size: Int)] {
    var result: [(address: UInt64, size: Int)] = []
    var at = physical
    var left = count
    while left > 0 {
      var size = 8
      while size > left || at & UInt64(size - 1) != 0 { size /= 2 }
      result.append((at, size))
      at = at &+ UInt64(size)
      left -= size
    }
    return result
  }

  private func readDevice(_ physical: UInt64, _ count: Int, for core: Core) throws(Refusal) -> [UInt8] {
    guard reachesDevices else { throw Self.isDevice(physical) }
    var result: [UInt8] = []
    for (address, size) in Self.sizes(physical, count) {
      let access = BusAccess(address: PhysicalAddress(address), size: UInt8(size), initiator: .debugger)
      do throws(BusFault) {
        result += Self.bytes(try atOwnTime(core) { () throws(BusFault) in try machine.board.bus.read(access) }, size)
      } catch {
        if !result.isEmpty { return result }
        throw Refusal(text: "nothing answers at PA \(address.hex())")
      }
    }
    return result
  }

  private func writeDevice(_ bytes: [UInt8], at physical: UInt64, for core: Core) throws(Refusal) {
    var done = 0
    for (address, size) in Self.sizes(physical, bytes.count) {
      let value = Self.number(bytes[done..<(done + size)])
      let access = BusAccess(address: PhysicalAddress(address), size: UInt8(size), initiator: .debugger)
      do throws(BusFault) {
        try atOwnTime(core) { () throws(BusFault) in try machine.board.bus.write(access, value) }
      } catch {
        throw Refusal(text: "nothing answers at PA \(address.hex())")
      }
      done += size
    }
  }

  private func atOwnTime<T>(_ core: Core, _ body: () throws(BusFault) -> T) throws(BusFault) -> T {
    let now = machine.board.time.now
    machine.board.time.now = core.currentTime
    defer { machine.board.time.now = now }
    return try body()
  }
}
