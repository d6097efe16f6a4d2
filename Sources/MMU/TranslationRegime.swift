import Fabric

/// The stage-1 translation regimes of a core without VHE (Arm DDI 0487, D5.1.2). Raw values tag TLB contexts.
enum TranslationRegime: UInt8 {
  case nonSecureEL10 = 0
  case secureEL10 = 1
  case el2 = 2
  case el3 = 3
}

/// What the Cortex-A72 implements (ID_AA64MMFR0_EL1 = 0x1124).
enum Implementation {
  /// PARange = 4.
  static let physicalBits: UInt64 = 44
  /// Largest input address of stage 1.
  static let virtualBits: UInt64 = 48
  /// Smallest input address: TxSZ at most 39 (D5.2.3).
  static let smallestInputBits: UInt64 = 25

  /// Output address size of TCR_EL1.IPS, TCR_ELx.PS and VTCR_EL2.PS, limited to what is implemented;
  /// reserved values behave as 48 bits and so are limited too.
  static func outputBits(size: UInt64) -> UInt64 {
    switch size & 7 {
    case 0: return 32
    case 1: return 36
    case 2: return 40
    case 3: return 42
    default: return physicalBits
    }
  }
}

/// Translation granule. The Cortex-A72 has no 16 KiB granule (TGran16 = 0). D13.2.120 TCR_EL1.TG0: a
/// reserved or unimplemented value behaves as an implementation-defined choice of an implemented size;
/// the choice here is 4 KiB.
enum Granule {
  /// log2 of the granule for TCR_ELx.TG0 and VTCR_EL2.TG0: 01 is 64 KiB.
  static func bitsOfTG0(_ field: UInt64) -> UInt64 { field & 3 == 0b01 ? 16 : 12 }
  /// log2 of the granule for TCR_EL1.TG1, which is encoded differently: 11 is 64 KiB.
  static func bitsOfTG1(_ field: UInt64) -> UInt64 { field & 3 == 0b11 ? 16 : 12 }
  /// First level at which a block is allowed (D5.3.1): level 1 with 4 KiB, level 2 with 64 KiB.
  @inline(__always)
  static func firstBlockLevel(bits: UInt64) -> UInt8 { bits == 16 ? 2 : 1 }
  /// log2 of the number of entries that the contiguous bit joins: 16 or 32 (D5.3.2).
  @inline(__always)
  static func contiguousBits(bits: UInt64) -> UInt64 { bits == 16 ? 5 : 4 }
}

/// Stage 1 of one half of one regime: SCTLR, TCR, TTBR and MAIR taken apart.
struct StageOneControls {
  /// The walk is on: SCTLR_ELx.M, and not HCR_EL2.{DC, TGE}.
  var isEnabled = false
  /// TCR_EL1.EPDn, or a size field that is out of range: any walk is a translation fault at level 0.
  var isWalkDisabled = false
  /// Addresses of this half have ones, not zeros, above `inputBits`.
  var isUpper = false
  /// TCR_ELx.TBI: bits 63:56 take no part in translation.
  var ignoresTopByte = false
  /// SCTLR_ELx.EE: descriptors are big-endian.
  var isBigEndian = false
  /// SCTLR_ELx.WXN.
  var writeImpliesExecuteNever = false
  /// The regime has EL0: AP[1], PXN and nG mean something.
  var hasUnprivileged = false
  var isSecure = false
  /// SCR_EL3.SIF.
  var forbidsNonSecureFetch = false
  /// HCR_EL2.DC with stage 1 off.
  var isDefaultCacheable = false
  /// SCTLR_ELx.C and SCTLR_ELx.I.
  var isDataCacheable = false
  var isInstructionCacheable = false
  var startLevel: UInt8 = 0
  var inputBits: UInt64 = 48
  var granuleBits: UInt64 = 12
  var outputBits: UInt64 = Implementation.physicalBits
  /// TTBRn_ELx as written.
  var base: UInt64 = 0
  /// MAIR_ELx.
  var memoryAttributes: UInt64 = 0

  /// The bit that decides between zero and one extension, AddrTop() of the manual.
  var topBit: UInt64 { ignoresTopByte ? 55 : 63 }

  private mutating func setSize(_ field: UInt64) {
    inputBits = 64 &- (field & 0x3f)
    let isValid = inputBits <= Implementation.virtualBits && inputBits >= Implementation.smallestInputBits
    // CONSTRAINED UNPREDICTABLE (D5.2.3): forced into range or a fault; a fault shows the mistake.
    guard isValid else {
      isWalkDisabled = true
      inputBits = Implementation.virtualBits
      return
    }
    // level = 4 - ceil((inputBits - granuleBits) / stride)
    let stride = granuleBits &- 3
    let strides = (inputBits &- granuleBits &+ stride &- 1) / stride
    startLevel = UInt8(truncatingIfNeeded: 4 &- strides)
  }

