import CPU
import Devices
import Fabric
import MMU
import Machine

/// Looks at every transfer of every master but the cores, and says which are wrong, and why.
///
/// It changes nothing that a guest could see. What is known of a transfer: the master and its windows, the
/// address as programmed, who stored the last address in the master's registers, that guest's stage-2 tables,
/// and the device tree's dma-ranges.
public final class DMASanitizer: BusObserver {
  public let plan: DMACheckPlan
  /// Each broken rule once for a master, a place in the program and a reason; the first ones.
  public private(set) var findings: [DMAFinding] = []
  /// A rule was broken as it was not before; the machine stands in the middle of the access.
  public var onFinding: ((DMAFinding) -> Void)?
  /// From now on findings of rules that are only reported are dropped: there are too many. Heard once.
  public var onLimit: ((_ count: Int) -> Void)?

  let board: RaspberryPi4
  /// Whether a device tree tells the guest about windows.
  let hasTree: Bool
  /// What memory holds that nobody has written, if that can be told.
  let poison: UInt8?
  private var kinds: [ObjectIdentifier: MasterKind] = [:]
  private var logs: [String: MasterLog] = [:]
  private var known: [DMAFinding.Key: Int] = [:]
  private let protected: [(range: Range<UInt64>, name: String)]
  static let limit = 256
  private var isFull = false
  /// Searches of a whole stage 2 that are left: a guest that is not mapped one to one must not slow the run
  /// without bound by endless transfers. Without them its pages are not judged.
  private var searchesLeft = 1024
  private var unmapped: UnmappedWindows?
  let busy = BusyMemory()
  var caches: CacheRules?

  public init(machine: BoardMachine, plan: DMACheckPlan) {
    board = machine.board
    hasTree = machine.deviceTree != nil
    self.plan = plan
    poison = machine.board.configuration.ramPoison
    protected = [
      (0..<Armstub.reservedSize, "the boot stub, where cores wait and EL3 runs"),
      (BoardIdentity.Memory.videoCoreSplit..<0x4000_0000, "VideoCore's memory"),
    ]
    for device in board.devices {
      switch device.name {
      case "dma": kinds[ObjectIdentifier(device)] = .dma
      case "emmc2": kinds[ObjectIdentifier(device)] = .emmc2
      case "mailbox": kinds[ObjectIdentifier(device)] = .mailbox
      default: break
      }
    }
    if !plan.isEmpty { board.bus.attach(self) }
    watchMemory()
    if plan[.unmappedIPA] != .off { unmapped = UnmappedWindows(self, TreeWindows(machine.deviceTree)) }
  }

  /// The run is over.
  public func finish() { unmapped?.finish() }

  // MARK: Registers

  public func device(_ device: any Device, at offset: UInt64, didRead value: UInt64, _ access: BusAccess) {}

  public func device(_ device: any Device, at offset: UInt64, willWrite value: UInt64, _ access: BusAccess) {
    guard let kind = kinds[ObjectIdentifier(device)], let (name, isAddress) = kind.master(at: offset) else {
      return
    }
    let register = device.registerName(at: offset & ~3) ?? offset.hex(3)
    let store = store(of: register, value, access)
    log(of: name).note(store, isAddress: isAddress)
    // CONBLK_AD takes addresses of 32 bytes only (4.2.1.2), ADMA2's table of 4 (SDHCI 3.00, 1.13.4).
    let alignment: UInt64 = kind == .emmc2 ? 4 : 32
    let isPointer: Bool
    switch kind {
    case .dma: isPointer = offset & 0xff == 4 && offset < 0xb00
    // A store of its upper half does not reach the bits that alignment is about.
    case .emmc2: isPointer = offset == 0x58
    case .mailbox: isPointer = false
    }
    if isPointer && value & (alignment - 1) != 0 {
      var finding = finding(.descriptor, name, "is given a list at bus address \(value.hex(8))")
      finding.facts.append(("wrong", "it has to be a multiple of \(alignment)"))
      add(finding, note: "alignment")
    }
  }

