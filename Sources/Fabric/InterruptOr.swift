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
