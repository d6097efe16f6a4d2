import Fabric

/// The data requests of the peripherals, by the number that `TI.PERMAP` gives them (BCM2711 ARM Peripherals,
/// 4.2.1.3). Number 0 is always on.
///
/// Two peripherals share some numbers; which of them is meant, the board's PACTL_CS chooses. Here either
/// makes the request. A number that nothing drives stays low, as that of a peripheral which nobody set up: a
/// transfer that it paces waits.
public final class DMARequests {
  static let count = 32

  private var levels: [Bool] = []
  private var inputs: [[Int]] = Array(repeating: [], count: count)
  /// Called with the number of a request that rose or fell.
  var didChange: (UInt32) -> Void = { _ in }

  public func connect(_ line: DREQLine, to number: Int) {
    precondition((1..<Self.count).contains(number), "no such request")
    let index = levels.count
    levels.append(false)
    inputs[number].append(index)
    line.connect { [unowned self] level in
      levels[index] = level
      didChange(UInt32(number))
    }
  }

  func isRequesting(_ number: UInt32) -> Bool {
    let number = Int(number & 31)
    return number == 0 || inputs[number].contains { levels[$0] }
  }

  func isWired(_ number: UInt32) -> Bool {
    let number = Int(number & 31)
    return number == 0 || !inputs[number].isEmpty
  }

  private static let names: [String] = [
    "always on", "DSI0 / PWM1", "PCM TX", "PCM RX", "SMI", "PWM0", "SPI0 TX", "SPI0 RX",
    "BSC/SPI slave TX", "BSC/SPI slave RX", "HDMI0", "EMMC", "UART0 TX", "SDHOST", "UART0 RX", "DSI1",
    "SPI1 TX", "HDMI1", "SPI1 RX", "UART3 TX / SPI4 TX", "UART3 RX / SPI4 RX", "UART5 TX / SPI5 TX",
    "UART5 RX / SPI5 RX", "SPI6 TX", "scaler FIFO 0", "scaler FIFO 1", "scaler FIFO 2", "SPI6 RX",
    "UART2 TX", "UART2 RX", "UART4 TX", "UART4 RX",
  ]

  /// The datasheet's name for the request.
  static func name(_ number: UInt32) -> String { names[Int(number & 31)] }
}
