import Fabric

extension GIC400 {
  /// Bits of GICH_HCR (IHI 0048B, 5.3.1); bits 1-7 enable the same bits of GICH_MISR, save for EOI.
  enum HypervisorControl {
    static let enable: UInt32 = 1 << 0
    static let underflow: UInt32 = 1 << 1
    static let notPresent: UInt32 = 1 << 2
    static let noPending: UInt32 = 1 << 3
    static let group0Enabled: UInt32 = 1 << 4
    static let group0Disabled: UInt32 = 1 << 5
    static let group1Enabled: UInt32 = 1 << 6
    static let group1Disabled: UInt32 = 1 << 7
    static let endCountShift: UInt32 = 27
    static let implemented: UInt32 = 0xf800_00ff
  }

  /// Fields of GICH_LRn (5.3.8).
  enum ListRegister {
    static let hardware: UInt32 = 1 << 31
    static let group1: UInt32 = 1 << 30
    static let active: UInt32 = 1 << 29
    static let pending: UInt32 = 1 << 28
    static let state: UInt32 = 3 << 28
    /// With `hardware` clear: asks for a maintenance interrupt when the interrupt ends.
    static let endRequest: UInt32 = 1 << 19
    /// Bits 22:20 are reserved.
    static let implemented: UInt32 = 0xff8f_ffff
  }
}

/// The virtual interface control registers, GICH (5.3).
extension GIC400 {
  func readHypervisor(_ offset: Int, _ core: Int) -> UInt32 {
    switch hypervisorMap.register(at: offset, as: GICHRegister.self) {
    case .control: return words[virtual(core, Virtual.control)]
    case .type: return 0x9000_0003
    case .machineControl: return words[virtual(core, Virtual.machineControl)]
    case .maintenanceStatus: return maintenanceStatus(core)
    case .endStatus: return offset & 4 == 0 ? endStatus(core) : 0
    case .emptyStatus: return offset & 4 == 0 ? emptyStatus(core) : 0
    case .activePriorities: return words[virtual(core, Virtual.active)]
    case .list: return words[virtual(core, Virtual.list &+ (offset &>> 2 & 3))]
    case .reserved:
      report(hypervisorMap, offset, "gic.hypervisor", "read")
      return 0
    }
  }

  func writeHypervisor(_ offset: Int, _ value: UInt32, _ mask: UInt32, _ core: Int) {
    switch hypervisorMap.register(at: offset, as: GICHRegister.self) {
    case .control: merge(virtual(core, Virtual.control), value, mask & HypervisorControl.implemented)
    case .machineControl: writeMachineControl(core, value, mask)
    case .activePriorities: merge(virtual(core, Virtual.active), value, mask)
    case .list:
      merge(virtual(core, Virtual.list &+ (offset &>> 2 & 3)), value, mask & ListRegister.implemented)
    case .type, .maintenanceStatus, .endStatus, .emptyStatus: return
    case .reserved:
      report(hypervisorMap, offset, "gic.hypervisor", "write")
      return
    }
    updateVirtual(core)
  }

  /// GICH_VMCR (5.3.3): the guest's GICV_CTLR, PMR, BPR and ABPR in one word. A binary point below its
  /// minimum takes the minimum, as in GICV_BPR.
  func writeMachineControl(_ core: Int, _ value: UInt32, _ mask: UInt32) {
    let slot = virtual(core, Virtual.machineControl)
    merge(slot, value, mask & MachineControl.implemented)
    let aliased = max(words[slot].bits(20, 18), 3)
    let binary = max(words[slot].bits(23, 21), 2)
    words[slot] = words[slot].replacing(20, 18, with: aliased).replacing(23, 21, with: binary)
  }

