import Fabric

/// Mailboxes between the ARM and the VideoCore firmware (BCM2835 ARM Peripherals; the BCM2711 keeps them).
///
/// Address: 0xFE00_B880. Line out: `interrupt` (SPI 33), a level: asserted while MAIL0 holds a word and
/// `CONFIG` bit 0 is set. A word is a 16-byte aligned bus address with the channel in its low four bits.
/// The firmware is `PropertyTags`: it answers a channel-8 request inside the write that posts it, with the
/// same word. While MAIL0 is full, requests wait in MAIL1.
///
/// Not modelled: every channel but 8 (a word for another channel gets no answer), the space and
/// opposite-empty interrupts.
public final class Mailbox: RegisterDevice {
  public enum Register: UInt32, RegisterName, CaseIterable {
    case read0 = 0x00
    case peek0 = 0x10
    case sender0 = 0x14
    case status0 = 0x18
    case config0 = 0x1c
    case write1 = 0x20
    case peek1 = 0x30
    case sender1 = 0x34
    case status1 = 0x38
    case config1 = 0x3c
  }

  static let layout = RegisterLayout<Register>(size: 0x40) {
    $0.ro(.read0, "MAIL0_READ")
    $0.ro(.peek0, "MAIL0_PEEK")
    $0.ro(.sender0, "MAIL0_SENDER")
    $0.ro(.status0, "MAIL0_STATUS")
    $0.fields(
      .config0, "MAIL0_CONFIG",
      [
        .rw("data interrupt enable", 0), .notModelled("space interrupt enable", 1),
        .notModelled("opposite empty interrupt enable", 2), .wo("clear", 3),
        .ro("interrupts pending", 4...6), .ro("errors", 8...10),
      ])
    $0.wo(.write1, "MAIL1_WRITE")
    $0.ro(.peek1, "MAIL1_PEEK")
    $0.ro(.sender1, "MAIL1_SENDER")
    $0.ro(.status1, "MAIL1_STATUS")
    $0.notModelled(.config1, "MAIL1_CONFIG", mask: 7)
  }

  private static let depth = 8
  private static let propertyChannel: UInt32 = 8

  public static let windowSize: UInt64 = 0x40
  public let name = "mailbox"
  public let registers: RegisterBlock<Register>
  /// SPI 33.
  public let interrupt = InterruptLine("mailbox")

  private let tags: PropertyTags
  private let log: GuestLog
  private var responses: [UInt32] = []
  private var requests: [UInt32] = []

  public init(tags: PropertyTags, log: GuestLog) {
    self.tags = tags
    self.log = log
    registers = RegisterBlock(Self.layout, name: "mailbox", log: log)
  }

  // MARK: State

  public func reset() {
    registers.reset()
    responses = []
    requests = []
    tags.reset()
    didLoadState()
  }

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    registers.visitState(&visitor)
    visitor.visit("responses", &responses)
    visitor.visit("requests", &requests)
    tags.visitState(&visitor)
  }

  public func didLoadState() { updateLine() }

  // MARK: Registers

  public func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    switch register {
    case .read0:
      guard !responses.isEmpty else { return 0 }
      let word = responses.removeFirst()
      answerRequests()
      return word
    case .peek0: return responses.first ?? 0
    case .peek1: return requests.first ?? 0
    case .status0: return Self.status(responses)
    case .status1: return Self.status(requests)
    case .config0: return stored | (dataInterruptIsPending ? 1 << 4 : 0)
    case .sender0, .write1, .sender1, .config1: return stored
    }
  }

  public func didWrite(_ register: Register, old: UInt32, new: UInt32) {
    switch register {
    case .write1:
      guard requests.count < Self.depth else {
        log.once(.odd, source: name, key: "overflow", message: "MAIL1_WRITE to a full mailbox")
        return
      }
      requests.append(new)
      answerRequests()
    case .config0:
      if new.bit(3) { responses = [] }
      updateLine()
    case .read0, .peek0, .sender0, .status0, .peek1, .sender1, .status1, .config1: break
    }
  }

  // MARK: The firmware's end

  private func answerRequests() {
    while responses.count < Self.depth, !requests.isEmpty {
      let word = requests.removeFirst()
      let channel = word & 0xf
      guard channel == Self.propertyChannel else {
        log.once(.notModelled, source: name, key: "channel \(channel)", message: "channel \(channel)")
        continue
      }
      tags.process(BusAddress(UInt64(word & ~0xf)))
      responses.append(word)
    }
    updateLine()
  }

  /// Bit 31 full, bit 30 empty, low bits the number of words.
  private static func status(_ words: [UInt32]) -> UInt32 {
    let level = UInt32(truncatingIfNeeded: words.count)
    return (words.count >= depth ? 1 << 31 : 0) | (words.isEmpty ? 1 << 30 : 0) | level
  }

  private var dataInterruptIsPending: Bool { registers[.config0].bit(0) && !responses.isEmpty }
  private func updateLine() { interrupt.set(dataInterruptIsPending) }
}
