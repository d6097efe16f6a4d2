import Fabric

/// How long a UART takes to send a byte.
public enum SerialPacing: Sendable {
  /// Not at all: the transmitter is idle again before the guest can look.
  case immediate
  /// As long as the programmed baud rate says, in virtual time.
  case baudRate
}

/// A UART's receive or transmit queue.
struct ByteQueue {
  private(set) var bytes: [UInt8] = []
  let capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  var count: Int { bytes.count }
  var isEmpty: Bool { bytes.isEmpty }
  var isFull: Bool { bytes.count >= capacity }

  /// False when there is no room.
  mutating func push(_ byte: UInt8) -> Bool {
    guard bytes.count < capacity else { return false }
    bytes.append(byte)
    return true
  }

  mutating func pop() -> UInt8? { bytes.isEmpty ? nil : bytes.removeFirst() }
  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  mutating func visitState<V: StateVisitor>(_ name: StaticString, _ visitor: inout V) {
    visitor.visit(name, &bytes)
    if bytes.count > capacity { bytes.removeLast(bytes.count - capacity) }
  }
}
