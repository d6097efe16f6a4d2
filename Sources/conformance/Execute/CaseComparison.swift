import CPU

/// What two answers to one case must have in common, and how a difference is written.
enum CaseComparison {
  /// Whether the answers agree.
  static func agree(_ ours: UnsafePointer<UInt64>, _ theirs: UnsafePointer<UInt64>) -> Bool {
    let signal = theirs[CaseLayout.signal]
    if ours[CaseLayout.signal] != signal { return false }
    for index in 0...CaseLayout.nzcv where ours[index] != theirs[index] { return false }
    // What an access that faults leaves in vectors and memory is UNKNOWN (Arm DDI 0487, D1.12.4).
    if isAbort(signal) { return true }
    if ours[CaseLayout.fpcr] != theirs[CaseLayout.fpcr] & ~unmodelledControls { return false }
    for index in CaseLayout.fpsr..<CaseLayout.stateCount where ours[index] != theirs[index] { return false }
    let changes = theirs[CaseLayout.changes]
    if ours[CaseLayout.changes] != changes { return false }
    let words = min(Int(changes), CaseLayout.maximumChanges) * 2
    for index in 0..<words where ours[CaseLayout.memory + index] != theirs[CaseLayout.memory + index] {
      return false
    }
    return true
  }

  /// FPCR.{Stride, Len}: QEMU keeps them for AArch32's FPSCR; FPCR[21:0] of the Cortex-A72 is RES0 (Cortex-A72
  /// TRM, 12.4.1).
  private static let unmodelledControls: UInt64 = 0x0037_0000

  private static func isAbort(_ signal: UInt64) -> Bool {
    signal == CaseLayout.Signal.misaligned || signal == CaseLayout.Signal.fault
  }

  /// The case: the instruction and what it names, and both results with the differences marked.
  static func describe(
    _ request: UnsafePointer<UInt64>, ours: UnsafePointer<UInt64>, theirs: UnsafePointer<UInt64>
  ) -> [String] {
    let words = request[CaseLayout.word]
    let word = UInt32(truncatingIfNeeded: words)
    let companion = UInt32(truncatingIfNeeded: words >> 32)
    let address = CaseLayout.slot + 4
    var lines = [
      "\(hex(UInt64(word), 8))  \(Disassembler.text(word: word, address: address) ?? "UNALLOCATED")"
    ]
    if companion != CaseLayout.nop {
      lines.append("  behind \(Disassembler.text(word: companion, address: address - 4) ?? "UNALLOCATED")")
    }
    let signals = [ours, theirs].map { CaseLayout.Signal.name($0[CaseLayout.signal]) }
    lines.append("  ours: \(signals[0]); the oracle: \(signals[1])")
    lines.append("    register  before              ours                the oracle")
    let named = Set([0, 5, 10, 16].map { Int(word >> UInt32($0) & 31) })
    func line(_ name: String, _ indices: [Int], isNamed: Bool) {
      let values = [request, ours, theirs].map { state in
        indices.map { hex(state[$0], 16) }.joined(separator: ":")
      }
      let differs = values[1] != values[2]
      guard differs || isNamed || values[0] != values[2] && name != "PC" else { return }
      let column = name.padding(8)
      lines.append("  \(differs ? "*" : " ") \(column)  \(values.joined(separator: "  "))")
    }
    for index in 0..<31 { line("X\(index)", [index], isNamed: named.contains(index)) }
    line("SP", [CaseLayout.sp], isNamed: named.contains(31))
    line("NZCV", [CaseLayout.nzcv], isNamed: true)
    line("FPCR", [CaseLayout.fpcr], isNamed: true)
    line("FPSR", [CaseLayout.fpsr], isNamed: true)
    line("PC", [CaseLayout.pc], isNamed: false)
    for index in 0..<32 {
      line(
        "V\(index)", [CaseLayout.v + index * 2 + 1, CaseLayout.v + index * 2], isNamed: named.contains(index))
    }
    for (name, answer) in [("ours", ours), ("the oracle", theirs)] {
      let count = Int(min(answer[CaseLayout.changes], UInt64(CaseLayout.maximumChanges)))
      let changes = (0..<count).map { number in
        let place = CaseLayout.memory + number * 2
        return "+\(hex(answer[place], 4)): \(hex(answer[place + 1], 16))"
      }
      if count > 0 { lines.append("    memory, \(name): \(changes.joined(separator: ", "))") }
    }
    return lines
  }

  static func hex(_ value: UInt64, _ digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}

extension String {
  fileprivate func padding(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
