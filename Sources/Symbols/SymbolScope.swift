/// Whose addresses a symbol table names.
public enum SymbolScope: Hashable, Sendable, CustomStringConvertible {
  /// The firmware's.
  case el3
  /// The hypervisor's.
  case el2
  /// The kernel of the first domain: the first VMID that was seen, or of a machine without hypervisor.
  case firstDomain
  /// Every kernel that has no table of its own.
  case el1
  /// The kernel of one domain.
  case domain(vmid: UInt16)
  /// Programs of any domain.
  case el0

  public var description: String {
    switch self {
    case .el3: "el3"
    case .el2: "el2"
    case .firstDomain: "dom0"
    case .el1: "el1"
    case .domain(let vmid): "vmid\(vmid)"
    case .el0: "el0"
    }
  }

  /// The scope of that spelling, as `--symbols SCOPE=FILE` takes it.
  init?(_ word: String) {
    switch word {
    case "el3": self = .el3
    case "el2", "xen": self = .el2
    case "dom0": self = .firstDomain
    case "el1": self = .el1
    case "el0": self = .el0
    default:
      guard word.hasPrefix("vmid"), let vmid = UInt16(word.dropFirst(4)) else { return nil }
      self = .domain(vmid: vmid)
    }
  }
}

/// The privilege of the code whose address is asked for.
public enum SymbolRegime: UInt8, Hashable, Sendable {
  case el0, el1, el2, el3
}
