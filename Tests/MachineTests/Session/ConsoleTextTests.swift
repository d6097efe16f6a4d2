import Testing

@testable import Machine

@Suite("Console text: lines as a person reads them")
struct ConsoleTextTests {
  private func lines(_ text: String) -> (lines: [String], rest: String) {
    var console = ConsoleText()
    let lines = text.utf8.compactMap { console.append($0) }
    return (lines, console.unfinishedLine)
  }

  @Test("Lines end at newlines, with or without carriage returns")
  func lineEnds() {
    let (lines, rest) = lines("one\r\ntwo\n\nthree")
    #expect(lines == ["one", "two", ""])
    #expect(rest == "three")
  }

  @Test(
    "Escape sequences are left out",
    arguments: [
      "\u{1b}[31mred\u{1b}[0m", "\u{1b}]0;title\u{7}red", "\u{1b}]0;title\u{1b}\\red", "\u{1b}(Bred",
      "\u{1b}7red\u{1b}8",
      "\u{1b}[?25lred", "r\u{8}ed\u{7}",
    ])
  func escapes(text: String) { #expect(lines(text + "\n").lines == ["red"]) }

  @Test("A cut-off sequence swallows nothing of the next line")
  func cutOff() { #expect(lines("a\u{1b}[12\nb\n\u{1b}]x\nc\n").lines == ["a", "b", "", "c"]) }

  @Test("A line without end is ended")
  func endless() {
    let (lines, rest) = lines(String(repeating: "x", count: ConsoleText.longestLine * 2 + 5))
    #expect(lines.count == 2)
    #expect(rest == "xxxxx")
  }

  @Test("Bytes that are no UTF-8 do no harm")
  func invalid() {
    var console = ConsoleText()
    let lines = [0xff, 0xc3, 0x41, 0x0a].compactMap { console.append($0) }
    #expect(lines == ["\u{fffd}\u{fffd}A"])
  }

  @Test(
    "What a printer puts before a line is stripped",
    arguments: [
      ("(XEN) [2026-01-01 10:00:00] hello ", "hello"), ("[    0.000000] hello", "hello"), ("hello", "hello"),
      ("[drm] hello", "[drm] hello"), ("(XEN) ", ""), ("[]", "[]"),
    ])
  func prefixes(line: String, text: String) { #expect(stripPrinterPrefix(line) == text) }
}

@Suite("The console's escape key")
struct EscapeFilterTests {
  private func filter(_ chunks: [[UInt8]]) -> ConsoleInput {
    var filter = EscapeFilter()
    return chunks.reduce(into: ConsoleInput()) { input, chunk in
      let part = filter.filter(chunk)
      input.bytes += part.bytes
      input.wantsQuit = input.wantsQuit || part.wantsQuit
    }
  }

  @Test("Ctrl-A x quits, also when it comes in two pieces")
  func quits() {
    #expect(filter([[0x61, 0x01, 0x78]]) == ConsoleInput(bytes: [0x61], wantsQuit: true))
    #expect(filter([[0x01], [0x78]]).wantsQuit)
  }

  @Test("Ctrl-A twice is one Ctrl-A; anything else goes through")
  func literal() {
    #expect(filter([[0x01, 0x01, 0x78]]) == ConsoleInput(bytes: [0x01, 0x78]))
    #expect(filter([[0x01, 0x62, 0x03]]) == ConsoleInput(bytes: [0x01, 0x62, 0x03]))
  }
}
