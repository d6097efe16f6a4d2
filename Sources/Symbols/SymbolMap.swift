/// All symbols of a machine: tables by exception level and domain.
///
/// An address of EL1 is looked up in the table of its VMID, then, for the first domain, in that one's, then
/// in those for all kernels. EL2, EL3 and EL0 have tables of their own. Among several tables of one scope the
/// one that was added first wins.
public struct SymbolMap: Sendable {
  private struct Entry: Sendable {
    var scope: SymbolScope
    var table: SymbolTable
    /// Added to the table's addresses.
    var offset: UInt64
  }

  private var entries: [Entry] = []

  /// The VMID of the first domain; nil until it is seen.
  public private(set) var firstVMID: UInt16?

  public init() {}

  /// The symbols that the images carry inside themselves: Xen's for EL2, the kernel's for the first domain.
  /// What has none is left out; the messages say why.
  ///
  /// - Parameters:
  ///   - xen: an uncompressed arm64 Xen image, if there is one.
  ///   - kernel: the uncompressed arm64 `Image` of Dom0's kernel, if there is one.
  public static func automatic(
    xen: [UInt8]?, kernel: [UInt8]?, xenName: String = "xen", kernelName: String = "linux"
  ) -> (map: SymbolMap, faults: [SymbolFault]) {
    var map = SymbolMap()
    var faults: [SymbolFault] = []
    if let xen {
      do throws(SymbolFault) {
        map.add(try XenEmbeddedSymbols.table(xen, source: "\(xenName) (built in)"), scope: .el2)
      } catch {
        faults.append(error)
      }
    }
    if let kernel {
      do throws(SymbolFault) {
        map.add(try LinuxKallsyms.table(kernel, source: "\(kernelName) (kallsyms)"), scope: .firstDomain)
      } catch {
        faults.append(error)
      }
    }
    return (map, faults)
  }

  public var isEmpty: Bool { entries.isEmpty }

  /// The tables with their scopes and offsets, in the order of their precedence.
  public var tables: [(scope: SymbolScope, table: SymbolTable, offset: UInt64)] {
    entries.map { ($0.scope, $0.table, $0.offset) }
  }

  public mutating func add(_ table: SymbolTable, scope: SymbolScope, offset: UInt64 = 0) {
    entries.append(Entry(scope: scope, table: table, offset: offset))
  }

  /// Adds the file of an option, whose bytes the caller has read.
  ///
  /// - Throws: ``SymbolFault`` for a bad file, or one that does not tell whose addresses it names.
  public mutating func add(
    _ option: SymbolOption, bytes: [UInt8], expand: (([UInt8]) throws -> [UInt8])? = nil
  ) throws(SymbolFault) {
    let table = try SymbolFile.table(bytes, source: option.path, expand: expand)
    guard let scope = option.scope ?? SymbolFile.usualScope(of: table) else {
      throw SymbolFault(
        option.path,
        "does not tell whose symbols it has (the first is at \(hexadecimal(table.firstAddress ?? 0)))",
        remedy: "say it: --symbols el2=\(option.path), or dom0=, el1=, vmidN=, el0=, el3=")
    }
    add(table, scope: scope, offset: UInt64(bitPattern: option.offset))
  }

  /// Puts the tables of `other` behind those here.
  public mutating func append(_ other: SymbolMap) {
    entries += other.entries
    firstVMID = firstVMID ?? other.firstVMID
  }

  /// Says that a guest with this VMID runs: the first one seen is the first domain. 0 is what VTTBR holds
  /// while no guest is there.
  public mutating func see(vmid: UInt16) {
    if firstVMID == nil, vmid != 0 { firstVMID = vmid }
  }

  // MARK: Look-up

  /// The symbol that an address of that regime belongs to, nil if no table covers it.
  ///
  /// - Parameter vmid: of EL1 and EL0 only; 0 without a hypervisor.
  public func symbol(for address: UInt64, regime: SymbolRegime, vmid: UInt16 = 0) -> SymbolLocation? {
    for scope in scopes(of: regime, vmid: vmid) {
      for entry in entries where entry.scope == scope {
        if var found = entry.table.symbol(for: address &- entry.offset) {
          found.symbol.address = found.symbol.address &+ entry.offset
          return found
        }
      }
    }
    return nil
  }

  /// Every place of a name, by precedence of the tables, then by address.
  ///
  /// - Parameter scope: only in the tables of that scope.
  public func places(
    named name: String, scope: SymbolScope? = nil
  ) -> [(scope: SymbolScope, symbol: Symbol)] {
    var places: [(scope: SymbolScope, symbol: Symbol)] = []
    for entry in entries where scope == nil || entry.scope == scope {
      for var symbol in entry.table.symbols(named: name) {
        symbol.address = symbol.address &+ entry.offset
        places.append((entry.scope, symbol))
      }
    }
    return places
  }

  /// The addresses of a name for code of that regime and domain, from the first table that knows it.
  public func addresses(of name: String, regime: SymbolRegime, vmid: UInt16 = 0) -> [UInt64] {
    for scope in scopes(of: regime, vmid: vmid) {
      for entry in entries where entry.scope == scope {
        let found = entry.table.addresses(of: name)
        if !found.isEmpty { return found.map { $0 &+ entry.offset } }
      }
    }
    return []
  }

  private func scopes(of regime: SymbolRegime, vmid: UInt16) -> [SymbolScope] {
    switch regime {
    case .el3: return [.el3]
    case .el2: return [.el2]
    case .el0: return [.el0]
    case .el1:
      let isFirst = vmid == 0 || firstVMID.map { $0 == vmid } ?? true
      return isFirst ? [.domain(vmid: vmid), .firstDomain, .el1] : [.domain(vmid: vmid), .el1]
    }
  }
}
