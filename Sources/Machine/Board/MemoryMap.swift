import Fabric

/// The ARM's view of the BCM2711 in low-peripheral mode (BCM2711 ARM Peripherals, chapter 1).
///
/// ```
/// 0x0_0000_0000  SDRAM (the VideoCore keeps 0x3B40_0000 to 0x3FFF_FFFF)
/// 0x0_FC00_0000  main peripherals (bus 0x7C00_0000)
/// 0x0_FF80_0000  ARM-local peripherals, GIC-400
/// 0x1_0000_0000  SDRAM above 4 GiB (8 GiB boards)
/// 0x6_0000_0000  PCIe outbound window
/// ```
public enum MemoryMap {
  public struct Place: Sendable {
    public let base: UInt64
    public let size: UInt64
    public var range: Range<UInt64> { base..<(base + size) }
  }

  static func at(_ base: UInt64, _ size: UInt64) -> Place { Place(base: base, size: size) }

  public static let pcie = at(0xfd50_0000, 0x9310)
  public static let ethernet = at(0xfd58_0000, 0x1_0000)
  public static let avsMonitor = at(0xfd5d_2000, 0x1000)
  public static let systemTimer = at(0xfe00_3000, 0x1000)
  public static let dma = at(0xfe00_7000, 0x1000)
  public static let asb = at(0xfe00_a000, 0x24)
  public static let doorbells = at(0xfe00_b840, 0x40)
  public static let mailbox = at(0xfe00_b880, 0x80)
  public static let powerManagement = at(0xfe10_0000, 0x1000)
  public static let clockManager = at(0xfe10_1000, 0x2000)
  public static let randomNumbers = at(0xfe10_4000, 0x1000)
  public static let gpio = at(0xfe20_0000, 0x1000)
  public static let uarts: [Place] = [0x000, 0x400, 0x600, 0x800, 0xa00].map { at(0xfe20_1000 + $0, 0x200) }
  public static let i2c: [Place] = [0xfe20_5000, 0xfe20_5600, 0xfe20_5800, 0xfe20_5a00, 0xfe20_5c00,
    0xfe80_4000].map { at($0, 0x200) }
  public static let spi: [Place] = [0x000, 0x600, 0x800, 0xa00, 0xc00].map { at(0xfe20_4000 + $0, 0x200) }
  public static let activity = at(0xfe20_4e00, 4)
  public static let pwm: [Place] = [0xfe20_c000, 0xfe20_c800].map { at($0, 0x28) }
  public static let auxiliary = at(0xfe21_5000, 0x1000)
  public static let emmc = at(0xfe30_0000, 0x100)
  public static let emmc2 = at(0xfe34_0000, 0x100)
  public static let rpividASB = at(0xfec1_1000, 0x24)
  public static let dvp = at(0xfef0_0000, 0x10)
  public static let displayInterrupts = at(0xfef0_0100, 0x30)
  public static let armLocal = at(0xff80_0000, 0x1000)
  public static let gicDistributor = at(0xff84_1000, 0x1000)
  public static let gicCPUInterface = at(0xff84_2000, 0x2000)
  public static let gicHypervisor = at(0xff84_4000, 0x2000)
  public static let gicVirtualCPU = at(0xff84_6000, 0x2000)
  public static let pcieOutbound = at(0x6_0000_0000, 0x4000_0000)
}

/// GIC-400 interrupt numbers (BCM2711 ARM Peripherals, 6.2 to 6.4). An SPI here is its INTID minus 32.
public enum InterruptMap {
  public enum PPI {
    public static let hypervisorTimer = 26
    public static let virtualTimer = 27
    public static let securePhysicalTimer = 29
    public static let physicalTimer = 30
  }
  /// ARM_LOCAL 16 to 19: performance monitor of core 0 to 3.
  public static let performanceMonitor = 16
  public static let mailbox = 33
  public static let doorbell0 = 34
  public static let doorbell1 = 35
  public static let systemTimer = 64
  public static let dma = 80
  public static let auxiliary = 93
  public static let displayInterrupts = 96
  public static let gpio = 113
  public static let i2c = 117
  public static let spi = 118
  public static let uart = 121
  public static let emmc = 126
  public static let pcie = 147
  public static let pcieMSI = 148
  public static let ethernet0 = 157
  public static let ethernet1 = 158

  /// The lines of a device by its name on the bus, in words, for listings.
  public static func lines(of device: String) -> String {
    switch device {
    case "aux": return "SPI \(auxiliary)"
    case "mailbox": return "SPI \(mailbox)"
    case "doorbells": return "SPI \(doorbell0), \(doorbell1)"
    case "system-timer": return "SPI \(systemTimer)-\(systemTimer + 3)"
    case "dma": return "SPI \(dma)-\(dma + 12)"
    case "display-interrupts": return "SPI \(displayInterrupts)"
    case "gpio": return "SPI \(gpio)-\(gpio + 3)"
    case "emmc", "emmc2": return "SPI \(emmc)"
    case "genet": return "SPI \(ethernet0), \(ethernet1)"
    case "pcie": return "SPI \(pcieMSI)"
    case "arm-local": return "SPI 0-15"
    case "gic.hypervisor": return "PPI 25"
    case _ where device.hasPrefix("uart"): return "SPI \(uart)"
    case _ where device.hasPrefix("i2c"): return "SPI \(i2c)"
    case _ where device.hasPrefix("spi"): return "SPI \(spi)"
    default: return ""
    }
  }
}
