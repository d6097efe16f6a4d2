import Fabric

/// ESR_ELx values (Arm DDI 0487, D13.2.37). Every exception from A64 has IL = 1.
enum Syndrome {
  /// Exception classes.
  enum Class: UInt64 {
    case unknown = 0x00
    case waitForInterrupt = 0x01
    case floatingPoint = 0x07
    case illegalState = 0x0e
    case supervisorCall = 0x15
    case hypervisorCall = 0x16
    case secureMonitorCall = 0x17
    case systemRegister = 0x18
    case instructionAbortLower = 0x20
    case instructionAbortSame = 0x21
    case pcAlignment = 0x22
    case dataAbortLower = 0x24
    case dataAbortSame = 0x25
    case spAlignment = 0x26
    case sError = 0x2f
    case breakpointLower = 0x30
    case breakpointSame = 0x31
    case softwareStepLower = 0x32
    case softwareStepSame = 0x33
    case watchpointLower = 0x34
    case watchpointSame = 0x35
    case breakpointInstruction = 0x3c
  }

  @inline(__always)
  static func make(_ exceptionClass: Class, _ specific: UInt64 = 0) -> UInt64 {
    (exceptionClass.rawValue &<< 26) | (1 &<< 25) | (specific & 0x1ff_ffff)
  }

  static let unknown = make(.unknown)
  /// CV = 1, COND = 0b1110: what A64 reports where A32 has a condition.
  static let always: UInt64 = 0x1e0_0000
  static let floatingPointAccess = make(.floatingPoint, always)

  /// MSR, MRS and system instructions: the encoding of the instruction in the order of the ISS.
  static func systemRegister(_ encoding: UInt32, rt: UInt8, isRead: Bool) -> UInt64 {
    let e = UInt64(encoding)
    var specific = e.bits(15, 14) &<< 20
    specific |= e.bits(2, 0) &<< 17
    specific |= e.bits(13, 11) &<< 14
    specific |= e.bits(10, 7) &<< 10
    specific |= UInt64(min(rt, 31)) &<< 5
    specific |= e.bits(6, 3) &<< 1
    return make(.systemRegister, specific | (isRead ? 1 : 0))
  }
}

/// What a data abort to EL2 says of the instruction: ISS bits 24:14 and CM, ready to be merged
/// (D13.2.37, "ISS encoding for an exception from a Data Abort").
public struct AccessSyndrome: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt32
  @inlinable @inline(__always)
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// No valid instruction syndrome (ISV = 0): pairs, exclusives, SIMD, writeback, ...
  public static let none = AccessSyndrome(rawValue: 0)
  /// Cache maintenance or address translation (CM = 1).
  static let maintenance = AccessSyndrome(rawValue: 1 << 8)

  /// A load or store of one general-purpose register without writeback.
  ///
  /// - Parameters:
  ///   - register: Rt as encoded, 31 for XZR; the slots of SP, XZR and its sink all mean 31.
  ///   - sizeLog2: 0...3.
  ///   - signExtends: LDRSB and relatives.
  ///   - is64: the register is an X register.
  ///   - acquiresOrReleases: LDAR, STLR and relatives.
  @inlinable @inline(__always)
  public static func register(
    _ register: UInt8, sizeLog2: UInt32, signExtends: Bool, is64: Bool, acquiresOrReleases: Bool = false
  ) -> AccessSyndrome {
    let number = UInt32(register < 31 ? register : 31)
    var value: UInt32 = (1 &<< 24) | ((sizeLog2 & 3) &<< 22) | (number &<< 16)
    if signExtends { value |= 1 &<< 21 }
    if is64 { value |= 1 &<< 15 }
    if acquiresOrReleases { value |= 1 &<< 14 }
    return AccessSyndrome(rawValue: value)
  }
}
