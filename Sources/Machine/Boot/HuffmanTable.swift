/// A Huffman code as a table that is indexed by the next bits of input (RFC 1951, 3.2.2). Codes longer than
/// ``firstBits`` have tables of their own, to which the first one leads, so that what is used most stays small.
struct HuffmanTable: Sendable {
  /// A symbol and the length of its code, or the way to another table.
  struct Entry {
    private let word: UInt32
    private static let leadsOn: UInt32 = 1 << 31
    private static let isLiteral: UInt32 = 1 << 30

    @inline(__always) init(_ word: UInt32) { self.word = word }

    init(symbol: Int, length: Int) {
      let kind = symbol < 256 ? Self.isLiteral : 0
      word = kind | UInt32(truncatingIfNeeded: symbol << 4 | length)
    }

    init(table: Int, bits: Int) { word = Self.leadsOn | UInt32(truncatingIfNeeded: table << 4 | bits) }

    /// Bits of the whole code; 0 marks bits that begin no code.
    @inline(__always) var length: Int { Int(truncatingIfNeeded: word & 15) }
    @inline(__always) var symbol: Int { Int(truncatingIfNeeded: word &>> 4) & 0xffff }
    @inline(__always) var isLiteral: Bool { word & Self.isLiteral != 0 }
    @inline(__always) var literal: UInt8 { UInt8(truncatingIfNeeded: word &>> 4) }
    @inline(__always) var leadsOn: Bool { word & Self.leadsOn != 0 }

    /// Where the entry of the code that goes on with `bits` is, if this one leads on.
    @inline(__always)
    func place(_ bits: UInt64) -> Int {
      let mask = (UInt64(1) &<< UInt64(word & 15)) &- 1
      return Int(truncatingIfNeeded: (word & ~Self.leadsOn) &>> 4) &+ Int(truncatingIfNeeded: bits & mask)
    }

    var raw: UInt32 { word }
  }

  /// The first table, then those that it leads to.
  let entries: [UInt32]
  /// Bits that index the first table.
  let bits: UInt64

  private static let firstBits = 10

  @inline(__always)
  subscript(next: UInt64) -> Entry {
    let first = Entry(entries[Int(truncatingIfNeeded: next & ((1 &<< bits) &- 1))])
    return first.leadsOn ? Entry(entries[first.place(next &>> bits)]) : first
  }

  /// - Parameter allowsSingle: whether no code at all, or one code of one bit, is acceptable.
  init?(lengths: ArraySlice<UInt8>, allowsSingle: Bool = false) {
    var counts = [Int](repeating: 0, count: 16)
    for length in lengths { counts[Int(length & 15)] += 1 }
    counts[0] = 0
    let longest = (1...15).last { counts[$0] != 0 } ?? 0
    // Codes left over at each length: negative is over-subscribed, positive at the end incomplete.
    var left = 1
    var next = [Int](repeating: 0, count: 16)
    var code = 0
    for length in 1...15 {
      left = left * 2 - counts[length]
      if left < 0 { return nil }
      code = (code + counts[length - 1]) << 1
      next[length] = code
    }
    let isSingle = longest == 0 || (longest == 1 && counts[1] == 1)
    guard left == 0 || (allowsSingle && isSingle) else { return nil }
    let first = min(max(longest, 1), Self.firstBits)
    bits = UInt64(first)
    entries = Self.fill(lengths, next, first: first, longest: longest)
  }

  private static func fill(
    _ lengths: ArraySlice<UInt8>, _ firstCodes: [Int], first: Int, longest: Int
  ) -> [UInt32] {
    var next = firstCodes
    var entries = [UInt32](repeating: 0, count: 1 << first)
    let further = max(0, longest - first)
    for (symbol, length) in lengths.enumerated() where length != 0 {
      let length = Int(length)
      // Codes arrive highest bit first, in a stream that is read lowest bit first.
      let reversed = Int(UInt16(truncatingIfNeeded: next[length]).bitReversed >> (16 - length))
      next[length] += 1
      let entry = Entry(symbol: symbol, length: length).raw
      if length <= first {
        var index = reversed
        while index < 1 << first {
          entries[index] = entry
          index += 1 << length
        }
        continue
      }
      let head = reversed & ((1 << first) - 1)
      if entries[head] == 0 {
        entries[head] = Entry(table: entries.count, bits: further).raw
        entries.append(contentsOf: repeatElement(0, count: 1 << further))
      }
      let table = Entry(entries[head]).place(0)
      var index = reversed >> first
      while index < 1 << further {
        entries[table + index] = entry
        index += 1 << (length - first)
      }
    }
    return entries
  }

  /// A code that is complete by definition.
  private init(fixed lengths: [UInt8]) {
    self = HuffmanTable(lengths: lengths[...]) ?? HuffmanTable(entries: [0, 0])
  }

  private init(entries: [UInt32]) {
    self.entries = entries
    bits = 1
  }

  static let fixedLiterals = HuffmanTable(
    fixed: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
  static let fixedDistances = HuffmanTable(fixed: [UInt8](repeating: 5, count: 32))
}

extension UInt16 {
  fileprivate var bitReversed: UInt16 {
    var value = self
    value = (value & 0x5555) << 1 | (value >> 1) & 0x5555
    value = (value & 0x3333) << 2 | (value >> 2) & 0x3333
    value = (value & 0x0f0f) << 4 | (value >> 4) & 0x0f0f
    return value.byteSwapped
  }
}
