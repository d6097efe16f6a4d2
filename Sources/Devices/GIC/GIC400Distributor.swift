import Fabric

/// The distributor, GICD (IHI 0048B, 4.3).
extension GIC400 {
  func readDistributor(_ offset: Int, _ core: Int, _ secure: Bool) -> UInt32 {
    let bitWord = offset &>> 2 & 31
    switch distributorMap.register(at: offset, as: GICDRegister.self) {
    case .control: return secure ? words[Layout.control] : words[Layout.control] &>> 1 & 1
    case .type:
      // Lockable SPIs 31, Security Extensions, CPU interfaces, 32 x (7 + 1) interrupts.
      return 0xfc07 | UInt32(truncatingIfNeeded: cores &- 1) &<< 5
    case .identification: return 0x0200_143b
    case .group: return secure ? readBits(Layout.group, bitWord, core, true) : 0
    case .setEnable, .clearEnable: return readBits(Layout.enabled, bitWord, core, secure)
    case .setPending, .clearPending: return readPending(bitWord, core, secure)
    case .setActive, .clearActive: return readBits(Layout.active, bitWord, core, secure)
    case .priority: return readPriorities((offset &- 0x400) &>> 2, core, secure)
    case .target: return readTargets((offset &- 0x800) &>> 2, core, secure)
    case .configuration: return readConfiguration((offset &- 0xc00) &>> 2, core, secure)
    case .privateStatus: return (words[Layout.line &+ (core & 3)] & visible(core, 0, secure)) &>> 16
    case .sharedStatus:
      let word = (offset &- 0xd00) &>> 2
      return word < 8 ? words[Layout.line &+ bankSlot(core, word)] & visible(core, word, secure) : 0
    case .clearSGI, .setSGI:
      let n = offset &>> 2 & 3
      return words[sourceSlot(core, n)] & sgiLanes(n, core, secure)
    case .peripheralID, .componentID: return GIC400.identification(at: offset)
    case .nonSecureAccess, .generateSGI: return 0
    case .reserved:
      report(distributorMap, offset, "gic.distributor", "read")
      return 0
    }
  }

  func writeDistributor(_ offset: Int, _ value: UInt32, _ mask: UInt32, _ core: Int, _ secure: Bool) {
    let bitWord = offset &>> 2 & 31
    let set = value & mask & visible(core, bitWord, secure)
    let slot = bankSlot(core, bitWord)
    switch distributorMap.register(at: offset, as: GICDRegister.self) {
    case .control:
      if secure {
        merge(Layout.control, value, mask & 3)
      } else {
        merge(Layout.control, value &<< 1, (mask & 1) &<< 1)
      }
      updateCores(~0)
    case .group:
      guard secure, bitWord < 8 else { return }
      merge(Layout.group &+ slot, value, mask & implemented(bitWord))
      updateWord(bitWord, core)
    case .setEnable:
      guard set != 0 else { return }
      words[Layout.enabled &+ slot] |= set
      updateWord(bitWord, core)
    case .clearEnable:
      let clear = bitWord == 0 ? set & ~Layout.sgiMask : set
      guard clear != 0 else { return }
      words[Layout.enabled &+ slot] &= ~clear
      updateWord(bitWord, core)
    case .setPending:
      let pend = bitWord == 0 ? set & ~Layout.sgiMask : set
      guard pend != 0 else { return }
      words[Layout.latch &+ slot] |= pend
      updateWord(bitWord, core)
    case .clearPending:
      let clear = bitWord == 0 ? set & ~Layout.sgiMask : set
      guard clear != 0 else { return }
      words[Layout.latch &+ slot] &= ~clear
      updateWord(bitWord, core)
    case .setActive:
      guard set != 0 else { return }
      words[Layout.active &+ slot] |= set
      updateWord(bitWord, core)
    case .clearActive:
      guard set != 0 else { return }
      words[Layout.active &+ slot] &= ~set
      updateWord(bitWord, core)
    case .priority: writePriorities((offset &- 0x400) &>> 2, value, mask, core, secure)
    case .target: writeTargets((offset &- 0x800) &>> 2, value, mask, core, secure)
    case .configuration: writeConfiguration((offset &- 0xc00) &>> 2, value, mask, core, secure)
    case .generateSGI: generateSGI(value & mask, core, secure)
    case .clearSGI, .setSGI:
      let n = offset &>> 2 & 3
      let lanes = value & mask & sgiLanes(n, core, secure)
      let pending = words[sourceSlot(core, n)]
      let isSet = distributorMap.register(at: offset, as: GICDRegister.self) == .setSGI
      words[sourceSlot(core, n)] = isSet ? pending | lanes : pending & ~lanes
      for id in (n &* 4)..<(n &* 4 &+ 4) { setBit(Layout.latch, core, id, sources(of: id, core) != 0) }
      updateCore(core)
    case .type, .identification, .privateStatus, .sharedStatus, .nonSecureAccess, .peripheralID, .componentID:
      return
    case .reserved:
      report(distributorMap, offset, "gic.distributor", "write")
    }
  }

