import Testing

@testable import XenNames

/// A little guest memory.
private struct Memory {
  var bytes: [UInt64: UInt8] = [:]

  mutating func put(_ address: UInt64, _ value: UInt64, size: Int) {
    for index in 0..<size { bytes[address + UInt64(index)] = UInt8(value >> UInt64(8 * index) & 0xff) }
  }

  mutating func put(_ address: UInt64, _ text: String) {
    for (index, byte) in text.utf8.enumerated() { bytes[address + UInt64(index)] = byte }
  }

  func read(_ address: UInt64, _ count: Int) -> [UInt8]? {
    var result: [UInt8] = []
    for index in 0..<count {
      guard let byte = bytes[address &+ UInt64(index)] else { return nil }
      result.append(byte)
    }
    return result
  }
}

@Suite("Hypercalls in words")
struct HypercallTests {
  private func text(_ number: UInt64, _ arguments: [UInt64], _ memory: Memory, _ version: XenVersion? = nil)
    -> String
  {
    XenInterface.decode(number: number, arguments: arguments, version: version, read: memory.read).description
  }

  @Test func everyLineOfEveryTableIsRead() {
    #expect(InterfaceTables.shared.faults == 0)
    #expect(FirmwareTables.shared.faults == 0)
    #expect(InterfaceTables.shared.hypercalls.count == 50)
  }

