import Foundation

@testable import Machine

/// A small deterministic generator (SplitMix64) for damage and data.
struct SplitMix {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z &>> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// Real Debian images that `scripts/fetch-images` has left in `images/`, where it ran.
enum DebianImages {
  static let suites = ["bullseye", "bookworm", "trixie"]

  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func file(_ suite: String, _ name: String) -> URL {
    root.appendingPathComponent("images/\(suite)/\(name)")
  }

  /// Suites whose files are all there.
  static let present = suites.filter { suite in
    ["xen", "linux", "bcm2711-rpi-4-b.dtb", "initramfs.cpio.gz"].allSatisfy {
      FileManager.default.isReadableFile(atPath: file(suite, $0).path)
    }
  }

  static func bytes(_ suite: String, _ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: file(suite, name)))
  }
}

/// Programs of the host that serve as oracles.
enum HostTool {
  /// The absolute path of `name`, when the host has it.
  static func path(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Standard output of a run, nil when it failed.
  static func run(_ path: String, _ arguments: [String], input: [UInt8] = []) throws -> [UInt8]? {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tool-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let inputFile = folder.appendingPathComponent("in")
    let outputFile = folder.appendingPathComponent("out")
    try Data(input).write(to: inputFile)
    try Data().write(to: outputFile)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? [UInt8](try Data(contentsOf: outputFile)) : nil
  }
}

/// Files of our own making.
enum BootSamples {
  /// A file that begins like an arm64 Image.
  static func image(
    count: Int = 0x1000, memorySize: UInt64 = 0x2000, textOffset: UInt64 = 0, flags: UInt64 = 0xa
  ) -> [UInt8] {
    var bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    func put(_ value: UInt64, at offset: Int) {
      for index in 0..<8 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))) }
    }
    put(textOffset, at: 8)
    put(memorySize, at: 16)
    put(flags, at: 24)
    bytes.replaceSubrange(0..<2, with: [0, 0])
    bytes.replaceSubrange(0x38..<0x3c, with: Array("ARM\u{64}".utf8))
    return bytes
  }

  /// A newc archive of one file, with its trailer.
  static func archive(name: String = "init", contents: [UInt8] = [1, 2, 3, 4, 5]) -> [UInt8] {
    func entry(_ name: String, _ contents: [UInt8]) -> [UInt8] {
      func field(_ value: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
      }
      let fields = [1, 0o100755, 0, 0, 1, 0, contents.count, 0, 0, 0, 0, name.utf8.count + 1, 0]
      var bytes = Array(("070701" + fields.map(field).joined()).utf8) + Array(name.utf8) + [0]
      while bytes.count % 4 != 0 { bytes.append(0) }
      bytes += contents
      while bytes.count % 4 != 0 { bytes.append(0) }
      return bytes
    }
    return entry(name, contents) + entry("TRAILER!!!", [])
  }

  /// A gzip file with stored blocks only.
  static func gzip(_ contents: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]
    var rest = contents[...]
    repeat {
      let block = rest.prefix(0xffff)
      rest = rest.dropFirst(block.count)
      let count = UInt16(block.count)
      bytes.append(rest.isEmpty ? 1 : 0)
      for value in [count, ~count] { bytes += [UInt8(value & 0xff), UInt8(value >> 8)] }
      bytes += block
    } while !rest.isEmpty
    for value in [CRC32.checksum(contents[...]), UInt32(contents.count)] {
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }
    return bytes
  }

  /// A tree with the nodes of the board's that boot programs touch.
  static let deviceTree: DeviceTree = {
    var root = DeviceTree.Node("")
    root.set("compatible", strings: ["raspberrypi,4-model-b", "brcm,bcm2711"])
    root.set("model", string: "Raspberry Pi 4 Model B")
    root.set("#address-cells", cells: [2])
    root.set("#size-cells", cells: [1])
    var tree = DeviceTree(root: root, reservations: [.init(address: 0, size: 0x1000)])
    tree.ensureNode(at: "/aliases") {
      $0.set("emmc2bus", string: "/emmc2bus")
      $0.set("ethernet0", string: "/scb/ethernet@7d580000")
      $0.set("pcie0", string: "/scb/pcie@7d500000")
      $0.set("serial0", string: "/soc/serial@7e201000")
    }
    tree.ensureNode(at: "/soc/serial@7e201000") { $0.set("status", string: "okay") }
    tree.ensureNode(at: "/soc/serial@7e201000/bluetooth") {
      $0.set("compatible", string: "brcm,bcm43438-bt")
    }
    tree.ensureNode(at: "/chosen") { $0.set("stdout-path", string: "serial1:115200n8") }
    tree.ensureNode(at: "/emmc2bus") { $0.set("dma-ranges", cells: [0, 0xc000_0000, 0, 0, 0x4000_0000]) }
    tree.ensureNode(at: "/scb/pcie@7d500000") {
      $0.set("dma-ranges", cells: [0x0200_0000, 0, 0, 0, 0, 0, 0xc000_0000])
    }
    tree.ensureNode(at: "/scb/ethernet@7d580000") { $0.set("status", string: "okay") }
    tree.ensureNode(at: "/memory@0") {
      $0.set("device_type", string: "memory")
      $0.set("reg", cells: [0, 0, 0])
    }
    return tree
  }()

  static let deviceTreeFile = BootFile(name: "board.dtb", bytes: deviceTree.serialized())
}
