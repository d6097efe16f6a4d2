import Fabric

/// Why a ramdisk is not one that Linux would unpack.
public enum InitramfsError: Error, Equatable, Sendable, CustomStringConvertible {
  case empty
  case unknownFormat
  case compressed(DecompressionError)
  case badHeader(offset: Int)
  case truncated(offset: Int, name: String)
  case noTrailer

  public var description: String {
    switch self {
    case .empty: "is empty"
    case .unknownFormat: "is no initramfs: neither a cpio archive (newc) nor compressed in a known way"
    case .compressed(let error): "cannot be decompressed: \(error)"
    case .badHeader(let offset): "is a damaged cpio archive: there is no newc header at byte \(offset.hex())"
    case .truncated(let offset, let name):
      "is a truncated cpio archive: the entry \"\(name)\" at byte \(offset.hex()) runs past its end"
    case .noTrailer: "is a truncated cpio archive: it ends without the entry TRAILER!!!"
    }
  }
}

/// Checks of a ramdisk before a guest spends its time on it.
enum Initramfs {
  /// No compressed archive is followed further than this.
  static let largestArchive = 1 << 30

  /// Walks every archive that follows another in `bytes`, the gzip'd ones too. Archives in other formats
  /// that Linux unpacks are recognised and left alone.
  static func check(_ bytes: [UInt8]) throws(InitramfsError) {
    guard !bytes.isEmpty else { throw .empty }
    var offset = 0
    while offset < bytes.count {
      if bytes[offset] == 0 {
        offset += 1  // Padding between archives.
      } else if isArchive(bytes, offset) {
        offset = try archiveEnd(bytes, from: offset)
      } else if Gzip.recognizes(bytes, at: offset) {
        return try checkCompressed(bytes, from: offset)
      } else if otherFormats.contains(where: { bytes[offset...].starts(with: $0) }) {
        return
      } else {
        throw offset == 0 ? .unknownFormat : .badHeader(offset: offset)
      }
    }
  }

  /// Magic numbers of bzip2, lzma, xz, lzo, lz4 (legacy) and zstd, as Linux's lib/decompress.c knows them.
  private static let otherFormats: [[UInt8]] = [
    [0x42, 0x5a], [0x5d, 0x00], [0xfd, 0x37], [0x89, 0x4c], [0x02, 0x21], [0x28, 0xb5],
  ]

  private static func checkCompressed(_ bytes: [UInt8], from offset: Int) throws(InitramfsError) {
    let archive: [UInt8]
    do { archive = try Gzip.decompress(bytes, from: offset, limit: largestArchive) } catch {
      throw .compressed(error)
    }
    guard isArchive(archive, 0) else { throw archive.isEmpty ? .empty : .badHeader(offset: 0) }
    var position = 0
    while position < archive.count {
      position = archive[position] == 0 ? position + 1 : try archiveEnd(archive, from: position)
    }
  }

  private static let headerSize = 110

  /// "070701", or "070702" with checksums.
  private static func isArchive(_ bytes: [UInt8], _ offset: Int) -> Bool {
    offset + 6 <= bytes.count && bytes[offset..<offset + 5].elementsEqual("07070".utf8)
      && (bytes[offset + 5] == UInt8(ascii: "1") || bytes[offset + 5] == UInt8(ascii: "2"))
  }

  /// The offset behind the trailer of the newc archive at `start` (cpio(5), "New ASCII Format").
  private static func archiveEnd(_ bytes: [UInt8], from start: Int) throws(InitramfsError) -> Int {
    var offset = start
    while offset < bytes.count {
      guard isArchive(bytes, offset) else { throw .badHeader(offset: offset) }
      guard offset + headerSize <= bytes.count else { throw .truncated(offset: offset, name: "") }
      guard let fileSize = field(bytes, offset, 6), let nameSize = field(bytes, offset, 11) else {
        throw .badHeader(offset: offset)
      }
      let nameStart = offset + headerSize
      guard nameSize > 0, nameSize <= 4096 else { throw .badHeader(offset: offset) }
      guard nameStart + nameSize <= bytes.count else { throw .truncated(offset: offset, name: "") }
      let name = String(decoding: bytes[nameStart..<nameStart + nameSize - 1], as: UTF8.self)
      let contents = aligned(nameStart + nameSize - start) + start
      guard contents + fileSize <= bytes.count else { throw .truncated(offset: offset, name: name) }
      if name == "TRAILER!!!" { return contents }
      offset = min(aligned(contents + fileSize - start) + start, bytes.count)
    }
    throw .noTrailer
  }

  private static func aligned(_ offset: Int) -> Int { (offset + 3) & ~3 }

  /// Field `index` of the header: eight hexadecimal digits.
  private static func field(_ bytes: [UInt8], _ header: Int, _ index: Int) -> Int? {
    let start = header + 6 + 8 * index
    var value = 0
    for byte in bytes[start..<start + 8] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      value = value << 4 | digit
    }
    return value
  }
}
