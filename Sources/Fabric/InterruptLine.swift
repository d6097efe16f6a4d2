/// A level-sensitive wire. Setting the level it already has does nothing; connecting delivers the level.
public final class InterruptLine {
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

/// Several level outputs on one input (shared SPIs of the BCM2711: AUX, UART, EMMC …).
public final class InterruptOr {
  public let output: InterruptLine
  private var levels: [Bool] = []

  public init(_ name: String) { output = InterruptLine(name) }

  public func connect(_ line: InterruptLine) {
    let index = levels.count
    levels.append(false)
    line.connect { [self] level in
      levels[index] = level
      output.set(levels.contains(true))
    }
  }
}
