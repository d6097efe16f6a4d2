import Fabric

extension GIC400 {
  /// Bits of GICC_CTLR in the Secure layout (IHI 0048B, 4.4.1).
  enum CPUControl {
    static let enableGroup0: UInt32 = 1 << 0
    static let enableGroup1: UInt32 = 1 << 1
    static let acknowledgeControl: UInt32 = 1 << 2
    static let fiqEnable: UInt32 = 1 << 3
    static let commonBinaryPoint: UInt32 = 1 << 4
    /// FIQBypDisGrp1 and IRQBypDisGrp1, bits 5 and 6 of the Non-secure view.
    static let bypassGroup1: UInt32 = 3 << 7
    static let endModeSecure: UInt32 = 1 << 9
    static let endModeNonSecure: UInt32 = 1 << 10
    static let implemented: UInt32 = 0x7ff
  }
}

/// The CPU interfaces, GICC (IHI 0048B, 4.4).
extension GIC400 {
  func readInterface(_ offset: Int, _ core: Int, _ secure: Bool) -> UInt32 {
    switch interfaceMap.register(at: offset, as: GICCRegister.self) {
    case .control: return secure ? words[interface(core, Interface.control)] : nonSecureControl(core)
    case .priorityMask: return readMask(core, secure)
    case .binaryPoint: return readBinaryPoint(core, secure)
    case .acknowledge: return acknowledge(core, secure, aliased: false)
    case .runningPriority: return readRunningPriority(core, secure)
    case .highestPending: return readHighestPending(core, secure, aliased: false)
    case .aliasedBinaryPoint: return secure ? words[interface(core, Interface.aliasedBinaryPoint)] : 0
    case .aliasedAcknowledge: return secure ? acknowledge(core, secure, aliased: true) : 0
    case .aliasedHighestPending: return secure ? readHighestPending(core, secure, aliased: true) : 0
    case .activePriorities:
      // With 32 levels the Non-secure half is bits 31:16 of the Group 1 register (4.4.12).
      return secure
        ? words[interface(core, Interface.active0)] : words[interface(core, Interface.active1)] &>> 16
    case .nonSecureActivePriorities: return secure ? words[interface(core, Interface.active1)] : 0
    case .identification: return 0x0202_143b
    case .endOfInterrupt, .aliasedEndOfInterrupt, .deactivate, .unusedPriorities: return 0
    case .reserved:
      report(interfaceMap, offset, "gic.cpuInterface", "read")
      return 0
    }
  }

  func writeInterface(_ offset: Int, _ value: UInt32, _ mask: UInt32, _ core: Int, _ secure: Bool) {
    switch interfaceMap.register(at: offset, as: GICCRegister.self) {
    case .control: writeControl(core, secure, value, mask)
    case .priorityMask:
      if mask & 0xff != 0 { writeMask(core, secure, value) }
    case .binaryPoint:
      if mask & 7 != 0 { writeBinaryPoint(core, secure, value) }
    case .endOfInterrupt: endInterrupt(core, secure, value & mask, aliased: false)
    case .aliasedBinaryPoint:
      guard secure, mask & 7 != 0 else { return }
      words[interface(core, Interface.aliasedBinaryPoint)] = max(value & 7, 3)
    case .aliasedEndOfInterrupt:
      guard secure else { return }
      endInterrupt(core, secure, value & mask, aliased: true)
    case .activePriorities:
      if secure {
        merge(interface(core, Interface.active0), value, mask)
      } else {
        merge(interface(core, Interface.active1), value &<< 16, mask &<< 16)
      }
    case .nonSecureActivePriorities:
      guard secure else { return }
      merge(interface(core, Interface.active1), value, mask)
    case .deactivate:
      writeDeactivate(core, secure, value & mask)
    case .acknowledge, .runningPriority, .highestPending, .aliasedAcknowledge, .aliasedHighestPending,
      .identification, .unusedPriorities:
      return
    case .reserved:
      report(interfaceMap, offset, "gic.cpuInterface", "write")
      return
    }
    updateLines(core)
  }

