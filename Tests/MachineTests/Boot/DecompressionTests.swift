import Foundation
import Testing

@testable import Machine

@Suite("Gzip files are decompressed or refused with a reason")
struct DecompressionTests {
  /// 60 lines "line i: i*i mod 97", compressed by another program with a dynamic Huffman block.
  static let lines = (0..<60).map { "line \($0): \($0 * $0 % 97)\n" }.joined()
  static let linesCompressed = [UInt8](
    Data(
      base64Encoded: """
        H4sIAAAAAAACA0XRyW1DMQwE0HuqYAmfm7Z+fAhguP9jRtHQug1ofj5Sfv9+XvIseX7eO+kSPcmWxEm+ZJ4U+LWdmEssT2xL\
        nNWOj9g7ljQOmEsGpyooZ4Rl7NCtdWZ43ZghVoToNQVkqzrMyU0UqNd4qJ1XGVRlv4FN9hjYydUNbHAdAzvrHeBG9cOd1QM3\
        az7cwQi2cR0Ha7zKwQ72ONisxwVrXM3BDj6fg21cwfcL10ywWvXNcn3fLnPADVoB1zk/4GrV4Vb7vpYXBthBKsD2+ufB9qqD\
        7dU/b87n9qTeb9PuzPRrZXxXyLybZbsbZ7+X5LgX5vy//A/R83n1vQIAAA==
        """) ?? Data())

  private func inflate(_ bytes: [UInt8], limit: Int = 1 << 20) throws -> [UInt8] {
    var inflater = Inflater(bytes, from: 0, limit: limit)
    _ = try inflater.run()
    return inflater.output
  }

  private func reason(_ bytes: [UInt8], limit: Int = 1 << 20) -> DecompressionError.Reason? {
    do {
      _ = try Gzip.decompress(bytes, limit: limit)
      return nil
    } catch { return error.reason }
  }

  @Test("A dynamic block")
  func dynamicBlock() throws {
    let text = try Gzip.decompress(Self.linesCompressed, limit: 1 << 20)
    #expect(String(decoding: text, as: UTF8.self) == Self.lines)
  }

  @Test("A fixed block whose copy overlaps itself")
  func fixedBlock() throws {
    let text = try inflate([0x4b, 0x4c, 0x4a, 0x4e, 0x44, 0x45, 0x00])
    #expect(String(decoding: text, as: UTF8.self) == String(repeating: "abc", count: 6))
  }

  @Test("Stored blocks, an empty one among them")
  func storedBlocks() throws {
    let bytes: [UInt8] = [0, 0, 0, 0xff, 0xff, 1, 3, 0, 0xfc, 0xff, 7, 8, 9, 0xaa]
    var inflater = Inflater(bytes, from: 0, limit: 10)
    let end = try inflater.run()
    #expect(inflater.output == [7, 8, 9])
    #expect(end == 13, "the byte behind the stream is not taken")
  }

  @Test("Members that follow one another are joined, padding is ignored")
  func members() throws {
    let twice = Self.linesCompressed + Self.linesCompressed + [0, 0, 0]
    let text = try Gzip.decompress(twice, limit: 1 << 20)
    #expect(String(decoding: text, as: UTF8.self) == Self.lines + Self.lines)
  }

  @Test("Each fault has its own reason")
  func faults() {
    let good = Self.linesCompressed
    func changed(_ offset: Int, _ value: UInt8) -> [UInt8] {
      var bytes = good
      bytes[offset < 0 ? good.count + offset : offset] ^= value
      return bytes
    }
    #expect(reason([]) == .notGzip)
    #expect(reason(changed(1, 1)) == .notGzip)
    #expect(reason(changed(2, 1)) == .unsupportedMethod(9))
    #expect(reason(changed(3, 0x80)) == .reservedFlags(0x80))
    #expect(reason(Array(good.dropLast())) == .truncated)
    #expect(reason(good, limit: Self.lines.utf8.count - 1) == .tooLarge(limit: Self.lines.utf8.count - 1))
    #expect(reason(good, limit: Self.lines.utf8.count) == nil)
    let size = UInt32(Self.lines.utf8.count)
    #expect(reason(changed(-1, 1)) == .lengthMismatch(stored: size ^ 1 << 24, computed: size))
    guard case .checksumMismatch = reason(changed(-8, 1)) else {
      Issue.record("a changed CRC passed")
      return
    }
  }

