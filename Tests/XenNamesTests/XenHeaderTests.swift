import Foundation
import Testing

@testable import XenNames

/// Xen's public headers, where `scripts/fetch-images SUITE --symbols` has put them.
private enum Headers {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("images")

  static let releases = [
    "bullseye": XenVersion(4, 14), "bookworm": XenVersion(4, 17), "trixie": XenVersion(4, 20),
  ]

  static let present = ["bullseye", "bookworm", "trixie"].filter { suite in
    FileManager.default.isReadableFile(atPath: folder(suite) + "/xen/xen.h") && clang != nil
  }

  static func folder(_ suite: String) -> String { "\(root.path)/\(suite)/xen-headers" }

  static func text(_ suite: String, _ name: String) throws -> String {
    try String(contentsOfFile: "\(folder(suite))/xen/\(name)", encoding: .utf8)
  }

  static let clang: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { "\($0)/clang" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  static let files = [
    "xen.h", "memory.h", "sched.h", "event_channel.h", "grant_table.h", "version.h", "vcpu.h", "physdev.h",
    "platform.h", "domctl.h", "sysctl.h", "hvm/hvm_op.h", "hvm/params.h", "hvm/dm_op.h", "argo.h", "hypfs.h",
    "xsm/flask_op.h", "callback.h", "kexec.h", "errno.h",
    "features.h",
  ]

  /// What the compiler says of assertions on the headers, for arm64; empty when they all hold.
  static func compile(_ assertions: [String], suite: String) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("xen-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = folder.appendingPathComponent("test.c")
    let includes = files.map { "#include <xen/\($0)>\n" }.joined()
    let text = "#define __XEN_TOOLS__ 1\n#include <stdint.h>\n#include <stddef.h>\n" + includes
    try (text + assertions.joined(separator: "\n") + "\n").write(
      to: source, atomically: true, encoding: .utf8)
    let output = folder.appendingPathComponent("out")
    FileManager.default.createFile(atPath: output.path, contents: nil)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: clang ?? "")
    process.arguments = [
      "--target=aarch64-linux-gnu", "-ffreestanding", "-fsyntax-only", "-w", "-ferror-limit=0",
      "-I\(Self.folder(suite))", source.path,
    ]
    process.standardError = try FileHandle(forWritingTo: output)
    try process.run()
    process.waitUntilExit()
    let words = try String(contentsOf: output, encoding: .utf8)
    let failures = words.split(separator: "\n").filter { $0.contains("error:") }.joined(separator: "\n")
    return process.terminationStatus == 0 ? "" : failures.isEmpty ? words : failures
  }
}

/// An assertion on a macro that may not exist.
private func assertMacro(_ macro: String, _ value: String, isThere: Bool) -> String {
  let otherwise = "_Static_assert(0, \"\(macro) is \(isThere ? "not there" : "there")\");"
  let test = "_Static_assert((long long)(\(macro)) == \(value), \"\(macro)\");"
  return "#ifdef \(macro)\n\(isThere ? test : otherwise)\n#else\n\(isThere ? otherwise : "")\n#endif"
}

@Suite(
  "Our tables agree with Xen's public headers",
  .enabled(if: !Headers.present.isEmpty, "scripts/fetch-images SUITE --symbols has not run, or no clang"))
struct XenHeaderTests {
  private var tables: InterfaceTables { .shared }

  private func isThere(_ row: OperationRow, in release: XenVersion) -> Bool {
    (row.after.map { release > $0 } ?? true) && (row.gone.map { release < $0 } ?? true)
  }

  /// What the headers show to Xen itself or on x86 only, so that it is looked for as text.
  private static let hidden: Set = [
    "EVTCHNOP_reset_cont", "XEN_DOMCTL_soft_reset_cont", "HVMOP_set_evtchn_upcall_vector",
    "HVMOP_set_isa_irq_level", "HVMOP_set_pci_intx_level", "HVMOP_set_pci_link_route", "HVM_PARAM_VIRIDIAN",
  ]

  /// The operations with their macros.
  private var operations: [(macro: String, hypercall: HypercallRow, row: OperationRow)] {
    tables.hypercalls.values.sorted { $0.number < $1.number }.flatMap { hypercall in
      (tables.operations[hypercall.name] ?? [:]).values.sorted { $0.number < $1.number }.map { row in
        let isUpper = ["xsm_op", "mmuext_op"].contains(hypercall.name)
        let prefix = hypercall.name == "mmuext_op" ? "MMUEXT_" : hypercall.prefix
        return (prefix + (isUpper ? row.name.uppercased() : row.name), hypercall, row)
      }
    }
  }

