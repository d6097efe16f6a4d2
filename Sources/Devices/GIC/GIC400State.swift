import Fabric

extension GIC400 {
  /// Where each piece of state lives in `words`.
  ///
  /// The one-bit-per-interrupt fields take 16 words each: word 0 of every core (its SGIs and PPIs), then
  /// words 1-7, which the cores share; see `bankSlot`.
  enum Layout {
    static let interrupts = 256
    /// INTID of the maintenance interrupt.
    static let maintenance = 25
    /// SGIs in word 0; they are always enabled and always edge-triggered.
    static let sgiMask: UInt32 = 0xffff
    /// SGIs and PPIs that exist.
    static let privateMask: UInt32 = 0xfe00_ffff

    /// Bit set: Group 1 (Non-secure).
    static let group = 0
    static let enabled = 16
    /// Pending by an edge, by GICD_ISPENDR or, for SGIs, by any source; a level adds to it.
    static let latch = 32
    static let active = 48
    /// Input levels.
    static let line = 64
    /// Bit set: edge-triggered.
    static let edge = 80
    /// A byte per SGI and target core: which cores' requests are pending. Four words per core.
    static let sgiSources = 96
    /// A byte per interrupt: eight words per core for IDs 0-31, then words for IDs 32-255.
    static let priority = 112
    /// A byte per interrupt, indexed by ID; the first eight words are unused.
    static let target = 208
    /// GICD_CTLR (Secure layout).
    static let control = 272
    /// CPU interfaces, eight words per core; see `Interface`.
    static let interface = 288
    /// Virtual interfaces, eight words per core; see `Virtual`.
    static let virtual = 320
    static let count = 352
  }

  /// Words of one CPU interface.
  enum Interface {
    static let control = 0, mask = 1, binaryPoint = 2, aliasedBinaryPoint = 3
    /// Active priorities of Group 0 and of Group 1, a bit per level.
    static let active0 = 4, active1 = 5
  }

  /// Words of one virtual interface.
  enum Virtual {
    static let control = 0, machineControl = 1, active = 2, list = 4
  }

  /// Where each derived value lives in `derived`.
  enum Derived {
    /// Eight words per core: which interrupts are targeted at it.
    static let targeted = 0
    /// Per core: ID of the highest-priority pending interrupt (1023: none) and its priority.
    static let pendingID = 32
    static let pendingPriority = 36
    /// Per core: list register of the highest-priority pending virtual interrupt (4: none).
    static let virtualPending = 40
    /// Per core: levels of the four outputs, bits 0-3 in the order irq, fiq, virtualIRQ, virtualFIQ.
    static let outputs = 44
    static let count = 48
  }

  /// Index of a 32-interrupt word inside a one-bit-per-interrupt field.
  @inline(__always)
  func bankSlot(_ core: Int, _ word: Int) -> Int { word == 0 ? core & 3 : 3 &+ (word & 7) }

  @inline(__always)
  func interface(_ core: Int, _ index: Int) -> Int { Layout.interface &+ (core & 3) &* 8 &+ index }

  @inline(__always)
  func virtual(_ core: Int, _ index: Int) -> Int { Layout.virtual &+ (core & 3) &* 8 &+ index }

  @inline(__always)
  func bit(_ field: Int, _ core: Int, _ id: Int) -> Bool {
    words[field &+ bankSlot(core, id &>> 5)] &>> UInt32(truncatingIfNeeded: id & 31) & 1 != 0
  }

  @inline(__always)
  func setBit(_ field: Int, _ core: Int, _ id: Int, _ value: Bool) {
    let bit = UInt32(1) &<< UInt32(truncatingIfNeeded: id & 31)
    let slot = field &+ bankSlot(core, id &>> 5)
    if value { words[slot] |= bit } else { words[slot] &= ~bit }
  }

