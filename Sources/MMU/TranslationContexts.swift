import Fabric

/// What a TLB context number stands for, as far as TLB maintenance asks: one packed word.
struct ContextRecord: Equatable {
  var rawValue: UInt64

  /// Bits of `rawValue`: ASID 15:0, VMID 31:16, regime 33:32.
  static let asidMask: UInt64 = 0xffff
  static let spaceMask: UInt64 = 0x3_ffff_0000
  /// Upper half of EL1&0, used under any ASID while all translations in it are global.
  static let shared: UInt64 = 1 << 34
  /// A shared context that got a non-global translation: it now belongs to its ASID alone.
  static let claimed: UInt64 = 1 << 35
  /// Some entry is global.
  static let hasGlobal: UInt64 = 1 << 36

  @inline(__always)
  init(rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always)
  init(regime: TranslationRegime, vmid: UInt16, asid: UInt16) {
    rawValue = UInt64(asid) | UInt64(vmid) &<< 16 | UInt64(regime.rawValue) &<< 32
  }

  /// Regime and VMID.
  @inline(__always) var space: UInt64 { rawValue & Self.spaceMask }
  @inline(__always) var asid: UInt64 { rawValue & Self.asidMask }
}

/// Numbers for the contexts that tag TLB entries.
///
/// A number stands for a key: exception level (EL0 and EL1 differ in permissions), half, regime, VMID, ASID
/// and the configuration, i.e. all control bits that change what a cached translation means. TTBR base
/// addresses are not part of the key: as on silicon, a new table under an old ASID may hit old entries.
///
/// The upper half of EL1&0, where kernels live, does not take the ASID into its key as long as only global
/// translations are seen there, so that a change of ASID keeps the kernel's entries. The first non-global one
/// makes the shared context the property of the ASID that was current; other ASIDs then get their own.
///
/// When numbers run out the owner flushes the TLB and starts over with `reset`.
struct TranslationContexts {
  /// The largest number is never given, so that no tag equals `TLBLayout.empty` up to the slow bit.
  static let limit = Int(TLBLayout.contextMask)
  /// Most numbers that one call of the owner may need.
  static let reserve = 8
  private static let slots = 4096
  private static let maximumConfigurations = 200

  /// SAFETY: `records` and `places` have 2048 words, `used` 32, `keys` and `values` `slots` each; all are released by
  /// `deallocate`, and every index is masked or below `next`.
  private let records: UnsafeMutablePointer<UInt64>
  private let used: UnsafeMutablePointer<UInt64>
  private let keys: UnsafeMutablePointer<UInt64>
  private let values: UnsafeMutablePointer<UInt16>
  /// The slot of each number.
  private let places: UnsafeMutablePointer<UInt16>
  private(set) var next = 0
  private var configurations: ContiguousArray<RegimeConfiguration> = []

  init() {
    records = .allocate(capacity: 2048)
    used = .allocate(capacity: 32)
    keys = .allocate(capacity: Self.slots)
    values = .allocate(capacity: Self.slots)
    places = .allocate(capacity: 2048)
    places.initialize(repeating: 0, count: 2048)
    values.initialize(repeating: 0, count: Self.slots)
    configurations.reserveCapacity(Self.maximumConfigurations)
    reset()
  }

  func deallocate() {
    records.deallocate()
    used.deallocate()
    keys.deallocate()
    values.deallocate()
    places.deallocate()
  }

  /// Forgets every number. The TLB must be empty.
  mutating func reset() {
    next = 0
    configurations.removeAll(keepingCapacity: true)
    records.initialize(repeating: 0, count: 2048)
    used.initialize(repeating: 0, count: 32)
    keys.initialize(repeating: 0, count: Self.slots)
  }

  /// Whether `reserve` more numbers and a configuration can be had without a reset.
  var hasRoom: Bool {
    next &+ Self.reserve <= Self.limit && configurations.count < Self.maximumConfigurations
  }

  /// A small number for a configuration.
  mutating func number(of configuration: RegimeConfiguration) -> UInt64 {
    var index = configurations.count
    while index > 0 {
      index &-= 1
      if configurations[index] == configuration { return UInt64(truncatingIfNeeded: index) }
    }
    configurations.append(configuration)
    return UInt64(truncatingIfNeeded: configurations.count &- 1)
  }

