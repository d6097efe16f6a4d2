import Fabric
import Testing

@testable import CPU

/// Saves into, or loads from, a list of words.
private struct WordVisitor: StateVisitor {
  var words: [UInt64] = []
  var position = 0
  var loads = false

  private mutating func word(_ value: inout UInt64) {
    if loads {
      value = words[position]
      position += 1
    } else {
      words.append(value)
    }
  }

  mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ value: inout T) {
    var raw = UInt64(truncatingIfNeeded: value)
    word(&raw)
    value = T(truncatingIfNeeded: raw)
  }
  mutating func visit(_ name: StaticString, _ value: inout Bool) {
    var raw: UInt64 = value ? 1 : 0
    word(&raw)
    value = raw != 0
  }
  mutating func visit<T: FixedWidthInteger>(_ name: StaticString, _ values: inout [T]) {
    for index in values.indices { visit(name, &values[index]) }
  }
  mutating func visit(_ name: StaticString, _ values: inout [Bool]) {
    for index in values.indices { visit(name, &values[index]) }
  }
  mutating func visit(_ name: StaticString, words: UnsafeMutableBufferPointer<UInt64>) {
    for index in words.indices { word(&words[index]) }
  }
}

@Suite("Core state")
struct StateTests {
  private func hash(_ core: Core) -> UInt64 {
    var hasher = StateHasher()
    core.visitState(&hasher)
    return hasher.value
  }

  @Test("Saved, disturbed and loaded state is the same, timer lines included")
  func roundTrip() throws {
    let bench = try SystemBench()
    let core = bench.core
    bench.enter(1, masks: 0x80)
    try bench.write("CNTV_CTL_EL0", 1)
    core.setInterrupt(.virtualIRQ, level: true)
    core.r[7] = 77
    let before = hash(core)
    var saved = WordVisitor()
    core.visitState(&saved)

    core.reset()
    #expect(hash(core) != before)
    #expect(!core.timerLine(.virtual).level)
    saved.loads = true
    core.visitState(&saved)
    core.didLoadState()
    #expect(hash(core) == before)
    #expect(core.timerLine(.virtual).level)
    #expect(core.r[Slot.mode] & 3 == 1)
  }

  @Test("Two cores made alike hash alike, and every register counts")
  func hashing() throws {
    let (one, two) = (try SystemBench(), try SystemBench())
    #expect(hash(one.core) == hash(two.core))
    two.core[.tpidrEL2] = 1
    #expect(hash(one.core) != hash(two.core))
  }
}
