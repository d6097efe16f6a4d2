import Fabric
import Testing

@testable import Machine

@Suite("A boot plan places every file where the guests accept it")
struct BootPlanTests {
  private let xen = BootFile(name: "xen", bytes: BootSamples.image(memorySize: 0x13_0000))
  private let kernel = BootFile(
    name: "linux", bytes: BootSamples.image(count: 0x30_0000, memorySize: 0x50_0000))
  private let ramdisk = BootFile(name: "initramfs", bytes: BootSamples.archive())

  private func xenRequest(_ edit: (inout BootRequest.XenPayload) -> Void = { _ in }) -> BootRequest {
    var payload = BootRequest.XenPayload(
      xen: xen, kernel: kernel, ramdisk: ramdisk, xenArguments: "dom0_mem=512M",
      kernelArguments: "console=hvc0")
    edit(&payload)
    return BootRequest(payload: .xen(payload), deviceTree: BootSamples.deviceTreeFile)
  }

  private func linuxRequest(_ edit: (inout BootRequest.LinuxPayload) -> Void = { _ in }) -> BootRequest {
    var payload = BootRequest.LinuxPayload(kernel: kernel, ramdisk: ramdisk, arguments: "quiet")
    edit(&payload)
    return BootRequest(payload: .linux(payload), deviceTree: BootSamples.deviceTreeFile)
  }

  private func address(_ plan: BootPlan, _ name: String) -> UInt64? {
    plan.segments.first { $0.name == name }?.address
  }

  private func isDisjoint(_ plan: BootPlan) -> Bool {
    zip(plan.segments, plan.segments.dropFirst()).allSatisfy { $0.range.upperBound <= $1.range.lowerBound }
  }

  @Test("Xen lies at 0x200000 with its modules behind it, all below VideoCore's memory")
  func xenPlacement() throws {
    let plan = try xenRequest().plan()
    #expect(plan.entry == 0x20_0000)
    #expect(address(plan, "xen") == 0x20_0000)
    #expect(address(plan, "linux") == 0x40_0000)
    #expect(address(plan, "initramfs") == 0x80_0000)
    #expect(plan.deviceTreeAddress % 8 == 0 && plan.deviceTreeAddress >= 0x40_0000)
    #expect(isDisjoint(plan))
    #expect(plan.segments.allSatisfy { $0.range.upperBound <= 0x3b40_0000 })
    #expect(plan.segments.first?.address == 0)
  }

  @Test("/chosen describes the modules as Xen's booting.txt wants them")
  func xenChosen() throws {
    let plan = try xenRequest().plan()
    let chosen = try #require(plan.deviceTree?.node(at: "/chosen"))
    #expect(chosen.string("xen,xen-bootargs") == "dom0_mem=512M")
    #expect(chosen.string("xen,dom0-bootargs") == "console=hvc0")
    #expect(chosen["bootargs"] == nil)
    #expect(chosen.cell("#address-cells") == 2)
    #expect(chosen.cell("#size-cells") == 2)
    #expect(chosen.children.map(\.name) == ["module@400000", "module@800000"])
    #expect(chosen.children[0].strings("compatible") == ["multiboot,kernel", "multiboot,module"])
    #expect(chosen.children[0].cells("reg") == [0, 0x40_0000, 0, 0x30_0000])
    #expect(chosen.children[1].strings("compatible") == ["multiboot,ramdisk", "multiboot,module"])
    #expect(chosen.children[1].cells("reg") == [0, 0x80_0000, 0, UInt32(ramdisk.bytes.count)])
    #expect(chosen.string("stdout-path") == "serial1:115200n8", "the rest of /chosen stays")
  }

