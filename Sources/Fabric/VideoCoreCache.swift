/// VideoCore's level-2 cache, as far as other masters meet it: the aliases of memory at bus addresses 0x0, 0x4 and
/// 0x8 go through it, the one at 0xC does not, and neither do the cores (BCM2711 ARM Peripherals, 1.2.4). A
/// master that is given an alias other than 0xC therefore shows the cores something stale.
///
/// What is not public is chosen: 128 KiB in lines of 64 bytes, replaced in the order in which they came; a line
/// that was written goes back to memory when it is replaced, and not before.
public final class VideoCoreCache: Stateful {
  /// What an access does when its line is not held.
  public enum Use: Hashable, Sendable {
    /// The line is fetched and kept (alias 0x0).
    case allocates
    /// Memory is accessed (aliases 0x4 and 0x8).
    case looksUp
  }

  public static let lineSize = 64
  public static let lineCount = 2048

  private unowned let bus: PhysicalBus
  /// Which line each place holds, by address; `.max` for none.
  private var tags = [UInt64](repeating: .max, count: lineCount)
  private var isDirty = [Bool](repeating: false, count: lineCount)
  private var data = [UInt8](repeating: 0, count: lineSize * lineCount)
  /// The place that is replaced next.
  private var next = 0
  private var places: [UInt64: Int] = [:]

  public init(bus: PhysicalBus) { self.bus = bus }

  /// Lines held, for diagnosis.
  public var heldLines: Int { places.count }

  /// `memory`, the bytes at `physical`, as this cache shows them.
  func read(at physical: UInt64, _ memory: [UInt8], _ use: Use) -> [UInt8] {
    if places.isEmpty && use == .looksUp { return memory }
    var bytes = memory
    forEachLine(physical, memory.count) { line, offset, range in
      guard let place = place(of: line, use) else { return }
      let start = place * Self.lineSize + offset
      for index in range { bytes[index] = data[start + index - range.lowerBound] }
    }
    return bytes
  }

  /// As `read` gives it, without fetching lines: one that is not held holds what memory does.
  func peek(at physical: UInt64, _ memory: [UInt8]) -> [UInt8] { read(at: physical, memory, .looksUp) }

  func write(_ bytes: [UInt8], at physical: UInt64, _ use: Use) {
    forEachLine(physical, bytes.count) { line, offset, range in
      guard let place = place(of: line, use) else {
        bus.storeFromOutside(Array(bytes[range]), at: line &+ UInt64(offset))
        return
      }
      let start = place * Self.lineSize + offset
      for index in range { data[start + index - range.lowerBound] = bytes[index] }
      isDirty[place] = true
    }
  }

  /// Calls `body` with the address of each line, the first byte's offset in it, and which bytes of the transfer
  /// it holds.
  private func forEachLine(_ physical: UInt64, _ count: Int, _ body: (UInt64, Int, Range<Int>) -> Void) {
    var done = 0
    while done < count {
      let address = physical &+ UInt64(done)
      let offset = Int(address & UInt64(Self.lineSize - 1))
      let end = min(count, done + Self.lineSize - offset)
      body(address & ~UInt64(Self.lineSize - 1), offset, done..<end)
      done = end
    }
  }

  private func place(of line: UInt64, _ use: Use) -> Int? {
    if let place = places[line] { return place }
    guard use == .allocates, let memory = bus.ram.bytes(at: line, count: Self.lineSize) else { return nil }
    let place = next
    next = (next + 1) % Self.lineCount
    evict(place)
    tags[place] = line
    places[line] = place
    data.replaceSubrange(place * Self.lineSize..<(place + 1) * Self.lineSize, with: memory)
    return place
  }

  private func evict(_ place: Int) {
    guard tags[place] != .max else { return }
    if isDirty[place] {
      let bytes = Array(data[place * Self.lineSize..<(place + 1) * Self.lineSize])
      bus.storeFromOutside(bytes, at: tags[place])
    }
    isDirty[place] = false
    places[tags[place]] = nil
    tags[place] = .max
  }

  // MARK: State

  public func reset() {
    tags = [UInt64](repeating: .max, count: Self.lineCount)
    isDirty = [Bool](repeating: false, count: Self.lineCount)
    data = [UInt8](repeating: 0, count: Self.lineSize * Self.lineCount)
    next = 0
    places = [:]
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    visitor.visit("next", &next)
    visitor.visit("tags", &tags)
    visitor.visit("isDirty", &isDirty)
    visitor.visit("data", &data)
  }

  public func didLoadState() {
    let isWhole =
      tags.count == Self.lineCount && isDirty.count == Self.lineCount
      && data.count == Self.lineCount * Self.lineSize && (0..<Self.lineCount).contains(next)
    guard isWhole else { return reset() }
    places = [:]
    for place in 0..<Self.lineCount where tags[place] != .max { places[tags[place]] = place }
  }
}
