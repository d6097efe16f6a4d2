/// The owner of a register block: sees whole registers, whatever the size of the access was. Both methods
/// are meant to be exhaustive switches over `Register`.
public protocol RegisterClient: AnyObject {
  associatedtype Register: RegisterName
  /// The value that a read of `register` returns; side effects of reading happen here. `stored` is what
  /// the block holds for it.
  func willRead(_ register: Register, stored: UInt32) -> UInt32
  /// `register` was written and the block updated: `new` is the stored value after masks and
  /// write-one-to-clear, plus any write-only bits of the write.
  func didWrite(_ register: Register, old: UInt32, new: UInt32)
  /// A read of a word that the layout does not declare; nil reports it and reads as zero.
  func readUndeclared(offset: UInt32) -> UInt32?
  /// A write to a word that the layout does not declare; false reports it.
  func writeUndeclared(offset: UInt32, value: UInt32) -> Bool
}

extension RegisterClient {
  public func readUndeclared(offset: UInt32) -> UInt32? { nil }
  public func writeUndeclared(offset: UInt32, value: UInt32) -> Bool { false }
}

/// A device whose whole window is one register block.
public protocol RegisterDevice: Device, RegisterClient {
  var registers: RegisterBlock<Register> { get }
}

extension RegisterDevice {
  public func read(offset: UInt64, access: BusAccess) throws(BusFault) -> UInt64 {
    registers.read(self, offset: offset, size: access.size)
  }
  public func write(offset: UInt64, value: UInt64, access: BusAccess) throws(BusFault) {
    registers.write(self, offset: offset, value: value, size: access.size)
  }
  public func registerName(at offset: UInt64) -> String? { registers.name(at: offset) }
}

/// The registers of one device instance: applies its `RegisterLayout` to accesses of any size, holds the
/// values, and reports what the guest does beyond the layout (each register once).
///
/// Reads narrower than a word take lanes of one whole-register read; narrow writes follow
/// `RegisterLayout.NarrowWrite`; 64-bit accesses are two word accesses, low word first.
public final class RegisterBlock<Register: RegisterName> {
  public let layout: RegisterLayout<Register>
  /// The device's name in messages.
  public let name: String
  public let log: GuestLog
  @usableFromInline var values: [UInt32]
  /// During `didWrite`: the bits of the word that the access drove.
  public internal(set) var writtenLanes: UInt32 = 0
  /// What was reported already: offset and kind of report. Diagnosis only, not state.
  private var reported: Set<UInt64> = []

  public init(_ layout: RegisterLayout<Register>, name: String, log: GuestLog) {
    self.layout = layout
    self.name = name
    self.log = log
    values = layout.registers.map(\.reset)
  }

  /// The stored value, outside the rules for guests. A register that the layout lacks reads as zero.
  @inlinable
  public subscript(register: Register) -> UInt32 {
    get {
      guard let index = layout.index(at: register.offset) else { return 0 }
      return values[index]
    }
    set {
      guard let index = layout.index(at: register.offset) else { return }
      values[index] = newValue
    }
  }

  /// The name of the register in the word at `offset`.
  public func name(at offset: UInt64) -> String? {
    guard let offset = UInt32(exactly: offset), let index = layout.index(at: offset) else { return nil }
    return layout.registers[index].name
  }

  /// Every register to its reset value.
  public func reset() {
    for index in values.indices { values[index] = layout.registers[index].reset }
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    visitor.visit("registers", &values)
    // A saved state of another layout must not make later accesses trap.
    if values.count != layout.registers.count { values = layout.registers.map(\.reset) }
  }

  // MARK: Guest accesses

