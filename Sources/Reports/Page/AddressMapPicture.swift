/// A domain's map as SVG: intermediate physical addresses on the left, physical ones on the right, both from low to
/// high, each range as high as the logarithm of its size.
struct AddressMapPicture {
  /// Ranges drawn as one when they are neighbours and there are many: with how many they were.
  private struct Block {
    var range: StageTwoMap.Range
    var count = 1
    var y = 0
    var physicalY = 0
  }

  private static let mostBlocks = 40
  private let map: StageTwoMap
  private var blocks: [Block]
  private var holes: [(hole: StageTwoMap.Hole, y: Int)] = []
  /// Ranges that are only in the table.
  private(set) var omitted = 0
  private var height = 0

  private static let left = 330, wide = 90, right = 560, width = 900, top = 26

  init(_ map: StageTwoMap) {
    self.map = map
    blocks = Self.merged(map.ranges)
    if blocks.count > Self.mostBlocks {
      let bySize = blocks.indices.sorted {
        blocks[$0].range.size != blocks[$1].range.size ? blocks[$0].range.size > blocks[$1].range.size : $0 < $1
      }
      let kept = Set(bySize.prefix(Self.mostBlocks))
      omitted = blocks.indices.filter { !kept.contains($0) }.reduce(0) { $0 + blocks[$1].count }
      blocks = blocks.indices.filter(kept.contains).map { blocks[$0] }
    }
    layOut()
  }

  private static func merged(_ ranges: [StageTwoMap.Range]) -> [Block] {
    var blocks = ranges.map { Block(range: $0) }
    // The gaps that are drawn over grow until the picture is small enough.
    var gap: UInt64 = 1 << 12
    while blocks.count > mostBlocks, gap <= 1 << 24 {
      var next: [Block] = []
      for block in blocks {
        if var last = next.last, last.range.rights == block.range.rights,
          last.range.pa &- last.range.ipa == block.range.pa &- block.range.ipa,
          block.range.ipa &- last.range.last <= gap
        {
          last.range.size = block.range.last &- last.range.ipa &+ 1
          last.count += block.count
          next[next.count - 1] = last
        } else {
          next.append(block)
        }
      }
      blocks = next
      gap <<= 2
    }
    return blocks
  }

  private static func height(_ size: UInt64) -> Int {
    let pages = max(1, size >> 12)
    return 15 + 2 * (63 - pages.leadingZeroBitCount)
  }

  private mutating func layOut() {
    var items: [(address: UInt64, block: Int?, hole: Int?)] = []
    for (number, block) in blocks.enumerated() { items.append((block.range.ipa, number, nil)) }
    let shownHoles = map.holes.sorted { $0.count != $1.count ? $0.count > $1.count : $0.page < $1.page }.prefix(24)
    holes = shownHoles.sorted { $0.page < $1.page }.map { (hole: $0, y: 0) }
    for (number, entry) in holes.enumerated() { items.append((entry.hole.page, nil, number)) }
    items.sort { ($0.address, $0.hole ?? -1) < ($1.address, $1.hole ?? -1) }
    var y = Self.top
    var end: UInt64?
    for item in items {
      if let end, end != item.address { y += 5 }
      if let number = item.block {
        blocks[number].y = y
        y += Self.height(blocks[number].range.size)
        end = blocks[number].range.last &+ 1
      } else if let number = item.hole {
        holes[number].y = y
        y += 15
        end = item.address &+ 0x1000
      }
    }
    height = y
    y = Self.top
    end = nil
    for number in blocks.indices.sorted(by: { (blocks[$0].range.pa, $0) < (blocks[$1].range.pa, $1) }) {
      if let end, end != blocks[number].range.pa { y += 5 }
      blocks[number].physicalY = y
      y += Self.height(blocks[number].range.size)
      end = blocks[number].range.pa &+ blocks[number].range.size
    }
    height = max(height, y) + 8
  }

  // MARK: Drawing

  func write(_ page: inout HTMLText) {
    page.markup("<div class=scroll><svg role=img width=\"900\" height=\"")
    page.number(height)
    page.markup("\" viewBox=\"0 0 900 ")
    page.number(height)
    page.markup("\"><title>")
    page.text("\(map.name): intermediate physical addresses on the left, physical addresses on the right")
    page.markup("</title><text class=dim x=330 y=14>IPA</text><text class=dim x=560 y=14>PA</text>\n")
    for block in blocks { write(block, &page) }
    for entry in holes { write(entry.hole, entry.y, &page) }
    page.markup("</svg></div>\n")
  }

  private func attribute(_ name: StaticString, _ value: Int, _ page: inout HTMLText) {
    page.markup(" ")
    page.markup(name)
    page.markup("=\"")
    page.number(value)
    page.markup("\"")
  }

  private func write(_ block: Block, _ page: inout HTMLText) {
    let range = block.range
    let size = Self.height(range.size)
    page.markup("<g><title>")
    page.text("IPA \(hexadecimal(range.ipa)) to \(hexadecimal(range.last)), PA \(hexadecimal(range.pa)), \(range.rights)")
    if block.count > 1 { page.text(", \(block.count) ranges with small gaps") }
    page.markup("</title><path class=")
    page.markup(kind(range.rights))
    page.markup(" d=\"")
    let a = Self.left + Self.wide, b = Self.right
    page.text("M\(a) \(block.y)L\(b) \(block.physicalY)V\(block.physicalY + size - 1)L\(a) \(block.y + size - 1)Z")
    page.markup("\"/>")
    for (x, y) in [(Self.left, block.y), (Self.right, block.physicalY)] {
      page.markup("<rect class=")
      page.markup(kind(range.rights))
      attribute("x", x, &page)
      attribute("y", y, &page)
      attribute("width", Self.wide, &page)
      attribute("height", size - 1, &page)
      page.markup("/>")
    }
    label("\(hexadecimal(range.ipa))  \(byteText(block)) \(range.rights)", x: Self.left - 8, y: block.y, isEnd: true, &page)
    label(hexadecimal(range.pa), x: Self.right + Self.wide + 8, y: block.physicalY, isEnd: false, &page)
    page.markup("</g>\n")
  }

  private func byteText(_ block: Block) -> String {
    byteCount(block.range.size) + (block.count > 1 ? " (\(block.count) ranges)" : "")
  }

  private func write(_ hole: StageTwoMap.Hole, _ y: Int, _ page: inout HTMLText) {
    page.markup("<g><rect class=f")
    attribute("x", Self.left, &page)
    attribute("y", y, &page)
    attribute("width", Self.wide, &page)
    attribute("height", 13, &page)
    page.markup("/><text class=f text-anchor=end")
    attribute("x", Self.left - 8, &page)
    attribute("y", y + 11, &page)
    page.markup(">")
    page.text("\(hexadecimal(hole.page))  \(hole.place): \(counted(hole.count, "fault"))")
    page.markup("</text></g>\n")
  }

  private func label(_ text: String, x: Int, y: Int, isEnd: Bool, _ page: inout HTMLText) {
    page.markup("<text")
    if isEnd { page.markup(" text-anchor=end") }
    attribute("x", x, &page)
    attribute("y", y + 11, &page)
    page.markup(">")
    page.text(text)
    page.markup("</text>")
  }

  private func kind(_ rights: String) -> StaticString {
    if rights.hasSuffix("d") { return "d" }
    if rights.hasPrefix("rwx") { return "x" }
    return rights.hasPrefix("rw") ? "w" : "r"
  }
}
