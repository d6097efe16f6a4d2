import CPU
import Devices
import Fabric
import Machine

/// Interrupts, timers, devices and cores.
extension Inspector {
  /// A register of the GIC as a core sees it. Only such are read whose reading has no effect.
  private func read(_ device: any Device, _ offset: UInt64, core: Int) -> UInt32 {
    let initiator = BusInitiator(kind: .core, index: UInt8(truncatingIfNeeded: core))
    let access = BusAccess(address: PhysicalAddress(offset), size: 4, initiator: initiator)
    return (try? device.read(offset: offset, access: access)).map { UInt32(truncatingIfNeeded: $0) } ?? 0
  }

  func virtualInterfaces() -> String {
    let gic = board.gic.hypervisor
    var lines: [String] = []
    for core in board.cluster.cores {
      func register(_ offset: UInt64) -> UInt32 { read(gic, offset, core: core.index) }
      let control = register(0x000), misr = register(0x010), vmcr = register(0x008)
      lines.append(
        "core \(core.index): GICH_HCR \(UInt64(control).hex(8)), GICH_VMCR \(UInt64(vmcr).hex(8)), GICH_MISR "
          + UInt64(misr).hex(8))
      for number in 0..<UInt64(4) {
        let value = register(0x100 + 4 * number)
        let state = ["invalid", "pending", "active", "pending and active"][Int(value >> 28 & 3)]
        guard value >> 28 & 3 != 0 else { continue }
        let physical = value >> 31 != 0 ? ", for physical interrupt \(value >> 10 & 0x3ff)" : ""
        lines.append(
          "  LR\(number) \(UInt64(value).hex(8)): virtual interrupt \(value & 0x3ff), \(state), priority "
            + "\((value >> 23 & 0x1f) << 3)\(physical)")
      }
    }
    return lines.joined(separator: "\n")
  }

  func interrupts() -> String {
    let gic = board.gic.distributor
    var lines = ["interrupt  core  enabled  pending  active  priority  targets"]
    func bit(_ offset: UInt64, _ interrupt: UInt64, _ core: Int) -> Bool {
      read(gic, offset + interrupt / 32 * 4, core: core) >> UInt32(interrupt % 32) & 1 != 0
    }
    func row(_ interrupt: UInt64, _ core: Int?) {
      let index = core ?? 0
      let pending = bit(0x200, interrupt, index), active = bit(0x300, interrupt, index)
      let enabled = bit(0x100, interrupt, index)
      guard enabled || pending || active else { return }
      func byte(_ offset: UInt64) -> UInt32 {
        read(gic, offset + (interrupt & ~3), core: index) >> (8 * UInt32(interrupt & 3)) & 0xff
      }
      lines.append(
        columns([
          ("\(interrupt)", 11), (core.map { "\($0)" } ?? "", 6), (enabled ? "yes" : "", 9),
          (pending ? "yes" : "", 9), (active ? "yes" : "", 8), (UInt64(byte(0x400)).hex(2), 10),
          (UInt64(byte(0x800)).hex(2), 0),
        ]))
    }
    for core in board.cluster.cores { for interrupt in 0..<UInt64(32) { row(interrupt, core.index) } }
    for interrupt in 32..<UInt64(256) { row(interrupt, nil) }
    return lines.joined(separator: "\n")
  }

  func timers() -> String {
    let timers: [(String, GenericTimer.Kind, SystemRegister, SystemRegister)] = [
      ("EL1 physical", .physical, .cntpctlEL0, .cntpcvalEL0), ("EL1 virtual", .virtual, .cntvctlEL0, .cntvcvalEL0),
      ("EL2 physical", .hypervisor, .cnthpctlEL2, .cnthpcvalEL2),
      ("Secure physical", .secure, .cntpsctlEL1, .cntpscvalEL1),
    ]
    var lines: [String] = []
    for core in board.cluster.cores {
      lines.append("core \(core.index): CNTVOFF_EL2 \(core.stored(.cntvoffEL2).hex())")
      for (name, kind, control, compare) in timers {
        let value = core.stored(control)
        guard value & 1 != 0 else { continue }
        let masked = value & 2 != 0 ? ", masked" : ""
        let line = core.timerLine(kind).level ? ", line up" : ""
        lines.append("  \(name): compare \(core.stored(compare).hex())\(masked)\(line)")
      }
    }
    return lines.joined(separator: "\n")
  }

  func devices() -> String {
    board.bus.mappings.map { mapping in
      let range = mapping.range.lowerBound.hex(9) + "-" + (mapping.range.upperBound - 1).hex(9)
      let interrupts = InterruptMap.lines(of: mapping.device.name)
      return columns([(range, 25), (mapping.device.name, 28), (interrupts, 0)])
    }.joined(separator: "\n")
  }

  func cores() -> String {
    board.cluster.cores.map { core in
      let pc = core.programCounter
      let symbol = names?.symbol(pc, level: core.currentEL, vmid: core.vmid).map { " (\($0))" } ?? ""
      return "core \(core.index): \(core.place)\(symbol), \(domainName(core.vmid))"
    }.joined(separator: "\n")
  }

  private func columns(_ cells: [(text: String, width: Int)]) -> String {
    var line = ""
    for (text, width) in cells {
      line += text
      if width > text.utf8.count { line += String(repeating: " ", count: width - text.utf8.count) }
    }
    while line.last == " " { line.removeLast() }
    return line
  }
}
