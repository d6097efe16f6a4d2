import Foundation

/// The `llvm-objdump` of the Swift toolchain, as an independent reading of A64 machine code.
final class LLVMDisassembly {
  /// Others are not taken: the text varies with the version.
  static let tool: String? = Tools.inToolchain("llvm-objdump")

  private let process = Process()
  private let folder: URL
  private let output: URL
  let words: [UInt32]

  /// Starts to disassemble `words`, placed from address 0 on, as a Cortex-A72 without the cryptographic
  /// extension.
  init(_ words: [UInt32], aliases: Bool) throws {
    guard let tool = Self.tool else { throw Complaint("no llvm-objdump beside swift in PATH") }
    self.words = words
    folder = try Tools.temporaryFolder()
    output = folder.appendingPathComponent("text")
    let input = folder.appendingPathComponent("words.o")
    try Self.elf(of: words).write(to: input)
    try Data().write(to: output)
    process.executableURL = URL(fileURLWithPath: tool)
    process.arguments =
      ["-d", "-z", "--no-show-raw-insn", "--no-leading-addr", "--mcpu=cortex-a72", "--mattr=-aes,-sha2"]
      + (aliases ? [] : ["-M", "no-aliases"]) + [input.path]
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  /// Calls `body` with each word's number and text, which is empty where LLVM says `<unknown>`. Tabs are
  /// single spaces and comments are gone.
  func forEachLine(_ body: (Int, UnsafeBufferPointer<UInt8>) -> Void) throws {
    process.waitUntilExit()
    defer { try? FileManager.default.removeItem(at: folder) }
    let text = try Data(contentsOf: output, options: .alwaysMapped)
    let line = UnsafeMutablePointer<UInt8>.allocate(capacity: 4096)
    defer { line.deallocate() }
    var number = 0
    text.withUnsafeBytes { bytes in
      var position = 0
      while position < bytes.count {
        let start = position
        while position < bytes.count && bytes[position] != 0x0a { position += 1 }
        let end = position
        position += 1
        guard end > start, bytes[start] == 0x20 || bytes[start] == 0x09 else { continue }
        let length = Self.normalise(bytes, start, min(end, start + 4000), into: line)
        if number < words.count { body(number, UnsafeBufferPointer(start: line, count: length)) }
        number += 1
      }
    }
    guard number == words.count else {
      throw Complaint("llvm-objdump wrote \(number) of \(words.count) lines")
    }
  }

  private static func normalise(
    _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, into line: UnsafeMutablePointer<UInt8>
  ) -> Int {
    var length = 0
    var pendingSpace = false
    for position in start..<end {
      let byte = bytes[position]
      if byte == 0x2f || byte == 0x3c { break }  // a comment, or the name of a place
      if byte == 0x20 || byte == 0x09 {
        pendingSpace = length > 0
        continue
      }
      if pendingSpace {
        line[length] = 0x20
        length += 1
        pendingSpace = false
      }
      line[length] = byte
      length += 1
    }
    return length
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
