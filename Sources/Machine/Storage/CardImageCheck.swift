import Devices
import Fabric

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Finds out whether a file can be the image of an SD card, before the guest does.
struct CardImageCheck {
  let file: FileDescriptor
  let path: String
  let isPersistent: Bool

  /// The size of the card in sectors, after everything that can be wrong was looked at.
  func sectors() throws(BadInput) -> UInt64 {
    let size = try size()
    guard size > 0 else { throw fault("is empty", "make it with truncate -s 4G, or copy an image") }
    guard size % UInt64(Sector.size) == 0 else {
      throw fault(
        "has \(size) bytes, which is no whole number of sectors of 512",
        "copy it again if it was cut short, or make it whole with truncate -s %512")
    }
    let sectors = size / UInt64(Sector.size)
    guard sectors <= 1 << 32 else {
      throw fault(
        "has \(size) bytes, and an SDXC card ends at 2 TiB", "use a smaller image (SDUC cards are not modelled)")
    }
    try lock()
    try checkContents(sectors: sectors)
    return sectors
  }

  private func fault(_ problem: String, _ remedy: String) -> BadInput {
    BadInput("--sd", "\(path) \(problem)", remedy: remedy)
  }

  private func size() throws(BadInput) -> UInt64 {
    var status = stat()
    guard fstat(file.number, &status) == 0 else {
      throw fault("cannot be looked at (\(systemErrorText()))", "check the disk")
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return UInt64(max(0, status.st_size))
    case S_IFBLK: return UInt64(max(0, lseek(file.number, 0, SEEK_END)))
    case S_IFDIR: throw fault("is a folder", "give the image of a card")
    default: throw fault("is neither a file nor a disk", "give the image of a card")
    }
  }

  /// Writers want the image for themselves; readers want nobody to write.
  private func lock() throws(BadInput) {
    guard flock(file.number, (isPersistent ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 else { return }
    guard errno == EWOULDBLOCK else { return }  // A file system without locks.
    throw fault(
      isPersistent ? "is in use by another run" : "is being written by another run (--sd-persist)",
      "wait for its end, or use a copy")
  }

  private func checkContents(sectors: UInt64) throws(BadInput) {
    var head = [UInt8](repeating: 0, count: Sector.size)
    let count = head.withUnsafeMutableBytes { file.read(into: $0, at: 0) }
    guard count == Sector.size else {
      throw fault("cannot be read (\(systemErrorText()))", "check its permissions and the disk")
    }
    if let (format, tool) = Self.packing(of: head) {
      throw fault("is packed (\(format)), and a card's image is not", "unpack it first, with \(tool)")
    }
    // A partition table that goes beyond the end: the file was cut short.
    guard head[510] == 0x55, head[511] == 0xaa else { return }
    for number in 0..<4 {
      let entry = LittleEndianWords(Array(head[(446 + number * 16)..<(462 + number * 16)]))
      let kind = entry.byte(4)
      // 0xEE stands for a GPT, and covers any disk.
      guard kind != 0, kind != 0xee, entry.byte(0) & 0x7f == 0 else { continue }
      let end = UInt64(entry.word(8)) + UInt64(entry.word(12))
      guard end <= sectors else {
        throw fault(
          "is cut short: partition \(number + 1) ends at sector \(end), and it has \(sectors)",
          "copy it again, or make it as long as it was with truncate -s \(end * UInt64(Sector.size))")
      }
    }
  }

  /// Files that are taken for images often.
  private static func packing(of head: [UInt8]) -> (format: String, tool: String)? {
    let known: [([UInt8], String, String)] = [
      ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "xz", "xz -dk"), ([0x1f, 0x8b, 0x08], "gzip", "gunzip -k"),
      ([0x50, 0x4b, 0x03, 0x04], "zip", "unzip"), ([0x28, 0xb5, 0x2f, 0xfd], "zstd", "zstd -d"),
      ([0x51, 0x46, 0x49, 0xfb], "qcow2", "qemu-img convert -O raw"),
    ]
    for (magic, format, tool) in known where head.starts(with: magic) { return (format, tool) }
    return nil
  }
}

/// Numbers in a few bytes.
private struct LittleEndianWords {
  private let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }
  func byte(_ offset: Int) -> UInt8 { bytes[offset] }
  func word(_ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32($1 * 8) }
  }
}

/// What a card's image needs of a file.
extension FileDescriptor {
  /// Fills `buffer` from the file's byte `offset` on; how many bytes there were.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(number, rest.baseAddress, rest.count, off_t(clamping: offset) + off_t(done))
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return done }
      done += count
    }
    return done
  }

  /// Writes all of `bytes` at the file's byte `offset`; false, with errno, when it takes no more.
  func writeAll(_ bytes: [UInt8], at offset: UInt64) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
        let count = pwrite(number, rest.baseAddress, rest.count, off_t(clamping: offset) + off_t(done))
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return false }
        done += count
      }
      return true
    }
  }

  /// Makes units of `size` bytes zero. Holes are zero already: what is written is what there are data for.
  func zero(_ units: Range<UInt64>, of size: Int) -> Bool {
    var offset = off_t(clamping: units.lowerBound) * off_t(size)
    let end = off_t(clamping: units.upperBound) * off_t(size)
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    while offset < end {
      let (seekData, seekHole): (Int32, Int32) = (3, 4)
      let data = lseek(number, offset, seekData)
      if data < 0, errno == ENXIO { return true }
      // Without knowledge of holes all of it counts as data.
      let start = data < 0 ? offset : data
      guard start < end else { return true }
      let hole = data < 0 ? end : lseek(number, start, seekHole)
      let stop = hole > start ? min(hole, end) : end
      offset = start
      while offset < stop {
        let count = Int(min(off_t(zeros.count), stop - offset))
        let part = count == zeros.count ? zeros : [UInt8](zeros[..<count])
        guard writeAll(part, at: UInt64(offset)) else { return false }
        offset += off_t(count)
      }
    }
    return true
  }

  /// Brings what was written to the disk.
  func synchronize() -> Bool {
    while true {
      #if os(Linux)
        if fdatasync(number) == 0 { return true }
      #else
        if fsync(number) == 0 { return true }
      #endif
      // A device that knows no such thing has nothing to be brought anywhere.
      if errno == EINVAL || errno == ENOTSUP { return true }
      guard errno == EINTR else { return false }
    }
  }
}
