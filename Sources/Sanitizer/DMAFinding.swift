import Fabric

/// A store to a master's register.
public struct MasterStore: Hashable, Sendable {
  /// As the datasheet calls it.
  public var register: String
  public var value: UInt64
  /// Virtual ns.
  public var time: UInt64
  /// Nil for a store by another master.
  public var core: Int?
  public var level: UInt8
  public var vmid: UInt16
  public var pc: UInt64
  /// VTTBR_EL2 if a stage 2 was between the store and memory, else zero.
  public var vttbr: UInt64
}

/// A rule that was broken, with all that is known of it.
public struct DMAFinding: Sendable {
  public var rule: DMARule
  /// Virtual ns.
  public var time: UInt64
  public var master: String
  /// `writes 512 bytes at bus address 0x37b00000`.
  public var what: String
  /// Further lines: a label, and what it says.
  public var facts: [(label: String, text: String)] = []
  public var programmedBy: MasterStore?
  /// What a core did that is wrong, if it is a core's doing; only the place counts.
  public var accessedBy: MasterStore?
  /// The other stores to the master's registers, the last ones, the oldest first.
  public var history: [MasterStore] = []
  /// How often it came, this one included.
  public var count = 1

  /// What makes two findings the same.
  struct Key: Hashable {
    var rule: DMARule
    var master: String
    var pc: UInt64
    var note: String
  }
}

/// Names for the places in a finding.
public protocol FindingNames: AnyObject {
  func symbol(_ address: UInt64, level: Int, vmid: UInt16) -> String?
  func domain(of vmid: UInt16) -> String?
}

extension DMAFinding {
  public func text(names: (any FindingNames)?) -> String {
    var lines = ["\(rule.rawValue): \(master) \(what)"]
    func add(_ label: String, _ text: String) {
      lines.append("  " + label + String(repeating: " ", count: max(1, 12 - label.utf8.count)) + text)
    }
    add("meaning", rule.sentence)
    for fact in facts { add(fact.label, fact.text) }
    if let access = accessedBy { add("by", Self.place(access, names)) }
    if let store = programmedBy { add("programmed", Self.describe(store, names)) }
    add("time", Self.seconds(time))
    for (number, store) in history.enumerated() {
      add(number == 0 ? "stores" : "", Self.describe(store, names))
    }
    add("remedy", rule.remedy)
    return lines.joined(separator: "\n")
  }

  static func describe(_ store: MasterStore, _ names: (any FindingNames)?) -> String {
    let what = "\(store.register) = \(store.value.hex(8)) at \(seconds(store.time))"
    guard store.core != nil else { return what + " by another master" }
    return what + ": " + place(store, names)
  }

  private static func place(_ store: MasterStore, _ names: (any FindingNames)?) -> String {
    guard let core = store.core else { return "another master" }
    var place = "core \(core), EL\(store.level)"
    if store.vttbr != 0 {
      place += ", VMID \(store.vmid)"
      if let domain = names?.domain(of: store.vmid) { place += " (\(domain))" }
    }
    place += ", pc \(store.pc.hex())"
    if let symbol = names?.symbol(store.pc, level: Int(store.level), vmid: store.vmid) {
      place += " <\(symbol)>"
    }
    return place
  }

  /// `1.234567890 s`.
  static func seconds(_ nanoseconds: UInt64) -> String {
    let fraction = String(nanoseconds % 1_000_000_000)
    return
      "\(nanoseconds / 1_000_000_000).\(String(repeating: "0", count: 9 - fraction.utf8.count))\(fraction) s"
  }
}
