import Machine
import Symbols

/// The symbols of a run: those that were given, then those that Xen's and the kernel's images carry.
enum SymbolLoading {
  static func map(for configuration: RunConfiguration) throws(BadInput) -> SymbolMap {
    var map = SymbolMap()
    for text in configuration.symbols {
      do throws(SymbolFault) {
        let option = try SymbolOption(parsing: text)
        let bytes = try read(option.path)
        try map.add(option, bytes: bytes, expand: KernelImage.expanded)
      } catch { throw BadInput(error.source, at: error.place, error.problem, remedy: error.remedy) }
    }
    // An image without symbols is no fault: names are then left out.
    let xen = try configuration.xen.map { path throws(BadInput) in try readImage(path) }
    let kernel = try configuration.kernel.map { path throws(BadInput) in try readImage(path) }
    map.append(
      SymbolMap.automatic(
        xen: xen, kernel: kernel, xenName: name(configuration.xen), kernelName: name(configuration.kernel)).map)
    return map
  }

  /// The files that are given, which no output may destroy.
  static func files(for configuration: RunConfiguration) -> [NamedFiles.File] {
    configuration.symbols.compactMap { text in
      (try? SymbolOption(parsing: text)).map { NamedFiles.File(option: "--symbols", path: $0.path) }
    }
  }

  private static func read(_ path: String) throws(SymbolFault) -> [UInt8] {
    do { return try readWholeFile(path) } catch {
      throw SymbolFault(error.source, error.problem, remedy: error.remedy)
    }
  }

  private static func readImage(_ path: String) throws(BadInput) -> [UInt8] {
    let bytes = try readWholeFile(path)
    return (try? KernelImage.expanded(bytes)) ?? bytes
  }

  /// Without its folder, so that a trace does not tell where it was made.
  private static func name(_ path: String?) -> String {
    path?.split(separator: "/").last.map(String.init) ?? ""
  }
}
