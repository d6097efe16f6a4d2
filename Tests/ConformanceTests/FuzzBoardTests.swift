import CPU
import Foundation
import Testing

@testable import conformance

/// Random programs on the whole board, against QEMU's where there is one.
@Suite("Random programs on two boards", .serialized)
struct FuzzBoardTests {
  private static let folder = Tools.repository + "/Tests/Vectors/fuzz-board"
  private static let image = try? BoardImage()
  private static let qemu = Tools.raspberryQEMU(mayFetch: false)
  private static let skipped: Comment = "no QEMU with raspi4b; stored programs are run all the same"

  static let stored: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    .filter { $0.hasSuffix(".txt") }.sorted()

  @Test("Programs that once differed leave what QEMU's board left", arguments: stored)
  func replay(name: String) throws {
    let image = try #require(Self.image, "clang, lld or objcopy is missing")
    let text = try String(contentsOfFile: Self.folder + "/" + name, encoding: .utf8)
    let failure = StoredBoardFailure(text: text)
    #expect(failure.left.hasPrefix(" program=0 "), "\(name): conformance fuzz-board --replay --record")
    #expect(try failure.difference(image, BoardRun(qemu: "", planted: nil)) == nil, "\(name)")
  }

  @Test("There are programs that once differed")
  func storedPrograms() { #expect(Self.stored.count >= 7) }

  @Test("Three hundred programs leave the same on both boards", .enabled(if: qemu != nil, skipped))
  func agreement() throws {
    let image = try #require(Self.image)
    let comparison = BoardComparison(image: image, boards: BoardRun(qemu: Self.qemu ?? "", planted: nil))
    let programs = (0..<300).map { BoardFuzzer.program($0, seed: 77).program }
    var exceptions = 0
    for (program, outcome) in zip(programs, try comparison.run(programs)) {
      guard case .same(let count) = outcome else {
        Issue.record("\(program.text(comment: ["\(outcome)"]))")
        continue
      }
      exceptions += count
    }
    #expect(exceptions > 1000)
    #expect(Set(programs.flatMap(\.settings)).count >= 10)
  }

  @Test(
    "A fault level that is wrong on purpose is found, and the program shrinks",
    .enabled(if: qemu != nil, skipped))
  func planted() throws {
    let image = try #require(Self.image)
    let boards = BoardRun(qemu: Self.qemu ?? "", planted: .wrongFaultLevel)
    let comparison = BoardComparison(image: image, boards: boards)
    let programs = (0..<60).map { BoardFuzzer.program($0, seed: 3) }
    let outcomes = try comparison.run(programs.map(\.program))
    let failing = try #require(zip(programs, outcomes).first { $1.isDifference })
    let small = try BoardShrinker(comparison).shrink(failing.0)
    #expect(try comparison.run([small])[0].isDifference)
    #expect(small.words.filter { $0 != 0xd503_201f }.count <= 6, "\(small.text(comment: []))")
  }

  @Test("Branches go to the begin of units, and the program fits its record")
  func shape() {
    for number in 0..<300 {
      let board = BoardFuzzer.program(number, seed: 5)
      #expect(board.program.words.count <= BoardGenerator.longest)
      #expect(board.units.last?.upperBound == board.program.words.count)
      let starts = Set(board.units.map(\.lowerBound))
      for (place, word) in board.program.words.enumerated() where word & 0xff00_0010 == 0x5400_0000 {
        let distance = Int(Int32(bitPattern: word << 8) >> 13)
        #expect(starts.contains(place + distance), "program \(number), word \(place)")
      }
    }
  }
}
