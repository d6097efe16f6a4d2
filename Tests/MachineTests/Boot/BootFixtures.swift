import Foundation

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