  @Test("What is loaded is what was planned, and the stub leads to it")
  func loading() throws {
    let board = BoardIdentity(memory: .oneGiB)
    var request = xenRequest()
    request.firmware.board = board
    let plan = try request.plan()
    let ram = try #require(GuestRAM(ranges: board.memory.physicalRanges))
    try plan.load(into: ram)
    for segment in plan.segments {
      #expect(ram.bytes(at: segment.address, count: segment.bytes.count) == segment.bytes)
    }
    let words = try #require(ram.bytes(at: 0xf0, count: 16))
    #expect(littleEndianDoubleWord(words, 0) == 0)
    #expect(UInt64(littleEndianWord(words, 8)) == plan.deviceTreeAddress)
    #expect(UInt64(littleEndianWord(words, 12)) == plan.entry)
    let blob = try #require(ram.bytes(at: plan.deviceTreeAddress, count: 0x1_0000))
    #expect(try DeviceTree(parsing: blob) == plan.deviceTree)
  }

  @Test("A machine with less memory than planned for refuses the plan")
  func smallMachine() throws {
    let plan = try xenRequest().plan()
    let ram = try #require(GuestRAM(ranges: [0..<0x10_0000]))
    #expect(throws: BootError.notLoaded(name: "xen", range: 0x20_0000..<0x20_1000)) {
      try plan.load(into: ram)
    }
  }

  @Test("Linux alone lies at 0x200000, its ramdisk behind its zero-initialised data, the tree high")
  func linuxPlacement() throws {
    let plan = try linuxRequest().plan()
    #expect(plan.entry == 0x20_0000)
    let ramdiskStart = try #require(address(plan, "initramfs"))
    #expect(ramdiskStart >= 0x20_0000 + 0x50_0000)
    #expect(plan.deviceTreeAddress >= 0x2e00_0000 && plan.deviceTreeAddress < 0x2f00_0000)
    #expect(isDisjoint(plan))
    let chosen = try #require(plan.deviceTree?.node(at: "/chosen"))
    #expect(chosen.string("bootargs") == "quiet")
    #expect(chosen.cells("linux,initrd-start") == [0, UInt32(ramdiskStart)])
    #expect(chosen.cells("linux,initrd-end") == [0, UInt32(ramdiskStart) + UInt32(ramdisk.bytes.count)])
  }

  @Test("A text offset moves the kernel from its 2 MiB boundary")
  func textOffset() throws {
    let plan = try linuxRequest {
      $0.kernel.bytes = BootSamples.image(textOffset: 0x8_0000)
      $0.ramdisk = nil
    }.plan()
    #expect(plan.entry == 0x28_0000)
    #expect(plan.deviceTree?.node(at: "/chosen")?["linux,initrd-start"] == nil)
  }

  @Test("A program without header lies at 0x80000, with or without a device tree")
  func raw() throws {
    let program = BootFile(name: "u-boot.bin", bytes: [1, 2, 3, 4])
    let alone = try BootRequest(payload: .raw(program), deviceTree: nil).plan()
    #expect(alone.entry == 0x8_0000)
    #expect(alone.deviceTreeAddress == 0)
    #expect(alone.deviceTree == nil)
    #expect(alone.segments.map(\.name) == ["boot stub", "u-boot.bin"])
    let whole = try BootRequest(payload: .raw(program), deviceTree: BootSamples.deviceTreeFile).plan()
    #expect(whole.deviceTreeAddress != 0)
    var moved = program
    moved.address = 0x100_0000
    #expect(try BootRequest(payload: .raw(moved), deviceTree: nil).plan().entry == 0x100_0000)
  }

  @Test("A gzip'd Dom0 kernel is handed over unpacked")
  func gzippedKernel() throws {
    let plan = try xenRequest { $0.kernel?.bytes = BootSamples.gzip(kernel.bytes) }.plan()
    #expect(plan.segments.first { $0.name == "linux" }?.bytes == kernel.bytes)
  }

  @Test("Addresses that the user gives are kept, and the rest gives way")
  func userAddresses() throws {
    var request = xenRequest {
      $0.xen.address = 0x1000_0000
      $0.ramdisk?.address = 0x20_0000
    }
    request.deviceTree?.address = 0x40_0000
    let plan = try request.plan()
    #expect(plan.entry == 0x1000_0000)
    #expect(address(plan, "initramfs") == 0x20_0000)
    #expect(plan.deviceTreeAddress == 0x40_0000)
    #expect(address(plan, "linux") == 0x60_0000)
    #expect(isDisjoint(plan))
  }

  @Test("Nodes are disabled by path or alias, and only those")
  func disabling() throws {
    var request = linuxRequest()
    request.disabledNodes = ["ethernet0", "/emmc2bus"]
    let tree = try #require(try request.plan().deviceTree)
    #expect(tree.paths { $0.string("status") == "disabled" } == ["/emmc2bus", "/scb/ethernet@7d580000"])
    request.disabledNodes = ["/nowhere"]
    #expect(throws: BootError.noSuchNode(file: "board.dtb", path: "/nowhere")) { try request.plan() }
  }

  // MARK: Refusals

  private func refusal(_ request: BootRequest) -> BootError? {
    do {
      _ = try request.plan()
      return nil
    } catch { return error }
  }

  @Test(
    "Xen is not loaded into the range that it is linked for, but for its beginning",
    arguments: [
      (0x20_0000, true), (0x20_1000, false), (0x3f_f000, false), (0x10_0000, false), (0x40_0000, true),
      (0x1000, true),
    ] as [(UInt64, Bool)])
  func forbiddenRange(address: UInt64, isAccepted: Bool) {
    let error = refusal(
      xenRequest {
        $0.xen.address = address
        $0.xen.bytes = BootSamples.image(memorySize: 0x13_0000)
        if address == 0x1000 { $0.xen.bytes = BootSamples.image(memorySize: 0x1000) }
        $0.kernel?.address = 0x1000_0000
      })
    let expected: BootError? =
      isAccepted ? nil : .xenInForbiddenRange(file: "xen", range: address..<address + 0x13_0000)
    #expect(error == expected)
  }

  @Test("Overlaps, misalignment and places without memory are refused with names and numbers")
  func addresses() {
    #expect(
      refusal(xenRequest { $0.kernel?.address = 0x20_0000 }) == nil, "Xen, placed automatically, gives way")
    #expect(
      refusal(
        xenRequest {
          $0.kernel?.address = 0x1000_0000
          $0.ramdisk?.address = 0x102f_f000
        })
        == .overlap(
          file: "linux", range: 0x1000_0000..<0x1030_0000, other: "initramfs",
          otherRange: 0x102f_f000..<0x102f_f000 + UInt64(ramdisk.bytes.count)))
    #expect(
      refusal(linuxRequest { $0.kernel.address = 0x21_0000 })
        == .misaligned(file: "linux", address: 0x21_0000, alignment: 0x20_0000))
    #expect(
      refusal(linuxRequest { $0.ramdisk?.address = 0x3b40_0000 })
        == .outsideMemory(
          file: "initramfs", range: 0x3b40_0000..<0x3b40_0000 + UInt64(ramdisk.bytes.count),
          banks: BoardIdentity.Memory.fourGiB.banks))
    #expect(
      refusal(linuxRequest { $0.kernel.address = 0 })
        == .overlap(
          file: "linux", range: 0..<0x50_0000, other: "the boot stub", otherRange: 0..<0x1000))
    #expect(refusal(linuxRequest { $0.ramdisk?.address = UInt64.max - 0xfff }) != nil)
    var request = linuxRequest()
    request.deviceTree?.address = 0x100_0004
    #expect(refusal(request) == .misaligned(file: "board.dtb", address: 0x100_0004, alignment: 8))
    request.firmware.board.memory = .eightGiB
    request.deviceTree?.address = 0x1_2000_0000
    #expect(refusal(request) == .beyondFourGiB(file: "board.dtb", address: 0x1_2000_0000))
  }

  @Test("Files that do not fit into memory are refused")
  func tooLarge() {
    let huge = BootSamples.image(memorySize: 0x1800_0000)
    let error = refusal(
      linuxRequest {
        $0.kernel.bytes = huge
        $0.ramdisk = BootFile(
          name: "initramfs", bytes: BootSamples.archive(contents: [UInt8](repeating: 1, count: 0x2400_0000)))
      })
    guard case .doesNotFit(file: "initramfs", _, limit: 0x3b40_0000) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("Bad files are named with what is wrong and what to do")
  func badFiles() throws {
    var request = linuxRequest()
    request.deviceTree = nil
    #expect(refusal(request) == .noDeviceTree(file: "linux"))
    request = linuxRequest()
    request.deviceTree?.bytes.removeLast()
    let text = try #require(refusal(request)?.description)
    #expect(text.hasPrefix("board.dtb:offset 0x4: "))
    #expect(text.contains("bcm2711-rpi-4-b.dtb"))

    var other = BootSamples.deviceTree
    other.root.set("compatible", string: "raspberrypi,5-model-b")
    request.deviceTree?.bytes = other.serialized()
    #expect(refusal(request) == .wrongBoard(file: "board.dtb"))

    #expect(refusal(linuxRequest { $0.kernel.bytes = [] }) == .badKernel(file: "linux", .empty))
    #expect(
      refusal(linuxRequest { $0.ramdisk?.bytes = [1, 2, 3] })
        == .badRamdisk(file: "initramfs", .unknownFormat))
    #expect(refusal(linuxRequest { $0.ramdisk?.bytes = [] }) == .badRamdisk(file: "initramfs", .empty))
    var unchecked = linuxRequest { $0.ramdisk?.bytes = [1, 2, 3] }
    unchecked.checksRamdisk = false
    #expect(refusal(unchecked) == nil)
    #expect(
      refusal(BootRequest(payload: .raw(BootFile(name: "u-boot.bin", bytes: [])), deviceTree: nil))
        == .empty(file: "u-boot.bin"))
    #expect(refusal(linuxRequest { $0.arguments = String(repeating: "x", count: 3 << 20) }) != nil)
  }
}

