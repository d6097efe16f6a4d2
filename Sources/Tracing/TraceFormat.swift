import CPU
import MMU
import XenNames

/// Names for what a trace has numbers for; nil where nothing is known.
public protocol TraceNames: AnyObject {
  /// `do_trap_guest_sync+0x1c` for an address of an Exception level.
  func symbol(_ address: UInt64, level: Int, vmid: UInt16) -> String?
  /// The function that begins at an address.
  func function(_ address: UInt64, level: Int) -> String?
  /// `d0`.
  func domain(of vmid: UInt16) -> String?
  /// The device-tree node whose registers are at an address: `/soc/aux@7e215000`.
  func node(at address: UInt64) -> String?
  /// What lies at a physical or intermediate physical address: `gic.distributor GICD_CTLR`, `RAM`, `nothing`.
  func place(_ address: UInt64, vmid: UInt16) -> String?
}

/// One event as a line of the trace (docs/trace-format.md).
struct TraceFormat {
  /// Changes when a reader of older traces would misread a newer one.
  static let schema = "tayberry.trace/1"

  private let names: (any TraceNames)?

  init(names: (any TraceNames)?) { self.names = names }

  func write(_ event: TraceEvent, to line: inout JSONLine) {
    line.open()
    line.number("n", event.number)
    line.number("time", event.time)
    line.string("event", event.kind.name)
    switch event.kind {
    case .console, .dma: break
    case .stageTwoMap:
      line.number("vmid", event.vmid)
      if let domain = names?.domain(of: event.vmid) { line.string("domain", domain) }
    default: writePlace(event, &line)
    }
    writeDetail(event, &line)
    line.close()
    line.endLine()
  }

  private func writePlace(_ event: TraceEvent, _ line: inout JSONLine) {
    line.number("core", event.core)
    line.number("instructions", event.instructions)
    line.number("el", event.level)
    line.number("vmid", event.vmid)
    if let domain = names?.domain(of: event.vmid) { line.string("domain", domain) }
    line.number("vcpu", event.vcpu)
    line.hexadecimal("pc", event.pc)
    symbol("symbol", event.pc, event, &line)
  }

  private func symbol(_ key: StaticString, _ address: UInt64, _ event: TraceEvent, _ line: inout JSONLine) {
    symbol(key, address, level: Int(event.level), event, &line)
  }

  private func symbol(
    _ key: StaticString, _ address: UInt64, level: Int, _ event: TraceEvent, _ line: inout JSONLine
  ) {
    if let name = names?.symbol(address, level: level, vmid: event.vmid) { line.string(key, name) }
  }

  // MARK: Details

  private func writeDetail(_ event: TraceEvent, _ line: inout JSONLine) {
    switch event.detail {
    case .fault(let fault): write(fault, event, &line)
    case .faultEnd(let number, let outcome, let path):
      write(outcome, of: number, event, &line)
      write(path: path, &line)
    case .trap(let syndrome, let address):
      write(syndrome: syndrome, &line)
      if let address { line.hexadecimal("far", address) }
    case .call(let call): write(call, event, &line)
    case .callEnd(let end): write(end, &line)
    case .worldSwitch(let old, let new):
      if let old { write("from", old, &line) }
      write("to", new, &line)
    case .exception(let kind, let target, let syndrome, let address, let isVirtual):
      line.string("kind", Self.name(kind, isVirtual))
      line.number("to", target)
      if kind == .synchronous || kind == .sError { write(syndrome: syndrome, &line) }
      if let address { line.hexadecimal("far", address) }
    case .exceptionReturn(let target, let address):
      line.number("to", target)
      line.hexadecimal("address", address)
      symbol("target", address, level: Int(target), event, &line)
    case .interrupt(let target, let isFIQ):
      line.number("to", target)
      if isFIQ { line.flag("fiq", true) }
    case .wait(let forEvent): if forEvent { line.flag("wfe", true) }
    case .acknowledge(let isVirtual, let interrupt):
      line.number("interrupt", interrupt)
      line.flag("virtual", isVirtual)
    case .listRegister(let number, let value): write(listRegister: number, value, &line)
    case .invalidation(let encoding, let operand):
      line.string("operation", SyndromeText.systemName(encoding))
      line.hexadecimal("operand", operand)
    case .control(let old, let new): write(control: event.kind, old, new, &line)
    case .map(let map): write(map, &line)
    case .access(let access): write(access, &line)
    case .transfer(let transfer): write(transfer, &line)
    case .line(let text): line.string("text", text)
    }
  }

  private static func name(_ kind: TakenException.Kind, _ isVirtual: Bool) -> String {
    let name: String
    switch kind {
    case .synchronous: name = "synchronous"
    case .irq: name = "irq"
    case .fiq: name = "fiq"
    case .sError: name = "serror"
    }
    return isVirtual ? "virtual " + name : name
  }

