/// What the VideoCore firmware knows about the board and answers through the property mailbox.
public struct FirmwareConfiguration: Sendable {
  /// A clock of the firmware's table, in Hz.
  public struct Clock: Sendable {
    public var rate: UInt32
    public var minimum: UInt32
    public var maximum: UInt32
    public init(rate: UInt32, minimum: UInt32, maximum: UInt32) {
      self.rate = rate
      self.minimum = minimum
      self.maximum = maximum
    }
    public init(fixed rate: UInt32) { self.init(rate: rate, minimum: rate, maximum: rate) }
  }

  /// Build time of the firmware, Unix seconds.
  public var firmwareRevision: UInt32 = 0x6398_3e1b
  public var boardModel: UInt32 = 0
  /// New-style revision code: 4 GB, Pi 4 Model B, revision 1.2 (B0 stepping).
  public var boardRevision: UInt32 = 0x00c0_3112
  public var serial: UInt64 = 0x1000_0000_7ab0_0001
  public var macAddress: [UInt8] = [0xdc, 0xa6, 0x32, 0x00, 0x00, 0x01]
  /// Bytes of the first memory bank, below the firmware's own memory.
  public var armMemorySize: UInt32 = 0x3b40_0000
  public var videoCoreMemoryBase: UInt32 = 0x3b40_0000
  public var videoCoreMemorySize: UInt32 = 0x04c0_0000
  /// Channels that the ARM may use (tag 0x00060001).
  public var dmaChannels: UInt32 = 0x37f5
  public var commandLine = ""
  /// Millidegrees Celsius.
  public var temperature: UInt32 = 43_779
  public var maximumTemperature: UInt32 = 85_000
  /// Index is the clock id of the property interface; 0 is not a clock. Ids above 15 would make Linux's
  /// clk-raspberrypi give up.
  public var clocks: [Clock] = FirmwareConfiguration.raspberryPi4Clocks

  public init() {}

  private static let raspberryPi4Clocks: [Clock] = [
    Clock(fixed: 0),
    Clock(fixed: 250_000_000),  // 1 EMMC
    Clock(fixed: 48_000_000),  // 2 UART
    Clock(rate: 1_500_000_000, minimum: 600_000_000, maximum: 1_500_000_000),  // 3 ARM
    Clock(rate: 500_000_000, minimum: 200_000_000, maximum: 500_000_000),  // 4 CORE
    Clock(rate: 500_000_000, minimum: 250_000_000, maximum: 500_000_000),  // 5 V3D
    Clock(rate: 500_000_000, minimum: 250_000_000, maximum: 500_000_000),  // 6 H264
    Clock(rate: 500_000_000, minimum: 250_000_000, maximum: 500_000_000),  // 7 ISP
    Clock(fixed: 400_000_000),  // 8 SDRAM
    Clock(rate: 75_000_000, minimum: 0, maximum: 340_000_000),  // 9 PIXEL
    Clock(rate: 0, minimum: 0, maximum: 500_000_000),  // 10 PWM
    Clock(rate: 500_000_000, minimum: 250_000_000, maximum: 500_000_000),  // 11 HEVC
    Clock(fixed: 100_000_000),  // 12 EMMC2
    Clock(rate: 120_000_000, minimum: 120_000_000, maximum: 600_000_000),  // 13 M2MC
    Clock(rate: 75_000_000, minimum: 0, maximum: 600_000_000),  // 14 PIXEL_BVB
    Clock(fixed: 108_000_000),  // 15 VEC
  ]
}
