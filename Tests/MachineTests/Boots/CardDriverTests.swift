import Foundation
import Testing

@testable import Machine

/// A real Linux with the real sdhci-iproc driver, alone and as Dom0, and an SD card.
///
/// The driver is a module of the kernel's package, which scripts/fetch-images leaves below images/.apt.
@Suite("Linux reads and writes an SD card", .serialized, .tags(.boot), .enabled(if: CardDriverModules.areThere))
struct CardDriverTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func boot(
    _ images: Images, xen: Bool, stepping: String, card: [String], commands: String
  ) throws -> (code: Int32, console: String, errors: String) {
    let console = folder.path + "/console"
    let files = try images.options(xen: xen, ramdisk: CardDriverModules.ramdisk(for: images, in: folder))
    let ending = try Program.run(
      ["run"] + files + card + [
        "--ram", "4G", "--stepping", stepping, "--console", "file:" + console, "--timeout", "10m",
        "--wall-timeout", "15m", "--expect", "^DOM0-READY", "--expect", "# $", "--send",
        "while [ ! -b /dev/mmcblk0p1 ]; do sleep 1; done; " + commands + "; echo DO''NE", "--expect", "^DONE",
      ])
    return (ending.code, folder.text("console"), ending.errors)
  }

  /// 8 MiB: a partition of 2 MiB from the first MiB on, and one of 4 MiB behind it.
  private func image(_ seed: UInt8) -> Data {
    var bytes = (0..<(8 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) &+ seed }
    bytes.replaceSubrange(0..<512, with: [UInt8](repeating: 0, count: 512))
    bytes.replaceSubrange(446..<462, with: [0, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 16, 0, 0])
    bytes.replaceSubrange(462..<478, with: [0, 0, 0, 0, 0x83, 0, 0, 0, 0, 24, 0, 0, 0, 32, 0, 0])
    bytes.replaceSubrange(510..<512, with: [0x55, 0xaa])
    return Data(bytes)
  }

  /// What the host's md5sum says.
  private func digest(_ bytes: Data) throws -> String {
    let file = folder.file("part", bytes)
    return String(try Program.run([file], executable: "/usr/bin/md5sum").output.prefix(32))
  }

  @Test(
    "Both partitions, read and written through ADMA2, on both steppings",
    arguments: CardDriverModules.suites.prefix(1).flatMap { images in
      [(images, false, "b0"), (images, false, "c0"), (images, true, "b0"), (images, true, "c0")]
    })
  func transfers(images: Images, xen: Bool, stepping: String) throws {
    let contents = image(1)
    let path = folder.file("card.img", contents)
    let commands =
      "busybox dd if=/dev/mmcblk0p1 bs=64k | busybox md5sum; "
      + "busybox dd if=/dev/mmcblk0p1 of=/dev/mmcblk0p2 bs=64k conv=fsync; "
      + "echo 3 >/proc/sys/vm/drop_caches; busybox dd if=/dev/mmcblk0p2 bs=64k count=32 | busybox md5sum"
    let result = try boot(
      images, xen: xen, stepping: stepping, card: ["--sd", path, "--sd-persist"], commands: commands)
    #expect(result.code == 0, "\(result.errors)")
    let first = contents[(1 << 20)..<(3 << 20)]
    let sum = try digest(first)
    #expect(result.console.components(separatedBy: sum).count == 3, "\(result.console.suffix(2000))")
    #expect(result.console.contains("using ADMA"))
    #expect(result.console.contains("new high speed SD card"))
    let after = FileManager.default.contents(atPath: path) ?? Data()
    #expect(after[(3 << 20)..<(5 << 20)] == first)
    #expect(after[..<(3 << 20)] == contents[..<(3 << 20)])
    #expect(after[(5 << 20)...] == contents[(5 << 20)...])
  }

  @Test(
    "A card that is pulled is gone, and what was on it before is there",
    arguments: CardDriverModules.suites.prefix(1))
  func removal(images: Images) throws {
    let contents = image(2)
    let path = folder.file("card.img", contents)
    let commands =
      "busybox dd if=/dev/mmcblk0p1 of=/dev/mmcblk0p2 bs=64k conv=fsync; sleep 6; "
      + "busybox dd if=/dev/zero of=/dev/mmcblk0p2 bs=64k count=1 conv=fsync; ls /dev/mmcblk0; dmesg | tail -3"
    let result = try boot(
      images, xen: false, stepping: "c0", card: ["--sd", path, "--sd-persist", "--sd-remove-at", "6s"],
      commands: commands)
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.console.contains("removed"), "\(result.console.suffix(2000))")
    let after = FileManager.default.contents(atPath: path) ?? Data()
    #expect(after[(3 << 20)..<(5 << 20)] == contents[(1 << 20)..<(3 << 20)])
  }

  @Test("A read-only card is one to Linux", arguments: CardDriverModules.suites.prefix(1))
  func readOnly(images: Images) throws {
    let contents = image(3)
    let path = folder.file("card.img", contents)
    let result = try boot(
      images, xen: false, stepping: "c0", card: ["--sd", path, "--sd-read-only"],
      commands: "echo read-only: $(cat /sys/block/mmcblk0/ro)")
    #expect(result.console.contains("read-only: 1"), "\(result.console.suffix(2000))")
  }

  @Test("A limit on the size of files is a full disk: errors for the guest, exit code 13 for the caller",
    arguments: CardDriverModules.suites.prefix(1))
  func fullDisk(images: Images) throws {
    let path = folder.file("card.img", image(4))
    let ramdisk = try CardDriverModules.ramdisk(for: images, in: folder)
    // Blocks of 512 or 1024 bytes, by shell: 4 to 8 MiB, and the card is made larger than that.
    try FileHandle(forWritingTo: URL(fileURLWithPath: path)).truncate(atOffset: 64 << 20)
    let options = images.options(xen: false, ramdisk: ramdisk).joined(separator: " ")
    let script =
      "ulimit -f 8192; exec \"$T\" run \(options) --sd \(path) --sd-persist --timeout 10m --wall-timeout 15m "
      + "--console file:\(folder.path)/console --expect '^DOM0-READY' --expect '# $' --send \"$C\" --expect '^DONE'"
    let commands =
      "while [ ! -b /dev/mmcblk0p1 ]; do sleep 1; done; busybox dd if=/dev/mmcblk0p1 of=/dev/mmcblk0 seek=512 "
      + "bs=64k count=1 conv=fsync; echo \"ended with $?\"; echo DO''NE"
    let ending = try Program.run(
      ["-c", script], executable: "/bin/sh", environment: ["T": Program.path ?? "", "C": commands])
    #expect(ending.code == 13, "\(ending.errors)")
    #expect(ending.errors.components(separatedBy: "cannot be written").count == 2)
    #expect(folder.text("console").contains("ended with 1"))
  }
}

