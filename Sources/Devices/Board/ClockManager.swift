import Fabric

/// Clock manager, CPRMAN (BCM2711): PLLs, their dividers and the clock generators.
///
/// Address: 0xFE10_1000, 8 KiB. Lines out: none. Writes need 0x5A in bits 31:24. Nothing here changes how
/// fast the machine runs: the registers are storage with the values that the firmware hands over, a
/// generator shows BUSY while it is enabled, and every PLL is always locked, so that drivers compute the
/// rates of a real board and never wait.
///
/// Not modelled: the effect of any rate, the frequency counter (`TCNT`), event flags.
public final class ClockManager: RegisterDevice {
  /// A clock generator; the raw value is the offset of its CTL register, DIV follows.
  public enum Generator: UInt32, CaseIterable, Sendable {
    case sys = 0x010
    case perIA = 0x018
    case perII = 0x020
    case vpu = 0x008
    case h264 = 0x028
    case isp = 0x030
    case v3d = 0x038
    case cam0 = 0x040
    case cam1 = 0x048
    case ccp2 = 0x050
    case dsi0E = 0x058
    case dsi0P = 0x060
    case dpi = 0x068
    case gp0 = 0x070
    case gp1 = 0x078
    case gp2 = 0x080
    case hsm = 0x088
    case otp = 0x090
    case pcm = 0x098
    case pwm = 0x0a0
    case slim = 0x0a8
    case smi = 0x0b0
    case tec = 0x0c8
    case td0 = 0x0d0
    case td1 = 0x0d8
    case tsens = 0x0e0
    case timer = 0x0e8
    case uart = 0x0f0
    case vec = 0x0f8
    case dsi1E = 0x158
    case dsi1P = 0x160
    case dft = 0x168
    case pulse = 0x190
    case sdc = 0x1a8
    case arm = 0x1b0
    case aveo = 0x1b8
    case emmc = 0x1c0
    case emmc2 = 0x1d0

    /// CTL and DIV at hand-off (measured on a Pi 4); generators that are not listed are off.
    var handOff: (control: UInt32, divisor: UInt32) {
      switch self {
      case .vpu: (0x54, 0x1000)
      case .uart: (0x296, 0xfa00)
      case .emmc2: (0x56, 0x7800)
      case .emmc: (0x56, 0x3000)
      case .timer: (0x51, 0x3_6000)
      case .tsens: (0x91, 0x1_0000)
      default: (0, 0)
      }
    }
  }

  /// A PLL; the raw value is the distance of its analogue registers from PLLA's.
  public enum PLL: UInt32, CaseIterable, Sendable {
    case a = 0x00
    case c = 0x20
    case d = 0x40
    case h = 0x60
    case b = 0xe0

    /// Offset of its load and hold bits (CM_PLLx).
    var loadOffset: UInt32 {
      switch self {
      case .a: 0x104
      case .c: 0x108
      case .d: 0x10c
      case .h: 0x110
      case .b: 0x170
      }
    }

    /// A2W CTRL and FRAC at hand-off (measured): PLLA, B and D run at 3.0 GHz.
    var handOff: (control: UInt32, fraction: UInt32) {
      switch self {
      case .a, .b, .d: (0x2_1037, 0x8_e38e)
      case .c: (0x3_1030, 0)
      case .h: (0, 0)
      }
    }
  }

  /// A PLL's channel divider; the raw value is its offset.
  public enum Channel: UInt32, CaseIterable, Sendable {
    case aDSI0 = 0x1300
    case aCore = 0x1400
    case aPer = 0x1500
    case aCCP2 = 0x1600
    case cCore2 = 0x1320
    case cCore1 = 0x1420
    case cPer = 0x1520
    case cCore0 = 0x1620
    case dDSI0 = 0x1340
    case dCore = 0x1440
    case dPer = 0x1540
    case dDSI1 = 0x1640
    case hAux = 0x1360
    case hRcal = 0x1460
    case hPix = 0x1560
    case bARM = 0x13e0

    /// Bits 7:0 divide, bit 8 disables.
    var handOff: UInt32 {
      switch self {
      case .aCore: 6
      case .cPer, .dPer: 4
      case .dCore: 5
      case .bARM: 2
      default: 0x100
      }
    }
  }

