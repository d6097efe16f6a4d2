/// Makes files for the tests: images with compressed symbols, ELF files. Written from the formats'
/// descriptions, independent of the readers.
struct Bytes {
  var bytes: [UInt8] = []

  mutating func half(_ value: UInt16) { for shift in [0, 8] { bytes.append(UInt8(value >> shift & 0xff)) } }
  mutating func word(_ value: UInt32) {
    for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(value >> shift & 0xff)) }
  }
  mutating func long(_ value: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(value >> shift & 0xff)) }
  }
  mutating func pad(to size: Int) { while bytes.count < size { bytes.append(0) } }
  mutating func align(_ alignment: Int) { while bytes.count % alignment != 0 { bytes.append(0) } }
}

/// An arm64 Image with a symbol table as Linux's or Xen's build writes it.
struct ImageBuilder {
  enum Layout { case xen, linuxBefore, linuxBehind }

  var layout: Layout
  var base: UInt64
  /// Address, type letter and name, by address.
  var symbols: [(UInt64, String, String)]
  /// The base is 0 in the image and a relocation has it.
  var isRelocated = false
  /// Names are preceded by noise that looks like counts.
  var noise: [UInt32] = [5, 3, 1, 0, 700, 2]

  /// Some tokens of more than one letter; the letters that are not used by names stand for them.
  private var tokens: [[UInt8]] {
    var tokens: [[UInt8]] = (0..<256).map { _ in [] }
    let used = Set(symbols.flatMap { Array(($0.1 + $0.2).utf8) })
    for byte in used { tokens[Int(byte)] = [byte] }
    var words = ["_handler", "do_", "vgic", "#", ".c#", "9"].map { Array($0.utf8) }
    for index in tokens.indices.reversed() where tokens[index].isEmpty && !words.isEmpty {
      tokens[index] = words.removeFirst()
    }
    // Xen's own table lacks the token "9" where no name needs it; some codes stay unused.
    return tokens
  }

  private func compressed(_ name: [UInt8], _ tokens: [[UInt8]]) -> [UInt8] {
    var output: [UInt8] = []
    var rest = name[...]
    let long = tokens.indices.filter { tokens[$0].count > 1 }.sorted { tokens[$0].count > tokens[$1].count }
    while let byte = rest.first {
      // The type letter stays a token of its own in the first place, as in the real tables or not: both are
      // read.
      if let token = long.first(where: { rest.starts(with: tokens[$0]) }) {
        output.append(UInt8(token))
        rest = rest.dropFirst(tokens[token].count)
      } else {
        output.append(byte)
        rest = rest.dropFirst()
      }
    }
    return output
  }

  func build() -> [UInt8] {
    let alignment = layout == .xen ? 256 : 8
    var out = Bytes()
    out.long(0)
    out.long(0)  // text offset
    out.pad(to: 0x38)
    out.bytes += Array("ARM\u{64}".utf8)
    out.pad(to: 0x400)
    for word in noise { out.word(word) }
    out.align(alignment)
    let tokens = tokens
    var relocatedPlace: Int?
    func writeOffsets() {
      for symbol in symbols { out.word(UInt32(symbol.0 - base)) }
      out.align(8)
      relocatedPlace = out.bytes.count
      out.long(isRelocated ? 0 : base)
    }
    switch layout {
    case .xen:
      for symbol in symbols { out.long(symbol.0) }
      out.align(alignment)
    case .linuxBefore: writeOffsets()
    case .linuxBehind: break
    }
    out.word(UInt32(symbols.count))
    out.align(alignment)
    let start = out.bytes.count
    var markers: [Int] = []
    for (number, symbol) in symbols.enumerated() {
      if number % 256 == 0 { markers.append(out.bytes.count - start) }
      let name = compressed(Array((symbol.1 + symbol.2).utf8), tokens)
      if name.count < 128 {
        out.bytes.append(UInt8(name.count))
      } else {
        out.bytes += [UInt8(name.count & 0x7f | 0x80), UInt8(name.count >> 7)]
      }
      out.bytes += name
    }
    out.align(alignment)
    for marker in markers { out.word(UInt32(marker)) }
    out.align(alignment)
    var index: [Int] = []
    let table = out.bytes.count
    for token in tokens {
      index.append(out.bytes.count - table)
      out.bytes += token + [0]
    }
    out.align(alignment)
    for value in index { out.half(UInt16(value)) }
    out.align(alignment)
    if layout == .linuxBehind { writeOffsets() }
    out.bytes += [UInt8](repeating: 0xee, count: 64)
    out.align(8)
    if isRelocated, let relocatedPlace {
      for entry in [(base + 0x10, base + 0x123456), (base + UInt64(relocatedPlace), base)] {
        out.long(entry.0)
        out.long(0x403)
        out.long(entry.1)
      }
    }
    return out.bytes
  }
}

/// A small AArch64 ELF file with one symbol table.
struct ELFBuilder {
  struct Entry {
    var name: String
    var info: UInt8
    var section: UInt16 = 1
    var value: UInt64
    var size: UInt64 = 0
  }

  var entries: [Entry]
  var tableKind: UInt32 = 2

  static func function(_ name: String, _ value: UInt64, _ size: UInt64, binding: UInt8 = 1) -> Entry {
    Entry(name: name, info: binding << 4 | 2, value: value, size: size)
  }

  func build() -> [UInt8] {
    var names: [UInt8] = [0]
    var table = Bytes()
    table.pad(to: 24)
    for entry in entries {
      table.word(UInt32(names.count))
      table.bytes += [entry.info, 0]
      table.half(entry.section)
      table.long(entry.value)
      table.long(entry.size)
      names += Array(entry.name.utf8) + [0]
    }
    var out = Bytes()
    out.bytes = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    out.half(2)  // ET_EXEC
    out.half(183)  // EM_AARCH64
    out.word(1)
    for value in [0, 0, 64] as [UInt64] { out.long(value) }
    out.word(0)
    for value in [64, 0, 0, 64, 3, 0] as [UInt16] { out.half(value) }
    let tableStart = 64 + 3 * 64
    func section(_ kind: UInt32, _ offset: Int, _ size: Int, link: UInt32, entry: UInt64) {
      out.word(0)
      out.word(kind)
      out.long(0)
      out.long(0)
      out.long(UInt64(offset))
      out.long(UInt64(size))
      out.word(link)
      out.word(0)
      out.long(8)
      out.long(entry)
    }
    section(0, 0, 0, link: 0, entry: 0)
    section(tableKind, tableStart, table.bytes.count, link: 2, entry: 24)
    section(3, tableStart + table.bytes.count, names.count, link: 0, entry: 0)
    out.bytes += table.bytes
    out.bytes += names
    return out.bytes
  }
}
