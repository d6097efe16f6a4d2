import Fabric

/// Generic interrupt controller GIC-400 r0p1 of the BCM2711 (GICv2, Arm IHI 0048B; Arm DDI 0471).
///
/// | frame            | address     | size   | adapter          |
/// |------------------|-------------|--------|------------------|
/// | GICD distributor | 0xFF84_1000 | 0x1000 | ``distributor``  |
/// | GICC CPU         | 0xFF84_2000 | 0x2000 | ``cpuInterface`` |
/// | GICH hypervisor  | 0xFF84_4000 | 0x2000 | ``hypervisor``   |
/// | GICV virtual CPU | 0xFF84_6000 | 0x2000 | ``virtualCPU``   |
///
/// 256 interrupt IDs: SGI 0-15, PPI 25-31 (16-24 are not there), SPI 32-255. Four cores, Security
/// Extensions, 32 priority levels (16 as Non-secure software sees them), four list registers per core.
///
/// Lines in: ``setSPI(_:level:)``, ``setPPI(_:core:level:)``. Lines out, per core: ``irq``, ``fiq``,
/// ``virtualIRQ``, ``virtualFIQ``. The maintenance interrupt is PPI 25 of its core and is wired inside.
///
/// Implementation choices, all captured from a board: PPIs are fixed level-sensitive, bit 0 of an SPI's
/// configuration field reads as one, SGIs cannot be disabled, GICC_HPPIR shows an interrupt that only
/// GICC_PMR masks, `GICD_TYPER` reports 256 lines although nothing drives those above 223.
///
/// Not modelled: the legacy interrupt bypass (its disable bits hold their value) and CFGSDISABLE.
public final class GIC400 {
  /// CPU interfaces, at most 4.
  public let cores: Int
  /// Physical interrupt request, to each core.
  public let irq: [InterruptLine]
  /// Physical fast interrupt request, to each core.
  public let fiq: [InterruptLine]
  /// Virtual interrupt request, to each core.
  public let virtualIRQ: [InterruptLine]
  /// Virtual fast interrupt request, to each core.
  public let virtualFIQ: [InterruptLine]
  /// Told once of every access that no register answers.
  public var log: GuestLog?
  /// For tests of the tests: the rise of the maintenance interrupt that is lost, counted from one; 0: none.
  package var maintenanceToLose = 0

  /// All state, in the order of `Layout`.
  ///
  /// SAFETY: `Layout.count` initialised words, owned by this object, freed in `deinit`. Every index is a
  /// region's base plus an index that is masked or bounded by that region's size.
  let words: UnsafeMutablePointer<UInt32>
  /// What follows from the state, in the order of `Derived`.
  ///
  /// SAFETY: as `words`, with `Derived.count` words.
  let derived: UnsafeMutablePointer<UInt32>
  /// Which register answers at each word of each frame.
  let distributorMap = GICRegisterMap(GICDRegister.table, size: 0x1000)
  let interfaceMap = GICRegisterMap(GICCRegister.table, size: 0x2000)
  let hypervisorMap = GICRegisterMap(
    GICHRegister.table, size: 0x2000, aliases: [0] + (0..<8).map { 0x1000 + 0x200 * $0 })
  let virtualMap = GICRegisterMap(GICVRegister.table, size: 0x2000)

  public init(cores: Int = 4) {
    let count = min(max(cores, 1), 4)
    self.cores = count
    irq = (0..<count).map { InterruptLine("gic.irq\($0)") }
    fiq = (0..<count).map { InterruptLine("gic.fiq\($0)") }
    virtualIRQ = (0..<count).map { InterruptLine("gic.virtualIRQ\($0)") }
    virtualFIQ = (0..<count).map { InterruptLine("gic.virtualFIQ\($0)") }
    words = GIC400.allocate(Layout.count)
    derived = GIC400.allocate(Derived.count)
    reset()
  }

