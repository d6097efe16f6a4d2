/// Events that reports know; every other one is shown as it stands.
enum TraceKind: String, CaseIterable, Sendable {
  case stageOneFault = "s1-fault"
  case stageTwoFault = "s2-fault"
  case stageTwoFaultEnd = "s2-end"
  case trap
  case hypercall
  case hypercallEnd = "hypercall-end"
  case hvc
  case smc
  case worldSwitch = "world-switch"
  case exception
  case exceptionReturn = "return"
  case irq
  case virtualIRQ = "virq"
  case wait = "wfi"
  case acknowledge
  case listRegister = "list-register"
  case maintenance
  case tlbi
  case vttbr
  case hcr
  case mmio
  case dma
  case console
  case stageTwoMap = "stage2-map"
}

/// A virtual CPU, or what runs beside all of them (VMID 0).
struct TraceGuest: Hashable, Sendable {
  var vmid: UInt64
  var vcpu: UInt64
}

/// What all events have, and where the rest stands.
struct TraceRecord: Sendable {
  var number: UInt64
  /// Virtual ns since power-on.
  var time: UInt64
  var event: String
  /// nil for an event of a newer program.
  var kind: TraceKind?
  /// nil for what no core did.
  var core: Int?
  var instructions: UInt64 = 0
  var level: Int?
  var guest = TraceGuest(vmid: 0, vcpu: 0)
  var domain: String?
  var pc: UInt64?
  /// The `n` of the event that this one ends.
  var of: UInt64?
  /// The line's number in the file, from 1, and its bytes.
  var line: Int
  var bytes: Range<Int>

  /// `d0v2`, `vmid 3 v0`, or nothing when no guest is concerned.
  var guestName: String { Self.name(domain, guest) }

  static func name(_ domain: String?, _ guest: TraceGuest) -> String {
    if let domain { return "\(domain)v\(guest.vcpu)" }
    return guest.vmid == 0 ? "" : "vmid\(guest.vmid)v\(guest.vcpu)"
  }
}
