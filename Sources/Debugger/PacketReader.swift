/// Cuts what a debugger sends into packets: `$data#checksum`, with `}` as escape, acknowledgements, and the
/// interrupt byte between them (GDB manual, "Remote Protocol: Overview").
struct PacketReader {
  enum Item: Equatable {
    case packet([UInt8])
    /// Ctrl-C.
    case interrupt
    /// `+` and `-`.
    case acknowledgement, refusal
    /// A packet with a wrong checksum.
    case damaged
    /// A packet longer than `limit`; nothing of it was kept.
    case oversize
  }

  /// Bytes in a packet at most: what `PacketSize` promises.
  static let limit = 0x4000

  private enum State { case between, data, escaped, firstDigit, secondDigit }
  private var state = State.between
  private var data: [UInt8] = []
  private var sum: UInt8 = 0
  private var claimed: UInt8 = 0
  private var hasBadDigit = false
  private var isOversize = false

  mutating func take(_ byte: UInt8) -> Item? {
    switch state {
    case .between:
      switch byte {
      case UInt8(ascii: "$"): begin()
      case UInt8(ascii: "+"): return .acknowledgement
      case UInt8(ascii: "-"): return .refusal
      case 3: return .interrupt
      default: break
      }
    case .data:
      switch byte {
      case UInt8(ascii: "$"): begin()
      case UInt8(ascii: "#"): state = .firstDigit
      case UInt8(ascii: "}"):
        sum = sum &+ byte
        state = .escaped
      default: append(byte, byte)
      }
    case .escaped:
      state = .data
      append(byte, byte ^ 0x20)
    case .firstDigit:
      claimed = digit(byte) &<< 4
      state = .secondDigit
    case .secondDigit:
      claimed |= digit(byte)
      state = .between
      defer { data = [] }
      if isOversize { return .oversize }
      return claimed == sum && !hasBadDigit ? .packet(data) : .damaged
    }
    return nil
  }

  private mutating func begin() {
    state = .data
    data = []
    sum = 0
    hasBadDigit = false
    isOversize = false
  }

  private mutating func append(_ raw: UInt8, _ byte: UInt8) {
    sum = sum &+ raw
    if data.count < Self.limit { data.append(byte) } else { isOversize = true }
  }

  private mutating func digit(_ byte: UInt8) -> UInt8 {
    guard let value = hexDigit(byte) else {
      hasBadDigit = true
      return 0
    }
    return value
  }
}

/// The value of a hexadecimal digit.
func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
  default: nil
  }
}

private let hexDigits = Array("0123456789abcdef".utf8)

/// Two digits for each byte.
func hexBytes(_ bytes: some Sequence<UInt8>) -> [UInt8] {
  var text: [UInt8] = []
  for byte in bytes {
    text.append(hexDigits[Int(byte >> 4)])
    text.append(hexDigits[Int(byte & 15)])
  }
  return text
}

/// The bytes that pairs of digits stand for; nil if one is none, or one is left over.
func bytes(fromHex text: ArraySlice<UInt8>) -> [UInt8]? {
  guard text.count & 1 == 0 else { return nil }
  var result: [UInt8] = []
  result.reserveCapacity(text.count / 2)
  var high: UInt8?
  for character in text {
    guard let value = hexDigit(character) else { return nil }
    if let first = high {
      result.append(first << 4 | value)
      high = nil
    } else {
      high = value
    }
  }
  return result
}

/// A packet, read from left to right.
struct PacketText {
  private(set) var rest: ArraySlice<UInt8>

  init(_ packet: [UInt8]) { rest = packet[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skip(_ text: StaticString) -> Bool {
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard rest.starts(with: wanted) else { return false }
    rest = rest.dropFirst(wanted.count)
    return true
  }

  /// A hexadecimal number of 1 to 16 digits.
  mutating func number() -> UInt64? {
    var value: UInt64 = 0
    var count = 0
    while let byte = rest.first, let digit = hexDigit(byte) {
      count += 1
      guard count <= 16 else { return nil }
      value = value &<< 4 | UInt64(digit)
      rest = rest.dropFirst()
    }
    return count > 0 ? value : nil
  }

  /// Everything up to `end`, which is skipped, or to the end.
  mutating func piece(upTo end: Unicode.Scalar) -> ArraySlice<UInt8> {
    let mark = UInt8(truncatingIfNeeded: end.value)
    let position = rest.firstIndex(of: mark) ?? rest.endIndex
    let piece = rest[rest.startIndex..<position]
    rest = position < rest.endIndex ? rest[(position + 1)...] : rest[rest.endIndex...]
    return piece
  }

  /// A number of a thread: 0 for any, nil in it for all.
  mutating func thread() -> ThreadChoice? {
    if skip("-1") { return .all }
    guard let number = number() else { return nil }
    if number == 0 { return .any }
    return Int(exactly: number).map { .one($0 - 1) }
  }
}

/// Which threads a packet means; a core's thread has its number and 1.
enum ThreadChoice: Equatable {
  case all, any
  case one(Int)

  func includes(_ core: Int) -> Bool {
    if case .one(let number) = self { return number == core }
    return true
  }
}
