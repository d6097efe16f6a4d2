import Foundation
import Testing

@Suite("Debian's Xen with Linux as Dom0", .serialized, .tags(.boot), .enabled(if: Images.areThere))
struct XenBootTests {
  /// What a board's Xen says about the machine: patterns, for the versions write their numbers differently.
  private static let facts = [
    #"Processor: 0*410fd083: "ARM Limited", variant: 0x0, part 0xd08, ?rev 0x3"#,
    "Exception Levels: EL3:64\\+32 EL2:64\\+32 EL1:64\\+32 EL0:64\\+32",
    "Extensions: FloatingPoint AdvancedSIMD",
    "Debug Features: 0*10305106", "Memory Model Features: 0*1124 ", "ISA Features: +0*10000 ",
    "Generic Timer IRQ: phys=30 hyp=26 virt=27 Freq: 54000 KHz", "gic_dist_addr=0*ff841000",
    "gic_cpu_addr=0*ff842000", "gic_hyp_addr=0*ff844000", "gic_vcpu_addr=0*ff846000",
    "gic_maintenance_irq=25",
    "GICv2: 256 lines, 4 cpus, secure \\(IID 0200143b\\)", "Bringing up CPU3", "Brought up 4 CPUs",
    "P2M: 44-bit IPA with 44-bit PA and 8-bit VMID", "P2M: 4 levels with order-0 root, VTCR 0x0*80043594",
    "\\*\\*\\* LOADING DOMAIN 0 \\*\\*\\*",
  ]

  @Test("The demo reaches a shell on four cores, runs commands and stops", arguments: Images.available)
  func demo(images: Images) throws {
    let boot = try Boot(demo: images, bare: false)
    #expect(boot.code == 0, "\(boot.tail)")
    #expect(["halted", "power-off"].contains(boot.reason))
    let missing = try Self.facts.filter { try !boot.matches($0) }
    #expect(missing == [])
    #expect(boot.shows("cpus: 4 online: 0-3"))
    #expect(boot.shows("hypervisor: xen"))
    #expect(boot.instructionsPerCore.count == 4)
    #expect(boot.instructionsPerCore.allSatisfy { $0 > 0 })
  }

  @Test(
    "A reboot of Dom0 ends the run by itself, with a documented code", arguments: Images.available.prefix(1))
  func reboot(images: Images) throws {
    let boot = try Boot(
      images, xen: true,
      ["--expect", "^DOM0-READY", "--expect", "# $", "--send", "reboot -f", "--timeout", "10m"])
    #expect([8, 9, 10].contains(boot.code), "\(boot.tail)")
    #expect(boot.shows("Hardware Dom0 shutdown: rebooting machine"))
  }

  @Test(
    "Two runs are the same run: console, instructions per core, state", arguments: Images.available.prefix(1))
  func deterministic(images: Images) throws {
    let script = ["--expect", "^DOM0-READY", "--expect", "# $", "--send", "uname -a", "--expect", "# $"]
    let first = try Boot(images, xen: true, script)
    let second = try Boot(images, xen: true, script)
    #expect(first.code == 0, "\(first.tail)")
    #expect(!first.console.isEmpty)
    #expect(first.console == second.console)
    #expect(first.instructionsPerCore == second.instructionsPerCore)
    #expect(!first.stateHash.isEmpty)
    #expect(first.stateHash == second.stateHash)
  }

  @Test("Both engines make the same run", arguments: Images.available)
  func engines(images: Images) throws {
    let host = try Boot(images, xen: true, ["--expect", "^DOM0-READY"])
    let interpreter = try Boot(images, xen: true, ["--expect", "^DOM0-READY", "--engine", "interpreter"])
    #expect(host.code == 0, "\(host.tail)")
    #if os(Linux) && arch(x86_64)
      #expect(host.report["engine"] as? String == "host-code")
    #endif
    #expect(interpreter.report["engine"] as? String == "interpreter")
    #expect(host.console == interpreter.console)
    #expect(host.instructionsPerCore == interpreter.instructionsPerCore)
    #expect(!host.stateHash.isEmpty)
    #expect(host.stateHash == interpreter.stateHash)
  }
}

