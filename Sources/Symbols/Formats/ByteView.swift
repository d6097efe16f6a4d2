/// Little-endian values out of a file that nobody vouches for: every read is checked.
struct ByteView {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { bytes.count }

  func byte(_ offset: Int) -> UInt8? { bytes.indices.contains(offset) ? bytes[offset] : nil }

  func half(_ offset: Int) -> UInt16? { value(offset, bytes: 2).map { UInt16(truncatingIfNeeded: $0) } }

  func word(_ offset: Int) -> UInt32? { value(offset, bytes: 4).map { UInt32(truncatingIfNeeded: $0) } }

  func long(_ offset: Int) -> UInt64? { value(offset, bytes: 8) }

  private func value(_ offset: Int, bytes size: Int) -> UInt64? {
    guard offset >= 0, count >= size, offset <= count - size else { return nil }
    var value: UInt64 = 0
    var index = offset + size
    while index > offset {
      index -= 1
      value = value << 8 | UInt64(bytes[index])
    }
    return value
  }

  /// The range of `size` bytes from `offset` if the file holds all of it.
  func range(_ offset: UInt64, size: UInt64) -> Range<Int>? {
    let total = UInt64(count)
    guard offset <= total, size <= total - offset else { return nil }
    let start = Int(offset)
    return start..<(start + Int(size))
  }

  /// The bytes from `offset` to the next zero, which must come before `limit`.
  func string(_ offset: Int, limit: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, offset < limit, limit <= count else { return nil }
    guard let end = bytes[offset..<limit].firstIndex(of: 0) else { return nil }
    return bytes[offset..<end]
  }

  func begins(with text: StaticString, at offset: Int = 0) -> Bool {
    text.withUTF8Buffer { wanted in
      guard offset >= 0, count >= wanted.count, offset <= count - wanted.count else { return false }
      return bytes[offset..<(offset + wanted.count)].elementsEqual(wanted)
    }
  }
}
