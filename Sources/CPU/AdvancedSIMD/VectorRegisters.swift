typealias Bytes = SIMD16<UInt8>
typealias Halves = SIMD8<UInt16>
typealias Words = SIMD4<UInt32>
typealias Doublewords = SIMD2<UInt64>
typealias SignedBytes = SIMD16<Int8>
typealias SignedHalves = SIMD8<Int16>
typealias SignedWords = SIMD4<Int32>
typealias SignedDoublewords = SIMD2<Int64>

/// Same bits, another shape. The types of this file all have 128 bits.
@inline(__always) func asBytes<V: SIMD>(_ v: V) -> Bytes { unsafeBitCast(v, to: Bytes.self) }
@inline(__always) func asHalves<V: SIMD>(_ v: V) -> Halves { unsafeBitCast(v, to: Halves.self) }
@inline(__always) func asWords<V: SIMD>(_ v: V) -> Words { unsafeBitCast(v, to: Words.self) }
@inline(__always) func asDoublewords<V: SIMD>(_ v: V) -> Doublewords {
  unsafeBitCast(v, to: Doublewords.self)
}
@inline(__always) func asSigned(_ v: Bytes) -> SignedBytes { unsafeBitCast(v, to: SignedBytes.self) }
@inline(__always) func asSigned(_ v: Halves) -> SignedHalves { unsafeBitCast(v, to: SignedHalves.self) }
@inline(__always) func asSigned(_ v: Words) -> SignedWords { unsafeBitCast(v, to: SignedWords.self) }
@inline(__always) func asSigned(_ v: Doublewords) -> SignedDoublewords {
  unsafeBitCast(v, to: SignedDoublewords.self)
}
/// A comparison's outcome as lanes of ones and zeros.
@inline(__always) func asBytes<S>(_ mask: SIMDMask<S>) -> Bytes { unsafeBitCast(mask, to: Bytes.self) }

/// A vector register as two words, for operations done lane by lane in general registers.
struct VectorPair: Sendable {
  var low: UInt64
  var high: UInt64

  @inline(__always)
  init(_ low: UInt64 = 0, _ high: UInt64 = 0) {
    self.low = low
    self.high = high
  }

  /// Lane `index` of 8 << `size` bits, zero-extended.
  @inline(__always)
  func lane(_ index: Int, _ size: Int) -> UInt64 {
    let bit = index &<< (size &+ 3)
    let word = bit & 64 == 0 ? low : high
    return (word &>> UInt64(truncatingIfNeeded: bit & 63)) & laneMask(size)
  }

  /// Sets a lane that is still zero.
  @inline(__always)
  mutating func fill(_ index: Int, _ size: Int, _ value: UInt64) {
    let bit = index &<< (size &+ 3)
    let moved = (value & laneMask(size)) &<< UInt64(truncatingIfNeeded: bit & 63)
    if bit & 64 == 0 { low |= moved } else { high |= moved }
  }
}

/// The low 8 << `size` bits set.
@inline(__always)
func laneMask(_ size: Int) -> UInt64 {
  ~0 &>> UInt64(truncatingIfNeeded: (64 &- (8 &<< size)) & 63)
}

/// `value`, a lane of 8 << `size` bits, sign-extended.
@inline(__always)
func signed(_ value: UInt64, _ size: Int) -> Int64 {
  let shift = Int64(truncatingIfNeeded: (64 &- (8 &<< size)) & 63)
  return (Int64(bitPattern: value) &<< shift) &>> shift
}

extension UnsafeMutablePointer where Pointee == UInt64 {
  @inline(__always)
  private func offset(_ index: UInt8) -> Int { Slot.v0 &* 8 &+ Int(truncatingIfNeeded: index) &* 16 }

  @inline(__always)
  private func word(_ index: UInt8) -> Int { Slot.v0 &+ Int(truncatingIfNeeded: index) &* 2 }

  // SAFETY: the register block is 16-byte aligned and holds 32 vector registers from Slot.v0 on; the decoder
  // writes register numbers below 32.

  @inline(__always)
  func bytes(_ index: UInt8) -> Bytes {
    UnsafeMutableRawPointer(self).load(fromByteOffset: offset(index), as: Bytes.self)
  }
  @inline(__always) func halves(_ index: UInt8) -> Halves { asHalves(bytes(index)) }
  @inline(__always) func words(_ index: UInt8) -> Words { asWords(bytes(index)) }
  @inline(__always) func doublewords(_ index: UInt8) -> Doublewords { asDoublewords(bytes(index)) }
  @inline(__always) func pair(_ index: UInt8) -> VectorPair {
    VectorPair(self[word(index)], self[word(index) &+ 1])
  }
  /// The low half of a vector register.
  @inline(__always) func d(_ index: UInt8) -> UInt64 { self[word(index)] }
  @inline(__always) func s(_ index: UInt8) -> UInt32 { UInt32(truncatingIfNeeded: self[word(index)]) }
  @inline(__always) func h(_ index: UInt8) -> UInt16 { UInt16(truncatingIfNeeded: self[word(index)]) }

  /// The low or the high half.
  @inline(__always)
  func half(_ index: UInt8, _ part: Int) -> UInt64 { self[word(index) &+ (part & 1)] }

  @inline(__always)
  func setBytes(_ index: UInt8, _ value: Bytes) {
    UnsafeMutableRawPointer(self).storeBytes(of: value, toByteOffset: offset(index), as: Bytes.self)
  }
  @inline(__always)
  func setPair(_ index: UInt8, _ value: VectorPair) {
    self[word(index)] = value.low
    self[word(index) &+ 1] = value.high
  }
  /// Writes a scalar: the rest of the register becomes zero.
  @inline(__always)
  func setD(_ index: UInt8, _ value: UInt64) {
    self[word(index)] = value
    self[word(index) &+ 1] = 0
  }
  @inline(__always)
  func setS(_ index: UInt8, _ value: UInt32) { setD(index, UInt64(truncatingIfNeeded: value)) }

  /// A lane, by number and size, zero-extended; the number is masked to the register.
  @inline(__always)
  func lane(_ index: UInt8, _ lane: Int, _ size: Int) -> UInt64 {
    let bit = (lane &<< (size &+ 3)) & 127
    let value = self[word(index) &+ (bit &>> 6)]
    return (value &>> UInt64(truncatingIfNeeded: bit & 63)) & laneMask(size)
  }

  /// Replaces one lane.
  @inline(__always)
  func setLane(_ index: UInt8, _ lane: Int, _ size: Int, _ value: UInt64) {
    let bit = (lane &<< (size &+ 3)) & 127
    let shift = UInt64(truncatingIfNeeded: bit & 63)
    let mask = laneMask(size) &<< shift
    let at = word(index) &+ (bit &>> 6)
    self[at] = (self[at] & ~mask) | ((value &<< shift) & mask)
  }

  // MARK: Status

  @inline(__always)
  var status: UInt32 {
    get { UInt32(truncatingIfNeeded: self[Slot.fpsr]) }
    nonmutating set { self[Slot.fpsr] = UInt64(truncatingIfNeeded: newValue) }
  }

  @inline(__always)
  func setSaturated() { self[Slot.fpsr] |= UInt64(FPStatus.saturated) }
}
