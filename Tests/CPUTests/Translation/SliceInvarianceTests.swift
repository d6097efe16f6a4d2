import Fabric
import TestSupport
import Testing

@testable import CPU

/// How a run is cut into slices must not matter: blocks are cut short and entered in the middle, and yet the
/// same instructions are executed.
@Suite("Slices of a run", .everyEngine)
struct SliceInvarianceTests {
  private static let memory: [Range<UInt64>] = [0x10_0000..<0x10_1000, 0x7e_0000..<0x82_0000]

  /// Runs `program` for `total` instructions in slices that `nextSlice` chooses.
  private func run(
    _ program: RandomProgram, seed: UInt64, total: Int, arena: Int = 1 << 22,
    surroundings: RandomProgram.Surroundings = .plain, nextSlice: () -> Int
  ) -> Snapshot {
    let bench = CPUBench(codeArenaSize: arena, isTranslated: true)
    program.install(in: bench, seed: seed, surroundings: surroundings)
    var left = total
    while left > 0 {
      let slice = min(left, max(1, nextSlice()))
      #expect(bench.run(slice) == slice)
      left -= slice
    }
    return Snapshot(bench, memory: Self.memory)
  }

  private func compare(
    _ seeds: Range<UInt64>, modifiesItself: Bool, total: Int,
    surroundings: RandomProgram.Surroundings = .plain
  ) {
    for seed in seeds {
      let program = RandomProgram(seed: seed, modifiesItself: modifiesItself)
      let whole = run(program, seed: seed, total: total, surroundings: surroundings) { total }
      #expect(whole.retired == UInt64(total))
      var generator = SeededGenerator(seed: ~seed)
      let longest = generator.pick([2, 5, 20, 80])
      let sliced = run(program, seed: seed, total: total, surroundings: surroundings) {
        Int.random(in: 1...longest, using: &generator)
      }
      let differences = sliced.differences(from: whole)
      if !differences.isEmpty {
        let text = differences.joined(separator: "; ")
        Issue.record("seed \(seed), slices up to \(longest): \(text)")
        return
      }
    }
  }

  @Test("A random program does the same in one slice and in many", arguments: RandomProgram.Surroundings.allCases)
  func randomPrograms(surroundings: RandomProgram.Surroundings) {
    compare(0..<500, modifiesItself: false, total: 600, surroundings: surroundings)
  }

  @Test("A program that modifies itself does the same in one slice and in many")
  func selfModifying() { compare(10_000..<10_600, modifiesItself: true, total: 600) }

  @Test("Instruction by instruction is the same as at once", arguments: [20_000 as UInt64, 20_100, 20_200])
  func singleInstructions(first: UInt64) {
    for seed in first..<(first + 40) {
      let program = RandomProgram(seed: seed, modifiesItself: seed % 2 == 0)
      let whole = run(program, seed: seed, total: 300) { 300 }
      let single = run(program, seed: seed, total: 300) { 1 }
      let differences = single.differences(from: whole)
      #expect(differences.isEmpty, "seed \(seed): \(differences.joined(separator: "; "))")
    }
  }

  @Test("Translation that starts afresh again and again does not show")
  func smallArena() {
    for seed in UInt64(30_000)..<30_100 {
      let program = RandomProgram(seed: seed, modifiesItself: true)
      let whole = run(program, seed: seed, total: 400) { 400 }
      // Room for about one page of code.
      let small = run(program, seed: seed, total: 400, arena: (1 << 17) + 0x3000) { 37 }
      let differences = small.differences(from: whole)
      #expect(differences.isEmpty, "seed \(seed): \(differences.joined(separator: "; "))")
    }
  }

  @Test("A slice ends exactly at its budget wherever that falls in a block", arguments: 1...70)
  func budget(count: Int) {
    let bench = CPUBench()
    bench.put([UInt32](repeating: A64.add(0, 0, 1), count: 100), at: 0x1000)
    bench.core.pc = 0x1000
    #expect(bench.run(count) == count)
    #expect(bench.core[x: 0] == UInt64(count))
    #expect(bench.core.pc == 0x1000 + UInt64(count) * 4)
  }
}
