import Fabric

/// The registers of an SD card that describe it (SD Physical Layer Simplified Specification 3.01, chapter 5),
/// most significant byte first, as the card sends them.
enum SDCardRegisters {
  /// Voltage window of the OCR: 2.7 to 3.6 V (5.1).
  static let voltageWindow: UInt32 = 0x00ff_8000

  /// The card's kind and size, as its CSD can say it.
  struct Capacity: Sendable {
    /// SDHC or SDXC: addresses are in sectors, and the CSD is of version 2.
    let isHigh: Bool
    /// At least what was asked for: the CSD counts in units of 2 to 512 KiB.
    let sectors: UInt64
    /// READ_BL_LEN, C_SIZE_MULT and C_SIZE.
    let lengthCode: UInt32
    let multiplierCode: UInt32
    let sizeCode: UInt32

    /// The largest card that a CSD of version 2 can describe: 2 TiB.
    static let largest: UInt64 = 1 << 32

    init(sectors wanted: UInt64) {
      let wanted = min(max(wanted, 1), Self.largest)
      if wanted > 1 << 22 {
        let units = (wanted + 1023) / 1024
        self.init(isHigh: true, sectors: units * 1024, length: 9, multiplier: 0, size: UInt32(units - 1))
        return
      }
      // Up to 2 GiB, standard capacity: C_SIZE + 1 units of 4 to 512 blocks, with blocks of 1 KiB above 1 GiB.
      var multiplier: UInt64 = 0
      while multiplier < 7, wanted > 4096 << (multiplier + 2) { multiplier += 1 }
      let isLarge = wanted > 1 << 21
      let unit: UInt64 = 1 << (multiplier + 2 + (isLarge ? 1 : 0))
      let units = (wanted + unit - 1) / unit
      self.init(
        isHigh: false, sectors: units * unit, length: isLarge ? 10 : 9, multiplier: UInt32(multiplier),
        size: UInt32(units - 1))
    }

    private init(isHigh: Bool, sectors: UInt64, length: UInt32, multiplier: UInt32, size: UInt32) {
      self.isHigh = isHigh
      self.sectors = sectors
      lengthCode = length
      multiplierCode = multiplier
      sizeCode = size
    }
  }

  /// CID (5.2): manufacturer, "TB", "TYBRY", revision 1.0, serial number, June 2019.
  static let identification: [UInt8] = {
    var bits = BitField(count: 16)
    bits.set(127, 120, 0x54)
    bits.set(119, 104, 0x5442)
    bits.set(103, 72, 0x5459_4252)
    bits.set(71, 64, 0x59)
    bits.set(63, 56, 0x10)
    bits.set(55, 24, 0x2711_0001)
    bits.set(19, 8, 19 << 4 | 6)
    return bits.withCRC
  }()

  /// CSD (5.3). Command classes 0, 2, 4, 5, 8 and 10; 25 MHz, or 50 MHz in high-speed mode.
  ///
  /// - Parameter programmable: bits 15:8, which CMD27 may change.
  static func specificData(_ capacity: Capacity, isHighSpeed: Bool, programmable: UInt8) -> [UInt8] {
    var bits = BitField(count: 16)
    bits.set(103, 96, isHighSpeed ? 0x5a : 0x32)
    bits.set(95, 84, 0x535)
    bits.set(83, 80, capacity.lengthCode)
    if capacity.isHigh {
      bits.set(127, 126, 1)
      bits.set(119, 112, 0x0e)
      bits.set(69, 48, capacity.sizeCode)
    } else {
      bits.set(119, 112, 0x26)
      bits.set(79, 79, 1)  // READ_BL_PARTIAL
      bits.set(73, 62, capacity.sizeCode)
      bits.set(61, 50, 0xdb6)  // currents: 35 and 45 mA
      bits.set(49, 47, capacity.multiplierCode)
    }
    bits.set(46, 46, 1)  // ERASE_BLK_EN
    bits.set(45, 39, 0x7f)
    bits.set(28, 26, 2)
    bits.set(25, 22, capacity.lengthCode)
    bits.set(15, 8, UInt32(programmable))
    return bits.withCRC
  }

