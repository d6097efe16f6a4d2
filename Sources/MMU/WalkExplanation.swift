import Fabric

/// One descriptor that a walk read.
public struct WalkStep: Sendable, Equatable {
  public enum Meaning: Sendable, Equatable {
    /// Leads to the table at this address.
    case table(next: UInt64)
    /// Maps what lies from this address, in a block or page of 2^`bits` bytes.
    case leaf(output: UInt64, bits: UInt8)
    /// Bit 0 is clear, or bit 1 at level 3.
    case invalid
    /// Cannot be read: nothing answers at its address, or stage 2 does not let the walk through.
    case unreadable
  }

  /// 1 or 2.
  public var stage: UInt8
  public var level: UInt8
  /// Where the descriptor lies as the walk sees it: an IPA in stage 1 of a guest, else a PA.
  public var address: UInt64
  /// Where that is physically; nil if stage 2 did not let the walk through.
  public var physical: UInt64?
  public var value: UInt64
  public var meaning: Meaning
}

/// A translation with every descriptor that it depends on.
public struct WalkExplanation: Sendable {
  /// In the order in which they are read. Those of stage 2 on behalf of stage 1 are in `nested`.
  public var steps: [WalkStep] = []
  /// For each stage-1 step of a guest: the stage-2 steps that found its descriptor.
  public var nested: [[WalkStep]] = []
  /// What stage 1 gave, or the address itself where it is off; nil if it failed.
  public var intermediate: UInt64?
  /// The end: a physical address, or what failed.
  public var physical: UInt64?
  public var fault: TranslationFault?
  /// Whether the regime has a second stage that is on.
  public var hasStageTwo = false
}

/// A reader that keeps what it read.
private struct RecordingReader: DescriptorReader {
  let memory: MemoryReader
  var reads: [(address: UInt64, value: UInt64?)] = []

  init(memory: MemoryReader) { self.memory = memory }

  mutating func descriptor(at address: UInt64) -> UInt64? {
    let value = memory.descriptor(at: address)
    reads.append((address, value))
    return value
  }
}

/// Stage-1 tables that are read through stage 2, each step kept.
private struct RecordingTables: StageOneTables {
  let stageTwo: StageTwoControls
  let memory: MemoryReader
  var reads: [(address: UInt64, physical: UInt64?, value: UInt64?, nested: [WalkStep])] = []

  func lastTable(
    _ address: UInt64, controls: StageOneControls
  ) -> (table: UInt64, inherited: TableAttributes)? { nil }
  func noteLastTable(
    _ address: UInt64, controls: StageOneControls, table: UInt64, inherited: TableAttributes
  ) {}

  mutating func read(at address: UInt64) -> DescriptorRead {
    guard stageTwo.isEnabled else {
      let value = memory.descriptor(at: address)
      reads.append((address, address, value, []))
      return value.map { .value($0) } ?? .externalAbort
    }
    let (result, steps) = stageTwo.recordedWalk(address, memory)
    switch result {
    case .fault(let kind, let level):
      reads.append((address, nil, nil, steps))
      return .fault(TranslationFault(kind, level: level, isStageTwo: true, isStageOneWalk: true, ipa: address))
    case .output(let output):
      let isProtected = stageTwo.protectsTableWalks && output.isDevice
      guard output.permissions.contains(.read), !isProtected else {
        reads.append((address, nil, nil, steps))
        return .fault(
          TranslationFault(.permission, level: output.level, isStageTwo: true, isStageOneWalk: true, ipa: address))
      }
      let value = memory.descriptor(at: output.address)
      reads.append((address, output.address, value, steps))
      return value.map { .value($0) } ?? .externalAbort
    }
  }
}

