import Fabric
import Testing

@testable import CPU

@Suite("System register table")
struct RegisterTableTests {
  @Test("Both texts parse without a complaint")
  func parses() {
    #expect(SystemRegisterTable.shared.problems.isEmpty, "\(SystemRegisterTable.shared.problems)")
  }
}
