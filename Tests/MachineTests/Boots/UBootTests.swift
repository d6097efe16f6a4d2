import Foundation
import Testing

/// Debian's U-Boot (scripts/fetch-u-boot) reads the card with its own driver: bare EL2 software, whose answers are
/// compared with mtools, fsck.fat, the partition table's bytes, and QEMU's.
@Suite("U-Boot and the SD card", .tags(.boot), .enabled(if: UBoot.isThere, "no U-Boot, no card, or no mtools"))
struct UBootTests {
  @Test("lists, describes and reads the card; both steppings", arguments: UBoot.withOffsetByTree)
  func reads(images: Images, stepping: String) throws {
    let card = try CardContents(UBoot.card)
    let load = "fatload mmc 1:1 0x1000000 "
    let sum = "crc32 0x1000000 ${filesize}"
    let run = try UBoot(
      images,
      ["mmc list", "mmc dev 1", "mmc info", "mmc part", "fatls mmc 1:1", load + "config.txt", "md.b 0x1000000 40"]
        + [load + "xen", sum + " "] + (stepping == "c0" ? [load + "vmlinuz", sum] : []),
      ["--sd", UBoot.card, "--stepping", stepping, "--ram", "4G", "--dma-check", "stop"])
    #expect(run.code == 0, "\(run.errors)\(run.console.suffix(600))")
    #expect(run["mmc list"]?.contains("mmc@7e340000: 1") == true)
    let info = run["mmc info"] ?? ""
    for line in ["Mode: SD High Speed (50MHz)", "Bus Width: 4-bit", "SD version 3.0", "Capacity: 2 GiB"] {
      #expect(info.contains(line))
    }
    for line in card.partitions { #expect(try run["mmc part"]?.contains(Regex(line)) == true, "\(line)") }
    for (name, bytes) in card.files {
      #expect(try run["fatls mmc 1:1"]?.contains(Regex("\\b\(bytes.count) +\(name)\\b")) == true, "\(name)")
    }
    let first = try #require(card.files["config.txt"]?.prefix(16).map { String(format: "%02x", $0) })
    #expect(run["md.b 0x1000000 40"]?.contains("01000000: " + first.joined(separator: " ")) == true)
    let checksum = { (name: String) in card.files[name].map { String(format: "==> %08x", crc32($0)) } ?? "?" }
    #expect(run[sum + " "]?.contains(checksum("xen")) == true)
    // On B0 a read of more than a MiB goes astray: "sdma-boundary" of docs/scenarios/README.md.
    if stepping == "c0" { #expect(run[sum]?.contains(checksum("vmlinuz")) == true) }
  }

  @Test(
    "writes a file that mtools finds whole, on a file system that is sound",
    .enabled(if: UBoot.hasCheck, "no fsck.fat (scripts/install-tools)"), arguments: UBoot.newest)
  func writes(images: Images) throws {
    let folder = try Folder()
    let image = folder.path + "/card.img"
    try Program.run(["--sparse=always", UBoot.card, image], executable: "/bin/cp").expectSuccess()
    let run = try UBoot(
      images,
      [
        "mmc dev 1", "fatload mmc 1:1 0x1000000 xen", "fatwrite mmc 1:1 0x1000000 copy.bin ${filesize}",
        "fatrm mmc 1:1 config.txt",
      ],
      ["--sd", image, "--sd-persist", "--dma-check", "stop"])
    #expect(run.code == 0, "\(run.errors)\(run.console.suffix(600))")
    let card = try CardContents(image)
    #expect(card.files["copy.bin"] == card.files["xen"] && card.files["xen"] != nil)
    #expect(card.files["config.txt"] == nil)
    let check = try Program.run(["-n", card.partitionFile], executable: "/usr/bin/env", tool: "fsck.fat")
    // 1 is what it found and would correct; more is a program or a file system that it cannot work on.
    #expect([0, 1].contains(check.code) && check.output.contains(" files, "), "\(check.errors)\(check.output)")
    // U-Boot leaves the count of free clusters, which is a hint, as it was.
    let usual = ["fsck.fat ", "Free cluster summary wrong", "Auto-correcting.", "Leaving filesystem unchanged."]
    let complaints = check.output.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }
      .filter { line in !line.isEmpty && !line.contains(" files, ") && !usual.contains { line.hasPrefix($0) } }
    #expect(complaints == [])
  }

  @Test("says so when the card is pulled in the middle of a read, or takes no writes", arguments: UBoot.newest)
  func spoiled(images: Images) throws {
    let pulled = try UBoot(
      images, ["mmc dev 1", "fatload mmc 1:1 0x1000000 vmlinuz", "mmc info"],
      ["--sd", UBoot.card, "--sd-remove-at", "1500ms", "--dma-check", "stop"])
    #expect(pulled.code == 0, "\(pulled.errors)\(pulled.console.suffix(600))")
    #expect(pulled["fatload mmc 1:1 0x1000000 vmlinuz"]?.contains("Unable to read file vmlinuz") == true)
    #expect(pulled["mmc info"]?.contains("no card present") == true)
    let protected = try UBoot(
      images, ["mmc dev 1", "mmc write 0x1000000 100000 10"], ["--sd", UBoot.card, "--sd-read-only"])
    #expect(protected.code == 0, "\(protected.errors)\(protected.console.suffix(600))")
    #expect(protected["mmc write 0x1000000 100000 10"]?.contains("0 blocks written: ERROR") == true)
  }

  @Test(
    "gives the answers that it gives on QEMU's board", .enabled(if: BareMetalGuestTests.oracle != nil, "no QEMU"),
    arguments: UBoot.newest)
  func oracle(images: Images) throws {
    let commands = { (device: Int) in
      ["mmc dev \(device)", "mmc info", "mmc part", "fatls mmc \(device):1", "fatload mmc \(device):1 0x1000000 xen"]
        + ["crc32 0x1000000 ${filesize}", "mmc read 0x2000000 0 800", "crc32 0x2000000 100000"]
    }
    // QEMU has the card at the first host of the tree.
    let theirs = try UBoot(onQEMU: images, commands(0))
    let ours = try UBoot(images, commands(1), ["--sd", UBoot.card])
    // The CID is the card's maker's; the host's name and place differ; times do.
    let differs = try Regex(
      "^(Device|Manufacturer ID|OEM|Name): |is current device|bytes read in|device [01]|dev # [01]")
    for (command, theirCommand) in zip(commands(1), commands(0)) {
      // None of them says nothing.
      let answer = try #require(ours[command], "\(command): \(ours.console.suffix(600))")
      let theirAnswer = try #require(theirs[theirCommand], "\(theirCommand): \(theirs.console.suffix(600))")
      for text in [answer, theirAnswer] {
        #expect(text.contains { !$0.isWhitespace } && !text.contains("Unknown command"), "\(command)")
      }
      let lines = { (text: String) in
        text.split(whereSeparator: \.isNewline).filter { $0.firstMatch(of: differs) == nil }
      }
      #expect(lines(answer) == lines(theirAnswer), "\(command)")
    }
  }

  @Test("boots Xen and Dom0 from the card, to a login", arguments: UBoot.newest)
  func dom0(images: Images) throws {
    let run = try UBoot(
      images, nil,
      ["--sd", UBoot.card, "--ram", "4G", "--dma-check", "stop", "--expect", "login: ", "--timeout", "60"])
    #expect(run.code == 0, "\(run.errors)\(run.console.suffix(600))")
    #expect(run.console.contains("Found U-Boot script /boot.scr"))
    #expect(run.console.contains("(XEN) *** LOADING DOMAIN 0 ***"))
  }
}

/// What mtools and the bytes of the image tell of its first partition and of its table.
struct CardContents {
  /// As U-Boot prints them.
  var partitions: [String] = []
  var files: [String: Data] = [:]
  private let folder: Folder
  var partitionFile: String { folder.path + "/part" }

