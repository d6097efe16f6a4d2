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
  let number = open(path, O_RDONLY | O_CLOEXEC)
  guard number >= 0 else {
    let remedy =
      errno == ENOENT ? "check the path (scripts/fetch-images gets Debian's images)" : "check its permissions"
    throw BadInput(path, "cannot be opened (\(systemErrorText()))", remedy: remedy)
  }
  let file = FileDescriptor(number: number)
  defer { file.close() }
  var status = stat()
  guard fstat(number, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
    throw BadInput(path, "is a folder", remedy: "give a file")
  }
  let limit = 1 << 30
  guard status.st_size <= limit else {
    throw BadInput(path, "is larger than 1 GiB", remedy: "check that it is the file you mean")
  }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(Int(status.st_size) + 1)
  var chunk = [UInt8](repeating: 0, count: 1 << 20)
  while true {
    let count = chunk.withUnsafeMutableBytes { read(number, $0.baseAddress, $0.count) }
    if count < 0 && errno == EINTR { continue }
    guard count >= 0 else {
      throw BadInput(
        path, "cannot be read (\(systemErrorText()))", remedy: "check its permissions and the disk")
    }
    if count == 0 { return bytes }
    bytes += chunk[..<count]
    guard bytes.count <= limit else {
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
