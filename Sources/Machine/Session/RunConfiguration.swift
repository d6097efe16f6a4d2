import CPU
import Fabric

/// All that a person can say about a run, on the command line or in a machine file.
public struct RunConfiguration: Hashable, Sendable {
  public enum Stepping: String, CaseIterable, Sendable { case b0, c0 }
  /// The serial port that is the console.
  public enum Serial: String, CaseIterable, Sendable { case mini, pl011 }

  /// Whose dma-ranges the guest's device tree has: the firmware's for the stepping, or those of the file.
  public enum DMARanges: String, CaseIterable, Sendable { case firmware, given }

  /// What happens when a rule for transfers is broken (docs/dma-check.md).
  public enum DMACheck: String, CaseIterable, Sendable {
    case off
    /// Said, and the run goes on.
    case report
    /// Said, and the run ends, with an exit code of its own.
    case stop
  }

  public enum Console: Hashable, Sendable {
    case stdio
    case none
    case pty
    case file(String)
    case tcp(UInt16)
  }

  // What boots
  /// A program without header, loaded at 0x80000 and entered at EL2, instead of a kernel.
  public var program: String?
  public var xen: String?
  public var kernel: String?
  public var initrd: String?
  public var dtb: String?
  public var xenArguments: String?
  public var kernelArguments: String?
  /// Where a file is to lie, if the person has said so.
  public var xenAddress: UInt64?
  public var kernelAddress: UInt64?
  public var initrdAddress: UInt64?
  public var dtbAddress: UInt64?
  public var programAddress: UInt64?
  /// Device-tree nodes, by path or alias, that the guest is to see as disabled.
  public var disabledNodes: [String] = []

  // The board
  public var ramBytes: UInt64 = 2 << 30
  public var stepping = Stepping.c0
  public var seed: UInt64 = 0
  public var engine = ExecutionEngine.hostCode
  public var serial = Serial.mini
  public var pacesUART = false
  public var aliasPolicy = DMAPort.AliasPolicy.board
  public var dmaRanges = DMARanges.firmware
  /// What every byte of memory holds at power-on, if not zero.
  public var ramPoison: UInt8?

  // The SD card
  /// Its image; nil for an empty slot.
  public var cardImage: String?
  /// Whether what the guest writes goes to the image, and not to memory.
  public var persistsCard = false
  public var isCardReadOnly = false
  /// When the card is pulled, in ns of the guest's time.
  public var cardRemovalTime: UInt64?

  /// The machine files that some of it came from.
  public var machineFiles: [String] = []

  // The session
  public var console = Console.stdio
  public var plan = SessionPlan()
  public var report: String?
  public var log: String?
  public var isQuiet = false

  // What is looked at
  /// Events to record, as they were written; the file that takes them.
  public var tracedEvents: [String] = []
  public var trace: String?
  /// Symbol files, each as `[SCOPE=]FILE[@OFFSET]`.
  public var symbols: [String] = []
  /// The file that takes which code ran.
  public var coverage: String?
  /// Questions to be answered at the end of the run.
  public var inspections: [String] = []
  /// Events that end the run.
  public var stoppingEvents: [String] = []
  /// What becomes of wrong transfers, and of single rules: `RULE=MODE`.
  public var dmaCheck = DMACheck.off
  public var dmaRules: [String] = []

  // A debugger
  /// Where one may connect.
  public var debugger: DebuggerPlace?
  /// Whether the machine waits for it.
  public var waitsForDebugger = false

  public struct DebuggerPlace: Hashable, Sendable {
    public var host = "127.0.0.1"
    public var port: UInt16
  }

  public init() {}

  /// The kernel's command line: what was given, or what shows the boot on the console that was chosen.
  public var effectiveKernelArguments: String {
    if let kernelArguments { return kernelArguments }
    if xen != nil { return "console=hvc0 earlycon=xen rdinit=/init" }
    switch serial {
    case .mini: return "console=ttyS1,115200 earlycon=uart8250,mmio32,0xfe215040 rdinit=/init"
    case .pl011: return "console=ttyAMA0,115200 earlycon=pl011,mmio32,0xfe201000 rdinit=/init"
    }
  }

  /// Xen's command line: what was given, or one that shows the boot and gives Dom0 512 MiB.
  public var effectiveXenArguments: String {
    if let xenArguments { return xenArguments }
    let port = serial == .mini ? "serial1" : "serial0"
    return "console=dtuart dtuart=\(port) dom0_mem=512M sync_console"
  }

  /// Checks what only shows when everything is known.
  public func validate() throws(BadInput) {
    if let program, let other = xen ?? kernel ?? initrd {
      throw BadInput(
        "--program", "\(program) and \(other) cannot both be what boots",
        remedy: "pass --program alone, or --kernel with --xen and --initrd")
    }
    if program == nil {
      guard let kernel else {
        throw BadInput(
          "--kernel", "no kernel was given",
          remedy: "pass --kernel FILE, with --xen FILE for a kernel that is to be Dom0; "
            + "scripts/fetch-images gets both")
      }
      guard dtb != nil else {
        throw BadInput(
          "--dtb", "no device tree was given",
          remedy: "pass --dtb FILE: bcm2711-rpi-4-b.dtb of the package that \(kernel) came from")
      }
    }
    for (name, file, address) in [
      ("xen", xen, xenAddress), ("kernel", kernel, kernelAddress), ("initrd", initrd, initrdAddress),
      ("dtb", dtb, dtbAddress), ("program", program, programAddress),
    ] where address != nil && file == nil {
      throw BadInput(
        "--\(name)-at", "there is no file to put there", remedy: "pass --\(name) FILE, or leave it out")
    }
    if xen == nil, xenArguments != nil {
      throw BadInput(
        "--xen-args", "there is no Xen to give them to", remedy: "pass --xen FILE, or leave them out")
    }
    if let event = tracedEvents.first, trace == nil {
      throw BadInput("--trace \(event)", "there is no file to record in", remedy: "add --trace-to FILE")
    }
    if let trace, tracedEvents.isEmpty {
      throw BadInput(
        "--trace-to \(trace)", "nothing was chosen to be recorded",
        remedy: "add --trace EVENT, such as --trace hypervisor (tayberry help events)")
    }
    if cardImage == nil {
      for (name, isGiven) in [
        ("--sd-persist", persistsCard), ("--sd-read-only", isCardReadOnly),
        ("--sd-remove-at", cardRemovalTime != nil),
      ] where isGiven {
        throw BadInput(name, "there is no SD card", remedy: "pass --sd FILE, or leave it out")
      }
    }
    if persistsCard, isCardReadOnly {
      throw BadInput(
        "--sd-persist", "nothing is written to a read-only card", remedy: "leave out one of the two")
    }
    if waitsForDebugger, debugger == nil {
      throw BadInput("--gdb-wait", "no debugger can come", remedy: "add --gdb PORT")
    }
    if stepping == .b0, ramBytes == 8 << 30 {
      throw BadInput(
        "--stepping b0", "no board with 8 GiB has a BCM2711 B0", remedy: "use --stepping c0, or --ram 4G")
    }
  }
}
