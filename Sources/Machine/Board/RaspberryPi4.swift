import CPU
import Devices
import Fabric
import MMU

/// What kind of board to build.
public struct BoardConfiguration: Sendable {
  /// Memory, stepping, serial number, MAC address.
  public var identity = BoardIdentity()
  /// Seed of the random-number generator and of everything else that a real board takes from chance.
  public var seed: UInt64 = 0
  public var serialPacing = SerialPacing.immediate
  /// The kernel's command line as the firmware would tell it (property tag 0x00050001).
  public var commandLine = ""
  /// Virtual nanoseconds per retired instruction.
  public var nanosecondsPerInstruction: UInt64 = 1
  /// Virtual nanoseconds of a turn.
  public var quantum: UInt64 = 5000

  /// What the aliases of memory other than VideoCore's uncached one are to the masters that have them.
  public var aliasPolicy = DMAPort.AliasPolicy.board
  /// What every byte of memory holds at power-on; nil: zero.
  public var ramPoison: UInt8?

  /// What executes instructions; the guest sees no difference.
  public var engine = ExecutionEngine.hostCode
  /// How code is cut into blocks and when it is compiled; nil: as is usual for the engine.
  public var rules: TranslationRules?
  /// Bytes for translated code, and half as much, but 2 MiB at least, for host code of it; when they are used up, the
  /// oldest goes.
  public var codeArenaSize = 1 << 28

  public init() {}
}

/// An SD card, and when somebody pulls it.
public struct CardInSlot {
  public var store: any SectorStore
  /// In ns of the guest's time.
  public var removalTime: UInt64?

  public init(store: any SectorStore, removalTime: UInt64? = nil) {
    self.store = store
    self.removalTime = removalTime
  }
}

/// The Raspberry Pi 4 Model B as a schematic: parts, addresses, wires; no logic.
public final class RaspberryPi4 {
  public let configuration: BoardConfiguration
  public let ram: GuestRAM
  public let bus: PhysicalBus
  public let time = VirtualTime()
  public let log = GuestLog()
  public let cluster: Cluster
  public let gic = GIC400()
  public let loop: RunLoop

  public let auxiliary: AuxiliaryBlock
  public let uarts: [PL011]
  public let mailbox: Mailbox
  public let powerManagement: PowerManagement
  /// The SD card in the slot; nil for none.
  public let card: CardInSlot?
  let masters: BusMasters
  /// Every device on the bus in the order of the schematic: the order of reset, hash and snapshot.
  public private(set) var devices: [any Device] = []
  public private(set) var unmodelled: [UnmodelledDevice] = []

  /// What the power management asked for, if the guest asked.
  public private(set) var requestedReset: PowerManagement.Reset?

  public enum BuildError: Error { case noMemory(UInt64), map(PhysicalBus.MapError) }

  public init(_ configuration: BoardConfiguration, card: CardInSlot? = nil) throws {
    self.configuration = configuration
    self.card = card
    let memory = configuration.identity.memory
    guard let ram = GuestRAM(ranges: memory.physicalRanges) else {
      throw BuildError.noMemory(memory.rawValue)
    }
    if let poison = configuration.ramPoison { ram.fill(with: poison) }
    self.ram = ram
    bus = PhysicalBus(ram: ram)
    cluster = Cluster(
      bus: bus, time: time, log: log, nanosecondsPerInstruction: configuration.nanosecondsPerInstruction,
      codeArenaSize: configuration.codeArenaSize,
      rules: configuration.rules ?? TranslationRules(engine: configuration.engine))
    loop = RunLoop(cluster: cluster, time: time, quantum: configuration.quantum)

    let pacing = configuration.serialPacing
    auxiliary = AuxiliaryBlock(time: time, port: nil, log: log, pacing: pacing)
    var uarts: [PL011] = []
    for name in ["uart0", "uart2", "uart3", "uart4", "uart5"] {
      uarts.append(PL011(name: name, time: time, port: nil, log: log, pacing: pacing))
    }
    self.uarts = uarts

    masters = BusMasters(
      bus: bus, stepping: configuration.identity.stepping, aliasPolicy: configuration.aliasPolicy)
    var firmware = FirmwareConfiguration()
    firmware.boardRevision = configuration.identity.revisionCode
    firmware.serial = configuration.identity.serialNumber
    firmware.macAddress = configuration.identity.macAddress
    firmware.commandLine = configuration.commandLine
    mailbox = Mailbox(tags: PropertyTags(configuration: firmware, port: masters.videoCore, log: log), log: log)

    var askForReset: (PowerManagement.Reset) -> Void = { _ in }
    powerManagement = PowerManagement(time: time, log: log) { askForReset($0) }
    askForReset = { [unowned self] in
      requestedReset = $0
      loop.stopRequested = true
    }

    try wire()
    reset()
  }

  // MARK: Schematic

