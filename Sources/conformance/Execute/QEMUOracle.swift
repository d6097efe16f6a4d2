import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// scripts/oracle/execute.c, built with the toolchain's clang and run by qemu-aarch64, or by Unicorn.
final class QEMUOracle {
  /// What executes the program.
  enum Kind { case qemu, bigEndianQEMU, unicorn }

  static let clang = Tools.inToolchain("clang")
  static let qemu = Tools.find("qemu-aarch64")
  private static let bigEndianQEMU = Tools.find("qemu-aarch64_be")

  /// What is missing, if anything.
  static var missing: String? {
    if clang == nil { return "clang beside swift in PATH" }
    return qemu == nil ? "qemu-aarch64 (Debian: qemu-user)" : nil
  }

  static var version: String { qemu.map { Tools.version($0) } ?? "" }

  // MARK: Unicorn

  private static let python = Tools.find("python3")
  private static let unicornScript = Tools.oracles + "/unicorn.py"
  /// Where scripts/conformance puts the module if the host has none.
  private static let modules: [String: String] = {
    var environment = ProcessInfo.processInfo.environment
    environment["PYTHONPATH"] = [environment["PYTHONPATH"], Tools.repository + "/.build/unicorn"]
      .compactMap { $0 }.joined(separator: ":")
    return environment
  }()

  /// The version of Unicorn; nil if python3 has no such module.
  static let unicornVersion: String? = {
    guard let python else { return nil }
    let words = ["-c", "import unicorn; print(unicorn.__version__)"]
    let text = try? Tools.call(python, words, environment: modules, quiet: true)
    return text?.trimmingCharacters(in: .whitespacesAndNewlines)
  }()

  // MARK: Running

  private let process = Process()
  private let folder: URL
  private let input = Pipe()
  private let output = Pipe()

  init(_ kind: Kind = .qemu) throws {
    let bigEndian = kind == .bigEndianQEMU
    let runner = kind == .unicorn ? Self.python : bigEndian ? Self.bigEndianQEMU : Self.qemu
    guard let clang = Self.clang, let runner else { throw Complaint("missing: \(Self.missing ?? "python3")") }
    folder = try Tools.temporaryFolder()
    let program = folder.appendingPathComponent("execute").path
    // Farther from the slot than a branch reaches.
    let build = Process()
    build.executableURL = URL(fileURLWithPath: clang)
    build.arguments = [
      "--target=aarch64\(bigEndian ? "_be" : "")-linux-gnu", "-O2", "-march=armv8-a", "-ffreestanding",
      "-fno-builtin",
      "-fno-stack-protector", "-mno-outline-atomics", "-static", "-nostdlib", "-fuse-ld=lld",
      "-Wl,--image-base=0x10000000", Self.source.path, "-o", program,
    ]
    try build.run()
    build.waitUntilExit()
    guard build.terminationStatus == 0 else { throw Complaint("cannot build \(Self.source.path)") }
    signal(SIGPIPE, SIG_IGN)
    process.executableURL = URL(fileURLWithPath: runner)
    process.arguments = kind == .unicorn ? [Self.unicornScript, program] : ["-cpu", "cortex-a72", program]
    if kind == .unicorn { process.environment = Self.modules }
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  /// Lets the oracle end.
  func finish() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  private static let source = URL(fileURLWithPath: Tools.oracles + "/execute.c")

  /// Sends `count` cases; the oracle reads them all before it answers.
  func send(_ cases: UnsafePointer<UInt64>, count: Int) throws {
    let descriptor = input.fileHandleForWriting.fileDescriptor
    var header = UInt64(count)
    try withUnsafeBytes(of: &header) { try Self.transfer($0, descriptor) }
    try Self.transfer(
      UnsafeRawBufferPointer(start: cases, count: count * CaseLayout.caseCount * 8), descriptor)
  }

  /// Reads the answers to the `count` cases sent last.
  func receive(_ answers: CaseWords, count: Int) throws {
    let descriptor = output.fileHandleForReading.fileDescriptor
    let bytes = UnsafeMutableRawPointer(answers)
    let size = count * CaseLayout.answerCount * 8
    var done = 0
    while done < size {
      // A branch into the oracle's own code would never come back.
      var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&ready, 1, 120_000) > 0 else {
        process.terminate()
        throw Complaint("the oracle does not answer")
      }
      let got = read(descriptor, bytes + done, size - done)
      guard got > 0 else { throw Complaint("the oracle ended") }
      done += got
    }
  }

  private static func transfer(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32) throws {
    guard let start = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let put = write(descriptor, start + done, bytes.count - done)
      guard put > 0 else { throw Complaint("the oracle ended") }
      done += put
    }
  }
}
