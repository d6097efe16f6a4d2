/// A chip on the bus: registers in, lines out. It knows no bus, no host and no wall clock.
///
/// `offset` is relative to the window at which the board mapped the device. Access size is 1, 2, 4 or 8
/// bytes, naturally aligned; a value is right-aligned in the `UInt64`. A device must accept *any* offset
/// inside its window with any size and any value without trapping.
public protocol Device: Stateful {
  /// A short, stable name: `gic.distributor`, `uart0`.
  var name: String { get }
  func read(offset: UInt64, access: BusAccess) throws(BusFault) -> UInt64
  func write(offset: UInt64, value: UInt64, access: BusAccess) throws(BusFault)
  /// What the datasheet calls the register at `offset`; nil where there is none.
  func registerName(at offset: UInt64) -> String?
}

extension Device {
  public func registerName(at offset: UInt64) -> String? { nil }
}

/// A part with guest-visible state. There is no default implementation: a part that forgets to describe
/// its state does not compile.
public protocol Stateful: AnyObject {
  /// Puts the part into its state at power-on.
  func reset()
  /// Describes every guest-visible bit of state, in a fixed order, once: hash, save and load read this.
  /// Outputs (interrupt lines) are derived again by `didLoadState`.
  func visitState<V: StateVisitor>(_ visitor: inout V)
  /// Called after a load: recompute what derives from state (line levels, scheduled events).
  func didLoadState()
}