  @Test(arguments: Headers.present) func numbersOfHypercalls(suite: String) throws {
    let assertions = tables.hypercalls.values.sorted { $0.number < $1.number }.map { row in
      assertMacro("__HYPERVISOR_\(row.name)", String(row.number), isThere: true)
    }
    let complaints = try Headers.compile(assertions, suite: suite)
    #expect(complaints == "")
  }

  @Test(arguments: Headers.present) func numbersOfOperations(suite: String) throws {
    let release = try #require(Headers.releases[suite])
    let operations = operations
    #expect(operations.count > 340)
    let hidden = operations.filter { Self.hidden.contains($0.macro) }
    #expect(hidden.count == Self.hidden.count - 1)
    let all = try Headers.files.map { try Headers.text(suite, $0) }.joined()
    for (macro, _, row) in hidden {
      #expect(all.contains(try Regex("#define +\(macro) +\(row.number)\\b")), "\(macro)")
    }
    let assertions = operations.filter { !Self.hidden.contains($0.macro) }.map { macro, _, row in
      assertMacro(macro, String(row.number), isThere: isThere(row, in: release))
    }
    let complaints = try Headers.compile(assertions, suite: suite)
    #expect(complaints == "")
  }

  @Test(arguments: Headers.present) func membersOfStructures(suite: String) throws {
    let release = try #require(Headers.releases[suite])
    // What C has no structure for.
    let plain = [
      "xen_memory_domain": "domid_t", "domctl": "struct xen_domctl", "sysctl": "struct xen_sysctl",
      "platform_op": "struct xen_platform_op", "xsm_op": "struct xen_flask_op",
    ]
    var assertions: [String] = []
    func check(_ fields: [CallFieldRow], of type: String) {
      for field in fields where field.isThere(in: release) {
        guard case .memory(let offset) = field.place else { continue }
        if type == "domid_t" {
          assertions.append("_Static_assert(sizeof(domid_t) == \(field.kind.size), \"domid_t\");")
          continue
        }
        let member = "\(type), \(field.path)"
        assertions.append("_Static_assert(offsetof(\(member)) == \(offset), \"offset of \(member)\");")
        assertions.append(
          "_Static_assert(sizeof(((\(type) *)0)->\(field.path)) == \(field.kind.size), \"\(member)\");"
        )
      }
    }
    for (_, hypercall, row) in operations where isThere(row, in: release) {
      guard let structure = row.structure else { continue }
      check(row.fields, of: plain[structure] ?? "struct \(structure)")
      _ = hypercall
    }
    for hypercall in tables.hypercalls.values.sorted(by: { $0.number < $1.number }) {
      if let type = plain[hypercall.name] { check(hypercall.fields, of: type) }
    }
    #expect(assertions.count > 250)
    let complaints = try Headers.compile(assertions, suite: suite)
    #expect(complaints == "")
  }

  /// The test above can fail: a wrong offset is found.
  @Test(arguments: Headers.present) func wrongOffsetIsFound(suite: String) throws {
    let words = try Headers.compile(
      ["_Static_assert(offsetof(struct xen_add_to_physmap, idx) == 4, \"idx\");"], suite: suite)
    #expect(words.contains("idx"))
  }

  @Test(arguments: Headers.present) func namesOfValues(suite: String) throws {
    let isNewest = suite == "trixie"
    let prefixes = [
      "mapspace": "XENMAPSPACE_", "resource": "XENMEM_resource_", "shutdown": "SHUTDOWN_", "virq": "VIRQ_",
      "evtchnstatus": "EVTCHNSTAT_", "runstate": "RUNSTATE_", "vmassist": "VMASST_TYPE_",
      "hvmparam": "HVM_PARAM_", "gntst": "GNTST_", "domid": "",
    ]
    var assertions: [String] = []
    for (table, prefix) in prefixes.sorted(by: { $0.key < $1.key }) {
      let values = tables.values.all(in: table)
      #expect(!values.isEmpty)
      for (value, name) in values where !Self.hidden.contains(prefix + name) {
        // What came later is not in the older headers; the newest have all.
        let assertion = assertMacro(prefix + name, String(value), isThere: true)
        assertions.append(
          isNewest ? assertion : assertion.replacing("_Static_assert(0,", with: "_Static_assert(1,"))
      }
    }
    for bits in ["gntmap+ _GNTMAP_", "gntcopy+ _GNTCOPY_"] {
      let words = bits.split(separator: " ")
      for row in rows(of: valueTable) where row[0] == words[0] {
        assertions.append(assertMacro("\(words[1])\(row[2])", String(row[1]), isThere: true))
      }
    }
    for row in rows(of: valueTable) where row[0] == "feature+" && isNewest {
      assertions.append(assertMacro("XENFEAT_\(row[2])", String(row[1]), isThere: true))
    }
    for row in rows(of: valueTable) where row[0] == "gntcache+" {
      assertions.append(assertMacro("GNTTAB_CACHE_\(row[2])", "(1ll << \(row[1]))", isThere: true))
    }
    if isNewest {
      for (value, name) in tables.values.all(in: "errno") where !["EINTR", "ERESTART"].contains(name) {
        assertions.append("_Static_assert(XEN_\(name) == \(value), \"\(name)\");")
      }
    }
    let complaints = try Headers.compile(assertions, suite: suite)
    #expect(complaints == "")
  }

