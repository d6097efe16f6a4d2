import Fabric

/// Why a file cannot be started as an arm64 image.
public enum KernelImageError: Error, Equatable, Sendable, CustomStringConvertible {
  case empty
  /// The file's beginning shows what it is instead.
  case notArm64(String)
  case truncatedHeader(count: Int)
  /// The PE section table speaks of more bytes than there are.
  case truncatedSections(needed: Int, count: Int)
  case compressed(DecompressionError)
  /// An EFI zboot image whose payload is in a format that is not decompressed here.
  case zbootCompression(String)
  case zbootPayloadOutside(offset: Int, size: Int, count: Int)
  /// Built for a translation granule that the Cortex-A72 does not have.
  case sixteenKiBPages
  /// A big-endian kernel: the firmware enters images little-endian.
  case bigEndian
  case implausibleSize(UInt64)

  public var description: String {
    switch self {
    case .empty: "is empty"
    case .notArm64(let what):
      "is no arm64 Image (byte 0x38 should hold the magic \"ARM\\x64\"): it looks like \(what)"
    case .truncatedHeader(let count): "is truncated: \(count) bytes are fewer than the 64 of an Image header"
    case .truncatedSections(let needed, let count):
      "is truncated: its section table reaches to byte \(needed.hex()), but the file ends at \(count.hex())"
    case .compressed(let error): "cannot be decompressed: \(error)"
    case .zbootCompression(let name):
      "is an EFI zboot image compressed with \(name); only gzip is supported, so decompress it first"
    case .zbootPayloadOutside(let offset, let size, let count):
      "is an EFI zboot image whose payload (byte \(offset.hex()), \(size) bytes) exceeds its \(count) bytes"
    case .sixteenKiBPages:
      "is built for 16 KiB pages, which the Cortex-A72 does not have; use a kernel with 4 KiB pages"
    case .bigEndian:
      "is a big-endian kernel (bit 0 of the flags at byte 0x18); use a little-endian one"
    case .implausibleSize(let size): "claims to need \(size.hex()) bytes of memory"
    }
  }
}

/// An arm64 `Image` (Linux, Documentation/arch/arm64/booting.rst), as Linux and Xen are.
public struct KernelImage: Sendable {
  /// The image itself, out of whatever it was compressed in.
  public let contents: BootContents
  /// Distance from a 2 MiB boundary at which the image must lie.
  public let textOffset: UInt64
  /// Memory that it takes from its load address on, its zero-initialised data included.
  public let memorySize: UInt64
  public let flags: UInt64

  /// No compressed image may become larger.
  static let largestImage = 512 << 20
  private static let headerSize = 64

  public var bytes: [UInt8] { contents.bytes }

  public init(_ file: [UInt8]) throws(KernelImageError) { try self.init(BootContents(file)) }

  /// Recognises plain, gzip'd and gzip-in-EFI-zboot images.
  public init(_ file: BootContents) throws(KernelImageError) {
    contents = try Self.unwrapped(file)
    let bytes = contents.head
    guard bytes.count >= Self.headerSize else {
      throw bytes.isEmpty ? .empty : .truncatedHeader(count: bytes.count)
    }
    guard bytes[0x38..<0x3c].elementsEqual("ARM\u{64}".utf8) else {
      throw .notArm64(Self.guess(bytes))
    }
    flags = littleEndianDoubleWord(bytes, 0x18)
    let size = littleEndianDoubleWord(bytes, 0x10)
    // Images from before Linux 3.17 leave the size empty, and then mean the default offset.
    textOffset = size == 0 ? 0x80000 : littleEndianDoubleWord(bytes, 0x08)
    memorySize = max(size, UInt64(contents.count))
    guard memorySize <= UInt64(Self.largestImage), textOffset < 2 << 20 else {
      throw .implausibleSize(max(size, textOffset))
    }
    guard flags & 1 == 0 else { throw .bigEndian }
    guard flags & 6 != 4 else { throw .sixteenKiBPages }
    if let end = Self.sectionsEnd(contents), end > contents.count {
      throw .truncatedSections(needed: end, count: contents.count)
    }
  }

  // MARK: Wrappings

  /// An image as its loader would unpack it: gzip'd ones and EFI's zboot; any other file as it is.
  public static func expanded(_ file: [UInt8]) throws(KernelImageError) -> [UInt8] {
    try unwrapped(BootContents(file)).bytes
  }

