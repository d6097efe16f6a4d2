import Machine

/// Where a device tree's `ranges` say that addresses of devices are (Devicetree Specification 0.4, 2.3.8).
struct TreeWindows {
  struct Window {
    /// Physical addresses.
    var range: Range<UInt64>
    /// The node that has the `ranges`.
    var path: String
    fileprivate var depth: Int
  }

  private(set) var windows: [Window] = []
  /// More make a tree that no board has.
  private static let limit = 256

  init(_ tree: DeviceTree?) {
    guard let tree else { return }
    for child in tree.root.children {
      visit(child, "/" + child.name, parent: tree.root, through: nil, depth: 1)
    }
  }

  /// The innermost window that has an address.
  func window(of address: UInt64) -> Window? {
    windows.filter { $0.range.contains(address) }.max { $0.depth < $1.depth }
  }

  private struct Translation {
    var bus: UInt64
    var physical: UInt64
    var size: UInt64
  }

  /// - Parameter outer: how the parent's bus addresses become physical ones; nil: they are.
  private mutating func visit(
    _ node: DeviceTree.Node, _ path: String, parent: DeviceTree.Node, through outer: [Translation]?,
    depth: Int
  ) {
    guard node.isEnabled, let cells = node.cells("ranges"), windows.count < Self.limit, depth < 16 else {
      return
    }
    var own = outer
    if !cells.isEmpty {
      let translations = Self.translations(cells, node, parent).compactMap { Self.compose($0, outer) }
      for one in translations where windows.count < Self.limit {
        windows.append(Window(range: one.physical..<one.physical &+ one.size, path: path, depth: depth))
      }
      own = translations
    }
    for child in node.children {
      visit(child, path + "/" + child.name, parent: node, through: own, depth: depth + 1)
    }
  }

  private static func translations(
    _ cells: [UInt32], _ node: DeviceTree.Node, _ parent: DeviceTree.Node
  ) -> [Translation] {
    let address = Int(min(node.cell("#address-cells") ?? 2, 3))
    let upper = Int(min(parent.cell("#address-cells") ?? 2, 3))
    let size = Int(min(node.cell("#size-cells") ?? 1, 2))
    let width = address + upper + size
    guard address > 0, upper > 0, size > 0 else { return [] }
    func number(_ slice: ArraySlice<UInt32>) -> UInt64 { slice.suffix(2).reduce(0) { $0 << 32 | UInt64($1) } }
    return stride(from: 0, to: cells.count - width + 1, by: width).compactMap { start in
      let physical = number(cells[start + address..<start + address + upper])
      let count = number(cells[start + address + upper..<start + width])
      guard count > 0, !physical.addingReportingOverflow(count).overflow else { return nil }
      return Translation(bus: number(cells[start..<start + address]), physical: physical, size: count)
    }
  }

  /// What of the parent's addresses is physical, and where; nil if the parent's ranges do not have it.
  private static func compose(_ inner: Translation, _ outer: [Translation]?) -> Translation? {
    guard let outer else { return inner }
    for one in outer where inner.physical >= one.bus && inner.physical &- one.bus < one.size {
      let distance = inner.physical &- one.bus
      return Translation(
        bus: inner.bus, physical: one.physical &+ distance, size: min(inner.size, one.size &- distance))
    }
    return nil
  }
}
