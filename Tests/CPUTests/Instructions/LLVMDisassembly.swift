import Foundation

/// The `llvm-objdump` of the Swift toolchain, as an independent reading of A64 machine code.
struct LLVMDisassembly {
  /// What LLVM writes for each word, nil where it says `<unknown>`. Tabs are single spaces and
  /// comments are gone.
  let lines: [String?]

  /// The tool beside the `swift` found in PATH. Others are not taken: the text varies with the version.
  static let tool: String? = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let directories = path.split(separator: ":").map(String.init)
    let files = FileManager.default
    var candidates: [String] = []
    for directory in directories where files.isExecutableFile(atPath: directory + "/swift") {
      let real = URL(fileURLWithPath: directory + "/swift").resolvingSymlinksInPath()
      candidates.append(real.deletingLastPathComponent().path + "/llvm-objdump")
    }
    return candidates.first { files.isExecutableFile(atPath: $0) }
  }()

  /// Disassembles `words` placed from address 0 on, as a Cortex-A72 without the cryptographic extension.
  init(words: [UInt32], aliases: Bool = false) throws {
    guard let tool = Self.tool else { throw CocoaError(.fileNoSuchFile) }
    let stem = FileManager.default.temporaryDirectory
      .appendingPathComponent("tayberry-\(UUID().uuidString)")
    let input = stem.appendingPathExtension("elf")
    let output = stem.appendingPathExtension("txt")
    defer {
      try? FileManager.default.removeItem(at: input)
      try? FileManager.default.removeItem(at: output)
    }
    try Self.elf(of: words).write(to: input)
    try Data().write(to: output)
    let text = try FileHandle(forWritingTo: output)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: tool)
    process.arguments =
      ["-d", "-z", "--no-show-raw-insn", "--no-leading-addr", "--mcpu=cortex-a72", "--mattr=-aes,-sha2"]
      + (aliases ? [] : ["-M", "no-aliases"]) + [input.path]
    process.standardOutput = text
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try text.close()
    var lines: [String?] = []
    lines.reserveCapacity(words.count)
    for line in try String(contentsOf: output, encoding: .utf8).split(separator: "\n") {
      guard let first = line.first, first == " " || first == "\t" else { continue }
      lines.append(Self.normalised(line))
    }
    self.lines = lines
  }

  private static func normalised(_ line: Substring) -> String? {
    var result = ""
    var pendingSpace = false
    for character in line {
      if character == "/" || character == "<" { break }
      if character == " " || character == "\t" {
        pendingSpace = !result.isEmpty
      } else {
        if pendingSpace { result.append(" ") }
        pendingSpace = false
        result.append(character)
      }
    }
    return result.isEmpty ? nil : result
  }

  /// A relocatable ELF file with one executable section (System V ABI, chapter 4; e_machine 183).
  private static func elf(of words: [UInt32]) -> Data {
    var data = Data()
    func put<Value: FixedWidthInteger>(_ values: Value...) {
      for value in values { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
    }
    let names = Array("\0.text\0.shstrtab\0".utf8)
    let textOffset = 64
    let namesOffset = textOffset + words.count * 4
    let headersOffset = (namesOffset + names.count + 7) & ~7
    put(UInt8(0x7F), UInt8(0x45), UInt8(0x4C), UInt8(0x46), UInt8(2), UInt8(1), UInt8(1), UInt8(0))
    put(UInt64(0))
    put(UInt16(1), UInt16(183))
    put(UInt32(1))
    put(UInt64(0), UInt64(0), UInt64(headersOffset))
    put(UInt32(0))
    put(UInt16(64), UInt16(0), UInt16(0), UInt16(64), UInt16(3), UInt16(2))
    words.withUnsafeBytes { data.append(contentsOf: $0) }
    data.append(contentsOf: names)
    while data.count < headersOffset { data.append(0) }
    func header(_ name: Int, _ type: Int, _ flags: Int, _ offset: Int, _ size: Int) {
      put(UInt32(name), UInt32(type))
      put(UInt64(flags), UInt64(0), UInt64(offset), UInt64(size))
      put(UInt32(0), UInt32(0))
      put(UInt64(4), UInt64(0))
    }
    header(0, 0, 0, 0, 0)
    header(1, 1, 6, textOffset, words.count * 4)
    header(7, 3, 0, namesOffset, names.count)
    return data
  }
}
