import CPU
import Fabric
import Testing

@testable import Machine

@Suite("Turns, idle time and requests")
struct RunLoopTests {
  private static let waitForever: [UInt32] = [0xd503_207f, 0x17ff_ffff]   // 1: wfi; b 1b

  /// Sets PM_RSTS to `status`, PM_WDOG to 10 ticks and PM_RSTC to full reset; then waits.
  private static func watchdog(status: UInt32) -> [UInt32] {
    [
      0xd2bf_c200,  // mov x0, #0xfe100000
      0x52ab_4001, 0x1100_0021 | status << 10, 0xb900_2001,  // str 0x5a000000 + status, [x0, #0x20]
      0x52ab_4001, 0x1100_2821, 0xb900_2401,  // str 0x5a00000a, [x0, #0x24]
      0x52ab_4001, 0x1100_8021, 0xb900_1c01,  // str 0x5a000020, [x0, #0x1c]
    ] + waitForever
  }

  private static func bytes(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
  }

  private static func boot(_ words: [UInt32], quantum: UInt64 = 5000) throws -> GuestRun {
    var configuration = BoardConfiguration()
    configuration.identity.memory = .oneGiB
    configuration.quantum = quantum
    return try GuestRun(program: bytes(words), configuration)
  }

  @Test("A board whose four cores are in a dead end is halted, not before the watchdog has had its turn")
  func halted() throws {
    // adr x1, 1f; mov x0, #0xe0; stp x1, x1, [x0]; str x1, [x0, #16]; dsb sy; sev; 1: (waits for ever)
    let start: [UInt32] = [0x1000_00c1, 0xd280_1c00, 0xa900_0401, 0xf900_0801, 0xd503_3f9f, 0xd503_209f]
    let run = try Self.boot(start + Self.waitForever)
    #expect(run.machine.run(forAtMost: 1_000_000, inputMayCome: true) == .allCoresHalted)
    try write(run.board, MemoryMap.powerManagement.base + 0x24, 0x5a00_000a)
    try write(run.board, MemoryMap.powerManagement.base + 0x1c, 0x5a00_0020)
    #expect(run.machine.run(forAtMost: 1000, inputMayCome: true) == .timeElapsed)
    #expect(run.machine.run(forAtMost: 1_000_000, inputMayCome: true) == .reset)
  }

  @Test("When input may come, the board waits for it in virtual time, without instructions")
  func waitsForInput() throws {
    // HCR_EL2 = RW | IMO and PSTATE.I clear: an interrupt, should one come, is taken.
    let unmask: [UInt32] = [0xd280_0200, 0xf2b0_0000, 0xd51c_1100, 0xd503_42ff]
    let run = try Self.boot(unmask + Self.waitForever)
    #expect(run.machine.run(forAtMost: 1_000_000, inputMayCome: true) == .timeElapsed)
    let instructions = run.machine.instructionsPerCore
    let start = run.board.time.now
    #expect(run.machine.run(forAtMost: 3_000_000_000, inputMayCome: true) == .timeElapsed)
    #expect(run.board.time.now == start + 3_000_000_000)
    #expect(run.machine.instructionsPerCore == instructions)
  }

  @Test("With interrupts masked no input leads out, nor the other cores' wait in the boot stub")
  func parked() throws {
    let run = try Self.boot(Self.waitForever)
    #expect(run.machine.run(forAtMost: 1_000_000, inputMayCome: true) == .allCoresHalted)
  }

  @Test("The watchdog resets, or switches off when the partition is 63", arguments: [0, 0x555] as [UInt32])
  func watchdog(status: UInt32) throws {
    let run = try Self.boot(Self.watchdog(status: status))
    let expected = status == 0 ? MachinePause.reset : .powerOff
    #expect(run.machine.run(forAtMost: 10_000_000_000, inputMayCome: false) == expected)
    // Ten ticks of 65536 Hz are 152.6 µs; the wait is a jump, not a loop.
    #expect(run.board.time.now >= 152_588)
    #expect(run.board.time.now < 300_000)
    #expect(run.machine.instructionsPerCore[0] < 2000)
    // The request is taken once; the board can start again.
    run.board.reset()
    #expect(run.machine.run(forAtMost: 1000, inputMayCome: true) == .timeElapsed)
  }