  func store(of register: String, _ value: UInt64, _ access: BusAccess) -> MasterStore {
    let index = Int(access.initiator.index)
    let now = board.time.now
    guard access.initiator.kind == .core, board.cluster.cores.indices.contains(index) else {
      return MasterStore(
        register: register, value: value, time: now, core: nil, level: 0, vmid: 0, pc: 0, vttbr: 0)
    }
    let core = board.cluster.cores[index]
    let level = UInt8(truncatingIfNeeded: core.currentEL)
    // HCR_EL2.VM (D13.2.48).
    let isGuest = level < 2 && core.stored(.hcrEL2) & 1 != 0
    return MasterStore(
      register: register, value: value, time: now, core: index, level: level, vmid: isGuest ? core.vmid : 0,
      pc: core.programCounter, vttbr: isGuest ? core.stored(.vttbrEL2) : 0)
  }

  func log(of name: String) -> MasterLog {
    if let log = logs[name] { return log }
    let log = MasterLog()
    logs[name] = log
    return log
  }

  // MARK: Transfers

  public func master(willMake transfer: DMATransfer) {
    guard transfer.count > 0 else { return }
    if let physical = transfer.physical {
      let range = physical..<physical &+ UInt64(clamping: transfer.count)
      busy.progress(transfer.port.name, range, isWrite: transfer.isWrite)
    }
    guard checkAddress(transfer), let physical = transfer.physical, transfer.window?.kind != .peripherals
    else { return }
    caches?.transfer(transfer, physical)
    // What is found first says most: a descriptor out of a wrong page is wrong, too.
    guard checkProtection(transfer, physical), checkOwner(transfer, physical) else { return }
    if transfer.role == .descriptor {
      checkDescriptor(transfer)
    } else {
      checkContents(transfer, physical)
    }
  }

  /// Whether memory that only EL2 or the firmware may write stays as it is.
  private func checkProtection(_ transfer: DMATransfer, _ physical: UInt64) -> Bool {
    guard transfer.isWrite, transfer.port.name != "videocore", plan[.protectedWrite] != .off else {
      return true
    }
    let range = physical..<physical &+ UInt64(clamping: transfer.count)
    guard let place = protectedPlace(range) else { return true }
    var finding = finding(.protectedWrite, transfer)
    finding.facts.append(("reaches", "physical \(physical.hex()): \(place)"))
    add(finding, note: place)
    return false
  }

  private func protectedPlace(_ range: Range<UInt64>) -> String? {
    for place in protected where place.range.overlaps(range) { return place.name }
    func holds(_ address: UInt64, _ size: UInt64) -> Bool {
      address != 0 && (address & ~(size - 1)..<(address & ~(size - 1)) + size).overlaps(range)
    }
    for core in board.cluster.cores {
      let vttbr = core.stored(.vttbrEL2) & 0x0000_ffff_ffff_fffe
      if core.stored(.hcrEL2) & 1 != 0, holds(vttbr, 4096) { return "the stage-2 table in VTTBR_EL2" }
      let ttbr = core.stored(.ttbr0EL1, level: 2) & 0x0000_ffff_ffff_fffe
      if core.stored(.sctlrEL1, level: 2) & 1 != 0 {
        if holds(ttbr, 4096) { return "the hypervisor's translation table in TTBR0_EL2" }
        if let vectors = vectors(core), holds(vectors, 2048) { return "the hypervisor's exception vectors" }
      }
    }
    return nil
  }

  private func vectors(_ core: Core) -> UInt64? {
    try? core.translate(core.stored(.vbarEL1, level: 2), level: 2).get()
  }

  /// Whether it is the memory of the guest that programmed the transfer, as far as that can be told.
  private func checkOwner(_ transfer: DMATransfer, _ physical: UInt64) -> Bool {
    let log = log(of: transfer.port.name)
    guard let store = log.programmedBy, store.vttbr != 0, let index = store.core else { return true }
    let core = board.cluster.cores[index]
    core.prepareWalks()
    let end = physical &+ UInt64(clamping: transfer.count)
    var page = physical & ~0xfff
    while page < end {
      defer { page &+= 0x1000 }
      let output = core.unit.stageTwoOutput(of: page, vttbr: store.vttbr)
      if output == page {
        remember(page, log)
        continue
      }
      guard searchesLeft > 0 else { return true }
      searchesLeft -= 1
      let map = core.unit.stageTwoMap(vttbr: store.vttbr)
      if map.isIncomplete || !map.ipas(of: page).isEmpty {
        remember(page, log)
        continue
      }
      let rule: DMARule
      if log.goodPages.contains(page) {
        rule = .useAfterUnmap
      } else {
        rule = output == nil ? .foreignOwner : .addressIsIPA
      }
      var finding = finding(rule, transfer)
      finding.facts.append(("reaches", "physical page \(page.hex()), which VMID \(store.vmid) does not map"))
      if let output {
        finding.facts.append(
          ("its own", "IPA \(page.hex()) of VMID \(store.vmid) is physical \(output.hex())"))
      }
      finding.facts += others(than: store, map: page, core)
      let without = physical &- 0xc000_0000
      if transfer.address == physical, board.ram.isRAM(without),
        core.unit.stageTwoOutput(of: without & ~0xfff, vttbr: store.vttbr) == without & ~0xfff
      {
        finding.facts.append(("or", "physical \(without.hex()) and an offset that this master does not have"))
      }
      add(finding, note: rule == .useAfterUnmap ? page.hex() : "")
      return false
    }
    return true
  }

