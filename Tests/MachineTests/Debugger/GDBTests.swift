import Foundation
import Testing

/// One run of the built program under a debugger that follows a script.
struct DebuggedRun {
  /// What the debugger said, lines of the guest's instructions and all.
  let text: String
  let errors: String
  let console: String
  let code: Int32

  /// `gdb-multiarch`, as Debian packages it (scripts/test installs it).
  static let hasGDB = has("gdb-multiarch")
  static let hasLLDB = has("lldb")

  private static func has(_ tool: String) -> Bool {
    (try? Program.run(["-c", "\(tool) --version"], executable: "/bin/sh").code) == 0
  }

  /// - Parameter debugger: a command in which `$port` is where the machine waits, and `$script` the script.
  init(_ options: [String], debugger: String, script: String) throws {
    let folder = try Folder()
    let file = folder.file("script", Data(script.utf8))
    // The machine waits for its debugger, says where, and runs to its own end.
    let command = """
      "$tayberry" run "$@" --console "file:$folder/console" --report "$folder/report" --wall-timeout 5m --gdb 0 \
        --gdb-wait 2>"$folder/errors" &
      machine=$!
      for attempt in $(seq 200); do
        port=$(sed -n 's/.*target remote //p' "$folder/errors")
        [ -z "$port" ] || break
        sleep 0.05
      done
      export port script
      timeout 240 sh -c '\(debugger)' 2>&1
      wait $machine
      """
    let ending = try Program.run(
      ["-c", command, "sh"] + options, executable: "/bin/sh",
      environment: ["tayberry": Program.path ?? "", "folder": folder.path, "script": file])
    text = ending.output
    code = ending.code
    errors = folder.text("errors")
    console = folder.text("console")
    let data = Data(folder.text("report").utf8)
    self.report = (try? JSONSerialization.jsonObject(with: data) as? [String: Any]) ?? [:]
  }

  let report: [String: Any]

  init(gdb script: String, _ options: [String]) throws {
    try self.init(
      options, debugger: #"gdb-multiarch -nx -batch -ex "target remote $port" -x "$script""#,
      script: "set pagination off\nset confirm off\n" + script)
  }

  /// The lines that `echo` of the script marked, in order.
  var marked: [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("@ ") }.map { String($0.dropFirst(2)) }
  }
}

@Suite(
  "GDB with a bare-metal guest",
  .enabled(if: DebuggedRun.hasGDB && Program.isBuilt, "gdb-multiarch or the program is missing"),
  .enabled(if: BareMetalGuests.toolsAreThere, "clang or ld.lld is missing"))
struct GDBGuestTests {
  private func options(_ guest: String) throws -> [String] {
    ["--program", try BareMetalGuests.directory() + "/\(guest).img", "--until", "power-off"]
  }

  private func load(_ guest: String) throws -> String {
    "file \(try BareMetalGuests.directory())/\(guest).elf\n"
  }

