import Foundation
import Testing

@testable import Machine

@Suite("scripts/build-initramfs packs the same bytes everywhere", .enabled(if: HostTool.path("gzip") != nil))
struct InitramfsBuildTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("initramfs-\(UUID().uuidString)")

  /// The archive with `busybox` and the modules in it, built in a folder of its own name.
  private func build(_ busybox: [UInt8], _ name: String, modules: [String: [UInt8]] = [:]) throws -> [UInt8] {
    let place = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    let program = place.appendingPathComponent("some-busybox")
    let output = place.appendingPathComponent("out.cpio.gz")
    try Data(busybox).write(to: program)
    let script = DebianImages.root.appendingPathComponent("scripts/build-initramfs").path
    let shell = try #require(HostTool.path("sh"))
    var arguments = [script, program.path, output.path]
    for (module, bytes) in modules.sorted(by: { $0.key < $1.key }) {
      let file = place.appendingPathComponent(module)
      try Data(bytes).write(to: file)
      arguments.append(file.path)
    }
    #expect(try HostTool.run(shell, arguments) != nil)
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

  @Test("Modules are in the folder that the init script loads from, numbered, unchanged")
  func modules() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let busybox = [UInt8](repeating: 0xa5, count: 1001)
    let module = [UInt8]("\u{7f}ELF some driver".utf8)
    let files = ["wdt.ko": module, "other.ko.xz": [0xfd, 0x37, 0x7a]]
    let first = try build(busybox, "a", modules: files)
    #expect(try build(busybox, "b", modules: files) == first)
    try Initramfs.check(first)
    let archive = String(decoding: try Gzip.decompress(first, limit: 1 << 20), as: UTF8.self)
    #expect(archive.contains("lib/modules/2-wdt.ko\0"))
    #expect(archive.contains("lib/modules/1-other.ko.xz\0"))
    #expect(archive.contains("\u{7f}ELF some driver"))
    #expect(archive.contains("in /lib/modules/*"))
    for applet in ["bin/insmod\0", "bin/xzcat\0"] { #expect(archive.contains(applet)) }
    let plain = try Gzip.decompress(try build(busybox, "c"), limit: 1 << 20)
    #expect(!String(decoding: plain, as: UTF8.self).contains(".ko\0"))
  }

  @Test("Without a busybox it says which file is missing")
  func missing() throws {
    let shell = try #require(HostTool.path("sh"))
    let script = DebianImages.root.appendingPathComponent("scripts/build-initramfs").path
    #expect(try HostTool.run(shell, [script, "/nonexistent/busybox", "/nonexistent/out"]) == nil)
    let output = folder.appendingPathComponent("out").path
    #expect(try HostTool.run(shell, [script, script, output, "/nonexistent/module.ko"]) == nil)
    #expect(!FileManager.default.fileExists(atPath: output))
  }
}
