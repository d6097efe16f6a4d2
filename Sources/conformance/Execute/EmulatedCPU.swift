import CPU
import Fabric
import Foundation
import TestSupport

/// Executes cases on our CPU, at EL0 with stage 1 on.
final class EmulatedCPU {
  private static let vectors: UInt64 = 0x10_0000
  /// What executes.
  let engine: ExecutionEngine
  private let bench: CPUBench
  private let core: Core
  private let window: UnsafeMutableRawPointer
  private let pristine: UnsafeMutableRawPointer
  private let windowSize = Int(CaseLayout.windowSize)
  /// Word and companion in the slot.
  private var current: UInt64?

  /// - Parameters:
  ///   - bigEndian: data is big-endian (SCTLR_EL1.E0E).
  ///   - plant: a mistake to make on purpose.
  ///   - engine: what executes; with host code, a block is one instruction, compiled at once.
  init(bigEndian: Bool = false, plant: PlantedDifference? = nil, engine: ExecutionEngine = .interpreter) {
    self.engine = engine
    let compiled = TranslationRules(instructionsPerBlock: 1, engine: .hostCode, threshold: 1)
    bench = CPUBench(
      codeArenaSize: 1 << 22,
      rules: engine == .hostCode ? compiled : TranslationRules(engine: .interpreter))
    core = bench.core
    window = UnsafeMutableRawPointer(bench.ram.base + Int(CaseLayout.window))
    // SAFETY: as large as the window; freed with this object.
    pristine = .allocate(byteCount: windowSize, alignment: 8)
    for number in 0..<UInt64(windowSize / 8) {
      pristine.storeBytes(of: SplitMix.mix(number), toByteOffset: Int(number) * 8, as: UInt64.self)
    }
    window.copyMemory(from: pristine, byteCount: windowSize)
    bench.cluster.plantedDifference = plant
    bench.enableTranslation()
    bench.map(CaseLayout.window..<(CaseLayout.window + CaseLayout.windowSize), as: CPUBench.Page.user)
    bench.map(CaseLayout.code, as: CPUBench.Page.user)
    bench.map(Self.vectors..<(Self.vectors + 4096), as: CPUBench.Page.kernel)
    bench.put([UInt32](repeating: A64.nop, count: 1024), at: Self.vectors)
    core.enter(level: 0)
    core.set(.vbarEL1, Self.vectors)
    // The oracle, an emulator of user programs, does not check the alignment of SP.
    core.change(.sctlrEL1, set: bigEndian ? 1 << 24 : 0, clear: 1 << 4)
  }

  /// Whether host code was made of any case.
  var ranHostCode: Bool { bench.cluster.compiledBlocks > 0 }

  deinit { pristine.deallocate() }

  /// Executes one case and writes the answer as the oracle does.
  func execute(_ request: UnsafePointer<UInt64>, into answer: CaseWords) {
    let words = request[CaseLayout.word]
    if words != current {
      current = words
      let word = UInt32(truncatingIfNeeded: words)
      bench.put([UInt32(truncatingIfNeeded: words >> 32), word, A64.brk], at: CaseLayout.slot)
    }
    let hasCompanion = UInt32(truncatingIfNeeded: words >> 32) != CaseLayout.nop
    let r = core.r
    r[Slot.currentEL] = 0
    r[Slot.spsel] = 0
    r[Slot.exclusive] = 0
    r[Slot.daif] = 0
    for index in 0..<31 { r[index] = request[index] }
    for index in 0..<64 { r[Slot.v0 + index] = request[CaseLayout.v + index] }
    r[Slot.fpcr] = request[CaseLayout.fpcr]
    r[Slot.fpsr] = request[CaseLayout.fpsr]
    core.flags = request[CaseLayout.nzcv] >> 28
    core.sp = request[CaseLayout.sp]
    core.pc = hasCompanion ? CaseLayout.slot : CaseLayout.slot + 4
    bench.run(hasCompanion ? 2 : 1)
    finish(request, answer)
  }

  private func finish(_ request: UnsafePointer<UInt64>, _ answer: CaseWords) {
    let r = core.r
    var pc = core.pc
    // The tag of a branch target goes at the next fetch.
    if !pc.bit(55) { pc &= 0x00ff_ffff_ffff_ffff }
    answer[CaseLayout.signal] = CaseLayout.Signal.executed
    answer[CaseLayout.sp] = core.sp
    if core.currentEL != 0 {
      answer[CaseLayout.signal] = signal(core.syndrome())
      answer[CaseLayout.sp] = r[Slot.spEL0]
      pc = core.get(.elrEL1)
    }
    for index in 0..<31 { answer[index] = r[index] }
    answer[CaseLayout.nzcv] = core.flags << 28
    answer[CaseLayout.fpcr] = r[Slot.fpcr]
    answer[CaseLayout.fpsr] = r[Slot.fpsr]
    answer[CaseLayout.pc] = pc
    for index in 0..<64 { answer[CaseLayout.v + index] = r[Slot.v0 + index] }
    answer[CaseLayout.changes] = 0
    guard request[CaseLayout.flags] & CaseLayout.accesses != 0 else { return }
    guard memcmp(window, pristine, windowSize) != 0 else { return }
    var changes = 0
    for offset in stride(from: 0, to: windowSize, by: 8) {
      let now = window.load(fromByteOffset: offset, as: UInt64.self)
      guard now != pristine.load(fromByteOffset: offset, as: UInt64.self) else { continue }
      if changes < CaseLayout.maximumChanges {
        answer[CaseLayout.memory + changes * 2] = UInt64(offset)
        answer[CaseLayout.memory + changes * 2 + 1] = now
      }
      changes += 1
    }
    answer[CaseLayout.changes] = UInt64(changes)
    window.copyMemory(from: pristine, byteCount: windowSize)
  }

  /// The signal that Linux would send for an exception to EL1 (ESR_ELx.EC, Arm DDI 0487, D13.2.37).
  private func signal(_ syndrome: UInt64) -> UInt64 {
    switch syndrome >> 26 {
    case 0x00, 0x18: CaseLayout.Signal.undefined
    case 0x24: syndrome & 0x3f == 0x21 ? CaseLayout.Signal.misaligned : CaseLayout.Signal.fault
    case 0x3c: CaseLayout.Signal.breakpoint
    default: 100 + syndrome >> 26
    }
  }
}
