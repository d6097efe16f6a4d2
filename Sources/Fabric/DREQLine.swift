/// A peripheral's request for data (DREQ) to the DMA controller: while it is high, a transfer that it paces
/// goes on. A level like an interrupt line: setting the level it already has does nothing, connecting
/// delivers the level.
public final class DREQLine {
  public let name: String
  public private(set) var level = false
  private var sinks: [(Bool) -> Void] = []

  public init(_ name: String) { self.name = name }

  public func connect(_ sink: @escaping (Bool) -> Void) {
    sinks.append(sink)
    sink(level)
  }

  public func set(_ newLevel: Bool) {
    guard newLevel != level else { return }
    level = newLevel
    for sink in sinks { sink(newLevel) }
  }
}
