import Fabric

/// What stage 1 makes of a virtual address.
struct StageOneOutput {
  /// The physical address, or the intermediate one where stage 2 follows.
  var address: UInt64 = 0
  /// Stage 1 was on; only then do permissions apply.
  var isTranslated = false
  /// AP[2] with APTable[1].
  var isReadOnly = false
  /// AP[1] with APTable[0].
  var isUserAccessible = true
  /// XN or UXN with its table bit.
  var isExecuteNever = false
  /// PXN with its table bit.
  var isPrivilegedExecuteNever = false
  var isSecure = false
  /// nG: tagged by ASID.
  var notGlobal = false
  var level: UInt8 = 0
  /// log2 of the size that one descriptor (or one contiguous group) maps; 12 when stage 1 is off.
  var blockBits: UInt8 = 12
  var attributes = MemoryAttributes.deviceNGnRnE
}

/// Outcome of a stage-1 walk or of one read that it makes.
enum StageOneResult {
  case output(StageOneOutput)
  case fault(TranslationFault)
}

enum DescriptorRead {
  case value(UInt64)
  case externalAbort
  /// Stage 2 refused the walk's access.
  case fault(TranslationFault)
}

/// The tables that a stage-1 walk reads, at addresses which are themselves subject to stage 2.
protocol StageOneTables {
  mutating func read(at address: UInt64) -> DescriptorRead
  /// The last-level table for `address`, if an earlier walk's steps may be reused.
  func lastTable(
    _ address: UInt64, controls: StageOneControls
  ) -> (table: UInt64, inherited: TableAttributes)?
  /// Notes that a walk for `address` came to the last-level table `table`.
  func noteLastTable(
    _ address: UInt64, controls: StageOneControls, table: UInt64, inherited: TableAttributes)
}

extension StageOneControls {
  /// Stage 1 for `address`: AArch64.TranslationTableWalk() or AArch64.TranslateAddressS1Off() of the
  /// manual (Arm DDI 0487, J1.1.5), without the permission check.
  @inline(__always)
  func translate<Tables: StageOneTables>(
    _ address: UInt64, isFetch: Bool, tables: inout Tables
  ) -> StageOneResult {
    guard isEnabled else { return flat(address, isFetch: isFetch) }
    return walk(address, isFetch: isFetch, tables: &tables)
  }

  /// Stage 1 off (D5.2.9): the address is its own translation.
  @inline(never)
  func flat(_ address: UInt64, isFetch: Bool) -> StageOneResult {
    let significant = address & (ignoresTopByte ? 0x00ff_ffff_ffff_ffff : ~0)
    if significant &>> Implementation.physicalBits != 0 {
      return .fault(TranslationFault(.addressSize, level: 0))
    }
    var output = StageOneOutput()
    output.address = significant
    output.isSecure = isSecure
    if isDefaultCacheable {
      output.attributes = MemoryAttributes(encoding: 0xff, shareability: 0)
    } else if isFetch {
      // SCTLR_ELx.I: Normal, Write-Through read-allocate, or Non-cacheable; Outer Shareable.
      output.attributes = MemoryAttributes(encoding: isInstructionCacheable ? 0xaa : 0x44, shareability: 0b10)
    }
    return .output(output)
  }