extension StageTwoControls {
  fileprivate func recordedWalk(_ address: UInt64, _ memory: MemoryReader) -> (StageTwoResult, [WalkStep]) {
    var reader = RecordingReader(memory: memory)
    let result = walk(address, reader: &reader)
    var steps: [WalkStep] = []
    for (number, read) in reader.reads.enumerated() {
      let level = startLevel &+ UInt8(truncatingIfNeeded: number)
      steps.append(
        WalkStep(
          stage: 2, level: level, address: read.address, physical: read.address, value: read.value ?? 0,
          meaning: WalkStep.Meaning(read.value, level: level, isBigEndian: isBigEndian, granuleBits: granuleBits)))
    }
    return (result, steps)
  }
}

extension WalkStep.Meaning {
  /// What a descriptor says; address and type bits are the same in both stages (D5.3).
  fileprivate init(_ value: UInt64?, level: UInt8, isBigEndian: Bool, granuleBits: UInt64) {
    guard let value else {
      self = .unreadable
      return
    }
    let descriptor = StageTwoDescriptor(isBigEndian ? value.byteSwapped : value)
    guard descriptor.isValid, level < 3 || descriptor.isTableOrPage else {
      self = .invalid
      return
    }
    if level < 3 && descriptor.isTableOrPage {
      self = .table(next: descriptor.address(from: granuleBits))
    } else {
      let low = UInt64(3 &- min(level, 3)) &* (granuleBits &- 3) &+ granuleBits
      self = .leaf(output: descriptor.address(from: low), bits: UInt8(truncatingIfNeeded: low))
    }
  }
}

extension TranslationUnit {
  /// Translates as `probe` does and keeps every step. Uses and changes no TLB.
  ///
  /// - Parameters:
  ///   - address: a VA of the regime of `exceptionLevel`.
  ///   - stages: with `.one` stage 2 only serves the walk.
  public func explain(
    _ address: UInt64, _ kind: AccessKind, exceptionLevel: Int, stages: TranslationStages = .both
  ) -> WalkExplanation {
    var explanation = WalkExplanation()
    let controls = stageOne(exceptionLevel, address)
    let stageTwo = exceptionLevel & 2 == 0 ? self.stageTwo : StageTwoControls()
    explanation.hasStageTwo = stageTwo.isEnabled
    var tables = RecordingTables(stageTwo: stageTwo, memory: reader)
    let one = controls.translate(address, isFetch: kind == .execute, tables: &tables)
    for (number, read) in tables.reads.enumerated() {
      let level = controls.startLevel &+ UInt8(truncatingIfNeeded: number)
      explanation.steps.append(
        WalkStep(
          stage: 1, level: level, address: read.address, physical: read.physical, value: read.value ?? 0,
          meaning: WalkStep.Meaning(
            read.value, level: level, isBigEndian: controls.isBigEndian, granuleBits: controls.granuleBits)))
      explanation.nested.append(read.nested)
    }
    if case .output(let output) = one { explanation.intermediate = output.address }
    if stages == .both, stageTwo.isEnabled, let ipa = explanation.intermediate {
      explanation.steps += stageTwo.recordedWalk(ipa, reader).1
    }
    // Permissions and alignment are the business of the walk that guests see.
    switch probe(address, kind, exceptionLevel: exceptionLevel, stages: stages) {
    case .fault(let fault): explanation.fault = fault
    case .success(let physical, _): explanation.physical = physical.rawValue
    }
    return explanation
  }

  /// The stage-2 walk of an IPA under the current VTTBR_EL2, and where it leads.
  public func explain(ipa: UInt64) -> WalkExplanation {
    guard stageTwo.isEnabled else {
      var explanation = WalkExplanation()
      explanation.intermediate = ipa
      explanation.physical = ipa
      return explanation
    }
    return explain(ipa: ipa, stageTwo)
  }

  func explain(ipa: UInt64, _ controls: StageTwoControls) -> WalkExplanation {
    var explanation = WalkExplanation()
    explanation.intermediate = ipa
    explanation.hasStageTwo = true
    let (result, steps) = controls.recordedWalk(ipa, reader)
    explanation.steps = steps
    switch result {
    case .fault(let kind, let level):
      explanation.fault = TranslationFault(kind, level: level, isStageTwo: true, ipa: ipa)
    case .output(let output): explanation.physical = output.address
    }
    return explanation
  }
}
