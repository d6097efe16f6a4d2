import Fabric
import Testing

@testable import Devices

@Suite("Mailbox and doorbells")
struct MailboxTests {
  enum Offset {
    static let read: UInt64 = 0x00
    static let peek: UInt64 = 0x10
    static let status: UInt64 = 0x18
    static let config: UInt64 = 0x1c
    static let write: UInt64 = 0x20
    static let requestStatus: UInt64 = 0x38
  }

  static let empty: UInt64 = 1 << 30
  static let full: UInt64 = 1 << 31

  let bench = Bench()
  let mailbox: Mailbox

  init() { mailbox = bench.makeMailbox() }

  @Test("is empty at reset")
  func atReset() {
    #expect(mailbox.load(Offset.status) == Self.empty)
    #expect(mailbox.load(Offset.requestStatus) == Self.empty)
    #expect(mailbox.load(Offset.read) == 0)
  }

  @Test("answers a property request with the same word, and interrupts while enabled and not empty")
  func answer() {
    mailbox.store(Offset.config, 1)
    #expect(!mailbox.interrupt.level)
    mailbox.store(Offset.write, 0xc000_1008)
    #expect(mailbox.interrupt.level)
    #expect(mailbox.load(Offset.config) == 0x11)
    #expect(mailbox.load(Offset.status) == 1)
    #expect(mailbox.load(Offset.peek) == 0xc000_1008)
    #expect(mailbox.load(Offset.read) == 0xc000_1008)
    #expect(!mailbox.interrupt.level)
    #expect(mailbox.load(Offset.status) == Self.empty)
  }

  @Test("has a line only while the data interrupt is enabled")
  func masking() {
    mailbox.store(Offset.write, 0x1008)
    #expect(!mailbox.interrupt.level)
    mailbox.store(Offset.config, 1)
    #expect(mailbox.interrupt.level)
    mailbox.store(Offset.config, 0)
    #expect(!mailbox.interrupt.level)
  }

  @Test("holds eight answers, then eight requests, and loses none of them")
  func depth() {
    let words = (0..<16).map { 0x1008 + UInt64($0) << 4 }
    for word in words { mailbox.store(Offset.write, word) }
    #expect(mailbox.load(Offset.status) == Self.full | 8)
    #expect(mailbox.load(Offset.requestStatus) == Self.full | 8)
    mailbox.store(Offset.write, 0x2008)
    #expect(words.map { _ in mailbox.load(Offset.read) } == words)
    #expect(mailbox.load(Offset.status) == Self.empty)
    #expect(mailbox.load(Offset.requestStatus) == Self.empty)
  }

  @Test("gives no answer on channels other than 8")
  func otherChannels() {
    for channel in 0..<UInt64(16) where channel != 8 { mailbox.store(Offset.write, 0x1000 | channel) }
    #expect(mailbox.load(Offset.status) == Self.empty)
    #expect(bench.log.entries.contains { $0.source == "mailbox" && $0.message == "channel 1" })
  }

  @Test("a doorbell rings until it is read, and bells 0 and 1 have lines")
  func doorbells() {
    let bells = Doorbells(log: bench.log)
    bells.store(0x00, 0)
    bells.store(0x08, 0)
    #expect(bells.interrupts[0].level)
    #expect(!bells.interrupts[1].level)
    #expect(bells.load(0x00) == 4)
    #expect(!bells.interrupts[0].level)
    #expect(bells.load(0x00) == 0)
    #expect(bells.load(0x08) == 4)
  }
}
