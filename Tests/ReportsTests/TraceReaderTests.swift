import Machine
import Testing

@testable import Reports

/// A trace of these events, numbered from 0 where they have no number.
func makeTrace(_ events: String...) throws -> Trace {
  try Trace(Array(traceText(events).utf8), file: "t.jsonl")
}

func traceText(_ events: [String]) -> String {
  var text = #"{"schema":"tayberry.trace/1","machine":{"ramBytes":1024},"events":["hypervisor"],"symbols":[]}"# + "\n"
  for (number, event) in events.enumerated() {
    text += event.contains("\"n\":") ? event : "{\"n\":\(number)," + event.dropFirst()
    text += "\n"
  }
  return text
}

@Suite("Reading traces")
struct TraceReaderTests {
  private func complaint(_ text: String) -> BadInput? {
    do throws(BadInput) { _ = try Trace(Array(text.utf8), file: "t.jsonl") } catch { return error }
    return nil
  }

  @Test("An event's common keys are read, and all others on demand")
  func events() throws {
    let trace = try makeTrace(
      #"{"time":5,"event":"trap","core":2,"instructions":7,"el":1,"vmid":1,"domain":"d0","vcpu":3,"pc":"0x10","#
        + #""esr":"0x7e00000","meaning":"W\u0046I","extra":[1,{"deep":-2.5e3}]}"#)
    let record = try #require(trace.records.first)
    #expect(record.kind == .trap)
    #expect(record.core == 2)
    #expect(record.level == 1)
    #expect(record.guestName == "d0v3")
    #expect(record.pc == 0x10)
    #expect(record.line == 2)
    let fields = trace.fields(of: record)
    #expect(fields.text("meaning") == "WFI")
    #expect(fields.word("esr") == 0x7e00000)
    #expect(fields.list("extra").count == 2)
  }

  @Test("Events and keys of a newer program are let through")
  func newer() throws {
    let trace = try makeTrace(#"{"time":5,"event":"eclipse","colour":"red"}"#)
    #expect(trace.records.first?.kind == nil)
    #expect(EventLine(trace.records[0], trace.fields(of: trace.records[0])).text.contains("colour=red"))
  }

  @Test(
    "What cannot be used is refused with its line",
    arguments: [
      ("", "t.jsonl: is empty", ""),
      ("\u{7f}ELF\u{1}", "t.jsonl:1: this is no trace", ""),
      ("[1,2]\n", "t.jsonl:1: this is no trace", ""), ("{\n  \"stateHash\": 1\n}\n", "t.jsonl:1: this is no trace", ""),
      (#"{"schema":"tayberry.trace/2"}"#, #"t.jsonl:1: the schema is "tayberry.trace/2""#, "the program that wrote"),
      (#"{"schema":7}"#, "t.jsonl:1: the schema is a number", ""),
      (traceText([#"{"time":1,"event":"irq","core""#]), "t.jsonl:2:37: the line ends in the middle", "remove the line"),
      (traceText([#"{"time":1,"event":"irq"}{"#]), "t.jsonl:2:31: something follows the event", ""),
      (traceText([#"{"time":1,"event":"irq","core":99}"#]), "t.jsonl:2: there is no core 99", ""),
      (traceText([#"{"time":1,"event":"irq","el":4}"#]), "t.jsonl:2: there is no EL4", ""),
      (traceText([#"{"time":-1,"event":"irq"}"#]), #"t.jsonl:2: "time" is a number that is not whole"#, "trace again"),
      (
        traceText([#"{"time":99999999999999999999,"event":"irq"}"#]),
        #"t.jsonl:2: "time" is a number that is not whole, or out of range"#, ""
      ),
      (traceText([#"{"time":1,"event":"irq","pc":16}"#]), #"t.jsonl:2: "pc" is a number"#, ""),
      (traceText([#"{"time":1}"#]), "t.jsonl:2: the event lacks n, time or event", ""),
      (
        traceText([#"{"n":4,"time":1,"event":"irq"}"#, #"{"n":4,"time":1,"event":"irq"}"#]),
        "t.jsonl:3: event 4 comes after event 4", "one run's trace"
      ),
      (
        traceText([#"{"time":1,"event":"irq","x":"# + String(repeating: "[", count: 5000)]),
        "nested too deeply", ""
      ),
    ])
  func refusals(_ text: String, _ problem: String, _ remedy: String) throws {
    let refusal = try #require(complaint(text))
    #expect("\(refusal)".contains(problem), "\(refusal)")
    #expect(remedy.isEmpty || refusal.remedy.contains(remedy))
    #expect(!refusal.remedy.isEmpty)
  }

  @Test("A file of one endless line is refused at once")
  func endlessLine() throws {
    let refusal = try #require(complaint(String(repeating: "x", count: 20_000_000)))
    #expect("\(refusal)".utf8.count < 300)
  }

  @Test("The largest numbers neither overflow nor end the program")
  func absurdNumbers() throws {
    let most = String(UInt64.max)
    let trace = try makeTrace(
      "{\"time\":\(most),\"event\":\"s2-fault\",\"core\":63,\"instructions\":\(most),\"el\":1,\"vmid\":\(most),"
        + "\"vcpu\":\(most),\"pc\":\"0xffffffffffffffff\",\"va\":\"0xffffffffffffffff\",\"ipa\":\"0xffffffffffffffff\","
        + "\"access\":\"read\",\"size\":\(most),\"esr\":\"0xffffffffffffffff\",\"stage1\":[{\"level\":\(most),"
        + "\"is\":\"page\",\"output\":\"0xffffffffffffffff\",\"bits\":\(most)}],\"stage2\":[{}]}",
      "{\"time\":0,\"event\":\"s2-end\",\"core\":63,\"of\":0,\"outcome\":\"emulated\"}",
      "{\"time\":1,\"event\":\"s2-end\",\"of\":\(most)}")
    let text = FaultExplanation(trace, 0, ends: trace.ends(), isVerbose: true).text
    #expect(text.contains("18446744073.709551615 s"))
    #expect(Explanations(trace, file: "t").overview(TraceSelection(), isVerbose: true).contains("1 stage-2 fault"))
  }

  @Test("Numbers that are not in JSON's grammar are refused", arguments: ["01", "-", "+1", "0x10", "1.2.3]"])
  func numbers(_ text: String) throws {
    #expect(complaint(traceText(["{\"time\":1,\"event\":\"irq\",\"x\":\(text)"])) != nil)
  }

  @Test("A hexadecimal text is a number only as the writer writes it")
  func hexadecimalTexts() throws {
    let trace = try makeTrace(
      #"{"time":1,"event":"x","a":"0x0","b":"0x00","c":"0X1","d":"0xg","e":"0x10000000000000000","f":"0xffffffffffffffff"}"#)
    let fields = trace.fields(of: trace.records[0])
    #expect(fields.word("a") == 0)
    #expect(fields.word("b") == nil && fields.text("b") == "0x00")
    #expect(fields.word("c") == nil && fields.word("d") == nil && fields.word("e") == nil)
    #expect(fields.word("f") == .max)
  }
}