@Suite("Debian's images are planned for boards of every size")
struct DebianBootPlanTests {
  private func file(_ suite: String, _ name: String) throws -> BootFile {
    BootFile(name: name, bytes: try DebianImages.bytes(suite, name))
  }

  @Test("Xen with Dom0, and the kernel alone", arguments: DebianImages.present, BoardIdentity.Memory.allCases)
  func plan(suite: String, memory: BoardIdentity.Memory) throws {
    let kernel = try file(suite, "linux")
    let ramdisk = try file(suite, "initramfs.cpio.gz")
    let payloads: [BootRequest.Payload] = [
      .xen(.init(xen: try file(suite, "xen"), kernel: kernel, ramdisk: ramdisk, xenArguments: "a")),
      .linux(.init(kernel: kernel, ramdisk: ramdisk, arguments: "b")),
    ]
    for payload in payloads {
      let plan = try BootRequest(
        payload: payload, deviceTree: try file(suite, "bcm2711-rpi-4-b.dtb"),
        firmware: FirmwareStage(board: BoardIdentity(memory: memory, stepping: .c0))
      ).plan()
      #expect(plan.entry == 0x20_0000)
      for (lower, upper) in zip(plan.segments, plan.segments.dropFirst()) {
        #expect(lower.range.upperBound <= upper.range.lowerBound)
      }
      let tree = try #require(plan.deviceTree)
      #expect(tree.node(at: "ethernet0")?["local-mac-address"]?.count == 6)
      #expect(tree.node(at: "/memory@0")?.cells("reg")?.count ?? 0 >= 3)
      #expect(tree.node(at: "/cpus/cpu@3")?.cells("cpu-release-addr") == [0, 0xf0])
      let disabled = try DeviceTree(parsing: DebianImages.bytes(suite, "bcm2711-rpi-4-b.dtb"))
        .paths { !$0.isEnabled }
      #expect(tree.paths { !$0.isEnabled } == disabled, "nothing is switched off")
    }
  }
}
