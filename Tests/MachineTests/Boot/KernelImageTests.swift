import Testing

@testable import Machine

@Suite("Kernel images are recognised in every wrapping")
struct KernelImageTests {
  private func error(_ bytes: [UInt8]) -> KernelImageError? {
    do {
      _ = try KernelImage(bytes)
      return nil
    } catch { return error }
  }

  @Test("The header's fields are read")
  func header() throws {
    let image = try KernelImage(BootSamples.image(memorySize: 0x5000, textOffset: 0x8_0000))
    #expect(image.textOffset == 0x8_0000)
    #expect(image.memorySize == 0x5000)
    #expect(image.flags == 0xa)
  }

  @Test("An image without size is from before Linux 3.17: text offset 0x80000, as long as the file")
  func oldHeader() throws {
    let image = try KernelImage(BootSamples.image(count: 0x1000, memorySize: 0, textOffset: 0))
    #expect(image.textOffset == 0x8_0000)
    #expect(image.memorySize == 0x1000)
  }

  @Test("A big-endian kernel is refused: it would be entered little-endian")
  func bigEndian() {
    var bytes = BootSamples.image()
    bytes[0x18] |= 1
    #expect(error(bytes) == .bigEndian)
  }

  @Test("A gzip'd image is unpacked, a damaged one is refused")
  func gzip() throws {
    let plain = BootSamples.image()
    let packed = BootSamples.gzip(plain)
    #expect(try KernelImage(packed).bytes == plain)
    #expect(
      error(Array(packed.dropLast(100))) == .compressed(.init(offset: packed.count - 100, reason: .truncated))
    )
  }

  /// MZ, zimg, payload offset and size, compression name.
  private func zboot(_ payload: [UInt8], name: String, size: Int? = nil) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 0x100)
    bytes.replaceSubrange(0..<2, with: Array("MZ".utf8))
    bytes.replaceSubrange(4..<8, with: Array("zimg".utf8))
    bytes[9] = 1
    let size = size ?? payload.count
    for index in 0..<4 { bytes[12 + index] = UInt8(truncatingIfNeeded: size >> (8 * index)) }
    bytes.replaceSubrange(24..<24 + name.utf8.count, with: Array(name.utf8))
    return bytes + payload
  }

  @Test("An EFI zboot image gives its gzip payload; other payloads are named")
  func zbootImage() throws {
    let plain = BootSamples.image()
    let packed = BootSamples.gzip(plain)
    #expect(try KernelImage(zboot(packed, name: "gzip")).bytes == plain)
    #expect(error(zboot(packed, name: "zstd22")) == .zbootCompression("zstd22"))
    #expect(
      error(zboot(packed, name: "gzip", size: packed.count + 1))
        == .zbootPayloadOutside(offset: 0x100, size: packed.count + 1, count: 0x100 + packed.count))
  }

  @Test("Other files are told apart")
  func others() {
    #expect(error([]) == .empty)
    #expect(error([1, 2, 3]) == .truncatedHeader(count: 3))
    let blank = [UInt8](repeating: 0, count: 100)
    #expect(error(blank) == .notArm64("something else (--program takes a program without header)"))
    #expect(error([0x7f, 0x45, 0x4c, 0x46] + blank)?.description.contains("ELF") == true)
    #expect(error(Array("!<arch>\n".utf8) + blank)?.description.contains("dpkg-deb") == true)
    #expect(error(BootSamples.image(flags: 4)) == .sixteenKiBPages)
    #expect(error(BootSamples.image(memorySize: 1 << 40)) == .implausibleSize(1 << 40))
  }

  @Test("Damage traps nowhere")
  func damage() {
    let packed = BootSamples.gzip(BootSamples.image(count: 200))
    let wrapped = zboot(packed, name: "gzip")
    var random = SplitMix(seed: 5)
    for _ in 0..<5_000 {
      var damaged = wrapped
      damaged[random.below(damaged.count)] = UInt8(random.below(256))
      _ = error(damaged)
      _ = error(Array(damaged.prefix(random.below(damaged.count))))
    }
  }

  @Test(
    "Debian's images: whole they are accepted, cut anywhere they are not", arguments: DebianImages.present)
  func real(suite: String) throws {
    for name in ["xen", "linux"] {
      let file = try DebianImages.bytes(suite, name)
      let image = try KernelImage(file)
      #expect(image.textOffset == 0)
      #expect(image.flags == 0xa, "little-endian, 4 KiB pages, anywhere in memory")
      #expect(image.memorySize >= UInt64(file.count))
      if name == "xen" { #expect(image.memorySize <= 2 << 20, "Xen's link address allows no more") }
      for count in [63, 0x1000, file.count / 2, file.count - 0x1000] {
        #expect(error(Array(file.prefix(count))) != nil)
      }
    }
  }
}

@Suite("Ramdisks are checked before the guest sees them")
struct InitramfsTests {
  private func error(_ bytes: [UInt8]) -> InitramfsError? {
    do {
      try Initramfs.check(bytes)
      return nil
    } catch { return error }
  }

  @Test("Plain, compressed and joined archives pass")
  func good() {
    let archive = BootSamples.archive()
    #expect(error(archive) == nil)
    #expect(error(archive + [UInt8](repeating: 0, count: 300)) == nil)
    #expect(error(BootSamples.gzip(archive)) == nil)
    #expect(error(archive + [0, 0, 0, 0] + BootSamples.gzip(archive)) == nil)
    #expect(error([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]) == nil, "xz is Linux's business")
  }

  @Test("Faults have their reasons")
  func bad() {
    let archive = BootSamples.archive()
    #expect(error([]) == .empty)
    #expect(error(Array("hello world".utf8)) == .unknownFormat)
    #expect(error(Array(archive.prefix(110 + 8 + 2))) == .truncated(offset: 0, name: "init"))
    #expect(error(Array(archive.prefix(60))) == .truncated(offset: 0, name: ""))
    // Header (110), "init" and NUL, one byte of padding, five bytes and three of padding.
    #expect(error(Array(archive.prefix(124))) == .noTrailer)
    var noDigit = archive
    noDigit[6 + 8 * 6] = UInt8(ascii: "x")
    #expect(error(noDigit) == .badHeader(offset: 0))
    let packed = BootSamples.gzip(archive)
    #expect(
      error(Array(packed.dropLast(9))) == .compressed(.init(offset: packed.count - 9, reason: .truncated)))
    #expect(error(BootSamples.gzip(Array(archive.prefix(124)))) == .noTrailer)
    #expect(error(BootSamples.gzip([1, 2, 3])) == .badHeader(offset: 0))
  }

  @Test("Damage traps nowhere")
  func damage() {
    let archive = BootSamples.archive()
    var random = SplitMix(seed: 6)
    for _ in 0..<5_000 {
      var damaged = archive
      damaged[random.below(damaged.count)] = UInt8(random.below(256))
      _ = error(damaged)
      _ = error(Array(damaged.prefix(random.below(damaged.count))))
    }
  }

  @Test("Our own initramfs passes", arguments: DebianImages.present)
  func real(suite: String) throws {
    let file = try DebianImages.bytes(suite, "initramfs.cpio.gz")
    #expect(error(file) == nil)
    #expect(error(Array(file.prefix(file.count / 2))) != nil)
  }
}
