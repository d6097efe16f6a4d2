/// A flattened device tree (Devicetree Specification v0.4, chapter 5; format version 17) as a value: parse
/// one, edit it, write it again or print it as source.
///
/// Order is kept everywhere, so that an unedited tree is written back as `dtc` wrote it.
public struct DeviceTree: Equatable, Sendable {
  /// A physical range that the operating system must leave alone (`/memreserve/`).
  public struct Reservation: Equatable, Sendable {
    public var address: UInt64
    public var size: UInt64

    public init(address: UInt64, size: UInt64) {
      self.address = address
      self.size = size
    }
  }

  public var reservations: [Reservation]
  public var root: Node
  /// The header's `boot_cpuid_phys`.
  public var bootCPU: UInt32

  public init(root: Node = Node(""), reservations: [Reservation] = [], bootCPU: UInt32 = 0) {
    self.root = root
    self.reservations = reservations
    self.bootCPU = bootCPU
  }

  /// A named value; big-endian cells, NUL-terminated strings or raw bytes, as its binding says.
  public struct Property: Equatable, Sendable {
    public var name: String
    public var value: [UInt8]

    public init(_ name: String, _ value: [UInt8]) {
      self.name = name
      self.value = value
    }
  }

  /// A node: its name with unit address, its properties, its children.
  public struct Node: Equatable, Sendable {
    public var name: String
    public var properties: [Property]
    public var children: [Node]

    public init(_ name: String, properties: [Property] = [], children: [Node] = []) {
      self.name = name
      self.properties = properties
      self.children = children
    }

    /// The name without `@unit-address`.
    public var baseName: Substring { name.prefix { $0 != "@" } }
  }
}

// MARK: - Properties

extension DeviceTree.Node {
  /// The raw value of a property. Setting nil removes it; setting a new name appends it.
  public subscript(_ name: String) -> [UInt8]? {
    get { properties.first { $0.name == name }?.value }
    set {
      let index = properties.firstIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let value?): properties[index].value = value
      case (let index?, nil): properties.remove(at: index)
      case (nil, let value?): properties.append(DeviceTree.Property(name, value))
      case (nil, nil): break
      }
    }
  }

  /// The property as 32-bit cells; nil when absent or not a whole number of cells.
  public func cells(_ name: String) -> [UInt32]? {
    guard let value = self[name], value.count % 4 == 0 else { return nil }
    return stride(from: 0, to: value.count, by: 4).map { BigEndian.word(value, at: $0) }
  }

  /// The only cell of a one-cell property.
  public func cell(_ name: String) -> UInt32? {
    guard let cells = cells(name), cells.count == 1 else { return nil }
    return cells[0]
  }

  /// The property as a list of strings; nil when absent or not NUL-terminated.
  public func strings(_ name: String) -> [String]? {
    guard let value = self[name], value.last == 0 else { return nil }
    return value.dropLast().split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// The first string of the property.
  public func string(_ name: String) -> String? { strings(name)?.first }

  public mutating func set(_ name: String, cells: [UInt32]) {
    self[name] = cells.flatMap { BigEndian.bytes($0) }
  }

  public mutating func set(_ name: String, string: String) { set(name, strings: [string]) }

  public mutating func set(_ name: String, strings: [String]) {
    self[name] = strings.flatMap { Array($0.utf8) + [0] }
  }

  /// A property without value, whose presence says everything.
  public mutating func setFlag(_ name: String) { self[name] = [] }

  /// Whether `compatible` lists `model`.
  public func isCompatible(with model: String) -> Bool {
    strings("compatible")?.contains(model) ?? false
  }

  /// Whether `status` leaves the node in use.
  public var isEnabled: Bool {
    guard let status = string("status") else { return true }
    return status == "okay" || status == "ok"
  }
}

// MARK: - Finding and editing nodes

extension DeviceTree {
  /// The node at an absolute path, or at a path that starts with an alias (`serial1`). A component may leave
  /// out its unit address where that is unambiguous.
  public func node(at path: String) -> Node? {
    guard let indices = indices(of: path) else { return nil }
    return indices.reduce(root) { $0.children[$1] }
  }