  @Test("It steps over HVC into EL2 and over ERET back, and the guest prints what it prints without")
  func hypercall() throws {
    let run = try DebuggedRun(
      gdb: try load("stage2") + """
        break hypercall_remap
        continue
        printf "@ at %d, EL%d\\n", $pc == (unsigned long)&hypercall_remap, ($cpsr >> 2) & 3
        stepi
        printf "@ vector %d, EL%d, back %d, HVC %#x\\n", $pc == $VBAR_EL2 + 0x400, ($cpsr >> 2) & 3, \\
          $ELR_EL2 == (unsigned long)&hypercall_remap + 4, $ESR_EL2
        set $back = $ELR_EL2
        set $steps = 0
        while $pc != $back
        stepi
        set $steps = $steps + 1
        end
        printf "@ back %d, EL%d, steps %d\\n", $pc == $back, ($cpsr >> 2) & 3, $steps > 5
        detach
        """,
      try options("stage2"))
    #expect(
      run.marked == ["at 1, EL1", "vector 1, EL2, back 1, HVC 0x5a000001", "back 1, EL1, steps 1"], "\(run.text)")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.console == (try BareMetalGuests.transcript("stage2")))
  }

  @Test("It steps from a load into the stage-2 abort at EL2, and shows both contexts")
  func stageTwoAbort() throws {
    let run = try DebuggedRun(
      gdb: try load("stage2") + """
        monitor break load_w el 1
        hbreak load_w
        continue
        set $from = $pc
        while $pc != $VBAR_EL2 + 0x400
        continue
        set $base = $x0
        set $from = $pc
        stepi
        end
        printf "@ EC %#x, from %d, FAR %d, HPFAR %d\\n", $ESR_EL2 >> 26, $ELR_EL2 == $from, $FAR_EL2 == $base, \\
          ($HPFAR_EL2 << 8) == ($base & ~0xfff)
        printf "@ guest's word %#x\\n", *(unsigned int *)$from
        monitor space ipa
        printf "@ by IPA %#x\\n", *(unsigned int *)$from
        monitor space pa
        printf "@ by PA %#x\\n", *(unsigned int *)$from
        detach
        """,
      try options("stage2"))
    // ldr w7, [x0]; the exception class of a data abort from a lower level (Arm DDI 0487, D13.2.37).
    #expect(
      run.marked == [
        "EC 0x24, from 1, FAR 1, HPFAR 1", "guest's word 0xb9400007", "by IPA 0xb9400007", "by PA 0xb9400007",
      ], "\(run.text)")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.console == (try BareMetalGuests.transcript("stage2")))
  }

  @Test("A watchpoint shows the old value and the new one, once for each change")
  func watchpoint() throws {
    let run = try DebuggedRun(
      gdb: try load("stage2") + """
        break hypercall_remap
        continue
        delete
        set $place = $sp - 16
        set $before = *(unsigned long *)$place
        watch *(unsigned long *)$place
        continue
        printf "@ changed %d, by a store %d\\n", *(unsigned long *)$place != $before, \\
          (*(unsigned int *)($pc - 4) & 0x0a400000) == 0x08000000
        delete
        detach
        """,
      try options("stage2"))
    let changes = run.text.split(separator: "\n").filter { $0.hasPrefix("Old value") || $0.hasPrefix("New value") }
    #expect(changes.count == 2, "\(run.text)")
    // The stop is behind the store, which GDB steps over by itself.
    #expect(run.marked == ["changed 1, by a store 1"])
    #expect(run.console == (try BareMetalGuests.transcript("stage2")))
  }

  @Test("Kill ends the run with the code of an interruption")
  func kill() throws {
    let run = try DebuggedRun(gdb: try load("stage2") + "break hypercall_remap\ncontinue\nkill\n", try options("stage2"))
    #expect(run.errors.contains("ended by the debugger"), "\(run.errors)")
    #expect(run.code != 0)
  }

  @Test("LLDB connects, stops, steps and shows", .enabled(if: DebuggedRun.hasLLDB, "lldb is missing"))
  func lldb() throws {
    let script = """
      gdb-remote PORT
      breakpoint set -H -a 0x80000
      continue
      register read pc
      thread step-inst
      register read pc VBAR_EL2
      memory read -s4 -fx -c1 0x80000
      detach
      """
    let run = try DebuggedRun(
      try options("stage2"),
      debugger: #"sed "s/PORT/$port/" "$script" >"$script.lldb"; lldb --no-lldbinit -b -s "$script.lldb""#,
      script: script)
    #expect(run.text.contains("pc = 0x0000000000080000"), "\(run.text)")
    #expect(run.text.contains("pc = 0x0000000000080004"))
    #expect(run.text.contains("VBAR_EL2 = 0x"))
    #expect(run.text.contains("0x00080000: 0xd5384240"))
    #expect(run.console == (try BareMetalGuests.transcript("stage2")))
  }
}

@Suite(
  "GDB with Debian's Xen", .serialized, .tags(.boot),
  .enabled(if: Images.areThere && DebuggedRun.hasGDB, "gdb-multiarch is missing"))
struct GDBXenTests {
  @Test("From Dom0's faulting load into Xen and back, and the boot is the one without", arguments: Images.available)
  func session(images: Images) throws {
    let boot = images.options(xen: true) + ["--expect", "^DOM0-READY"]
    // Dom0's kernel is entered where Xen's console says; it runs with its MMU off at first.
    let plain = try Boot(images, xen: true, ["--expect", "^DOM0-READY"])
    let line = try #require(plain.console.firstMatch(of: /Loading zImage from [0-9a-f]+ to ([0-9a-f]+)-/))
    let run = try DebuggedRun(
      gdb: """
        set architecture aarch64
        monitor break va 0x\(line.1) el 1
        continue
        monitor delete 1
        monitor break do_trap_stage2_abort_guest el 2
        break *($VBAR_EL2 + 0x400) if (($ESR_EL2 >> 26) & 0x3f) == 0x24
        continue
        delete
        printf "@ EL%d, class %#x, write %d\\n", ($cpsr >> 2) & 3, $ESR_EL2 >> 26, ($ESR_EL2 >> 6) & 1
        set $from = $ELR_EL2
        monitor space va el 1
        set $word = *(unsigned int *)$from
        monitor space va
        printf "@ a load %d\\n", ($word & 0x3b000000) == 0x39000000
        continue
        eval "monitor break va 0x%lx el 1", $from + 4
        monitor delete 2
        printf "@ EL%d in the handler\\n", ($cpsr >> 2) & 3
        continue
        printf "@ back %d, EL%d\\n", $pc == $from + 4, ($cpsr >> 2) & 3
        stepi
        printf "@ on %d\\n", $pc == $from + 8
        info threads
        monitor points
        detach
        """,
      boot)
    #expect(
      run.marked == ["EL2, class 0x24, write 0", "a load 1", "EL2 in the handler", "back 1, EL1", "on 1"],
      "\(run.text)")
    #expect(run.text.contains("do_trap_stage2_abort_guest"))
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.console.contains("DOM0-READY"))
    #expect(run.report["stateHash"] as? String == plain.stateHash)
  }
}
