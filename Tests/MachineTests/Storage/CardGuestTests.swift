import Foundation
import Testing

@testable import Machine

/// firmware/card: a guest that identifies the card and moves blocks in every way, on Tayberry and on QEMU.
@Suite(
  "A card from bare metal",
  .enabled(if: BareMetalGuests.toolsAreThere && Program.isBuilt, "clang or ld.lld is missing, or the program"))
struct CardGuestTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  /// The first 64 sectors and the last one have contents; `size` is a power of two, as QEMU wants it.
  private func card(_ size: UInt64) throws -> (path: String, head: [UInt8], tail: [UInt8]) {
    var state = size
    var bytes: [UInt8] = []
    for _ in 0..<65 * 512 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      bytes.append(UInt8(state >> 56))
    }
    let path = folder.file("card\(size)", Data(bytes.prefix(64 * 512)))
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: size)
    try handle.seek(toOffset: size - 512)
    try handle.write(contentsOf: Data(bytes.suffix(512)))
    return (path, Array(bytes.prefix(64 * 512)), Array(bytes.suffix(512)))
  }

  private func image() throws -> String { try BareMetalGuests.directory() + "/card.img" }

  private func tayberry(_ card: String, _ more: [String] = []) throws -> Program.Ending {
    let console = folder.path + "/console"
    var ending = try Program.run(
      ["run", "--program", try image(), "--sd", card, "--stepping", "b0", "--until", "power-off", "--timeout", "30"]
        + ["--wall-timeout", "10m", "--quiet", "--dma-check", "stop", "--console", "file:" + console] + more)
    ending.output = folder.text("console")
    return ending
  }

  private func sum(_ bytes: ArraySlice<UInt8>) -> String {
    "0x" + String(bytes.reduce(UInt32(0x811c_9dc5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }, radix: 16)
  }

  @Test(
    "Registers and blocks are right by the data port, SDMA and ADMA2; both engines print the same",
    arguments: [(64 << 20, false), (4 << 30, true)] as [(UInt64, Bool)])
  func transcript(size: UInt64, isHighCapacity: Bool) throws {
    let card = try card(size)
    let run = try tayberry(card.path)
    #expect(run.code == 0, "\(run.errors)\(run.output.suffix(400))")
    #expect(run.output.hasSuffix("\nPASS\n"))
    let lines = Set(run.output.split(separator: "\n").map(String.init))
    let sectors = String(size / 512, radix: 16)
    for line in [
      "capacity: version=\(isHighCapacity ? "0x1" : "0x0") sectors=0x\(sectors)",
      "ACMD41: OCR=\(isHighCapacity ? "0xc0ff8000" : "0x80ff8000")",
      "port, the last sector: blocks=0x1 ended=0x1 sum=\(sum(card.tail[...])) beyond=0x55",
      "erased: blocks=0x8 ended=0x1 sum=\(sum([UInt8](repeating: 0, count: 4096)[...])) beyond=0x55",
      // 4.10.1: bit 31 is OUT_OF_RANGE.
      "CMD17 beyond the end: response=0x80000900",
    ] { #expect(lines.contains(line), "\(line)") }
    for way in ["port", "SDMA", "ADMA2"] {
      #expect(lines.contains("\(way): blocks=0x1 ended=0x1 sum=\(sum(card.head[..<512])) beyond=0x55"))
      let count = way == "port" ? 8 : 24
      let many = sum(card.head[512..<(512 + count * 512)])
      #expect(lines.contains("\(way): blocks=0x\(String(count, radix: 16)) ended=0x1 sum=\(many) beyond=0x55"))
    }
    #expect(try tayberry(card.path, ["--engine", "interpreter"]).output == run.output)
  }

  /// What may differ, by the line's name, and why.
  static let differences: [String: String] = [
    "host": "QEMU has the card at the other controller, which has no DMA",
    "reset": "the board's controller has bits in the block gap control that stay set (Linux's dumps of it show 0x80)",
    "ACMD41": "bits 14 to 8 of the OCR are reserved since version 2 (5.1); QEMU sets them",
    "CMD2": "the CID is the maker's", "CMD3": "the card chooses its address",
    "CMD9": "the CSD's times, and the block length in which its size is counted; the capacity is compared",
    "ACMD51, SCR": "QEMU's has no CMD23 and claims security",
    "ACMD13, SD status": "QEMU's has no speed class and no erase sizes",
    "erased": "QEMU erases to ones, though its SCR says zeros (5.6, DATA_STAT_AFTER_ERASE)",
    "CMD17 beyond the end": "QEMU says ADDRESS_ERROR, which is for misaligned addresses (4.10.1)",
    "SDMA": "none on QEMU", "SDMA, one": "none on QEMU", "SDMA, many": "none on QEMU",
    "ADMA2": "none on QEMU", "ADMA2, one": "none on QEMU", "ADMA2, many": "none on QEMU",
  ]

  @Test(
    "QEMU prints the same, but for the listed differences",
    .enabled(if: BareMetalGuestTests.oracle != nil, "no QEMU with raspi4b"),
    arguments: [64 << 20, 4 << 30] as [UInt64])
  func oracle(size: UInt64) throws {
    let card = try card(size)
    let qemu = try #require(BareMetalGuestTests.oracle)
    let command =
      "exec timeout 120 \(qemu) -M raspi4b -display none -monitor none -serial null -serial stdio -no-reboot"
      + " -kernel \(try image()) -drive file=\(card.path),if=sd,format=raw,snapshot=on </dev/null"
    let theirs = try Program.run(["-c", command], executable: "/bin/sh").output.split(separator: "\n")
    let ours = try tayberry(card.path).output.split(separator: "\n")
    let kept = { (lines: [Substring]) in
      lines.filter { Self.differences[String($0.prefix { $0 != ":" })] == nil }
    }
    #expect(kept(ours) == kept(theirs))
    #expect(kept(ours).count > 20)
    let names = Set((ours + theirs).map { String($0.prefix { $0 != ":" }) })
    #expect(Self.differences.keys.filter { !names.contains($0) } == [], "nothing needs them")
  }
}
