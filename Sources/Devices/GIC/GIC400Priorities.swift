import Fabric

/// Prioritisation (IHI 0048B, 3.3): which interrupt each core would take next, and the output lines.
extension GIC400 {
  static let spurious = 1023
  /// Above every priority: nothing pending, or nothing active.
  static let idle: UInt32 = 0x100

  /// Recomputes the cores of a mask.
  func updateCores(_ mask: UInt32) {
    for core in 0..<cores where mask &>> UInt32(truncatingIfNeeded: core) & 1 != 0 { updateCore(core) }
  }

  /// Recomputes the cores that see interrupt `id`.
  func updateInterrupt(_ id: Int, _ core: Int) {
    if id < 32 { updateCore(core) } else { updateCores(targets(of: id)) }
  }

  /// Finds the highest-priority pending interrupt of a core: pending, enabled, not active, targeted and of
  /// a group that the distributor forwards. Equal priorities: the lowest ID. Then drives the lines.
  func updateCore(_ core: Int) {
    var best = UInt32(truncatingIfNeeded: GIC400.spurious)
    var bestPriority = GIC400.idle
    let forwarded = words[Layout.control]
    let group0: UInt32 = forwarded & 1 != 0 ? ~0 : 0
    let group1: UInt32 = forwarded & 2 != 0 ? ~0 : 0
    let targeted = derived + (Derived.targeted &+ (core & 3) &* 8)
    if forwarded & 3 != 0 {
      for word in 0..<8 {
        let slot = bankSlot(core, word)
        let pending = words[Layout.latch &+ slot] | (words[Layout.line &+ slot] & ~words[Layout.edge &+ slot])
        var candidates = pending & words[Layout.enabled &+ slot] & ~words[Layout.active &+ slot]
        candidates &= targeted[word]
        guard candidates != 0 else { continue }
        let group = words[Layout.group &+ slot]
        candidates &= (group & group1) | (~group & group0)
        while candidates != 0 {
          let id = word &* 32 &+ candidates.trailingZeroBitCount
          candidates &= candidates &- 1
          let level = priority(core, id)
          if level < bestPriority {
            bestPriority = level
            best = UInt32(truncatingIfNeeded: id)
          }
        }
      }
    }
    derived[Derived.pendingID &+ (core & 3)] = best
    derived[Derived.pendingPriority &+ (core & 3)] = bestPriority
    updateLines(core)
  }

  /// Drives irq and fiq of a core from its highest-priority pending interrupt.
  func updateLines(_ core: Int) {
    let id = pendingID(core)
    let signalled = canSignal(core, id)
    let isFast = signalled && !bit(Layout.group, core, id)
      && words[interface(core, Interface.control)] & CPUControl.fiqEnable != 0
    drive(core, 0, signalled && !isFast, irq)
    drive(core, 1, isFast, fiq)
  }

  /// Sets an output; `index` is its bit in `Derived.outputs`.
  @inline(__always)
  func drive(_ core: Int, _ index: UInt32, _ level: Bool, _ lines: [InterruptLine]) {
    let slot = Derived.outputs &+ (core & 3)
    let bit = UInt32(1) &<< index
    guard (derived[slot] & bit != 0) != level, core < lines.count else { return }
    derived[slot] ^= bit
    lines[core].set(level)
  }

  @inline(__always)
  func pendingID(_ core: Int) -> Int { Int(truncatingIfNeeded: derived[Derived.pendingID &+ (core & 3)]) }

  /// Whether the CPU interface may signal pending interrupt `id`: its group is enabled there, its priority
  /// is above the mask, and its group priority is above the running priority (IHI 0048B, 3.3.1-3.3.3).
  func canSignal(_ core: Int, _ id: Int) -> Bool {
    guard id != GIC400.spurious else { return false }
    let isGroup1 = bit(Layout.group, core, id)
    let enable = isGroup1 ? CPUControl.enableGroup1 : CPUControl.enableGroup0
    guard words[interface(core, Interface.control)] & enable != 0 else { return false }
    let level = derived[Derived.pendingPriority &+ (core & 3)]
    guard level < words[interface(core, Interface.mask)] else { return false }
    return level & groupPriorityMask(core, isGroup1) < runningPriority(core)
  }

  /// The bits of a priority that take part in preemption (IHI 0048B, 3.3.3). The Non-secure
  /// binary point counts in the Non-secure view, one bit off.
  func groupPriorityMask(_ core: Int, _ isGroup1: Bool) -> UInt32 {
    let isCommon = words[interface(core, Interface.control)] & CPUControl.commonBinaryPoint != 0
    if isGroup1 && !isCommon {
      return 0x7f &<< (words[interface(core, Interface.aliasedBinaryPoint)] & 7) & 0xff
    }
    return 0xfe &<< (words[interface(core, Interface.binaryPoint)] & 7) & 0xff
  }

  /// The highest active group priority; `idle` when nothing is active.
  @inline(__always)
  func runningPriority(_ core: Int) -> UInt32 {
    let active = words[interface(core, Interface.active0)] | words[interface(core, Interface.active1)]
    return active == 0 ? GIC400.idle : UInt32(truncatingIfNeeded: active.trailingZeroBitCount) &* 8
  }
}
