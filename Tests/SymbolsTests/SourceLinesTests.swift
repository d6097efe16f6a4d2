import Foundation
import Testing

@testable import Symbols

@Suite("Source lines come from llvm-symbolizer")
struct SourceLinesTests {
  @Test func answersAreRead() {
    let text = "inner\n/a b/t.c:2:12\nouter\nC:/t.c:5:10\n\n??\n??:0:0\n\nf\n/t.c:0:0\n\n"
    let groups = SourceLines.parse(text)
    #expect(groups.count == 3)
    #expect(groups[0].map(\.description) == ["/a b/t.c:2", "C:/t.c:5"])
    #expect(groups[0].map(\.function) == ["inner", "outer"])
    #expect(groups[1].isEmpty)
    #expect(groups[2].isEmpty)
    #expect(SourceLines.parse("").isEmpty)
    #expect(SourceLines.parse("a\nb\nc").first == [])
  }

  @Test func missingToolIsTold() {
    let fault = #expect(throws: SymbolFault.self) {
      try SourceLines(tool: "/nonexistent/llvm-symbolizer").lines(of: [0], in: "x")
    }
    #expect(fault?.problem.contains("does not run") == true)
  }

  /// A tool that is something else: too few answers, or a failure.
  @Test func wrongToolIsTold() {
    #expect(throws: SymbolFault.self) { try SourceLines(tool: "/bin/true").lines(of: [0], in: "x") }
    #expect(throws: SymbolFault.self) { try SourceLines(tool: "/bin/false").lines(of: [0], in: "x") }
  }

  @Test func endlessToolIsEnded() {
    let fault = #expect(throws: SymbolFault.self) {
      try HostProcess.run("/bin/sleep", ["100"], input: [], seconds: 1)
    }
    #expect(fault?.problem.contains("after 1 seconds") == true)
  }

  static let clang = HostProcess.path(of: ["clang"])
  static let tool = try? SourceLines()

  @Test(.enabled(if: clang != nil && tool != nil, "the host has no clang or no llvm-symbolizer"))
  func linesOfAProgramAreFound() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lines-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = folder.appendingPathComponent("t.c").path
    let program = folder.appendingPathComponent("t.elf").path
    try """
    static inline __attribute__((always_inline)) int inner(int a) {
      return a * 3;
    }
    int outer(int a) {
      return inner(a);
    }
    void _start(void) { for (;;) outer(1); }
    """.write(toFile: source, atomically: true, encoding: .utf8)
    let built = try HostProcess.run(
      Self.clang ?? "",
      [
        "--target=aarch64-linux-gnu", "-g", "-O1", "-nostdlib", "-ffreestanding", "-fuse-ld=lld", "-static",
        "-o", program, source,
      ], input: [])
    try #require(built.status == 0, "\(built.errors)")
    let table = try SymbolFile.table(
      [UInt8](try Data(contentsOf: URL(fileURLWithPath: program))), source: program)
    let outer = try #require(table.addresses(of: "outer").first)
    #expect(table.symbol(for: outer + 4)?.isSizeKnown == true)
    let tool = try #require(Self.tool)
    let lines = try tool.lines(of: [outer, 0x10], in: program)
    #expect(lines[0].map(\.line) == [2, 5])
    #expect(lines[0].map(\.function) == ["inner", "outer"])
    #expect(lines[1].isEmpty)
    let fault = #expect(throws: SymbolFault.self) { try tool.lines(of: [outer], in: source) }
    #expect(fault?.source == source)
    #expect(throws: SymbolFault.self) { try tool.lines(of: [outer], in: "/nonexistent") }
    #expect(try tool.lines(of: [], in: "/nonexistent").isEmpty)
  }
}