@Suite("Debian's Linux alone", .serialized, .tags(.boot), .enabled(if: Images.areThere))
struct LinuxBootTests {
  @Test(
    "The demo starts at EL2, finds KVM's hyp mode, reaches a shell and powers off",
    arguments: Images.available)
  func demo(images: Images) throws {
    let boot = try Boot(demo: images, bare: true)
    #expect(boot.code == 0, "\(boot.tail)")
    #expect(boot.reason == "power-off")
    #expect(boot.shows("CPU: All CPU(s) started at EL2"))
    #expect(try boot.matches("kvm .*Hyp (nVHE )?mode initialized successfully"))
    #expect(boot.shows("Brought up 1 node, 4 CPUs"))
    #expect(boot.shows("arch_timer: cp15 timer(s) running at 54.00MHz (phys)"))
    #expect(boot.shows("cpus: 4 online: 0-3"))
    #expect(boot.shows("hypervisor: none"))
  }

  @Test("A reboot resets the board through the watchdog", arguments: Images.available)
  func reboot(images: Images) throws {
    let boot = try Boot(
      images, xen: false,
      ["--expect", "^DOM0-READY", "--expect", "# $", "--send", "reboot -f", "--timeout", "10m"])
    #expect(boot.code == 8, "\(boot.tail)")
    #expect(boot.reason == "reset")
  }

  @Test("The PL011 is a terminal too: the shell answers there", arguments: Images.available.prefix(1))
  func serial(images: Images) throws {
    let boot = try Boot(
      images, xen: false,
      ["--serial", "pl011", "--expect", "^DOM0-READY", "--expect", "# $", "--send", "tty"]
        + ["--expect", "^/dev/ttyAMA0", "--timeout", "2m"])
    #expect(boot.code == 0, "\(boot.tail)")
  }
}

@Suite("Real images that are damaged are refused", .tags(.boot), .enabled(if: Images.areThere))
struct DamagedImageTests {
  private struct Damage: Sendable, CustomTestStringConvertible {
    let option: String
    let file: @Sendable (Images) -> String
    var testDescription: String { option }
  }

  private static let damages = [
    Damage(option: "--kernel") { $0.kernel }, Damage(option: "--initrd") { $0.initrd },
    Damage(option: "--dtb") { $0.dtb },
    Damage(option: "--xen") { $0.xen },
  ]

  @Test("A file that is cut in half is named, with exit code 2", arguments: damages)
  private func truncated(damage: Damage) throws {
    let images = try #require(Images.available.first)
    let whole = try Data(contentsOf: URL(fileURLWithPath: damage.file(images)))
    let folder = try Folder()
    let cut = folder.file("half", whole.prefix(whole.count / 2))
    let ending = try Program.run(
      ["run"] + images.options(xen: true) + [damage.option, cut, "--console", "none"])
    #expect(ending.code == 2, "\(ending.errors)")
    #expect(ending.errors.contains(cut), "\(ending.errors)")
  }

  @Test("Modules that overlap are refused, with both names")
  func overlap() throws {
    let images = try #require(Images.available.first)
    let ending = try Program.run(
      ["run"] + images.options(xen: true)
        + ["--kernel-at", "0x10000000", "--initrd-at", "0x10100000", "--console", "none"])
    #expect(ending.code == 2, "\(ending.errors)")
    #expect(ending.errors.contains("overlap"), "\(ending.errors)")
  }

  @Test("Files that the board's memory cannot hold are refused")
  func tooSmall() throws {
    let images = try #require(Images.available.first)
    let ending = try Program.run(
      ["run"] + images.options(xen: true) + ["--ram", "1G", "--initrd-at", "0x3ff00000", "--console", "none"])
    #expect(ending.code == 2, "\(ending.errors)")
  }
}
