import CPU
import Fabric
import Testing

@testable import Machine

/// What translated code takes, and what is done over again, does not grow with what a guest does to its code. The
/// guests do the same in each round and print a line then; what is counted between two lines must not grow.
@Suite(
  "Guests that make and change code without end",
  .enabled(if: BareMetalGuests.toolsAreThere, "clang or ld.lld is missing"))
struct CodeGrowthTests {
  /// Everything compiled before its first run; compiled when it ran often; nothing compiled.
  static let rules: [TranslationRules] = [
    TranslationRules(engine: .interpreter), TranslationRules(engine: .hostCode, threshold: 1),
    TranslationRules(engine: .hostCode),
  ]

  /// A guest's run: counts at the begin and at each "round" of its transcript, and the state at the end.
  private final class Run: BytePort {
    var counts: [TranslationCounts] = []
    var text = ""
    var hash: UInt64 = 0
    private weak var cluster: Cluster?

    init(_ guest: String, _ rules: TranslationRules, arena: Int) throws {
      var configuration = BoardConfiguration()
      configuration.rules = rules
      configuration.codeArenaSize = arena
      let run = try GuestRun(guest: guest, configuration)
      cluster = run.board.cluster
      run.machine.connectConsole(self)
      #expect(run.run() == .powerOff)
      hash = run.machine.stateHash()
    }

    func transmit(_ byte: UInt8) {
      text.unicodeScalars.append(Unicode.Scalar(byte))
      if text.hasSuffix("round"), let counts = cluster?.translationCounts { self.counts.append(counts) }
    }

    /// What a count grew by in each round but the first.
    func growth(_ count: (TranslationCounts) -> UInt64) -> [UInt64] {
      zip(counts.dropFirst(), counts).map { count($0) - count($1) }
    }
  }

  /// The guest on each engine, which must do the same.
  private func runs(_ guest: String, arena: Int) throws -> [Run] {
    let runs = try Self.rules.map { try Run(guest, $0, arena: arena) }
    for run in runs {
      #expect(run.text == (try BareMetalGuests.transcript(guest)))
      #expect(run.hash == runs[0].hash)
      for counts in run.counts {
        #expect(counts.bytes <= arena)
        #expect(counts.hostBytes <= max(1 << 21, arena / 2))
      }
    }
    #expect(runs[0].counts.last?.compiledBlocks == 0)
    #if os(Linux) && arch(x86_64)
      #expect((runs[1].counts.last?.compiledBlocks ?? 0) > 0)
    #endif
    return runs
  }

  @Test("64 MiB of fresh code, again and again, are translated once each time, in an arena that does not grow")
  func freshCode() throws {
    let arena = 1 << 26
    for run in try runs("fresh-code", arena: arena) {
      let blocks: UInt64 = 1 << 20
      for grown in run.growth(\.translatedBlocks) { #expect(grown >= blocks && grown < blocks + blocks / 100) }
      // A block takes about 200 bytes; an eighth of the arena is emptied at a time, and no more than is needed.
      for grown in run.growth(\.reclaims) { #expect(grown > 8 && grown < 200) }
      // All that was translated goes, for its code changes or for room, or is there still.
      let counts = try #require(run.counts.last)
      let gone = counts.invalidatedBlocks + counts.reclaimedBlocks
      #expect(gone < counts.translatedBlocks && counts.translatedBlocks - gone < UInt64(arena / 128))
      #expect(counts.pages <= arena / 4096)
    }
  }

  @Test("Code that rewrites itself is translated again each time and no more, in an arena that does not grow")
  func rewriting() throws {
    for run in try runs("rewriting", arena: 1 << 20) {
      // Three ways, 3000 times; around the last two is code that goes with what they write.
      let translated = run.growth(\.translatedBlocks)
      for grown in translated { #expect(grown >= 9000 && grown < 30_000) }
      #expect((translated.max() ?? 0) - (translated.min() ?? 0) < 1500, "\(translated)")
      let invalidated = run.growth(\.invalidatedBlocks)
      #expect((invalidated.max() ?? 0) - (invalidated.min() ?? 0) < 1500, "\(invalidated)")
      let reclaims = run.growth(\.reclaims)
      for grown in reclaims { #expect(grown > 4 && grown < 200, "\(reclaims)") }
      #expect(run.counts.allSatisfy { $0.pages < 20 })
    }
  }

  @Test("A page at a thousand addresses is translated once, and once more when it changes")
  func aliases() throws {
    for run in try runs("aliases", arena: 1 << 22) {
      for grown in run.growth(\.translatedBlocks) { #expect(grown >= 1 && grown < 40) }
      for grown in run.growth(\.invalidatedBlocks) { #expect(grown >= 1 && grown < 10) }
      #expect(run.counts.allSatisfy { $0.reclaims == 0 && $0.pages < 20 })
    }
  }

  @Test("Stores to data beside code leave the code alone")
  func besideCode() throws {
    for run in try runs("beside-code", arena: 1 << 22) {
      for grown in run.growth(\.translatedBlocks) { #expect(grown < 20) }
      #expect(run.growth(\.invalidatedBlocks).allSatisfy { $0 == 0 })
      #expect(run.growth(\.storesBesideCode).allSatisfy { $0 >= 20_000 && $0 < 20_010 })
    }
  }
}
