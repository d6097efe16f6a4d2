/// What is left of a run for a program to read: `--report FILE`.
public struct SessionReport: Sendable {
  public var outcome: SessionOutcome
  public var engine: String
  public var guestNanoseconds: UInt64
  public var instructionsPerCore: [UInt64]
  public var stateHash: UInt64
  public var peakMemoryBytes: UInt64
  /// First lines of what was not modelled.
  public var notModelled: [String]
  /// Rules for DMA that were broken, each as a rule, a count and a text; nil: nobody looked.
  public var dmaFindings: [(rule: String, count: Int, text: String)]?

  /// Reads the machine after its run. Hashing the whole state takes a moment.
  public init(of outcome: SessionOutcome, machine: any EmulatedMachine) {
    self.outcome = outcome
    engine = machine.engineName
    guestNanoseconds = machine.elapsedNanoseconds
    instructionsPerCore = machine.instructionsPerCore
    peakMemoryBytes = peakResidentBytes()
    notModelled = machine.log.entries.filter { $0.kind == .notModelled }.map { "\($0.source): \($0.message)" }
    stateHash = machine.stateHash()
  }

  public var json: JSONValue {
    let matches = outcome.matches.map { match in
      JSONValue.object([
        .init("pattern", .string(match.pattern)),
        .init("line", .string(match.line)),
        .init("guestSeconds", .number(secondsText(match.guestNanoseconds))),
      ])
    }
    let findings = dmaFindings.map { list in
      JSONValue.array(
        list.map { finding in
          .object([
            .init("rule", .string(finding.rule)), .init("count", .integer(finding.count)),
            .init("text", .string(finding.text)),
          ])
        })
    }
    let total = instructionsPerCore.reduce(0, &+)
    return .object([
      .init("reason", .string(outcome.reason.rawValue)),
      .init("exitCode", .integer(outcome.exitCode.rawValue)),
      .init("detail", .string(outcome.detail)),
      .init("engine", .string(engine)),
      .init("guestSeconds", .number(secondsText(guestNanoseconds))),
      .init("wallSeconds", .number(secondsText(UInt64(max(0, outcome.wallSeconds) * 1e6) * 1000))),
      .init("instructions", .integer(total)),
      .init("instructionsPerCore", .array(instructionsPerCore.map { .integer($0) })),
      .init("stateHash", .string(hexText(stateHash))),
      .init("consoleBytes", .integer(outcome.consoleByteCount)),
      .init("consoleHash", .string(hexText(outcome.consoleHash))),
      .init("peakMemoryBytes", .integer(peakMemoryBytes)),
      .init("matched", .array(matches)),
      .init("unmatched", outcome.unmatched.map { .string($0) } ?? .null),
      .init("notModelled", .array(notModelled.map { .string($0) })),
    ] + (findings.map { [.init("dmaFindings", $0)] } ?? []))
  }
}

/// 64 bits as `0x` and sixteen digits.
func hexText(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
}
