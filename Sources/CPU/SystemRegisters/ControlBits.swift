import Fabric

/// Bits of control registers that more than one file asks for (Arm DDI 0487, D13.2), by bit number.
enum SCTLR {
  static let m = 0, a = 1, sa = 3, sa0 = 4, nTWI = 16, nTWE = 18, e0e = 24, ee = 25
}

enum HCR {
  static let vm = 0, fmo = 3, imo = 4, amo = 5, vf = 6, vi = 7, vse = 8, fb = 9, dc = 12, twi = 13
  static let twe = 14, tsc = 19, tge = 27, tdz = 28, rw = 31
  static let virtualPending: UInt64 = 7 << 6
}

enum SCR {
  static let ns = 0, irq = 1, fiq = 2, ea = 3, smd = 7, hce = 8, rw = 10, twi = 12, twe = 13
}

enum CPTR { static let tfp = 10 }

enum MDSCR { static let ss = 0, kde = 13, mde = 15 }

enum MDCR { static let tde = 8, spme = 17, sdd = 16 }

/// PSTATE.DAIF as kept in `Slot.daif` and SPSR.
enum Mask {
  static let fiq: UInt64 = 1 << 6
  static let irq: UInt64 = 1 << 7
  static let sError: UInt64 = 1 << 8
  static let debug: UInt64 = 1 << 9
  static let all: UInt64 = 0xf << 6
}

extension Core {
  @inline(__always)
  var hcr: UInt64 { self[.hcrEL2] }
  @inline(__always)
  var scr: UInt64 { self[.scrEL3] }
  /// SCR_EL3.NS: levels below EL3 are Non-secure, and EL2 exists for them (EL2Enabled()).
  @inline(__always)
  var isNonSecure: Bool { self[.scrEL3] & 1 != 0 }
  /// HCR_EL2.TGE with EL2 enabled: exceptions to EL1 go to EL2.
  @inline(__always)
  var trapsGeneral: Bool { isNonSecure && hcr.bit(HCR.tge) }
  /// The core's level, as a small number.
  @inline(__always)
  var level: Int { Int(truncatingIfNeeded: r[Slot.currentEL] & 3) }
  /// SCTLR_ELx that controls the current level (EL0: SCTLR_EL1).
  @inline(__always)
  var currentSCTLR: UInt64 { banked(.sctlrEL1, max(1, level)) }
}
