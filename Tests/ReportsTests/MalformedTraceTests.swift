import Machine
import Testing

@testable import Reports

/// Traces with damage: each is read and drawn, or refused with a line; none ends the program.
@Suite("Malformed traces")
struct MalformedTraceTests {
  /// SplitMix64.
  private struct Randomness: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
      return z ^ z >> 31
    }
  }

  private let sound = traceText([
    event(1, "return", el: 2, #""to":1"#), faultLine(),
    event(2000, "list-register", el: 2, #""register":0,"state":"pending","interrupt":65,"priority":160,"physical":65"#),
    #"{"time":2885,"event":"s2-end","core":2,"el":2,"vmid":1,"vcpu":2,"pc":"0x4","of":1,"outcome":"emulated","value":"0x1"}"#,
    event(3000, "virq", el: 1, #""to":1"#), event(3100, "acknowledge", el: 1, #""interrupt":65,"virtual":true"#),
    event(4000, "hypercall", el: 1, #""number":17,"arguments":["0x0","0x1"],"decoded":{"cmd":"version"}"#),
    event(4100, "hypercall-end", el: 2, #""of":6,"number":17,"result":"0x0""#),
    event(4200, "trap", el: 1, #""esr":"0x7e00000","meaning":"WFI""#),
    event(4300, "world-switch", el: 2, #""from":{"vmid":1,"vcpu":0},"to":{"vmid":2,"vcpu":1}"#),
    #"{"time":9,"event":"stage2-map","vmid":1,"mappings":[["0x0","0x1000","0x0","rwx"],["0x1000","0x1000","0x1000","rw-"]]}"#,
  ])

  private static let scraps: [String] = [
    "18446744073709551615", "99999999999999999999999", "-1", "1e999", "\"0xffffffffffffffff\"", "\"0x0\"", "null", "{}",
    "[]", "\"\\ud800\"", "\\u", "\"", "{\"a\":", "\n", "\u{0}", "0.5", "true", "[[[[[[[[[[[[[[[[[[[[", "ÿ", "}",
  ]

  private func damaged(_ seed: UInt64) -> [UInt8] {
    var random = Randomness(state: seed)
    var bytes = Array(sound.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      // The first line is damaged rarely: behind it is more to find.
      let low = Int.random(in: 0..<8, using: &random) == 0 ? 0 : min(112, bytes.count - 1)
      guard low < bytes.count, !bytes.isEmpty else { break }
      let at = Int.random(in: low..<bytes.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...40, using: &random)))
      case 2: bytes.insert(contentsOf: Self.scraps.randomElement(using: &random)?.utf8 ?? "".utf8, at: at)
      case 3: bytes.removeSubrange(at...)
      case 4:
        // A value in another's place: the JSON stays sound, its meaning does not.
        guard let colon = bytes[at...].firstIndex(of: UInt8(ascii: ":")) else { continue }
        let end = bytes[(colon + 1)...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") } ?? bytes.count
        bytes.replaceSubrange((colon + 1)..<end, with: Self.scraps.randomElement(using: &random)?.utf8 ?? "".utf8)
      default:
        let digit = bytes[at...].firstIndex { $0 &- 0x30 < 10 } ?? at
        bytes.insert(contentsOf: repeatElement(UInt8(ascii: "9"), count: Int.random(in: 1...18, using: &random)), at: digit)
      }
    }
    return bytes
  }

  @Test("20,000 damaged traces are drawn or refused")
  func fuzz() throws {
    var drawn = 0, refused = 0
    for seed in 0..<20_000 {
      let trace: Trace
      do throws(BadInput) {
        trace = try Trace(damaged(UInt64(seed)), file: "t.jsonl")
      } catch {
        refused += 1
        #expect(error.source == "t.jsonl" && !error.problem.isEmpty && !error.remedy.isEmpty, "\(seed)")
        #expect(error.place != nil || error.problem == "is empty", "\(seed): \(error)")
        #expect("\(error)".utf8.count < 400, "\(seed)")
        continue
      }
      drawn += 1
      let explanations = Explanations(trace, file: "t")
      var text = explanations.overview(TraceSelection(), isVerbose: true)
      try explanations.explanations(TraceSelection(), limit: .max, isVerbose: true) { text += $0 }
      try explanations.listing(TraceSelection(), limit: .max) { text += $0 }
      #expect(!text.isEmpty)
      let isSound = (try? JSONParser.parse(PerfettoTrace(trace).bytes, file: "p")) != nil
      #expect(isSound, "\(seed)")
      if seed % 8 == 0 { #expect(HTMLReport(trace).bytes.count > 10_000) }
    }
    // Both happen often, or this shows nothing.
    #expect(drawn > 2000 && refused > 2000, "\(drawn) drawn, \(refused) refused")
  }
}
