import Machine
import Sanitizer
import Tracing

extension MachineNames: FindingNames {}

/// The check on DMA transfers as a run's options ask for it.
final class DMAChecking {
  private let sanitizer: DMASanitizer
  private let rules: StaticRules
  private let machine: BoardMachine
  /// Reading symbols takes longer than looking at a boot's transfers: without a finding nobody needs them.
  private lazy var names =
    knownNames
    ?? (try? SymbolLoading.map(for: configuration)).map {
      MachineNames(machine: machine, symbols: $0)
    }
  private let knownNames: MachineNames?
  private let configuration: RunConfiguration

  /// - Throws: ``BadInput`` for what is no rule, or no mode.
  static func plan(_ configuration: RunConfiguration) throws(BadInput) -> DMACheckPlan {
    var plan = DMACheckPlan(configuration.dmaCheck)
    for text in configuration.dmaRules {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let rule = DMARule(rawValue: String(parts[0])) else {
        throw BadInput(
          "--dma-rule \(text)", "\"\(parts[0])\" is no rule with a mode",
          remedy: "write RULE=MODE; tayberry help dma-check lists the rules")
      }
      guard let mode = DMACheckMode(rawValue: String(parts[1])) else {
        throw BadInput("--dma-rule \(text)", "\"\(parts[1])\" is no mode", remedy: "use off, report or stop")
      }
      plan[rule] = mode
    }
    return plan
  }

  /// - Parameter names: where somebody else has read the symbols.
  init(_ plan: DMACheckPlan, _ configuration: RunConfiguration, machine: BoardMachine, names: MachineNames?) {
    self.machine = machine
    self.configuration = configuration
    knownNames = names
    sanitizer = DMASanitizer(machine: machine, plan: plan)
    rules = StaticRules(sanitizer)
    sanitizer.onFinding = { [unowned self] finding in
      // The guest that programmed the transfer is often still the one that runs there.
      if let core = (finding.accessedBy ?? finding.programmedBy)?.core {
        self.names?.see(machine.board.cluster.cores[core])
      }
      tell("tayberry: dma-check: " + finding.text(names: self.names))
      if plan[finding.rule] == .stop {
        machine.end(for: "\(finding.rule.rawValue): \(finding.master) \(finding.what)")
      }
    }
    sanitizer.onLimit = { count in
      tell("tayberry: dma-check: \(count) findings; more of rules that are only reported are not told")
    }
    if let tree = machine.deviceTree { rules.check(tree) }
  }

  /// A line on the console.
  func note(_ line: String) { rules.read(line) }

  /// After the run: how often each finding came.
  func finish() {
    sanitizer.finish()
    for finding in sanitizer.findings where finding.count > 1 {
      tell("tayberry: dma-check: \(finding.rule.rawValue): \(finding.master): \(finding.count) times in all")
    }
  }

  var listing: [(rule: String, count: Int, text: String)] {
    sanitizer.findings.map { ($0.rule.rawValue, $0.count, $0.text(names: names)) }
  }

  static var help: String {
    let list = DMARule.allCases.map { rule in
      "  " + rule.rawValue + String(repeating: " ", count: max(1, 20 - rule.rawValue.utf8.count))
        + rule.sentence
    }
    let costly = DMARule.allCases.filter(\.isCostly).map(\.rawValue).joined(separator: ", ")
    return """
      usage: tayberry run --dma-check MODE [--dma-rule RULE=MODE]... [options]

      Looks at every transfer of the DMA channels, the SD host and the firmware. MODE is off, report or stop: stop
      ends the run at the first broken rule, with exit code 6. Rules that look at every access of the cores make a
      run far slower and are off until --dma-rule names them: \(costly).

      Rules (docs/dma-check.md)
      \(list.joined(separator: "\n"))
      """
  }
}
