import Fabric

/// Why a DEFLATE or gzip stream cannot be decompressed, and at which byte that shows.
public struct DecompressionError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Reason: Equatable, Sendable {
    case notGzip
    case unsupportedMethod(UInt8)
    case reservedFlags(UInt8)
    case truncated
    case badBlockType
    case storedLengthMismatch
    case badCodeLengths
    case unusedCode
    case distanceTooFar(Int)
    case tooLarge(limit: Int)
    case checksumMismatch(stored: UInt32, computed: UInt32)
    case lengthMismatch(stored: UInt32, computed: UInt32)
  }

  /// Byte offset into the compressed data.
  public let offset: Int
  public let reason: Reason

  public var description: String { "byte \(offset.hex()): \(sentence)" }

  private var sentence: String {
    switch reason {
    case .notGzip: "there is no gzip header"
    case .unsupportedMethod(let method): "compression method \(method) is not deflate"
    case .reservedFlags(let flags): "reserved gzip flags are set (\(flags.hex(2)))"
    case .truncated: "the compressed data ends early; the file is truncated"
    case .badBlockType: "a block has the reserved type 3"
    case .storedLengthMismatch: "the two lengths of a stored block disagree"
    case .badCodeLengths: "the code lengths of a block describe no Huffman code"
    case .unusedCode: "a code stands for no symbol"
    case .distanceTooFar(let distance): "a copy starts \(distance) bytes back, before the data begins"
    case .tooLarge(let limit): "it decompresses to more than \(limit) bytes"
    case .checksumMismatch(let stored, let computed):
      "the CRC is \(computed.hex(8)), but \(stored.hex(8)) is recorded; the file is damaged"
    case .lengthMismatch(let stored, let computed):
      "it decompresses to \(computed) bytes (modulo 4 GiB), but \(stored) are recorded"
    }
  }
}

/// Decompresses one DEFLATE stream (RFC 1951).
struct Inflater {
  private let input: [UInt8]
  private let limit: Int
  private var position: Int
  /// Bits that were taken from the input but not yet used, lowest first.
  private var bits: UInt64 = 0
  private var bitCount = 0
  private(set) var output: [UInt8]

  /// - Parameters:
  ///   - start: where in `input` the stream begins.
  ///   - output: what has been decompressed before; copies do not reach back into it.
  ///   - limit: the most bytes that `output` may grow to.
  init(_ input: [UInt8], from start: Int, appendingTo output: [UInt8] = [], limit: Int) {
    self.input = input
    self.limit = limit
    position = start
    self.output = output
    base = output.count
  }

  private let base: Int

  /// Decompresses up to the end of the last block and returns the offset of the byte behind it.
  mutating func run() throws(DecompressionError) -> Int {
    var isLast = false
    while !isLast {
      isLast = try take(1) == 1
      switch try take(2) {
      case 0: try copyStored()
      case 1: try inflateBlock(literals: HuffmanTable.fixedLiterals, distances: HuffmanTable.fixedDistances)
      case 2:
        let (literals, distances) = try readTables()
        try inflateBlock(literals: literals, distances: distances)
      default: throw error(.badBlockType)
      }
    }
    return position - bitCount / 8
  }

  private func error(_ reason: DecompressionError.Reason) -> DecompressionError {
    let place = reason == .truncated ? input.count : min(position - bitCount / 8, input.count)
    return DecompressionError(offset: place, reason: reason)
  }

  // MARK: Bits

  @inline(__always)
  private mutating func refill() {
    while bitCount <= 56, position < input.count {
      bits |= UInt64(input[position]) &<< UInt64(truncatingIfNeeded: bitCount)
      position &+= 1
      bitCount &+= 8
    }
  }

  @inline(__always)
  private mutating func drop(_ count: Int) {
    bits &>>= UInt64(truncatingIfNeeded: count)
    bitCount &-= count
  }

