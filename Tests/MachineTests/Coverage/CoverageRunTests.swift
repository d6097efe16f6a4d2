import Foundation
import Testing

@testable import Machine

/// `tayberry run --coverage`, on a guest whose source says which of its lines run.
@Suite(
  "Coverage of bare-metal guests",
  .enabled(if: BareMetalGuests.toolsAreThere && Program.isBuilt, "clang, ld.lld or the program is missing"))
struct CoverageRunTests {
  /// It ends as a board that is switched off: the watchdog's reset into partition 63.
  private static let source = """
    __asm__(".globl _start\\n_start: ldr x0, =0x200000\\nmov sp, x0\\nbl run\\n"
            "ldr x0, =0xfe100020\\nldr w1, =0x5a000555\\nstr w1, [x0]\\nldr w1, =0x5a00000a\\n"
            "str w1, [x0, #4]\\nldr w1, =0x5a000020\\nstr w1, [x0, #-4]\\n0: wfi\\nb 0b\\n");
    static volatile int total;

    __attribute__((noinline)) int called(int n)
    { // ran
      if (n > 100) // ran
        return n * 3; // did not
      return n + 1; // ran
    } // ran

    __attribute__((noinline)) int never(int n)
    { // did not
      return n - 1; // did not
    }

    void run(void)
    { // ran
      for (int i = 0; i < 10; i++) // ran
        total += called(i); // ran
      if (total == 12345) // ran
        total = never(total); // did not
    } // ran

    """

  /// What is run, in a folder of its own.
  private struct Guest {
    let folder: Folder
    var image: String { folder.path + "/guest.img" }
    var program: String { folder.path + "/guest.elf" }

    init(flags: String) throws {
      folder = try Folder()
      folder.file("guest.c", Data(CoverageRunTests.source.utf8))
      let script = """
        set -e; cd "$1"; t=$(dirname "$(readlink -f "$(command -v swift || command -v clang)")")
        PATH=$t:$PATH
        clang -target aarch64-none-elf -mcpu=cortex-a72 -mgeneral-regs-only -mstrict-align -nostdlib -ffreestanding \
          -fno-pic -fno-asynchronous-unwind-tables -O0 \(flags) -c guest.c -o guest.o
        ld.lld --image-base=0x70000 -Ttext=0x80000 guest.o -o guest.elf
        llvm-objcopy -O binary guest.elf guest.img
        """
      let ending = try Program.run(
        ["-c", script, "sh", folder.path], executable: "/bin/sh")
      try #require(ending.code == 0, "\(ending.errors)")
    }

    func run(_ options: [String]) throws -> Program.Ending {
      try Program.run(
        ["run", "--program", image, "--console", "none", "--timeout", "50ms", "--until", "power-off"] + options)
    }
  }

  private static let canReadLines = (try? Program.run(["-c", "command -v llvm-symbolizer"], executable: "/bin/sh"))?.code == 0
  private static let hasLCOV = (try? Program.run(["-c", "command -v lcov"], executable: "/bin/sh"))?.code == 0

  @Test("The lines that ran are those that the source says, on both engines", .enabled(if: canReadLines, "no llvm-symbolizer"))
  func lines() throws {
    let guest = try Guest(flags: "-g")
    var files: [String] = []
    for engine in ["host-code", "interpreter"] {
      let ending = try guest.run([
        "--symbols", "el2=" + guest.program, "--coverage", guest.folder.path + "/cov", "--engine", engine,
      ])
      #expect(ending.code == 0, "\(ending.errors)")
      #expect(ending.errors.contains("coverage: el2/guest.elf: 3 of 4 (75.0 %) functions"), "\(ending.errors)")
      files.append(guest.folder.text("cov"))
    }
    #expect(files[0] == files[1])
    let records = files[0].components(separatedBy: "end_of_record\n")
    let record = try #require(records.first { $0.contains("/guest.c\n") }, "\(files[0])")
    let fields = record.split(separator: "\n").map(String.init)
    for (index, line) in Self.source.components(separatedBy: "\n").enumerated() {
      let ran = fields.contains("DA:\(index + 1),1")
      let didNot = fields.contains("DA:\(index + 1),0")
      #expect(ran == line.hasSuffix("// ran"), "line \(index + 1): \(line)")
      #expect(didNot == line.hasSuffix("// did not"), "line \(index + 1): \(line)")
    }
    #expect(fields.filter { $0.hasPrefix("FNDA:") }.sorted() == ["FNDA:0,never", "FNDA:1,called", "FNDA:1,run"])
    #expect(fields.contains("FNF:3") && fields.contains("FNH:2"))
    // The assembly has no lines.
    #expect(records.contains { $0.contains("SF:el2/guest.elf\n") && $0.contains("FNDA:1,_start\n") })
  }

