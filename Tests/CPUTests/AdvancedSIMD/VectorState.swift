@testable import CPU

/// The registers and the memory before a recorded instruction: a function of its seed, the same as
/// `prepare` of scripts/vectors/oracle.c computes.
final class VectorState {
  static let windowAddress: UInt64 = 0x1000_0000
  static let windowSize = 256

  // SAFETY: allocated with the size and alignment executeVector asks for; freed with the state.
  let registers: Regs
  var window: [UInt8]
  private var generator: UInt64

  init(word: UInt32, seed: UInt32) {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: Slot.count * 8, alignment: 4096)
    registers = raw.bindMemory(to: UInt64.self, capacity: Slot.count)
    registers.initialize(repeating: 0, count: Slot.count)
    window = [UInt8](repeating: 0, count: Self.windowSize)
    generator = UInt64(seed)
    fill(word, theme: seed >> 28)
  }

  deinit { registers.deallocate() }

  private func fill(_ word: UInt32, theme: UInt32) {
    for index in 0..<64 {
      let stray = next() % 8 == 0
      registers[Slot.v0 + index] = half(stray ? UInt32(next() & 15) : theme)
    }
    for index in 0..<31 {
      let stray = next() % 2 == 0
      registers[index] = half(stray ? 9 : theme)
    }
    registers[Slot.sp] = Self.windowAddress + 96
    let r = next()
    registers.setNZCV(r & 0xf000_0000)
    registers[Slot.fpcr] = r & (1 << 60) != 0 ? (r >> 8) & 0x07c0_0000 : 0
    let someStatus = r & (1 << 62) != 0 ? (r >> 32) & 0x0800_009f : 0
    registers[Slot.fpsr] = r & (1 << 61) != 0 ? 0x10 : someStatus
    for index in 0..<(Self.windowSize / 8) {
      let value = next()
      for byte in 0..<8 { window[index * 8 + byte] = UInt8(truncatingIfNeeded: value >> UInt64(byte * 8)) }
    }
    if word & 0xbe00_0000 == 0x0c00_0000 {
      let rn = Int((word >> 5) & 31)
      if rn != 31 { registers[rn] = Self.windowAddress + 64 + (r >> 40) % 32 }
    }
  }

  /// SplitMix64
  private func next() -> UInt64 {
    generator &+= 0x9e37_79b9_7f4a_7c15
    var z = generator
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// An adversarial datum with `e` bits of exponent and `f` of fraction.
  private func special(_ e: UInt64, _ f: UInt64) -> UInt64 {
    let r = next()
    let m = next()
    let top: UInt64 = (1 << e) - 1
    let bias = top >> 1
    let low2 = (r >> 16) & 3
    let exponents: [UInt64] = [
      0, low2, top, top &- low2, bias &- 1 &+ low2, bias &+ f &- 2 &+ low2, bias &+ 28 &+ ((r >> 16) & 7),
      bias &+ 60 &+ ((r >> 16) & 7), bias &- f &- 2 &+ low2, (bias >> 1) &+ low2,
      bias &- 1 &+ ((r >> 16) & 31), bias &+ 14 &+ low2, bias &- 16 &+ low2,
      bias &- 24 &+ ((r >> 16) & 15), bias &+ (bias >> 1) &+ low2, (r >> 16) & top,
    ]
    let mask: UInt64 = (1 << f) - 1
    let fractions: [UInt64] = [
      0, 1, mask, 1 << (f - 1), 1 << (m % f), mask << (m % f), m & (mask << (f / 2)), m,
    ]
    let exponent = exponents[Int((r >> 8) & 15)] & top
    let fraction = fractions[Int((r >> 32) & 7)] & mask
    return ((r & 1) << (e + f)) | (exponent << f) | fraction
  }

  /// An ordinary number: exponent within `spread` of the bias.
  private func ordinary(_ e: UInt64, _ f: UInt64, _ spread: UInt64) -> UInt64 {
    let r = next()
    let m = next()
    let bias: UInt64 = (1 << (e - 1)) - 1
    let exponent = bias - spread + (r >> 8) % (2 * spread + 1)
    return ((r & 1) << (e + f)) | (exponent << f) | (m & ((1 << f) - 1))
  }

  private func extreme(_ bits: UInt64) -> UInt64 {
    let r = next()
    let mask: UInt64 = bits == 64 ? ~0 : (1 << bits) - 1
    let values: [UInt64] = [
      0, ~0, 1 << (bits - 1), (1 << (bits - 1)) - 1, 1, ((r >> 8) & 15) &- 8, 1 << ((r >> 8) % bits), r >> 5,
    ]
    return values[Int(r & 7)] & mask
  }

  private func lanes(_ bits: Int, _ value: () -> UInt64) -> UInt64 {
    stride(from: 0, to: 64, by: bits).reduce(0) { $0 | value() << UInt64($1) }
  }

  private func half(_ flavour: UInt32) -> UInt64 {
    switch flavour {
    case 1: special(11, 52)
    case 2: lanes(32) { special(8, 23) }
    case 3: lanes(16) { special(5, 10) }
    case 4: ordinary(11, 52, 20)
    case 5: lanes(32) { ordinary(8, 23, 10) }
    case 6: lanes(8) { extreme(8) }
    case 7: lanes(16) { extreme(16) }
    case 8: lanes(32) { extreme(32) }
    case 9: extreme(64)
    case 10: lanes(8) { next() % 40 }
    default: next()
    }
  }

  /// FNV-1a of the memory window.
  var fingerprint: UInt64 {
    window.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

/// The window as memory; addresses outside it fault.
extension VectorState: VectorMemory {
  private func index(_ address: UInt64, _ size: Int) -> Int? {
    let offset = address &- Self.windowAddress
    guard offset <= UInt64(Self.windowSize - size) else { return nil }
    return Int(offset)
  }

  func load(_ address: UInt64, size: Int) -> UInt64? {
    guard let start = index(address, size) else { return nil }
    return window[start..<(start + size)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  func store(_ address: UInt64, size: Int, value: UInt64) -> Bool {
    guard let start = index(address, size) else { return false }
    for byte in 0..<size { window[start + byte] = UInt8(truncatingIfNeeded: value >> UInt64(byte * 8)) }
    return true
  }

  /// Decodes and executes one instruction; false if it is UNDEFINED or a memory access failed.
  func execute(_ word: UInt32) -> Bool {
    guard let instruction = Decoder.decode(word) else { return false }
    if var operation = decodeVectorMemory(instruction, word: word) {
      return executeVectorMemory(registers, &operation, self)
    }
    guard var operation = decodeVector(instruction, word: word) else { return false }
    executeVector(registers, &operation)
    return true
  }
}
