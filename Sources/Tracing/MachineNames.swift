import CPU
import Machine
import Symbols
import XenNames

/// Names of addresses, calls and domains on a Raspberry Pi 4.
public final class MachineNames: TraceNames {
  private let board: RaspberryPi4
  private var symbols: SymbolMap
  private let xen: XenDomains?
  private lazy var regions = deviceTree.map { DeviceTreeRegions($0) }
  private let deviceTree: DeviceTree?
  /// What was looked up before: a trace asks for few addresses, often.
  private var known: [Place: String?] = [:]
  private static let knownLimit = 1 << 18

  private struct Place: Hashable {
    var address: UInt64
    var level: UInt8
    var vmid: UInt16
  }

  public init(machine: BoardMachine, symbols: SymbolMap) {
    board = machine.board
    deviceTree = machine.deviceTree
    self.symbols = symbols
    xen = symbols.addresses(of: "per_cpu__curr_vcpu", regime: .el2).first.map { XenDomains(current: $0) }
  }

  /// EL2 has just returned to a guest on this core: its domain can be told now.
  public func see(_ core: Core) { xen?.see(core) }

  /// Where symbols came from; files without their folders, so that a trace does not tell where it was made.
  public var sources: [String] {
    symbols.tables.map { entry in
      "\(entry.scope): " + (entry.table.source.split(separator: "/").last.map(String.init) ?? "")
    }
  }

  public func symbol(_ address: UInt64, level: Int, vmid: UInt16) -> String? {
    guard !symbols.isEmpty else { return nil }
    let place = Place(address: address, level: UInt8(truncatingIfNeeded: level & 3), vmid: level < 2 ? vmid : 0)
    if let name = known[place] { return name }
    if symbols.firstVMID == nil && place.vmid != 0 { symbols.see(vmid: place.vmid) }
    let regime: SymbolRegime = level >= 3 ? .el3 : level == 2 ? .el2 : level == 1 ? .el1 : .el0
    let name = symbols.symbol(for: address, regime: regime, vmid: place.vmid).map { "\($0)" }
    if known.count >= Self.knownLimit { known.removeAll(keepingCapacity: true) }
    known.updateValue(name, forKey: place)
    return name
  }

  public func function(_ address: UInt64, level: Int) -> String? {
    guard let name = symbol(address, level: level, vmid: 0), !name.contains("+") else { return nil }
    return name
  }

  /// The addresses of a name: `do_trap_guest_sync`, or `el1:schedule` for one scope.
  public func addresses(of name: String, scope: SymbolScope? = nil) -> [UInt64] {
    symbols.places(named: name, scope: scope).map(\.symbol.address)
  }

  /// By Xen's structures, if the symbols tell where they are. Else only Dom0 is known: Xen gives VMIDs in the order
  /// in which domains are made, from 1 (xen/arch/arm/p2m.c).
  public func domain(of vmid: UInt16) -> String? {
    if let id = xen?.domain(of: vmid) { return XenInterface.domainName(id) }
    return vmid == 1 ? "d0" : nil
  }

  public func node(at address: UInt64) -> String? {
    regions?.node(at: address).map { $0.isEnabled ? $0.path : $0.path + " (disabled)" }
  }

  public func place(_ address: UInt64, vmid: UInt16) -> String? {
    if board.ram.isRAM(address) { return "RAM" }
    guard let mapping = board.bus.mapping(at: address) else { return "nothing" }
    let offset = address - mapping.range.lowerBound
    let register = mapping.device.registerName(at: offset).map { " " + $0 } ?? ""
    return mapping.device.name + register
  }
}
