import CPU
import Fabric

/// What a core leaves at the end of a block, as words that can be compared at once.
///
/// SAFETY: `capture` writes exactly `words` words.
enum LockstepRecord {
  /// Registers up to the exclusive monitor, in their slots; what follows in the block of registers belongs to
  /// the engine.
  private static let general = Slot.dataContext
  private static let vectors = general
  private static let mode = vectors + 64
  private static let core = mode + 1
  private static let physical = mode + 2
  private static let retired = mode + 3
  private static let count = mode + 4
  static let words = mode + 5

  @inline(__always)
  static func capture(_ core: Core, _ block: ExecutedBlock?, to record: UnsafeMutablePointer<UInt64>) {
    let r = core.r
    record.update(from: r, count: general)
    (record + vectors).update(from: r + Slot.v0, count: 64)
    // Forms of a flag, and what no instruction can read.
    record[Slot.flagN] = r[Slot.flagN] >> 63
    record[Slot.flagZ] = r[Slot.flagZ] == 0 ? 1 : 0
    record[Slot.sink] = 0
    record[Slot.budget] = 0
    record[mode] = r[Slot.mode]
    record[self.core] = UInt64(core.index)
    record[physical] = block?.physical ?? .max
    record[retired] = core.retiredSoFar
    record[count] = UInt64(block?.count ?? 0)
  }

  @inline(__always)
  static func areEqual(_ one: UnsafePointer<UInt64>, _ other: UnsafePointer<UInt64>) -> Bool {
    var difference: UInt64 = 0
    for index in 0..<words { difference |= one[index] ^ other[index] }
    return difference == 0
  }

  static func core(_ record: UnsafePointer<UInt64>) -> Int { Int(record[core]) }
  static func retired(_ record: UnsafePointer<UInt64>) -> UInt64 { record[retired] }
  static func instructions(_ record: UnsafePointer<UInt64>) -> Int { Int(record[count]) }
  /// The block's physical address; nil if none was executed.
  static func physical(_ record: UnsafePointer<UInt64>) -> UInt64? {
    record[physical] == .max ? nil : record[physical]
  }

  // MARK: In words

  private static let names: [(index: Int, name: String)] = {
    var result = (0..<31).map { (index: $0, name: "X\($0)") }
    result += [
      (Slot.sp, "SP"), (Slot.pc, "PC"), (Slot.flagN, "N"), (Slot.flagZ, "Z"), (Slot.flagC, "C"),
      (Slot.flagV, "V"), (Slot.fpcr, "FPCR"), (Slot.fpsr, "FPSR"), (Slot.currentEL, "EL"),
      (Slot.spsel, "SPSel"), (Slot.daif, "DAIF"), (Slot.illegal, "IL"), (Slot.softwareStep, "SS"),
    ]
    for level in 0..<4 { result.append((Slot.spEL0 + level, "SP_EL\(level)")) }
    result += [
      (Slot.attention, "attention"), (Slot.event, "event"), (Slot.exclusive, "monitor"), (mode, "mode"),
      (core, "core"), (physical, "block"), (retired, "retired"), (count, "count"),
    ]
    for index in 0..<64 {
      result.append((vectors + index, "V\(index / 2)" + (index & 1 == 0 ? ".lo" : ".hi")))
    }
    return result
  }()

  /// What differs, and then all other general registers.
  static func report(_ subject: UnsafePointer<UInt64>, _ reference: UnsafePointer<UInt64>) -> [String] {
    var different: [String] = []
    var same: [String] = []
    for (index, name) in names {
      if subject[index] != reference[index] {
        different.append("  \(name): host code \(subject[index].hex()), interpreter \(reference[index].hex())")
      } else if index < vectors {
        same.append("\(name)=\(subject[index].hex())")
      }
    }
    var lines = different + ["the same on both:"]
    for start in stride(from: 0, to: same.count, by: 4) {
      lines.append("  " + same[start..<min(start + 4, same.count)].joined(separator: " "))
    }
    return lines
  }
}
