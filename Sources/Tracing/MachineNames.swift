import Machine

/// Names of addresses, calls and domains on a Raspberry Pi 4.
public final class MachineNames: TraceNames {
  private let board: RaspberryPi4

  public init(board: RaspberryPi4) { self.board = board }

  public func symbol(_ address: UInt64, level: Int, vmid: UInt16) -> String? { nil }

  /// Xen gives VMIDs in the order in which domains are made, from 1 (p2m.c): Dom0 has the first.
  public func domain(of vmid: UInt16) -> String? { vmid == 0 ? nil : vmid == 1 ? "d0" : nil }

  public func call(
    _ kind: EventKind, _ number: UInt64, _ first: UInt64
  ) -> (name: String, operation: String?)? { nil }

  public func result(_ kind: EventKind, _ number: UInt64, _ value: UInt64) -> String? { nil }

  public func place(_ address: UInt64, vmid: UInt16) -> String? {
    if board.ram.isRAM(address) { return "RAM" }
    guard let mapping = board.bus.mapping(at: address) else { return "nothing" }
    let offset = address - mapping.range.lowerBound
    let register = mapping.device.registerName(at: offset).map { " " + $0 } ?? ""
    return mapping.device.name + register
  }
}
