import Fabric
import Machine

/// Rules on the address of a transfer: windows, offsets, aliases and limits.
extension DMASanitizer {
  /// What VideoCore's uncached view of memory adds to a physical address.
  private static let offset: UInt64 = 0xc000_0000
  private static let firstGiB: UInt64 = 0x4000_0000

  /// False: memory is not reached as it was meant, and whose it is says nothing.
  func checkAddress(_ transfer: DMATransfer) -> Bool {
    let address = transfer.address
    let port = transfer.port
    guard let window = transfer.window, let physical = transfer.physical else {
      return unreachable(transfer, ends: port.window(of: BusAddress(address), count: 1))
    }
    if window.kind == .peripherals { return true }
    guard board.ram.isRAM(physical, count: UInt64(clamping: transfer.count)) else {
      return unreachable(transfer, ends: nil)
    }
    guard let direct = port.windows.first(where: { $0.kind == .memory }) else { return true }
    if window == direct { return checkPeripheral(transfer, direct) }
    // The firmware takes any alias; only what the device tree promises can be broken there.
    if window.kind == .memory && !hasTree { return true }
    return alias(transfer, physical, expected: direct.bus.lowerBound)
  }

  private func unreachable(_ transfer: DMATransfer, ends window: DMAPort.Window?) -> Bool {
    let address = transfer.address
    if let window {
      var finding = finding(.overLimit, transfer)
      finding.facts.append(("wrong", "the master's window ends at \(window.bus.upperBound.hex())"))
      add(finding, note: "end")
      return false
    }
    let isOffset = transfer.port.windows.first?.bus.lowerBound == Self.offset
    if board.ram.isRAM(address) {
      var finding = finding(.overLimit, transfer)
      finding.facts.append(
        ("wrong", "there is memory at this physical address, which the master does not reach"))
      add(finding, note: "memory")
    } else if !isOffset, address >= Self.offset, board.ram.isRAM(address &- Self.offset) {
      var finding = finding(.doubleOffset, transfer)
      finding.facts.append(("wrong", "this master has no offset: bus addresses are physical ones"))
      finding.facts.append(("expected", "\((address &- Self.offset).hex(8)), if the offset was added"))
      add(finding, note: "no offset")
    } else {
      var finding = finding(.outOfWindow, transfer)
      finding.facts.append(("reaches", windows(of: transfer.port)))
      add(finding, note: "")
    }
    return false
  }

  private func windows(of port: DMAPort) -> String {
    port.windows.map { window in
      let kind =
        switch window.kind {
        case .memory: "memory from"
        case .alias: "alias of memory from"
        case .peripherals: "peripherals from"
        }
      let last = window.bus.upperBound &- 1
      return "\(window.bus.lowerBound.hex())...\(last.hex()): \(kind) \(window.physical.hex())"
    }.joined(separator: ", ")
  }

  /// Registers of peripherals lie at 0xFC00_0000 for the cores; there the uncached alias shows memory of
  /// VideoCore.
  private func checkPeripheral(_ transfer: DMATransfer, _ direct: DMAPort.Window) -> Bool {
    let address = transfer.address
    guard direct.bus.lowerBound == Self.offset, direct.physical == 0, address >= 0xfc00_0000,
      let mapping = board.bus.mapping(at: address)
    else { return true }
    var finding = finding(.peripheralAddress, transfer)
    let register = mapping.device.registerName(at: address &- mapping.range.lowerBound).map { " \($0)" } ?? ""
    finding.facts.append(("looks like", mapping.device.name + register))
    finding.facts.append(("reaches", "physical \((address &- Self.offset).hex()), in VideoCore's memory"))
    if address >= 0xfe00_0000 {
      finding.facts.append(("expected", "bus address \((address &- 0x8000_0000).hex(8))"))
    }
    add(finding, note: mapping.device.name)
    return false
  }

  /// Memory through another alias than the uncached one.
  private func alias(_ transfer: DMATransfer, _ physical: UInt64, expected base: UInt64) -> Bool {
    let address = transfer.address
    var finding: DMAFinding
    if address < Self.firstGiB {
      finding = self.finding(.missingOffset, transfer)
      finding.facts.append(("looks like", "physical \(address.hex())"))
      finding.facts.append(("expected", "bus address \((base &+ address).hex(8))"))
      let beyond = address &+ Self.firstGiB
      if board.ram.isRAM(beyond) {
        finding.facts.append(
          ("or", "physical \(beyond.hex()) plus the offset, cut to 32 bits: beyond the master's first GiB"))
      }
    } else if board.ram.isRAM(address) {
      finding = self.finding(.aliasWrap, transfer)
      finding.facts.append(("looks like", "physical \(address.hex()), page \((address & ~0xfff).hex())"))
      finding.facts.append(("reaches", "physical \(physical.hex()), page \((physical & ~0xfff).hex())"))
      finding.facts.append(("expected", "a bounce buffer: no bus address of this master reaches that page"))
    } else if address >= 0x8000_0000 {
      finding = self.finding(.doubleOffset, transfer)
      finding.facts.append(("looks like", "physical \(physical.hex()) plus the offset twice, cut to 32 bits"))
      finding.facts.append(("or", "VideoCore's alias at 0x80000000"))
      finding.facts.append(("expected", "bus address \((base &+ physical).hex(8))"))
    } else {
      finding = self.finding(.wrongAlias, transfer)
      finding.facts.append(("reaches", "physical \(physical.hex()) through the alias at 0x40000000"))
      finding.facts.append(("expected", "bus address \((base &+ physical).hex(8))"))
    }
    add(finding, note: "")
    return false
  }
}