  private func remember(_ page: UInt64, _ log: MasterLog) {
    if log.goodPages.count < MasterLog.pageLimit { log.goodPages.insert(page) }
  }

  /// Which other guests, that a core has loaded or that programmed a master, map the page.
  private func others(than store: MasterStore, map page: UInt64, _ core: Core) -> [(
    label: String, text: String
  )] {
    var roots = board.cluster.cores.map { $0.stored(.vttbrEL2) }
    for name in logs.keys.sorted() { if let vttbr = logs[name]?.programmedBy?.vttbr { roots.append(vttbr) } }
    var seen: Set<UInt64> = [0, store.vttbr]
    var lines: [(label: String, text: String)] = []
    for vttbr in roots where vttbr & 0x0000_ffff_ffff_fffe != 0 && seen.insert(vttbr).inserted {
      for entry in core.unit.stageTwoMap(vttbr: vttbr).ipas(of: page).prefix(1) {
        lines.append(("owner", "VMID \(vttbr >> 48 & 0xff) maps it at IPA \(entry.ipa.hex())"))
      }
    }
    return lines
  }

  /// Whether what is read has ever been written.
  private func checkContents(_ transfer: DMATransfer, _ physical: UInt64) {
    guard let poison, !transfer.isWrite, transfer.role == .data, transfer.count >= 16,
      plan[.uninitialised] != .off,
      let bytes = board.ram.bytes(at: physical, count: transfer.count), bytes.allSatisfy({ $0 == poison })
    else { return }
    var finding = finding(.uninitialised, transfer)
    finding.facts.append(
      ("reads", "\(transfer.count) bytes of \(poison.hex(2)) at physical \(physical.hex())"))
    add(finding, note: "")
  }

  // MARK: Findings

  func finding(_ rule: DMARule, _ transfer: DMATransfer) -> DMAFinding {
    let what =
      transfer.role == .descriptor ? "a descriptor of \(transfer.count) bytes" : "\(transfer.count) bytes"
    return finding(
      rule, transfer.port.name,
      "\(transfer.isWrite ? "writes" : "reads") \(what) at bus address \(transfer.address.hex(8))")
  }

  func finding(_ rule: DMARule, _ master: String, _ what: String) -> DMAFinding {
    let log = log(of: master)
    var finding = DMAFinding(rule: rule, time: board.time.now, master: master, what: what)
    finding.programmedBy = log.programmedBy
    finding.history = log.history
    return finding
  }

  /// Counts a finding that was there before, or for which there is no room any more: what a core does over
  /// and over must not be described each time.
  func repeats(_ rule: DMARule, _ master: String, pc: UInt64, note: String) -> Bool {
    if let index = known[DMAFinding.Key(rule: rule, master: master, pc: pc, note: note)] {
      findings[index].count &+= 1
      return true
    }
    return !hasRoom(rule)
  }

  /// A rule that ends the run is heard however many findings others have had: it has as much room of its own.
  private func hasRoom(_ rule: DMARule) -> Bool {
    if findings.count < (plan[rule] == .stop ? 2 * Self.limit : Self.limit) { return true }
    if !isFull {
      isFull = true
      onLimit?(findings.count)
    }
    return false
  }

  /// - Parameter note: what tells findings of one rule, master and place apart.
  func add(_ finding: DMAFinding, note: String) {
    guard plan[finding.rule] != .off else { return }
    let key = DMAFinding.Key(
      rule: finding.rule, master: finding.master, pc: (finding.accessedBy ?? finding.programmedBy)?.pc ?? 0,
      note: note)
    if let index = known[key] {
      findings[index].count &+= 1
      return
    }
    guard hasRoom(finding.rule) else { return }
    known[key] = findings.count
    findings.append(finding)
    onFinding?(finding)
  }
}
