/// A named group of bits of a device register and what an access may do with it.
public struct RegisterField: Sendable {
  public enum Access: String, Sendable {
    /// Storage: reads give what was written.
    case readWrite = "rw"
    /// Writes change nothing.
    case readOnly = "ro"
    /// Seen by the device when written, never stored, reads as zero: commands and pulses.
    case writeOnly = "wo"
    /// Status: writing one clears the bit.
    case writeOneToClear = "w1c"
    /// Storage without the behaviour that the manual gives it; setting it is reported by name.
    case notModelled = "not modelled"
  }

  /// The manual's name.
  public let name: String
  public let mask: UInt32
  public let access: Access

  public init(_ name: String, mask: UInt32, access: Access) {
    self.name = name
    self.mask = mask
    self.access = access
  }

  public init(_ name: String, _ bits: ClosedRange<Int>, _ access: Access) {
    precondition(bits.lowerBound >= 0 && bits.upperBound < 32, "field outside a 32-bit register")
    let width = UInt32.mask(width: bits.upperBound - bits.lowerBound + 1)
    self.init(name, mask: width << UInt32(bits.lowerBound), access: access)
  }

  public static func rw(_ name: String, _ bits: ClosedRange<Int>) -> Self { Self(name, bits, .readWrite) }
  public static func rw(_ name: String, _ bit: Int) -> Self { Self(name, bit...bit, .readWrite) }
  public static func ro(_ name: String, _ bits: ClosedRange<Int>) -> Self { Self(name, bits, .readOnly) }
  public static func ro(_ name: String, _ bit: Int) -> Self { Self(name, bit...bit, .readOnly) }
  public static func wo(_ name: String, _ bits: ClosedRange<Int>) -> Self { Self(name, bits, .writeOnly) }
  public static func wo(_ name: String, _ bit: Int) -> Self { Self(name, bit...bit, .writeOnly) }
  public static func w1c(_ name: String, _ bits: ClosedRange<Int>) -> Self {
    Self(name, bits, .writeOneToClear)
  }
  public static func w1c(_ name: String, _ bit: Int) -> Self { Self(name, bit...bit, .writeOneToClear) }
  public static func notModelled(_ name: String, _ bits: ClosedRange<Int>) -> Self {
    Self(name, bits, .notModelled)
  }
  public static func notModelled(_ name: String, _ bit: Int) -> Self { Self(name, bit...bit, .notModelled) }
}

/// The name of a device register: usually an `enum` whose raw value is the offset, or an `enum` with
/// associated values (channel, pin bank) that computes it. One name per offset: where reads and writes
/// reach different things (IIR/FCR), one case stands for both.
public protocol RegisterName: Hashable, Sendable {
  /// Byte offset in the device's window, a multiple of 4.
  var offset: UInt32 { get }
}

extension RegisterName where Self: RawRepresentable, RawValue == UInt32 {
  @inlinable public var offset: UInt32 { rawValue }
}

/// One register of a layout: its name, reset value and what each bit does.
public struct RegisterDescription<Register: RegisterName>: Sendable {
  public let register: Register
  /// The manual's name.
  public let name: String
  public let reset: UInt32
  /// Storage bits (including those that are not modelled).
  public let writable: UInt32
  /// Bits that the device sees when written and that are not stored.
  public let pulse: UInt32
  /// Bits cleared by writing one.
  public let clearable: UInt32
  /// Storage bits whose meaning is not modelled.
  public let notModelled: UInt32
  /// Bits that some field declares; the others are reserved: they keep their reset value.
  public let known: UInt32
  /// Writes take effect only with this in bits 31:24, which are not part of the value.
  public let password: UInt8?
  public let fields: [RegisterField]

  public var offset: UInt32 { register.offset }

  init(_ register: Register, _ name: String, reset: UInt32, password: UInt8?, fields: [RegisterField]) {
    var seen: UInt32 = 0
    func mask(_ access: RegisterField.Access) -> UInt32 {
      fields.reduce(0) { $1.access == access ? $0 | $1.mask : $0 }
    }
    for field in fields {
      precondition(seen & field.mask == 0, "\(name): overlapping fields at \(field.name)")
      seen |= field.mask
    }
    let valueBits: UInt32 = password == nil ? ~0 : 0x00ff_ffff
    self.register = register
    self.name = name
    self.password = password
    self.fields = fields
    self.reset = reset & ~mask(.writeOnly)
    writable = (mask(.readWrite) | mask(.notModelled)) & valueBits
    pulse = mask(.writeOnly) & valueBits
    clearable = mask(.writeOneToClear) & valueBits
    notModelled = mask(.notModelled) & valueBits
    known = seen
  }

  /// The names of the fields that intersect `bits`, for messages.
  public func fieldNames(in bits: UInt32) -> String {
    let names = fields.filter { $0.mask & bits != 0 }.map(\.name)
    return names.isEmpty ? bits.hex(8) : names.joined(separator: ", ")
  }
}
