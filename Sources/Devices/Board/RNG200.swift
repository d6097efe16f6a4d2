import Fabric

/// Random number generator RNG200 (iProc; BCM2711).
///
/// Address: 0xFE10_4000. Lines out: none that software uses. The FIFO always holds 16 words. The words come
/// from a generator with a fixed seed, so that a run repeats exactly: nothing here is a secret.
///
/// Not modelled: failure detection, the interrupt, thresholds.
public final class RNG200: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case control = 0x00
    case rngReset = 0x04
    case rbgReset = 0x08
    case totalBitCount = 0x0c
    case totalBitThreshold = 0x10
    case interruptEnable = 0x14
    case interruptStatus = 0x18
    case fifoData = 0x20
    case fifoCount = 0x24
  }

  static let layout = RegisterLayout<Register>(size: 0x28) {
    $0.rw(.control, "RNG_CTRL")
    $0.rw(.rngReset, "RNG_RESET", mask: 1)
    $0.rw(.rbgReset, "RBG_RESET", mask: 1)
    $0.ro(.totalBitCount, "TOTAL_BIT_COUNT", reset: 0x4000)
    $0.rw(.totalBitThreshold, "TOTAL_BIT_COUNT_THRESHOLD")
    $0.notModelled(.interruptEnable, "INT_ENABLE")
    $0.w1c(.interruptStatus, "INT_STATUS")
    $0.ro(.fifoData, "FIFO_DATA")
    $0.fields(.fifoCount, "FIFO_COUNT", reset: 16, [.ro("COUNT", 0...7), .rw("THRESHOLD", 8...15)])
  }

  public static let windowSize: UInt64 = 0x1000
  public let name = "rng200"
  public let registers: RegisterBlock<Register>
  private let seed: UInt64
  private var state: UInt64

  public init(seed: UInt64 = 0x7a79_6265_7272_7921, log: GuestLog) {
    self.seed = seed
    state = seed
    registers = RegisterBlock(Self.layout, name: "rng200", log: log)
  }

  public func reset() {
    registers.reset()
    state = seed
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    visitor.visit("state", &state)
  }

  public func didLoadState() {}

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .fifoData: return nextWord()
    case .control, .rngReset, .rbgReset, .totalBitCount, .totalBitThreshold, .interruptEnable,
      .interruptStatus, .fifoCount:
      return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {}

  /// One step of SplitMix64 (Steele, Lea and Flood 2014): a counter through a mixing function.
  private func nextWord() -> UInt32 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state &>> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed &>> 27)) &* 0x94d0_49bb_1331_11eb
    return UInt32(truncatingIfNeeded: (mixed ^ (mixed &>> 31)) &>> 32)
  }
}
