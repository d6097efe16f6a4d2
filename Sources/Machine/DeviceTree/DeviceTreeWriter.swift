extension DeviceTree {
  /// The blob, format version 17, with `padding` zero bytes at its end that count as part of it.
  ///
  /// Blocks and shared strings are laid out as `dtc` lays them out.
  public func serialized(padding: Int = 0) -> [UInt8] {
    var writer = StructureWriter()
    writer.append(root)
    writer.append(DeviceTreeToken.end)

    var reservationBlock: [UInt8] = []
    for entry in reservations + [Reservation(address: 0, size: 0)] {
      reservationBlock += BigEndian.bytes(entry.address) + BigEndian.bytes(entry.size)
    }
    let reservationOffset = DeviceTreeHeader.size
    let structureOffset = reservationOffset + reservationBlock.count
    let stringsOffset = structureOffset + writer.structure.count
    let total = stringsOffset + writer.strings.count + padding

    var blob: [UInt8] = []
    blob.reserveCapacity(total)
    let fields = [
      total, structureOffset, stringsOffset, reservationOffset, 17, 16, Int(bootCPU),
      writer.strings.count, writer.structure.count,
    ]
    blob += BigEndian.bytes(DeviceTreeHeader.magic)
    for field in fields { blob += BigEndian.bytes(UInt32(truncatingIfNeeded: field)) }
    blob += reservationBlock
    blob += writer.structure
    blob += writer.strings
    blob += [UInt8](repeating: 0, count: padding)
    return blob
  }
}

/// Builds the structure block and the strings that it names.
private struct StructureWriter {
  private(set) var structure: [UInt8] = []
  private(set) var strings: [UInt8] = []
  /// Offset of every string in `strings` and of every tail of one, which may serve as a name too.
  private var offsets: [ArraySlice<UInt8>: Int] = [:]

  mutating func append(_ word: UInt32) { structure += BigEndian.bytes(word) }

  mutating func append(_ node: DeviceTree.Node) {
    append(DeviceTreeToken.beginNode)
    structure += Array(node.name.utf8) + [0]
    align()
    for property in node.properties {
      append(DeviceTreeToken.property)
      append(UInt32(truncatingIfNeeded: property.value.count))
      append(UInt32(truncatingIfNeeded: offset(of: property.name)))
      structure += property.value
      align()
    }
    for child in node.children { append(child) }
    append(DeviceTreeToken.endNode)
  }

  private mutating func align() { while structure.count % 4 != 0 { structure.append(0) } }

  private mutating func offset(of name: String) -> Int {
    let name = Array(name.utf8)
    if let known = offsets[name[...]] { return known }
    let start = strings.count
    strings += name + [0]
    // Absurdly long names do not share their tails: their number times their length would be felt.
    for index in name.indices.prefix(name.count < 256 ? name.count : 1)
    where offsets[name[index...]] == nil {
      offsets[name[index...]] = start + index
    }
    return start
  }
}
