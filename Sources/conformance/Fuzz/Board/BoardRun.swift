import CPU
import Fabric
import Foundation
import Machine

/// What a batch of programs printed: a line for each that came to its end.
struct BoardTranscript {
  var lines: [Substring] = []
  /// Whether the whole batch ended.
  var isComplete = false

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      if line.hasPrefix(" program=") { lines.append(line) }
      if line == "end" { isComplete = true }
    }
  }

  /// The words of a line.
  static func fields(_ line: Substring) -> [Substring] { line.split(separator: " ") }
}

/// Runs images on the board of ours, and on QEMU's.
struct BoardRun {
  let qemu: String
  let planted: PlantedDifference?
  /// What is to execute everything; nil: as boards usually do.
  var engine: ExecutionEngine?

  /// Virtual time for one program, most of which the harness needs.
  private static let nanosecondsEach: UInt64 = 4_000_000

  func onTayberry(_ image: Data, programs: Int) throws -> BoardTranscript {
    var settings = BoardConfiguration()
    if let engine { settings.rules = TranslationRules(engine: engine, threshold: 1) }
    let board = try RaspberryPi4(settings)
    board.cluster.plantedDifference = planted
    image.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      board.ram.base.copyMemory(from: start, byteCount: bytes.count)
    }
    let machine = BoardMachine(board: board, console: .miniUART)
    let console = Collected()
    machine.connectConsole(console)
    _ = machine.run(forAtMost: 50_000_000 + UInt64(programs) * Self.nanosecondsEach, inputMayCome: false)
    if let engine, (board.cluster.compiledBlocks > 0) != (engine == .hostCode) {
      throw Complaint("\(engine.rawValue) was to run, but did not")
    }
    return BoardTranscript(String(decoding: console.bytes, as: UTF8.self))
  }

  private final class Collected: BytePort {
    var bytes: [UInt8] = []
    func transmit(_ byte: UInt8) { bytes.append(byte) }
  }

  /// Both at the same time.
  func run(_ image: Data, programs: Int) throws -> (ours: BoardTranscript, theirs: BoardTranscript) {
    let oracle = try QEMUBoard(qemu, image)
    let ours = try onTayberry(image, programs: programs)
    return (ours, try oracle.transcript())
  }
}

/// QEMU with an image, running.
private final class QEMUBoard {
  private let process = Process()
  private let folder: URL

  init(_ qemu: String, _ image: Data) throws {
    folder = try Tools.temporaryFolder()
    let file = folder.appendingPathComponent("image")
    try image.write(to: file)
    process.executableURL = URL(fileURLWithPath: qemu)
    process.arguments = [
      "-M", "raspi4b", "-device", "loader,addr=0,force-raw=on,file=\(file.path)", "-serial", "null",
      "-serial", "file:\(folder.path)/console", "-display", "none", "-monitor", "none",
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Seconds without a line after which no more is expected.
  private static let patience = 10.0

  /// What it printed when it ended, or came to a program that does not end.
  func transcript() throws -> BoardTranscript {
    let console = folder.appendingPathComponent("console")
    var size = 0
    var grown = Date()
    while process.isRunning && Date().timeIntervalSince(grown) < Self.patience {
      usleep(3000)
      let attributes = try? FileManager.default.attributesOfItem(atPath: console.path)
      let now = (attributes?[.size] as? NSNumber)?.intValue ?? 0
      if now != size { (size, grown) = (now, Date()) }
    }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    let bytes = try Data(contentsOf: console)
    return BoardTranscript(String(decoding: bytes, as: UTF8.self))
  }
}