  @Test(
    "How the caller cuts the run is not visible to the guest",
    .enabled(if: BareMetalGuests.toolsAreThere), arguments: [1, 777, 5000, 5001, 65_536] as [UInt64])
  func cuts(step: UInt64) throws {
    let whole = try GuestRun(guest: "cores")
    let cut = try GuestRun(guest: "cores")
    let limit: UInt64 = 400_000
    #expect(whole.machine.run(forAtMost: limit, inputMayCome: false) == .timeElapsed)
    while cut.board.time.now < limit {
      guard case .timeElapsed = cut.machine.run(
        forAtMost: min(step, limit - cut.board.time.now), inputMayCome: false) else { break }
    }
    #expect(cut.board.time.now == whole.board.time.now)
    #expect(cut.machine.instructionsPerCore == whole.machine.instructionsPerCore)
    #expect(cut.machine.stateHash() == whole.machine.stateHash())
  }

  @Test("All cores advance together: no core is more than a turn ahead")
  func together() throws {
    let run = try Self.boot([0x1400_0000])                                // b .
    for turn in 1...20 as ClosedRange<UInt64> {
      let limit = turn * 10_000
      _ = run.machine.run(forAtMost: limit - run.board.time.now, inputMayCome: false)
      #expect(run.board.time.now >= limit && run.board.time.now < limit + 5000)
    }
    #expect(run.machine.instructionsPerCore[0] == run.board.time.now)
  }

  // MARK: Interrupts

  /// All interrupts in Group 1, all interfaces on, as the boot stub leaves them.
  private func openInterrupts(_ board: RaspberryPi4) throws {
    try write(board, MemoryMap.gicDistributor.base, 3)
    for core in 0..<4 as Range<UInt8> {
      for word in 0..<8 as Range<UInt64> {
        try write(board, MemoryMap.gicDistributor.base + 0x80 + word * 4, 0xffff_ffff, core: core)
      }
      try write(board, MemoryMap.gicCPUInterface.base, 3, core: core)
      try write(board, MemoryMap.gicCPUInterface.base + 4, 0xff, core: core)
    }
  }

  private func write(
    _ board: RaspberryPi4, _ address: UInt64, _ value: UInt64, size: UInt8 = 4, core: UInt8 = 0
  ) throws {
    try board.bus.write(
      BusAccess(
        address: PhysicalAddress(address), size: size, isSecure: true,
        initiator: BusInitiator(kind: .core, index: core, exceptionLevel: 3)), value)
  }

  private func signalled(_ board: RaspberryPi4) -> [Bool] {
    board.cluster.cores.map { $0.interruptInputs.contains(.irq) }
  }

  @Test("A shared interrupt reaches the core it is targeted at, and no other", arguments: 0..<4)
  func sharedInterrupt(target: Int) throws {
    let board = try Self.boot(Self.waitForever).board
    try openInterrupts(board)
    let distributor = MemoryMap.gicDistributor.base
    let number = UInt64(32 + InterruptMap.auxiliary)
    try write(board, distributor + 0x800 + number, 1 << UInt64(target), size: 1)
    try write(board, distributor + 0x100 + number / 32 * 4, 1 << (number % 32))
    #expect(signalled(board) == [false, false, false, false])
    // The mini UART: receive interrupt enabled, a byte comes in (BCM2711 ARM Peripherals, 2.2).
    try write(board, MemoryMap.auxiliary.base + 0x04, 1)
    try write(board, MemoryMap.auxiliary.base + 0x60, 3)
    try write(board, MemoryMap.auxiliary.base + 0x44, 1)
    #expect(board.auxiliary.receive(0x41))
    #expect(signalled(board) == (0..<4).map { $0 == target })
    // Taking the byte lowers the line.
    let data = BusAccess(address: PhysicalAddress(MemoryMap.auxiliary.base + 0x40), size: 4)
    #expect(try board.bus.read(data) & 0xff == 0x41)
    #expect(signalled(board) == [false, false, false, false])
  }

  @Test("A private interrupt reaches its own core", arguments: 0..<4, [26, 27, 29, 30])
  func privateInterrupt(core: Int, number: Int) throws {
    let board = try Self.boot(Self.waitForever).board
    try openInterrupts(board)
    for index in 0..<4 as Range<UInt8> {
      try write(board, MemoryMap.gicDistributor.base + 0x100, 1 << UInt64(number), core: index)
    }
    let kinds: [Int: GenericTimer.Kind] = [26: .hypervisor, 27: .virtual, 29: .secure, 30: .physical]
    let kind = try #require(kinds[number])
    board.cluster.cores[core].timerLine(kind).set(true)
    #expect(signalled(board) == (0..<4).map { $0 == core })
    board.cluster.cores[core].timerLine(kind).set(false)
    #expect(signalled(board) == [false, false, false, false])
  }
}
