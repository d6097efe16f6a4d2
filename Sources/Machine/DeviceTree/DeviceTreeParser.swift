import Fabric

extension DeviceTree {
  /// Nodes may be nested so deep; real trees have six levels.
  static let deepestNode = 64
  /// Linux and Xen accept no larger blob (Linux, Documentation/arch/arm64/booting; Xen, arm64 early map).
  static let largestBlob = 2 << 20

  /// Parses a blob. Bytes beyond the header's total size are ignored, as boot loaders leave padding there.
  public init(parsing bytes: [UInt8]) throws(DeviceTreeError) {
    let header = try DeviceTreeHeader(bytes)
    self.init(
      root: try DeviceTreeParser(bytes, header).parseStructure(),
      reservations: try header.reservations(in: bytes), bootCPU: header.bootCPU)
  }
}

/// Tokens of the structure block (Devicetree Specification, 5.4.1).
enum DeviceTreeToken {
  static let beginNode: UInt32 = 1
  static let endNode: UInt32 = 2
  static let property: UInt32 = 3
  static let nop: UInt32 = 4
  static let end: UInt32 = 9
}

/// The checked header (Devicetree Specification, 5.2).
struct DeviceTreeHeader {
  static let magic: UInt32 = 0xd00d_feed
  static let size = 40
  let totalSize: Int
  let structure: Range<Int>
  let strings: Range<Int>
  let reservationsStart: Int
  let bootCPU: UInt32

  init(_ bytes: [UInt8]) throws(DeviceTreeError) {
    guard bytes.count >= Self.size else {
      throw DeviceTreeError(offset: bytes.count, reason: .shorterThanHeader(count: bytes.count))
    }
    func field(_ offset: Int) -> Int { Int(BigEndian.word(bytes, at: offset)) }
    let magic = BigEndian.word(bytes, at: 0)
    guard magic == Self.magic else { throw DeviceTreeError(offset: 0, reason: .badMagic(magic)) }
    let version = BigEndian.word(bytes, at: 20)
    let lastCompatible = BigEndian.word(bytes, at: 24)
    guard version >= 17, lastCompatible <= 17 else {
      throw DeviceTreeError(
        offset: 20, reason: .unsupportedVersion(version, compatibleWith: lastCompatible))
    }
    let total = field(4)
    guard total <= bytes.count else {
      throw DeviceTreeError(offset: 4, reason: .truncated(totalSize: total, count: bytes.count))
    }
    guard total <= DeviceTree.largestBlob else {
      throw DeviceTreeError(offset: 4, reason: .tooLarge(totalSize: total))
    }
    totalSize = total

    // Offsets and sizes are 32-bit: their sums cannot overflow an Int.
    func block(
      _ kind: DeviceTreeError.Block, _ offsetField: Int, _ size: Int, alignment: Int
    ) throws(DeviceTreeError) -> Range<Int> {
      let start = field(offsetField)
      guard start >= Self.size, start + size <= total else {
        throw DeviceTreeError(offset: offsetField, reason: .blockOutside(kind))
      }
      guard start % alignment == 0 else {
        throw DeviceTreeError(offset: offsetField, reason: .blockMisaligned(kind))
      }
      return start..<start + size
    }
    structure = try block(.structure, 8, field(36), alignment: 4)
    strings = try block(.strings, 12, field(32), alignment: 1)
    reservationsStart = try block(.reservations, 16, 16, alignment: 8).lowerBound
    bootCPU = BigEndian.word(bytes, at: 28)
  }

  /// The entries up to the terminating pair of zeros (Devicetree Specification, 5.3).
  func reservations(in bytes: [UInt8]) throws(DeviceTreeError) -> [DeviceTree.Reservation] {
    var entries: [DeviceTree.Reservation] = []
    var offset = reservationsStart
    while offset + 16 <= totalSize {
      let address = BigEndian.doubleWord(bytes, at: offset)
      let size = BigEndian.doubleWord(bytes, at: offset + 8)
      if address == 0, size == 0 { return entries }
      entries.append(DeviceTree.Reservation(address: address, size: size))
      offset += 16
    }
    throw DeviceTreeError(offset: reservationsStart, reason: .reservationsUnterminated)
  }
}

/// Reads the structure block; every step checks that it stays inside.
private struct DeviceTreeParser {
  private let bytes: [UInt8]
  private let header: DeviceTreeHeader
  private var offset: Int

