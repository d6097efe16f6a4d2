import CPU
import Foundation

/// What a program of `Level.user` does under qemu-aarch64: a freestanding Linux program,
/// scripts/oracle/fuzz.c, reads programs with their state, runs them and writes the state they end with.
final class UserModeOracle {
  let version: String
  private let emulator: String
  private let folder: URL

  /// The place of the end state in a record: SP is X31, then NZCV, FPCR, FPSR, a hash of the data, V.
  struct Result {
    var x: [UInt64]
    var flags: UInt64
    var fpsr: UInt64
    var hash: UInt64
    var v: [UInt64]
    /// The signal that ended the program, if one did.
    var signal: UInt64
  }

  /// Words in a record of the input and of the output.
  private static let inputWords = 32 + 4 + 64 + 48
  private static let outputWords = 32 + 6 + 64

  /// Nil if qemu-aarch64, clang or lld is missing.
  init?() throws {
    guard let emulator = Tools.find("qemu-aarch64"), let clang = Tools.inToolchain("clang"),
      Tools.inToolchain("ld.lld") != nil
    else { return nil }
    self.emulator = emulator
    version = Tools.version(emulator)
    folder = try Tools.temporaryFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: clang)
    process.arguments = [
      "-target", "aarch64-linux-gnu", "-O1", "-nostdlib", "-static", "-ffreestanding", "-fno-builtin",
      "-mgeneral-regs-only", "-fno-stack-protector", "-fno-pic", "-fuse-ld=lld", "-Wl,--image-base=0x1000000",
      "-o", folder.path + "/fuzz", Self.source,
    ]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Complaint("clang does not build \(Self.source)") }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private static let source: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url.path + "/scripts/oracle/fuzz.c"
  }()

  // MARK: Running

  /// What each program ends with; fewer results than programs if the oracle itself ended.
  func run(_ programs: [FuzzProgram]) throws -> [Result] {
    var words: [UInt64] = []
    words.reserveCapacity(programs.count * Self.inputWords)
    for program in programs { words += Self.record(program) }
    let input = folder.appendingPathComponent("input")
    let output = folder.appendingPathComponent("output")
    try words.withUnsafeBytes { try Data($0).write(to: input) }
    FileManager.default.createFile(atPath: output.path, contents: nil)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: emulator)
    process.arguments = ["-cpu", "cortex-a72", folder.path + "/fuzz"]
    process.standardInput = try FileHandle(forReadingFrom: input)
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.run()
    // Each program is ended after half a second by a signal; an oracle that hangs all the same is ended here.
    let patience = Date(timeIntervalSinceNow: 60 + Double(programs.count) / 20)
    while process.isRunning && Date() < patience { usleep(2000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    let data = try Data(contentsOf: output)
    let count = data.count / (Self.outputWords * 8)
    return data.withUnsafeBytes { bytes in
      (0..<count).map { number in
        let word = { (index: Int) in
          bytes.loadUnaligned(fromByteOffset: (number * Self.outputWords + index) * 8, as: UInt64.self)
        }
        return Result(
          x: (0..<32).map(word), flags: word(32), fpsr: word(34), hash: word(35), v: (38..<102).map(word),
          signal: word(36))
      }
    }
  }

  private static func record(_ program: FuzzProgram) -> [UInt64] {
    var record = program.x
    record += [program.stack, program.flags << 28, program.fpcr, program.base, program.dataSeed]
    record += program.v
    var code = program.words
    code += [UInt32](repeating: 0, count: max(0, 96 - code.count))
    for pair in 0..<48 { record.append(UInt64(code[2 * pair]) | UInt64(code[2 * pair + 1]) << 32) }
    return record
  }

  // MARK: Comparison

  /// How the end of `program` on `engine` differs from the oracle's.
  static func differences(_ engine: Engine, _ program: FuzzProgram, _ result: Result) -> [String] {
    if result.signal != 0 { return ["the oracle's program ended with signal \(result.signal)"] }
    let r = engine.core.r
    var found: [String] = []
    func compare(_ name: String, _ ours: UInt64, _ theirs: UInt64) {
      if ours != theirs { found.append("\(name) \(ours.hex()), the oracle \(theirs.hex())") }
    }
    // X18 is where the oracle keeps its own address.
    for index in 0..<31 where index != 18 { compare("X\(index)", r[index], result.x[index]) }
    compare("SP", r[Slot.sp], result.x[31])
    compare("NZCV", Lockstep.flags(r), result.flags >> 28)
    compare("FPSR", r[Slot.fpsr] & 0x0800_009f, result.fpsr & 0x0800_009f)
    for index in 0..<64 {
      compare("V\(index / 2)" + (index & 1 == 0 ? " low" : " high"), r[Slot.v0 + index], result.v[index])
    }
    let data = (engine.ram.base + Int(FuzzLayout.data)).assumingMemoryBound(to: UInt64.self)
    var hash: UInt64 = 0
    for index in 0..<Int(FuzzLayout.dataSize / 8) {
      hash = (hash ^ data[index]) &* 0x100_0000_01b3
      hash ^= hash >> 31
    }
    compare("hash of the data", hash, result.hash)
    return found
  }
}