  /// What the headers have is in our tables: nothing new was overlooked.
  @Test(arguments: Headers.present) func nothingIsLeftOut(suite: String) throws {
    let known = Set(operations.map(\.macro))
    // Operations of operations, versions and other names of the same.
    let others = [
      "XENMEM_resource_", "XENMEM_paging_op_", "XENMEM_access_op_", "XENMEM_sharing_op_",
      "XENMEM_add_to_physmap_range",
      "HVMOP_altp2m_", "XEN_DOMCTL_vmtrace_", "XEN_SYSCTL_pm_op_", "XEN_SYSCTL_cpu_featureset_",
      "XEN_SYSCTL_cpu_policy_", "PHYSDEVOP_pirq_eoi_gmfn", "XENPF_settime", "KEXEC_CMD_kexec_load",
      "KEXEC_CMD_kexec_unload", "XEN_DMOP_no_gfns",
    ]
    let prefixes = Set(operations.map(\.hypercall.prefix)).filter { !$0.isEmpty && $0 != "FLASK_" }
    var seen = 0
    for file in Headers.files {
      for line in try Headers.text(suite, file).split(separator: "\n") where line.hasPrefix("#define ") {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard words.count > 2, words[2].first?.isNumber == true else { continue }
        let name = String(words[1])
        guard let prefix = prefixes.first(where: name.hasPrefix),
          name.dropFirst(prefix.count).first?.isLowercase == true,
          !others.contains(where: { name.hasPrefix($0) })
        else { continue }
        seen += 1
        #expect(known.contains(name), "\(name)")
      }
    }
    #expect(seen > 200)
  }

  /// public/arch-arm.h lists in its introduction what Arm has.
  @Test(arguments: Headers.present) func hypercallsOfArm(suite: String) throws {
    let release = try #require(Headers.releases[suite])
    var listed: Set<String> = []
    for line in try Headers.text(suite, "arch-arm.h").split(separator: "\n")
    where line.hasPrefix(" *  HYPERVISOR_") {
      listed.insert(
        String(line.dropFirst(" *  HYPERVISOR_".count).prefix { $0.isLetter || $0.isNumber || $0 == "_" }))
    }
    let ours = tables.hypercalls.values.filter { row in
      row.isOnArm && !row.name.hasSuffix("_compat") && (row.after.map { release > $0 } ?? true)
    }
    #expect(listed.subtracting(ours.map(\.name)) == [])
    if suite == "trixie" { #expect(Set(ours.map(\.name)).subtracting(listed) == []) }
  }
}

/// The host's header of Linux's PSCI interface, which Debian has in linux-libc-dev.
private let psciHeader = try? String(contentsOfFile: "/usr/include/linux/psci.h", encoding: .utf8)

@Suite("PSCI agrees with Linux's header", .enabled(if: psciHeader != nil, "the host has no linux/psci.h"))
struct PSCIHeaderTests {
  @Test func functionsAndResults() throws {
    var functions = 0
    var results = 0
    for line in try #require(psciHeader).split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.count == 3, words[0] == "#define" else { continue }
      if let match = words[1].wholeMatch(of: /PSCI_[0-9]_[0-9]_FN(64)?_(\w+)/),
        let number = words[2].wholeMatch(of: /PSCI_0_2_FN(?:64)?\(([0-9]+)\)/).flatMap({ UInt32($0.1) })
      {
        let isWide = match.1 != nil
        let id = (isWide ? 0xc400_0000 : 0x8400_0000) | number
        #expect(FirmwareCalls.name(of: id) == "\(match.2)" + (isWide ? " (64-bit)" : ""))
        functions += 1
      } else if words[1].hasPrefix("PSCI_RET_"), let value = Int64(words[2]) {
        let name = words[1].dropFirst(9)
        let ours = FirmwareCalls.result(function: 0x8400_0003, value: UInt64(bitPattern: value))
        #expect(ours == (name == "INVALID_PARAMS" ? "INVALID_PARAMETERS" : name))
        results += 1
      }
    }
    #expect(functions >= 30 && results >= 10)
  }
}
