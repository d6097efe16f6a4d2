import Fabric

/// A control block under way, whatever kind of channel it is on: where both sides are, and what is left to
/// do.
struct DMABlock {
  /// Where data come from or go to.
  struct Side {
    var address: UInt64 = 0
    /// S_INC, D_INC.
    var moves = false
    /// Bytes of one access, 4 to 32: what a side that does not move reads or writes over and over.
    var width: UInt32 = 4
    /// Added after each row, signed.
    var stride: UInt64 = 0
    /// S_IGNORE, D_IGNORE.
    var isIgnored = false
    /// Cycles of waiting for each access.
    var waits: UInt32 = 0
  }

  /// What is moved at one point of virtual time.
  struct Slice {
    /// Rows, or parts of a row, one after the other.
    var rows: UInt32
    /// Bytes in each.
    var bytes: UInt32
    /// How long that takes.
    var nanoseconds: UInt64
  }

  var source = Side()
  var destination = Side()
  /// 32 or 40 bits of address.
  var addressMask: UInt64 = 0xffff_ffff
  /// Without source reads: zeros are written; otherwise nothing (the write strobes are off).
  var storesZeros = false
  /// The request (PERMAP) that paces either side; zero if none does.
  var request: UInt32 = 0
  /// Words in a burst, at least 1.
  var burst: UInt32 = 1
  var rowLength: UInt32 = 0
  /// Bytes left of this row.
  var rowLeft: UInt32 = 0
  /// Rows left, with this one.
  var rows: UInt32 = 0

  var isDone: Bool { rows == 0 }
  var isPaced: Bool { request != 0 && rows != 0 }

  /// The place in the row.
  var rowDone: UInt32 { rowLength &- rowLeft }

  // MARK: Time

  /// What fetching a control block takes; also what keeps an endless list of empty blocks from spinning.
  static let fetchNanoseconds: UInt64 = 500
  /// Memory moves at a byte in a nanosecond; a row takes at least this much.
  private static let rowNanoseconds: UInt64 = 16
  /// An access to a peripheral.
  private static let wordNanoseconds: UInt64 = 40
  /// A cycle of WAITS: of 500 MHz.
  private static let waitNanoseconds: UInt64 = 2
  private static let sliceBytes: UInt32 = 16_384
  private static let peripheralSliceBytes: UInt32 = 256

  /// The next slice. It depends on nothing but the block, so that it is the same when it is asked for again.
  func slice(toPeripheral: Bool) -> Slice {
    var slice = Slice(rows: 1, bytes: rowLeft, nanoseconds: 0)
    if isPaced {
      slice.bytes = min(rowLeft, burst &* 4)
    } else if toPeripheral {
      slice.bytes = min(rowLeft, Self.peripheralSliceBytes)
    } else if rowLeft > Self.sliceBytes {
      slice.bytes = Self.sliceBytes
    } else if rowLeft == rowLength {
      slice.rows = max(1, min(rows, Self.sliceBytes / max(rowLength, 64)))
    }
    let words = UInt64((slice.bytes &+ 3) / 4)
    let moving = isPaced || toPeripheral ? words &* Self.wordNanoseconds : UInt64(slice.bytes)
    let waits = accesses(of: source, slice.bytes) &+ accesses(of: destination, slice.bytes)
    let row = max(Self.rowNanoseconds, moving) &+ waits &* Self.waitNanoseconds
    slice.nanoseconds = UInt64(slice.rows) &* row
    return slice
  }

  private func accesses(of side: Side, _ bytes: UInt32) -> UInt64 {
    UInt64(bytes / max(side.width, 4) &+ 1) &* UInt64(side.waits)
  }

  // MARK: Progress

  /// The memory that is still to be read or written. A block that a request paces tells of none: software may
  /// go on filling a stream that a peripheral takes, or reading what it gave.
  func parts(isPeripheral: (Side) -> Bool) -> [DMAPart] {
    guard !isPaced, rows > 0 else { return [] }
    return [(source, false), (destination, true)].flatMap { side, isWrite -> [DMAPart] in
      if side.isIgnored || isPeripheral(side) { return [] }
      guard side.moves else {
        return [DMAPart(address: side.address, count: UInt64(max(side.width, 4)), isWrite: isWrite)]
      }
      var address = side.address
      var left = UInt64(rowLeft)
      return (0..<min(Int(rows), DMAPort.partLimit / 2)).map { _ in
        defer {
          address = (address &+ left &+ side.stride) & addressMask
          left = UInt64(rowLength)
        }
        return DMAPart(address: address, count: left, isWrite: isWrite)
      }
    }
  }

  /// How many of `count` bytes can be moved in one go: neither side leaves its page, so that what one
  /// transfer reaches has one answer.
  func piece(of count: UInt32) -> UInt32 {
    var count = count
    if source.moves && !source.isIgnored { count = min(count, 4096 &- UInt32(source.address & 4095)) }
    if destination.moves && !destination.isIgnored {
      count = min(count, 4096 &- UInt32(destination.address & 4095))
    }
    return count
  }

  mutating func advance(_ count: UInt32) {
    guard rows > 0 else { return }
    if source.moves { source.address = (source.address &+ UInt64(count)) & addressMask }
    if destination.moves { destination.address = (destination.address &+ UInt64(count)) & addressMask }
    rowLeft &-= min(count, rowLeft)
    guard rowLeft == 0 else { return }
    rows &-= 1
    guard rows > 0 else { return }
    rowLeft = rowLength
    source.address = (source.address &+ source.stride) & addressMask
    destination.address = (destination.address &+ destination.stride) & addressMask
  }

  /// TXFR_LEN: rows after this one (2D mode) and bytes.
  var lengthRegister: UInt32 { (rows == 0 ? 0 : (rows &- 1) &<< 16) | rowLeft }

  /// A 16-bit stride, sign-extended.
  static func stride(_ bits: UInt32) -> UInt64 { UInt64(bits & 0xffff).signExtended(from: 16) }

  /// Sets rows and bytes from a length register.
  mutating func setLength(_ length: UInt32, isTwoDimensional: Bool) {
    rowLength = isTwoDimensional ? length & 0xffff : length
    rowLeft = rowLength
    rows = isTwoDimensional ? (length >> 16 & 0x3fff) &+ 1 : 1
  }

  mutating func visitState<V: StateVisitor>(_ visitor: inout V) {
    source.visitState(&visitor)
    destination.visitState(&visitor)
    visitor.visit("addressMask", &addressMask)
    visitor.visit("storesZeros", &storesZeros)
    visitor.visit("request", &request)
    visitor.visit("burst", &burst)
    visitor.visit("rowLength", &rowLength)
    visitor.visit("rowLeft", &rowLeft)
    visitor.visit("rows", &rows)
  }
}

extension DMABlock.Side {
  mutating func visitState<V: StateVisitor>(_ visitor: inout V) {
    visitor.visit("address", &address)
    visitor.visit("moves", &moves)
    visitor.visit("width", &width)
    visitor.visit("stride", &stride)
    visitor.visit("isIgnored", &isIgnored)
    visitor.visit("waits", &waits)
  }
}