  /// Zeroed words, aligned so that `visitState` may view them in pairs.
  private static func allocate(_ count: Int) -> UnsafeMutablePointer<UInt32> {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 16)
    return memory.initializeMemory(as: UInt32.self, repeating: 0, count: count)
  }

  deinit {
    words.deallocate()
    derived.deallocate()
    for map in [distributorMap, interfaceMap, hypervisorMap, virtualMap] { map.deallocate() }
  }

  // MARK: Frames

  /// The distributor; its adapter also carries the state of the whole controller.
  public var distributor: GICFrame { GICFrame(self, .distributor) }
  /// The CPU interface of the accessing core.
  public var cpuInterface: GICFrame { GICFrame(self, .cpuInterface) }
  /// The virtual interface control registers: the accessing core's, and at 0x1000 + 0x200 n core n's.
  public var hypervisor: GICFrame { GICFrame(self, .hypervisor) }
  /// The virtual CPU interface of the accessing core.
  public var virtualCPU: GICFrame { GICFrame(self, .virtualCPU) }

  // MARK: Inputs

  /// Drives the input of SPI `spi` (INTID - 32). Numbers that do not exist are ignored.
  public func setSPI(_ spi: Int, level: Bool) {
    guard spi >= 0, spi < Layout.interrupts - 32 else { return }
    let id = spi &+ 32
    let bit = UInt32(1) &<< UInt32(truncatingIfNeeded: id & 31)
    let slot = bankSlot(0, id &>> 5)
    guard setInput(slot, bit, level) else { return }
    updateCores(targets(of: id))
  }

  /// Drives the input of PPI `intid` (26-31) of `core`; true is asserted, whatever the wire's polarity.
  /// PPI 25 is driven from inside. Numbers that do not exist are ignored.
  public func setPPI(_ intid: Int, core: Int, level: Bool) {
    guard intid > Layout.maintenance, intid < 32, core >= 0, core < cores else { return }
    setPrivateInput(intid, core, level)
  }

  /// Wires `line` to the input of SPI `spi`.
  public func connect(_ line: InterruptLine, toSPI spi: Int) {
    line.connect { [weak self] level in self?.setSPI(spi, level: level) }
  }

  /// Wires `line` to the input of PPI `intid` of `core`.
  public func connect(_ line: InterruptLine, toPPI intid: Int, core: Int) {
    line.connect { [weak self] level in self?.setPPI(intid, core: core, level: level) }
  }

  func setPrivateInput(_ id: Int, _ core: Int, _ level: Bool) {
    let bit = UInt32(1) &<< UInt32(truncatingIfNeeded: id & 31)
    guard setInput(bankSlot(core, 0), bit, level) else { return }
    updateCore(core)
  }

  /// Records a level; a rising edge of an edge-triggered interrupt latches it (IHI 0048B, 4.3.7).
  /// Whether the level changed.
  private func setInput(_ slot: Int, _ bit: UInt32, _ level: Bool) -> Bool {
    let old = words[Layout.line &+ slot]
    guard (old & bit != 0) != level else { return false }
    words[Layout.line &+ slot] = old ^ bit
    if level { words[Layout.latch &+ slot] |= bit & words[Layout.edge &+ slot] }
    return true
  }
}

// MARK: - State

extension GIC400: Stateful {
  /// Power-on: everything in Group 0, disabled and idle. Input levels are the wires' and stay.
  public func reset() {
    for index in 0..<Layout.count where index < Layout.line || index >= Layout.edge { words[index] = 0 }
    let maintenance = UInt32(1) &<< UInt32(truncatingIfNeeded: Layout.maintenance)
    for core in 0..<4 {
      words[Layout.line &+ core] &= ~maintenance
      words[Layout.enabled &+ core] = Layout.sgiMask
      words[Layout.edge &+ core] = Layout.sgiMask
      words[Layout.interface &+ core &* 8 &+ Interface.binaryPoint] = 2
      words[Layout.interface &+ core &* 8 &+ Interface.aliasedBinaryPoint] = 3
      words[Layout.virtual &+ core &* 8 &+ Virtual.machineControl] = 0x004c_0000
    }
    didLoadState()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    visit(&visitor, "group", Layout.group, 16)
    visit(&visitor, "enabled", Layout.enabled, 16)
    visit(&visitor, "latch", Layout.latch, 16)
    visit(&visitor, "active", Layout.active, 16)
    visit(&visitor, "line", Layout.line, 16)
    visit(&visitor, "edge", Layout.edge, 16)
    visit(&visitor, "sgiSources", Layout.sgiSources, 16)
    visit(&visitor, "priority", Layout.priority, 96)
    visit(&visitor, "target", Layout.target, 64)
    visit(&visitor, "control", Layout.control, 16)
    visit(&visitor, "interface", Layout.interface, 32)
    visit(&visitor, "virtual", Layout.virtual, 32)
  }

  private func visit<V: StateVisitor>(
    _ visitor: inout V, _ name: StaticString, _ base: Int, _ count: Int
  ) {
    // SAFETY: `base` and `count` are even and the allocation is 16-byte aligned.
    (words + base).withMemoryRebound(to: UInt64.self, capacity: count / 2) { pointer in
      visitor.visit(name, words: UnsafeMutableBufferPointer(start: pointer, count: count / 2))
    }
  }

  /// Recomputes routing, priorities and all output lines; no edge is latched.
  public func didLoadState() {
    rebuildDerived()
    for core in 0..<cores { updateVirtual(core) }
    for core in 0..<cores { updateCore(core) }
  }
}
