import CPU
import Fabric
import MMU

/// Cores with 16 MiB of RAM at address 0 and nothing else on the bus, to put instructions in, run them and
/// look at what they did. Translation tables lie in the last MiB of RAM; `Page` says what a page is.
///
/// Time is the sum of the slices that were run.
public final class CPUBench {
  public static let ramSize: UInt64 = 16 << 20
  private static let tables = ramSize - (1 << 20)

  /// How code is executed where a test does not say; tests on every engine change it.
  @TaskLocal public static var rules = TranslationRules.standard

  public let ram: GuestRAM
  public let bus: PhysicalBus
  public let time = VirtualTime()
  public let log = GuestLog()
  public let cluster: Cluster

  /// - Parameters:
  ///   - cores: how many; all start at EL3 with the MMU off, as after reset.
  ///   - codeArenaSize: address space for translated code.
  ///   - isTranslated: stage 1 is on for all regimes and maps all pages but those of the tables to themselves:
  ///     below 6 MiB for privileged code and data, above for data of all levels. With the MMU off memory is
  ///     Device memory, which must be accessed aligned.
  ///   - rules: how code is cut into blocks and executed; nil: as `CPUBench.rules` says.
  public init(
    cores: Int = 1, codeArenaSize: Int = 1 << 24, isTranslated: Bool = false,
    rules: TranslationRules? = nil
  ) {
    guard let ram = GuestRAM(ranges: [0..<Self.ramSize]) else { fatalError("no memory for the test") }
    self.ram = ram
    bus = PhysicalBus(ram: ram)
    cluster = Cluster(
      coreCount: cores, bus: bus, time: time, log: log, codeArenaSize: codeArenaSize,
      rules: rules ?? CPUBench.rules)
    bus.willWriteRAM = { [unowned cluster] address, count in cluster.willStoreFromOutside(address, count) }
    guard isTranslated else { return }
    enableTranslation()
    map(0..<0x60_0000, as: Page.kernel)
    map(0x60_0000..<Self.tables, as: Page.user)
  }

  public var core: Core { cluster.cores[0] }

  // MARK: Memory

  /// Writes instructions, as a master other than a core does.
  public func put(_ words: [UInt32], at address: UInt64) {
    for (index, word) in words.enumerated() { write(UInt64(word), 4, at: address + UInt64(index) * 4) }
  }

  /// Writes `size` bytes, as a master other than a core does.
  public func write(_ value: UInt64, _ size: UInt8 = 8, at address: UInt64) {
    let access = BusAccess(address: PhysicalAddress(address), size: size)
    guard (try? bus.write(access, value)) != nil else { fatalError("no RAM at \(address.hex())") }
  }

  /// Reads `size` bytes.
  public func read(_ size: UInt8 = 8, at address: UInt64) -> UInt64 {
    let access = BusAccess(address: PhysicalAddress(address), size: size)
    guard let value = try? bus.read(access) else { fatalError("no RAM at \(address.hex())") }
    return value
  }

  // MARK: Running

  /// Runs a core for a slice of `count` instructions; returns how many it retired.
  @discardableResult
  public func run(_ count: Int, core index: Int = 0) -> Int {
    let core = cluster.cores[index]
    let before = core.retiredInstructions
    let end = time.now + UInt64(count)
    core.run(instructions: Int64(count), sliceEnd: end)
    time.advance(to: end)
    return Int(core.retiredInstructions - before)
  }

  /// Places `words` at `address` and runs them there, one slice.
  @discardableResult
  public func run(_ words: [UInt32], at address: UInt64, count: Int? = nil, core index: Int = 0) -> Int {
    put(words, at: address)
    cluster.cores[index].pc = address
    return run(count ?? words.count, core: index)
  }

  // MARK: Translation

  /// Leaf descriptors of 4 KiB pages (Arm DDI 0487, D5.3.3).
  public enum Page {
    public static let absent: UInt64 = 0
    /// Attribute 1 of the bench's MAIR: Normal, Write-Back.
    static let normal: UInt64 = 0x403 | 1 << 2
    /// Privileged code and data, no access from EL0.
    public static let kernel = normal
    public static let kernelReadOnly = normal | 1 << 7
    /// Code and data of EL0 (EL1 may not execute it).
    public static let user = normal | 1 << 6
    public static let userReadOnly = normal | 3 << 6
    /// Device-nGnRnE for all levels.
    public static let device: UInt64 = 0x403 | 1 << 6
  }