  @Test("Without line information functions count by name")
  func functions() throws {
    let guest = try Guest(flags: "")
    let path = guest.folder.path + "/cov"
    let ending = try guest.run(["--symbols", "el2=" + guest.program, "--coverage", path])
    #expect(ending.code == 0, "\(ending.errors)")
    let lines = guest.folder.text("cov").split(separator: "\n").map(String.init)
    #expect(lines.filter { $0.hasPrefix("SF:") } == ["SF:el2/guest.elf"])
    #expect(
      lines.filter { $0.hasPrefix("FNDA:") } == ["FNDA:1,_start", "FNDA:1,called", "FNDA:0,never", "FNDA:1,run"])
    guard Self.hasLCOV else { return }
    let summary = try Program.run(["-c", "lcov --summary \"$1\" 2>&1", "sh", path], executable: "/bin/sh")
    #expect(summary.code == 0)
    #expect(summary.output.contains("75.0% (3 of 4 functions)"), "\(summary.output)")
  }

  @Test("lcov adds runs, and genhtml shows them", .enabled(if: hasLCOV && canReadLines, "no lcov"))
  func tools() throws {
    let guest = try Guest(flags: "-g")
    let options = ["--symbols", "el2=" + guest.program, "--quiet", "--coverage"]
    for name in ["a", "b"] {
      let ending = try guest.run(options + [guest.folder.path + "/" + name])
      #expect(ending.code == 0 && ending.errors.isEmpty, "\(ending.errors)")
    }
    let script = """
      cd "$1" && lcov -q -a a -a b -o sum && genhtml -q --ignore-errors source sum -o html
      """
    let ending = try Program.run(["-c", script, "sh", guest.folder.path], executable: "/bin/sh")
    #expect(ending.code == 0, "\(ending.errors)")
    #expect(guest.folder.text("sum").contains("FNDA:2,called"))
    #expect(FileManager.default.fileExists(atPath: guest.folder.path + "/html/index.html"))
  }

  @Test("The run is the same with coverage as without")
  func sameRun() throws {
    let guest = try Guest(flags: "")
    var reports: [String?] = []
    for options in [[], ["--symbols", "el2=" + guest.program, "--coverage", guest.folder.path + "/cov"]] {
      _ = try guest.run(options + ["--report", guest.folder.path + "/report"])
      reports.append(guest.folder.text("report").split(separator: "\n").first { $0.contains("stateHash") }.map(String.init))
    }
    #expect(reports[0] != nil && reports[0] == reports[1])
  }

  @Test("No symbols, a file that cannot be written, a full disk")
  func faults() throws {
    let guest = try Guest(flags: "")
    let symbols = ["--symbols", "el2=" + guest.program]
    var ending = try guest.run(["--coverage", guest.folder.path + "/cov"])
    #expect(ending.code == 2 && ending.errors.contains("--symbols"), "\(ending.errors)")
    #expect(!FileManager.default.fileExists(atPath: guest.folder.path + "/cov"))
    ending = try guest.run(["--symbols", "el0=" + guest.program, "--coverage", guest.folder.path + "/cov"])
    #expect(ending.code == 2 && ending.errors.contains("EL0"), "\(ending.errors)")
    ending = try guest.run(symbols + ["--coverage", "/nowhere/cov"])
    #expect(ending.code == 2 && ending.errors.contains("--coverage"), "\(ending.errors)")
    ending = try guest.run(symbols + ["--coverage", guest.program])
    #expect(ending.code == 2, "\(ending.errors)")
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    ending = try guest.run(symbols + ["--coverage", "/dev/full"])
    #expect(ending.code == 13 && ending.errors.contains("--coverage"), "\(ending.errors)")
  }
}
