/// The table by which Linux's kallsyms and Xen's symbols compress names: one byte stands for one of 256
/// tokens, which lie one after the other, each ended by a zero; an index of 256 halfwords says where each
/// begins. Nothing points at it from outside, but no other data looks like this pair.
struct TokenTable {
  /// Where the tokens begin.
  let start: Int
  /// Where the index begins.
  let indexStart: Int
  /// The end of the index.
  var end: Int { indexStart + Self.indexSize }
  /// The tokens' places in the file.
  let tokens: [Range<Int>]

  static let indexSize = 512

  /// The first table at or behind `start`.
  static func first(in bytes: UnsafeRawBufferPointer, from start: Int) -> TokenTable? {
    var offset = start
    let last = bytes.count - indexSize
    while offset <= last {
      // The first two entries: 0, then a small number; a look at four bytes rules out nearly everything.
      let pair = CompressedNames.word(bytes, offset)
      if pair & 0xff00_ffff == 0, pair != 0, let index = index(in: bytes, at: offset),
        let table = table(in: bytes, indexAt: offset, index: index)
      {
        return table
      }
      offset += 2
    }
    return nil
  }

  /// 256 halfwords that rise from 0.
  private static func index(in bytes: UnsafeRawBufferPointer, at offset: Int) -> [Int]? {
    var index: [Int] = []
    var previous = -1
    var place = offset
    while index.count < 256 {
      let value = Int(bytes[place]) | Int(bytes[place + 1]) << 8
      guard value > previous, value - previous <= longestToken || previous < 0 else { return nil }
      index.append(value)
      previous = value
      place += 2
    }
    return index
  }

  private static func table(
    in bytes: UnsafeRawBufferPointer, indexAt indexStart: Int, index: [Int]
  ) -> TokenTable? {
    let lastToken = index[255]
    // The last token and its zero, then up to 256 bytes of padding, which is zero.
    var start = indexStart - lastToken - 1
    let lowest = max(0, start - longestToken - 256)
    while start >= lowest {
      if let tokens = tokens(in: bytes, from: start, index: index, limit: indexStart) {
        return TokenTable(start: start, indexStart: indexStart, tokens: tokens)
      }
      start -= 1
    }
    return nil
  }

  private static func tokens(
    in bytes: UnsafeRawBufferPointer, from start: Int, index: [Int], limit: Int
  ) -> [Range<Int>]? {
    for begin in index.dropFirst() {
      guard bytes[start + begin - 1] == 0 else { return nil }
    }
    var tokens: [Range<Int>] = []
    for (number, begin) in index.enumerated() {
      let from = start + begin
      var end = from
      while end < limit, bytes[end] != 0 { end += 1 }
      guard end < limit, number == 255 || end == start + index[number + 1] - 1 else { return nil }
      tokens.append(from..<end)
    }
    // What is left up to the index is padding.
    for place in tokens[255].upperBound..<limit where bytes[place] != 0 { return nil }
    return tokens
  }

  private static let longestToken = 256
}