  /// EL2 or EL3: one half, no EL0.
  init(singleRange controls: TranslationControls, regime: TranslationRegime) {
    let isEL3 = regime == .el3
    let sctlr = isEL3 ? controls.sctlrEL3 : controls.sctlrEL2
    let tcr = isEL3 ? controls.tcrEL3 : controls.tcrEL2
    base = isEL3 ? controls.ttbr0EL3 : controls.ttbr0EL2
    memoryAttributes = isEL3 ? controls.mairEL3 : controls.mairEL2
    isEnabled = sctlr.bit(0)
    setSystemControl(sctlr)
    ignoresTopByte = tcr.bit(20)
    outputBits = Implementation.outputBits(size: tcr.bits(18, 16))
    granuleBits = Granule.bitsOfTG0(tcr.bits(15, 14))
    setSize(tcr.bits(5, 0))
    isSecure = isEL3
    forbidsNonSecureFetch = isEL3 && controls.scrEL3.bit(9)
  }

  /// One half of EL1&0.
  init(el10 controls: TranslationControls, isUpper: Bool) {
    let tcr = controls.tcrEL1
    let hcr = controls.effectiveHCR
    let isForcedOff =
      hcr & (HypervisorConfiguration.defaultCacheable | HypervisorConfiguration.trapGeneralExceptions) != 0
    self.isUpper = isUpper
    hasUnprivileged = true
    base = isUpper ? controls.ttbr1EL1 : controls.ttbr0EL1
    memoryAttributes = controls.mairEL1
    isEnabled = controls.sctlrEL1.bit(0) && !isForcedOff
    isDefaultCacheable = hcr & HypervisorConfiguration.defaultCacheable != 0
    setSystemControl(controls.sctlrEL1)
    ignoresTopByte = tcr.bit(isUpper ? 38 : 37)
    outputBits = Implementation.outputBits(size: tcr.bits(34, 32))
    granuleBits = isUpper ? Granule.bitsOfTG1(tcr.bits(31, 30)) : Granule.bitsOfTG0(tcr.bits(15, 14))
    isWalkDisabled = tcr.bit(isUpper ? 23 : 7)
    setSize(isUpper ? tcr.bits(21, 16) : tcr.bits(5, 0))
    isSecure = !controls.isNonSecure
    forbidsNonSecureFetch = isSecure && controls.scrEL3.bit(9)
  }

  private mutating func setSystemControl(_ sctlr: UInt64) {
    isDataCacheable = sctlr.bit(2)
    isInstructionCacheable = sctlr.bit(12)
    writeImpliesExecuteNever = sctlr.bit(19)
    isBigEndian = sctlr.bit(25)
  }
}

/// Stage 2 of Non-secure EL1&0: VTCR_EL2, VTTBR_EL2 and HCR_EL2 taken apart (D5.2.3, D13.2.151).
struct StageTwoControls {
  /// HCR_EL2.VM or DC, in Non-secure state.
  var isEnabled = false
  /// T0SZ and SL0 do not fit each other or the implementation: every access is a level 0 translation fault.
  var isMisprogrammed = false
  /// SCTLR_EL2.EE.
  var isBigEndian = false
  /// HCR_EL2.PTW.
  var protectsTableWalks = false
  /// HCR_EL2.CD and HCR_EL2.ID.
  var disablesDataCache = false
  var disablesInstructionCache = false
  var startLevel: UInt8 = 0
  var inputBits: UInt64 = 40
  var granuleBits: UInt64 = 12
  var outputBits: UInt64 = Implementation.physicalBits
  /// VTTBR_EL2 as written.
  var base: UInt64 = 0

  init() {}

  init(_ controls: TranslationControls) {
    let hcr = controls.effectiveHCR
    let enabling = HypervisorConfiguration.virtualization | HypervisorConfiguration.defaultCacheable
    isEnabled = hcr & enabling != 0
    guard isEnabled else { return }
    let vtcr = controls.vtcrEL2
    isBigEndian = controls.sctlrEL2.bit(25)
    protectsTableWalks = hcr & HypervisorConfiguration.protectedTableWalk != 0
    disablesDataCache = hcr & HypervisorConfiguration.dataCacheDisable != 0
    disablesInstructionCache = hcr & HypervisorConfiguration.instructionCacheDisable != 0
    base = controls.vttbrEL2
    outputBits = Implementation.outputBits(size: vtcr.bits(18, 16))
    granuleBits = Granule.bitsOfTG0(vtcr.bits(15, 14))
    inputBits = 64 &- vtcr.bits(5, 0)

    // Above PARange the choice is CONSTRAINED UNPREDICTABLE too; as for TCR_EL1.TxSZ, a fault.
    let largest = Implementation.physicalBits
    guard inputBits <= largest, inputBits >= Implementation.smallestInputBits else {
      isMisprogrammed = true
      return
    }
    // SL0 counts down from level 2 (4 KiB) or 3 (64 KiB). Levels 0 and 1 respectively need more than
    // 42 bits of physical address, which 44 satisfies; the next value up is reserved.
    let startField = UInt8(truncatingIfNeeded: vtcr.bits(7, 6))
    let lowest: UInt8 = granuleBits == 16 ? 3 : 2
    guard startField < 3 else {
      isMisprogrammed = true
      return
    }
    startLevel = lowest &- startField
    // The first table holds between 2 entries and 16 concatenated tables.
    let stride = granuleBits &- 3
    let below = UInt64(3 &- startLevel) &* stride &+ granuleBits
    isMisprogrammed = inputBits < below &+ 1 || inputBits > below &+ stride &+ 4
  }
}
