import CPU
import Fabric

/// Chooses the state before an instruction: a function of the generator and the word alone.
struct StateChooser {
  private let usesVectors: Bool
  private let accesses: Bool
  private let flags: UInt64

  init(_ row: InstructionRow, bigEndian: Bool = false) {
    usesVectors = row.attributes.contains(.fp) || row.attributes.contains(.simd)
    let isOperation = row.instruction == .sys
    accesses = row.attributes.contains(.memory) || isOperation
    let stores = row.attributes.contains(.store) || isOperation
    let section = row.section
    let branchesToRegister = section.contains("Unconditional branch (register)")
    mayFollow = !accesses && !branchesToRegister && !row.attributes.contains(.system)
    flags =
      (accesses ? CaseLayout.accesses : 0) | (stores ? CaseLayout.stores : 0)
      | (bigEndian ? CaseLayout.bigEndian : 0)
  }

  /// Whether another instruction may precede: it could change the address of an access or of a branch.
  let mayFollow: Bool

  /// - Parameter companion: what is executed before the instruction, unless that needs a load-exclusive there.
  func fill(_ state: CaseWords, word: UInt32, companion: UInt32, random: SplitMix) {
    var source = ValueSource(random: random)
    let r = source.next()
    let theme = (r >> 32) & 15
    for index in 0..<64 {
      let isStray = source.random.oneIn(8)
      state[CaseLayout.v + index] =
        usesVectors ? source.half(isStray ? source.next() & 15 : theme) : source.next()
    }
    for index in 0..<32 {
      state[index] = usesVectors && source.random.oneIn(2) ? source.half(theme) : source.integer()
    }
    // Operands that are near each other.
    if r & 7 == 0 {
      let n = Int(word >> 5 & 31)
      let m = Int(word >> 16 & 31)
      let a = Int(word >> 10 & 31)
      if n != 31 && m != 31 { state[m] = source.near(state[n]) }
      for half in 0..<2 {
        state[CaseLayout.v + 2 * m + half] = source.near(state[CaseLayout.v + 2 * n + half])
        if r & 8 == 0 { state[CaseLayout.v + 2 * a + half] = source.near(state[CaseLayout.v + 2 * n + half]) }
      }
    }
    let bits = source.next()
    state[CaseLayout.nzcv] = bits & 0xf000_0000
    // FPCR.{AHP, DN, FZ, RMode}; FPSR.{QC, IDC, IXC, UFC, OFC, DZC, IOC}
    state[CaseLayout.fpcr] = usesVectors && bits.bit(60) ? (bits >> 8) & 0x07c0_0000 : 0
    state[CaseLayout.fpsr] = bits.bit(61) ? 0 : (bits >> 32) & 0x0800_009f
    state[CaseLayout.pc] = 0
    var companion = companion
    if accesses {
      prepareAddress(state, word, &source, isAlone: bits & 3 == 0)
      if Self.isStoreExclusive(word), bits & 3 != 0 {
        // The load-exclusive of the same size and address, into XZR (and X29).
        companion = (word & 0xffe0_03e0) | 0x0040_0000 | (word.bit(21) ? 0x741f : 0x7c1f)
      }
    } else if word & 0xfe00_0000 == 0xd600_0000 {
      prepareTarget(state, word, &source)
    }
    state[CaseLayout.word] = UInt64(word) | UInt64(companion) << 32
    state[CaseLayout.flags] = flags
  }

  /// Half the branches to a register go into the code.
  private func prepareTarget(_ state: CaseWords, _ word: UInt32, _ source: inout ValueSource) {
    let n = Int(word >> 5 & 31)
    guard n != 31 else { return }
    if source.random.oneIn(2) {
      let r = source.next()
      let tag = r.bit(40) ? r & 0xff00_0000_0000_0000 : 0
      state[n] = tag | CaseLayout.code.lowerBound | (r >> 8) & (r.bit(41) ? 0x6fff : 0x6ffc)
    }
    if CaseLayout.reserved.contains(state[n] & 0x00ff_ffff_ffff_ffff) { state[n] = 0 }
  }