  init(_ bytes: [UInt8], _ header: DeviceTreeHeader) {
    self.bytes = bytes
    self.header = header
    offset = header.structure.lowerBound
  }

  consuming func parseStructure() throws(DeviceTreeError) -> DeviceTree.Node {
    var parser = self
    return try parser.parse()
  }

  private mutating func parse() throws(DeviceTreeError) -> DeviceTree.Node {
    var root: DeviceTree.Node?
    var open: [DeviceTree.Node] = []
    // Names seen in each open node; only asked for membership.
    var childNames: [Set<String>] = []
    var propertyNames: Set<String> = []
    while true {
      let at = offset
      switch try word() {
      case DeviceTreeToken.beginNode:
        guard open.count < DeviceTree.deepestNode else { throw error(at, .nodesTooDeep) }
        guard root == nil else { throw error(at, .severalRoots) }
        let name = try nodeName(isRoot: open.isEmpty)
        if !open.isEmpty, !childNames[childNames.count - 1].insert(name).inserted {
          throw error(at, .duplicateNode(name))
        }
        open.append(DeviceTree.Node(name))
        childNames.append([])
        propertyNames = []
      case DeviceTreeToken.endNode:
        guard let node = open.popLast() else { throw error(at, .endNodeWithoutNode) }
        childNames.removeLast()
        if open.isEmpty { root = node } else { open[open.count - 1].children.append(node) }
      case DeviceTreeToken.property:
        let property = try property()
        guard let node = open.last else { throw error(at, .propertyOutsideOfNode) }
        guard node.children.isEmpty else { throw error(at, .propertyAfterChild(node.name)) }
        guard propertyNames.insert(property.name).inserted else {
          throw error(at, .duplicateProperty(property.name, node: node.name))
        }
        open[open.count - 1].properties.append(property)
      case DeviceTreeToken.nop: break
      case DeviceTreeToken.end:
        if let node = open.last { throw error(at, .endInsideNode(node.name)) }
        guard let root else { throw error(at, .noRoot) }
        return root
      case let token: throw error(at, .unknownToken(token))
      }
    }
  }

  private func error(_ offset: Int, _ reason: DeviceTreeError.Reason) -> DeviceTreeError {
    DeviceTreeError(offset: offset, reason: reason)
  }

  private mutating func word() throws(DeviceTreeError) -> UInt32 {
    guard offset + 4 <= header.structure.upperBound else { throw error(offset, .structureEndsEarly) }
    defer { offset += 4 }
    return BigEndian.word(bytes, at: offset)
  }

  private mutating func align() { offset = (offset + 3) & ~3 }

  private mutating func property() throws(DeviceTreeError) -> DeviceTree.Property {
    let at = offset
    let length = Int(try word())
    let nameOffset = Int(try word())
    guard length <= header.structure.upperBound - offset else {
      throw error(at, .propertyOutside(length: length))
    }
    let value = Array(bytes[offset..<offset + length])
    offset += length
    align()
    guard nameOffset < header.strings.count else {
      throw error(at + 4, .propertyNameOutside(offset: nameOffset))
    }
    let start = header.strings.lowerBound + nameOffset
    guard let end = terminator(start..<header.strings.upperBound) else {
      throw error(start, .nameUnterminated)
    }
    let name = String(decoding: bytes[start..<end], as: UTF8.self)
    guard Self.isName(bytes[start..<end]) else { throw error(start, .badPropertyName(name)) }
    return DeviceTree.Property(name, value)
  }

  private mutating func nodeName(isRoot: Bool) throws(DeviceTreeError) -> String {
    let start = offset
    guard let end = terminator(start..<header.structure.upperBound) else {
      throw error(start, .nameUnterminated)
    }
    offset = end + 1
    align()
    let name = String(decoding: bytes[start..<end], as: UTF8.self)
    guard isRoot ? start == end : Self.isName(bytes[start..<end]) else {
      throw error(start, .badNodeName(name))
    }
    return name
  }

  private func terminator(_ range: Range<Int>) -> Int? { bytes[range].firstIndex(of: 0) }

  /// Printable, and neither empty nor able to break a path or a quoted string.
  private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
    !bytes.isEmpty
      && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\"") }
  }
}
