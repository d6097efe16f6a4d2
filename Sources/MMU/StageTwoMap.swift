import Fabric

/// A run of IPAs that stage 2 maps in one piece.
public struct StageTwoMapping: Sendable, Equatable {
  public var ipa: UInt64
  public var physical: UInt64
  /// Bytes.
  public var size: UInt64
  public var isReadable: Bool
  public var isWritable: Bool
  public var isExecutable: Bool
  /// MemAttr of the descriptor is one of Device memory.
  public var isDevice: Bool

  fileprivate func continues(_ other: StageTwoMapping) -> Bool {
    ipa == other.ipa &+ other.size && physical == other.physical &+ other.size && isReadable == other.isReadable
      && isWritable == other.isWritable && isExecutable == other.isExecutable && isDevice == other.isDevice
  }
}

/// All that a stage-2 translation maps.
public struct StageTwoMap: Sendable {
  /// Ascending by IPA; neighbours that continue each other are one.
  public private(set) var mappings: [StageTwoMapping] = []
  /// The tables were so many, or led in circles, that not all were read.
  public private(set) var isIncomplete = false

  private var descriptorsLeft: UInt64
  private static let mappingLimit = 1 << 16

  fileprivate init(limit: UInt64) { descriptorsLeft = limit }

  /// What maps `physical`, by IPA.
  public func ipas(of physical: UInt64) -> [(ipa: UInt64, mapping: StageTwoMapping)] {
    mappings.compactMap { mapping in
      guard physical >= mapping.physical, physical &- mapping.physical < mapping.size else { return nil }
      return (mapping.ipa &+ (physical &- mapping.physical), mapping)
    }
  }

  fileprivate mutating func add(_ mapping: StageTwoMapping) {
    if let last = mappings.last, mapping.continues(last) {
      mappings[mappings.count - 1].size &+= mapping.size
    } else if mappings.count < Self.mappingLimit {
      mappings.append(mapping)
    } else {
      isIncomplete = true
      descriptorsLeft = 0
    }
  }

  fileprivate mutating func read(
    _ controls: StageTwoControls, _ memory: MemoryReader, table: UInt64, level: UInt8, ipa: UInt64, entries: UInt64
  ) {
    guard descriptorsLeft >= entries else {
      isIncomplete = true
      return
    }
    descriptorsLeft &-= entries
    let low = UInt64(3 &- level) &* (controls.granuleBits &- 3) &+ controls.granuleBits
    for index in 0..<entries {
      guard let raw = memory.descriptor(at: table | index &<< 3) else { continue }
      let descriptor = StageTwoDescriptor(controls.isBigEndian ? raw.byteSwapped : raw)
      guard descriptor.isValid, level < 3 || descriptor.isTableOrPage else { continue }
      let start = ipa | index &<< low
      if level < 3 && descriptor.isTableOrPage {
        read(
          controls, memory, table: descriptor.address(from: controls.granuleBits), level: level &+ 1, ipa: start,
          entries: 1 &<< (controls.granuleBits &- 3))
      } else {
        add(
          StageTwoMapping(
            ipa: start, physical: descriptor.address(from: low), size: 1 &<< low, isReadable: descriptor.readable,
            isWritable: descriptor.writable, isExecutable: !descriptor.executeNever,
            isDevice: descriptor.memoryAttributes & 0b1100 == 0))
      }
    }
  }
}

extension TranslationUnit {
  /// All that the tables of a VTTBR_EL2 map under the current VTCR_EL2. Changes nothing.
  ///
  /// - Parameter limit: of descriptors that are read; the usual one is enough for 16 GiB in pages of 4 KiB.
  public func stageTwoMap(vttbr: UInt64, limit: UInt64 = 1 << 22) -> StageTwoMap {
    var map = StageTwoMap(limit: limit)
    let controls = stageTwo
    guard !controls.isMisprogrammed, controls.startLevel <= 3 else { return map }
    let low = UInt64(3 &- controls.startLevel) &* (controls.granuleBits &- 3) &+ controls.granuleBits
    guard controls.inputBits > low else { return map }
    let table = vttbr & 0x0000_ffff_ffff_ffff & (~0 &<< (controls.inputBits &- low &+ 3))
    map.read(
      controls, reader, table: table, level: controls.startLevel, ipa: 0, entries: 1 &<< (controls.inputBits &- low))
    return map
  }

  /// The stage-2 walk of an IPA in the tables of a VTTBR_EL2 under the current VTCR_EL2.
  public func explain(ipa: UInt64, vttbr: UInt64) -> WalkExplanation {
    var controls = stageTwo
    controls.base = vttbr
    return explain(ipa: ipa, controls)
  }
}

extension TranslationUnit {
  /// Where the tables of a VTTBR_EL2 lead an IPA under the current VTCR_EL2, whatever the rights; nil for nowhere.
  public func stageTwoOutput(of ipa: UInt64, vttbr: UInt64) -> UInt64? {
    var controls = stageTwo
    controls.base = vttbr
    var reader = self.reader
    guard case .output(let output) = controls.walk(ipa, reader: &reader) else { return nil }
    return output.address
  }
}
