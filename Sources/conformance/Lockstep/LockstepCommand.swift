import CPU
import Fabric
import Foundation
import Machine

extension Subcommand {
  /// `conformance lockstep`: a boot on host code, each block checked against the interpreter.
  static let lockstep = Subcommand(
    name: "lockstep",
    usage: """
      --suite FOLDER | --kernel FILE --dtb FILE [--initrd FILE] [--xen FILE] | --program FILE
                       [--until TEXT] [--for MS] [--grain block|turn] [--threshold RUNS]
                       [--hash-every MS] [--arena MIB] [--plant wrong-flag|host-increment] [--name TEXT] [--json FILE]
      """
  ) { options in
    guard ExecutionEngine.available.contains(.hostCode) else {
      print("lockstep: no code generator knows this host")
      return 77
    }
    return try LockstepRun(options).run()
  }
}

/// One guest on two boards, to a text on its console or a time.
struct LockstepRun {
  private let configuration: RunConfiguration
  private let options: Options
  private let grain: LockstepPair.Grain
  private let text: String?
  private let limit: UInt64

  init(_ options: Options) throws {
    self.options = options
    configuration = Self.configuration(options)
    guard let grain = LockstepPair.Grain(rawValue: options.text("grain") ?? "block") else {
      throw Complaint("--grain is block or turn")
    }
    self.grain = grain
    text = options.text("until")
    limit = UInt64(try options.number("for", default: 600_000)) * 1_000_000
  }

  private static func configuration(_ options: Options) -> RunConfiguration {
    var result = RunConfiguration()
    if let suite = options.text("suite") {
      result.xen = suite + "/xen"
      result.kernel = suite + "/linux"
      result.initrd = suite + "/initramfs.cpio.gz"
      result.dtb = suite + "/bcm2711-rpi-4-b.dtb"
    }
    result.xen = options.text("xen") ?? result.xen
    result.kernel = options.text("kernel") ?? result.kernel
    result.initrd = options.text("initrd") ?? result.initrd
    result.dtb = options.text("dtb") ?? result.dtb
    result.program = options.text("program")
    return result
  }

  func run() throws -> Int32 {
    let planted = options.text("plant").flatMap(PlantedDifference.init(rawValue:))
    if options.has("plant") && planted == nil { throw Complaint("no such mistake to plant") }
    let pair = try LockstepPair(
      configuration, grain: grain, threshold: Int32(clamping: options.number("threshold", default: 1)),
      hashInterval: UInt64(options.number("hash-every", default: 500)) * 1_000_000, planted: planted,
      arena: options.has("arena") ? max(1, min(options.number("arena", default: 256), 1024)) << 20 : nil)
    let begun = Date()
    let consoles = [LockstepConsole(text), LockstepConsole(text)]
    pair.subject.connectConsole(consoles[0])
    pair.reference.connectConsole(consoles[1])
    var shown = begun
    while pair.now < limit && !consoles[1].isFound {
      guard pair.advance() else { break }
      if Date().timeIntervalSince(shown) > 30 {
        shown = Date()
        progress("\(pair.now / 1_000_000) ms, \(pair.instructions) instructions, \(consoles[1].lastLine)")
      }
    }
    pair.compareHashes()
    return try report(pair, consoles, seconds: Date().timeIntervalSince(begun))
  }

  private func progress(_ line: String) {
    FileHandle.standardError.write(Data("lockstep: \(line)\n".utf8))
  }

  private func report(_ pair: LockstepPair, _ consoles: [LockstepConsole], seconds: Double) throws -> Int32 {
    var problems = pair.differences
    if problems.isEmpty && consoles[0].bytes != consoles[1].bytes { problems = ["the consoles differ"] }
    let (subject, reference) = (pair.subject.board.cluster, pair.reference.board.cluster)
    if subject.engine != .hostCode || subject.compiledBlocks == 0 || reference.compiledBlocks != 0 {
      problems.append("the boards did not run on the engines that they were to run on")
    }
    for line in problems { print(line) }
    let isMissing = problems.isEmpty && text != nil && !consoles[1].isFound
    if isMissing { print("the console never said \(text ?? "")") }
    let unit = grain == .block ? "blocks" : "turns"
    let share = grain == .block ? ", \(pair.inHostCode) of them in host code" : ""
    print(
      "\(pair.compared) \(unit) compared\(share), \(pair.instructions) instructions, \(pair.hashes) state hashes"
        + ", \(pair.now / 1_000_000) ms; \(subject.compiledBlocks) blocks compiled; \(Int(seconds)) s; "
        + (problems.isEmpty ? "no difference" : "a difference"))
    let counts = subject.translationCounts
    print(
      "\(counts.translatedBlocks) blocks translated, \(counts.invalidatedBlocks) invalidated, "
        + "\(counts.storesBesideCode) stores beside code, \(counts.reclaims) times room made, "
        + "\(counts.bytes >> 20) and \(counts.hostBytes >> 20) MiB")
    print("state hash \(pair.reference.stateHash().hex(16))")
    let name = options.text("name") ?? options.text("suite") ?? configuration.program ?? "a boot"
    try ConformanceResult(
      area: "Lock step", oracle: "the interpreter", version: "of this repository",
      rows: [
        .init(
          name: "\(name): each \(grain.rawValue)", cases: pair.compared, differences: problems.isEmpty ? 0 : 1,
          note: "\(pair.instructions) instructions, \(pair.hashes) state hashes\(share)")
      ]
    ).write(options)
    if isMissing { return 2 }
    return problems.isEmpty ? 0 : 1
  }
}

/// What a board prints, and whether a text was in it.
final class LockstepConsole: BytePort {
  private(set) var bytes: [UInt8] = []
  private(set) var isFound = false
  private let text: [UInt8]

  init(_ text: String?) { self.text = Array((text ?? "").utf8) }

  func transmit(_ byte: UInt8) {
    bytes.append(byte)
    if !text.isEmpty && byte == text.last && bytes.suffix(text.count).elementsEqual(text) { isFound = true }
  }

  var lastLine: String {
    let line = bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }).last ?? []
    return String(decoding: line.prefix(100), as: UTF8.self)
  }
}
