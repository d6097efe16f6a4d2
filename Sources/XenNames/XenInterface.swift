/// A value with its name.
public struct CallField: Hashable, Sendable, CustomStringConvertible {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  public var description: String { "\(name)=\(value)" }
}

/// A hypercall, or a call of firmware, in words.
public struct DecodedCall: Hashable, Sendable, CustomStringConvertible {
  /// `memory_op`, `CPU_ON`, or `hypercall 57 (unknown)`.
  public var name: String
  /// The sub-operation: `add_to_physmap`, `operation 99 (unknown)`; nil if the call has none.
  public var operation: String?
  public var fields: [CallField]
  /// Whether tables know call and operation.
  public var isKnown: Bool
  /// What is odd about it: not on Arm, not in this release.
  public var note: String?

  public init(
    name: String, operation: String? = nil, fields: [CallField] = [], isKnown: Bool = true,
    note: String? = nil
  ) {
    self.name = name
    self.operation = operation
    self.fields = fields
    self.isKnown = isKnown
    self.note = note
  }

  /// `memory_op.add_to_physmap`: what filters and statistics go by.
  public var qualifiedName: String { operation.map { "\(name).\($0)" } ?? name }

  public var description: String {
    var text = operation.map { "\(name) \($0)" } ?? name
    for field in fields { text += " \(field)" }
    return text + (note.map { " (\($0))" } ?? "")
  }
}

/// Reads guest memory at an address of the calling context; nil if nothing is mapped there.
public typealias GuestReader = (_ address: UInt64, _ count: Int) -> [UInt8]?

/// Xen's interface to arm64 guests, 4.14 to 4.20, in words: HVC with ``immediate``, the number in x16,
/// arguments in x0 to x4, the result in x0 (public/arch-arm.h).
public enum XenInterface {
  /// The immediate of the HVC instruction that makes it a hypercall of Xen.
  public static let immediate: UInt16 = 0xea1

  /// `memory_op`, or `hypercall 57 (unknown)`.
  public static func name(of number: UInt64) -> String {
    InterfaceTables.shared.hypercalls[number]?.name ?? "hypercall \(number) (unknown)"
  }

  /// The number of a hypercall's name.
  public static func number(named name: String) -> UInt64? {
    InterfaceTables.shared.hypercalls.values.first { $0.name == name }?.number
  }

  /// The names of all hypercalls that Arm has, by number.
  public static var armHypercalls: [(number: UInt64, name: String)] {
    InterfaceTables.shared.hypercalls.values.filter(\.isOnArm).map { ($0.number, $0.name) }
      .sorted { $0.0 < $1.0 }
  }

  /// The names of all operations of a hypercall, by number.
  public static func operations(of hypercall: String) -> [(number: UInt64, name: String)] {
    (InterfaceTables.shared.operations[operationsOfAnother[hypercall] ?? hypercall] ?? [:]).values
      .map { ($0.number, $0.name) }.sorted { $0.0 < $1.0 }
  }

  /// A hypercall at its entry.
  ///
  /// - Parameters:
  ///   - number: x16.
  ///   - arguments: x0 to x4; missing ones count as 0.
  ///   - version: the release of Xen, for what it does not have; nil if unknown.
  ///   - read: guest memory as the caller sees it.
  public static func decode(
    number: UInt64, arguments: [UInt64], version: XenVersion? = nil, read: GuestReader
  ) -> DecodedCall {
    withoutActuallyEscaping(read) { read in
      HypercallDecoder(number: number, arguments: arguments, version: version, read: read).call()
    }
  }

  /// The result of a hypercall and what it wrote, at its return.
  ///
  /// - Parameters:
  ///   - arguments: x0 to x4 as they were at the entry.
  ///   - value: x0 at the return.
  public static func result(
    number: UInt64, arguments: [UInt64], value: UInt64, read: GuestReader
  ) -> (value: String, outputs: [CallField]) {
    withoutActuallyEscaping(read) { read in
      let decoder = HypercallDecoder(number: number, arguments: arguments, version: nil, read: read)
      return (decoder.result(value), errorName(value) == nil ? decoder.outputs() : [])
    }
  }

  /// `-ENOSYS` for a result that is an error, nil for any other.
  ///
  /// Some of Xen's functions return 32 bits, so that the upper half of x0 may be clear.
  public static func errorName(_ value: UInt64) -> String? {
    var signed = Int64(bitPattern: value)
    if value >> 32 == 0 { signed = Int64(Int32(truncatingIfNeeded: value)) }
    guard signed < 0, signed > -4096 else { return nil }
    return InterfaceTables.shared.values.name(of: -signed, in: "errno").map { "-\($0)" } ?? "\(signed)"
  }

  /// `d1`, or the name of a reserved domain id.
  public static func domainName(_ id: UInt16) -> String {
    FieldKind.domain.text(UInt64(id), values: InterfaceTables.shared.values)
  }
}
