import Fabric
import Testing

@testable import Devices

/// A table row without its register's type.
private struct Row: Sendable, CustomTestStringConvertible {
  let frame: Int
  let label: String
  let offset: Int
  let count: Int
  let isReadOnly: Bool
  let isWriteOnly: Bool
  let isZero: Bool
  let reset: UInt32?
  var testDescription: String { label }

  init<Name>(_ frame: Int, _ row: GICRegister<Name>) {
    self.frame = frame
    label = row.label
    offset = row.offset
    count = row.count
    isReadOnly = row.access == .readOnly
    isWriteOnly = row.access == .writeOnly
    isZero = row.access == .zero
    reset = row.reset
  }

  static let all: [Row] =
    GICDRegister.table.map { Row(0, $0) } + GICCRegister.table.map { Row(1, $0) }
    + GICHRegister.table.map { Row(2, $0) } + GICVRegister.table.map { Row(3, $0) }
}

@Suite("GIC-400: register tables")
struct GICRegisterTableTests {
  @Test("Rows lie inside their frame, word-aligned, and do not overlap")
  func tablesAreSound() {
    let sizes = [0x1000, 0x2000, 0x200, 0x2000]
    for frame in 0..<4 {
      var taken: [Int: String] = [:]
      for row in Row.all where row.frame == frame {
        #expect(row.offset % 4 == 0)
        for index in 0..<row.count {
          let offset = row.offset + index * 4
          #expect(offset < sizes[frame], "\(row.label)")
          #expect(taken.updateValue(row.label, forKey: offset) == nil, "\(row.label)")
        }
      }
    }
  }

  @Test("Every register has its reset value and is not reported as unknown", arguments: Row.all)
  fileprivate func resetValues(row: Row) throws {
    let bench = GICBench()
    let frame = try #require(GICBench.Frame(rawValue: row.frame))
    for index in 0..<row.count {
      let value = bench.read(frame, row.offset + index * 4, secure: true)
      if row.isWriteOnly || row.isZero { #expect(value == 0) } else if let reset = row.reset {
        #expect(value == reset, "word \(index)")
      }
    }
    #expect(bench.log.entries.isEmpty)
  }

  @Test("Read-only registers ignore writes", arguments: Row.all.filter { $0.isReadOnly || $0.isZero })
  fileprivate func readOnly(row: Row) throws {
    let bench = GICBench()
    let frame = try #require(GICBench.Frame(rawValue: row.frame))
    for index in 0..<row.count {
      let offset = row.offset + index * 4
      let before = bench.read(frame, offset, secure: true)
      bench.write(frame, offset, ~before, secure: true)
      #expect(bench.read(frame, offset, secure: true) == before, "word \(index)")
    }
  }

  @Test("Offsets without a register read as zero, ignore writes and are reported once")
  func unknownOffsets() {
    let bench = GICBench()
    for (frame, offset) in [
      (GICBench.Frame.gicd, 0x00c), (.gicd, 0xf30), (.gicc, 0x030), (.gicc, 0x1004), (.gich, 0x00c),
      (.gich, 0x204), (.gich, 0x1010 + 0x200 + 0x30), (.gicv, 0xe0),
    ] {
      let count = bench.log.entries.count
      bench.write(frame, offset, 0xffff_ffff)
      #expect(bench.read(frame, offset) == 0)
      #expect(bench.read(frame, offset, core: 1) == 0)
      #expect(bench.log.entries.count == count + 1, "\(frame) \(offset.hex())")
    }
  }

  @Test("Identification registers read as on the board")
  func identification() {
    let bench = GICBench(armstub: true)
    #expect(bench.read(.gicd, 0x004) == 0xfc67)
    #expect(bench.read(.gicd, 0x008) == 0x0200_143b)
    #expect(bench.read(.gicc, 0x0fc) == 0x0202_143b)
    #expect(bench.read(.gich, 0x004) == 0x9000_0003)
    let identification = (0..<12).map { bench.read(.gicd, 0xfd0 + $0 * 4) }
    #expect(identification == [4, 0, 0, 0, 0x90, 0xb4, 0x2b, 0, 0x0d, 0xf0, 0x05, 0xb1])
  }

