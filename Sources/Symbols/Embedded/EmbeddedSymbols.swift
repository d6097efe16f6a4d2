/// The symbols that an arm64 image carries for its own messages, so that no second file is needed: Linux's
/// kallsyms (``LinuxKallsyms``) and Xen's symbol table (``XenEmbeddedSymbols``).
///
/// Both compress names by tokens; they differ in how they keep addresses. Xen has a list of 64-bit addresses
/// before the names. Linux has 32-bit offsets from a base, before the names until 6.3 and behind the tokens
/// since 6.4. None of them has sizes.
enum EmbeddedSymbols {
  enum Addresses: Equatable {
    case longs(at: Int)
    case offsets(at: Int, base: Int)
  }

  struct Layout {
    var tokens: TokenTable
    var names: CompressedNames
    var addresses: Addresses
  }

  static func layout(in bytes: UnsafeRawBufferPointer) -> Layout? {
    // A file can hold tables that only look right; more than a few are an attempt to waste time.
    var start = 0
    for _ in 0..<4 {
      guard let tokens = TokenTable.first(in: bytes, from: start) else { return nil }
      var found: Addresses?
      let names = CompressedNames.find(in: bytes, table: tokens) { names in
        found = addresses(of: names, tokens: tokens, in: bytes)
        return found != nil
      }
      if let names, let found { return Layout(tokens: tokens, names: names, addresses: found) }
      start = tokens.end
    }
    return nil
  }

  // MARK: Addresses

  private static func addresses(
    of names: CompressedNames, tokens: TokenTable, in bytes: UnsafeRawBufferPointer
  ) -> Addresses? {
    let longs = names.numberOffset - alignedUp(names.count * 8, to: names.alignment)
    if longs >= 0, isLongs(bytes, at: longs, count: names.count) { return .longs(at: longs) }
    let base = names.numberOffset - 8
    let before = base - alignedUp(names.count * 4, to: 8)
    if before >= 0, isOffsets(bytes, at: before, count: names.count) {
      return .offsets(at: before, base: base)
    }
    let behind = alignedUp(tokens.end, to: 8)
    let behindBase = alignedUp(behind + names.count * 4, to: 8)
    if behindBase + 8 <= bytes.count, isOffsets(bytes, at: behind, count: names.count) {
      return .offsets(at: behind, base: behindBase)
    }
    return nil
  }

  /// Addresses that never fall and lie within 1 GiB.
  private static func isLongs(_ bytes: UnsafeRawBufferPointer, at start: Int, count: Int) -> Bool {
    let first = long(bytes, start)
    guard first != 0 else { return false }
    var previous = first
    for index in 0..<count {
      let value = long(bytes, start + index * 8)
      guard value >= previous, value - first < 1 << 30 else { return false }
      previous = value
    }
    return true
  }

  /// Offsets that begin with 0, never fall, and are not all the same.
  private static func isOffsets(_ bytes: UnsafeRawBufferPointer, at start: Int, count: Int) -> Bool {
    var previous = 0
    for index in 0..<count {
      let value = CompressedNames.word(bytes, start + index * 4)
      guard index > 0 ? value >= previous : value == 0 else { return false }
      previous = value
    }
    return previous > 0
  }

  static func long(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  // MARK: Table

  /// The table of a layout; `address` gives the address of a symbol by its number.
  static func table(
    _ layout: Layout, in bytes: UnsafeRawBufferPointer, source: String, address: (Int) -> UInt64
  ) -> SymbolTable {
    var builder = SymbolTableBuilder(capacity: layout.names.count)
    layout.names.forEach(in: bytes, table: layout.tokens) { number, text in
      guard let letter = text.first, let type = SymbolType(letter) else { return true }
      let full = text.dropFirst()
      // Xen calls a local symbol file.c#name.
      let hash = full.lastIndex(of: UInt8(ascii: "#"))
      builder.add(
        name: hash.map { full[($0 + 1)...] } ?? full, origin: hash.map { full[..<$0] } ?? [],
        address: address(number), size: nil, kind: type.kind, binding: type.binding)
      return !builder.isFull
    }
    return SymbolTable(source: source, builder)
  }

  /// Whether the bytes are an arm64 boot image (Linux, Documentation/arch/arm64/booting.rst).
  static func recognizes(_ bytes: [UInt8]) -> Bool { ByteView(bytes).begins(with: "ARM\u{64}", at: 0x38) }

  static func nothingFound(_ source: String, building: String) -> SymbolFault {
    SymbolFault(
      source, "holds no symbols of its own",
      remedy: "give its symbols as an ELF file or a map, or an image built with \(building)")
  }
}
