import Foundation
import Testing

@testable import Machine

@Suite("scripts/build-initramfs packs the same bytes everywhere", .enabled(if: HostTool.path("gzip") != nil))
struct InitramfsBuildTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("initramfs-\(UUID().uuidString)")

  /// The archive with `busybox` in it, built in a folder of its own name.
  private func build(_ busybox: [UInt8], _ name: String) throws -> [UInt8] {
    let place = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    let program = place.appendingPathComponent("some-busybox")
    let output = place.appendingPathComponent("out.cpio.gz")
    try Data(busybox).write(to: program)
    let script = DebianImages.root.appendingPathComponent("scripts/build-initramfs").path
    let shell = try #require(HostTool.path("sh"))
    #expect(try HostTool.run(shell, [script, program.path, output.path]) != nil)
    return [UInt8](try Data(contentsOf: output))
  }

  @Test("Two builds are equal, pass our check, and hold what the guest needs")
  func reproducible() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let busybox = [UInt8](repeating: 0xa5, count: 1001)
    let first = try build(busybox, "a")
    #expect(try build(busybox, "b") == first)
    try Initramfs.check(first)
    let archive = try Gzip.decompress(first, limit: 1 << 20)
    let text = String(decoding: archive, as: UTF8.self)
    for name in ["init\0", "bin/busybox\0", "bin/sh\0", "dev/console\0", "TRAILER!!!\0"] {
      #expect(text.contains(name))
    }
    #expect(text.contains("DOM0-READY"))
  }

  @Test("Without a busybox it says which file is missing")
  func missing() throws {
    let shell = try #require(HostTool.path("sh"))
    let script = DebianImages.root.appendingPathComponent("scripts/build-initramfs").path
    #expect(try HostTool.run(shell, [script, "/nonexistent/busybox", "/nonexistent/out"]) == nil)
  }
}
