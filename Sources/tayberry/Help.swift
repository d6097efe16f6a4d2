import Machine
import Tracing

/// The sentences of `tayberry help`.
enum Help {
  static let overview = """
    Tayberry, a Raspberry Pi 4 in software.

    usage: tayberry run --xen FILE --kernel FILE --initrd FILE --dtb FILE [options]
           tayberry run --kernel FILE --initrd FILE --dtb FILE [options]
           tayberry run --machine FILE
           tayberry explain TRACE         why guests faulted, from a trace of a run
           tayberry trace TRACE           a trace as lines of text
           tayberry report TRACE [...]    a trace as an HTML page, or for Perfetto
           tayberry devices [options]     the parts of the board and their addresses
           tayberry dtb [options]         the device tree that the guest will see
           tayberry help run              all options
           tayberry help events           what can be traced
           tayberry help inspect          what can be asked of a machine that stands still
           tayberry help dma-check        the rules for DMA transfers
           tayberry version

    scripts/fetch-images gets Debian's Xen and Linux; scripts/demo does all of it.
    """

  static func text(for command: String?) -> String {
    switch command {
    case "run": return run
    case "events": return events
    case "inspect": return inspect
    case "dma-check": return DMAChecking.help
    case "explain": return explain
    case "trace": return trace
    case "report": return report
    case "devices": return devices
    case "dtb": return deviceTree
    default: return overview
    }
  }

  private static var run: String {
    """
    usage: tayberry run [options]

    Boots the board and connects its console. Ctrl-A x ends the run, Ctrl-A Ctrl-A types one Ctrl-A.
    \(RunArguments.help)
    Exit codes (docs/exit-codes.md)
      0 passed             4 wall timeout      8 reset
      1 pattern failed     5 guest panic       9 all cores halted
      2 bad input          6 wrong DMA        10 endless message loop
      3 guest timeout      7 not modelled     11 unsupported    12 interrupted
     13 output lost       14 event of --break
    """
  }

  private static var inspect: String {
    let width = 20
    let list = Inspector.commands.map { command in
      let form = command.name + (command.arguments.isEmpty ? "" : " " + command.arguments)
      return "  " + form + String(repeating: " ", count: max(1, width - form.utf8.count)) + command.summary
    }
    return """
      usage: tayberry run … --inspect COMMAND [--inspect COMMAND …]

      Answers on standard error when the run has ended. COMMAND is one of these, with "core N" behind it when
      another core than core 0 is meant; GDB's "monitor" takes the same:

      \(list.joined(separator: "\n"))
      """
  }

  private static var events: String {
    let width = (EventKind.names.map(\.utf8.count).max() ?? 0) + 2
    let list = EventKind.allCases.map { kind in
      "  " + kind.name + String(repeating: " ", count: width - kind.name.utf8.count) + kind.summary
    }
    return """
      usage: tayberry run --trace EVENT [--trace EVENT …] --trace-to FILE [options]
             tayberry run --break EVENT [--break EVENT …] [options]

      EVENT is a kind, or KIND:CONDITION,CONDITION… of which all must hold (docs/tracing.md).

      \(list.joined(separator: "\n"))
        hypervisor     \(EventKind.hypervisor.map(\.name).joined(separator: ", "))

      Conditions
        core=0…3  vmid=N  el=0…3  pc=A-B   on any
        va=A-B  ipa=A-B  pa=A-B            addresses; one alone stands for itself
        access=read|write|execute  level=N of a fault or access; level of the walk
        class=N                            ESR_ELx.EC of a trap or exception
        number=N  name=TEXT                of a call or interrupt
        device=NAME  register=NAME         of mmio; device of dma
        text=TEXT                          part of a console line

      tayberry run … --trace s2-fault:vmid=1,access=write --trace-to faults.jsonl
      """
  }

  private static let explain = """
    usage: tayberry explain TRACE [options]

    Explains what a trace has recorded ('tayberry run … --trace hypervisor --trace-to TRACE'): stage-2 faults with
    their walks, what lies at the IPA and how they ended, hypercalls with their results. Without --number and
    --limit it counts them in a table.

      --number N          the event with this number
      --event NAME        s2-fault (if nothing else is said), hypercall, another event, or all
      --vmid N            only of this VMID
      --ipa FIRST[-LAST]  only stage-2 faults at these intermediate physical addresses
      --limit N           explain the first N
      --verbose           with the walks that found the tables; summaries by register
      --text              the events as lines, as 'tayberry trace' shows them
    """

  private static let trace = """
    usage: tayberry trace TRACE [--event NAME]… [--number N] [--vmid N] [--ipa FIRST[-LAST]] [--limit N]

    Prints a trace as text, a line an event: number, time in s, core, Exception level, virtual CPU, event, details.
    """

  private static let report = """
    usage: tayberry report TRACE [--html FILE] [--perfetto FILE]

    Writes a trace ('tayberry run … --trace hypervisor --trace-to TRACE') in other forms (docs/reports.md).

      --html FILE         one page with timeline, stage-2 faults, exits, calls and maps; it needs no network
      --perfetto FILE     Trace Event Format, for ui.perfetto.dev and chrome://tracing

    Traced with '--trace irq --trace return:el=2 --trace acknowledge' as well, times in EL2 are exact and interrupts
    can be followed.
    """

  private static let devices = """
    usage: tayberry devices [--ram SIZE] [--stepping NAME] [--machine FILE]

    Lists the parts of the board: address range, name, interrupts, and whether it is modelled.
    """

  private static let deviceTree = """
    usage: tayberry dtb --kernel FILE --dtb FILE [--xen FILE] [--initrd FILE] [--out FILE] [options]

    Prints the device tree that the guest will see, with the firmware's changes and the modules' nodes, as
    source; with --out as a blob into FILE. Takes every option of a run (tayberry help run); those that
    change nothing in the tree are left alone.
    """
}