/// The driver's modules, out of the kernel's package, in a ramdisk.
enum CardDriverModules {
  private static let names = ["fixed", "gpio-regulator", "mmc_core", "mmc_block", "sdhci", "sdhci-pltfm", "sdhci-iproc"]

  /// The suites whose kernel package is still there.
  static let suites: [Images] = Images.available.filter { package(of: $0) != nil }

  static var areThere: Bool { !suites.isEmpty && Program.isBuilt }

  private static func package(of images: Images) -> String? {
    let folder = images.folder + "/../.apt/" + images.suite + "/debs"
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.sorted().first { $0.hasPrefix("linux-image-") && $0.hasSuffix("_arm64.deb") }.map { folder + "/" + $0 }
  }

  /// Which modules there are differs: some kernels have a part of it built in.
  static func ramdisk(for images: Images, in folder: Folder) throws -> String {
    let output = folder.path + "/initramfs.cpio.gz"
    let patterns = names.map { "'*/\($0).ko*'" }.joined(separator: " ")
    let script = """
      set -e
      mkdir "$F/modules"
      dpkg-deb --fsys-tarfile "$P" | tar -x -C "$F/modules" --wildcards \(patterns) 2>/dev/null || true
      set --
      for name in \(names.joined(separator: " ")); do
        for file in $(find "$F/modules" -name "$name.ko*"); do set -- "$@" "$file"; done
      done
      scripts/build-initramfs "$B" "$O" "$@"
      """
    let environment = [
      "F": folder.path, "P": package(of: images) ?? "", "B": images.folder + "/busybox", "O": output,
    ]
    let ending = try Program.run(
      ["-c", "cd '\(BareMetalGuests.repository)'\n" + script], executable: "/bin/sh", environment: environment)
    #expect(ending.code == 0, "\(ending.errors)")
    return output
  }
}

extension Images {
  /// The options that name the files, with another ramdisk.
  func options(xen usesXen: Bool, ramdisk: String) -> [String] {
    (usesXen ? ["--xen", xen] : []) + ["--kernel", kernel, "--initrd", ramdisk, "--dtb", dtb]
  }
}
