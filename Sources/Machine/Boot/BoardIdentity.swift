import Fabric

/// Which Raspberry Pi 4 Model B this is: what the VideoCore firmware reads from fuses and tells everybody.
public struct BoardIdentity: Equatable, Sendable {
  /// How much SDRAM is soldered on.
  public enum Memory: UInt64, CaseIterable, Sendable {
    case oneGiB = 0x4000_0000
    case twoGiB = 0x8000_0000
    case fourGiB = 0x1_0000_0000
    case eightGiB = 0x2_0000_0000

    public init?(gibibytes: Int) {
      guard gibibytes > 0, let memory = Self(rawValue: UInt64(gibibytes) << 30) else { return nil }
      self = memory
    }

    public var gibibytes: Int { Int(rawValue >> 30) }

    /// Where the ARM cores see SDRAM, VideoCore's share included: the peripherals hide the last 64 MiB below
    /// 4 GiB (BCM2711 ARM Peripherals, 1.2).
    public var physicalRanges: [Range<UInt64>] {
      switch self {
      case .oneGiB, .twoGiB: [0..<rawValue]
      case .fourGiB: [0..<Self.peripherals]
      case .eightGiB: [0..<Self.peripherals, 0x1_0000_0000..<0x2_0000_0000]
      }
    }

    /// What the firmware offers to the operating system: all but VideoCore's share of the first GiB.
    public var banks: [Range<UInt64>] {
      [0..<Self.videoCoreSplit]
        + physicalRanges.compactMap { range in
          let start = max(range.lowerBound, 0x4000_0000)
          return start < range.upperBound ? start..<range.upperBound : nil
        }
    }

    /// First byte of VideoCore's memory with the default gpu_mem (76 MiB).
    public static let videoCoreSplit: UInt64 = 0x3b40_0000
    private static let peripherals: UInt64 = 0xfc00_0000
  }

  /// Steppings of the BCM2711, which differ in what the EMMC2 controller and PCIe can address.
  public enum Stepping: String, CaseIterable, Sendable {
    case b0, c0
  }

  public var memory: Memory
  public var stepping: Stepping
  /// Begins with 1000 0000 on boards of this generation; 16 digits in /proc/cpuinfo.
  public var serialNumber: UInt64
  public var macAddress: [UInt8]

  public init(
    memory: Memory = .fourGiB, stepping: Stepping = .b0, serialNumber: UInt64 = 0x1000_0000_7a1b_e221,
    macAddress: [UInt8] = [0xdc, 0xa6, 0x32, 0x1b, 0xe2, 0x21]
  ) {
    self.memory = memory
    self.stepping = stepping
    self.serialNumber = serialNumber
    self.macAddress = macAddress
  }

  /// Revision of the printed circuit: 1.1 for the first boards of 1 GiB, 1.2 for other B0, 1.4 for C0.
  public var boardRevision: UInt32 {
    switch (stepping, memory) {
    case (.b0, .oneGiB): 1
    case (.b0, _): 2
    case (.c0, _): 4
    }
  }

  /// The new-style revision code: bit 23, memory in 22:20, maker 0 (Sony UK) in 19:16, BCM2711 in 15:12,
  /// Model 4B (0x11) in 11:4, revision in 3:0. The combinations that were never sold follow the same rule.
  public var revisionCode: UInt32 {
    let memoryCode: UInt32 =
      switch memory {
      case .oneGiB: 2
      case .twoGiB: 3
      case .fourGiB: 4
      case .eightGiB: 5
      }
    return 1 << 23 | memoryCode << 20 | 0 << 16 | 3 << 12 | 0x11 << 4 | boardRevision
  }

  public var modelName: String { "Raspberry Pi 4 Model B Rev 1.\(boardRevision)" }
}
