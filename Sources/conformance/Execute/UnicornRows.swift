/// Unicorn is made of an older QEMU. What it does otherwise than the manual says, case by case.
enum UnicornRows {
  /// Why the instruction may differ, if that is known.
  static func explanation(_ word: UInt32) -> String? {
    // DC ZVA
    if word & 0xffff_ffe0 == 0xd50b_7420 { return "DC ZVA of memory that is not there does nothing" }
    return nil
  }
}