  private static func unwrapped(_ file: BootContents) throws(KernelImageError) -> BootContents {
    if Gzip.recognizes(file.head) {
      return BootContents(try decompressed(file.bytes, from: 0))
    }
    return isZboot(file.head) ? BootContents(try zbootPayload(file.bytes)) : file
  }

  private static func decompressed(_ file: [UInt8], from offset: Int) throws(KernelImageError) -> [UInt8] {
    do { return try Gzip.decompress(file, from: offset, limit: largestImage) } catch {
      throw .compressed(error)
    }
  }

  /// Linux, drivers/firmware/efi/libstub/zboot-header.S: "MZ", "zimg", payload offset and size, compression.
  private static func isZboot(_ file: [UInt8]) -> Bool {
    file.count >= headerSize && file.starts(with: "MZ".utf8) && file[4..<8].elementsEqual("zimg".utf8)
  }

  private static func zbootPayload(_ file: [UInt8]) throws(KernelImageError) -> [UInt8] {
    let offset = Int(littleEndianWord(file, 8))
    let size = Int(littleEndianWord(file, 12))
    let name = String(decoding: file[24..<56].prefix { $0 != 0 }, as: UTF8.self)
    guard name == "gzip" else { throw .zbootCompression(name) }
    guard offset + size <= file.count else {
      throw .zbootPayloadOutside(offset: offset, size: size, count: file.count)
    }
    return try decompressed(Array(file[..<(offset + size)]), from: offset)
  }

  /// Where the last section of the PE wrapping ends in the file; nil for images without one.
  private static func sectionsEnd(_ contents: BootContents) -> Int? {
    let head = contents.head
    let isAtHand = head.count == contents.count || sectionTableEnd(head) <= head.count
    return sectionsEnd(isAtHand ? head : contents.bytes)
  }

  private static func sectionTableEnd(_ bytes: [UInt8]) -> Int {
    let header = Int(littleEndianWord(bytes, 0x3c))
    guard header + 24 <= bytes.count else { return header + 24 }
    let sectionCount = Int(littleEndianWord(bytes, header + 4) >> 16)
    return header + 24 + Int(littleEndianWord(bytes, header + 20) & 0xffff) + 40 * sectionCount
  }

  private static func sectionsEnd(_ bytes: [UInt8]) -> Int? {
    let header = Int(littleEndianWord(bytes, 0x3c))
    guard bytes.starts(with: "MZ".utf8), header + 24 <= bytes.count,
      bytes[header..<header + 4].elementsEqual("PE\0\0".utf8)
    else { return nil }
    let sectionCount = Int(littleEndianWord(bytes, header + 4) >> 16)
    let optionalHeaderSize = Int(littleEndianWord(bytes, header + 20) & 0xffff)
    var entry = header + 24 + optionalHeaderSize
    var end = 0
    for _ in 0..<sectionCount {
      guard entry + 40 <= bytes.count else { return max(end, entry + 40) }
      end = max(end, Int(littleEndianWord(bytes, entry + 16)) + Int(littleEndianWord(bytes, entry + 20)))
      entry += 40
    }
    return end
  }

  /// What a file that is no Image may be, for the message.
  private static func guess(_ bytes: [UInt8]) -> String {
    let known: [([UInt8], String)] = [
      ([0x7f, 0x45, 0x4c, 0x46], "an ELF file (use the Image, not vmlinux or xen-syms)"),
      ([0x27, 0x05, 0x19, 0x56], "a U-Boot uImage (extract the Image with dumpimage)"),
      ([0xd0, 0x0d, 0xfe, 0xed], "a device tree or FIT image"),
      ([0x28, 0xb5, 0x2f, 0xfd], "zstd-compressed data (decompress it first)"),
      ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz-compressed data (decompress it first)"),
      (Array("070701".utf8), "a cpio archive"),
      (Array("!<arch>".utf8), "a Debian package (unpack it with dpkg-deb -x)"),
    ]
    if let match = known.first(where: { bytes.starts(with: $0.0) }) { return match.1 }
    if littleEndianWord(bytes, 0x24) == 0x016f_2818 { return "a 32-bit ARM zImage" }
    return bytes.starts(with: "MZ".utf8) ? "an EFI program for another machine" : "something else (--program takes a program without header)"
  }
}