  /// The context number for a key, new if need be. The caller has checked `hasRoom`.
  mutating func number(
    record: ContextRecord, exceptionLevel: Int, isUpper: Bool, configuration: UInt64
  ) -> UInt64 {
    let place = UInt64(truncatingIfNeeded: exceptionLevel & 3) &<< 1 | (isUpper ? 1 : 0)
    let key = record.rawValue | place &<< 40 | configuration &<< 44 | 1 &<< 63
    var slot = Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) &>> 52)
    while keys[slot] != 0 {
      if keys[slot] == key { return UInt64(values[slot]) }
      slot = (slot &+ 1) & (Self.slots &- 1)
    }
    let number = next
    next &+= 1
    keys[slot] = key
    values[slot] = UInt16(truncatingIfNeeded: number)
    places[number & 0x7ff] = UInt16(truncatingIfNeeded: slot)
    records[number & 0x7ff] = record.rawValue
    return UInt64(truncatingIfNeeded: number)
  }

  @inline(__always)
  func record(_ context: UInt64) -> ContextRecord {
    ContextRecord(rawValue: records[Int(truncatingIfNeeded: context & TLBLayout.contextMask)])
  }

  /// Notes that a TLB entry carries `context`.
  @inline(__always)
  func markUsed(_ context: UInt64) {
    used[Int(truncatingIfNeeded: (context &>> 6) & 31)] |= 1 &<< (context & 63)
  }

  /// Makes a shared context the property of `asid`, on its first non-global translation.
  @inline(__always)
  func claim(_ context: UInt64, asid: UInt16) {
    let index = Int(truncatingIfNeeded: context & TLBLayout.contextMask)
    let word = records[index]
    guard word & (ContextRecord.shared | ContextRecord.claimed) == ContextRecord.shared else { return }
    records[index] = word | ContextRecord.claimed | UInt64(asid)
  }

  /// Notes that an entry of `context` is global.
  @inline(__always)
  func noteGlobal(_ context: UInt64) {
    records[Int(truncatingIfNeeded: context & TLBLayout.contextMask)] |= ContextRecord.hasGlobal
  }

  /// What `renew` did.
  struct Renewal {
    /// Some context has another number now.
    var changed = false
    /// Entries of some touched context must be looked at one by one.
    var leavesSome = false
    /// No number was left.
    var ranOut = false
  }

  /// Removes TLB entries by giving each context in `scope` that has any a new number: no entry carries it, and the
  /// old one is never given again before a `reset`.
  mutating func renew(_ scope: InvalidationScope) -> Renewal {
    var result = Renewal()
    for word in 0..<32 {
      var bits = used[word]
      while bits != 0 {
        let bit = bits & (0 &- bits)
        bits ^= bit
        let context = (word &* 64 &+ bit.trailingZeroBitCount) & 0x7ff
        let record = records[context]
        guard scope.touches(ContextRecord(rawValue: record)) else { continue }
        if scope.isPartial && record & ContextRecord.hasGlobal != 0 {
          result.leavesSome = true
          continue
        }
        used[word] &= ~bit
        guard next < Self.limit else {
          result.ranOut = true
          continue
        }
        result.changed = true
        let slot = Int(truncatingIfNeeded: places[context]) & (Self.slots &- 1)
        values[slot] = UInt16(truncatingIfNeeded: next)
        places[next & 0x7ff] = places[context]
        // A shared context whose entries are gone belongs to nobody again.
        let isClaimed = record & ContextRecord.claimed != 0
        let owner = isClaimed ? ContextRecord.claimed | ContextRecord.asidMask : 0
        records[next & 0x7ff] = record & ~(ContextRecord.hasGlobal | owner)
        next &+= 1
      }
    }
    return result
  }
}

/// Control bits that change the meaning of a cached translation of one regime.
struct RegimeConfiguration: Equatable {
  var systemControl: UInt64 = 0
  var translationControl: UInt64 = 0
  var memoryAttributes: UInt64 = 0
  var security: UInt64 = 0
  var hypervisor: UInt64 = 0
  var stageTwo: UInt64 = 0
  var stageTwoEndianness: UInt64 = 0

  /// SCTLR_ELx: M, WXN, EE.
  private static let systemControlMask: UInt64 = 1 << 0 | 1 << 19 | 1 << 25
  /// TCR_EL1 without A1 and AS, which only choose the ASID.
  private static let translationControlMask: UInt64 = ~(1 << 22 | 1 << 36)
  /// SCR_EL3: NS, SIF.
  private static let securityMask: UInt64 = 1 << 0 | 1 << 9

  init(_ controls: TranslationControls, regime: TranslationRegime) {
    switch regime {
    case .el2:
      systemControl = controls.sctlrEL2 & Self.systemControlMask
      translationControl = controls.tcrEL2
      memoryAttributes = controls.mairEL2
    case .el3:
      systemControl = controls.sctlrEL3 & Self.systemControlMask
      translationControl = controls.tcrEL3
      memoryAttributes = controls.mairEL3
      security = controls.scrEL3 & Self.securityMask
    case .nonSecureEL10, .secureEL10:
      systemControl = controls.sctlrEL1 & Self.systemControlMask
      translationControl = controls.tcrEL1 & Self.translationControlMask
      memoryAttributes = controls.mairEL1
      security = controls.scrEL3 & Self.securityMask
      hypervisor = controls.effectiveHCR & HypervisorConfiguration.all
      let enabling = HypervisorConfiguration.virtualization | HypervisorConfiguration.defaultCacheable
      if hypervisor & enabling != 0 {
        stageTwo = controls.vtcrEL2
        stageTwoEndianness = controls.sctlrEL2 & 1 << 25
      }
    }
  }
}