  /// The next `count` (at most 16) bits as a number.
  @inline(__always)
  private mutating func take(_ count: Int) throws(DecompressionError) -> Int {
    if bitCount < count {
      refill()
      if bitCount < count { throw error(.truncated) }
    }
    let value = Int(truncatingIfNeeded: bits & ((1 &<< UInt64(truncatingIfNeeded: count)) &- 1))
    drop(count)
    return value
  }

  /// The next symbol of `table`.
  @inline(__always)
  private mutating func symbol(_ table: HuffmanTable) throws(DecompressionError) -> Int {
    if bitCount < 15 { refill() }
    let entry = table[bits]
    if entry.length == 0 { throw error(bitCount < 15 ? .truncated : .unusedCode) }
    if entry.length > bitCount { throw error(.truncated) }
    drop(entry.length)
    return entry.symbol
  }

  // MARK: Blocks

  private mutating func copyStored() throws(DecompressionError) {
    drop(bitCount & 7)
    let length = try take(16)
    let complement = try take(16)
    guard length == ~complement & 0xffff else { throw error(.storedLengthMismatch) }
    // Bytes that were read ahead go back.
    position -= bitCount / 8
    bits = 0
    bitCount = 0
    guard length <= input.count - position else { throw error(.truncated) }
    guard length <= limit - output.count else { throw error(.tooLarge(limit: limit)) }
    output.append(contentsOf: input[position..<position + length])
    position += length
  }

  /// Literals and copies up to the end-of-block symbol (RFC 1951, 3.2.3).
  private mutating func inflateBlock(
    literals: HuffmanTable, distances: HuffmanTable
  ) throws(DecompressionError) {
    while true {
      if inflateQuickly(literals: literals, distances: distances) { return }
      let symbol = try symbol(literals)
      if symbol < 256 {
        if output.count >= limit { throw error(.tooLarge(limit: limit)) }
        output.append(UInt8(truncatingIfNeeded: symbol))
        continue
      }
      if symbol == 256 { return }
      guard symbol < 286 else { throw error(.unusedCode) }
      let length = try extended(LengthCodes.lengths, symbol - 257)
      let distanceSymbol = try self.symbol(distances)
      guard distanceSymbol < 30 else { throw error(.unusedCode) }
      let distance = try extended(LengthCodes.distances, distanceSymbol)
      let start = output.count - distance
      guard start >= base else { throw error(.distanceTooFar(distance)) }
      guard length <= limit - output.count else { throw error(.tooLarge(limit: limit)) }
      // A copy may run into bytes that it writes itself.
      for index in start..<start &+ length { output.append(output[index]) }
    }
  }

  /// Literals and copies as long as neither input nor room can run out and nothing is wrong; what follows, one
  /// symbol at least, is left to the careful way above. True at the end of the block.
  private mutating func inflateQuickly(literals: HuffmanTable, distances: HuffmanTable) -> Bool {
    let start = output.count
    let room = min(1 << 16, limit &- start)
    guard room > QuickLimits.overrun, input.count &- position > QuickLimits.readAhead else { return false }
    output.append(contentsOf: repeatElement(0, count: room))
    var state = (bits: bits, count: bitCount, position: position, end: start, isOver: false)
    let base = base
    input.withUnsafeBytes { input in
      output.withUnsafeMutableBytes { output in
        literals.entries.withUnsafeBufferPointer { literalEntries in
          distances.entries.withUnsafeBufferPointer { distanceEntries in
            state = Self.inflate(
              input, output, room: start &+ room &- QuickLimits.overrun, base: base, from: state,
              QuickTable(entries: literalEntries, bits: literals.bits),
              QuickTable(entries: distanceEntries, bits: distances.bits))
          }
        }
      }
    }
    bitCount = state.count
    // Bits beyond the count were read ahead.
    bits = state.bits & ((1 &<< UInt64(truncatingIfNeeded: bitCount)) &- 1)
    position = state.position
    output.removeLast(output.count &- state.end)
    return state.isOver
  }

