import Testing

@testable import Fabric

/// A made-up device with every kind of field.
private final class Specimen: RegisterDevice {
  enum Register: UInt32, RegisterName, CaseIterable {
    case control = 0x00
    case status = 0x04
    case command = 0x08
    case identity = 0x0c
    case locked = 0x10
    case mixed = 0x20
  }
  static func layout(_ narrow: RegisterLayout<Register>.NarrowWrite) -> RegisterLayout<Register> {
    RegisterLayout(size: 0x40, narrowWrite: narrow) {
      $0.rw(.control, "CONTROL", reset: 0x1234_5678)
      $0.w1c(.status, "STATUS", reset: 0xff)
      $0.wo(.command, "COMMAND")
      $0.ro(.identity, "IDENTITY", reset: 0xcafe_f00d)
      $0.rw(.locked, "LOCKED", reset: 0x102, password: 0x5a)
      $0.fields(
        .mixed, "MIXED", reset: 0x8000_0030,
        [
          .rw("A", 0...3), .ro("B", 4...7), .w1c("C", 8), .wo("D", 9), .notModelled("E", 10...11),
        ])
    }
  }

  let name = "specimen"
  let registers: RegisterBlock<Register>
  var reads: [Register] = []
  var writes: [(register: Register, old: UInt32, new: UInt32)] = []

  init(_ log: GuestLog, narrow: RegisterLayout<Register>.NarrowWrite = .mergesLanes) {
    registers = RegisterBlock(Self.layout(narrow), name: "specimen", log: log)
  }
  func reset() { registers.reset() }
  func visitState<V: StateVisitor>(_ visitor: inout V) { registers.visitState(&visitor) }
  func didLoadState() {}
  func willRead(_ register: Register, stored: UInt32) -> UInt32 {
    reads.append(register)
    return stored
  }
  func didWrite(_ register: Register, old: UInt32, new: UInt32) { writes.append((register, old, new)) }

  func load(_ offset: UInt64, _ size: UInt8 = 4) throws -> UInt64 {
    try read(offset: offset, access: BusAccess(address: PhysicalAddress(offset), size: size))
  }
  func store(_ offset: UInt64, _ value: UInt64, _ size: UInt8 = 4) throws {
    try write(offset: offset, value: value, access: BusAccess(address: PhysicalAddress(offset), size: size))
  }
}

@Suite("Register block")
struct RegisterBlockTests {
  let log = GuestLog()

  @Test("registers hold their reset values until written, and again after a reset")
  func resetValues() throws {
    let device = Specimen(log)
    #expect(try device.load(0x00) == 0x1234_5678)
    #expect(try device.load(0x0c) == 0xcafe_f00d)
    try device.store(0x00, 7)
    #expect(try device.load(0x00) == 7)
    device.reset()
    #expect(try device.load(0x00) == 0x1234_5678)
  }

  @Test("read-only and reserved bits keep their value, status clears by ones, commands are not stored")
  func accessModes() throws {
    let device = Specimen(log)
    try device.store(0x0c, 0)
    #expect(try device.load(0x0c) == 0xcafe_f00d)
    try device.store(0x04, 0x0f)
    #expect(try device.load(0x04) == 0xf0)
    try device.store(0x08, 0xabcd)
    #expect(try device.load(0x08) == 0)
    #expect(device.writes.last?.new == 0xabcd)
    try device.store(0x20, 0xffff_ffff)
    #expect(try device.load(0x20) == 0x8000_0c3f)
    #expect(device.writes.last?.new == 0x8000_0e3f)
  }

  @Test("a narrow read is a lane of one whole-register read")
  func narrowReads() throws {
    let device = Specimen(log)
    #expect(try device.load(0x01, 1) == 0x56)
    #expect(try device.load(0x02, 2) == 0x1234)
    #expect(try device.load(0x00, 8) == 0x0000_00ff_1234_5678)
    #expect(device.reads == [.control, .control, .control, .status])
  }

  @Test("narrow writes merge lanes, and do not clear status in lanes they do not drive")
  func mergedWrites() throws {
    let device = Specimen(log)
    try device.store(0x01, 0xab, 1)
    #expect(try device.load(0x00) == 0x1234_ab78)
    try device.store(0x02, 0xcdef, 2)
    #expect(try device.load(0x00) == 0xcdef_ab78)
    try device.store(0x05, 0xff, 1)
    #expect(try device.load(0x04) == 0xff)
  }

  @Test("a zero-extending bus turns a narrow write into a word write")
  func zeroExtendedWrites() throws {
    let device = Specimen(log, narrow: .zeroExtends)
    try device.store(0x01, 0xab, 1)
    #expect(try device.load(0x00) == 0xab)
  }

  @Test("a 64-bit write is two word writes, low word first")
  func wideWrites() throws {
    let device = Specimen(log)
    try device.store(0x00, 0x0000_0001_0000_0002, 8)
    #expect(device.writes.map(\.register) == [.control, .status])
    #expect(try device.load(0x00) == 2)
    #expect(try device.load(0x04) == 0xfe)
  }

  @Test("a register with a password ignores writes without it and never shows it")
  func passwords() throws {
    let device = Specimen(log)
    try device.store(0x10, 0x0000_0020)
    #expect(try device.load(0x10) == 0x102)
    #expect(device.writes.isEmpty)
    try device.store(0x10, 0x5a00_0020)
    #expect(try device.load(0x10) == 0x20)
    try device.store(0x13, 0x5a, 1)
    #expect(try device.load(0x10) == 0x20)
  }

  @Test("each oddity is reported once, by name")
  func reports() throws {
    let device = Specimen(log)
    for _ in 0..<3 {
      try device.store(0x20, 0x400)
      try device.store(0x20, 0x1000)
      _ = try device.load(0x30)
      try device.store(0x30, 1)
    }
    #expect(
      log.entries.map(\.message) == [
        "MIXED: E", "MIXED: reserved bits 0x00001000 set", "read at offset 0x030", "write at offset 0x030",
      ])
    #expect(log.entries.map(\.kind) == [.notModelled, .odd, .notModelled, .notModelled])
  }

  @Test(
    "offsets beyond the layout read as zero and ignore writes, whatever the size", arguments: [1, 2, 4, 8])
  func beyond(size: UInt8) throws {
    let device = Specimen(log)
    for offset: UInt64 in [0x40, 0x1000, 0xffff_fff8, 0xffff_ffff_ffff_fff8] {
      #expect(try device.load(offset, size) == 0)
      try device.store(offset, ~0, size)
    }
    #expect(try device.load(0x00) == 0x1234_5678)
  }

  @Test("state covers every register")
  func state() throws {
    func hash(_ device: Specimen) -> UInt64 {
      var hasher = StateHasher()
      device.visitState(&hasher)
      return hasher.value
    }
    let device = Specimen(log)
    let before = hash(device)
    for register in Specimen.Register.allCases {
      let old = device.registers[register]
      device.registers[register] = old ^ 1
      #expect(hash(device) != before, "\(register)")
      device.registers[register] = old
    }
    #expect(hash(device) == before)
  }
}
