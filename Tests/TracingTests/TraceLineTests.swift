import Foundation
import Testing

@testable import Tracing

@Suite("Lines of a trace")
struct TraceLineTests {
  private func parsed(_ write: (inout JSONLine) -> Void) throws -> [String: Any] {
    var line = JSONLine()
    line.open()
    write(&line)
    line.close()
    let object = try JSONSerialization.jsonObject(with: Data(line.bytes))
    return try #require(object as? [String: Any])
  }

  @Test("Whatever a guest prints is a string of JSON", arguments: ["", "a\"b\\c", "\u{0}\u{1}\n\r\t\u{7f}", "é🙂", "</script>"])
  func strings(text: String) throws {
    #expect(try parsed { $0.string("text", text) }["text"] as? String == text)
    #expect(try parsed { $0.string(named: text, "x") }[text] as? String == "x")
  }

  @Test("Numbers keep all their digits")
  func numbers() throws {
    for value: UInt64 in [0, 1, 9, 10, 15, 16, 0xffff_8000_0801_0000, .max] {
      let object = try parsed {
        $0.number("decimal", value)
        $0.hexadecimal("hexadecimal", value)
      }
      #expect((object["decimal"] as? NSNumber)?.uint64Value == value)
      #expect(object["hexadecimal"] as? String == "0x" + String(value, radix: 16))
    }
  }

  @Test("Values are parted by commas at every depth")
  func structure() throws {
    let object = try parsed {
      $0.number("a", 1 as UInt64)
      $0.openArray("list")
      $0.open()
      $0.number("b", 2 as UInt64)
      $0.close()
      $0.open()
      $0.close()
      $0.openArray()
      $0.closeArray()
      $0.string(nil, "x")
      $0.closeArray()
      $0.flag("c", true)
    }
    #expect((object["list"] as? [Any])?.count == 4)
    #expect(object["c"] as? Bool == true)
  }

  @Test(
    "Syndromes in words",
    arguments: [
      (0x9382_0007 as UInt64, "data abort from a lower level: translation fault, level 3, read of 4 bytes, w2"),
      (0x93df_8007, "data abort from a lower level: translation fault, level 3, read of 8 bytes, x31"),
      (0x9386_004f, "data abort from a lower level: permission fault, level 3, write of 4 bytes, w6"),
      (0x9200_0147, "data abort from a lower level: translation fault, level 3, cache maintenance"),
      (0x5a00_0ea1, "HVC #0xea1"), (0x0600_0000, "WFI"), (0x0600_0001, "WFE"),
      (0x6230_1c67, "read of S3_0_C7_C3_0, x3"),
      (0x8200_0005, "instruction abort from a lower level: translation fault, level 1"),
    ])
  func syndromes(syndrome: UInt64, text: String) {
    #expect(SyndromeText.text(syndrome) == text)
  }

  @Test("System registers and instructions by their names")
  func systemNames() {
    // SCTLR_EL1 is 3 0 1 0 0, TLBI VAE1IS 1 0 8 3 1, TLBI VMALLE1IS 1 0 8 3 0 (Arm DDI 0487, D13.2, C5.5).
    #expect(SyndromeText.systemName(0b11_000_0001_0000_000, isRead: true) == "SCTLR_EL1")
    #expect(SyndromeText.systemName(0b01_000_1000_0011_001) == "TLBI VAE1IS")
    #expect(SyndromeText.systemName(0b01_000_1000_0011_000) == "TLBI VMALLE1IS")
  }
}
