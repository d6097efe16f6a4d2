import Fabric

@testable import Devices

/// A GIC-400 on a bench: its frames, accessed as software on a core would.
final class GICBench {
  let gic: GIC400
  let log = GuestLog()
  private let frames: [GICFrame]

  enum Frame: Int, CaseIterable { case gicd, gicc, gich, gicv }

  init(armstub: Bool = false) {
    gic = GIC400()
    gic.log = log
    frames = [gic.distributor, gic.cpuInterface, gic.hypervisor, gic.virtualCPU]
    if armstub { runArmstub() }
  }

  /// Reads as Non-secure software on `core` unless told otherwise.
  func read(_ frame: Frame, _ offset: Int, core: Int = 0, secure: Bool = false, size: UInt8 = 4) -> UInt32 {
    UInt32(truncatingIfNeeded: read64(frame, offset, core: core, secure: secure, size: size))
  }

  func read64(_ frame: Frame, _ offset: Int, core: Int = 0, secure: Bool = false, size: UInt8 = 8) -> UInt64 {
    let access = access(offset, core, secure, size)
    do {
      return try frames[frame.rawValue].read(offset: UInt64(offset), access: access)
    } catch {
      return 0xdead_dead_dead_dead
    }
  }

  func write(
    _ frame: Frame, _ offset: Int, _ value: UInt32, core: Int = 0, secure: Bool = false, size: UInt8 = 4
  ) {
    write64(frame, offset, UInt64(value), core: core, secure: secure, size: size)
  }

  func write64(
    _ frame: Frame, _ offset: Int, _ value: UInt64, core: Int = 0, secure: Bool = false, size: UInt8 = 8
  ) {
    let access = access(offset, core, secure, size)
    try? frames[frame.rawValue].write(offset: UInt64(offset), value: value, access: access)
  }

  private func access(_ offset: Int, _ core: Int, _ secure: Bool, _ size: UInt8) -> BusAccess {
    BusAccess(
      address: PhysicalAddress(UInt64(offset)), size: size, isSecure: secure,
      initiator: BusInitiator(kind: .core, index: UInt8(core), exceptionLevel: secure ? 3 : 2))
  }

  /// What the firmware's stub does at EL3 on each core: everything to Group 1, both groups signalled, all
  /// priorities let through; the secondaries enable the distributor.
  func runArmstub() {
    for core in 0..<4 {
      write(.gicd, 0x80, 0xffff_ffff, core: core, secure: true)
      for word in 1..<8 { write(.gicd, 0x80 + word * 4, 0xffff_ffff, core: core, secure: true) }
      write(.gicc, 0x00, 0x1e7, core: core, secure: true)
      write(.gicc, 0x04, 0xff, core: core, secure: true)
      if core > 0 { write(.gicd, 0x00, 3, core: core, secure: true) }
    }
  }

  /// Enables an SPI as Non-secure software does: priority in the Non-secure view, targets, ISENABLER.
  func enableSPI(_ id: Int, priority: UInt32 = 0xa0, targets: UInt32 = 1, edge: Bool = false) {
    write(.gicd, 0x400 + id, priority, size: 1)
    write(.gicd, 0x800 + id, targets, size: 1)
    let shift = UInt32(id % 16 * 2)
    let old = read(.gicd, 0xc00 + id / 16 * 4) & ~(2 << shift)
    write(.gicd, 0xc00 + id / 16 * 4, old | (edge ? 2 << shift : 0))
    write(.gicd, 0x100 + id / 32 * 4, 1 << UInt32(id % 32))
  }

  /// Enables an SGI or PPI on `core`.
  func enablePrivate(_ id: Int, priority: UInt32 = 0xa0, core: Int = 0) {
    write(.gicd, 0x400 + id, priority, core: core, size: 1)
    write(.gicd, 0x100, 1 << UInt32(id), core: core)
  }

  /// The per-core set-up of a Non-secure operating system; the mask lets all through.
  func enableInterface(core: Int = 0, control: UInt32 = 0x61, mask: UInt32 = 0xf0) {
    write(.gicc, 0x04, mask, core: core)
    write(.gicc, 0x00, control, core: core)
  }

  func isPending(_ id: Int, core: Int = 0) -> Bool {
    read(.gicd, 0x200 + id / 32 * 4, core: core) >> UInt32(id % 32) & 1 != 0
  }

  func isActive(_ id: Int, core: Int = 0) -> Bool {
    read(.gicd, 0x300 + id / 32 * 4, core: core) >> UInt32(id % 32) & 1 != 0
  }

  func acknowledge(core: Int = 0) -> UInt32 { read(.gicc, 0x0c, core: core) }
  func end(_ value: UInt32, core: Int = 0) { write(.gicc, 0x10, value, core: core) }
  func deactivate(_ value: UInt32, core: Int = 0) { write(.gicc, 0x1000, value, core: core) }

  /// Levels of irq, fiq, virtualIRQ and virtualFIQ of a core.
  func lines(_ core: Int = 0) -> [Bool] {
    [gic.irq, gic.fiq, gic.virtualIRQ, gic.virtualFIQ].map { $0[core].level }
  }

  var isIRQ: Bool { gic.irq[0].level }
}