  /// Turns on stage 1 of all regimes with no page mapped and 4 KiB pages in the lower half alone; top byte
  /// ignored.
  public func enableTranslation() {
    for page in 0..<10 { clear(Self.tables + UInt64(page) * 4096) }
    write((Self.tables + 4096) | 3, at: Self.tables)
    for table in 0..<8 {
      let next = Self.tables + UInt64(table + 2) * 4096
      write(next | 3, at: Self.tables + 4096 + UInt64(table) * 8)
    }
    for core in cluster.cores {
      for register in [SystemRegister.mairEL1, .mairEL2, .mairEL3] { core.set(register, 0xff00) }
      for register in [SystemRegister.ttbr0EL1, .ttbr0EL2, .ttbr0EL3] { core.set(register, Self.tables) }
      core.set(.tcrEL1, 25 | 1 << 23 | 1 << 32 | 1 << 37)
      core.set(.tcrEL2, 25 | 1 << 16 | 1 << 20 | 1 << 23 | 1 << 31)
      core.set(.tcrEL3, 25 | 1 << 16 | 1 << 20 | 1 << 23 | 1 << 31)
      for register in [SystemRegister.sctlrEL1, .sctlrEL2, .sctlrEL3] { core.change(register, set: 1) }
      core.didLoadState()
    }
  }

  private func clear(_ page: UInt64) {
    for offset in stride(from: UInt64(0), to: 4096, by: 8) { write(0, at: page + offset) }
  }

  /// Maps the pages of `range` (below `ramSize`) to themselves or to what follows `physical`; the TLBs forget
  /// them.
  public func map(_ range: Range<UInt64>, as page: UInt64, to physical: UInt64? = nil) {
    for address in stride(from: range.lowerBound, to: range.upperBound, by: 4096) {
      let output = physical.map { $0 + address - range.lowerBound } ?? address
      let entry = Self.tables + 0x2000 + (address >> 12) * 8
      write(page == Page.absent ? 0 : page | output, at: entry)
    }
    for core in cluster.cores { core.didLoadState() }
  }
}

extension Core {
  public var pc: UInt64 {
    get { r[Slot.pc] }
    set { r[Slot.pc] = newValue }
  }

  /// The current stack pointer. Takes part in the mode of execution: see `refresh`.
  public var sp: UInt64 {
    get { r[Slot.sp] }
    set {
      r[Slot.sp] = newValue
      contextDidChange()
    }
  }

  /// PSTATE.NZCV in bits 3:0.
  public var flags: UInt64 {
    get {
      let isZero: UInt64 = r[Slot.flagZ] == 0 ? 4 : 0
      return (r[Slot.flagN] >> 63) << 3 | isZero | r[Slot.flagC] << 1 | r[Slot.flagV]
    }
    set {
      r[Slot.flagN] = (newValue >> 3) << 63
      r[Slot.flagZ] = (~newValue >> 2) & 1
      r[Slot.flagC] = (newValue >> 1) & 1
      r[Slot.flagV] = newValue & 1
    }
  }

  /// X0 to X30.
  public subscript(x number: Int) -> UInt64 {
    get { r[number] }
    set { r[number] = newValue }
  }

  /// The halves of V0 to V31.
  public subscript(v number: Int) -> SIMD2<UInt64> {
    get { SIMD2(r[Slot.v0 + number * 2], r[Slot.v0 + number * 2 + 1]) }
    set {
      r[Slot.v0 + number * 2] = newValue[0]
      r[Slot.v0 + number * 2 + 1] = newValue[1]
    }
  }

  /// Writes a system register's word behind the back of the core; `didLoadState` makes it count.
  public func set(_ register: SystemRegister, _ value: UInt64) { r[Slot.system + register.rawValue] = value }
  public func get(_ register: SystemRegister) -> UInt64 { r[Slot.system + register.rawValue] }

  public func change(_ register: SystemRegister, set bits: UInt64 = 0, clear cleared: UInt64 = 0) {
    set(register, (get(register) & ~cleared) | bits)
    didLoadState()
  }

  /// Puts the core at an Exception level, with SP_ELx selected above EL0, Non-secure below EL3, floating
  /// point and all EL0 instructions allowed.
  public func enter(level: Int) {
    if level < 3 { set(.scrEL3, 1 | 1 << 8 | 1 << 10) }
    set(.hcrEL2, 1 << 31)
    set(.cpacrEL1, 3 << 20)
    set(.cptrEL2, 0x33ff)
    set(.cptrEL3, 0)
    // UCI, nTWE, nTWI, UCT, DZE
    set(.sctlrEL1, get(.sctlrEL1) | 1 << 26 | 1 << 18 | 1 << 16 | 1 << 15 | 1 << 14)
    r[Slot.currentEL] = UInt64(level)
    r[Slot.spsel] = level == 0 ? 0 : 1
    didLoadState()
  }

  /// The class of the exception that the given level took last (ESR_ELx.EC).
  public func exceptionClass(at level: Int = 1) -> UInt64 { syndrome(at: level) >> 26 }

  /// ESR_ELx.
  public func syndrome(at level: Int = 1) -> UInt64 {
    get([SystemRegister.esrEL1, .esrEL2, .esrEL3][level - 1])
  }
}
