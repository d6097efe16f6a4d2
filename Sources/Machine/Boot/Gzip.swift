/// Gzip files (RFC 1952).
enum Gzip {
  /// Whether the bytes begin with gzip's magic number.
  static func recognizes(_ bytes: [UInt8], at offset: Int = 0) -> Bool {
    offset + 2 <= bytes.count && bytes[offset] == 0x1f && bytes[offset + 1] == 0x8b
  }

  /// Decompresses all members that follow one another from `start`, checking each one's CRC and length. What
  /// follows the last member is padding and ignored.
  ///
  /// - Parameter limit: the most bytes that the result may have.
  static func decompress(
    _ bytes: [UInt8], from start: Int = 0, limit: Int
  ) throws(DecompressionError) -> [UInt8] {
    var offset = start
    var output: [UInt8] = []
    if bytes.count - start > 18 {
      // The last member's length, most often the only one's, saves moving; it is not to be trusted.
      let length = Int(littleEndianWord(bytes, bytes.count - 4))
      output.reserveCapacity(min(length, limit, (bytes.count - start) * 8) + (1 << 16))
    }
    repeat {
      let memberStart = output.count
      var inflater = Inflater(
        bytes, from: try headerEnd(bytes, at: offset), appendingTo: output, limit: limit)
      output = []
      let end = try inflater.run()
      output = inflater.output
      guard end + 8 <= bytes.count else { throw DecompressionError(offset: bytes.count, reason: .truncated) }
      let checksum = littleEndianWord(bytes, end)
      let computed = CRC32.checksum(output[memberStart...])
      guard checksum == computed else {
        throw DecompressionError(
          offset: end, reason: .checksumMismatch(stored: checksum, computed: computed))
      }
      let length = littleEndianWord(bytes, end + 4)
      let produced = UInt32(truncatingIfNeeded: output.count - memberStart)
      guard length == produced else {
        throw DecompressionError(offset: end + 4, reason: .lengthMismatch(stored: length, computed: produced))
      }
      offset = end + 8
    } while recognizes(bytes, at: offset)
    return output
  }

  private enum Flag {
    static let headerCRC: UInt8 = 2
    static let extra: UInt8 = 4
    static let name: UInt8 = 8
    static let comment: UInt8 = 16
    static let reserved: UInt8 = 0xe0
  }

  /// The offset behind the member header at `start` (RFC 1952, 2.3).
  private static func headerEnd(_ bytes: [UInt8], at start: Int) throws(DecompressionError) -> Int {
    guard recognizes(bytes, at: start) else { throw DecompressionError(offset: start, reason: .notGzip) }
    let truncated = DecompressionError(offset: bytes.count, reason: .truncated)
    guard start + 10 <= bytes.count else { throw truncated }
    guard bytes[start + 2] == 8 else {
      throw DecompressionError(offset: start + 2, reason: .unsupportedMethod(bytes[start + 2]))
    }
    let flags = bytes[start + 3]
    guard flags & Flag.reserved == 0 else {
      throw DecompressionError(offset: start + 3, reason: .reservedFlags(flags))
    }
    var offset = start + 10
    if flags & Flag.extra != 0 {
      guard offset + 2 <= bytes.count else { throw truncated }
      offset += 2 + Int(bytes[offset]) + Int(bytes[offset + 1]) << 8
    }
    for flag in [Flag.name, Flag.comment] where flags & flag != 0 {
      guard offset < bytes.count, let end = bytes[offset...].firstIndex(of: 0) else { throw truncated }
      offset = end + 1
    }
    if flags & Flag.headerCRC != 0 { offset += 2 }
    guard offset <= bytes.count else { throw truncated }
    return offset
  }
}

/// The word at `offset`, which the caller has checked to lie inside.
func littleEndianWord(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
  var value: UInt32 = 0
  for index in 0..<4 { value |= UInt32(bytes[offset + index]) &<< (8 &* UInt32(index)) }
  return value
}

/// The doubleword at `offset`, which the caller has checked to lie inside.
func littleEndianDoubleWord(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
  UInt64(littleEndianWord(bytes, offset)) | UInt64(littleEndianWord(bytes, offset + 4)) &<< 32
}

/// CRC-32 with the reflected polynomial 0xEDB88320 (RFC 1952, 8).
enum CRC32 {
  /// Eight tables of 256: what a byte adds, followed by none to seven others.
  private static let table: [UInt32] = {
    var table: [UInt32] = []
    for index in 0..<256 {
      var value = UInt32(index)
      for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xedb8_8320 }
      table.append(value)
    }
    for index in 256..<2048 {
      let before: UInt32 = table[index - 256]
      table.append(before >> 8 ^ table[Int(before & 0xff)])
    }
    return table
  }()

  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    let table = table
    var value: UInt32 = ~0
    @inline(__always) func entry(_ following: Int, _ byte: UInt64) -> UInt32 {
      table[following &<< 8 | Int(truncatingIfNeeded: byte & 0xff)]
    }
    bytes.withUnsafeBytes { bytes in
      var position = 0
      while position &+ 8 <= bytes.count {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        var mixed: UInt64 = word ^ UInt64(value)
        value = 0
        for following in 0..<8 {
          value ^= entry(7 &- following, mixed)
          mixed &>>= 8
        }
        position &+= 8
      }
      while position < bytes.count {
        value = value &>> 8 ^ entry(0, UInt64(value ^ UInt32(bytes[position])))
        position &+= 1
      }
    }
    return ~value
  }
}
