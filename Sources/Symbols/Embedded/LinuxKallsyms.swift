/// The symbols inside an arm64 Linux image (`CONFIG_KALLSYMS`), for 4.6 and later.
///
/// Offsets count from a base. With `CONFIG_RELOCATABLE` the image may hold 0 there: the value is then in the
/// relocation that the kernel applies to itself at its start. All addresses are those of a kernel that is not
/// moved (no `kaslr-seed`); a moved one needs the offset of its move.
public enum LinuxKallsyms {
  /// - Parameter image: an uncompressed `Image`.
  /// - Throws: ``SymbolFault`` if it has none, or none that can be placed.
  public static func table(
    _ image: [UInt8], source: String = "linux (kallsyms)"
  ) throws(SymbolFault) -> SymbolTable {
    let result: Result<SymbolTable, SymbolFault> = image.withUnsafeBytes { bytes in
      guard let layout = EmbeddedSymbols.layout(in: bytes) else {
        return .failure(EmbeddedSymbols.nothingFound(source, building: "CONFIG_KALLSYMS"))
      }
      return table(layout, in: bytes, source: source)
    }
    let found = try result.get()
    guard !found.isEmpty else { throw EmbeddedSymbols.nothingFound(source, building: "CONFIG_KALLSYMS") }
    return found
  }

  static func table(
    _ layout: EmbeddedSymbols.Layout, in bytes: UnsafeRawBufferPointer, source: String
  ) -> Result<SymbolTable, SymbolFault> {
    guard case .offsets(let start, let base) = layout.addresses else {
      return .failure(EmbeddedSymbols.nothingFound(source, building: "CONFIG_KALLSYMS"))
    }
    guard let first = firstAddress(bytes, base: base) else {
      return .failure(
        SymbolFault(
          source, at: "offset \(hexadecimal(UInt64(base)))",
          "holds symbols, but neither their base nor a relocation that gives it",
          remedy: "give the kernel's System.map or vmlinux"))
    }
    // SAFETY: the layout was found within the bytes, and its offsets were read once already.
    return .success(
      EmbeddedSymbols.table(layout, in: bytes, source: source) { number in
        first &+ UInt64(CompressedNames.word(bytes, start + number * 4))
      })
  }

  private static func firstAddress(_ bytes: UnsafeRawBufferPointer, base: Int) -> UInt64? {
    let value = EmbeddedSymbols.long(bytes, base)
    return value != 0 ? value : relocated(bytes, place: base)
  }

  /// The addend of the `R_AARCH64_RELATIVE` relocation (0x403) of the long at `place` in the image.
  ///
  /// Its target is that place's virtual address; the image's start, a multiple of 2 MiB plus the header's
  /// text offset, follows from it, and the addend must be near that start: the base is the first symbol.
  private static func relocated(_ bytes: UnsafeRawBufferPointer, place: Int) -> UInt64? {
    guard bytes.count >= 64 else { return nil }
    let textOffset = EmbeddedSymbols.long(bytes, 8)
    var best: (distance: UInt64, addend: UInt64)?
    var offset = 8
    while offset + 16 <= bytes.count {
      if EmbeddedSymbols.long(bytes, offset) == 0x403 {
        let start = EmbeddedSymbols.long(bytes, offset - 8) &- UInt64(place)
        let addend = EmbeddedSymbols.long(bytes, offset + 8)
        let distance = addend &- start
        let isKernel = start >> 48 == 0xffff && (start &- textOffset) & 0x1f_ffff == 0
        if isKernel, distance < 1 << 21, best.map({ distance < $0.distance }) ?? true {
          best = (distance, addend)
        }
      }
      offset += 8
    }
    return best?.addend
  }
}