  @Test func addToPhysmapNamesSpaceAndDomain() {
    var memory = Memory()
    memory.put(0x1000, 0x7ff0, size: 2)
    memory.put(0x1002, 0, size: 2)
    memory.put(0x1004, 1, size: 4)
    memory.put(0x1008, 3, size: 8)
    memory.put(0x1010, 0x44000, size: 8)
    #expect(
      text(12, [7, 0x1000], memory)
        == "memory_op add_to_physmap domid=DOMID_SELF space=grant_table size=0 idx=0x3 gpfn=0x44000")
    // Bits above the operation are the progress of a continued call.
    #expect(text(12, [7 | 5 << 6, 0x1000], memory).hasPrefix("memory_op add_to_physmap "))
  }

  @Test func eventChannelsShowWhatIsGivenAndLaterWhatWasWritten() {
    var memory = Memory()
    for (offset, value) in [0, 2, 9].enumerated() {
      memory.put(0x20 + UInt64(4 * offset), UInt64(value), size: 4)
    }
    #expect(text(32, [1, 0x20], memory) == "event_channel_op bind_virq virq=TIMER vcpu=2")
    let result = XenInterface.result(number: 32, arguments: [1, 0x20], value: 0, read: memory.read)
    #expect(result.value == "0")
    #expect(result.outputs == [CallField("port", "9")])
    let failed = XenInterface.result(
      number: 32, arguments: [1, 0x20], value: UInt64(bitPattern: -22), read: memory.read)
    #expect(failed.value == "-EINVAL")
    #expect(failed.outputs.isEmpty)
  }

  @Test func consoleTextIsQuotedAndCut() {
    var memory = Memory()
    memory.put(0x5000, "Hi \"Xen\"\r\n\u{7}")
    #expect(
      text(18, [0, 11, 0x5000], memory) == #"console_io write count=11 text="Hi \"Xen\"\r\n\x07""#)
    memory.put(0x5000, String(repeating: "a", count: 500))
    #expect(text(18, [0, 500, 0x5000], memory).hasSuffix("aaa\"..."))
    #expect(text(18, [0, 500, 0x5000], memory).count < 150)
    #expect(text(18, [0, .max, 0], Memory()).hasSuffix("text=? at 0x0"))
  }

  @Test func structuresOfControlsGiveOperationVersionAndDomain() {
    var memory = Memory()
    for (offset, value, size) in [(0, 11, 4), (4, 0x17, 4), (8, 3, 2), (10, 0, 6), (16, 65536, 8)] {
      memory.put(0x100 + UInt64(offset), UInt64(value), size: size)
    }
    #expect(text(36, [0x100], memory) == "domctl max_mem interface_version=0x17 domain=d3 max_memkb=65536")
    #expect(text(36, [0x9000], memory) == "domctl operation unreadable interface_version=? domain=?")
    memory.put(0x100, 4242, size: 4)
    #expect(text(36, [0x100], memory).hasPrefix("domctl operation 4242 (unknown) "))
  }

  @Test func grantsShowFlagsAndCount() {
    var memory = Memory()
    for (offset, value, size) in [(0, 0x8000, 8), (8, 6, 4), (12, 77, 4), (16, 1, 2)] {
      memory.put(0x100 + UInt64(offset), UInt64(value), size: size)
    }
    memory.put(0x112, 0xfffd, size: 2)
    memory.put(0x114, 5, size: 4)
    memory.put(0x118, 0x1234, size: 8)
    #expect(
      text(20, [0, 0x100, 2], memory)
        == "grant_table_op map_grant_ref count=2 dom=d1 ref=77 flags=host_map|readonly host_addr=0x8000")
    let result = XenInterface.result(number: 20, arguments: [0, 0x100, 1], value: 0, read: memory.read)
    #expect(result.outputs.map(\.description) == ["status=bad_gntref", "handle=5", "dev_bus_addr=0x1234"])
  }

  @Test func parametersOfHVMHaveNames() {
    var memory = Memory()
    for (offset, value, size) in [(0, 0x7ff0, 2), (2, 0, 2), (4, 18, 4), (8, 2, 8)] {
      memory.put(0x100 + UInt64(offset), UInt64(value), size: size)
    }
    #expect(text(34, [1, 0x100], memory) == "hvm_op get_param domid=DOMID_SELF index=CONSOLE_EVTCHN")
    #expect(
      text(34, [0, 0x100], memory) == "hvm_op set_param domid=DOMID_SELF index=CONSOLE_EVTCHN value=0x2")
  }

  @Test func versionsAreShownAsNumbers() {
    #expect(text(17, [0, 0], Memory()) == "xen_version version")
    let result = XenInterface.result(
      number: 17, arguments: [0, 0], value: 4 << 16 | 17, read: { _, _ in nil })
    #expect(result.value == "4.17")
    var memory = Memory()
    memory.put(0x10, ".4-debian\0")
    #expect(
      XenInterface.result(number: 17, arguments: [1, 0x10], value: 0, read: memory.read).outputs
        .map(\.value) == ["\".4-debian\""])
  }

  @Test func shutdownReasonsAndVCPUsHaveNames() {
    var memory = Memory()
    memory.put(0x40, 1, size: 4)
    #expect(text(29, [2, 0x40], memory) == "sched_op shutdown reason=reboot")
    memory.put(0x40, 0x8_0123, size: 8)
    memory.put(0x48, 0x40, size: 4)
    #expect(text(24, [10, 3, 0x40], memory) == "vcpu_op register_vcpu_info vcpu=3 mfn=0x80123 offset=0x40")
  }

  @Test func listsShowTheirFirstElements() {
    var memory = Memory()
    for (offset, value, size) in [
      (0, 0x200, 8), (8, 5, 8), (16, 0, 4), (20, 0, 4), (24, 0x7ff0, 2), (26, 0, 6),
    ] {
      memory.put(0x100 + UInt64(offset), UInt64(value), size: size)
    }
    let start = "memory_op decrease_reservation nr_extents=5 extent_order=0 mem_flags=0x0 domid=DOMID_SELF"
    #expect(text(12, [1, 0x100], memory) == "\(start) extent_start=? at 0x200")
    for index in 0..<5 { memory.put(0x200 + UInt64(8 * index), UInt64(0x80000 + index), size: 8) }
    #expect(text(12, [1, 0x100], memory) == "\(start) extent_start=[0x80000,0x80001,0x80002,0x80003,...]")
    #expect(text(12, [1, 0x900], memory).hasSuffix("domid=? extent_start=?"))
    memory.put(0x400, 2, size: 4)
    memory.put(0x404, 0x4804, size: 4)
    let result = XenInterface.result(number: 17, arguments: [6, 0x400], value: 0, read: memory.read)
    #expect(result.outputs.map(\.description) == ["submap=auto_translated_physmap|dom0|ARM_SMCCC_supported"])
    memory.put(0x500, "/params\0")
    #expect(text(42, [1, 0x500, 8, 0, 0], memory).hasSuffix(#" path="/params""#))
  }

  @Test func multicallsAndDeviceModelsLookInside() {
    var memory = Memory()
    memory.put(0x100, 29, size: 8)
    memory.put(0x140, 99, size: 8)
    #expect(
      text(13, [0x100, 3], memory)
        == "multicall call_list=0x100 nr_calls=3 calls=sched_op,hypercall 99 (unknown),?")
    memory.put(0x200, 0x300, size: 8)
    memory.put(0x300, 19, size: 4)
    #expect(text(41, [2, 1, 0x200], memory) == "dm_op set_irq_level domid=d2 nr_bufs=1 bufs=0x200")
  }

  @Test func unknownCallsAreShownAsSuch() {
    #expect(text(57, [1, 2], Memory()) == "hypercall 57 (unknown) x0=0x1 x1=0x2")
    #expect(text(.max, [], Memory()) == "hypercall 18446744073709551615 (unknown)")
    #expect(text(29, [99, 0x40], Memory()) == "sched_op operation 99 (unknown) arg=0x40")
    #expect(text(1, [], Memory()) == "mmu_update (not on Arm)")
    #expect(text(32, [4, 0x40], Memory()) == "event_channel_op send port=?")
    #expect(text(32, [4, 0], Memory()) == "event_channel_op send port=?")
  }

  @Test func releasesDiffer() {
    #expect(text(17, [11, 0], Memory(), XenVersion(4, 17)) == "xen_version extraversion2 (not in Xen 4.17)")
    #expect(text(17, [11, 0], Memory(), XenVersion(4, 20)) == "xen_version extraversion2")
    #expect(text(41, [0, 0, 0], Memory(), XenVersion("4.14.6-1")).hasSuffix("(not in Xen 4.14)"))
    // A structure that grew.
    var memory = Memory()
    for (offset, value, size) in [(0, 19, 4), (4, 0x12, 4), (8, 1, 2), (16, 0x0122, 8), (24, 0, 8)] {
      memory.put(0x100 + UInt64(offset), UInt64(value), size: size)
    }
    let old = "domctl irq_permission interface_version=0x12 domain=d1 pirq=34 allow_access=1"
    #expect(text(36, [0x100], memory, XenVersion(4, 14)) == old)
    #expect(text(36, [0x100], memory, XenVersion(4, 17)).hasSuffix(" pirq=290 allow_access=0"))
    #expect(text(36, [0x100], memory).hasSuffix(" pirq=290 allow_access=0"))
    #expect(XenVersion("4.20.4+63") == XenVersion(4, 20))
    #expect(XenVersion("4") == nil)
    #expect(XenVersion(4, 9) < XenVersion(4, 14))
  }

  @Test func errorsHaveNames() {
    #expect(XenInterface.errorName(UInt64(bitPattern: -38)) == "-ENOSYS")
    #expect(XenInterface.errorName(0xffff_ffda) == "-ENOSYS", "a result of 32 bits")
    #expect(XenInterface.errorName(UInt64(bitPattern: -999)) == "-999")
    #expect(XenInterface.errorName(UInt64(bitPattern: -4096)) == nil)
    #expect(XenInterface.errorName(0) == nil)
    #expect(XenInterface.errorName(1 << 63) == nil)
  }

  /// No number, argument or memory makes it stop.
  @Test func anythingIsPutIntoWords() {
    var state: UInt64 = 7
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = state ^ state >> 29
      switch value >> 61 {
      case 0: return value & 0x3f
      case 1: return value & 0xfff
      case 2: return .max - (value & 0xff)
      case 3: return 0
      default: return value
      }
    }
    for round in 0..<20_000 {
      let number = UInt64(round % 60)
      let arguments = (0..<(round % 7)).map { _ in next() }
      let seed = next()
      let reader: GuestReader = { address, count in
        if (address ^ seed) & 7 == 3 { return nil }
        if (address ^ seed) & 7 == 4 { return [1] }
        return (0..<count).map { UInt8(truncatingIfNeeded: (address &+ UInt64($0)) &* seed >> 8) }
      }
      let call = XenInterface.decode(
        number: number, arguments: arguments, version: XenVersion(4, 17), read: reader)
      #expect(!call.description.isEmpty && call.description.utf8.count < 1000)
      _ = XenInterface.result(number: number, arguments: arguments, value: next(), read: reader)
    }
  }

  @Test func namesGiveNumbers() {
    #expect(XenInterface.number(named: "grant_table_op") == 20)
    #expect(XenInterface.number(named: "nonsense") == nil)
    #expect(XenInterface.operations(of: "sched_op").map(\.name).prefix(3) == ["yield", "block", "shutdown"])
    #expect(XenInterface.armHypercalls.contains { $0.name == "hvm_op" })
    #expect(!XenInterface.armHypercalls.contains { $0.name == "mmu_update" })
  }
}

