/// A level-sensitive wire. Setting the level it already has does nothing; connecting delivers the level.
public final class SignalLine {
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

/// A wire to an interrupt controller.
public typealias InterruptLine = SignalLine

/// A peripheral's request for data (DREQ) to the DMA controller: while it is high, a transfer that it paces goes on.
public typealias DREQLine = SignalLine