  @inline(__always)
  func merge(_ slot: Int, _ value: UInt32, _ mask: UInt32) {
    words[slot] = (words[slot] & ~mask) | (value & mask)
  }

  // MARK: Control, mask, binary points

  private func nonSecureControl(_ core: Int) -> UInt32 {
    let control = words[interface(core, Interface.control)]
    return (control &>> 1 & 1) | (control &>> 2 & 0x60) | (control &>> 1 & 0x200)
  }

  private func writeControl(_ core: Int, _ secure: Bool, _ value: UInt32, _ mask: UInt32) {
    let slot = interface(core, Interface.control)
    if secure {
      merge(slot, value, mask & CPUControl.implemented)
    } else {
      let moved = value & mask
      let secureValue = (moved & 1) &<< 1 | (moved & 0x60) &<< 2 | (moved & 0x200) &<< 1
      let secureMask = (mask & 1) &<< 1 | (mask & 0x60) &<< 2 | (mask & 0x200) &<< 1
      merge(slot, secureValue, secureMask)
    }
  }

  /// GICC_PMR (4.4.2): Non-secure software sees and sets only the lower half of the priorities.
  private func readMask(_ core: Int, _ secure: Bool) -> UInt32 {
    let stored = words[interface(core, Interface.mask)]
    if secure { return stored }
    return stored & 0x80 != 0 ? stored &<< 1 & 0xff : 0
  }

  private func writeMask(_ core: Int, _ secure: Bool, _ value: UInt32) {
    let slot = interface(core, Interface.mask)
    if secure {
      words[slot] = value & 0xf8
    } else if words[slot] & 0x80 != 0 {
      words[slot] = 0x80 | (value &>> 1 & 0x78)
    }
  }

  /// GICC_BPR (4.4.3): banked; the Non-secure copy is GICC_ABPR, or the Secure copy plus one under CBPR.
  private func readBinaryPoint(_ core: Int, _ secure: Bool) -> UInt32 {
    let common = words[interface(core, Interface.binaryPoint)]
    if secure { return common }
    if words[interface(core, Interface.control)] & CPUControl.commonBinaryPoint != 0 {
      return min(common &+ 1, 7)
    }
    return words[interface(core, Interface.aliasedBinaryPoint)]
  }

  private func writeBinaryPoint(_ core: Int, _ secure: Bool, _ value: UInt32) {
    if secure {
      words[interface(core, Interface.binaryPoint)] = max(value & 7, 2)
    } else if words[interface(core, Interface.control)] & CPUControl.commonBinaryPoint == 0 {
      words[interface(core, Interface.aliasedBinaryPoint)] = max(value & 7, 3)
    }
  }

  // MARK: Acknowledge, end, deactivate

  /// The value that IAR and HPPIR show for `id`: an SGI with its lowest-numbered source.
  private func identifier(_ core: Int, _ id: Int) -> UInt32 {
    let value = UInt32(truncatingIfNeeded: id)
    guard id < 16 else { return value }
    let source = UInt32(truncatingIfNeeded: sources(of: id, core).trailingZeroBitCount)
    return value | (source & 7) &<< 10
  }

  /// What an access may see of a pending interrupt (3.4 and 4.4.4): nil when it may see it, else the ID
  /// that stands for it: 1023 for Group 0 seen as Non-secure, 1022 for Group 1 seen as Secure.
  private func refusal(_ core: Int, _ id: Int, _ secure: Bool, _ aliased: Bool) -> UInt32? {
    let isGroup1 = bit(Layout.group, core, id)
    if !secure || aliased { return isGroup1 ? nil : 1023 }
    let takesBoth = words[interface(core, Interface.control)] & CPUControl.acknowledgeControl != 0
    return isGroup1 && !takesBoth ? 1022 : nil
  }

