/// The stub at physical address 0 that all four cores execute at EL3 first (source: firmware/armstub).
///
/// Its words are the board's (armstub8): release addresses of cores 0...3 from 0xD8 on, magic and version at
/// 0xF0 in the file, the device tree's and the kernel's address at 0xF8 and 0xFC.
public enum Armstub {
  /// The page that the device tree's `/memreserve/` protects.
  public static let reservedSize: UInt64 = 0x1000
  /// Where core `index` waits to find its entry point (`cpu-release-addr` in the device tree).
  static func releaseAddress(ofCore index: Int) -> UInt64 { 0xd8 + 8 * UInt64(index) }

  static let magicOffset = 0xf0
  static let deviceTreeOffset = 0xf8
  static let kernelOffset = 0xfc
  static let magic: UInt32 = 0x5afe_570b

  /// The assembled file.
  static let image: [UInt8] = {
    let digits = hexadecimal.compactMap { $0.hexDigitValue.map { UInt8($0) } }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }()

  /// The stub as the firmware leaves it in memory: with addresses, and with magic and version cleared, since
  /// core 3 waits on them.
  static func loaded(deviceTree: UInt32, kernel: UInt32) -> [UInt8] {
    var bytes = image
    for (offset, word) in [
      (magicOffset, 0), (magicOffset + 4, 0), (deviceTreeOffset, deviceTree), (kernelOffset, kernel),
    ] {
      for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: word >> (8 * UInt32(index))) }
    }
    return bytes
  }
}
