/// Why a text selects no events.
public struct EventSelectionError: Error, Equatable, Sendable {
  /// The part of the text that is wrong.
  public var place: String
  public var problem: String
  public var remedy: String
}

/// A kind of event and what must hold of it: `s2-fault:vmid=1,ipa=0xfe201000-0xfe201fff,access=write`.
public struct EventFilter: Sendable, Equatable {
  public var kind: EventKind
  public var core: Int?
  public var vmid: UInt16?
  /// Exception level that the event comes from.
  public var level: Int?
  /// PC, VA and IPA or PA.
  public var pc: ClosedRange<UInt64>?
  public var address: ClosedRange<UInt64>?
  public var physical: ClosedRange<UInt64>?
  public var access: Access?
  /// Level of the walk at which it failed.
  public var walkLevel: Int?
  /// ESR_ELx.EC.
  public var exceptionClass: UInt64?
  /// Of a call, or an interrupt.
  public var number: UInt64?
  /// Of a call, a device, or a register; part of a console line.
  public var name: String?
  public var register: String?

  public enum Access: String, Sendable, CaseIterable { case read, write, execute }

  public init(_ kind: EventKind) { self.kind = kind }

  /// What an event offers to be compared.
  public struct Facts {
    public var core = 0
    public var vmid: UInt16 = 0
    public var level = 0
    public var pc: UInt64 = 0
    public var address: UInt64?
    public var physical: UInt64?
    public var access: Access?
    public var walkLevel: Int?
    public var exceptionClass: UInt64?
    public var number: UInt64?

    public init() {}
  }

  /// Whether the event agrees. `names` gives what it may be called, and is only asked if a name is wanted.
  public func matches(_ facts: Facts, names: () -> (name: [String], register: String?)) -> Bool {
    if let core, core != facts.core { return false }
    if let vmid, vmid != facts.vmid { return false }
    if let level, level != facts.level { return false }
    if let pc, !pc.contains(facts.pc) { return false }
    if let address { guard let known = facts.address, address.contains(known) else { return false } }
    if let physical { guard let known = facts.physical, physical.contains(known) else { return false } }
    if let access, access != facts.access { return false }
    if let walkLevel, walkLevel != facts.walkLevel { return false }
    if let exceptionClass, exceptionClass != facts.exceptionClass { return false }
    if let number, number != facts.number { return false }
    guard name != nil || register != nil else { return true }
    let known = names()
    if let name {
      let isKnown = kind == .console ? known.name.contains { $0.contains(name) } : known.name.contains(name)
      if !isKnown { return false }
    }
    if let register, register != known.register { return false }
    return true
  }
}

// MARK: Text

extension EventFilter {
  /// Reads `kind` or `kind:key=value,…`.
  public init(_ text: String) throws(EventSelectionError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let word = parts.first.map(String.init) ?? ""
    guard let kind = EventKind(name: word) else {
      throw EventSelectionError(
        place: word, problem: "is no event",
        remedy: "choose of \(EventKind.names.joined(separator: ", ")), hypervisor")
    }
    self.init(kind)
    guard parts.count == 2 else { return }
    for condition in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
      try add(String(condition))
    }
  }

  private mutating func add(_ condition: String) throws(EventSelectionError) {
    let sides = condition.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard sides.count == 2, !sides[1].isEmpty else {
      throw EventSelectionError(
        place: condition, problem: "is no condition", remedy: "write KEY=VALUE, such as vmid=1")
    }
    let value = sides[1]
    switch sides[0] {
    case "core": core = Int(try Self.number(value, upTo: 3))
    case "vmid": vmid = UInt16(try Self.number(value, upTo: 255))
    case "el": level = Int(try Self.number(value, upTo: 3))
    case "level": walkLevel = Int(try Self.number(value, upTo: 3))
    case "class": exceptionClass = try Self.number(value, upTo: 63)
    case "number": number = try Self.number(value, upTo: .max)
    case "pc": pc = try Self.range(value)
    case "va": address = try Self.range(value)
    case "ipa", "pa": physical = try Self.range(value)
    case "name", "device", "text": name = value
    case "register": register = value
    case "access":
      guard let access = Access(rawValue: value) else {
        throw EventSelectionError(place: condition, problem: "is no access", remedy: "use read, write or execute")
      }
      self.access = access
    default:
      throw EventSelectionError(
        place: condition, problem: "\"\(sides[0])\" is no key",
        remedy: "use core, vmid, el, pc, va, ipa, pa, access, level, class, number, name, device, register or text")
    }
  }

  private static func number(_ text: String, upTo limit: UInt64) throws(EventSelectionError) -> UInt64 {
    let value = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    guard let value, value <= limit else {
      let bound = limit == .max ? "a number" : "a number up to \(limit)"
      throw EventSelectionError(place: text, problem: "is not \(bound)", remedy: "write it decimal or as 0x…")
    }
    return value
  }

  /// `A`, which stands for itself, or `A-B`, both included.
  private static func range(_ text: String) throws(EventSelectionError) -> ClosedRange<UInt64> {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard ends.count <= 2, let first = ends.first, let last = ends.last else {
      throw EventSelectionError(place: text, problem: "is no range", remedy: "write FIRST-LAST")
    }
    let low = try number(first, upTo: .max), high = try number(last, upTo: .max)
    guard low <= high else {
      throw EventSelectionError(place: text, problem: "ends before it begins", remedy: "write FIRST-LAST")
    }
    return low...high
  }
}

/// The events that somebody asked for.
public struct EventSelection: Sendable, Equatable {
  public private(set) var filters: [EventFilter] = []
  private var kinds: UInt32 = 0

  public init() {}
  public var isEmpty: Bool { filters.isEmpty }

  /// Adds a filter, or the group `hypervisor`.
  public mutating func add(_ text: String) throws(EventSelectionError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.first == "hypervisor" {
      for kind in EventKind.hypervisor {
        let rest = parts.count == 2 ? ":" + parts[1] : ""
        add(try EventFilter(kind.name + rest))
      }
    } else {
      add(try EventFilter(text))
    }
  }

  public mutating func add(_ filter: EventFilter) {
    filters.append(filter)
    kinds |= filter.kind.bit
  }

  /// Whether any filter is for the kind.
  @inline(__always)
  func wants(_ kind: EventKind) -> Bool { kinds & kind.bit != 0 }

  func matches(
    _ kind: EventKind, _ facts: EventFilter.Facts, names: () -> (name: [String], register: String?)
  ) -> Bool {
    guard wants(kind) else { return false }
    return filters.contains { $0.kind == kind && $0.matches(facts, names: names) }
  }
}
