import Fabric
import Testing

@testable import Devices

/// The property interface as Linux's raspberrypi-firmware and U-Boot's mailbox driver use it.
@Suite("Property tags")
struct PropertyTagTests {
  static let success: UInt32 = 0x8000_0000
  static let parseError: UInt32 = 0x8000_0001

  let bench = Bench()
  let configuration: FirmwareConfiguration
  let mailbox: Mailbox

  init() {
    var configuration = FirmwareConfiguration()
    configuration.macAddress = [0xdc, 0xa6, 0x32, 0x01, 0x02, 0x03]
    configuration.serial = 0x1122_3344_5566_7788
    configuration.commandLine = "console=ttyS1,115200"
    self.configuration = configuration
    mailbox = bench.makeMailbox(configuration)
  }

  /// Puts `words` at 0x1000, posts them, and returns what memory holds afterwards.
  func send(_ words: [UInt32], alias: UInt64 = 0xc000_0000) -> [UInt32] {
    var buffer = LittleEndianBuffer(count: 0)
    _ = buffer.set(words)
    _ = bench.bus.ram.load(buffer.bytes, at: 0x1000)
    mailbox.store(0x20, alias | 0x1008)
    #expect(mailbox.load(0x00) == alias | 0x1008)
    let after = LittleEndianBuffer(bench.bus.ram.bytes(at: 0x1000, count: words.count * 4) ?? [])
    return words.indices.map { after.word($0 * 4) }
  }

