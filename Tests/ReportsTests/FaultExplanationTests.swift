import Testing

@testable import Reports

/// A stage-2 fault as the writer writes one, with what a test wants to have different.
func faultLine(
  ipa: String = "0xff841f00", at: String = "gic.distributor GICD_SGIR", access: String = "write",
  esr: String = "0x93930047", stageOne: String = pageWalk, stageTwo: String = invalidWalk
) -> String {
  #"{"time":1000,"event":"s2-fault","core":2,"instructions":34098145,"el":1,"vmid":1,"domain":"d0","vcpu":2,"#
    + #""pc":"0xffff8000085ffa70","symbol":"gic_raise_softirq+0x90","va":"0xffff800008005f00","ipa":"\#(ipa)","#
    + #""at":"\#(at)","access":"\#(access)","size":4,"to":2,"esr":"\#(esr)","meaning":"data abort","#
    + #""instruction":"str w19, [x0]","stage1":\#(stageOne),"stage2":\#(stageTwo)}"#
}

private let pageWalk = #"""
  [{"level":2,"address":"0x2bffe200","descriptor":"0x2bffd003","is":"table","next":"0x2bffd000","stage2":[{"level":1,"address":"0x7000","descriptor":"0x7fd","is":"block","output":"0x0","bits":30,"rights":"read-write, executable, normal"}]},{"level":3,"address":"0x2bffd028","physical":"0x3bffd028","descriptor":"0x680000ff841713","is":"page","output":"0xff841000","bits":12,"rights":"read-write, no execution"}]
  """#
private let invalidWalk = #"[{"level":3,"address":"0x7ff89208","descriptor":"0x0","is":"invalid"}]"#

private func endLine(_ outcome: String) -> String {
  #"{"time":2885,"event":"s2-end","core":2,"instructions":34100030,"el":2,"vmid":1,"domain":"d0","vcpu":2,"#
    + #""pc":"0xffff8000085ffa74","of":0,\#(outcome)}"#
}

@Suite("Stage-2 faults explained")
struct FaultExplanationTests {
  private func facts(_ lines: String...) throws -> FaultFacts {
    let trace = try Trace(Array(traceText(lines).utf8), file: "t")
    return FaultFacts(trace, 0, ends: trace.ends())
  }

  private func leaf(_ rights: String) -> String {
    #"[{"level":3,"address":"0x7000","descriptor":"0x443","is":"page","output":"0x5000","bits":12,"rights":"\#(rights)"}]"#
  }

  @Test("A device that the hypervisor emulates")
  func emulated() throws {
    let facts = try facts(faultLine(), endLine(#""outcome":"emulated""#))
    #expect(
      FaultVerdict(facts: facts).text
        == "stage 2 has no mapping for the page of gic.distributor GICD_SGIR: the hypervisor emulates this device")
    #expect(facts.group == "gic.distributor")
    #expect(facts.duration == 1885)
  }

  @Test("RAM that is mapped on demand, and RAM that is refused")
  func memory() throws {
    let fault = faultLine(ipa: "0x40000000", at: "RAM")
    let mapped = try facts(fault, endLine(#""outcome":"mapped""#))
    #expect(FaultVerdict(facts: mapped).text.hasSuffix("page of RAM; the hypervisor has mapped it since"))
    let refused = try facts(fault, endLine(#""outcome":"injected","esr":"0x96000010","meaning":"data abort""#))
    #expect(FaultVerdict(facts: refused).text.contains("the page is not the domain's"))
    #expect(FaultExplanation(refused).text.contains("at its own abort handler at 0xffff8000085ffa74, ESR_EL1 0x96000010"))
  }

  @Test("A hole of the board, with a device-tree node or without", arguments: ["nothing", "nothing (/soc/ghost)"])
  func hole(_ place: String) throws {
    let facts = try facts(faultLine(ipa: "0x600000000", at: place), endLine(#""outcome":"injected""#))
    #expect(
      FaultVerdict(facts: facts).text
        == "the IPA is a hole: the board has nothing there, and stage 2 maps nothing; the access was refused, and "
        + "the guest got an abort")
    #expect(facts.group == "nothing")
  }

  @Test(
    "A permission fault names the right that is missing",
    arguments: [
      ("write", "0x9393004f", "read-only, executable, normal", "permission: the page is read-only for the domain, and was written (RAM)"),
      ("read", "0x9393000f", "no access, executable, normal", "permission: the page is no access for the domain, and was read (RAM)"),
      ("execute", "0x8200000f", "read-write, no execution, normal", "permission: the page is not executable for the domain, and was executed from (RAM)"),
    ])
  func permission(_ access: String, _ esr: String, _ rights: String, _ verdict: String) throws {
    let facts = try facts(faultLine(at: "RAM", access: access, esr: esr, stageTwo: leaf(rights)))
    #expect(FaultVerdict(facts: facts).text == verdict)
  }

  @Test("A stage-1 walk that stage 2 stops is told from the access itself")
  func onWalk() throws {
    // ISS.S1PTW is bit 7 (Arm DDI 0487, D13.2.37).
    let walk =
      #"[{"level":0,"address":"0x11658800","descriptor":"0x0","is":"unreadable","stage2":[{"level":3,"address":"0x7000","#
      + #""descriptor":"0x0","is":"invalid"}]}]"#
    let facts = try facts(faultLine(ipa: "0x11658800", at: "RAM", esr: "0x930000c7", stageOne: walk, stageTwo: "[]"))
    #expect(
      FaultVerdict(facts: facts).text
        == "the walk of stage 1 itself faulted in stage 2: its level-0 descriptor at IPA 0x11658800 lies in a page "
        + "that stage 2 does not map")
    let text = FaultExplanation(facts).text
    #expect(text.contains("stage 2: IPA 0x11658800, where that descriptor is\n    └─ level 3  [0x7000] = 0x0"))
  }

  @Test("Access flag and address size faults")
  func otherKinds() throws {
    #expect(FaultVerdict(facts: try facts(faultLine(esr: "0x9393000b"))).text.hasPrefix("access flag"))
    #expect(FaultVerdict(facts: try facts(faultLine(esr: "0x93930003"))).text.hasPrefix("address size"))
  }

  @Test("The whole text, with what the hypervisor did in between")
  func text() throws {
    let trace = try makeTrace(
      faultLine(),
      #"{"time":1500,"event":"mmio","core":2,"el":2,"vmid":1,"vcpu":2,"pc":"0x25d394","symbol":"gicv2_send_SGI+0x4","#
        + #""device":"gic.distributor","register":"GICD_SGIR","offset":"0xf00","pa":"0xff841f00","access":"write","size":4,"value":"0x1"}"#,
      #"{"time":1600,"event":"wfi","core":1,"el":1,"vmid":1,"vcpu":1,"pc":"0x0"}"#,
      #"{"n":9,"time":2885,"event":"s2-end","core":2,"el":2,"vmid":1,"domain":"d0","vcpu":2,"pc":"0xffff8000085ffa74","of":0,"outcome":"emulated","functions":["enter","do_trap_guest_sync","try_handle_mmio"]}"#
    )
    let expected = """
      stage-2 fault 0: write of 4 bytes by d0v2 at gic.distributor GICD_SGIR

        stage 2 has no mapping for the page of gic.distributor GICD_SGIR: the hypervisor emulates this device

        when         0.000001000 s, on core 2 after 34,098,145 instructions
        who          d0, virtual CPU 2, VMID 1, at EL1
        PC           0xffff8000085ffa70  gic_raise_softirq+0x90
        instruction  str w19, [x0]
        access       write of 4 bytes
        VA           0xffff800008005f00
        IPA          0xff841f00, which is gic.distributor GICD_SGIR
        ESR_EL2      0x93930047: data abort
        HPFAR_EL2    0xff8410: the page at IPA 0xff841000

        stage 1: VA 0xffff800008005f00 by the tables of d0
          ├─ level 2  [0x2bffe200]                 = 0x2bffd003        table at 0x2bffd000
          └─ level 3  [0x2bffd028 (PA 0x3bffd028)] = 0x680000ff841713  page of 4 KiB at 0xff841000, read-write, no execution
             gives IPA 0xff841f00
             (its tables were found through stage 2, by 1 more descriptor: --verbose)
        stage 2: IPA 0xff841f00 by the hypervisor's tables for d0
          └─ level 3  [0x7ff89208] = 0x0  invalid: it maps nothing   <-- here

        handled by   do_trap_guest_sync > try_handle_mmio > … (3 with --verbose)
        ended        emulated, after 1,885 ns in EL2: the hypervisor did the access; the guest goes on at 0xffff8000085ffa74

        Until then core 2 did
          +500 ns      mmio          write 4  gic.distributor GICD_SGIR  value=0x1  pa=0xff841f00  offset=0xf00  pc=0x25d394 gicv2_send_SGI+0x4

      """
    #expect(FaultExplanation(trace, 0, ends: trace.ends(), isVerbose: false).text == expected)
    #expect(FaultExplanation(trace, 0, ends: trace.ends(), isVerbose: true).text.contains("found through stage 2:\n"))
  }

  @Test("A fault without an end says so, and one without stage 1 too")
  func open() throws {
    let text = FaultExplanation(try facts(faultLine(stageOne: "[]"))).text
    #expect(text.contains("ended        the guest has not run since"))
    #expect(text.contains("stage 1 is off: the VA is the IPA"))
  }

  @Test("What a guest chose cannot drive the terminal")
  func controls() throws {
    let trace = try makeTrace(
      #"{"time":1,"event":"console","text":"\u001b[2Jgone\u009b\u202e"}"#,
      faultLine(at: #"\u001b]0;x\u0007"#).replacing("gic_raise_softirq", with: #"\u001bc\n"#))
    let explanations = Explanations(trace, file: "t")
    var text = explanations.overview(TraceSelection(), isVerbose: true)
    try explanations.listing(TraceSelection(), limit: .max) { text += $0 }
    try explanations.explanations(TraceSelection(), limit: .max, isVerbose: true) { text += $0 }
    #expect(text.contains("\\x{1b}[2Jgone\\x{9b}\\x{202e}"))
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) })
  }

  @Test("Selections by VMID, IPA and event")
  func selections() throws {
    let trace = try makeTrace(faultLine(), endLine(#""outcome":"emulated""#), #"{"time":1,"event":"console","text":"x"}"#)
    func count(_ change: (inout TraceSelection) throws -> Void) throws -> Int {
      var selection = TraceSelection()
      try change(&selection)
      return trace.records.filter { selection.matches($0, trace) }.count
    }
    #expect(try count { _ in } == 3)
    #expect(try count { $0.vmid = 1 } == 2)
    #expect(try count { $0.vmid = 0 } == 0)
    #expect(try count { $0.ipa = TraceSelection.range("0xff841000-0xff841fff") } == 2)
    #expect(try count { $0.ipa = TraceSelection.range("0xff841f01") } == 0)
    #expect(try count { try $0.add(event: "s2-fault") } == 1)
    #expect(throws: (any Error).self) { try count { try $0.add(event: "s3-fault") } }
    #expect(TraceSelection.range("5-4") == nil && TraceSelection.range("") == nil && TraceSelection.range("1-2-3") == nil)
  }
}
