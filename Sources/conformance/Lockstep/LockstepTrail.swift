import CPU
import Fabric

/// What one board did in a few slices: a record for each block and, at the end of each turn, one with the system
/// registers.
///
/// SAFETY: `storage` holds `capacity` records, `systems` one block of system registers for each of them that
/// ends a turn; both are owned by this object.
final class LockstepTrail {
  private var storage: UnsafeMutablePointer<UInt64>
  private var capacity = 1 << 12
  private(set) var count = 0
  private var systems: [UInt64] = []

  init() { storage = .allocate(capacity: capacity * LockstepRecord.words) }
  deinit { storage.deallocate() }

  func clear() {
    count = 0
    systems.removeAll(keepingCapacity: true)
  }

  /// Adds what a core left.
  func append(_ core: Core, _ block: ExecutedBlock?) {
    if count == capacity { grow() }
    LockstepRecord.capture(core, block, to: storage + count * LockstepRecord.words)
    count += 1
  }

  func appendSystem(_ core: Core) {
    systems.append(contentsOf: UnsafeBufferPointer(start: core.r + Slot.system, count: Self.systemWords))
  }

  subscript(_ index: Int) -> UnsafePointer<UInt64> {
    UnsafePointer(storage + index * LockstepRecord.words)
  }

  /// The record of the same core before that at `index`, if it is not forgotten.
  func record(before index: Int) -> UnsafePointer<UInt64>? {
    let core = LockstepRecord.core(self[index])
    return (0..<index).last { LockstepRecord.core(self[$0]) == core }.map { self[$0] }
  }

  private func grow() {
    let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * capacity * LockstepRecord.words)
    larger.update(from: storage, count: capacity * LockstepRecord.words)
    storage.deallocate()
    storage = larger
    capacity *= 2
  }

  // MARK: System registers

  private static let systemWords = Slot.result - Slot.system

  /// Which system registers of a core differ from those at the end of the `turn`-th turn.
  func systemDifferences(_ core: Core, turn: Int) -> [String] {
    let start = turn * Self.systemWords
    guard start + Self.systemWords <= systems.count else { return [] }
    let now = core.r + Slot.system
    var any: UInt64 = 0
    for word in 0..<Self.systemWords { any |= systems[start + word] ^ now[word] }
    guard any != 0 else { return [] }
    let registers = SystemRegister.allCases.filter { systems[start + $0.rawValue] != now[$0.rawValue] }
    return registers.map {
      "  \($0): host code \(systems[start + $0.rawValue].hex()), interpreter \(now[$0.rawValue].hex())"
    }
  }
}

/// Writes down what the board on host code does.
final class LockstepRecorder: ExecutionListener {
  private let trail: LockstepTrail
  private let isFine: Bool
  private(set) var inHostCode = 0

  init(_ trail: LockstepTrail, isFine: Bool) {
    self.trail = trail
    self.isFine = isFine
  }

  func didExecute(_ block: ExecutedBlock?, on core: Core) {
    guard isFine else { return }
    if let block, block.isHostCode { inHostCode += 1 }
    trail.append(core, block)
  }

  func didEndTurn(of core: Core) {
    trail.append(core, nil)
    trail.appendSystem(core)
  }
}

/// Compares what the board on the interpreter does with what was written down.
///
/// SAFETY: `record` is one record, owned by this object.
final class LockstepComparer: ExecutionListener {
  private let trail: LockstepTrail
  private let isFine: Bool
  private let ram: GuestRAM
  private let record: UnsafeMutablePointer<UInt64>
  private(set) var differences: [String] = []
  private(set) var compared = 0
  /// The record that is compared next.
  private(set) var position = 0
  private var turns = 0

  init(_ trail: LockstepTrail, isFine: Bool, _ ram: GuestRAM) {
    self.trail = trail
    self.ram = ram
    self.isFine = isFine
    record = .allocate(capacity: LockstepRecord.words)
  }

  deinit { record.deallocate() }

  func begin() {
    position = 0
    turns = 0
  }

  func didExecute(_ block: ExecutedBlock?, on core: Core) {
    if isFine { compare(core, block) }
  }

  func didEndTurn(of core: Core) {
    compare(core, nil)
    defer { turns += 1 }
    guard differences.isEmpty else { return }
    let found = trail.systemDifferences(core, turn: turns)
    guard !found.isEmpty else { return }
    differences = ["core \(core.index) at \(core.retiredSoFar) instructions, at the end of a turn:"] + found
  }

  private func compare(_ core: Core, _ block: ExecutedBlock?) {
    guard differences.isEmpty else { return }
    guard position < trail.count else {
      differences = ["the interpreter went on where host code ended, core \(core.index), \(core.place)"]
      return
    }
    LockstepRecord.capture(core, block, to: record)
    let theirs = trail[position]
    if LockstepRecord.areEqual(theirs, record) {
      position += 1
      compared += 1
    } else {
      differences = report(theirs)
    }
  }

  // MARK: Report

  private func report(_ subject: UnsafePointer<UInt64>) -> [String] {
    let before = trail.record(before: position)
    let begin = before.map { "began at \($0[Slot.pc].hex(16)), after \(LockstepRecord.retired($0)) instructions" }
    var lines = [
      "core \(LockstepRecord.core(record)): the block that \(begin ?? "was the first of these slices")"
    ]
    lines += disassembly(subject, at: before?[Slot.pc])
    return lines + LockstepRecord.report(subject, record)
  }

  /// The block, as it lies in RAM now.
  private func disassembly(_ record: UnsafePointer<UInt64>, at address: UInt64?) -> [String] {
    guard let physical = LockstepRecord.physical(record),
      let bytes = ram.bytes(at: physical, count: 4 * LockstepRecord.instructions(record))
    else { return [] }
    return stride(from: 0, to: bytes.count, by: 4).map { offset in
      let word = bytes[offset..<(offset + 4)].reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
      let place = (address ?? physical) &+ UInt64(offset)
      let text = Disassembler.text(word: word, address: place, aliases: true) ?? ".inst \(word.hex(8))"
      return "  \(place.hex(16))  \(text)"
    }
  }
}