@Suite("Calls of firmware in words")
struct FirmwareTests {
  @Test(
    arguments: [
      (0x8400_0000, "PSCI_VERSION"), (0xc400_0003, "CPU_ON (64-bit)"), (0x8400_0003, "CPU_ON"),
      (0x8400_0008, "SYSTEM_OFF"), (0x8000_0000, "SMCCC_VERSION"), (0x8000_8000, "SMCCC_ARCH_WORKAROUND_1"),
      (0x8600_ff01, "CALL_UID (hypervisor)"), (0x8600_ff00, "CALL_COUNT (hypervisor)"),
      (0x8600_ff03, "REVISION (hypervisor)"), (0x8400_ff01, "CALL_UID (standard secure)"),
      (0x8200_0001, "call 0x82000001 (unknown, SiP)"), (0xb200_0000, "call 0xb2000000 (unknown, trusted OS)"),
      (0xc400_0002, "call 0xc4000002 (unknown, standard secure)"), (0xc500_0020, "PV_TIME_FEATURES"),
      (1, "CPU_OFF"), (77, "call 0x4d (unknown, legacy)"),
      (0xffff_ffff, "call 0xffffffff (unknown, trusted OS)"),
    ] as [(UInt32, String)])
  func functionHasName(function: UInt32, name: String) {
    #expect(FirmwareCalls.name(of: function) == name)
  }

