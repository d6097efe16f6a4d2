/// The symbol table inside an arm64 Xen image, from which Xen itself prints its call traces. Debian's Xen has
/// the functions of the whole hypervisor in it.
public enum XenEmbeddedSymbols {
  /// - Throws: ``SymbolFault`` if the image has none.
  public static func table(_ image: [UInt8], source: String = "xen (built in)") throws(SymbolFault)
    -> SymbolTable
  {
    let found: SymbolTable? = image.withUnsafeBytes { bytes in
      EmbeddedSymbols.layout(in: bytes).flatMap { table($0, in: bytes, source: source) }
    }
    guard let found, !found.isEmpty else {
      throw EmbeddedSymbols.nothingFound(source, building: "its symbol table, as Xen is by default")
    }
    return found
  }

  /// The table of a layout that is Xen's; nil if it is not.
  static func table(
    _ layout: EmbeddedSymbols.Layout, in bytes: UnsafeRawBufferPointer, source: String
  ) -> SymbolTable? {
    guard case .longs(let start) = layout.addresses else { return nil }
    // SAFETY: the layout was found within the bytes, and its addresses were read once already.
    return EmbeddedSymbols.table(layout, in: bytes, source: source) { number in
      EmbeddedSymbols.long(bytes, start + number * 8)
    }
  }
}
