import Fabric

extension GIC400 {
  /// Fields of GICH_VMCR (IHI 0048B, 5.3.3); bits 0-4 and 9 are GICV_CTLR's.
  enum MachineControl {
    static let enableGroup0: UInt32 = 1 << 0
    static let enableGroup1: UInt32 = 1 << 1
    static let acknowledgeControl: UInt32 = 1 << 2
    static let fiqEnable: UInt32 = 1 << 3
    static let commonBinaryPoint: UInt32 = 1 << 4
    static let endMode: UInt32 = 1 << 9
    /// What GICV_CTLR shows.
    static let guestControl: UInt32 = 0x21f
    static let implemented: UInt32 = 0xf8fc_021f
  }
}

/// The virtual CPU interfaces, GICV (5.5): what a guest takes for its GICC. It works on the list registers.
extension GIC400 {
  func readVirtual(_ offset: Int, _ core: Int) -> UInt32 {
    let machine = words[virtual(core, Virtual.machineControl)]
    switch virtualMap.register(at: offset, as: GICVRegister.self) {
    case .control: return machine & MachineControl.guestControl
    case .priorityMask: return machine &>> 24 & 0xf8
    case .binaryPoint: return machine.bits(23, 21)
    case .aliasedBinaryPoint: return machine.bits(20, 18)
    case .acknowledge: return acknowledgeVirtual(core, aliased: false)
    case .aliasedAcknowledge: return acknowledgeVirtual(core, aliased: true)
    case .runningPriority: return min(runningVirtualPriority(core), 0xff)
    case .highestPending: return highestPendingVirtual(core, aliased: false)
    case .aliasedHighestPending: return highestPendingVirtual(core, aliased: true)
    case .activePriorities: return words[virtual(core, Virtual.active)]
    case .identification: return 0x0202_143b
    case .endOfInterrupt, .aliasedEndOfInterrupt, .deactivate, .unusedPriorities: return 0
    case .reserved:
      report(virtualMap, offset, "gic.virtualCPU", "read")
      return 0
    }
  }

  func writeVirtual(_ offset: Int, _ value: UInt32, _ mask: UInt32, _ core: Int) {
    let moved = value & mask
    switch virtualMap.register(at: offset, as: GICVRegister.self) {
    case .control: writeMachineControl(core, value, mask & MachineControl.guestControl)
    case .priorityMask: writeMachineControl(core, value &<< 24, mask &<< 24 & 0xf800_0000)
    case .binaryPoint: writeMachineControl(core, value &<< 21, mask &<< 21 & (7 &<< 21))
    case .aliasedBinaryPoint: writeMachineControl(core, value &<< 18, mask &<< 18 & (7 &<< 18))
    case .endOfInterrupt, .aliasedEndOfInterrupt: endVirtual(core, moved)
    case .activePriorities: merge(virtual(core, Virtual.active), value, mask)
    case .deactivate: writeVirtualDeactivate(core, moved)
    case .acknowledge, .runningPriority, .highestPending, .aliasedAcknowledge, .aliasedHighestPending,
      .identification, .unusedPriorities:
      return
    case .reserved:
      report(virtualMap, offset, "gic.virtualCPU", "write")
      return
    }
    updateVirtual(core)
  }

  // MARK: Priorities

  /// The highest active virtual group priority; `idle` when GICH_APR is clear.
  private func runningVirtualPriority(_ core: Int) -> UInt32 {
    let active = words[virtual(core, Virtual.active)]
    return active == 0 ? GIC400.idle : UInt32(truncatingIfNeeded: active.trailingZeroBitCount) &* 8
  }

  private func virtualGroupMask(_ core: Int, _ isGroup1: Bool) -> UInt32 {
    let machine = words[virtual(core, Virtual.machineControl)]
    if isGroup1 && machine & MachineControl.commonBinaryPoint == 0 {
      return 0x7f &<< machine.bits(20, 18) & 0xff
    }
    return 0xfe &<< machine.bits(23, 21) & 0xff
  }

  /// The list register with the highest-priority pending interrupt of a group that the guest enabled.
  private func pendingList(_ core: Int) -> UInt32? {
    let index = derived[Derived.virtualPending &+ (core & 3)]
    guard index < 4 else { return nil }
    let list = words[virtual(core, Virtual.list &+ Int(index))]
    let isGroup1 = list & ListRegister.group1 != 0
    let enable = isGroup1 ? MachineControl.enableGroup1 : MachineControl.enableGroup0
    return words[virtual(core, Virtual.machineControl)] & enable != 0 ? list : nil
  }

