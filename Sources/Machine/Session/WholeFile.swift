#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of the file at `path`.
///
/// - Throws: ``BadInput`` when it does not exist, is a folder, cannot be read or is larger than any board's
///   memory.
public func readWholeFile(_ path: String) throws(BadInput) -> [UInt8] {
  let (file, status) = try openFile(path)
  defer { file.close() }
  return try readRest(of: file, path: path, size: Int(status.st_size))
}

/// The contents of the file at `path`, of which only the beginning is read when it is a large one.
///
/// - Throws: as ``readWholeFile(_:)``.
func bootContents(of path: String) throws(BadInput) -> BootContents {
  let (file, status) = try openFile(path)
  guard status.st_mode & S_IFMT == S_IFREG, status.st_size > 4 * OpenFile.headSize else {
    defer { file.close() }
    return BootContents(try readRest(of: file, path: path, size: Int(status.st_size)))
  }
  let large = OpenFile(file, size: Int(status.st_size))
  var head = [UInt8](repeating: 0, count: OpenFile.headSize)
  guard head.withUnsafeMutableBytes(large.read) else {
    throw BadInput(path, "cannot be read (\(systemErrorText()))", remedy: "check its permissions and the disk")
  }
  return BootContents(head: head, of: large)
}

/// A regular file that stays open, to be read where its bytes belong.
final class OpenFile: Sendable {
  /// What is read at once: more than any header.
  static let headSize = 1 << 16

  let size: Int
  private let file: FileDescriptor

  init(_ file: FileDescriptor, size: Int) {
    self.file = file
    self.size = size
  }

  deinit { file.close() }

  /// Fills `buffer` with the first bytes; false if the file does not give them.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Bool { count(into: buffer) == buffer.count }

  /// All bytes, fewer if the file does not give them.
  var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = self.count(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  private func count(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(file.number, rest.baseAddress, rest.count, off_t(done))
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return done }
      done += count
    }
    return done
  }
}

private func openFile(_ path: String) throws(BadInput) -> (FileDescriptor, stat) {
  let number = open(path, O_RDONLY | O_CLOEXEC)
  guard number >= 0 else {
    let remedy =
      errno == ENOENT ? "check the path (scripts/fetch-images gets Debian's images)" : "check its permissions"
    throw BadInput(path, "cannot be opened (\(systemErrorText()))", remedy: remedy)
  }
  let file = FileDescriptor(number: number)
  var status = stat()
  guard fstat(number, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
    file.close()
    throw BadInput(path, "is a folder", remedy: "give a file")
  }
  guard status.st_size <= largestFile else {
    file.close()
    throw BadInput(path, "is larger than 1 GiB", remedy: "check that it is the file you mean")
  }
  return (file, status)
}

private let largestFile = 1 << 30

/// Reads to the end, whatever kind of file it is; `size` is what it is expected to have.
private func readRest(of file: FileDescriptor, path: String, size: Int) throws(BadInput) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(size)
  var chunk = [UInt8](repeating: 0, count: min(max(size, 1 << 12), 1 << 20))
  while true {
    let count = chunk.withUnsafeMutableBytes { read(file.number, $0.baseAddress, $0.count) }
    if count < 0 && errno == EINTR { continue }
    guard count >= 0 else {
      throw BadInput(
        path, "cannot be read (\(systemErrorText()))", remedy: "check its permissions and the disk")
    }
    if count == 0 { return bytes }
    bytes += chunk[..<count]
    guard bytes.count <= largestFile else {
      throw BadInput(path, "is larger than 1 GiB", remedy: "check that it is the file you mean")
    }
  }
}

/// Writes `bytes` as the file at `path`, in place of what is there.
public func writeWholeFile(_ bytes: [UInt8], to path: String) throws(BadInput) {
  let number = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  let file = FileDescriptor(number: number)
  defer { if number >= 0 { file.close() } }
  guard number >= 0, file.writeAll(bytes) else {
    throw BadInput(
      path, "cannot be written (\(systemErrorText()))",
      remedy: "give a file in a folder that you may write to")
  }
}
