import Foundation

/// The built `tayberry`, run as a person runs it.
struct Program {
  struct Ending {
    var code: Int32
    var output: String
    var errors: String
  }

  /// `$TAYBERRY_BINARY`, or the program that was built beside these tests; nil when there is neither.
  static let path: String? = {
    let environment = ProcessInfo.processInfo.environment
    var candidates = [environment["TAYBERRY_BINARY"]].compactMap { $0 }
    #if os(Linux)
      let ownPath = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    #else
      let ownPath = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath
    #endif
    if let ownPath {
      let folder = URL(fileURLWithPath: ownPath).deletingLastPathComponent()
      candidates.append(folder.appendingPathComponent("tayberry").path)
    }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  static var isBuilt: Bool { path != nil }

  /// Runs an executable to its end, with nothing to read.
  static func run(
    _ arguments: [String], executable: String? = nil, environment: [String: String] = [:]
  ) throws -> Ending {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable ?? path ?? "/nonexistent")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: a full pipe would stop the program.
    let folder = try Folder()
    let output = folder.file("stdout", Data())
    let errors = folder.file("stderr", Data())
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    process.waitUntilExit()
    let code =
      process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    return Ending(code: code, output: folder.text("stdout"), errors: folder.text("stderr"))
  }
}

/// A folder that lasts as long as the test.
final class Folder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("tayberry-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Makes a file, and gives its path.
  @discardableResult
  func file(_ name: String, _ data: Data) -> String {
    let file = path + "/" + name
    _ = FileManager.default.createFile(atPath: file, contents: data)
    return file
  }

  func text(_ name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path + "/" + name) ?? Data(), as: UTF8.self)
  }
}
