import CPU
import Foundation
import Machine
import TestSupport
import Testing

@testable import conformance

/// Two boards in lock step: they agree, and each kind of mistake is found where it happens.
@Suite(
  "Lock step of the engines",
  .enabled(if: ExecutionEngine.available.contains(.hostCode), "no code generator knows this host"))
struct LockstepTests {
  /// X0 counts rounds, X1 points to data, X2 sums, X3 is a condition, D0 grows; without end.
  private static let words: [UInt32] = [
    A64.movz(1, 0x20, shift: 16), A64.movz(0, 0), 0x1e6e_1000,  // fmov d0, #1
    A64.add(0, 0, 1), A64.str(0, 1), A64.ldr(2, 1), A64.subs(3, 0, 100),
    0x9a85_14a5,  // cinc x5, x5, eq
    0xfa40_1844,  // ccmp x2, #0, #4, ne
    0x1e60_2800,  // fadd d0, d0, d0
    0x1e60_1800,  // fdiv d0, d0, d0
    A64.bl(8), A64.b(-0x24), A64.add(4, 30, 0), A64.ret(),
  ]

  private func pair(
    _ grain: LockstepPair.Grain = .block, _ planted: PlantedDifference? = nil
  ) throws -> LockstepPair {
    let folder = try Tools.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("program")
    try Self.words.withUnsafeBytes { Data($0) }.write(to: file)
    var configuration = RunConfiguration()
    configuration.program = file.path
    return try LockstepPair(configuration, grain: grain, threshold: 1, hashInterval: 100_000, planted: planted)
  }

  @Test("Engines that agree go on together, on the engines that they say", arguments: ["block", "turn"])
  func agreement(name: String) throws {
    let grain = try #require(LockstepPair.Grain(rawValue: name))
    let pair = try pair(grain)
    for _ in 0..<30 where pair.differences.isEmpty { _ = pair.advance() }
    #expect(pair.differences.isEmpty, "\(pair.differences)")
    #expect(pair.instructions > 250_000)
    #expect(pair.hashes >= 2)
    #expect(pair.compareHashes())
    #expect(pair.subject.board.cluster.compiledBlocks > 4)
    #expect(pair.reference.board.cluster.compiledBlocks == 0)
    // Blocks are compared one by one: three in a round of twelve instructions.
    if grain == .block {
      #expect(pair.compared > Int(pair.instructions) / 5)
      #expect(pair.inHostCode > pair.compared / 2)
    } else {
      #expect(pair.compared > 50 && pair.compared < 1000)
    }
  }

  /// Virtual time enough for any mistake to show.
  private func run(_ pair: LockstepPair) { while pair.now < 1_000_000 && pair.advance() {} }

  @Test("A mistake in translation is found in its block")
  func wrongFlag() throws {
    let pair = try pair(.block, .wrongFlag)
    run(pair)
    #expect(pair.differences.contains { $0.hasPrefix("  V: ") }, "\(pair.differences)")
    #expect(pair.differences[0].hasPrefix("core 0"))
  }

  @Test("A mistake of the code generator is found, with its block and the registers of both")
  func hostIncrement() throws {
    let pair = try pair(.block, .hostIncrement)
    run(pair)
    // In the hundredth round the difference is 0, and 1 is added.
    #expect(pair.differences.contains { $0.hasPrefix("  X5: host code 0x0, interpreter 0x1") }, "\(pair.differences)")
    #expect(pair.differences.contains { $0.hasSuffix("cinc x5, x5, eq") }, "\(pair.differences)")
    #expect(pair.differences.contains { $0.contains("X0=0x64 ") }, "\(pair.differences)")
  }

  @Test("A mistake that lasts is found at the end of the turn")
  func lasting() throws {
    let pair = try pair(.turn, .hostIncrement)
    run(pair)
    #expect(pair.differences.contains { $0.hasPrefix("  X5: host code 0x0, interpreter 0x1") }, "\(pair.differences)")
  }

  @Test("What differs in RAM alone is found by the hash, with its address")
  func memory() throws {
    let pair = try pair()
    #expect(pair.advance())
    pair.subject.board.ram.load([1], at: 0x30_0000)
    #expect(!pair.compareHashes())
    #expect(pair.differences.contains("  RAM at 0x300000: host code 0x1, interpreter 0x0"))
  }
}
