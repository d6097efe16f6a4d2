import Fabric
import Foundation
import Testing

@testable import Machine

@Suite("Large files go to memory without a stop")
struct BootContentsTests {
  /// An Image of more than a megabyte with a different byte at each place of a page.
  private static let image: [UInt8] = {
    var bytes = BootSamples.image(count: 0x12_3457, memorySize: 0x20_0000)
    for index in 64..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* 31 ^ index >> 12) }
    return bytes
  }()

  private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("contents-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try writeWholeFile(bytes, to: path)
    try body(path)
  }

  private func plan(_ contents: BootContents) throws -> BootPlan {
    try BootRequest(
      payload: .linux(.init(kernel: BootFile(name: "linux", contents: contents))),
      deviceTree: BootSamples.deviceTreeFile
    ).plan()
  }

  private func ram() throws -> GuestRAM {
    try #require(GuestRAM(ranges: BoardIdentity(memory: .oneGiB).memory.physicalRanges))
  }

  @Test("A kernel that was read in part is planned and loaded like one that was read whole")
  func loading() throws {
    try withFile(Self.image) { path in
      let contents = try bootContents(of: path)
      #expect(contents.head.count < contents.count, "it is large enough to be left on disk")
      #expect(contents == BootContents(Self.image))
      let plan = try plan(contents)
      #expect(try plan == self.plan(BootContents(Self.image)))
      let ram = try ram()
      try plan.load(into: ram)
      #expect(ram.bytes(at: plan.entry, count: Self.image.count + 1) == Self.image + [0])
    }
  }

  @Test("A section table beyond what was read is found")
  func sections() throws {
    var image = Self.image
    let header = 0x10_0000
    func put(_ value: UInt32, at offset: Int) {
      for index in 0..<4 { image[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index))) }
    }
    image.replaceSubrange(0..<2, with: Array("MZ".utf8))
    put(UInt32(header), at: 0x3c)
    image.replaceSubrange(header..<header + 4, with: Array("PE\0\0".utf8))
    put(1 << 16, at: header + 4)
    put(0, at: header + 20)
    put(0x10_0000, at: header + 24 + 16)
    put(0x10_0000, at: header + 24 + 20)
    try withFile(image) { path in
      #expect(throws: KernelImageError.truncatedSections(needed: 0x20_0000, count: image.count)) {
        try KernelImage(try bootContents(of: path))
      }
    }
  }

  @Test("A file that shrinks before it is loaded is named")
  func shrunk() throws {
    try withFile(Self.image) { path in
      let plan = try plan(try bootContents(of: path))
      try writeWholeFile(Array(Self.image.prefix(0x10_0000)), to: path)
      #expect(throws: BootError.notRead(file: "linux")) { try plan.load(into: try ram()) }
    }
  }

  @Test("A small file and a pipe are read at once")
  func small() throws {
    try withFile([1, 2, 3]) { path in
      let contents = try bootContents(of: path)
      #expect(contents.head == [1, 2, 3])
      #expect(contents == BootContents([1, 2, 3]))
    }
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let reader = FileDescriptor(number: ends[0]), writer = FileDescriptor(number: ends[1])
    writer.writeAll([4, 5])
    writer.close()
    #expect(try bootContents(of: "/dev/fd/\(ends[0])") == BootContents([4, 5]))
    reader.close()
  }

  @Test("Work in the background gives its result once it is done")
  func background() {
    let tasks = (0..<8).map { number in BackgroundTask { (0...number).reduce(0, +) } }
    #expect(tasks.map { $0.wait() } == [0, 1, 3, 6, 10, 15, 21, 28])
  }
}
