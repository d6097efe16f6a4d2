import Fabric

/// Asynchronous exceptions: inputs, masks, routing, priorities (Arm DDI 0487, D1.13 and D1.14).
///
/// `Slot.attention` is raised whenever an input rises or a mask, a level or a routing control changes while
/// something is asserted; `takePendingInterrupt` then either takes an interrupt or lowers it again.
/// Priority among several is IMPLEMENTATION DEFINED (D1.13.4): SError, FIQ, IRQ, then the virtual ones.
extension Core {
  /// What can be taken at an instruction boundary.
  struct PendingInterrupt: Equatable {
    var vector: Vector
    var target: Int
    /// A virtual SError is cleared by being taken.
    var isVirtual: Bool
  }

  /// Drives one of the core's inputs; called by the wires.
  public func setInterrupt(_ input: InterruptInputs, level isAsserted: Bool) {
    if isAsserted {
      interruptInputs.formUnion(input)
      r[Slot.attention] |= Core.interruptAttention
    } else {
      interruptInputs.subtract(input)
    }
  }

  /// The interrupt that is taken next, or nil when none is pending or all are masked.
  func pendingInterrupt() -> PendingInterrupt? {
    let inputs = interruptInputs
    let hcr = self.hcr
    if inputs.rawValue == 0 && hcr & HCR.virtualPending == 0 { return nil }
    let el = level
    let scr = self.scr
    let isEL2Enabled = scr & 1 != 0
    let daif = r[Slot.daif]
    let tge = hcr.bit(HCR.tge)

    @inline(__always)
    func physical(
      _ input: InterruptInputs, _ vector: Vector, el3 routeBit: Int, el2 hcrBit: Int, _ mask: UInt64
    ) -> PendingInterrupt? {
      guard inputs.contains(input) else { return nil }
      let target = scr.bit(routeBit) ? 3 : isEL2Enabled && (tge || hcr.bit(hcrBit)) ? 2 : 1
      if target < el { return nil }
      // Not maskable from below, except at EL0 for EL1 (D1.13.3, table of PSTATE masks).
      let isMaskable = target == el || target == 1
      if isMaskable && daif & mask != 0 { return nil }
      return PendingInterrupt(vector: vector, target: target, isVirtual: false)
    }

    @inline(__always)
    func virtual(
      _ isPending: Bool, _ vector: Vector, enable hcrBit: Int, _ mask: UInt64
    ) -> PendingInterrupt? {
      guard isPending, isEL2Enabled, !tge, hcr.bit(hcrBit), el < 2, daif & mask == 0 else { return nil }
      return PendingInterrupt(vector: vector, target: 1, isVirtual: true)
    }

    let isVirtualFIQ = hcr.bit(HCR.vf) || inputs.contains(.virtualFIQ)
    let isVirtualIRQ = hcr.bit(HCR.vi) || inputs.contains(.virtualIRQ)
    return physical(.sError, .sError, el3: SCR.ea, el2: HCR.amo, Mask.sError)
      ?? physical(.fiq, .fiq, el3: SCR.fiq, el2: HCR.fmo, Mask.fiq)
      ?? physical(.irq, .irq, el3: SCR.irq, el2: HCR.imo, Mask.irq)
      ?? virtual(hcr.bit(HCR.vse), .sError, enable: HCR.amo, Mask.sError)
      ?? virtual(isVirtualFIQ, .fiq, enable: HCR.fmo, Mask.fiq)
      ?? virtual(isVirtualIRQ, .irq, enable: HCR.imo, Mask.irq)
  }

  /// Whether `takePendingInterrupt` would take one.
  var hasUnmaskedInterrupt: Bool { pendingInterrupt() != nil }

  /// Takes the pending interrupt, if one can be taken, with `Slot.pc` as the return address.
  ///
  /// - Returns: whether one was taken. The attention bit is down afterwards until something changes.
  public func takePendingInterrupt() -> Bool {
    r[Slot.attention] &= ~Core.interruptAttention
    guard waiting != .stopped, let pending = pendingInterrupt() else { return false }
    let isSError = pending.vector == .sError
    if isSError {
      if pending.isVirtual {
        self[.hcrEL2] = hcr & ~(1 &<< UInt64(HCR.vse))
      } else {
        interruptInputs.subtract(.sError)
      }
    }
    takeException(
      to: pending.target, pending.vector, returnAddress: r[Slot.pc],
      syndrome: isSError ? Syndrome.make(.sError) : nil, isVirtual: pending.isVirtual)
    return true
  }

  /// ISR_EL1: physical interrupts, or for Non-secure EL1 the virtual ones where HCR_EL2 routes the
  /// physical ones to EL2 (D13.2.56).
  var interruptStatus: UInt64 {
    let inputs = interruptInputs
    let hcr = self.hcr
    let seesVirtual = level < 2 && isNonSecure
    var value: UInt64 = 0
    let isSError = seesVirtual && hcr.bit(HCR.amo) ? hcr.bit(HCR.vse) : inputs.contains(.sError)
    let isIRQ = seesVirtual && hcr.bit(HCR.imo)
      ? hcr.bit(HCR.vi) || inputs.contains(.virtualIRQ) : inputs.contains(.irq)
    let isFIQ = seesVirtual && hcr.bit(HCR.fmo)
      ? hcr.bit(HCR.vf) || inputs.contains(.virtualFIQ) : inputs.contains(.fiq)
    if isSError { value |= 1 &<< 8 }
    if isIRQ { value |= 1 &<< 7 }
    if isFIQ { value |= 1 &<< 6 }
    return value
  }
}
