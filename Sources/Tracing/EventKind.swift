import CPU

/// What can be traced and stopped at: one vocabulary for both (docs/tracing.md).
public enum EventKind: UInt8, CaseIterable, Sendable {
  // Translation
  /// A stage-1 translation failed, at whatever level takes the abort.
  case stageOneFault
  /// A stage-2 translation failed: EL2 is entered with what was wanted.
  case stageTwoFault
  /// What became of a stage-2 fault: the guest runs again, or another one does.
  case stageTwoFaultEnd
  // Calls and traps
  /// A synchronous exception into EL2 that is neither an abort nor a call.
  case trap
  /// HVC with Xen's immediate.
  case hypercall
  case hypercallEnd
  /// Any other HVC.
  case hvc
  case smc
  // Flow
  case worldSwitch
  /// Every exception taken, those above among them.
  case exception
  case exceptionReturn
  case irq
  case virtualIRQ
  case wait
  // Interrupt controller
  /// A read of GICC_IAR or GICV_IAR that gave an interrupt.
  case acknowledge
  case listRegister
  case maintenance
  // Translation control
  case tlbi
  case vttbr
  case hcr
  /// At the end of the run: what each VMID's stage 2 maps.
  case stageTwoMap
  // Board
  case mmio
  case dma
  case console

  /// As it is written on the command line and in traces.
  public var name: String { Self.names[Int(rawValue)] }

  public init?(name: String) {
    guard let number = Self.names.firstIndex(of: name) else { return nil }
    self.init(rawValue: UInt8(truncatingIfNeeded: number))
  }

  /// In the order of the cases.
  public static let names = [
    "s1-fault", "s2-fault", "s2-end", "trap", "hypercall", "hypercall-end",
    "hvc", "smc", "world-switch", "exception", "return", "irq",
    "virq", "wfi", "acknowledge", "list-register", "maintenance", "tlbi",
    "vttbr", "hcr", "stage2-map", "mmio", "dma", "console",
  ]

  /// In a word, for help and documentation.
  public var summary: String {
    switch self {
    case .stageOneFault: "a stage-1 translation or permission fault"
    case .stageTwoFault: "a stage-2 fault, taken to EL2"
    case .stageTwoFaultEnd: "what became of a stage-2 fault"
    case .trap: "another trap into EL2 (WFI, MSR, MRS, floating point, …)"
    case .hypercall: "a Xen hypercall (HVC 0xEA1)"
    case .hypercallEnd: "a hypercall's result"
    case .hvc: "any other HVC"
    case .smc: "an SMC, PSCI among them"
    case .worldSwitch: "EL2 returns to another virtual CPU than it was entered from"
    case .exception: "any exception"
    case .exceptionReturn: "any ERET"
    case .irq: "a physical IRQ or FIQ is taken"
    case .virtualIRQ: "a virtual IRQ or FIQ is taken"
    case .wait: "a WFI or WFE that waits"
    case .acknowledge: "an interrupt is acknowledged (GICC_IAR, GICV_IAR)"
    case .listRegister: "a write of GICH_LRn"
    case .maintenance: "the GIC's maintenance interrupt is acknowledged"
    case .tlbi: "a TLBI"
    case .vttbr: "VTTBR_EL2 changes"
    case .hcr: "HCR_EL2 changes"
    case .stageTwoMap: "at the end of the run: what a VMID's stage 2 maps"
    case .mmio: "an access to a device"
    case .dma: "a transfer by a bus master other than a core"
    case .console: "a line on the console"
    }
  }

  /// Those that `hypervisor` stands for.
  public static let hypervisor: [EventKind] = [
    .stageTwoFault, .stageTwoFaultEnd, .trap, .hypercall, .hypercallEnd, .hvc, .smc, .worldSwitch, .virtualIRQ,
    .listRegister, .maintenance, .vttbr, .hcr,
    .stageTwoMap,
  ]

  @inline(__always) var bit: UInt32 { 1 &<< UInt32(rawValue) }
}