  private enum QuickLimits {
    /// What one turn may write behind the place where it began: two literals, the longest copy, and what a copy
    /// by eights writes too much.
    static let overrun = 2 + 258 + 8
    /// What one turn may read: two refills.
    static let readAhead = 16
  }

  /// A ``HuffmanTable`` without checks: the index of an entry is always inside.
  private struct QuickTable {
    let entries: UnsafeBufferPointer<UInt32>
    let bits: UInt64

    @inline(__always)
    subscript(next: UInt64) -> HuffmanTable.Entry {
      let first = entries[Int(truncatingIfNeeded: next & ((1 &<< bits) &- 1))]
      guard HuffmanTable.Entry(first).leadsOn else { return HuffmanTable.Entry(first) }
      return HuffmanTable.Entry(entries[HuffmanTable.Entry(first).place(next &>> bits)])
    }
  }

  private typealias QuickState = (bits: UInt64, count: Int, position: Int, end: Int, isOver: Bool)

  /// SAFETY: `output` has room for the overrun behind every place up to `room`, no distance reaches before
  /// `base`, and the input is read eight bytes at a time only while there are twice as many.
  private static func inflate(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, room: Int, base: Int,
    from state: QuickState, _ literals: QuickTable, _ distances: QuickTable
  ) -> QuickState {
    var (bits, count, position, end, _) = state
    guard let source = input.baseAddress, let target = output.baseAddress else { return state }
    let lastTurn = input.count &- QuickLimits.readAhead
    let lengthCodes = LengthCodes.lengths, distanceCodes = LengthCodes.distances
    /// Afterwards there are 56 to 63 bits: enough for a length, a distance and their extra bits, 48 at most.
    @inline(__always) func refill() {
      let word = UInt64(littleEndian: (source + position).loadUnaligned(as: UInt64.self))
      bits |= word &<< UInt64(truncatingIfNeeded: count)
      let taken = (63 &- count) &>> 3
      position &+= taken
      count &+= taken &<< 3
    }
    @inline(__always) func accept(_ entry: HuffmanTable.Entry) {
      bits &>>= UInt64(truncatingIfNeeded: entry.length)
      count &-= entry.length
    }
    while end <= room, position <= lastTurn {
      refill()
      var entry = literals[bits]
      if entry.isLiteral {
        // Two literals and what follows them fit in what one refill brings.
        accept(entry)
        target.storeBytes(of: entry.literal, toByteOffset: end, as: UInt8.self)
        end &+= 1
        entry = literals[bits]
        if entry.isLiteral {
          accept(entry)
          target.storeBytes(of: entry.literal, toByteOffset: end, as: UInt8.self)
          end &+= 1
          continue
        }
        refill()
      }
      let symbol = entry.symbol
      // Nothing is taken before it is known to be right.
      if entry.length == 0 || symbol >= 286 { break }
      let before = (bits, count)
      accept(entry)
      if symbol == 256 { return (bits, count, position, end, true) }
      let length = lengthCodes.value(symbol &- 257, &bits, &count)
      let other = distances[bits]
      let isKnown = other.length != 0 && other.symbol < 30
      accept(other)
      let distance = isKnown ? distanceCodes.value(other.symbol, &bits, &count) : .max
      if distance > end &- base {
        (bits, count) = before
        break
      }
      copy(target + end, from: target + (end &- distance), length: length, distance: distance)
      end &+= length
    }
    return (bits, count, position, end, false)
  }

  /// Copies that may run into bytes that they write themselves; by eights, up to seven bytes too many, where
  /// they do not.
  @inline(__always)
  private static func copy(
    _ target: UnsafeMutableRawPointer, from source: UnsafeMutableRawPointer, length: Int, distance: Int
  ) {
    var done = 0
    if distance >= 8 {
      repeat {
        target.storeBytes(
          of: source.loadUnaligned(fromByteOffset: done, as: UInt64.self), toByteOffset: done, as: UInt64.self)
        done &+= 8
      } while done < length
      return
    }
    while done < length {
      target.storeBytes(of: source.load(fromByteOffset: done, as: UInt8.self), toByteOffset: done, as: UInt8.self)
      done &+= 1
    }
  }

