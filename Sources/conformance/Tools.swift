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
}
