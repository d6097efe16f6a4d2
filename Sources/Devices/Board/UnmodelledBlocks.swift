import Fabric

/// The blocks of the BCM2711's peripheral map that no device models, and what lies between blocks.
///
/// Software probes more than it uses, and a hypervisor maps whole pages to its guests: a read of any
/// address in the peripheral ranges answers zero instead of an abort. The board maps an
/// `UnmodelledDevice` over each window.
public enum UnmodelledBlocks {
  public struct Window: Sendable, Equatable {
    public let name: String
    public let range: Range<UInt64>
  }

  /// Main peripherals and the ARM-local block, low-peripheral mode.
  public static let peripheralRange: Range<UInt64> = 0xfc00_0000..<0x1_0000_0000

  /// Named blocks in ascending order (device trees of Linux; BCM2711 ARM Peripherals, chapter 1).
  public static let named: [Window] = parse(table)

  /// Windows that together with `mapped` cover the peripheral range exactly once: named blocks where they
  /// are free, and `unlisted` windows for the rest.
  ///
  /// - Parameter mapped: what the board's devices occupy, in any order.
  public static func windows(besides mapped: [Range<UInt64>]) -> [Window] {
    var result: [Window] = []
    var taken = mapped
    for block in named {
      for piece in subtract(taken, from: block.range) {
        result.append(Window(name: block.name, range: piece))
      }
      taken.append(block.range)
    }
    for piece in subtract(taken, from: peripheralRange) {
      result.append(Window(name: "unlisted \(piece.lowerBound.hex(8))", range: piece))
    }
    return result.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  /// The parts of `range` that no element of `others` covers, in ascending order.
  private static func subtract(
    _ others: [Range<UInt64>], from range: Range<UInt64>
  ) -> [Range<UInt64>] {
    var pieces: [Range<UInt64>] = []
    var start = range.lowerBound
    for other in others.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      guard other.lowerBound < range.upperBound, other.upperBound > start else { continue }
      if other.lowerBound > start { pieces.append(start..<other.lowerBound) }
      start = max(start, other.upperBound)
    }
    if start < range.upperBound { pieces.append(start..<range.upperBound) }
    return pieces
  }

  private static func parse(_ text: String) -> [Window] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 3, let base = UInt64(words[1], radix: 16),
        let size = UInt64(words[2], radix: 16)
      else { return nil }
      return Window(name: String(words[0]), range: base..<(base + size))
    }
  }

  // name, address, size
  private static let table = """
    multicore-sync   fe000000  1000
    txp              fe004000  1000
    jpeg             fe005000  1000
    mphi             fe006000  1000
    argon            fe009000  1000
    armc-interrupts  fe00b200  200
    arm-timer        fe00b400  40
    sdhost           fe202000  1000
    i2s              fe203000  1000
    pixelvalve0      fe206000  1000
    pixelvalve1      fe207000  1000
    dpi              fe208000  1000
    dsi0             fe209000  1000
    pixelvalve2      fe20a000  1000
    otp              fe20f000  1000
    thermal          fe212000  1000
    bsc-spi-slave    fe214000  1000
    pixelvalve4      fe216000  1000
    hvs              fe400000  8000
    smi              fe600000  1000
    dsi1             fe700000  1000
    csi0             fe800000  800
    csi1             fe801000  800
    csi-clock        fe802000  1000
    vec-2835         fe806000  1000
    usb-otg          fe980000  10000
    usb-xhci         fe9c0000  100000
    rpivid           feb00000  20000
    v3d-hub          fec00000  4000
    v3d-core         fec04000  4000
    pixelvalve3      fec12000  1000
    vec              fec13000  1000
    dma15            fee05000  1000
    hdmi0            fef00700  300
    hdmi-ddc0        fef04500  100
    hdmi1            fef05700  300
    hdmi-ddc1        fef09500  100
    hdmi-phy         fef20000  100
    """
}