  /// A base value plus the extra bits that `code` asks for.
  @inline(__always)
  private mutating func extended(_ codes: LengthCodes, _ code: Int) throws(DecompressionError) -> Int {
    try codes.base[code] + take(codes.extraBits[code])
  }

  /// The two tables in front of a dynamic block (RFC 1951, 3.2.7).
  private mutating func readTables() throws(DecompressionError) -> (HuffmanTable, HuffmanTable) {
    let literalCount = try take(5) + 257
    let distanceCount = try take(5) + 1
    let lengthCount = try take(4) + 4
    guard literalCount <= 286, distanceCount <= 30 else { throw error(.badCodeLengths) }
    var lengthLengths = [UInt8](repeating: 0, count: 19)
    for index in 0..<lengthCount { lengthLengths[LengthCodes.order[index]] = UInt8(try take(3)) }
    guard let lengthTable = HuffmanTable(lengths: lengthLengths[...]) else { throw error(.badCodeLengths) }

    var lengths: [UInt8] = []
    while lengths.count < literalCount + distanceCount {
      let symbol = try symbol(lengthTable)
      let repeated: (value: UInt8, count: Int)
      switch symbol {
      case 16:
        guard let last = lengths.last else { throw error(.badCodeLengths) }
        repeated = (last, try take(2) + 3)
      case 17: repeated = (0, try take(3) + 3)
      case 18: repeated = (0, try take(7) + 11)
      default: repeated = (UInt8(truncatingIfNeeded: symbol), 1)
      }
      guard repeated.count <= literalCount + distanceCount - lengths.count else {
        throw error(.badCodeLengths)
      }
      for _ in 0..<repeated.count { lengths.append(repeated.value) }
    }
    // Without an end-of-block code the block could never end.
    guard lengths[256] != 0, let literals = HuffmanTable(lengths: lengths[..<literalCount]),
      let distances = HuffmanTable(lengths: lengths[literalCount...], allowsSingle: true)
    else { throw error(.badCodeLengths) }
    return (literals, distances)
  }
}

/// Base values and extra bits of copy lengths and distances (RFC 1951, 3.2.5).
private struct LengthCodes {
  let base: [Int]
  let extraBits: [Int]

  /// Bases follow from the extra bits: each code starts where the one before ends.
  private init(start: Int, extraBits: [Int]) {
    self.extraBits = extraBits
    var next = start
    base = extraBits.map { extra in
      defer { next += 1 << extra }
      return next
    }
  }

  private init(base: [Int], extraBits: [Int]) {
    self.base = base
    self.extraBits = extraBits
  }

  /// The value of `code`, whose extra bits are the lowest of `bits`.
  @inline(__always)
  func value(_ code: Int, _ bits: inout UInt64, _ count: inout Int) -> Int {
    let extra = extraBits[code]
    let value = base[code] &+ Int(truncatingIfNeeded: bits & ((1 &<< UInt64(truncatingIfNeeded: extra)) &- 1))
    bits &>>= UInt64(truncatingIfNeeded: extra)
    count &-= extra
    return value
  }

  /// Codes 257 to 285; the last is 258 without extra bits, one less than the rule would give.
  static let lengths: LengthCodes = {
    let regular = LengthCodes(start: 3, extraBits: (0..<28).map { max(0, $0 / 4 - 1) })
    return LengthCodes(base: regular.base + [258], extraBits: regular.extraBits + [0])
  }()
  static let distances = LengthCodes(start: 1, extraBits: (0..<30).map { max(0, $0 / 2 - 1) })
  /// The order in which a dynamic block gives the lengths of its length codes.
  static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
}