  private func updateWord(_ word: Int, _ core: Int) {
    if word == 0 { updateCore(core) } else { updateCores(~0) }
  }

  // MARK: One bit per interrupt

  @inline(__always)
  private func readBits(_ field: Int, _ word: Int, _ core: Int, _ secure: Bool) -> UInt32 {
    word < 8 ? words[field &+ bankSlot(core, word)] & visible(core, word, secure) : 0
  }

  /// Pending is the latch or, for a level-sensitive interrupt, the line (4.3.7).
  private func readPending(_ word: Int, _ core: Int, _ secure: Bool) -> UInt32 {
    guard word < 8 else { return 0 }
    let slot = bankSlot(core, word)
    let level = words[Layout.line &+ slot] & ~words[Layout.edge &+ slot]
    return (words[Layout.latch &+ slot] | level) & visible(core, word, secure)
  }

  // MARK: One byte per interrupt

  /// The bytes of word `n` of a byte-per-interrupt register that an access may see.
  @inline(__always)
  private func lanes(_ n: Int, _ core: Int, _ secure: Bool) -> UInt32 {
    GIC400.byteLanes(visible(core, n &>> 3, secure) &>> UInt32(truncatingIfNeeded: (n & 7) &* 4))
  }

  /// GICD_IPRIORITYR (4.3.11): five bits; Non-secure software sees the lower half shifted up by one.
  private func readPriorities(_ n: Int, _ core: Int, _ secure: Bool) -> UInt32 {
    guard n < 64 else { return 0 }
    let stored = words[prioritySlot(core, n)]
    return (secure ? stored : stored &<< 1 & 0xf0f0_f0f0) & lanes(n, core, secure)
  }

  private func writePriorities(_ n: Int, _ value: UInt32, _ mask: UInt32, _ core: Int, _ secure: Bool) {
    guard n < 64 else { return }
    let stored = secure ? value & 0xf8f8_f8f8 : 0x8080_8080 | (value &>> 1 & 0x7878_7878)
    merge(prioritySlot(core, n), stored, mask & lanes(n, core, secure))
    updateWord(n &>> 3, core)
  }

  /// GICD_ITARGETSR (4.3.12): for SGIs and PPIs read-only, the accessing core's own bit.
  private func readTargets(_ n: Int, _ core: Int, _ secure: Bool) -> UInt32 {
    guard n < 64 else { return 0 }
    let own = 0x0101_0101 &<< UInt32(truncatingIfNeeded: core & 3)
    return (n < 8 ? own : words[Layout.target &+ n]) & lanes(n, core, secure)
  }

