import CPU
import Fabric
import MMU

/// Looks for guests that reach a device window of the device tree which their hypervisor has not mapped: the
/// abort of stage 2 is answered with an abort, or not at all. What the hypervisor emulates, or maps when it
/// is wanted, goes on at the instruction or behind it, and is not wrong. The guest may go on at another core
/// than the one that it came from.
final class UnmappedWindows: CoreObserver {
  /// An abort that the hypervisor has taken.
  private struct Fault {
    var place: MasterStore
    var ipa: UInt64
    var window: TreeWindows.Window
    var what: String
    /// Whether the core works on nothing but the answer, as far as one sees: it has not left EL2 and has not
    /// waited, and no other core has entered the guest.
    var isAlone = true
  }

  private unowned let sanitizer: DMASanitizer
  private let windows: TreeWindows
  /// The last one of each core.
  private var open: [Fault?]
  /// So long does no hypervisor work on an answer, in virtual ns.
  private static let patience: UInt64 = 100_000_000

  init?(_ sanitizer: DMASanitizer, _ windows: TreeWindows) {
    guard !windows.windows.isEmpty else { return nil }
    self.sanitizer = sanitizer
    self.windows = windows
    open = [Fault?](repeating: nil, count: sanitizer.board.cluster.cores.count)
    sanitizer.board.cluster.observe([.exceptions, .returns, .waits], by: self)
  }

  func core(_ core: Core, didTake exception: TakenException) {
    // A lower level's abort, translation fault of any level (Arm DDI 0487, D13.2.37).
    guard exception.target == 2, exception.source < 2, exception.kind == .synchronous else { return }
    let syndrome = exception.syndrome
    let isFetch = syndrome >> 26 == 0x20
    guard isFetch || syndrome >> 26 == 0x24, syndrome & 0x3c == 4 else { return }
    let controls = core.stored(.hcrEL2)
    // HCR_EL2.VM, and not TGE: then it comes from stage 2.
    guard controls & 1 != 0, controls & 1 << 27 == 0 else { return }
    let offset = (exception.faultAddress ?? 0) & 0xfff
    let ipa = core.stored(.hpfarEL2).bits(39, 4) << 12 | offset
    guard let window = windows.window(of: ipa), !sanitizer.board.ram.isRAM(ipa) else { return }
    let place = MasterStore(
      register: "", value: 0, time: sanitizer.board.time.now, core: core.index, level: exception.source,
      vmid: core.vmid, pc: exception.returnAddress, vttbr: core.stored(.vttbrEL2))
    // ISV tells the size (D13.2.37).
    let size = !isFetch && syndrome & 1 << 24 != 0 ? "\(1 << (syndrome >> 22 & 3)) bytes " : ""
    let verb =
      isFetch ? "fetches an instruction" : syndrome & 1 << 6 != 0 ? "writes \(size)" : "reads \(size)"
    let what = (verb.hasSuffix(" ") ? verb : verb + " ") + "at IPA \(ipa.hex())"
    open[core.index] = Fault(place: place, ipa: ipa, window: window, what: what)
  }

  func core(_ core: Core, didReturnFrom source: Int, at address: UInt64) {
    guard source == 2, core.currentEL < 2 else { return }
    let vttbr = core.stored(.vttbrEL2)
    for index in open.indices {
      guard let fault = open[index] else { continue }
      let isItsCore = index == core.index
      guard fault.place.vttbr == vttbr else {
        if isItsCore { open[index]?.isAlone = false }
        continue
      }
      open[index]?.isAlone = false
      if hasAbort(core, of: fault) {
        open[index] = nil
        report(fault, "the hypervisor, with an abort")
      } else if isItsCore || core.programCounter &- fault.place.pc <= 4 {
        open[index] = nil
      }
    }
  }

  /// Whether the core is at EL1's vector for synchronous exceptions, with an abort of the instruction.
  private func hasAbort(_ core: Core, of fault: Fault) -> Bool {
    let vector = core.programCounter &- core.stored(.vbarEL1)
    return core.currentEL == 1 && [0, 0x200, 0x400].contains(vector)
      && [0x20, 0x21, 0x24, 0x25].contains(core.stored(.esrEL1) >> 26)
      && core.stored(.elrEL1) == fault.place.pc
  }

  /// A hypervisor that has nothing to do may wait for another guest's answer, or have given the guest to
  /// another core.
  func core(_ core: Core, waits forEvent: Bool) {
    if core.currentEL == 2 { open[core.index]?.isAlone = false }
  }

  /// At the end of the run.
  func finish() {
    let now = sanitizer.board.time.now
    for fault in open.compactMap({ $0 }) where fault.isAlone {
      // Another core's turn may have ended before the fault.
      if now > fault.place.time, now &- fault.place.time > Self.patience { report(fault, "nobody") }
    }
    open = open.map { _ in nil }
  }

  private func report(_ fault: Fault, _ answer: String) {
    let master = "core \(fault.place.core ?? 0)"
    guard !sanitizer.repeats(.unmappedIPA, master, pc: fault.place.pc, note: fault.window.path),
      drivesDevices(fault.place)
    else { return }
    var finding = DMAFinding(rule: .unmappedIPA, time: fault.place.time, master: master, what: fault.what)
    finding.accessedBy = fault.place
    finding.facts.append(
      (
        "window",
        "\(fault.window.range.lowerBound.hex())...\((fault.window.range.upperBound &- 1).hex()): "
          + "ranges of \(fault.window.path)"
      ))
    finding.facts.append(("answered by", answer))
    sanitizer.add(finding, note: fault.window.path)
  }

  /// Whether the tree's windows are the guest's: its stage 2 maps a device of the board one to one. A guest
  /// without one has another map of addresses.
  private func drivesDevices(_ place: MasterStore) -> Bool {
    guard let index = place.core else { return false }
    let core = sanitizer.board.cluster.cores[index]
    core.prepareWalks()
    return sanitizer.board.bus.mappings.contains { mapping in
      let page = mapping.range.lowerBound & ~0xfff
      return core.unit.stageTwoOutput(of: page, vttbr: place.vttbr) == page
    }
  }
}