  init(_ image: String) throws {
    folder = try Folder()
    let file = try #require(FileHandle(forReadingAtPath: image))
    let table = try #require(try file.read(upToCount: 512))
    func word(_ at: Int) -> UInt64 { (0..<4).reduce(0) { $0 | UInt64(table[at + $1]) << UInt64($1 * 8) } }
    for index in 0..<4 where table[446 + index * 16 + 4] != 0 {
      let at = 446 + index * 16
      let identifier = String(format: "%08x-%02d", word(440), index + 1)
      let type = String(format: "%02x", table[at + 4])
      partitions.append("\\b\(index + 1)\\s+\(word(at + 8))\\s+\(word(at + 12))\\s+\(identifier)\\s+\(type)")
    }
    try file.seek(toOffset: word(446 + 8) * 512)
    let bytes = try #require(try file.read(upToCount: Int(word(446 + 12)) * 512))
    FileManager.default.createFile(atPath: partitionFile, contents: bytes)
    let copies = folder.path + "/files"
    try FileManager.default.createDirectory(atPath: copies, withIntermediateDirectories: true)
    try Program.run(
      ["-n", "-i", partitionFile, "::*", copies], executable: "/usr/bin/env", environment: ["MTOOLS_SKIP_CHECK": "1"],
      tool: "mcopy"
    ).expectSuccess()
    for name in try FileManager.default.contentsOfDirectory(atPath: copies) {
      files[name] = FileManager.default.contents(atPath: copies + "/" + name)
    }
  }
}

/// The checksum of gzip, bit by bit (RFC 1952, 8).
private func crc32(_ data: Data) -> UInt32 {
  var sum: UInt32 = ~0
  for byte in data {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 0 ? 0 : 0xedb8_8320) }
  }
  return ~sum
}