  /// Reads of GICC_IAR and GICC_AIAR (4.4.4, 4.4.9).
  private func acknowledge(_ core: Int, _ secure: Bool, aliased: Bool) -> UInt32 {
    let id = pendingID(core)
    guard canSignal(core, id) else { return 1023 }
    if let refused = refusal(core, id, secure, aliased) { return refused }
    let value = identifier(core, id)
    let isGroup1 = bit(Layout.group, core, id)
    let level = priority(core, id) & groupPriorityMask(core, isGroup1)
    words[interface(core, isGroup1 ? Interface.active1 : Interface.active0)] |= 1 &<< (level &>> 3)
    setBit(Layout.active, core, id, true)
    if id < 16 {
      setSources(of: id, core, sources(of: id, core) & (sources(of: id, core) &- 1))
    } else {
      setBit(Layout.latch, core, id, false)
    }
    updateInterrupt(id, core)
    return value
  }

  /// GICC_RPR (4.4.6).
  private func readRunningPriority(_ core: Int, _ secure: Bool) -> UInt32 {
    let running = runningPriority(core)
    if running == GIC400.idle { return 0xff }
    if secure { return running }
    return running & 0x80 != 0 ? running &<< 1 & 0xff : 0
  }

  /// GICC_HPPIR and GICC_AHPPIR (4.4.7, 4.4.11): neither the mask nor the running priority hides an
  /// interrupt, but a group that the interface does not signal shows as none.
  private func readHighestPending(_ core: Int, _ secure: Bool, aliased: Bool) -> UInt32 {
    let id = pendingID(core)
    guard id != GIC400.spurious else { return 1023 }
    let isGroup1 = bit(Layout.group, core, id)
    let enable = isGroup1 ? CPUControl.enableGroup1 : CPUControl.enableGroup0
    guard words[interface(core, Interface.control)] & enable != 0 else { return 1023 }
    return refusal(core, id, secure, aliased) ?? identifier(core, id)
  }

  private func splitsEnd(_ core: Int, _ secure: Bool) -> Bool {
    let mode = secure ? CPUControl.endModeSecure : CPUControl.endModeNonSecure
    return words[interface(core, Interface.control)] & mode != 0
  }

  /// Writes of GICC_EOIR and GICC_AEOIR (4.4.5, 4.4.10): priority drop of the interrupt's group and, in
  /// EOImode 0, deactivation. IDs that the access may not end (UNPREDICTABLE or spurious) are ignored.
  private func endInterrupt(_ core: Int, _ secure: Bool, _ value: UInt32, aliased: Bool) {
    let id = Int(truncatingIfNeeded: value & 0x3ff)
    guard isImplemented(id), refusal(core, id, secure, aliased) == nil else { return }
    let isGroup1 = bit(Layout.group, core, id)
    let slot = interface(core, isGroup1 ? Interface.active1 : Interface.active0)
    words[slot] &= words[slot] &- 1
    if !splitsEnd(core, secure) { deactivate(id, core) }
  }

  /// Writes of GICC_DIR (4.4.15); UNPREDICTABLE in EOImode 0, here ignored.
  private func writeDeactivate(_ core: Int, _ secure: Bool, _ value: UInt32) {
    guard splitsEnd(core, secure) else { return }
    deactivateFromOutside(Int(truncatingIfNeeded: value & 0x3ff), core, secure)
  }

  /// Deactivates when the access may: Group 0 is out of reach of Non-secure software and list registers.
  func deactivateFromOutside(_ id: Int, _ core: Int, _ secure: Bool) {
    guard isImplemented(id), secure || bit(Layout.group, core, id) else { return }
    deactivate(id, core)
  }

  private func deactivate(_ id: Int, _ core: Int) {
    guard bit(Layout.active, core, id) else { return }
    setBit(Layout.active, core, id, false)
    updateInterrupt(id, core)
  }
}