  @Test("After the armstub, Non-secure software sees what was captured on a board")
  func capturedNonSecureView() {
    let bench = GICBench(armstub: true)
    bench.write(.gicc, 0x00, 0x261, core: 1)
    #expect(bench.read(.gicd, 0x000, core: 1) == 1)
    #expect(bench.read(.gicd, 0x080, core: 1) == 0)
    #expect(bench.read(.gicd, 0x100, core: 1) == 0x0000_ffff)
    #expect(bench.read(.gicd, 0xc00, core: 1) == 0xaaaa_aaaa)
    #expect(bench.read(.gicd, 0xc04, core: 1) == 0x5554_0000)
    #expect(bench.read(.gicd, 0xd00, core: 1) == 0)
    #expect(bench.read(.gicd, 0x800, core: 1) == 0x0202_0202)
    #expect(bench.read(.gicd, 0x81c, core: 1) == 0x0202_0202)
    #expect(bench.read(.gicc, 0x00, core: 1) == 0x261)
    #expect(bench.read(.gicc, 0x04, core: 1) == 0xf0)
    #expect(bench.read(.gicc, 0x08, core: 1) == 3)
    #expect(bench.read(.gicc, 0x14, core: 1) == 0xff)
    #expect(bench.read(.gicc, 0x18, core: 1) == 0x3ff)
    for hidden in [0x1c, 0x20, 0x28, 0xd0, 0xe0] { #expect(bench.read(.gicc, hidden, core: 1) == 0) }
  }

  @Test("Field widths in the Non-secure view are those captured on a board")
  func capturedWidths() {
    let bench = GICBench(armstub: true)
    func written(_ frame: GICBench.Frame, _ offset: Int, _ value: UInt32, size: UInt8 = 4) -> UInt32 {
      bench.write(frame, offset, value, size: size)
      return bench.read(frame, offset, size: size)
    }
    #expect(written(.gicc, 0x04, 0xff) == 0xf0)
    #expect(written(.gicc, 0x04, 0x01) == 0)
    #expect(written(.gicc, 0x08, 0) == 3)
    #expect(written(.gicc, 0x08, 7) == 7)
    #expect(written(.gicd, 0x400 + 255, 0xff, size: 1) == 0xf0)
    #expect(written(.gicd, 0x400 + 255, 0, size: 1) == 0)
    #expect(written(.gicd, 0x800 + 255, 0xff, size: 1) == 0x0f)
    #expect(written(.gicd, 0xc3c, 0xffff_ffff) == 0xffff_ffff)
    #expect(written(.gicd, 0xc3c, 0) == 0x5555_5555)
    #expect(written(.gicd, 0xc04, ~0x5554_0000) == 0x5554_0000)
    #expect(written(.gicd, 0xc00, ~0xaaaa_aaaa) == 0xaaaa_aaaa)
  }

  @Test("Registers of IDs above 255 and of PPIs 16-24 are zero and cannot be set")
  func absentInterrupts() {
    let bench = GICBench(armstub: true)
    for base in [0x080, 0x100, 0x200, 0x300] {
      for word in 0..<32 { bench.write(.gicd, base + word * 4, 0xffff_ffff, secure: true) }
      let absent = bench.read(.gicd, base, secure: true) & 0x01ff_0000
      #expect(absent == 0)
      for word in 8..<32 { #expect(bench.read(.gicd, base + word * 4, secure: true) == 0) }
    }
    for id in Array(16..<25) + [256, 1000] {
      bench.write(.gicd, 0x400 + id, 0xff, secure: true, size: 1)
      #expect(bench.read(.gicd, 0x400 + id, secure: true, size: 1) == 0)
      bench.write(.gicd, 0x800 + id, 0xff, secure: true, size: 1)
      #expect(bench.read(.gicd, 0x800 + id, secure: true, size: 1) == 0)
    }
  }
}