  /// SCR (5.6): physical layer 3.0, erased data read as zeros, bus widths 1 and 4, CMD23.
  static let configuration: [UInt8] = [0x02, 0x05, 0x80, 0x02, 0, 0, 0, 0]

  /// SD status (4.10.2): bus width, speed class 10, allocation units of 4 MiB (512 KiB for small cards), each
  /// of which takes at most a second to erase.
  static func status(_ capacity: Capacity, isWide: Bool) -> [UInt8] {
    var bits = BitField(count: 64)
    bits.set(511, 510, isWide ? 2 : 0)
    bits.set(447, 440, 4)
    bits.set(431, 428, capacity.isHigh ? 9 : 6)
    bits.set(423, 408, 1)
    bits.set(407, 402, 1)
    return bits.bytes
  }

  /// The status that CMD6 answers with (4.3.10): group 1 has the default and the high-speed function, the
  /// others their default. `selected` is nil when a function does not exist; then nothing was switched.
  static func switchStatus(functions: [UInt32], isPossible: Bool) -> [UInt8] {
    var bits = BitField(count: 64)
    bits.set(511, 496, isPossible ? 100 : 0)  // mA
    for group in 0..<6 {
      bits.set(415 + group * 16, 400 + group * 16, group == 0 ? 0x8003 : 0x8001)
      bits.set(379 + group * 4, 376 + group * 4, group < functions.count ? functions[group] : 0)
    }
    return bits.bytes
  }

  /// Bytes that are filled by the bit numbers of the specification: bit 0 is the last one sent.
  struct BitField {
    private(set) var bytes: [UInt8]

    init(count: Int) { bytes = [UInt8](repeating: 0, count: count) }

    mutating func set(_ high: Int, _ low: Int, _ value: UInt32) {
      for bit in low...high where value.bit(bit - low) {
        bytes[bytes.count - 1 - bit / 8] |= 1 << UInt8(bit % 8)
      }
    }

    /// With CRC7 and the closing 1 in the last byte.
    var withCRC: [UInt8] {
      var remainder: UInt8 = 0
      for byte in bytes.dropLast() {
        for bit in (0..<8).reversed() {
          let isOne = (byte >> UInt8(bit)) & 1 != remainder >> 6
          remainder = (remainder << 1) & 0x7f
          if isOne { remainder ^= 0x09 }
        }
      }
      return bytes.dropLast() + [remainder << 1 | 1]
    }
  }
}

/// The card status (4.10.1), as an R1 response carries it.
enum CardStatus {
  static let outOfRange: UInt32 = 1 << 31
  static let addressError: UInt32 = 1 << 30
  static let blockLengthError: UInt32 = 1 << 29
  static let eraseSequenceError: UInt32 = 1 << 28
  static let eraseParameter: UInt32 = 1 << 27
  static let writeProtectViolation: UInt32 = 1 << 26
  static let illegalCommand: UInt32 = 1 << 22
  static let eccFailed: UInt32 = 1 << 21
  static let error: UInt32 = 1 << 19
  static let specificDataOverwrite: UInt32 = 1 << 16
  static let eraseReset: UInt32 = 1 << 13
  static let readyForData: UInt32 = 1 << 8
  static let applicationCommand: UInt32 = 1 << 5
}

/// What a card answers to a command (4.9).
enum CardResponse: Equatable {
  /// Nothing: no card, no such command here, or a command without response.
  case none
  /// R1 and R1b.
  case status(UInt32)
  /// R2: CID or CSD, 16 bytes.
  case register([UInt8])
  /// R3: without CRC.
  case operatingConditions(UInt32)
  /// R6 and R7.
  case word(UInt32)
}