  @Test("Bad blocks are told apart")
  func badBlocks() {
    func raw(_ bytes: [UInt8]) -> DecompressionError.Reason? {
      do {
        _ = try inflate(bytes)
        return nil
      } catch { return (error as? DecompressionError)?.reason }
    }
    #expect(raw([0b111]) == .badBlockType)
    #expect(raw([1, 3, 0, 0xfc, 0xfe, 1, 2, 3]) == .storedLengthMismatch)
    #expect(raw([1, 3, 0, 0xfc, 0xff, 1]) == .truncated)
    // Fixed block: length symbol 257 (0000001), distance code 0: a copy from before the beginning.
    #expect(raw([3, 2, 0]) == .distanceTooFar(1))
    #expect(raw([0b101, 0xff, 0xff]) == .badCodeLengths)
    #expect(raw([]) == .truncated)
  }

  @Test("A code that is over-subscribed or incomplete makes no table; one distance code may stand alone")
  func tables() {
    #expect(HuffmanTable(lengths: [1, 1, 1]) == nil)
    #expect(HuffmanTable(lengths: [2, 2, 2]) == nil)
    #expect(HuffmanTable(lengths: [2, 2, 2, 2]) != nil)
    #expect(HuffmanTable(lengths: [1]) == nil)
    #expect(HuffmanTable(lengths: [0, 1], allowsSingle: true) != nil)
    #expect(HuffmanTable(lengths: [0, 2], allowsSingle: true) == nil)
    #expect(HuffmanTable(lengths: [0, 0], allowsSingle: true) != nil)
  }

  @Test("Damaged and truncated files trap nowhere and never give wrong data")
  func damage() {
    let good = Self.linesCompressed
    for count in good.indices { #expect(reason(Array(good[..<count])) != nil) }
    var random = SplitMix(seed: 3)
    for _ in 0..<20_000 {
      var damaged = good
      for _ in 0...random.below(3) { damaged[random.below(good.count)] ^= UInt8(1 << random.below(8)) }
      guard let text = try? Gzip.decompress(damaged, limit: 1 << 16) else { continue }
      // Only header fields without meaning (time, extra flags, system) may change unnoticed.
      #expect(String(decoding: text, as: UTF8.self) == Self.lines)
    }
  }

  @Test(
    "What the host's gzip compresses comes back", .enabled(if: HostTool.path("gzip") != nil),
    arguments: [1, 6, 9])
  func oracle(level: Int) throws {
    let gzip = try #require(HostTool.path("gzip"))
    var random = SplitMix(seed: 4)
    // Runs, text-like and random stretches, longer than the 32 KiB window.
    var data: [UInt8] = []
    while data.count < 700_000 {
      switch random.below(3) {
      case 0: data += [UInt8](repeating: UInt8(random.below(256)), count: random.below(600))
      case 1: data += (0..<random.below(900)).map { _ in UInt8(0x61 + random.below(9)) }
      default: data += (0..<random.below(900)).map { _ in UInt8(random.below(256)) }
      }
    }
    let compressed = try #require(try HostTool.run(gzip, ["-c", "-\(level)"], input: data))
    #expect(try Gzip.decompress(compressed, limit: 1 << 20) == data)
  }

  @Test("CRC-32 of the check string")
  func checksum() {
    #expect(CRC32.checksum(Array("123456789".utf8)[...]) == 0xcbf4_3926)
  }
}
