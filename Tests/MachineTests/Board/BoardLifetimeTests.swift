import Testing

@testable import Machine

@Suite("A board's end")
struct BoardLifetimeTests {
  /// Parts that hold each other would keep the guest's memory and the code arena for the rest of the process.
  @Test("takes its parts along", arguments: [false, true])
  func lifetime(hasRun: Bool) throws {
    weak var board: RaspberryPi4?
    weak var bus: AnyObject?
    weak var cluster: AnyObject?
    do {
      let machine = BoardMachine(board: try RaspberryPi4(BoardConfiguration()), console: .miniUART)
      board = machine.board
      bus = machine.board.bus
      cluster = machine.board.cluster
      // Branches to itself at reset.
      machine.board.ram.load([0x00, 0x00, 0x00, 0x14], at: 0)
      if hasRun { _ = machine.run(forAtMost: 100_000, inputMayCome: false) }
    }
    #expect(board == nil && bus == nil && cluster == nil)
  }
}