  /// Edits the node at `path` in place; false when there is none.
  @discardableResult
  public mutating func updateNode(at path: String, _ edit: (inout Node) -> Void) -> Bool {
    guard let indices = indices(of: path) else { return false }
    Self.update(&root, indices[...], edit)
    return true
  }

  /// Edits the node at an absolute path, creating it and the nodes above it where they are missing.
  public mutating func ensureNode(at path: String, _ edit: (inout Node) -> Void) {
    var prefix = ""
    for component in path.split(separator: "/") {
      let parent = prefix.isEmpty ? "/" : prefix
      prefix += "/" + component
      if indices(of: prefix) == nil {
        updateNode(at: parent) { $0.children.append(Node(String(component))) }
      }
    }
    updateNode(at: prefix.isEmpty ? "/" : prefix, edit)
  }

  /// Removes the node at `path` and all below it; false when there is none. The root stays.
  @discardableResult
  public mutating func removeNode(at path: String) -> Bool {
    guard let indices = indices(of: path), let last = indices.last else { return false }
    Self.update(&root, indices.dropLast()) { $0.children.remove(at: last) }
    return true
  }

  /// The absolute path that `/aliases` gives to `alias`.
  public func path(ofAlias alias: String) -> String? {
    root.children.first { $0.name == "aliases" }?.string(alias)
  }

  /// Absolute paths of all nodes whose `compatible` lists `model`, in document order.
  public func paths(compatibleWith model: String) -> [String] {
    paths { $0.isCompatible(with: model) }
  }

  /// The absolute path of the node that `phandle` refers to.
  public func path(ofPhandle phandle: UInt32) -> String? {
    paths { $0.cell("phandle") == phandle || $0.cell("linux,phandle") == phandle }.first
  }

  /// Absolute paths of all nodes that satisfy `predicate`, in document order.
  public func paths(where predicate: (Node) -> Bool) -> [String] {
    var found: [String] = []
    func visit(_ node: Node, _ path: String) {
      if predicate(node) { found.append(path.isEmpty ? "/" : path) }
      for child in node.children { visit(child, path + "/" + child.name) }
    }
    visit(root, "")
    return found
  }

  /// Child indices from the root down to `path`.
  private func indices(of path: String) -> [Int]? {
    var components = path.split(separator: "/")[...]
    if !path.hasPrefix("/") {
      guard let alias = components.first, let target = self.path(ofAlias: String(alias)),
        target.hasPrefix("/")
      else { return nil }
      components = target.split(separator: "/") + components.dropFirst()
    }
    var node = root
    var indices: [Int] = []
    for component in components {
      guard let index = node.indexOfChild(component) else { return nil }
      indices.append(index)
      node = node.children[index]
    }
    return indices
  }

  private static func update(_ node: inout Node, _ indices: ArraySlice<Int>, _ edit: (inout Node) -> Void) {
    guard let first = indices.first else { return edit(&node) }
    update(&node.children[first], indices.dropFirst(), edit)
  }
}

extension DeviceTree.Node {
  /// The child of that exact name, else the only child of that base name.
  fileprivate func indexOfChild(_ component: Substring) -> Int? {
    if let exact = children.firstIndex(where: { $0.name == component }) { return exact }
    let candidates = children.indices.filter { children[$0].baseName == component }
    return candidates.count == 1 ? candidates[0] : nil
  }
}

// MARK: - Big-endian numbers

/// Numbers as device trees and cpio's neighbours store them.
enum BigEndian {
  /// The word at `offset`, which the caller has checked to lie inside.
  static func word(_ bytes: [UInt8], at offset: Int) -> UInt32 {
    var value: UInt32 = 0
    for index in offset..<offset + 4 { value = value &<< 8 | UInt32(bytes[index]) }
    return value
  }

  static func doubleWord(_ bytes: [UInt8], at offset: Int) -> UInt64 {
    UInt64(word(bytes, at: offset)) &<< 32 | UInt64(word(bytes, at: offset + 4))
  }

  static func bytes(_ word: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: word &>> (24 &- 8 &* UInt32($0))) }
  }

  static func bytes(_ doubleWord: UInt64) -> [UInt8] {
    bytes(UInt32(truncatingIfNeeded: doubleWord &>> 32)) + bytes(UInt32(truncatingIfNeeded: doubleWord))
  }
}
