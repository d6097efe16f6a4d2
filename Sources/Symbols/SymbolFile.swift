/// Reads a symbol file of any form that is known, by what it contains and not by its name.
public enum SymbolFile {
  /// The symbols of `bytes`: an ELF file, an arm64 Image of Xen or Linux, or a map as text.
  ///
  /// - Parameters:
  ///   - source: what messages call it.
  ///   - expand: unpacks gzip; nil where that is not to be had.
  /// - Throws: ``SymbolFault`` when it is none of them, or is one and is damaged.
  public static func table(
    _ bytes: [UInt8], source: String, expand: (([UInt8]) throws -> [UInt8])? = nil
  ) throws(SymbolFault) -> SymbolTable {
    if bytes.starts(with: [0x1f, 0x8b]) {
      return try table(try unpacked(bytes, source, expand), source: source)
    }
    if bytes.isEmpty {
      throw SymbolFault(source, "is empty", remedy: "fetch or build the file again")
    }
    if ELFSymbols.recognizes(bytes) { return try ELFSymbols.table(bytes, source: source) }
    if EmbeddedSymbols.recognizes(bytes) { return try imageTable(bytes, source: source) }
    if SystemMap.recognizes(bytes) { return try SystemMap.table(bytes, source: source) }
    throw SymbolFault(
      source, "is no file with symbols",
      remedy: "give an arm64 ELF file, an arm64 Image of Xen or Linux, a System.map or /proc/kallsyms")
  }

  private static func unpacked(
    _ bytes: [UInt8], _ source: String, _ expand: (([UInt8]) throws -> [UInt8])?
  ) throws(SymbolFault) -> [UInt8] {
    let remedy = "unpack it with gunzip and give the result"
    guard let expand else { throw SymbolFault(source, "is gzip-compressed", remedy: remedy) }
    let result = Result { try expand(bytes) }
    guard case .success(let contents) = result, !contents.starts(with: [0x1f, 0x8b]) else {
      throw SymbolFault(source, "is gzip-compressed and does not unpack", remedy: remedy)
    }
    return contents
  }

  private static func imageTable(_ bytes: [UInt8], source: String) throws(SymbolFault) -> SymbolTable {
    let result: Result<SymbolTable, SymbolFault> = bytes.withUnsafeBytes { raw in
      guard let layout = EmbeddedSymbols.layout(in: raw) else {
        return .failure(EmbeddedSymbols.nothingFound(source, building: "CONFIG_KALLSYMS"))
      }
      if let xen = XenEmbeddedSymbols.table(layout, in: raw, source: source) { return .success(xen) }
      return LinuxKallsyms.table(layout, in: raw, source: source)
    }
    return try result.get()
  }

  /// Where a table belongs by its addresses: Xen runs at 0x200000 (to 4.17) or from 0xa0000000000 (since
  /// 4.18), Linux at the top of the address space; nil when it could be anything.
  static func usualScope(of table: SymbolTable) -> SymbolScope? {
    guard let first = table.firstAddress else { return nil }
    if first >> 48 == 0xffff { return .el1 }
    return table.addresses(of: "start_xen").isEmpty ? nil : .el2
  }
}
