/// The compressed names before a ``TokenTable``: their number, the names (a length, then that many tokens),
/// and markers, the place of each 256th name. They are found by their form: only the right place decodes to
/// the number of names it claims and ends where the markers agree with it.
struct CompressedNames {
  /// Where the number of names is.
  var numberOffset: Int
  var count: Int
  var namesStart: Int
  /// To what the file aligns its parts.
  var alignment: Int

  /// Linux aligns the parts to 8 bytes, Xen to 256: its assembler takes `.align 8` for a power of two.
  static let alignments = [8, 256, 4]

  /// The names whose tokens are in `table`, the nearest before it first.
  ///
  /// - Parameter accept: whether addresses for them are there; the search goes on if not.
  static func find(
    in bytes: UnsafeRawBufferPointer, table: TokenTable, accept: (CompressedNames) -> Bool
  ) -> CompressedNames? {
    var effort = 1 << 26
    var offset = table.start & ~3
    while offset >= 4, effort > 0 {
      offset -= 4
      let count = word(bytes, offset)
      guard count > 0, count <= SymbolTableBuilder.limit, count <= table.start - offset else { continue }
      for alignment in alignments where offset % alignment == 0 {
        let start = alignedUp(offset + 4, to: alignment)
        let names = CompressedNames(
          numberOffset: offset, count: count, namesStart: start, alignment: alignment)
        if names.agreesWithMarkers(bytes, table: table, effort: &effort), accept(names) { return names }
      }
    }
    return nil
  }

  /// Walks over the names and compares the places of each 256th with the markers behind.
  private func agreesWithMarkers(
    _ bytes: UnsafeRawBufferPointer, table: TokenTable, effort: inout Int
  ) -> Bool {
    // Most places fail at the first name, which costs no array.
    guard let first = Self.name(in: bytes, at: namesStart, limit: table.start),
      let type = table.tokens[Int(bytes[first.lowerBound])].first, Self.isType(bytes[type])
    else { return false }
    var places: [Int] = []
    var offset = namesStart
    var number = 0
    while number < count {
      if number & 0xff == 0 { places.append(offset - namesStart) }
      guard let name = Self.name(in: bytes, at: offset, limit: table.start) else { return false }
      let letters = table.tokens[Int(bytes[name.lowerBound])]
      guard !letters.isEmpty, Self.isType(bytes[letters.lowerBound]) else { return false }
      offset = name.upperBound
      number += 1
      effort -= 1
      guard effort > 0 else { return false }
    }
    for alignment in Self.alignments {
      let markers = alignedUp(offset, to: alignment)
      // Words; longs before Linux 4.20.
      for stride in [4, 8] where markers + places.count * stride <= table.start {
        let agrees = places.indices.allSatisfy { index in
          let place = markers + index * stride
          return Self.word(bytes, place) == places[index] && (stride == 4 || Self.word(bytes, place + 4) == 0)
        }
        if agrees { return true }
      }
    }
    return false
  }

  /// Calls `body` with each name as text: its type letter, then the name.
  func forEach(
    in bytes: UnsafeRawBufferPointer, table: TokenTable, _ body: (Int, [UInt8]) -> Bool
  ) {
    var offset = namesStart
    var text: [UInt8] = []
    for number in 0..<count {
      guard let name = Self.name(in: bytes, at: offset, limit: table.start) else { return }
      text.removeAll(keepingCapacity: true)
      for place in name {
        // A name is at most some hundred characters long; a hostile one would be 16,000 tokens of 255.
        guard text.count < 4096 else { break }
        text.append(contentsOf: bytes[table.tokens[Int(bytes[place])]])
      }
      guard body(number, text) else { return }
      offset = name.upperBound
    }
  }

  /// The tokens of the name at `offset`: the length is one byte, or two where the first has bit 7.
  private static func name(in bytes: UnsafeRawBufferPointer, at offset: Int, limit: Int) -> Range<Int>? {
    guard offset + 2 <= limit else { return nil }
    var length = Int(bytes[offset])
    var start = offset + 1
    if length & 0x80 != 0 {
      length = length & 0x7f | Int(bytes[start]) << 7
      start += 1
    }
    guard length > 0, length <= limit - start else { return nil }
    return start..<(start + length)
  }

  /// The letters of `nm`.
  private static func isType(_ byte: UInt8) -> Bool {
    byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
  }

  static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int {
    Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
  }
}

func alignedUp(_ value: Int, to alignment: Int) -> Int { (value + alignment - 1) / alignment * alignment }