  /// GICH_EISR0 (5.3.5): list registers whose interrupt ended and asked to tell.
  private func endStatus(_ core: Int) -> UInt32 {
    var status: UInt32 = 0
    for index in 0..<4 {
      let list = words[virtual(core, Virtual.list &+ index)]
      let asks = list & (ListRegister.state | ListRegister.hardware | ListRegister.endRequest)
        == ListRegister.endRequest
      if asks { status |= 1 &<< UInt32(truncatingIfNeeded: index) }
    }
    return status
  }

  /// GICH_ELRSR0 (5.3.6): list registers free for use: invalid and not in GICH_EISR.
  private func emptyStatus(_ core: Int) -> UInt32 {
    var status: UInt32 = 0
    for index in 0..<4 where words[virtual(core, Virtual.list &+ index)] & ListRegister.state == 0 {
      status |= 1 &<< UInt32(truncatingIfNeeded: index)
    }
    return status & ~endStatus(core)
  }

  /// GICH_MISR (5.3.4): why the maintenance interrupt is wanted.
  private func maintenanceStatus(_ core: Int) -> UInt32 {
    let control = words[virtual(core, Virtual.control)]
    let machine = words[virtual(core, Virtual.machineControl)]
    var valid = 0
    var pending = 0
    for index in 0..<4 {
      let state = words[virtual(core, Virtual.list &+ index)] & ListRegister.state
      if state != 0 { valid &+= 1 }
      if state == ListRegister.pending { pending &+= 1 }
    }
    var conditions: UInt32 = 0
    if valid <= 1 { conditions |= HypervisorControl.underflow }
    if control &>> HypervisorControl.endCountShift != 0 { conditions |= HypervisorControl.notPresent }
    if pending == 0 { conditions |= HypervisorControl.noPending }
    let isGroup0Enabled = machine & MachineControl.enableGroup0 != 0
    let isGroup1Enabled = machine & MachineControl.enableGroup1 != 0
    conditions |= isGroup0Enabled ? HypervisorControl.group0Enabled : HypervisorControl.group0Disabled
    conditions |= isGroup1Enabled ? HypervisorControl.group1Enabled : HypervisorControl.group1Disabled
    return (conditions & control & 0xfe) | (endStatus(core) != 0 ? 1 : 0)
  }

  /// Finds the virtual interrupt that the core would take next, and drives virtualIRQ, virtualFIQ and the
  /// maintenance interrupt. Equal priorities: the lowest list register.
  func updateVirtual(_ core: Int) {
    var best: UInt32 = 4
    var bestPriority = GIC400.idle
    for index in 0..<4 {
      let list = words[virtual(core, Virtual.list &+ index)]
      guard list & ListRegister.state == ListRegister.pending else { continue }
      let level = list.bits(27, 23) &<< 3
      if level < bestPriority {
        bestPriority = level
        best = UInt32(truncatingIfNeeded: index)
      }
    }
    derived[Derived.virtualPending &+ (core & 3)] = best
    let isEnabled = words[virtual(core, Virtual.control)] & HypervisorControl.enable != 0
    let signalled = isEnabled && canSignalVirtual(core)
    let isFast = signalled && words[virtual(core, Virtual.list &+ Int(best & 3))] & ListRegister.group1 == 0
      && words[virtual(core, Virtual.machineControl)] & MachineControl.fiqEnable != 0
    drive(core, 2, signalled && !isFast, virtualIRQ)
    drive(core, 3, isFast, virtualFIQ)
    let isWanted = isEnabled && maintenanceStatus(core) != 0
    if maintenanceToLose > 0, isWanted, losesMaintenance(core) { return }
    setPrivateInput(Layout.maintenance, core, isWanted)
  }

  /// Counts a rise of the maintenance interrupt down to the one that is to be lost.
  private func losesMaintenance(_ core: Int) -> Bool {
    guard words[Layout.line &+ core] &>> UInt32(truncatingIfNeeded: Layout.maintenance) & 1 == 0 else {
      return false
    }
    maintenanceToLose &-= 1
    return maintenanceToLose == 0
  }
}
