/// Bytes from memory (a property message, a control block), read and written as little-endian words.
/// Words beyond the end read as zero.
struct LittleEndianBuffer {
  private(set) var bytes: [UInt8]

  init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
  init(count: Int) { bytes = [UInt8](repeating: 0, count: count) }

  var count: Int { bytes.count }

  func word(_ offset: Int) -> UInt32 {
    guard offset >= 0, bytes.count >= 4, offset <= bytes.count - 4 else { return 0 }
    var value: UInt32 = 0
    for index in (0..<4).reversed() { value = value << 8 | UInt32(bytes[offset + index]) }
    return value
  }

  mutating func setWord(_ offset: Int, _ value: UInt32) {
    guard offset >= 0, bytes.count >= 4, offset <= bytes.count - 4 else { return }
    for index in 0..<4 {
      bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(truncatingIfNeeded: index * 8))
    }
  }

  mutating func replace(_ offset: Int, with other: ArraySlice<UInt8>) {
    guard offset >= 0, offset + other.count <= bytes.count else { return }
    bytes.replaceSubrange(offset..<(offset + other.count), with: other)
  }

  /// Overwrites the beginning with `words`, growing when they are longer; the length written.
  mutating func set(_ words: [UInt32]) -> Int {
    if bytes.count < words.count * 4 {
      bytes += [UInt8](repeating: 0, count: words.count * 4 - bytes.count)
    }
    for (index, word) in words.enumerated() { setWord(index * 4, word) }
    return words.count * 4
  }

  /// Overwrites the beginning with `other`, growing when it is longer; the length written.
  mutating func set(bytes other: [UInt8]) -> Int {
    if bytes.count < other.count { bytes += [UInt8](repeating: 0, count: other.count - bytes.count) }
    bytes.replaceSubrange(0..<other.count, with: other)
    return other.count
  }
}
