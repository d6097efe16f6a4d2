import CPU
import Fabric

/// Runs a program on two engines and compares everything that software can see after each slice.
struct Lockstep {
  let subject: Engine
  let reference: Engine

  /// What a run came to.
  struct Outcome {
    /// What differs, in words; empty if nothing does.
    var differences: [String] = []
    var instructions = 0
    /// Whether an exception was taken: their handlers change X29 and, as a rule, X28.
    var tookException = false
    /// Whether a program of `Level.user` got to its exit.
    var left = false
  }

  init(_ subject: Engine, _ reference: Engine) {
    self.subject = subject
    self.reference = reference
  }

  func run(_ program: FuzzProgram) -> Outcome {
    subject.load(program)
    reference.load(program)
    var outcome = Outcome()
    var generator = SplitMix(seed: program.sliceSeed)
    var slices = 0
    let limit = program.level == .user ? 20_000 : program.count
    while outcome.instructions < limit {
      let length = 1 + Int(generator.below(UInt64(program.longestSlice)))
      let retired = subject.run(min(length, limit - outcome.instructions))
      let matched = reference.run(retired)
      outcome.instructions += retired
      if retired != matched {
        outcome.differences = ["retired \(retired) in a slice of \(length), the other engine \(matched)"]
        break
      }
      slices += 1
      let isLast = retired == 0 || outcome.instructions >= limit
      outcome.differences = registerDifferences()
      if slices & 15 == 0 || isLast || !outcome.differences.isEmpty {
        outcome.differences += memoryDifferences()
      }
      if !outcome.differences.isEmpty { break }
      if program.level == .user && subject.core.r[Slot.pc] == FuzzLayout.exit {
        outcome.left = true
        outcome.differences = memoryDifferences()
        break
      }
      if retired == 0 { break }
    }
    let r = subject.core.r
    outcome.tookException = r[28] != program.x[28] || r[29] != program.x[29]
    return outcome
  }

  // MARK: Comparison

  private static let plainSlots: [(slot: Int, name: String)] = {
    var result = (0..<31).map { (slot: $0, name: "X\($0)") }
    result += [
      (Slot.sp, "SP"), (Slot.pc, "PC"), (Slot.fpcr, "FPCR"), (Slot.fpsr, "FPSR"), (Slot.currentEL, "EL"),
      (Slot.spsel, "SPSel"), (Slot.daif, "DAIF"), (Slot.illegal, "IL"), (Slot.softwareStep, "SS"),
      (Slot.event, "event register"), (Slot.exclusive, "exclusive monitor"),
    ]
    for level in 0..<4 { result.append((Slot.spEL0 + level, "SP_EL\(level)")) }
    for index in 0..<64 {
      result.append((Slot.v0 + index, "V\(index / 2)" + (index & 1 == 0 ? " low" : " high")))
    }
    for register in SystemRegister.allCases {
      result.append((Slot.system + register.rawValue, "\(register)"))
    }
    return result
  }()

  private func registerDifferences() -> [String] {
    let (ours, theirs) = (subject.core.r, reference.core.r)
    var result: [String] = []
    for (slot, name) in Self.plainSlots where ours[slot] != theirs[slot] {
      // The banked copy of the current stack pointer is stale.
      if slot == Slot.spEL0 + Lockstep.currentStack(ours) { continue }
      result.append("\(name) \(ours[slot].hex()), the other engine \(theirs[slot].hex())")
    }
    let (flags, others) = (Self.flags(ours), Self.flags(theirs))
    if flags != others { result.append("NZCV \(flags.hex()), the other engine \(others.hex())") }
    return result
  }

  private static func currentStack(_ r: Regs) -> Int {
    r[Slot.spsel] == 0 ? 0 : Int(truncatingIfNeeded: r[Slot.currentEL] & 3)
  }

  static func flags(_ r: Regs) -> UInt64 {
    let zero: UInt64 = r[Slot.flagZ] == 0 ? 4 : 0
    return (r[Slot.flagN] >> 63) << 3 | zero | r[Slot.flagC] << 1 | r[Slot.flagV]
  }

  private func memoryDifferences() -> [String] {
    for (start, size) in [(FuzzLayout.data, FuzzLayout.dataSize), (FuzzLayout.code, FuzzLayout.codeSize)] {
      let count = Int(size / 8)
      let ours = (subject.ram.base + Int(start)).assumingMemoryBound(to: UInt64.self)
      let theirs = (reference.ram.base + Int(start)).assumingMemoryBound(to: UInt64.self)
      for index in 0..<count where ours[index] != theirs[index] {
        let address = start + UInt64(index) * 8
        return ["memory at \(address.hex()): \(ours[index].hex()), the other engine \(theirs[index].hex())"]
      }
    }
    return []
  }
}
