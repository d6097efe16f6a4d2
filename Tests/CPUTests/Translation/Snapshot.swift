import CPU
import Fabric
import Foundation
import TestSupport

/// What a guest can see of a core and of RAM.
struct Snapshot {
  let registers: [UInt64]
  let retired: UInt64
  let memory: Data

  init(_ bench: CPUBench, memory range: [Range<UInt64>]) {
    let core = bench.core
    var values = (0..<31).map { core[x: $0] } + [core.sp, core.pc, core.flags, UInt64(core.currentEL)]
    for index in 0..<32 { values += [core[v: index][0], core[v: index][1]] }
    values += [core.get(.elrEL1), core.get(.esrEL1), core.get(.farEL1), core.get(.spsrEL1)]
    values += [core.r[Slot.fpsr], core.r[Slot.daif], core.r[Slot.exclusive], core.r[Slot.spEL0]]
    registers = values
    retired = core.retiredInstructions
    var bytes = Data()
    for part in range { bytes += Data(bytes: bench.ram.base + Int(part.lowerBound), count: part.count) }
    memory = bytes
  }

  private static let names =
    (0..<31).map { "X\($0)" } + ["SP", "PC", "NZCV", "EL"] + (0..<64).map { "V\($0 / 2).\($0 % 2)" }
    + ["ELR", "ESR", "FAR", "SPSR", "FPSR", "DAIF", "monitor", "SP_EL0"]

  /// What differs, in words.
  func differences(from other: Snapshot) -> [String] {
    var result: [String] = []
    for (index, pair) in zip(registers, other.registers).enumerated() where pair.0 != pair.1 {
      result.append("\(Self.names[index]) \(pair.0.hex()) instead of \(pair.1.hex())")
    }
    if retired != other.retired { result.append("retired \(retired) instead of \(other.retired)") }
    if memory != other.memory {
      let first = zip(memory, other.memory).enumerated().first { $1.0 != $1.1 }?.offset ?? -1
      result.append("memory differs first at byte \(first)")
    }
    return result
  }
}