  /// One tag in a message of its own: {code, length word, value words}.
  func call(_ tag: UInt32, _ value: [UInt32]) -> (code: UInt32, length: UInt32, value: [UInt32]) {
    let size = UInt32(value.count * 4)
    let words = send([size + 24, 0, tag, size, 0] + value + [0])
    return (words[1], words[4], Array(words[5..<(5 + value.count)]))
  }

  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let tag: UInt32
    let request: [UInt32]
    let reply: [UInt32]
    var length: UInt32?
    var testDescription: String { name }
  }

  static let rows: [Row] = [
    Row(name: "board model", tag: 0x1_0001, request: [9], reply: [0]),
    Row(name: "board revision", tag: 0x1_0002, request: [0], reply: [0x00c0_3112]),
    Row(
      name: "MAC address", tag: 0x1_0003, request: [0, 0xffff_ffff], reply: [0x0132_a6dc, 0xffff_0302],
      length: 6),
    Row(name: "serial", tag: 0x1_0004, request: [0, 0], reply: [0x5566_7788, 0x1122_3344]),
    Row(name: "ARM memory", tag: 0x1_0005, request: [1, 1], reply: [0, 0x3b40_0000]),
    Row(name: "VC memory", tag: 0x1_0006, request: [0, 0], reply: [0x3b40_0000, 0x04c0_0000]),
    Row(name: "old power state", tag: 0x2_0001, request: [3, 0], reply: [3, 1]),
    Row(name: "old power on", tag: 0x2_8001, request: [3, 3], reply: [3, 1]),
    Row(name: "power of no device", tag: 0x2_8001, request: [77, 3], reply: [77, 2]),
    Row(name: "clock state", tag: 0x3_0001, request: [12, 0], reply: [12, 1]),
    Row(name: "EMMC rate", tag: 0x3_0002, request: [1, 0], reply: [1, 250_000_000]),
    Row(name: "UART rate", tag: 0x3_0002, request: [2, 0], reply: [2, 48_000_000]),
    Row(name: "CORE rate", tag: 0x3_0002, request: [4, 0], reply: [4, 500_000_000]),
    Row(name: "EMMC2 rate", tag: 0x3_0002, request: [12, 0], reply: [12, 100_000_000]),
    Row(name: "no such clock", tag: 0x3_0002, request: [99, 5], reply: [99, 0]),
    Row(name: "ARM maximum", tag: 0x3_0004, request: [3, 0], reply: [3, 1_500_000_000]),
    Row(name: "ARM minimum", tag: 0x3_0007, request: [3, 0], reply: [3, 600_000_000]),
    Row(name: "CORE minimum", tag: 0x3_0007, request: [4, 0], reply: [4, 200_000_000]),
    Row(name: "measured rate", tag: 0x3_0047, request: [2, 0], reply: [2, 48_000_000]),
    Row(
      name: "SDHOST clock", tag: 0x3_8042, request: [50_000_000, 0, 0], reply: [50_000_000, 50_000_000, 0]),
    Row(name: "throttled", tag: 0x3_0046, request: [0xffff], reply: [0]),
    Row(name: "temperature", tag: 0x3_0006, request: [0, 0], reply: [0, 43_779]),
    Row(name: "maximum temperature", tag: 0x3_000a, request: [0, 0], reply: [0, 85_000]),
    Row(
      name: "domain state overwrites the probe word", tag: 0x3_0030, request: [5, 0xffff_ffff], reply: [5, 1]),
    Row(name: "set domain", tag: 0x3_8030, request: [5, 0], reply: [5, 0]),
    Row(name: "expander state", tag: 0x3_0041, request: [134, 0], reply: [0, 1]),
    Row(name: "set expander", tag: 0x3_8041, request: [132, 1], reply: [0, 1]),
    Row(name: "xHCI reset", tag: 0x3_0058, request: [0x10_0000], reply: [0]),
    Row(name: "physical size", tag: 0x4_0003, request: [7, 7], reply: [0, 0]),
    Row(name: "allocate", tag: 0x4_0001, request: [16, 0], reply: [0, 0]),
    Row(name: "set physical size", tag: 0x4_8003, request: [640, 480], reply: [640, 480]),
    Row(name: "set depth", tag: 0x4_8005, request: [32], reply: [32]),
    Row(name: "pitch", tag: 0x4_0008, request: [1], reply: [0]),
    Row(name: "overscan", tag: 0x4_800a, request: [1, 2, 3, 4], reply: [1, 2, 3, 4]),
    Row(name: "DMA channels", tag: 0x6_0001, request: [0], reply: [0x37f5]),
  ]

  @Test("answer with the board's values", arguments: rows)
  func values(row: Row) {
    let answer = call(row.tag, row.request)
    #expect(answer.code == Self.success)
    #expect(answer.length == 1 << 31 | (row.length ?? UInt32(row.reply.count * 4)))
    #expect(answer.value == row.reply)
  }

  @Test("firmware revision is a time stamp")
  func firmwareRevision() {
    #expect(call(0x1, [0]).value[0] > 1_500_000_000)
  }

  @Test("the clock list ends with id 0 and has no id above 15")
  func clockList() {
    let answer = call(0x1_0007, [UInt32](repeating: 0xffff_ffff, count: 34))
    let ids = stride(from: 1, to: 34, by: 2).map { answer.value[$0] }.prefix { $0 != 0 }
    #expect(Array(ids) == Array(1...15))
  }

  @Test("a clock takes a rate within its limits and reports it")
  func setRate() {
    #expect(call(0x3_8002, [3, 800_000_000, 0]).value.prefix(2) == [3, 800_000_000])
    #expect(call(0x3_0002, [3, 0]).value == [3, 800_000_000])
    #expect(call(0x3_8002, [3, 4_000_000_000, 0]).value[1] == 1_500_000_000)
    #expect(call(0x3_8002, [0, 1, 0]).value[1] == 0)
    #expect(call(0x3_8002, [0xffff_ffff, 1, 0]).value[1] == 0)
  }

  @Test("the expander remembers configuration and state, and reply word 0 is 0")
  func expander() {
    let set = call(0x3_8043, [133, 1, 0, 1, 1, 1])
    #expect(set.value == [0, 1, 0, 1, 1, 1])
    #expect(call(0x3_0043, [133, 9, 9, 9, 9]).value == [0, 1, 0, 1, 1])
    #expect(call(0x3_0041, [133, 0]).value == [0, 1])
    #expect(call(0x3_0041, [136, 0]).value[0] != 0)
    #expect(call(0x3_0041, [4, 0]).value[0] != 0)
  }

  @Test("the command line comes as bytes; a short buffer gets a part and the full length")
  func commandLine() {
    let answer = call(0x5_0001, [0, 0])
    #expect(answer.length == 1 << 31 | 20)
    #expect(answer.value == [0x736e_6f63, 0x3d65_6c6f])
  }

  @Test(
    "unknown tags stay as they came, in a successful message",
    arguments: [0x0004_8010, 0x0003_0066, 0x1234_5678])
  func unknown(tag: UInt32) {
    let answer = call(tag, [0xdead_beef])
    #expect(answer.code == Self.success)
    #expect(answer.length == 0)
    #expect(answer.value == [0xdead_beef])
  }

  @Test(
    "several tags are answered in one message, whatever alias it came through",
    arguments: [0, 0x8000_0000, 0xc000_0000])
  func several(alias: UInt64) {
    let words = send(
      [52, 0, 0x1_0002, 4, 0, 0, 0x1_0005, 8, 0, 1, 1, 0, 0], alias: alias)
    #expect(
      words == [
        52, Self.success, 0x1_0002, 4, 1 << 31 | 4, 0xc0_3112, 0x1_0005, 8, 1 << 31 | 8, 0, 0x3b40_0000, 0, 0,
      ])
  }

  @Test(
    "a message that does not parse is answered with an error",
    arguments: [
      [24, 0, 0x1_0002, 400, 0, 0],  // value beyond the message
      [24, 0, 0x1_0002, 0xffff_fffc, 0, 0],
      [16, 0, 0x1_0002, 4, 0, 0],  // tag header cut off
      [24, 0, 0x1_0002, 4, 0, 0],  // no end tag
      [4, 0, 0x1_0002, 4, 0, 0],  // smaller than its own header
      [0, 0, 0, 0, 0, 0],
      [0xffff_ffff, 0, 0, 0, 0, 0],
      [25, 0, 0, 0, 0, 0],
    ])
  func malformed(words: [UInt32]) {
    #expect(send(words)[1] == Self.parseError)
  }

  @Test(
    "a message outside memory is dropped",
    arguments: [0x3fff_f000, 0x7e00_0000, 0x4000_0000, Bench.ramSize - 8])
  func outsideMemory(address: UInt64) {
    mailbox.store(0x20, address | 8)
    #expect(mailbox.load(0x00) == address | 8)
    #expect(bench.log.entries.contains { $0.source == "firmware" && $0.kind == .odd })
  }

  @Test("random messages neither trap nor write outside their bounds")
  func fuzz() {
    var random = TestRandom(seed: 2711)
    let tags = PropertyTag.allCases.map(\.rawValue)
    for _ in 0..<5000 {
      let size = 12 + UInt32(random.next() % 128) * 4
      var words: [UInt32] = [size, 0]
      while words.count < 40 {
        words += [tags[Int(random.next() % UInt64(tags.count))], UInt32(random.next() % 8) * 4, 0]
        for _ in 0..<(random.next() % 6) { words.append(UInt32(truncatingIfNeeded: random.next())) }
      }
      words += [UInt32](repeating: 0, count: 140 - words.count)
      let guardWords: [UInt32] = [0x5555_aaaa, 0xaaaa_5555]
      let after = send(words + guardWords)
      #expect(after[0] == size)
      #expect(after[1] == Self.success || after[1] == Self.parseError)
      #expect(Array(after.suffix(2)) == guardWords)
    }
  }
}