  /// The word with the priorities of IDs 4n ... 4n + 3.
  @inline(__always)
  func prioritySlot(_ core: Int, _ n: Int) -> Int {
    n < 8 ? Layout.priority &+ (core & 3) &* 8 &+ (n & 7) : Layout.priority &+ 24 &+ (n & 63)
  }

  @inline(__always)
  func priority(_ core: Int, _ id: Int) -> UInt32 {
    words[prioritySlot(core, id &>> 2)] &>> UInt32(truncatingIfNeeded: (id & 3) &* 8) & 0xff
  }

  /// Cores at which an SPI is targeted, a bit each.
  @inline(__always)
  func targets(of id: Int) -> UInt32 {
    words[Layout.target &+ (id &>> 2 & 63)] &>> UInt32(truncatingIfNeeded: (id & 3) &* 8) & 0xff
  }

  /// Cores whose pending requests of SGI `id` wait at `core`, a bit each.
  @inline(__always)
  func sources(of id: Int, _ core: Int) -> UInt32 {
    words[sourceSlot(core, id &>> 2)] &>> UInt32(truncatingIfNeeded: (id & 3) &* 8) & 0xff
  }

  @inline(__always)
  func sourceSlot(_ core: Int, _ n: Int) -> Int { Layout.sgiSources &+ (core & 3) &* 4 &+ (n & 3) }

  /// Interrupts of a word that exist.
  @inline(__always)
  func implemented(_ word: Int) -> UInt32 {
    word == 0 ? Layout.privateMask : word < 8 ? ~0 : 0
  }

  func isImplemented(_ id: Int) -> Bool {
    id < Layout.interrupts && implemented(id &>> 5) &>> UInt32(truncatingIfNeeded: id & 31) & 1 != 0
  }

  /// Interrupts of a word that an access may see and change (IHI 0048B, 4.2): Group 0 is not there for
  /// Non-secure software.
  @inline(__always)
  func visible(_ core: Int, _ word: Int, _ secure: Bool) -> UInt32 {
    implemented(word) & (secure ? ~0 : words[Layout.group &+ bankSlot(core, word)])
  }

  /// Recomputes the interrupts that `core` is targeted by, and the pending bits of SGIs.
  func rebuildDerived() {
    for core in 0..<4 {
      derived[Derived.targeted &+ core &* 8] = ~0
      for word in 1..<8 {
        var bits: UInt32 = 0
        for id in (word &* 32)..<(word &* 32 &+ 32) {
          let bit = targets(of: id) &>> UInt32(truncatingIfNeeded: core) & 1
          bits |= bit &<< UInt32(truncatingIfNeeded: id & 31)
        }
        derived[Derived.targeted &+ core &* 8 &+ word] = bits
      }
      for id in 0..<16 { setBit(Layout.latch, core, id, sources(of: id, core) != 0) }
    }
  }
}

// MARK: - Bits

extension GIC400 {
  /// A mask of the bytes of a word whose bit in the low nibble of `bits` is set.
  @inline(__always)
  static func byteLanes(_ bits: UInt32) -> UInt32 {
    (((bits & 15) &* 0x0020_4081) & 0x0101_0101) &* 0xff
  }

  /// Bits 15:0 of `bits` moved to the even positions of a word.
  @inline(__always)
  static func spread(_ bits: UInt32) -> UInt32 {
    var x = bits & 0xffff
    x = (x | x &<< 8) & 0x00ff_00ff
    x = (x | x &<< 4) & 0x0f0f_0f0f
    x = (x | x &<< 2) & 0x3333_3333
    return (x | x &<< 1) & 0x5555_5555
  }

  /// The even bits of `bits` gathered into bits 15:0: the inverse of `spread`.
  @inline(__always)
  static func gather(_ bits: UInt32) -> UInt32 {
    var x = bits & 0x5555_5555
    x = (x | x &>> 1) & 0x3333_3333
    x = (x | x &>> 2) & 0x0f0f_0f0f
    x = (x | x &>> 4) & 0x00ff_00ff
    return (x | x &>> 8) & 0x0000_ffff
  }
}
