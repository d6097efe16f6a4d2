import CPU
import Foundation
import Testing

@testable import conformance

/// Random programs on two engines, and what must hold for the comparison to be worth anything.
@Suite("Random programs on two engines")
struct FuzzTests {
  private static let folder: URL = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<2 { url.deleteLastPathComponent() }
    return url.appendingPathComponent("Vectors/fuzz")
  }()

  static let stored: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".txt") }.sorted()
  }()

  private func programs(_ count: UInt64, seed: UInt64, _ level: FuzzProgram.Level) -> [FuzzProgram] {
    (0..<count).map { number in
      var generator = FuzzGenerator(seed: seed, number: number, level: level)
      return generator.program()
    }
  }

  @Test("Programs that once failed do the same on all engines", arguments: stored)
  func replay(name: String) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
    let found = try StoredFailure(FuzzProgram(text: text)).differences(oracle: try UserModeOracle())
    #expect(found.isEmpty, "\(name): \(found.joined(separator: "; "))")
  }

  @Test("There are programs that once failed")
  func storedPrograms() { #expect(!Self.stored.isEmpty) }

  @Test("Engines agree on random programs", arguments: FuzzProgram.Level.allCases, EngineKind.subjects)
  func agreement(level: FuzzProgram.Level, kind: EngineKind) {
    let lockstep = Lockstep(kind.make(), EngineKind.single.make())
    var exceptions = 0
    var settings: Set<FuzzProgram.Setting> = []
    for program in programs(300, seed: 77, level) {
      let outcome = lockstep.run(program)
      #expect(outcome.differences.isEmpty, "\(program.text(comment: outcome.differences))")
      exceptions += outcome.tookException ? 1 : 0
      settings.formUnion(program.settings)
    }
    // The programs are worth something: most faults are met, and most run on after them.
    #expect(level == .user ? exceptions < 60 : exceptions > 100)
    #expect(settings.isEmpty == (level == .user))
  }

  @Test("Ten thousand programs do the same on both engines and on qemu-aarch64")
  func many() throws {
    let folder = try Tools.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let words = ["--count", "10000", "--seed", "1", "--keep", folder.path, "--json", folder.path + "/fuzz.json"]
    let code = try Subcommand.fuzz.run(Options(words))
    #expect(code == 0 || code == 77)
    let results = try ConformanceResult.read(folder.path + "/fuzz.json")
    #expect(results.reduce(0) { $0 + $1.cases } >= 10_000)
    #expect(results.allSatisfy { $0.differences == 0 })
  }

  @Test("Time passes by instructions, read or not")
  func time() throws {
    // MRS X0, CNTVCT_EL0, and 81 instructions until it is read again.
    let nops = [String](repeating: "  d503201f", count: 80)
    let words = (["level el2", "  d53be040"] + nops + ["  17ffffaf"]).joined(separator: "\n")
    let machine = FuzzMachine(.single)
    machine.install(try FuzzProgram(text: words + "\n"))
    for _ in 0..<200 { #expect(machine.run(50) == 50) }
    // Ten thousand ns at 54 MHz are 540; the last read was up to 82 ns ago.
    #expect((534...540).contains(machine.core.r[0]), "\(machine.core.r[0])")
  }

  @Test("The engine that is named does everything", arguments: EngineKind.subjects)
  func forced(kind: EngineKind) throws {
    let folder = try Tools.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let words = ["--count", "120", "--keep", folder.path, "--json", folder.path + "/fuzz.json", "--level", "el1"]
    #expect(try Subcommand.fuzz.start(words + ["--engine", kind.engine.rawValue]) == 0)
    let results = try ConformanceResult.read(folder.path + "/fuzz.json")
    #expect(results.flatMap(\.rows).map(\.name) == ["EL1 under stage 2: \(kind.text) against single instructions"])
    let lockstep = Lockstep(kind.make(), EngineKind.single.make())
    for program in programs(10, seed: 1, .el2) { _ = lockstep.run(program) }
    #expect((lockstep.subject.compiledBlocks > 10) == (kind == .host))
    #expect(lockstep.reference.compiledBlocks == 0)
  }

  @Test("A program survives being a file")
  func roundTrip() throws {
    for level in FuzzProgram.Level.allCases {
      for program in programs(20, seed: 5, level) {
        #expect(try FuzzProgram(text: program.text(comment: ["one", "two"])) == program)
      }
    }
  }

  @Test(
    "Mistakes that are planted in the engine are found, and shrink to a few instructions",
    arguments: [PlantedDifference.fusedBranch, .place])
  func plantedMistakes(mistake: PlantedDifference) throws {
    let lockstep = Lockstep(EngineKind.blocks.make(mistake), EngineKind.single.make())
    let failing = try #require(
      programs(300, seed: 9, .el1).first { !lockstep.run($0).differences.isEmpty })
    var shrinker = Shrinker { !lockstep.run($0).differences.isEmpty }
    let small = shrinker.shrink(failing)
    #expect(!lockstep.run(small).differences.isEmpty)
    // Without NOPs; the handlers of exceptions are outside.
    #expect(small.words.filter { $0 != 0xd503_201f }.count <= 8, "\(small.text(comment: []))")
    #expect(Lockstep(EngineKind.blocks.make(), EngineKind.single.make()).run(small).differences.isEmpty)
  }

  @Test("A wrong result is seen by qemu-aarch64")
  func oracle() throws {
    guard let oracle = try UserModeOracle() else {
      print("qemu-aarch64, clang or lld is missing")
      return
    }
    let engine = EngineKind.blocks.make()
    let lockstep = Lockstep(engine, EngineKind.single.make())
    // The oracle gets what comes to an end, and without an exception.
    let candidates = programs(60, seed: 11, .user).filter {
      let outcome = lockstep.run($0)
      return outcome.left && !outcome.tookException
    }
    let results = try oracle.run(candidates)
    #expect(results.count == candidates.count)
    var compared = 0
    for (program, result) in zip(candidates, results) {
      let outcome = lockstep.run(program)
      guard outcome.left, !outcome.tookException else { continue }
      compared += 1
      #expect(UserModeOracle.differences(engine, program, result) == [])
      engine.core.r[Slot.x0 + 3] ^= 1
      #expect(UserModeOracle.differences(engine, program, result).count == 1)
      engine.core.r[Slot.x0 + 3] ^= 1
      (engine.ram.base + Int(FuzzLayout.data) + 4096).storeBytes(of: 1, as: UInt8.self)
      (engine.ram.base + Int(FuzzLayout.data) + 4097).storeBytes(of: 2, as: UInt8.self)
      #expect(UserModeOracle.differences(engine, program, result).count == 1)
    }
    #expect(compared > 20)
  }

  @Test("A program that never ends is ended, and those behind it run")
  func endless() throws {
    guard let oracle = try UserModeOracle() else { return }
    let lockstep = Lockstep(EngineKind.blocks.make(), EngineKind.single.make())
    var candidates = programs(60, seed: 11, .user)
    let endless = try FuzzProgram(text: "level user\n  14000000\n")
    candidates.insert(endless, at: 7)
    candidates.insert(endless, at: 8)
    let results = try oracle.run(candidates)
    #expect(results.count == candidates.count)
    for (program, result) in zip(candidates, results) {
      let outcome = lockstep.run(program)
      #expect(outcome.left == (result.signal == 0) || outcome.tookException, "\(program.text(comment: []))")
    }
    #expect(results.count > 8 && results[7].signal == 14 && results[8].signal == 14)
  }
}
