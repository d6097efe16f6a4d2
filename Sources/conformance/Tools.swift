import Foundation

/// Programs of the host that the comparisons call.
enum Tools {
  private static let directories: [String] =
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)

  /// The program of this name in PATH.
  static func find(_ name: String) -> String? {
    directories.map { $0 + "/" + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// A program of the toolchain that the `swift` in PATH belongs to: its version is known, unlike that of
  /// others in PATH.
  static func inToolchain(_ name: String) -> String? {
    for directory in directories where FileManager.default.isExecutableFile(atPath: directory + "/swift") {
      let real = URL(fileURLWithPath: directory + "/swift").resolvingSymlinksInPath()
      let tool = real.deletingLastPathComponent().path + "/" + name
      if FileManager.default.isExecutableFile(atPath: tool) { return tool }
    }
    return nil
  }

  /// The first line a program prints that contains `word`.
  static func version(_ tool: String, containing word: String = "version") -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: tool)
    process.arguments = ["--version"]
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return "unknown" }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    let line = lines.first { $0.lowercased().contains(word) } ?? ""
    return line.trimmingCharacters(in: .whitespaces)
  }

  /// A new folder for files of one run; the caller removes it.
  static func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("tayberry-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Ends the program where nothing can be thrown: with a word, and the exit code of every other complaint.
  static func giveUp(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("conformance: \(reason)\n".utf8))
    exit(2)
  }

  /// The folder of this repository, and that of the oracles' sources.
  static let repository: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.path
  }()
  static let oracles = repository + "/scripts/oracle"

  /// Runs a program to its end, which must be a good one; returns what it printed.
  @discardableResult
  static func call(
    _ program: String, _ arguments: [String], environment: [String: String]? = nil, quiet: Bool = false
  ) throws -> String {
    let process = Process()
    let pipe = Pipe()
    if let environment { process.environment = environment }
    if quiet { process.standardError = FileHandle.nullDevice }
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Complaint("\(program) \(arguments.joined(separator: " ")): exit code \(process.terminationStatus)")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// QEMU with the machine raspi4b, as Benchmarks/fetch-qemu finds it; without `mayFetch` only what is there.
  static func raspberryQEMU(mayFetch: Bool = true) -> String? {
    if !mayFetch {
      let names = [ProcessInfo.processInfo.environment["QEMU"], find("qemu-system-aarch64")]
      let places = names.compactMap { $0 } + [repository + "/images/.qemu/qemu-system-aarch64"]
      guard places.contains(where: FileManager.default.isExecutableFile(atPath:)) else { return nil }
    }
    let output = try? call(repository + "/Benchmarks/fetch-qemu", [])
    return output?.split(separator: "\n").last.map(String.init)
  }
}
