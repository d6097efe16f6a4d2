import CPU
import Testing

@testable import conformance

/// A wrong flag and a wrong fault level are found by random programs, as by the other comparisons: docs/fuzzing.md
/// lists which finds which. The other engine has the mistake as little as an oracle has.
@Suite("Mistakes planted under random programs")
struct PlantedDifferenceTests {
  @Test("Random programs find it", arguments: [PlantedDifference.wrongFlag, .wrongFaultLevel])
  func found(mistake: PlantedDifference) {
    let planted = Lockstep(EngineKind.blocks.make(mistake), EngineKind.single.make())
    let sound = Lockstep(EngineKind.blocks.make(), EngineKind.single.make())
    var found = 0
    for number in 0..<UInt64(300) {
      var generator = FuzzGenerator(seed: 9, number: number, level: .el1)
      let program = generator.program()
      if !planted.run(program).differences.isEmpty {
        found += 1
        #expect(sound.run(program).differences.isEmpty)
      }
    }
    #expect(found > 0)
  }
}