  private static func isStoreExclusive(_ word: UInt32) -> Bool { word & 0x3fc0_0000 == 0x0800_0000 }

  /// Makes a load or store access the window, mostly near the ends of its pages.
  private func prepareAddress(_ state: CaseWords, _ word: UInt32, _ source: inout ValueSource, isAlone: Bool)
  {
    let r = source.next()
    let n = Int(word >> 5 & 31)
    let m = Int(word >> 16 & 31)
    let size = UInt64(word >> 30)
    // Of the three ends of pages, mostly the one between them: the others fault.
    var address = CaseLayout.window + 4096
    if r & 15 == 0 { address = CaseLayout.window }
    if r & 15 == 1 { address = CaseLayout.window + CaseLayout.windowSize }
    if r.bit(12) {
      address = CaseLayout.window &+ (r >> 16) % CaseLayout.windowSize
    } else {
      address = address &+ ((r >> 16) & 127) &- 64
    }
    if r & 0x6000 == 0 { address &= ~15 }
    if word & 0xff00_0000 == 0xd500_0000 {
      // DC and IC, of which only DC ZVA is sure to fault where nothing is mapped.
      let isMapped = address &- CaseLayout.window < CaseLayout.windowSize
      let isZVA = word & ~31 == 0xd50b_7420
      let t = Int(word & 31)
      if t != 31 { state[t] = isMapped || isZVA ? address : CaseLayout.window + 64 }
      return
    }
    if word & 0x3b00_0000 == 0x1800_0000 { return }  // a literal
    var offset: UInt64 = 0
    if word & 0xbe00_0000 == 0x0c00_0000 {  // structures
      state[n] = address
      return
    }
    if word & 0x3f00_0000 == 0x0800_0000 {  // exclusive and ordered
      let bytes: UInt64 = (1 << size) << (word.bit(21) ? 1 : 0)
      // QEMU does not check LDAR and STLR, nor a store-exclusive that fails.
      let isFailing = Self.isStoreExclusive(word) && isAlone
      let isChecked = !word.bit(23) && !isFailing
      if !isChecked || r & 0xe000 != 0 { address &= ~(bytes &- 1) }
      if isFailing && address &- CaseLayout.window > CaseLayout.windowSize - 16 {
        address = CaseLayout.window
      }
      state[n] = address
      return
    }
    if word & 0x3a00_0000 == 0x2800_0000 {  // pairs
      let scale = word.bit(26) ? 2 + size : 2 + (size >> 1)
      offset = Self.extended(UInt64(word >> 15), 7) << scale
      if word >> 23 & 3 == 1 { offset = 0 }
    } else {
      let scale = word & 0x0480_0000 == 0x0480_0000 && size == 0 ? 4 : size
      if word.bit(24) {
        offset = UInt64(word >> 10 & 0xfff) << scale
      } else if word.bit(21) {
        let option = word >> 13 & 7
        var index = Self.extended(r >> 32, 12)
        if r & 0x0e00_0000_0000 == 0 {
          index = source.integer()
        } else if option == 2 {
          index = (source.next() << 32) | (index & 0xfff)
        } else if option == 6 {
          index = (source.next() << 32) | (index & 0xffff_ffff)
        }
        if m == 31 { index = 0 } else { state[m] = index }
        offset = option == 2 ? index & 0xffff_ffff : option == 6 ? Self.extended(index, 32) : index
        if word.bit(12) { offset <<= scale }
      } else if word >> 10 & 3 != 1 {
        offset = Self.extended(UInt64(word >> 12), 9)
      }
    }
    state[n] = address &- offset
  }

  private static func extended(_ value: UInt64, _ bits: UInt64) -> UInt64 {
    UInt64(bitPattern: Int64(bitPattern: value << (64 - bits)) >> Int64(64 - bits))
  }
}
