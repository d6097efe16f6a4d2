/// Where a device tree says that its nodes have registers, as addresses of the CPUs (Devicetree Specification 0.4,
/// 2.3.6 and 2.3.8).
public struct DeviceTreeRegions: Sendable {
  public struct Region: Sendable, Equatable {
    public var path: String
    public var start: UInt64
    public var size: UInt64
    /// `status` of the node and of those above it.
    public var isEnabled: Bool

    func contains(_ address: UInt64) -> Bool { address >= start && address - start < size }
  }

  public private(set) var regions: [Region] = []
  /// Against trees that are nothing but `reg`.
  private static let limit = 1 << 14

  public init(_ tree: DeviceTree) {
    visit(tree.root, path: "", in: Bus(addressCells: 2, sizeCells: 1, windows: nil), isEnabled: true)
  }

  /// The node whose `reg` has the address; of several the one with the smallest region, then the first.
  public func node(at address: UInt64) -> Region? {
    var found: Region?
    for region in regions where region.contains(address) && region.size < found?.size ?? .max { found = region }
    return found
  }

  // MARK: Walk

  private struct Window {
    var child: UInt64
    var parent: UInt64
    var size: UInt64
  }

  /// What `reg` of a node's children means.
  private struct Bus {
    var addressCells: Int
    var sizeCells: Int
    /// How addresses become those of the CPUs; nil: they are.
    var windows: [[Window]]?

    func address(_ address: UInt64) -> UInt64? {
      var address = address
      for step in windows ?? [] {
        guard let window = step.first(where: { address >= $0.child && address - $0.child < $0.size }) else { return nil }
        address = window.parent &+ (address - window.child)
      }
      return address
    }
  }

  private mutating func visit(_ node: DeviceTree.Node, path: String, in bus: Bus, isEnabled: Bool) {
    guard regions.count < Self.limit else { return }
    let isEnabled = isEnabled && node.isEnabled
    if let cells = node.cells("reg"), !path.isEmpty { add(cells, path: path, in: bus, isEnabled: isEnabled) }
    guard let inner = self.bus(of: node, in: bus, isRoot: path.isEmpty) else { return }
    for child in node.children { visit(child, path: path + "/" + child.name, in: inner, isEnabled: isEnabled) }
  }

  private mutating func add(_ cells: [UInt32], path: String, in bus: Bus, isEnabled: Bool) {
    let width = bus.addressCells + bus.sizeCells
    guard bus.sizeCells > 0, width > 0 else { return }
    for start in stride(from: 0, to: cells.count - width + 1, by: width) where regions.count < Self.limit {
      let size = Self.number(cells[(start + bus.addressCells)..<(start + width)])
      guard size > 0, let address = bus.address(Self.number(cells[start..<(start + bus.addressCells)])) else {
        continue
      }
      regions.append(Region(path: path, start: address, size: size, isEnabled: isEnabled))
    }
  }

  /// The bus that a node is to its children; nil if their addresses are none of the CPUs'.
  private func bus(of node: DeviceTree.Node, in outer: Bus, isRoot: Bool) -> Bus? {
    let addressCells = Int(min(node.cell("#address-cells") ?? 2, 3))
    let sizeCells = Int(min(node.cell("#size-cells") ?? 1, 2))
    var inner = Bus(addressCells: addressCells, sizeCells: sizeCells, windows: outer.windows)
    if isRoot { return inner }
    guard node["ranges"] != nil, let cells = node.cells("ranges") else { return nil }
    guard !cells.isEmpty else { return inner }
    let width = addressCells + outer.addressCells + sizeCells
    guard sizeCells > 0, width > 0 else { return nil }
    var windows: [Window] = []
    for start in stride(from: 0, to: cells.count - width + 1, by: width) {
      let parent = start + addressCells, size = parent + outer.addressCells
      windows.append(
        Window(
          child: Self.number(cells[start..<parent]), parent: Self.number(cells[parent..<size]),
          size: Self.number(cells[size..<(start + width)])))
    }
    inner.windows = [windows] + (outer.windows ?? [])
    return inner
  }

  /// The lowest 64 bits; PCI's addresses have flags above.
  private static func number(_ cells: ArraySlice<UInt32>) -> UInt64 { cells.reduce(0) { $0 << 32 | UInt64($1) } }
}