  private func wire() throws {
    gic.log = log
    let doorbells = Doorbells(log: log)
    let gpio = GPIO(log: log)

    // ARM-local block
    try map(gic.distributor, MemoryMap.gicDistributor)
    try map(gic.cpuInterface, MemoryMap.gicCPUInterface)
    try map(gic.hypervisor, MemoryMap.gicHypervisor)
    try map(gic.virtualCPU, MemoryMap.gicVirtualCPU)

    // Serial
    try map(auxiliary, MemoryMap.auxiliary)
    connect(auxiliary.interrupt, spi: InterruptMap.auxiliary)
    let uartInterrupt = InterruptOr("uart")
    let activity = PeripheralActivity(log: log)
    try map(activity, MemoryMap.activity)
    // PACTL_CS shows UART5 … UART0 at bits 16 … 20; UART1 is the mini UART.
    for (uart, bit) in zip(uarts, [20, 19, 18, 17, 16]) { activity.connect(uart.interrupt, bit: bit) }
    for (uart, place) in zip(uarts, MemoryMap.uarts) {
      try map(uart, place)
      uartInterrupt.connect(uart.interrupt)
    }
    connect(uartInterrupt.output, spi: InterruptMap.uart)

    // Firmware
    try map(doorbells, MemoryMap.doorbells)
    connect(doorbells.interrupts[0], spi: InterruptMap.doorbell0)
    connect(doorbells.interrupts[1], spi: InterruptMap.doorbell1)
    try map(mailbox, MemoryMap.mailbox)
    connect(mailbox.interrupt, spi: InterruptMap.mailbox)

    // Power, clocks, pins
    try map(powerManagement, MemoryMap.powerManagement)
    try map(ClockManager(log: log), MemoryMap.clockManager)
    try map(AsyncBridge(name: "asb", log: log), MemoryMap.asb)
    try map(AsyncBridge(name: "rpivid-asb", log: log), MemoryMap.rpividASB)
    try map(gpio, MemoryMap.gpio)
    for (bank, line) in gpio.interrupts.enumerated() { connect(line, spi: InterruptMap.gpio + bank) }

    // Small blocks, buses and hosts
    try wireFurtherDevices()

    // Everything else answers and is reported.
    let mapped = bus.mappings.map(\.range)
    for window in UnmodelledBlocks.windows(besides: mapped) {
      let device = UnmodelledDevice(name: window.name, log: log)
      unmodelled.append(device)
      try map(device, MemoryMap.at(window.range.lowerBound, UInt64(window.range.count)))
    }

    // Cores
    for (index, core) in cluster.cores.enumerated() {
      gic.irq[index].connect { [unowned core] in core.setInterrupt(.irq, level: $0) }
      gic.fiq[index].connect { [unowned core] in core.setInterrupt(.fiq, level: $0) }
      gic.virtualIRQ[index].connect { [unowned core] in core.setInterrupt(.virtualIRQ, level: $0) }
      gic.virtualFIQ[index].connect { [unowned core] in core.setInterrupt(.virtualFIQ, level: $0) }
      connectTimers(core, index)
    }
    bus.willWriteRAM = { [unowned cluster] address, count in cluster.willStoreFromOutside(address, count) }
  }

  private func connectTimers(_ core: Core, _ index: Int) {
    func ppi(_ kind: GenericTimer.Kind, _ number: Int) {
      core.timerLine(kind).connect { [unowned gic] in gic.setPPI(number, core: index, level: $0) }
    }
    ppi(.hypervisor, InterruptMap.PPI.hypervisorTimer)
    ppi(.virtual, InterruptMap.PPI.virtualTimer)
    ppi(.secure, InterruptMap.PPI.securePhysicalTimer)
    ppi(.physical, InterruptMap.PPI.physicalTimer)
    connect(core.performanceMonitorLine, spi: InterruptMap.performanceMonitor + index)
  }

  func map(_ device: any Device, _ place: MemoryMap.Place) throws {
    do throws(PhysicalBus.MapError) {
      try bus.map(device, at: PhysicalAddress(place.base), size: place.size)
    } catch {
      throw BuildError.map(error)
    }
    devices.append(device)
  }

  func connect(_ line: InterruptLine, spi: Int) {
    line.connect { [unowned gic] in gic.setSPI(spi, level: $0) }
  }

  // MARK: Life

  /// Power-on state of every part. RAM is left as it is.
  public func reset() {
    time.reset()
    requestedReset = nil
    loop.stopRequested = false
    for device in devices { device.reset() }
    masters.cache.reset()
    for core in cluster.cores { core.resetCore() }
  }

  /// The port of a bus master: `dma0`...`dma14`, `emmc2`, `videocore`.
  public func port(named name: String) -> DMAPort? { masters.all.first { $0.name == name } }

  /// Total accesses to what is not modelled.
  public var unmodelledAccesses: UInt64 { unmodelled.reduce(0) { $0 &+ $1.accessCount } }

  /// A hash over all guest-visible state: cores, devices, time and RAM.
  public func stateHash() -> UInt64 {
    var hasher = StateHasher()
    var now = time.now
    hasher.visit("now", &now)
    for core in cluster.cores { core.visitState(&hasher) }
    for device in devices { device.visitState(&hasher) }
    masters.cache.visitState(&hasher)
    ram.hash(into: &hasher)
    return hasher.value
  }
}
