import Fabric

/// What stage 2 makes of an intermediate physical address.
struct StageTwoOutput {
  var address: UInt64 = 0
  /// S2AP and XN: the same for EL0 and EL1 in v8.0. Execution does not need S2AP read permission.
  var permissions: AccessPermissions = .all
  /// MemAttr[3:0].
  var memoryAttributes: UInt8 = 0
  var shareability: UInt8 = 0
  var level: UInt8 = 0
  var blockBits: UInt8 = 12

  @inline(__always) var isDevice: Bool { memoryAttributes & 0b1100 == 0 }
}

enum StageTwoResult {
  case output(StageTwoOutput)
  /// Without IPA and S1PTW, which the caller knows.
  case fault(TranslationFault.Kind, level: UInt8)
}

extension StageTwoControls {
  /// Stage 2 for `address`: AArch64.TranslationTableWalk() with secondstage (Arm DDI 0487, J1.1.5),
  /// without the permission check. Only called when stage 2 is enabled.
  func walk<Reader: DescriptorReader>(_ address: UInt64, reader: inout Reader) -> StageTwoResult {
    guard !isMisprogrammed, address &>> inputBits == 0 else { return .fault(.translation, level: 0) }
    if (base & 0x0000_ffff_ffff_ffff) &>> outputBits != 0 { return .fault(.addressSize, level: 0) }

    let stride = granuleBits &- 3
    var level = startLevel
    var low = UInt64(3 &- level) &* stride &+ granuleBits
    // Concatenated first tables only make the first index wider (D5.2.4).
    var indexMask = UInt64.mask(width: Int(truncatingIfNeeded: inputBits &- low))
    var table = base & 0x0000_ffff_ffff_ffff & (~0 &<< (inputBits &- low &+ 3))

    while true {
      let index = (address &>> low) & indexMask
      guard var raw = reader.descriptor(at: table | (index &<< 3)) else {
        return .fault(.externalAbortOnWalk, level: level)
      }
      if isBigEndian { raw = raw.byteSwapped }
      let descriptor = StageTwoDescriptor(raw)
      guard descriptor.isValid, level < 3 || descriptor.isTableOrPage else {
        return .fault(.translation, level: level)
      }
      if level < 3 && descriptor.isTableOrPage {
        if descriptor.exceeds(outputBits: outputBits) { return .fault(.addressSize, level: level) }
        table = descriptor.address(from: granuleBits)
        level &+= 1
        low &-= stride
        indexMask = UInt64.mask(width: Int(truncatingIfNeeded: stride))
        continue
      }
      return leaf(descriptor, address: address, level: level, low: low)
    }
  }

  @inline(__always)
  private func leaf(
    _ descriptor: StageTwoDescriptor, address: UInt64, level: UInt8, low: UInt64
  ) -> StageTwoResult {
    if level < Granule.firstBlockLevel(bits: granuleBits) { return .fault(.translation, level: level) }
    if descriptor.exceeds(outputBits: outputBits) { return .fault(.addressSize, level: level) }
    if !descriptor.accessFlag { return .fault(.accessFlag, level: level) }
    var output = StageTwoOutput()
    output.level = level
    output.address = descriptor.address(from: low) | (address & ((1 &<< low) &- 1))
    output.permissions = AccessPermissions(
      read: descriptor.readable, write: descriptor.writable, execute: !descriptor.executeNever)
    output.memoryAttributes = descriptor.memoryAttributes
    output.shareability = descriptor.shareability
    let joined = descriptor.isContiguous ? Granule.contiguousBits(bits: granuleBits) : 0
    output.blockBits = UInt8(truncatingIfNeeded: low &+ joined)
    return .output(output)
  }
}
