/// Calls of firmware in words: PSCI and whatever else follows the SMC Calling Convention.
public enum FirmwareCalls {
  /// The name of a function identifier (w0): `CPU_ON`, `CPU_ON (64-bit)`, or its owner and number.
  public static func name(of function: UInt32) -> String { decode(function: function, arguments: []).name }

  /// A call at its entry.
  ///
  /// - Parameters:
  ///   - function: w0.
  ///   - arguments: from x1.
  public static func decode(function: UInt32, arguments: [UInt64]) -> DecodedCall {
    if let row = FirmwareTables.shared.rows[function] {
      let is64 = function & wide != 0
      let fields = zip(row.arguments, arguments).map { name, value in
        CallField(name, argument(named: name, value: is64 ? value : value & 0xffff_ffff))
      }
      return DecodedCall(name: row.name, fields: fields)
    }
    if let (name, names) = legacy[function] {
      let fields = zip(names, arguments).map { CallField($0, hexadecimal($1)) }
      return DecodedCall(name: name, fields: fields, note: "PSCI 0.1")
    }
    return unnamed(function)
  }

  /// What a call returned in x0.
  public static func result(function: UInt32, value: UInt64) -> String {
    let signed = Int64(Int32(truncatingIfNeeded: value))
    let base = function & ~wide
    switch base {
    case 0x8400_0000, 0x8000_0000, 0x8400_0050, 0x8400_0063:
      // Version numbers: bit 31 would be an error.
      if signed >= 0 { return "\(value >> 16 & 0x7fff).\(value & 0xffff)" }
    case 0x8400_0004:
      let states = ["ON", "OFF", "ON_PENDING"]
      if signed >= 0, signed < 3 { return states[Int(signed)] }
    default: break
    }
    if base == 0x8000_0001 || base == 0x8400_000a, signed >= 0 { return hexadecimal(UInt64(signed)) }
    let isArchitecture = (function >> 24 & 0x3f) == 0
    if signed < 0, let name = isArchitecture ? conventionErrors[signed] : errors[signed] { return name }
    return signed == 0 ? "SUCCESS" : value < 1 << 31 ? String(value) : hexadecimal(value)
  }

  /// Who owns the range of a function (DEN 0028, table 6-1 and 6-2).
  public static func owner(of function: UInt32) -> String {
    guard function & 0x8000_0000 != 0 else {
      switch function {
      case 0x0200_0000...0x1fff_ffff: return "trusted OS, yielding"
      case 0x0000_0000...0x0100_ffff: return "legacy"
      default: return "reserved"
      }
    }
    switch function >> 24 & 0x3f {
    case 0: return "Arm architecture"
    case 1: return "CPU"
    case 2: return "SiP"
    case 3: return "OEM"
    case 4: return "standard secure"
    case 5: return "standard hypervisor"
    case 6: return "hypervisor"
    case 7: return "vendor EL3 monitor"
    case 48, 49: return "trusted application"
    case 50...63: return "trusted OS"
    default: return "reserved"
    }
  }

  // MARK: Parts

  private static let wide: UInt32 = 1 << 30

  /// PSCI 0.1 has no fixed numbers; these are the ones that Xen gives its guests in their device tree.
  private static let legacy: [UInt32: (String, [String])] = [
    0: ("CPU_SUSPEND", ["power_state", "entry_point"]), 1: ("CPU_OFF", ["power_state"]),
    2: ("CPU_ON", ["target_cpu", "entry_point"]), 3: ("MIGRATE", ["target_cpu"]),
  ]

  /// DEN 0022, 5.2.2.
  private static let errors: [Int64: String] = [
    -1: "NOT_SUPPORTED", -2: "INVALID_PARAMETERS", -3: "DENIED", -4: "ALREADY_ON", -5: "ON_PENDING",
    -6: "INTERNAL_FAILURE", -7: "NOT_PRESENT", -8: "DISABLED", -9: "INVALID_ADDRESS",
  ]

  /// DEN 0028, 7.1.
  private static let conventionErrors: [Int64: String] = [
    -1: "NOT_SUPPORTED", -2: "NOT_REQUIRED", -3: "INVALID_PARAMETER",
  ]

  private static func argument(named name: String, value: UInt64) -> String {
    // A call that asks after a call is clearer with that one's name.
    guard name == "function", let row = FirmwareTables.shared.rows[UInt32(truncatingIfNeeded: value)] else {
      return hexadecimal(value)
    }
    return row.name
  }

  private static func unnamed(_ function: UInt32) -> DecodedCall {
    let owner = owner(of: function)
    if function & 0x8000_0000 != 0 {
      // Each owner answers these (DEN 0028, 6.2).
      switch function & 0xffff {
      case 0xff00: return DecodedCall(name: "CALL_COUNT (\(owner))")
      case 0xff01: return DecodedCall(name: "CALL_UID (\(owner))")
      case 0xff03: return DecodedCall(name: "REVISION (\(owner))")
      default: break
      }
    }
    return DecodedCall(name: "call \(hexadecimal(UInt64(function))) (unknown, \(owner))", isKnown: false)
  }
}

/// Read when the first name is asked for.
struct FirmwareTables: Sendable {
  static let shared = FirmwareTables()

  var rows: [UInt32: (name: String, arguments: [String])] = [:]
  private(set) var faults = 0

  private init() {
    for words in XenNames.rows(of: firmwareTable) {
      let hasWide = words.count > 1 && words[1] == "64"
      let rest = words.dropFirst(hasWide ? 2 : 1)
      guard let id = UInt32(words[0], radix: 16), let name = rest.first, rows[id] == nil else {
        faults += 1
        continue
      }
      let arguments = rest.dropFirst().map(String.init)
      rows[id] = (String(name), arguments)
      if hasWide { rows[id | 1 << 30] = ("\(name) (64-bit)", arguments) }
    }
  }
}
