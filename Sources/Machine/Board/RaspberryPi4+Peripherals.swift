import Devices
import Fabric

extension RaspberryPi4 {
  /// The schematic's second sheet: timers, random numbers, temperature, DMA, storage, network, PCIe.
  func wireFurtherDevices() throws {
    let armLocal = ARMLocal(log: log)
    try map(armLocal, MemoryMap.armLocal)
    for (box, line) in armLocal.mailboxes.enumerated() { connect(line, spi: box) }

    let systemTimer = SystemTimer(time: time, log: log)
    try map(systemTimer, MemoryMap.systemTimer)
    for (channel, line) in systemTimer.interrupts.enumerated() {
      connect(line, spi: InterruptMap.systemTimer + channel)
    }

    try map(RNG200(seed: configuration.seed, log: log), MemoryMap.randomNumbers)
    try map(VoltageMonitor(log: log), MemoryMap.avsMonitor)
    try map(DisplayClock(log: log), MemoryMap.dvp)
    let display = InterruptBundler(name: "display-interrupts", log: log)
    try map(display, MemoryMap.displayInterrupts)
    connect(display.interrupt, spi: InterruptMap.displayInterrupts)

    let requests = try wireDMA()
    try wireSerialBuses(requests)

    try wireStorage()

    let ethernet = EthernetController(log: log)
    try map(ethernet, MemoryMap.ethernet)
    connect(ethernet.interrupts[0], spi: InterruptMap.ethernet0)
    connect(ethernet.interrupts[1], spi: InterruptMap.ethernet1)

    let pcie = PCIeRootComplex(log: log)
    try map(pcie, MemoryMap.pcie)
    connect(pcie.interrupt, spi: InterruptMap.pcieMSI)
    try map(
      UnmodelledDevice(name: "pcie-outbound", response: .ones, log: log), MemoryMap.pcieOutbound)
  }

  /// Both SD hosts share SPI 126.
  private func wireStorage() throws {
    let storage = InterruptOr("emmc")
    let emmc = EmptyCardHost(name: "emmc", kind: .legacy, log: log)
    try map(emmc, MemoryMap.emmc)
    storage.connect(emmc.interrupt)
    if let card {
      let emmc2 = SDHost(
        name: "emmc2", time: time, port: masters.emmc2, store: card.store, removalTime: card.removalTime,
        log: log)
      try map(emmc2, MemoryMap.emmc2)
      storage.connect(emmc2.interrupt)
    } else {
      let emmc2 = EmptyCardHost(name: "emmc2", kind: .emmc2, log: log)
      try map(emmc2, MemoryMap.emmc2)
      storage.connect(emmc2.interrupt)
    }
    connect(storage.output, spi: InterruptMap.emmc)
  }

  /// I2C, SPI and PWM, with nothing on their pins; each kind shares one SPI.
  private func wireSerialBuses(_ requests: DMARequests) throws {
    let i2cInterrupt = InterruptOr("i2c")
    for (number, place) in zip([0, 3, 4, 5, 6, 1], MemoryMap.i2c) {
      let controller = I2CController(name: "i2c\(number)", log: log)
      try map(controller, place)
      i2cInterrupt.connect(controller.interrupt)
    }
    connect(i2cInterrupt.output, spi: InterruptMap.i2c)

    let spiInterrupt = InterruptOr("spi")
    for (number, place) in zip([0, 3, 4, 5, 6], MemoryMap.spi) {
      let controller = SPIController(name: "spi\(number)", log: log)
      try map(controller, place)
      spiInterrupt.connect(controller.interrupt)
      guard let numbers = Self.spiRequests[number] else { continue }
      requests.connect(controller.transmitRequest, to: numbers.transmit)
      requests.connect(controller.receiveRequest, to: numbers.receive)
    }
    connect(spiInterrupt.output, spi: InterruptMap.spi)

    for (number, place) in MemoryMap.pwm.enumerated() {
      let modulator = PulseWidthModulator(name: "pwm\(number)", time: time, log: log)
      try map(modulator, place)
      requests.connect(modulator.request, to: number == 0 ? 5 : 1)
    }
  }

  // Numbers of data requests, which TI.PERMAP names (BCM2711 ARM Peripherals, 4.2.1.3).
  private static let uartRequests: [(transmit: Int, receive: Int)] = [
    (12, 14), (28, 29), (19, 20), (30, 31), (21, 22),
  ]
  private static let spiRequests: [Int: (transmit: Int, receive: Int)] = [
    0: (6, 7), 4: (19, 20), 5: (21, 22), 6: (23, 27),
  ]

  private func wireDMA() throws -> DMARequests {
    let dma = DMAController(time: time, ports: masters.dma, log: log)
    try map(dma, MemoryMap.dma)
    // Channels 7 and 8, 9 and 10 share a line each (BCM2711 ARM Peripherals, 6.2.4).
    let lines = (0..<13).map { InterruptOr("dma-line\($0)") }
    for (channel, line) in dma.interrupts.enumerated() {
      let index: Int
      switch channel {
      case 0...6: index = channel
      case 7, 8: index = 7
      case 9, 10: index = 8
      default: index = min(channel - 2, 12)
      }
      lines[index].connect(line)
    }
    for (index, line) in lines.enumerated() { connect(line.output, spi: InterruptMap.dma + index) }
    for (uart, numbers) in zip(uarts, Self.uartRequests) {
      dma.requests.connect(uart.transmitRequest, to: numbers.transmit)
      dma.requests.connect(uart.receiveRequest, to: numbers.receive)
    }
    return dma.requests
  }
}
