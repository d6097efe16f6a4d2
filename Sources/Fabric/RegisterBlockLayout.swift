/// The register page of a device's datasheet, as data: declared once per device type, shared by all
/// instances.
///
/// ```swift
/// static let layout = RegisterLayout<Register>(size: 0x114) {
///   $0.rw(.wdog, "WDOG", mask: 0xf_ffff, password: 0x5a)
///   $0.fields(.grafx, "GRAFX", reset: 0x7f, [.rw("POWUP", 0), .ro("POWOK", 1), .w1c("FAULT", 8)])
/// }
/// ```
public struct RegisterLayout<Register: RegisterName>: Sendable {
  /// What a write of 8 or 16 bits does.
  public enum NarrowWrite: Sendable {
    /// Changes only the bytes it addresses.
    case mergesLanes
    /// The bus zero-extends it to the whole aligned word (the BCM2711's 32-bit peripherals).
    case zeroExtends
  }

  /// Bytes of the window that the layout describes.
  public let size: UInt32
  public let narrowWrite: NarrowWrite
  public let registers: [RegisterDescription<Register>]
  /// For each word of the window: index into `registers` plus one, or zero.
  @usableFromInline let slots: [UInt16]

  public init(
    size: UInt32, narrowWrite: NarrowWrite = .mergesLanes, _ declare: (inout Builder) -> Void
  ) {
    var builder = Builder()
    declare(&builder)
    var slots = [UInt16](repeating: 0, count: Int(size / 4))
    for (index, description) in builder.registers.enumerated() {
      let offset = description.offset
      precondition(offset % 4 == 0 && offset < size, "\(description.name) is outside its window")
      precondition(slots[Int(offset / 4)] == 0, "\(description.name) shares its offset")
      slots[Int(offset / 4)] = UInt16(index + 1)
    }
    self.size = size
    self.narrowWrite = narrowWrite
    self.slots = slots
    registers = builder.registers
  }

  /// The index in `registers` of what lies in the word at `offset`; nil when nothing is declared there.
  @inlinable @inline(__always)
  public func index(at offset: UInt32) -> Int? {
    let word = Int(truncatingIfNeeded: offset >> 2)
    guard word < slots.count else { return nil }
    let slot = Int(truncatingIfNeeded: slots[word])
    return slot == 0 ? nil : slot &- 1
  }

  public subscript(register: Register) -> RegisterDescription<Register>? {
    index(at: register.offset).map { registers[$0] }
  }

  /// Collects declarations.
  public struct Builder {
    fileprivate var registers: [RegisterDescription<Register>] = []

    /// A register made of fields; bits that no field names are reserved.
    public mutating func fields(
      _ register: Register, _ name: String, reset: UInt32 = 0, password: UInt8? = nil,
      _ fields: [RegisterField]
    ) {
      registers.append(
        RegisterDescription(register, name, reset: reset, password: password, fields: fields))
    }

    /// Storage in the bits of `mask`.
    public mutating func rw(
      _ register: Register, _ name: String, reset: UInt32 = 0, mask: UInt32 = ~0, password: UInt8? = nil
    ) {
      whole(register, name, reset, mask, password, .readWrite)
    }

    /// A value that only the device changes.
    public mutating func ro(_ register: Register, _ name: String, reset: UInt32 = 0, mask: UInt32 = ~0) {
      whole(register, name, reset, mask, nil, .readOnly)
    }

    /// Commands: the device sees the written value, reads give zero unless the device says otherwise.
    public mutating func wo(
      _ register: Register, _ name: String, mask: UInt32 = ~0, password: UInt8? = nil
    ) {
      whole(register, name, 0, mask, password, .writeOnly)
    }

    /// Status bits cleared by writing one.
    public mutating func w1c(_ register: Register, _ name: String, reset: UInt32 = 0, mask: UInt32 = ~0) {
      whole(register, name, reset, mask, nil, .writeOneToClear)
    }

    /// Storage without the behaviour of the manual; the first write that changes it is reported.
    public mutating func notModelled(
      _ register: Register, _ name: String, reset: UInt32 = 0, mask: UInt32 = ~0, password: UInt8? = nil
    ) {
      whole(register, name, reset, mask, password, .notModelled)
    }

    private mutating func whole(
      _ register: Register, _ name: String, _ reset: UInt32, _ mask: UInt32, _ password: UInt8?,
      _ access: RegisterField.Access
    ) {
      let field = RegisterField(name, mask: mask, access: access)
      fields(register, name, reset: reset, password: password, [field])
    }
  }
}
