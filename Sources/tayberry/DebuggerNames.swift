import CPU
import Debugger
import Machine
import Symbols
import Tracing

extension Monitor {
  /// Shows threads with symbols, and takes symbols for addresses: those of Xen first, then the kernel's.
  func useNames(_ symbols: SymbolMap, machine: BoardMachine) {
    let names = MachineNames(machine: machine, symbols: symbols)
    symbol = { core in
      names.symbol(core.programCounter, level: core.currentEL, vmid: core.vmid)
    }
    address = { name in
      for regime in [SymbolRegime.el2, .el1, .el3] {
        if let address = symbols.addresses(of: name, regime: regime).first { return address }
      }
      return nil
    }
  }
}
