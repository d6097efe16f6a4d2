import Fabric
import Testing

@testable import Machine

@Suite("Bus masters: what each reaches, by stepping and memory")
struct BusMastersTests {
  /// Where `address` leads, as hexadecimal; "-" outside all windows, "x" for no memory.
  func reach(_ port: DMAPort, _ address: UInt64, _ board: RaspberryPi4) -> String {
    guard let physical = try? port.resolve(BusAddress(address), count: 16) else { return "-" }
    return board.ram.isRAM(physical.rawValue, count: 16) ? physical.rawValue.hex() : "x"
  }

  func board(_ memory: BoardIdentity.Memory, _ stepping: BoardIdentity.Stepping) throws -> RaspberryPi4 {
    var configuration = BoardConfiguration()
    configuration.identity = BoardIdentity(memory: memory, stepping: stepping)
    return try RaspberryPi4(configuration)
  }

  @Test("legacy channels: the first GiB at four aliases, whatever the board has")
  func legacy() throws {
    for memory in BoardIdentity.Memory.allCases {
      let board = try board(memory, .c0)
      for port in [board.masters.dma[0], board.masters.dma[10], board.masters.videoCore] {
        #expect(reach(port, 0xc123_4560, board) == "0x1234560")
        #expect(reach(port, 0x0123_4560, board) == "0x1234560")
        #expect(reach(port, 0x4123_4560, board) == "0x1234560")
        #expect(reach(port, 0x8123_4560, board) == "0x1234560")
        #expect(reach(port, 0xffff_fff0, board) == "0x3ffffff0")
        #expect(reach(port, 0xffff_fff8, board) == "-")
        #expect(reach(port, 0x1_0000_0000, board) == "-")
      }
    }
  }

  @Test("EMMC2: an offset and one GiB on B0; none and 4 GiB on C0")
  func emmc2() throws {
    let old = try board(.fourGiB, .b0)
    #expect(reach(old.masters.emmc2, 0xc000_1000, old) == "0x1000")
    #expect(reach(old.masters.emmc2, 0x7e00_0000, old) == "-")
    let new = try board(.fourGiB, .c0)
    #expect(reach(new.masters.emmc2, 0xc000_1000, new) == "0xc0001000")
    #expect(reach(new.masters.emmc2, 0x1000, new) == "0x1000")
    #expect(reach(new.masters.emmc2, 0xfc00_0000, new) == "x")
    let small = try board(.twoGiB, .c0)
    #expect(reach(small.masters.emmc2, 0xc000_1000, small) == "x")
  }

  @Test("the wide channels: all memory, and peripherals in the full address map")
  func wide() throws {
    let board = try board(.eightGiB, .c0)
    let port = board.masters.dma[11]
    #expect(reach(port, 0x1_ffff_fff0, board) == "0x1fffffff0")
    #expect(reach(port, 0xc000_1000, board) == "0xc0001000")
    #expect(port.isPeripheral(BusAddress(0x4_7e20_1000)))
    #expect(!port.isPeripheral(BusAddress(0x7e20_1000)))
    #expect(board.masters.dma[0].isPeripheral(BusAddress(0x7e20_1000)))
  }

  @Test("poison fills memory, and what is loaded lies on it")
  func poison() throws {
    var configuration = BoardConfiguration()
    configuration.identity = BoardIdentity(memory: .oneGiB)
    configuration.ramPoison = 0xa5
    let board = try RaspberryPi4(configuration)
    #expect(board.ram.bytes(at: 0, count: 2) == [0xa5, 0xa5])
    #expect(board.ram.bytes(at: 0x3fff_ffff, count: 1) == [0xa5])
  }
}