  @inlinable
  public func read<Client: RegisterClient>(
    _ client: Client, offset: UInt64, size: UInt8
  ) -> UInt64 where Client.Register == Register {
    let start = UInt32(truncatingIfNeeded: offset)
    switch size {
    case 4: return UInt64(readWord(client, start & ~3))
    case 8:
      let low = UInt64(readWord(client, start & ~7))
      return low | UInt64(readWord(client, (start & ~7) | 4)) &<< 32
    default:
      let lane = size == 2 ? start & 2 : start & 3
      let mask: UInt32 = size == 2 ? 0xffff : 0xff
      return UInt64((readWord(client, start & ~3) &>> (lane &* 8)) & mask)
    }
  }

  @inlinable
  public func write<Client: RegisterClient>(
    _ client: Client, offset: UInt64, value: UInt64, size: UInt8
  ) where Client.Register == Register {
    let start = UInt32(truncatingIfNeeded: offset)
    let low = UInt32(truncatingIfNeeded: value)
    switch size {
    case 4: writeWord(client, start & ~3, low, lanes: ~0)
    case 8:
      writeWord(client, start & ~7, low, lanes: ~0)
      writeWord(client, (start & ~7) | 4, UInt32(truncatingIfNeeded: value &>> 32), lanes: ~0)
    default:
      let mask: UInt32 = size == 2 ? 0xffff : 0xff
      switch layout.narrowWrite {
      case .zeroExtends: writeWord(client, start & ~3, low & mask, lanes: ~0)
      case .mergesLanes:
        let shift = (size == 2 ? start & 2 : start & 3) &* 8
        writeWord(client, start & ~3, (low & mask) &<< shift, lanes: mask &<< shift)
      }
    }
  }

  @inlinable
  func readWord<Client: RegisterClient>(
    _ client: Client, _ offset: UInt32
  ) -> UInt32 where Client.Register == Register {
    guard let index = layout.index(at: offset) else {
      if let value = client.readUndeclared(offset: offset) { return value }
      reportUndeclared(offset, "read")
      return 0
    }
    return client.willRead(layout.registers[index].register, stored: values[index])
  }

  @usableFromInline
  func writeWord<Client: RegisterClient>(
    _ client: Client, _ offset: UInt32, _ value: UInt32, lanes: UInt32
  ) where Client.Register == Register {
    writtenLanes = lanes
    guard let index = layout.index(at: offset) else {
      if !client.writeUndeclared(offset: offset, value: value) { reportUndeclared(offset, "write") }
      return
    }
    let description = layout.registers[index]
    if let password = description.password, value >> 24 != UInt32(password) {
      report(.odd, offset, 1, "write of \(value.hex(8)) to \(description.name) without its password")
      return
    }
    let old = values[index]
    let storage = description.writable & lanes
    var new = (old & ~storage) | (value & storage)
    new &= ~(value & description.clearable)
    values[index] = new
    reportBits(description, old: old, new: new, written: value)
    client.didWrite(description.register, old: old, new: new | (value & description.pulse))
  }

  // MARK: Reports

  private func reportBits(
    _ description: RegisterDescription<Register>, old: UInt32, new: UInt32, written: UInt32
  ) {
    let odd = (new ^ old) & new & description.notModelled
    if odd != 0 {
      report(.notModelled, description.offset, 2, "\(description.name): \(description.fieldNames(in: odd))")
    }
    let valueBits: UInt32 = description.password == nil ? ~0 : 0x00ff_ffff
    let reserved = written & valueBits & ~description.known & ~description.reset
    if reserved != 0 {
      report(.odd, description.offset, 3, "\(description.name): reserved bits \(reserved.hex(8)) set")
    }
  }

  @usableFromInline
  func reportUndeclared(_ offset: UInt32, _ direction: String) {
    report(.notModelled, offset, direction == "read" ? 4 : 5, "\(direction) at offset \(offset.hex(3))")
  }

  private func report(
    _ kind: GuestLog.Kind, _ offset: UInt32, _ reason: UInt64, _ message: @autoclosure () -> String
  ) {
    guard reported.count < 4096, reported.insert(UInt64(offset) << 8 | reason).inserted else { return }
    let text = message()
    log.once(kind, source: name, key: text, message: text)
  }
}
