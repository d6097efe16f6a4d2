/// Symbols as text: `System.map` of Linux, `xen-syms.map` of Xen, `/proc/kallsyms`, the output of `nm`.
///
/// A line is `ADDRESS TYPE NAME`, with or without `0x`, and in `/proc/kallsyms` the module in brackets.
enum SystemMap {
  /// Whether the first line that is not blank looks like a symbol.
  static func recognizes(_ bytes: [UInt8]) -> Bool {
    let start = bytes.firstIndex { $0 > 32 } ?? bytes.endIndex
    let line = bytes[start...].prefix(1024).prefix { $0 != UInt8(ascii: "\n") }
    return parse(line) != nil
  }

  static func table(_ bytes: [UInt8], source: String) throws(SymbolFault) -> SymbolTable {
    var builder = SymbolTableBuilder()
    var number = 0
    var lines = 0
    var zeros = 0
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
      let line = bytes[start..<end]
      start = min(end + 1, bytes.endIndex)
      number += 1
      if line.allSatisfy({ $0 <= 32 }) { continue }
      guard let fields = parse(line) else {
        throw SymbolFault(
          source, at: "line \(number)", "is no line \"ADDRESS TYPE NAME\"",
          remedy: "give a System.map, a xen-syms.map, /proc/kallsyms or an ELF file")
      }
      lines += 1
      if fields.address == 0 { zeros += 1 }
      add(fields, to: &builder)
      guard !builder.isFull else {
        throw SymbolFault(
          source, at: "line \(number)", "has more than \(SymbolTableBuilder.limit) symbols",
          remedy: "give a file with fewer symbols")
      }
    }
    if zeros == lines, zeros > 1 {
      throw SymbolFault(
        source, "hides its addresses: all of them are 0",
        remedy: "read /proc/kallsyms as root with kernel.kptr_restrict=0, or give the kernel image itself")
    }
    guard builder.count > 0 else {
      // Debian's kernel packages have a file of one line that says where the real one is.
      throw SymbolFault(
        source, "names no address",
        remedy:
          "give the kernel image itself, which has its symbols inside, or the System.map of the -dbg package")
    }
    return SymbolTable(source: source, builder)
  }

  private struct Fields {
    var address: UInt64
    var type: UInt8
    var name: ArraySlice<UInt8>
    var module: ArraySlice<UInt8>
  }

  private static func parse(_ line: ArraySlice<UInt8>) -> Fields? {
    var rest = line
    func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
    func skipBlanks() { rest = rest.drop(while: isBlank) }
    skipBlanks()
    if rest.starts(with: [0x30, 0x78]) { rest = rest.dropFirst(2) }
    var address: UInt64 = 0
    var digits = 0
    while let byte = rest.first, let digit = hexadecimalDigit(byte) {
      digits += 1
      guard digits <= 16 else { return nil }
      address = address << 4 | digit
      rest = rest.dropFirst()
    }
    guard digits > 0, let blank = rest.first, isBlank(blank) else { return nil }
    skipBlanks()
    guard let type = rest.first else { return nil }
    rest = rest.dropFirst()
    guard isLetter(type), let behind = rest.first, isBlank(behind) else { return nil }
    skipBlanks()
    let name = rest.prefix { !isBlank($0) }
    guard !name.isEmpty else { return nil }
    rest = rest.dropFirst(name.count)
    skipBlanks()
    var module: ArraySlice<UInt8> = []
    if rest.first == UInt8(ascii: "[") {
      module = rest.dropFirst().prefix { $0 != UInt8(ascii: "]") }
    }
    return Fields(address: address, type: type, name: name, module: module)
  }

  private static func add(_ fields: Fields, to builder: inout SymbolTableBuilder) {
    guard fields.address != .max, let meaning = SymbolType(fields.type) else { return }
    // Xen writes local names as file.c#name.
    let hash = fields.module.isEmpty ? fields.name.lastIndex(of: UInt8(ascii: "#")) : nil
    let origin = hash.map { fields.name[..<$0] } ?? fields.module
    let name = hash.map { fields.name[($0 + 1)...] } ?? fields.name
    builder.add(
      name: name, origin: origin, address: fields.address, size: nil, kind: meaning.kind,
      binding: meaning.binding)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z") || byte == UInt8(ascii: "?")
  }

  private static func hexadecimalDigit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case 0x30...0x39: UInt64(byte - 0x30)
    case 0x41...0x46: UInt64(byte - 0x41 + 10)
    case 0x61...0x66: UInt64(byte - 0x61 + 10)
    default: nil
    }
  }
}

/// What the letter of `nm` says of a symbol; nil for one that is no place in memory.
struct SymbolType {
  var kind: Symbol.Kind
  var binding: Symbol.Binding

  init?(_ letter: UInt8) {
    switch letter {
    case UInt8(ascii: "U"), UInt8(ascii: "A"), UInt8(ascii: "a"), UInt8(ascii: "N"): return nil
    case UInt8(ascii: "T"): (kind, binding) = (.function, .global)
    case UInt8(ascii: "t"): (kind, binding) = (.function, .local)
    case UInt8(ascii: "W"), UInt8(ascii: "w"): (kind, binding) = (.function, .weak)
    case UInt8(ascii: "V"), UInt8(ascii: "v"): (kind, binding) = (.object, .weak)
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): (kind, binding) = (.object, .global)
    case UInt8(ascii: "a")...UInt8(ascii: "z"): (kind, binding) = (.object, .local)
    default: (kind, binding) = (.label, .local)
    }
  }
}
