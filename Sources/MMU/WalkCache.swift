import Fabric

/// What walks remember of tables, beside the TLB's finished translations: the last-level table of a region
/// for stage 1, and finished page translations for stage 2 (a walk in a guest reads up to 24 descriptors,
/// most of them again and again).
///
/// The architecture allows both as "intermediate TLB caching structures" (Arm DDI 0487, D5.9.1): only
/// successful steps are kept; entries carry context number and table base, so that a changed TTBR_ELx or
/// VTTBR_EL2 does not hit; a generation number drops them all at once. Maintenance that covers more than last
/// level entries advances the stage-1 generation, and maintenance that covers stage 2 that of stage 2.
struct WalkCache {
  /// SAFETY: `(stageOneCount + stageTwoCount) × 4` words and two generation words at the end, owned by the
  /// TranslationUnit; all indices are masked.
  private let words: UnsafeMutablePointer<UInt64>
  private static let stageOneCount: UInt64 = 128
  private static let stageTwoCount: UInt64 = 512
  private static let stageTwoStart = 128 * 4
  private static let generationIndex = (128 + 512) * 4
  private static let wordCount = (128 + 512) * 4 + 2

  init() {
    words = .allocate(capacity: Self.wordCount)
    removeAll()
  }

  func deallocate() { words.deallocate() }

  func removeAll() {
    words.initialize(repeating: ~0, count: Self.wordCount)
    words[Self.generationIndex] = 0
    words[Self.generationIndex + 1] = 0
  }

  func removeStageOne() { words[Self.generationIndex] &+= 1 }
  func removeStageTwo() { words[Self.generationIndex &+ 1] &+= 1 }

  // MARK: Stage 1: entries are region and context, generation, TTBR base, table and attributes.

  /// log2 of what one last-level table maps: 2 MiB or 512 MiB.
  @inline(__always)
  private static func regionBits(_ granuleBits: UInt64) -> UInt64 { granuleBits &* 2 &- 3 }

  @inline(__always)
  private func stageOneEntry(_ address: UInt64, _ granuleBits: UInt64) -> UnsafeMutablePointer<UInt64> {
    let region = address &>> Self.regionBits(granuleBits)
    return words + Int(truncatingIfNeeded: (region & (Self.stageOneCount &- 1)) &* 4)
  }

  @inline(__always)
  private static func stageOneKey(_ address: UInt64, _ granuleBits: UInt64, _ context: UInt64) -> UInt64 {
    let region = address & 0x00ff_ffff_ffff_ffff & (~0 &<< regionBits(granuleBits))
    return region | (granuleBits == 16 ? 0x800 : 0) | context
  }

  /// The last-level table for `address`, with what the tables above impose.
  @inline(__always)
  func lastTable(
    _ address: UInt64, controls: StageOneControls, context: UInt64
  ) -> (table: UInt64, inherited: TableAttributes)? {
    let entry = stageOneEntry(address, controls.granuleBits)
    guard entry[0] == Self.stageOneKey(address, controls.granuleBits, context),
      entry[1] == words[Self.generationIndex], entry[2] == controls.base & 0x0000_ffff_ffff_ffff
    else { return nil }
    return (entry[3] & ~0xfff, TableAttributes(packed: entry[3]))
  }

  @inline(__always)
  func store(
    _ address: UInt64, controls: StageOneControls, context: UInt64, table: UInt64,
    inherited: TableAttributes
  ) {
    let entry = stageOneEntry(address, controls.granuleBits)
    entry[0] = Self.stageOneKey(address, controls.granuleBits, context)
    entry[1] = words[Self.generationIndex]
    entry[2] = controls.base & 0x0000_ffff_ffff_ffff
    entry[3] = table | inherited.packed
  }

  // MARK: Stage 2: entries are IPA page and context, generation, VTTBR base, PA page and attributes.

  @inline(__always)
  private func stageTwoEntry(_ address: UInt64) -> UnsafeMutablePointer<UInt64> {
    let index = (address &>> 12) & (Self.stageTwoCount &- 1)
    return words + (Self.stageTwoStart &+ Int(truncatingIfNeeded: index &* 4))
  }

  @inline(__always)
  func stageTwo(_ address: UInt64, controls: StageTwoControls, context: UInt64) -> StageTwoOutput? {
    let entry = stageTwoEntry(address)
    guard entry[0] == (address & ~0xfff) | context, entry[1] == words[Self.generationIndex &+ 1],
      entry[2] == controls.base
    else { return nil }
    let word = entry[3]
    var output = StageTwoOutput()
    output.address = (word & TLBInfo.pageMask) | (address & 0xfff)
    output.permissions = AccessPermissions(rawValue: UInt8(truncatingIfNeeded: word) & 7)
    output.memoryAttributes = UInt8(truncatingIfNeeded: word &>> 3) & 15
    output.shareability = UInt8(truncatingIfNeeded: word &>> 7) & 3
    output.level = UInt8(truncatingIfNeeded: word &>> 9) & 3
    return output
  }

  @inline(__always)
  func store(_ address: UInt64, controls: StageTwoControls, context: UInt64, output: StageTwoOutput) {
    let entry = stageTwoEntry(address)
    entry[0] = (address & ~0xfff) | context
    entry[1] = words[Self.generationIndex &+ 1]
    entry[2] = controls.base
    let low = UInt64(output.permissions.rawValue) | UInt64(output.memoryAttributes) &<< 3
    let high = UInt64(output.shareability) &<< 7 | UInt64(output.level) &<< 9
    entry[3] = (output.address & TLBInfo.pageMask) | low | high
  }
}
