import CPU
import Coverage
import MMU
import Machine
import Symbols

/// `--coverage FILE`: notes what runs, and attributes it to functions and lines at the end.
struct CoverageRecording {
  private let path: String
  private let code: ExecutedCode
  private let symbols: SymbolMap
  private let programs: Set<String>
  private let cluster: Cluster
  private let isQuiet: Bool

  /// Nil if none was asked for.
  ///
  /// - Throws: ``BadInput`` for a symbol file that cannot be used, or if nothing has names.
  init?(_ configuration: RunConfiguration, machine: BoardMachine) throws(BadInput) {
    guard let path = configuration.coverage else { return nil }
    self.path = path
    symbols = try SymbolLoading.map(for: configuration)
    guard CoverageAttribution.isPossible(with: symbols) else {
      throw BadInput(
        "--coverage \(path)", "there are no symbols by which to count what runs above EL0",
        remedy: "add --symbols SCOPE=FILE, such as --symbols el2=guest.elf (docs/symbols.md)")
    }
    var programs: Set<String> = []
    for text in configuration.symbols {
      guard let option = try? SymbolOption(parsing: text) else { continue }
      let bytes = try readWholeFile(option.path)
      if bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) { programs.insert(option.path) }
    }
    self.programs = programs
    cluster = machine.board.cluster
    code = cluster.recordExecutedCode()
    isQuiet = configuration.isQuiet
  }

  /// After the run: writes the file.
  func finish() -> OutputLoss? {
    let attribution = CoverageAttribution(code, symbols) { [cluster] space, address in
      Self.physical(address, in: space, of: cluster)
    }
    let file = CoverageFile(attribution.images, programs: programs)
    for note in file.notes { tell("tayberry: --coverage: \(note)") }
    if !isQuiet { for line in file.summary { tell("tayberry: coverage: \(line)") } }
    do throws(BadInput) {
      try writeWholeFile(file.bytes, to: path)
      return nil
    } catch {
      tell("tayberry: --coverage: \(error)")
      return OutputLoss(name: "--coverage: \(path)", reason: error.problem)
    }
  }

  /// Where an address lies at the end; nil where no core is in that space.
  private static func physical(
    _ address: UInt64, in space: ExecutedCode.Space, of cluster: Cluster
  ) -> UInt64? {
    for core in cluster.cores {
      let isVirtualised = core.stored(.hcrEL2) & 1 != 0
      guard space.level != 1 || (isVirtualised ? core.vmid : 0) == space.vmid else { continue }
      core.prepareWalks()
      let result = core.unit.probe(address, .read, exceptionLevel: Int(space.level), stages: .both)
      if case .success(let physical, _) = result { return physical.rawValue }
    }
    return nil
  }
}