  @Test func argumentsHaveNames() {
    #expect(
      FirmwareCalls.decode(function: 0xc400_0003, arguments: [1, 0xffff_0000_1111, 0]).description
        == "CPU_ON (64-bit) target_cpu=0x1 entry_point=0xffff00001111 context_id=0x0")
    #expect(
      FirmwareCalls.decode(function: 0x8400_000a, arguments: [0xdead_0000_8400_0008]).description
        == "PSCI_FEATURES function=SYSTEM_OFF")
    #expect(
      FirmwareCalls.decode(function: 2, arguments: [1, 2]).description
        == "CPU_ON target_cpu=0x1 entry_point=0x2 (PSCI 0.1)")
  }

  @Test func resultsHaveNames() {
    #expect(FirmwareCalls.result(function: 0x8400_0000, value: 0x1_0001) == "1.1")
    #expect(FirmwareCalls.result(function: 0xc400_0003, value: UInt64(bitPattern: -4)) == "ALREADY_ON")
    #expect(FirmwareCalls.result(function: 0xc400_0003, value: 0xffff_fffe) == "INVALID_PARAMETERS")
    #expect(FirmwareCalls.result(function: 0xc400_0003, value: 0) == "SUCCESS")
    #expect(FirmwareCalls.result(function: 0xc400_0004, value: 1) == "OFF")
    #expect(FirmwareCalls.result(function: 0x8000_0001, value: UInt64(bitPattern: -2)) == "NOT_REQUIRED")
    #expect(FirmwareCalls.result(function: 0x8000_0000, value: .max) == "NOT_SUPPORTED")
    #expect(FirmwareCalls.result(function: 0x8600_ff01, value: 0xa718_12dc) == "0xa71812dc")
  }
}
