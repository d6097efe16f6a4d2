/// SHA-256 (FIPS 180-4), by which the page's policy knows its own script.
enum SHA256 {
  static func digest(_ message: [UInt8]) -> [UInt8] {
    var state = roots(count: 8) { fraction(ofRoot: 2, of: $0) }
    let constants = roots(count: 64) { fraction(ofRoot: 3, of: $0) }
    var padded = message + [0x80]
    while padded.count % 64 != 56 { padded.append(0) }
    let bits = UInt64(message.count) &* 8
    for shift in stride(from: 56, through: 0, by: -8) { padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
    for start in stride(from: 0, to: padded.count, by: 64) {
      mix(padded[start..<start + 64], constants, into: &state)
    }
    return state.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) } }
  }

  private static func mix(_ block: ArraySlice<UInt8>, _ constants: [UInt32], into state: inout [UInt32]) {
    func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }
    var schedule = [UInt32](repeating: 0, count: 64)
    for (place, byte) in block.enumerated() { schedule[place / 4] = schedule[place / 4] << 8 | UInt32(byte) }
    for t in 16..<64 {
      let a = schedule[t - 15], b = schedule[t - 2]
      let s0 = rotated(a, 7) ^ rotated(a, 18) ^ a >> 3
      let s1 = rotated(b, 17) ^ rotated(b, 19) ^ b >> 10
      schedule[t] = schedule[t - 16] &+ s0 &+ schedule[t - 7] &+ s1
    }
    var v = state
    for t in 0..<64 {
      let s1 = rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25)
      let choice = v[4] & v[5] ^ ~v[4] & v[6]
      let first = v[7] &+ s1 &+ choice &+ constants[t] &+ schedule[t]
      let s0 = rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22)
      let majority = v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2]
      v = [first &+ s0 &+ majority, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
    }
    for place in 0..<8 { state[place] = state[place] &+ v[place] }
  }

  /// The constants are the fractions of the roots of the first primes (4.2.2, 5.3.3).
  private static func roots(count: Int, _ word: (UInt64) -> UInt32) -> [UInt32] {
    var primes: [UInt64] = []
    var candidate: UInt64 = 2
    while primes.count < count {
      if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
      candidate += 1
    }
    return primes.map(word)
  }

  /// The first 32 bits behind the point of a square or cube root: the largest x with x^n <= prime * 2^(32n).
  private static func fraction(ofRoot n: Int, of prime: UInt64) -> UInt32 {
    var low: UInt64 = 0, high: UInt64 = 1 << 37
    while low + 1 < high {
      let middle = (low + high) / 2
      if isAtMost(middle, n, prime) { low = middle } else { high = middle }
    }
    return UInt32(truncatingIfNeeded: low)
  }

  /// Whether x^n <= prime * 2^(32n), in 128 bits.
  private static func isAtMost(_ x: UInt64, _ n: Int, _ prime: UInt64) -> Bool {
    let square = x.multipliedFullWidth(by: x)
    if n == 2 { return square.high < prime || square.high == prime && square.low == 0 }
    // x^3 <= prime * 2^96: the product's bits from 96 on.
    let low = square.low.multipliedFullWidth(by: x)
    let high = square.high.multipliedFullWidth(by: x)
    let (middle, carry) = high.low.addingReportingOverflow(low.high)
    let top = high.high &+ (carry ? 1 : 0)
    let value = top << 32 | middle >> 32
    let rest = middle & 0xffff_ffff | low.low
    return value < prime || value == prime && rest == 0
  }

  static func base64(_ message: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    let digest = digest(message)
    var text: [UInt8] = []
    for start in stride(from: 0, to: digest.count, by: 3) {
      let part = digest[start..<min(start + 3, digest.count)]
      var word: UInt32 = 0
      for place in 0..<3 { word = word << 8 | (place < part.count ? UInt32(part[start + place]) : 0) }
      for digit in 0..<4 {
        let isPadding = digit > part.count
        text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(word >> UInt32(18 - 6 * digit) & 63)])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
