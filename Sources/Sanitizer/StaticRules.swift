import Fabric
import Machine

/// Rules that need no transfer: the device tree before the first instruction, what Xen and Linux print while
/// they boot.
public final class StaticRules {
  private let sanitizer: DMASanitizer
  /// Bytes of Dom0's banks, and those of them in the first GiB; nil: no bank was told yet.
  private var banks: (all: UInt64, low: UInt64, text: [String])?
  private var hasToldBanks = false

  public init(_ sanitizer: DMASanitizer) { self.sanitizer = sanitizer }

  private static let firstGiB: UInt64 = 0x4000_0000

  // MARK: Device tree

  /// The masters below each bus of the tree, and where the bus node is found.
  private static let buses: [(path: String, masters: [String])] = [
    ("/soc", ["videocore", "dma0", "dma7"]), ("emmc2bus", ["emmc2"]),
  ]

  /// Compares the tree's dma-ranges with what the board's masters have.
  public func check(_ tree: DeviceTree) {
    for bus in Self.buses {
      guard let node = tree.node(at: bus.path), node.isEnabled, node["dma-ranges"] != nil else { continue }
      for name in bus.masters {
        guard let port = sanitizer.board.port(named: name) else { continue }
        for range in Self.ranges(node, tree) { compare(range, of: bus.path, with: port) }
      }
    }
    checkPCIe(tree)
  }

  private struct DMARange {
    var bus: UInt64
    var physical: UInt64
    var size: UInt64
    var text: String { "\(bus.hex()) for physical \(physical.hex()), \(size.hex()) bytes" }
  }

  /// The node's own cells for the bus address and the size, its parent's (the root's) for the CPU address
  /// (Devicetree Specification 0.4, 2.3.9). Flags of PCI are left out.
  private static func ranges(_ node: DeviceTree.Node, _ tree: DeviceTree) -> [DMARange] {
    guard let cells = node.cells("dma-ranges"), !cells.isEmpty else { return [] }
    let address = Int(min(node.cell("#address-cells") ?? 2, 3))
    let parent = Int(min(tree.root.cell("#address-cells") ?? 2, 2))
    let size = Int(min(node.cell("#size-cells") ?? 1, 2))
    let width = address + parent + size
    guard size > 0, address > 0, parent > 0 else { return [] }
    func number(_ slice: ArraySlice<UInt32>) -> UInt64 { slice.suffix(2).reduce(0) { $0 << 32 | UInt64($1) } }
    return stride(from: 0, to: cells.count - width + 1, by: width).map { start in
      DMARange(
        bus: number(cells[start..<start + address]),
        physical: number(cells[start + address..<start + address + parent]),
        size: number(cells[start + address + parent..<start + width]))
    }
  }

  private func compare(_ range: DMARange, of path: String, with port: DMAPort) {
    guard range.size > 0, let direct = port.windows.first(where: { $0.kind == .memory }) else { return }
    let last = min(range.size &- 1, sanitizer.board.ram.limit &- 1)
    for distance in [0, last] {
      // Other aliases lead to the same memory, but not as the cores see it.
      let address = range.bus &+ distance
      let isTold = direct.physical &+ (address &- direct.bus.lowerBound) == range.physical &+ distance
      if direct.bus.contains(address) && isTold { continue }
      var finding = sanitizer.finding(
        .deviceTreeMismatch, port.name, "is told another window by dma-ranges of \(path)")
      finding.facts.append(("told", range.text))
      let has = DMARange(
        bus: direct.bus.lowerBound, physical: direct.physical, size: UInt64(direct.bus.count))
      finding.facts.append(("has", has.text))
      finding.facts.append(("board", sanitizer.board.configuration.identity.steppingName))
      return sanitizer.add(finding, note: path)
    }
  }

  /// B0's root complex reaches the first 3 GiB.
  private func checkPCIe(_ tree: DeviceTree) {
    guard sanitizer.board.configuration.identity.stepping == .b0, let node = tree.node(at: "pcie0"),
      node.isEnabled
    else { return }
    for range in Self.ranges(node, tree) where range.physical &+ range.size > 0xc000_0000 {
      var finding = sanitizer.finding(
        .deviceTreeMismatch, "pcie", "is told another window by dma-ranges of pcie0")
      finding.facts.append(("told", range.text))
      finding.facts.append(("has", "the first 3 GiB"))
      finding.facts.append(("board", sanitizer.board.configuration.identity.steppingName))
      sanitizer.add(finding, note: "pcie0")
    }
  }

  // MARK: Console

  /// A line of the console.
  public func read(_ line: String) {
    if let range = Self.range(in: line, after: "software IO TLB: mapped [mem ") { checkBounce(range, line) }
    if line.hasPrefix("(XEN) BANK["), let range = Self.range(in: line, after: "] ") {
      var all = banks ?? (0, 0, [])
      all.all &+= range.upperBound &- range.lowerBound
      all.low &+= min(range.upperBound, Self.firstGiB) &- min(range.lowerBound, Self.firstGiB)
      if all.text.count < 8 {
        all.text.append("\(range.lowerBound.hex())...\((range.upperBound &- 1).hex())")
      }
      banks = all
    } else if banks != nil {
      checkBanks()
    }
  }

  /// Xen has told all banks of Dom0: another line came.
  private func checkBanks() {
    guard !hasToldBanks, let banks else { return }
    hasToldBanks = true
    guard banks.low == 0, banks.all > 0 else { return }
    var finding = sanitizer.finding(.noLowMemory, "dom0", "gets its memory from Xen")
    finding.facts.append(("banks", banks.text.joined(separator: ", ")))
    finding.facts.append(("reachable", "DMA channels 0 to 10 and the mailbox reach 0x0...0x3fffffff"))
    sanitizer.add(finding, note: "")
  }

  private func checkBounce(_ range: Range<UInt64>, _ line: String) {
    guard range.upperBound > Self.firstGiB else { return }
    var finding = sanitizer.finding(.bounceAboveLimit, "swiotlb", "is placed by the kernel")
    finding.facts.append(("buffer", "\(range.lowerBound.hex())...\((range.upperBound &- 1).hex())"))
    finding.facts.append(("reachable", "DMA channels 0 to 10 and the mailbox reach 0x0...0x3fffffff"))
    sanitizer.add(finding, note: "")
  }

  /// `0xA-0xB` behind `mark`.
  static func range(in line: String, after mark: String) -> Range<UInt64>? {
    guard let start = line.firstRange(of: mark)?.upperBound else { return nil }
    let parts = line[start...].prefix { $0.isHexDigit || $0 == "x" || $0 == "-" }.split(separator: "-")
    guard parts.count == 2 else { return nil }
    let numbers = parts.compactMap { $0.hasPrefix("0x") ? UInt64($0.dropFirst(2), radix: 16) : nil }
    guard numbers.count == 2, numbers[0] < numbers[1] else { return nil }
    return numbers[0]..<numbers[1]
  }
}

extension BoardIdentity {
  fileprivate var steppingName: String {
    "BCM2711 \(stepping.rawValue.uppercased()), \(memory.gibibytes) GiB"
  }
}