/// A run of U-Boot to which commands are typed.
struct UBoot {
  let code: Int32
  let console: String
  let errors: String

  static let suites = Images.available.filter { FileManager.default.fileExists(atPath: $0.uBoot) }
  static let newest = Array(suites.filter { $0.suite == "bookworm" }.prefix(1))
  static let card = Images.withCard.first?.card ?? ""
  static let isThere =
    !newest.isEmpty && Images.haveCard
    && (try? Program.run(["--version"], executable: "/usr/bin/env", tool: "mcopy").code) == 0
  static let hasCheck =
    (try? Program.run(["--help"], executable: "/usr/bin/env", tool: "fsck.fat").code).map { $0 != 127 } ?? false
  /// 2021.01 does not look at dma-ranges.
  static let withOffsetByTree: [(Images, String)] = suites.flatMap { images in
    ["b0", "c0"].filter { images.suite != "bullseye" || $0 == "b0" }.map { (images, $0) }
  }

  /// - Parameter commands: nil lets it boot.
  init(_ images: Images, _ commands: [String]?, _ options: [String]) throws {
    let folder = try Folder()
    var arguments = ["run", "--program", images.uBoot, "--dtb", images.dtb, "--wall-timeout", "15m", "--quiet"]
    arguments += ["--console", "file:" + folder.path + "/console"]
    if let commands {
      arguments += ["--expect", "Hit any key", "--send", " \\c", "--expect", "U-Boot> "]
      for command in commands { arguments += ["--send", command, "--expect", "U-Boot> $"] }
      arguments += ["--timeout", "60"]
    }
    let ending = try Program.run(arguments + options)
    code = ending.code
    errors = ending.errors
    console = folder.text("console").replacingOccurrences(of: "\r", with: "")
  }

  /// Types each command at a prompt of its own: how fast the guest is depends on the host.
  init(onQEMU images: Images, _ commands: [String]) throws {
    let folder = try Folder()
    let qemu = try #require(BareMetalGuestTests.oracle)
    let script = """
      cd "$1"; mkfifo input; touch console
      timeout 240 \(qemu) -M raspi4b -display none -monitor none -serial null -serial stdio -no-reboot \
        -kernel "$2" -dtb "$3" -drive file="$4",if=sd,format=raw,snapshot=on <input >console 2>errors &
      exec 3>input
      # Waits until $2 times $1 was said.
      reach() { until [ "$(grep -ao "$1" console | wc -l)" -ge "$2" ]; do kill -0 $! || exit 1; sleep 0.1; done; }
      reach "Hit any key" 1; printf " " >&3
      prompts=0; shift 4
      for command; do
        prompts=$((prompts + 1)); reach "U-Boot> " $prompts; printf "%s\\n" "$command" >&3
      done
      wait $!
      """
    let ending = try Program.run(
      ["-c", script, "sh", folder.path, images.uBoot, images.dtb, UBoot.card] + commands + ["reset"],
      executable: "/bin/sh")
    code = ending.code
    errors = ending.errors + folder.text("errors")
    console = folder.text("console").replacingOccurrences(of: "\r", with: "")
  }

  /// What it answered to a command, without the command.
  subscript(command: String) -> String? {
    guard let start = console.range(of: "U-Boot> \(command)\n") else { return nil }
    let rest = console[start.upperBound...]
    return String(rest[..<(rest.range(of: "U-Boot> ")?.lowerBound ?? rest.endIndex)])
  }
}

extension Program {
  /// A tool that is found in PATH, where administrators' are, too.
  static func run(
    _ arguments: [String], executable: String, environment: [String: String] = [:], tool: String
  ) throws -> Ending {
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    let environment = environment.merging(["PATH": path]) { $1 }
    return try run([tool] + arguments, executable: executable, environment: environment)
  }
}

extension Program.Ending {
  func expectSuccess() { #expect(code == 0, "\(errors)\(output)") }
}