  private func write(syndrome: UInt64, _ line: inout JSONLine) {
    line.hexadecimal("esr", syndrome)
    line.string("meaning", SyndromeText.text(syndrome))
  }

  private func write(_ key: StaticString, _ guest: TraceEvent.VirtualCPU, _ line: inout JSONLine) {
    line.open(key)
    line.number("vmid", guest.vmid)
    if let domain = names?.domain(of: guest.vmid) { line.string("domain", domain) }
    line.number("vcpu", guest.vcpu)
    line.close()
  }

  // MARK: Faults

  private func write(_ fault: TraceEvent.Fault, _ event: TraceEvent, _ line: inout JSONLine) {
    line.hexadecimal("va", fault.address)
    if let ipa = fault.ipa {
      line.hexadecimal("ipa", ipa)
      if let place = names?.place(ipa, vmid: event.vmid) { line.string("at", place) }
      if let node = names?.node(at: ipa) { line.string("node", node) }
    }
    line.string("access", fault.access.rawValue)
    if !fault.isFetch && fault.syndrome & 1 << 24 != 0 { line.number("size", UInt64(1) << (fault.syndrome >> 22 & 3)) }
    line.number("to", fault.target)
    write(syndrome: fault.syndrome, &line)
    if let word = fault.instruction {
      line.string("instruction", Disassembler.text(word: word, address: event.pc) ?? "undefined")
    }
    guard let walk = fault.walk else { return }
    write(walk, &line)
  }

  private func write(_ walk: WalkExplanation, _ line: inout JSONLine) {
    line.openArray("stage1")
    for (number, step) in walk.steps.filter({ $0.stage == 1 }).enumerated() {
      line.open()
      write(step, &line)
      if number < walk.nested.count, !walk.nested[number].isEmpty {
        line.openArray("stage2")
        for step in walk.nested[number] { writeAlone(step, &line) }
        line.closeArray()
      }
      line.close()
    }
    line.closeArray()
    line.openArray("stage2")
    for step in walk.steps where step.stage == 2 { writeAlone(step, &line) }
    line.closeArray()
  }

  private func writeAlone(_ step: WalkStep, _ line: inout JSONLine) {
    line.open()
    write(step, &line)
    line.close()
  }

  private func write(_ step: WalkStep, _ line: inout JSONLine) {
    line.number("level", step.level)
    line.hexadecimal("address", step.address)
    if step.stage == 1, let physical = step.physical, physical != step.address {
      line.hexadecimal("physical", physical)
    }
    line.hexadecimal("descriptor", step.value)
    switch step.meaning {
    case .table(let next):
      line.string("is", "table")
      line.hexadecimal("next", next)
    case .leaf(let output, let bits):
      line.string("is", step.level == 3 ? "page" : "block")
      line.hexadecimal("output", output)
      line.number("bits", bits)
      line.string("rights", DescriptorText.rights(step.value, stage: step.stage))
    case .invalid: line.string("is", "invalid")
    case .unreadable: line.string("is", "unreadable")
    }
  }

  private func write(
    _ outcome: TraceEvent.Outcome, of number: UInt64?, _ event: TraceEvent, _ line: inout JSONLine
  ) {
    if let number { line.number("of", number) }
    switch outcome {
    case .mapped: line.string("outcome", "mapped")
    case .retried: line.string("outcome", "retried")
    case .emulated(let value):
      line.string("outcome", "emulated")
      if let value { line.hexadecimal("value", value) }
    case .injected(let syndrome):
      line.string("outcome", "injected")
      write(syndrome: syndrome, &line)
    case .moved: line.string("outcome", "moved")
    }
  }

  /// The functions of EL2 that the handling came through, in the order in which they were entered.
  private func write(path: [UInt64], _ line: inout JSONLine) {
    let functions = path.compactMap { names?.function($0, level: 2) }
    guard !functions.isEmpty else { return }
    line.openArray("functions")
    for name in functions { line.string(nil, name) }
    line.closeArray()
  }

  // MARK: Calls

  private func write(_ call: TraceEvent.Call, _ event: TraceEvent, _ line: inout JSONLine) {
    if event.kind != .hypercall { line.number("immediate", call.immediate) }
    if event.kind == .hypercall {
      line.number("number", call.number)
    } else {
      line.hexadecimal("function", call.number)
    }
    if let words = call.words {
      line.string("name", words.name)
      if let operation = words.operation { line.string("operation", operation) }
    }
    line.openArray("arguments")
    for value in call.argumentList { line.hexadecimal(nil, value) }
    line.closeArray()
    guard let words = call.words else { return }
    write("decoded", words.fields, &line)
    if let note = words.note { line.string("note", note) }
  }

