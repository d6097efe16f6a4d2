import CPU

/// An event in one line for a person: why the machine stands still.
struct EventText {
  let names: (any TraceNames)?

  func text(_ event: TraceEvent) -> String {
    switch event.kind {
    case .dma, .console, .stageTwoMap: return "\(event.kind.name): \(what(event))"
    default: return "\(event.kind.name): \(place(event)): \(what(event))"
    }
  }

  private func place(_ event: TraceEvent) -> String {
    var text = "core \(event.core), EL\(event.level)"
    if event.level < 2 && event.vmid != 0 {
      let domain = names?.domain(of: event.vmid) ?? "VMID \(event.vmid)"
      text += " of \(domain) vcpu \(event.vcpu)"
    }
    return text + " at " + address(event.pc, event, level: Int(event.level))
  }

  private func address(_ address: UInt64, _ event: TraceEvent, level: Int) -> String {
    let name = names?.symbol(address, level: level, vmid: event.vmid)
    return "0x" + String(address, radix: 16) + (name.map { " (\($0))" } ?? "")
  }

  private func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  private func what(_ event: TraceEvent) -> String {
    switch event.detail {
    case .fault(let fault): return what(fault, event)
    case .faultEnd(_, let outcome, _): return what(outcome)
    case .trap(let syndrome, _): return SyndromeText.text(syndrome)
    case .call(let call):
      let name = call.words.map { "\($0)" } ?? "function \(hexadecimal(call.number))"
      return event.kind == .hypercall ? name : "\(name), immediate \(call.immediate)"
    case .callEnd(let end):
      return end.isContinued ? "hypercall \(end.number) is continued" : "hypercall \(end.number) gave \(end.meaning)"
    case .worldSwitch(let old, let new):
      let from = old.map { "VMID \($0.vmid) vcpu \($0.vcpu)" } ?? "nobody"
      return "from \(from) to VMID \(new.vmid) vcpu \(new.vcpu)"
    case .exception(_, let target, let syndrome, _, _): return "to EL\(target): \(SyndromeText.text(syndrome))"
    case .exceptionReturn(let target, let place):
      return "to EL\(target) at \(address(place, event, level: Int(target)))"
    case .interrupt(let target, let isFIQ): return "\(isFIQ ? "FIQ" : "IRQ") taken to EL\(target)"
    case .wait(let forEvent): return forEvent ? "WFE" : "WFI"
    case .acknowledge(let isVirtual, let interrupt):
      return "\(isVirtual ? "virtual " : "")interrupt \(interrupt) acknowledged"
    case .listRegister(let number, let value): return "LR\(number) = \(hexadecimal(UInt64(value)))"
    case .invalidation(let encoding, let operand):
      return "\(SyndromeText.systemName(encoding)), \(hexadecimal(operand))"
    case .control(let old, let new): return "\(hexadecimal(old)) becomes \(hexadecimal(new))"
    case .map: return "a stage-2 map"
    case .access(let access):
      let register = access.register.map { " \($0)" } ?? " offset \(hexadecimal(access.offset))"
      let verb = access.isWrite ? "write of \(hexadecimal(access.value)) to" : "read of \(hexadecimal(access.value)) from"
      return "\(verb) \(access.device)\(register)"
    case .transfer(let transfer):
      let target = transfer.physical.map { "PA \(hexadecimal($0))" } ?? "no memory"
      let verb = transfer.isWrite ? "writes" : "reads"
      return "\(transfer.master) \(verb) \(transfer.count) bytes at bus address \(hexadecimal(transfer.bus)), \(target)"
    case .line(let text): return text
    }
  }

  private func what(_ fault: TraceEvent.Fault, _ event: TraceEvent) -> String {
    let status = SyndromeText.name(status: fault.syndrome)
    var text = "\(fault.access.rawValue) of VA \(hexadecimal(fault.address))"
    if let ipa = fault.ipa {
      text += ", IPA \(hexadecimal(ipa))"
      let places = [names?.place(ipa, vmid: event.vmid), names?.node(at: ipa)].compactMap { $0 }
      if !places.isEmpty { text += " (\(places.joined(separator: ", ")))" }
    }
    return "\(text): \(status)\(fault.isOnWalk ? ", on a stage-1 walk" : "")"
  }

  private func what(_ outcome: TraceEvent.Outcome) -> String {
    switch outcome {
    case .mapped: "stage 2 maps it now"
    case .retried: "the guest tries again"
    case .emulated(let value): value.map { "emulated, the load gave \(hexadecimal($0))" } ?? "emulated"
    case .injected(let syndrome): "the guest gets \(SyndromeText.text(syndrome))"
    case .moved: "the guest runs on elsewhere"
    }
  }
}

/// Has the core at which an event happened pause before its next instruction.
public final class EventStopper: EventSink {
  private let cluster: Cluster
  private let text: EventText
  /// The event that made the machine stand still last.
  public private(set) var last: TraceEvent?

  public init(cluster: Cluster, names: (any TraceNames)?) {
    self.cluster = cluster
    text = EventText(names: names)
  }

  public func take(_ event: TraceEvent) {
    last = event
    let index = Int(event.core)
    guard cluster.cores.indices.contains(index) else { return }
    cluster.cores[index].requestPause(.event(text.text(event)))
  }
}

extension EventKind {
  /// Whether the machine can stand still at it: it is something that a core does.
  public var canStop: Bool { self != .console && self != .stageTwoMap }

  /// Whether it may happen in the midst of a block, so that only the interpreter stops right behind it.
  public var isAmidBlocks: Bool {
    switch self {
    case .mmio, .acknowledge, .listRegister, .maintenance, .dma: true
    default: false
    }
  }
}