  private func walk<Tables: StageOneTables>(
    _ address: UInt64, isFetch: Bool, tables: inout Tables
  ) -> StageOneResult {
    // All bits from the top down to inputBits must equal the half's extension.
    let span = ((1 as UInt64) &<< (topBit &+ 1 &- inputBits)) &- 1
    let extended = (address &>> inputBits) & span
    guard !isWalkDisabled, extended == (isUpper ? span : 0) else {
      return .fault(TranslationFault(.translation, level: 0))
    }
    if (base & 0x0000_ffff_ffff_ffff) &>> outputBits != 0 {
      return .fault(TranslationFault(.addressSize, level: 0))
    }

    let stride = granuleBits &- 3
    var level = startLevel
    var low = UInt64(3 &- level) &* stride &+ granuleBits
    var indexMask = UInt64.mask(width: Int(truncatingIfNeeded: inputBits &- low))
    // The first table may be smaller than a granule, and is then aligned to its own size.
    var table = base & 0x0000_ffff_ffff_ffff & (~0 &<< (inputBits &- low &+ 3))
    var inherited = TableAttributes()
    inherited.nonSecure = !isSecure
    if let known = tables.lastTable(address, controls: self) {
      level = 3
      low = granuleBits
      indexMask = UInt64.mask(width: Int(truncatingIfNeeded: stride))
      table = known.table
      inherited = known.inherited
    }

    while true {
      let index = (address &>> low) & indexMask
      var raw: UInt64
      switch tables.read(at: table | (index &<< 3)) {
      case .value(let value): raw = value
      case .externalAbort: return .fault(TranslationFault(.externalAbortOnWalk, level: level))
      case .fault(let fault): return .fault(fault)
      }
      if isBigEndian { raw = raw.byteSwapped }
      let descriptor = StageOneDescriptor(raw)
      guard descriptor.isValid, level < 3 || descriptor.isTableOrPage else {
        return .fault(TranslationFault(.translation, level: level))
      }
      if level < 3 && descriptor.isTableOrPage {
        if descriptor.exceeds(outputBits: outputBits) {
          return .fault(TranslationFault(.addressSize, level: level))
        }
        inherited.add(descriptor)
        table = descriptor.address(from: granuleBits)
        level &+= 1
        low &-= stride
        indexMask = UInt64.mask(width: Int(truncatingIfNeeded: stride))
        if level == 3 { tables.noteLastTable(address, controls: self, table: table, inherited: inherited) }
        continue
      }
      return leaf(
        descriptor, address: address, level: level, low: low, inherited: inherited,
        isCacheable: isFetch ? isInstructionCacheable : isDataCacheable)
    }
  }

  @inline(__always)
  private func leaf(
    _ descriptor: StageOneDescriptor, address: UInt64, level: UInt8, low: UInt64, inherited: TableAttributes,
    isCacheable: Bool
  ) -> StageOneResult {
    if level < Granule.firstBlockLevel(bits: granuleBits) {
      return .fault(TranslationFault(.translation, level: level))
    }
    if descriptor.exceeds(outputBits: outputBits) {
      return .fault(TranslationFault(.addressSize, level: level))
    }
    if !descriptor.accessFlag { return .fault(TranslationFault(.accessFlag, level: level)) }

    var output = StageOneOutput()
    output.isTranslated = true
    output.level = level
    output.address = descriptor.address(from: low) | (address & ((1 &<< low) &- 1))
    let joined = descriptor.isContiguous ? Granule.contiguousBits(bits: granuleBits) : 0
    output.blockBits = UInt8(truncatingIfNeeded: low &+ joined)
    output.isReadOnly = descriptor.readOnly || inherited.readOnly
    output.isExecuteNever = descriptor.executeNever || inherited.executeNever
    output.isSecure = isSecure && !inherited.nonSecure && !descriptor.nonSecure
    if hasUnprivileged {
      output.isUserAccessible = descriptor.userAccessible && !inherited.privileged
      output.isPrivilegedExecuteNever = descriptor.privilegedExecuteNever || inherited.privilegedExecuteNever
      // Pages of Non-secure tables in Secure EL1&0 are never global.
      output.notGlobal = descriptor.notGlobal || (isSecure && inherited.nonSecure)
    }
    let byte = memoryAttributes &>> (descriptor.attributeIndex &* 8)
    output.attributes = MemoryAttributes(
      mairByte: UInt8(truncatingIfNeeded: byte), shareability: descriptor.shareability,
      isCacheDisabled: !isCacheable)
    return .output(output)
  }
}
