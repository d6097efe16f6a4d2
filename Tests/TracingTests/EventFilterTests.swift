import Testing

@testable import Tracing

@Suite("Event filters")
struct EventFilterTests {
  private func facts(_ change: (inout EventFilter.Facts) -> Void) -> EventFilter.Facts {
    var facts = EventFilter.Facts()
    change(&facts)
    return facts
  }

  @Test("Every kind has one name, by which it is found again")
  func names() {
    #expect(EventKind.names.count == EventKind.allCases.count)
    #expect(Set(EventKind.names).count == EventKind.names.count)
    for kind in EventKind.allCases { #expect(EventKind(name: kind.name) == kind) }
    #expect(EventKind.stageTwoFault.name == "s2-fault")
    #expect(EventKind.console.name == "console")
    #expect(EventKind.hcr.name == "hcr")
  }

  @Test("A filter has all its conditions met or does not match")
  func conditions() throws {
    let filter = try EventFilter("s2-fault:vmid=1,ipa=0xfe201000-0xfe201fff,access=write,level=3,el=1,core=2")
    let wanted = facts {
      $0.core = 2
      $0.vmid = 1
      $0.level = 1
      $0.physical = 0xfe20_1030
      $0.access = .write
      $0.walkLevel = 3
    }
    func matches(_ change: (inout EventFilter.Facts) -> Void) -> Bool {
      var facts = wanted
      change(&facts)
      return filter.matches(facts) { ([], nil) }
    }
    #expect(matches { _ in })
    #expect(!matches { $0.core = 1 })
    #expect(!matches { $0.vmid = 2 })
    #expect(!matches { $0.level = 0 })
    #expect(!matches { $0.physical = 0xfe20_2000 })
    #expect(!matches { $0.physical = nil })
    #expect(!matches { $0.access = .read })
    #expect(!matches { $0.walkLevel = 2 })
  }

  @Test("Names are compared whole, a console line in part")
  func namesMatch() throws {
    let device = try EventFilter("mmio:device=uart0,register=DR")
    #expect(device.matches(EventFilter.Facts()) { (["uart0"], "DR") })
    #expect(!device.matches(EventFilter.Facts()) { (["uart0"], "CR") })
    #expect(!device.matches(EventFilter.Facts()) { (["uart2"], "DR") })
    let line = try EventFilter("console:text=READY")
    #expect(line.matches(EventFilter.Facts()) { (["DOM0-READY"], nil) })
    #expect(!line.matches(EventFilter.Facts()) { (["DOM0"], nil) })
    let call = try EventFilter("hypercall:name=memory_op")
    #expect(!call.matches(EventFilter.Facts()) { (["memory_op_compat"], nil) })
  }

  @Test(
    "What is no filter is refused with its place",
    arguments: [
      ("", ""), ("s3-fault", "s3-fault"), ("s2-fault:", ""), ("s2-fault:vmid", "vmid"), ("s2-fault:vmid=", "vmid="),
      ("s2-fault:vmid=256", "256"), ("s2-fault:vmid=-1", "-1"), ("s2-fault:ipa=9-1", "9-1"),
      ("s2-fault:ipa=0x-0x", "0x"), ("s2-fault:ipa=1-2-3", "1-2-3"), ("s2-fault:colour=red", "colour=red"),
      ("mmio:access=both", "access=both"), ("trap:class=64", "64"),
      ("s2-fault:ipa=0x1ffffffffffffffff", "0x1ffffffffffffffff"), ("s2-fault:,", ""), ("s2-fault:core=4", "4"),
    ])
  func refused(text: String, place: String) {
    #expect {
      _ = try EventFilter(text)
    } throws: { error in
      guard let error = error as? EventSelectionError else { return false }
      return error.place == place && !error.problem.isEmpty && !error.remedy.isEmpty
    }
  }

  @Test("A group stands for its kinds, each with the group's conditions")
  func group() throws {
    var selection = EventSelection()
    try selection.add("hypervisor:vmid=2")
    #expect(selection.filters.map(\.kind) == EventKind.hypervisor)
    #expect(selection.filters.allSatisfy { $0.vmid == 2 })
    #expect(selection.wants(.hypercall))
    #expect(!selection.wants(.mmio))
    let two = facts { $0.vmid = 2 }
    let one = facts { $0.vmid = 1 }
    #expect(selection.matches(.trap, two) { ([], nil) })
    #expect(!selection.matches(.trap, one) { ([], nil) })
  }

  @Test("Text without sense never traps")
  func fuzz() {
    var state: UInt64 = 5
    let pieces = ["s2-fault", ":", ",", "=", "ipa", "vmid", "0x", "-", "ffffffffffffffff", "1", "é", "\u{0}", "access", "read"]
    for _ in 0..<20_000 {
      var text = ""
      for _ in 0..<Int(state >> 60) + 1 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int(state >> 33) % pieces.count]
      }
      var selection = EventSelection()
      try? selection.add(text)
      #expect(selection.filters.count <= EventKind.hypervisor.count)
    }
  }
}