  public enum Register: RegisterName {
    case control(Generator)
    case divisor(Generator)
    case load(PLL)
    case analogue(PLL, Int)
    case pllControl(PLL)
    case fraction(PLL)
    case channel(Channel)
    case counterControl, counter, oscillatorCount, lock, event, oscillatorControl

    public var offset: UInt32 {
      switch self {
      case .control(let generator): generator.rawValue
      case .divisor(let generator): generator.rawValue + 4
      case .load(let pll): pll.loadOffset
      case .analogue(let pll, let index): 0x1010 + pll.rawValue + UInt32(truncatingIfNeeded: index & 3) * 4
      case .pllControl(let pll): 0x1100 + pll.rawValue
      case .fraction(let pll): 0x1200 + pll.rawValue
      case .channel(let channel): channel.rawValue
      case .counterControl: 0x0c0
      case .counter: 0x0c4
      case .oscillatorCount: 0x100
      case .lock: 0x114
      case .event: 0x118
      case .oscillatorControl: 0x1190
      }
    }
  }

  private static let password: UInt8 = 0x5a

  static let layout = RegisterLayout<Register>(size: 0x2000) {
    for generator in Generator.allCases {
      let handOff = generator.handOff
      let name = "CM_" + "\(generator)".uppercased()
      $0.fields(
        .control(generator), name + "CTL", reset: handOff.control & ~0x180, password: password,
        [
          .rw("SRC", 0...3), .rw("ENAB", 4), .rw("KILL", 5), .rw("GATE", 6), .ro("BUSY", 7),
          .ro("BUSYD", 8), .rw("MASH", 9...10), .rw("FLIP", 11),
        ])
      $0.rw(
        .divisor(generator), name + "DIV", reset: handOff.divisor, mask: 0xff_ffff,
        password: password)
    }
    for pll in PLL.allCases {
      let name = "PLL" + "\(pll)".uppercased()
      $0.rw(.load(pll), "CM_" + name, mask: 0xff_ffff, password: password)
      for index in 0..<4 {
        $0.rw(.analogue(pll, index), "A2W_\(name)_ANA\(index)", mask: 0xff_ffff, password: password)
      }
      let handOff = pll.handOff
      $0.rw(
        .pllControl(pll), "A2W_\(name)_CTRL", reset: handOff.control, mask: 0xff_ffff,
        password: password)
      $0.rw(
        .fraction(pll), "A2W_\(name)_FRAC", reset: handOff.fraction, mask: 0xf_ffff,
        password: password)
    }
    for channel in Channel.allCases {
      $0.fields(
        .channel(channel), "A2W_PLL_\(channel)", reset: channel.handOff, password: password,
        [.rw("DIV", 0...7), .rw("CHENB", 8), .rw("BYPEN", 9)])
    }
    $0.notModelled(.counterControl, "CM_TCNTCTL", mask: 0xff_ffff, password: password)
    $0.ro(.counter, "CM_TCNTCNT")
    // Counts down to zero by itself; it has done so before anybody can look.
    $0.wo(.oscillatorCount, "CM_OSCCOUNT", mask: 0xff_ffff, password: password)
    // Bits 8 to 12: PLLA, B, C, D, H locked.
    $0.ro(.lock, "CM_LOCK", reset: 0x1f00)
    $0.rw(.event, "CM_EVENT", mask: 0xff_ffff, password: password)
    $0.rw(.oscillatorControl, "A2W_XOSC_CTRL", mask: 0xff_ffff, password: password)
  }

  public static let windowSize: UInt64 = 0x2000
  public let name = "cprman"
  public let registers: RegisterBlock<Register>

  public init(log: GuestLog) { registers = RegisterBlock(Self.layout, name: "cprman", log: log) }

  public func reset() { registers.reset() }
  public func visitState<V: StateVisitor>(_ visitor: inout V) { registers.visitState(&visitor) }
  public func didLoadState() {}

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .control:
      // BUSY follows ENAB at once; KILL stops the generator.
      return stored.bit(4) && !stored.bit(5) ? stored | 1 << 7 : stored & ~(1 << 7)
    case .divisor, .load, .analogue, .pllControl, .fraction, .channel, .counterControl, .counter,
      .oscillatorCount, .lock, .event, .oscillatorControl:
      return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {}
}