  private func writeTargets(_ n: Int, _ value: UInt32, _ mask: UInt32, _ core: Int, _ secure: Bool) {
    guard n >= 8, n < 64 else { return }
    let present = 0x0101_0101 &* ((1 &<< UInt32(truncatingIfNeeded: cores)) &- 1)
    merge(Layout.target &+ n, value & present, mask & lanes(n, core, secure))
    for id in (n &* 4)..<(n &* 4 &+ 4) {
      let bit = UInt32(1) &<< UInt32(truncatingIfNeeded: id & 31)
      let targets = targets(of: id)
      for target in 0..<cores {
        let slot = Derived.targeted &+ target &* 8 &+ (id &>> 5)
        let isTargeted = targets &>> UInt32(truncatingIfNeeded: target) & 1 != 0
        derived[slot] = isTargeted ? derived[slot] | bit : derived[slot] & ~bit
      }
    }
    updateCores(~0)
  }

  // MARK: Two bits per interrupt

  /// GICD_ICFGR (4.3.13): bit 1 of a field is edge; bit 0 is fixed, one except for SGIs.
  private func readConfiguration(_ n: Int, _ core: Int, _ secure: Bool) -> UInt32 {
    guard n < 16 else { return 0 }
    let half = UInt32(truncatingIfNeeded: (n & 1) &* 16)
    let seen = GIC400.spread(visible(core, n &>> 1, secure) &>> half) &* 3
    let edge = GIC400.spread(words[Layout.edge &+ bankSlot(core, n &>> 1)] &>> half) &<< 1
    return (edge | (n == 0 ? 0 : 0x5555_5555)) & seen
  }

  private func writeConfiguration(
    _ n: Int, _ value: UInt32, _ mask: UInt32, _ core: Int, _ secure: Bool
  ) {
    guard n >= 2, n < 16 else { return }
    let half = UInt32(truncatingIfNeeded: (n & 1) &* 16)
    let writable = (GIC400.gather(mask &>> 1) &<< half) & visible(core, n &>> 1, secure)
    merge(Layout.edge &+ bankSlot(core, n &>> 1), GIC400.gather(value &>> 1) &<< half, writable)
    updateCores(~0)
  }

  // MARK: Software-generated interrupts

  private func sgiLanes(_ n: Int, _ core: Int, _ secure: Bool) -> UInt32 {
    let present = 0x0101_0101 &* ((1 &<< UInt32(truncatingIfNeeded: cores)) &- 1)
    return present & lanes(n, core, secure)
  }

  func setSources(of id: Int, _ core: Int, _ sources: UInt32) {
    let shift = UInt32(truncatingIfNeeded: (id & 3) &* 8)
    merge(sourceSlot(core, id &>> 2), sources &<< shift, 0xff &<< shift)
    setBit(Layout.latch, core, id & 15, sources != 0)
  }

  /// GICD_SGIR (4.3.15): the SGI goes to the listed cores on which it belongs to the group that NSATT
  /// names; Non-secure software reaches Group 1 only.
  private func generateSGI(_ value: UInt32, _ core: Int, _ secure: Bool) {
    let own = UInt32(1) &<< UInt32(truncatingIfNeeded: core)
    let list: UInt32
    switch value &>> 24 & 3 {
    case 0: list = value &>> 16 & 0xff
    case 1: list = ~own
    case 2: list = own
    default: return
    }
    let id = Int(truncatingIfNeeded: value & 15)
    let wantsGroup1 = !secure || value & 1 &<< 15 != 0
    for target in 0..<cores where list &>> UInt32(truncatingIfNeeded: target) & 1 != 0 {
      guard bit(Layout.group, target, id) == wantsGroup1 else { continue }
      setSources(of: id, target, sources(of: id, target) | own)
      updateCore(target)
    }
  }

  /// Peripheral and component identification (4.3.18, DDI 0471), from 0xFD0.
  static func identification(at offset: Int) -> UInt32 {
    let isFirst = offset < 0xfe0
    let bytes: UInt64 = isFirst ? 0x04 : 0xb105_f00d_002b_b490
    let index = (isFirst ? offset & 15 : offset & 31) &>> 2
    return UInt32(truncatingIfNeeded: bytes &>> UInt64(truncatingIfNeeded: index &* 8)) & 0xff
  }
}