  /// Whether the pending virtual interrupt passes mask and running priority.
  func canSignalVirtual(_ core: Int) -> Bool {
    guard let list = pendingList(core) else { return false }
    let level = list.bits(27, 23) &<< 3
    guard level < words[virtual(core, Virtual.machineControl)] &>> 24 & 0xf8 else { return false }
    return level & virtualGroupMask(core, list & ListRegister.group1 != 0) < runningVirtualPriority(core)
  }

  // MARK: Acknowledge, end, deactivate

  /// Virtual ID and, for an SGI that software made, the source core.
  private func virtualIdentifier(_ list: UInt32) -> UInt32 {
    let id = list & 0x3ff
    return id < 16 && list & ListRegister.hardware == 0 ? id | (list & 0x1c00) : id
  }

  /// As `refusal` on the physical side; the virtual interface has no security states (5.5.4, 5.5.9).
  private func virtualRefusal(_ core: Int, _ list: UInt32, _ aliased: Bool) -> UInt32? {
    let isGroup1 = list & ListRegister.group1 != 0
    if aliased { return isGroup1 ? nil : 1023 }
    let takesBoth = words[virtual(core, Virtual.machineControl)] & MachineControl.acknowledgeControl != 0
    return isGroup1 && !takesBoth ? 1022 : nil
  }

  /// Reads of GICV_IAR and GICV_AIAR; spurious while GICH_HCR.En is clear.
  private func acknowledgeVirtual(_ core: Int, aliased: Bool) -> UInt32 {
    guard words[virtual(core, Virtual.control)] & HypervisorControl.enable != 0, canSignalVirtual(core),
      let list = pendingList(core)
    else { return 1023 }
    if let refused = virtualRefusal(core, list, aliased) { return refused }
    let level = list.bits(27, 23) &<< 3 & virtualGroupMask(core, list & ListRegister.group1 != 0)
    words[virtual(core, Virtual.active)] |= 1 &<< (level &>> 3)
    let slot = virtual(core, Virtual.list &+ Int(derived[Derived.virtualPending &+ (core & 3)] & 3))
    words[slot] = (list & ~ListRegister.state) | ListRegister.active
    updateVirtual(core)
    return virtualIdentifier(list)
  }

  private func highestPendingVirtual(_ core: Int, aliased: Bool) -> UInt32 {
    guard let list = pendingList(core) else { return 1023 }
    return virtualRefusal(core, list, aliased) ?? virtualIdentifier(list)
  }

  /// Writes of GICV_EOIR and GICV_AEOIR (5.5.5): priority drop and, in EOImode 0, deactivation. An end
  /// that dropped a priority but finds no list register counts in GICH_HCR.EOICount.
  private func endVirtual(_ core: Int, _ value: UInt32) {
    guard value & 0x3ff < 1020 else { return }
    let slot = virtual(core, Virtual.active)
    let dropped = words[slot] != 0
    words[slot] &= words[slot] &- 1
    guard words[virtual(core, Virtual.machineControl)] & MachineControl.endMode == 0 else { return }
    let isListed = deactivateList(core, value)
    if dropped && !isListed { countEnd(core) }
  }

  /// Writes of GICV_DIR (5.5.14); UNPREDICTABLE in EOImode 0, here ignored.
  private func writeVirtualDeactivate(_ core: Int, _ value: UInt32) {
    guard value & 0x3ff < 1020,
      words[virtual(core, Virtual.machineControl)] & MachineControl.endMode != 0
    else { return }
    if !deactivateList(core, value) { countEnd(core) }
  }

  /// Increments GICH_HCR.EOICount, which wraps.
  private func countEnd(_ core: Int) {
    words[virtual(core, Virtual.control)] &+= 1 &<< HypervisorControl.endCountShift
  }

  /// Takes the active state from the list register that holds `value`'s interrupt and, for a hardware
  /// interrupt, from the physical one, as a Non-secure write to GICC_DIR would. Whether any valid list
  /// register holds it. Virtual IDs are unique among list registers; should a hypervisor list one SGI from
  /// several cores, the source decides.
  private func deactivateList(_ core: Int, _ value: UInt32) -> Bool {
    var isListed = false
    var found = -1
    for index in 0..<4 {
      let list = words[virtual(core, Virtual.list &+ index)]
      guard list & ListRegister.state != 0, list & 0x3ff == value & 0x3ff else { continue }
      isListed = true
      guard list & ListRegister.active != 0 else { continue }
      if found < 0 || virtualIdentifier(list) == value & 0x1fff { found = index }
    }
    guard found >= 0 else { return isListed }
    let slot = virtual(core, Virtual.list &+ found)
    words[slot] &= ~ListRegister.active
    if words[slot] & ListRegister.hardware != 0 {
      let physical = Int(truncatingIfNeeded: words[slot].bits(19, 10))
      if physical >= 16 { deactivateFromOutside(physical, core, false) }
    }
    return true
  }
}