  private func write(_ end: TraceEvent.CallEnd, _ line: inout JSONLine) {
    if let event = end.event { line.number("of", event) }
    line.number("number", end.number)
    line.string("name", XenInterface.name(of: end.number))
    if end.isContinued {
      line.flag("continued", true)
    } else {
      line.hexadecimal("result", end.result)
      line.string("meaning", end.meaning)
      write("outputs", end.outputs, &line)
    }
  }

  private func write(_ key: StaticString, _ fields: [CallField], _ line: inout JSONLine) {
    guard !fields.isEmpty else { return }
    line.open(key)
    for field in fields { line.string(named: field.name, field.value) }
    line.close()
  }

  // MARK: Controls and devices

  private func write(listRegister number: Int, _ value: UInt32, _ line: inout JSONLine) {
    // GICH_LRn (IHI 0048B, 5.3.10).
    line.number("register", number)
    line.hexadecimal("value", UInt64(value))
    line.string("state", ["invalid", "pending", "active", "pending and active"][Int(value >> 28 & 3)])
    line.number("interrupt", value & 0x3ff)
    line.number("priority", (value >> 23 & 0x1f) << 3)
    if value >> 31 != 0 { line.number("physical", value >> 10 & 0x3ff) }
  }

  private func write(control kind: EventKind, _ old: UInt64, _ new: UInt64, _ line: inout JSONLine) {
    line.hexadecimal("old", old)
    line.hexadecimal("new", new)
    guard kind == .hcr else {
      line.number("newVmid", new >> 48 & 0xff)
      return
    }
    line.openArray("set")
    for (bit, name) in SyndromeText.hcrBits where new & ~old & 1 << bit != 0 { line.string(nil, name) }
    line.closeArray()
    line.openArray("cleared")
    for (bit, name) in SyndromeText.hcrBits where old & ~new & 1 << bit != 0 { line.string(nil, name) }
    line.closeArray()
  }

  private func write(_ map: StageTwoMap, _ line: inout JSONLine) {
    if map.isIncomplete { line.flag("incomplete", true) }
    line.openArray("mappings")
    for mapping in map.mappings {
      line.openArray()
      line.hexadecimal(nil, mapping.ipa)
      line.hexadecimal(nil, mapping.size)
      line.hexadecimal(nil, mapping.physical)
      let rights =
        (mapping.isReadable ? "r" : "-") + (mapping.isWritable ? "w" : "-") + (mapping.isExecutable ? "x" : "-")
      line.string(nil, mapping.isDevice ? rights + "d" : rights)
      line.closeArray()
    }
    line.closeArray()
  }

  private func write(_ access: TraceEvent.Access, _ line: inout JSONLine) {
    line.string("device", access.device)
    if let register = access.register { line.string("register", register) }
    line.hexadecimal("offset", access.offset)
    line.hexadecimal("pa", access.physical)
    line.string("access", access.isWrite ? "write" : "read")
    line.number("size", access.size)
    line.hexadecimal("value", access.value)
  }

  private func write(_ transfer: TraceEvent.Transfer, _ line: inout JSONLine) {
    line.string("master", transfer.master)
    line.hexadecimal("bus", transfer.bus)
    if let physical = transfer.physical { line.hexadecimal("pa", physical) } else { line.flag("refused", true) }
    line.string("access", transfer.isWrite ? "write" : "read")
    line.number("count", transfer.count)
  }
}

/// The attributes of a block or page descriptor in words (Arm DDI 0487, D5.3.3, D5.5).
enum DescriptorText {
  static func rights(_ value: UInt64, stage: UInt8) -> String {
    var words: [String] = []
    func bit(_ number: UInt64) -> Bool { value >> number & 1 != 0 }
    if stage == 2 {
      // S2AP, XN and MemAttr.
      words.append(["no access", "read-only", "write-only", "read-write"][Int(value >> 6 & 3)])
      words.append(bit(54) ? "no execution" : "executable")
      let attributes = value >> 2 & 15
      words.append(attributes & 12 == 0 ? "device" : attributes == 15 ? "normal write-back" : "normal")
    } else {
      // AP[2:1], UXN or XN, PXN and AttrIndx.
      words.append(bit(7) ? "read-only" : "read-write")
      if bit(6) { words.append("EL0 too") }
      if bit(54) { words.append(bit(53) ? "no execution" : "UXN") } else if bit(53) { words.append("PXN") }
      words.append("attribute \(value >> 2 & 7)")
    }
    if !bit(10) { words.append("access flag clear") }
    return words.joined(separator: ", ")
  }
}
