import Devices
import Fabric

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The sectors that the guest has written to a card whose image stays as it is: in memory up to a limit,
/// beyond it in a file without a name, so that no guest takes the host's memory. Which sectors they are, the
/// card knows.
final class CardOverlay {
  /// Sectors in memory, 128 MiB of data.
  static let usualLimit = 1 << 18

  let folder: String
  private let limit: Int
  /// 64 words a sector.
  private var memory: [UInt64: [UInt64]] = [:]
  /// Holds a sector where the card has it, and holes.
  private var file: FileDescriptor?
  /// Why there is no file: it is tried once, for a folder that is full must not be filled again and again.
  private var refusal: Int32?

  init(folder: String? = nil, limit: Int = usualLimit) {
    self.folder = folder ?? Self.usualFolder
    self.limit = limit
  }

  deinit { file?.close() }

  var isInFile: Bool { file != nil }

  /// $TMPDIR, or the one of the usual places that is on a disk.
  private static var usualFolder: String {
    if let named = getenv("TMPDIR"), named.pointee != 0 { return String(cString: named) }
    return access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp"
  }

  // MARK: Sectors

  /// A sector that was written and not removed since; nil, with errno, when the file does not give it.
  func read(_ sector: UInt64) -> [UInt8]? {
    guard let file else { return memory[sector].map { words in words.withUnsafeBytes { [UInt8]($0) } } }
    var bytes = [UInt8](repeating: 0, count: Sector.size)
    let count = bytes.withUnsafeMutableBytes { file.read(into: $0, at: sector &* UInt64(Sector.size)) }
    return count == Sector.size ? bytes : nil
  }

  /// False, with errno, when there is no room.
  func write(_ bytes: [UInt8], to sector: UInt64) -> Bool {
    if file == nil, memory.count >= limit, memory[sector] == nil, !moveToFile() { return false }
    if let file { return file.writeAll(bytes, at: sector &* UInt64(Sector.size)) }
    var words = [UInt64](repeating: 0, count: Sector.size / 8)
    words.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    memory[sector] = words
    return true
  }

  /// They are not read any more until they are written. What is in the file may stay there.
  func remove(_ sectors: Range<UInt64>) {
    if UInt64(sectors.count) < UInt64(memory.count) {
      for sector in sectors { memory[sector] = nil }
    } else {
      memory = memory.filter { !sectors.contains($0.key) }
    }
  }

  func keep(_ sectors: SectorSet) { memory = memory.filter { sectors.contains($0.key) } }

  private func moveToFile() -> Bool {
    if refusal == nil, createFile() { return true }
    let reason = refusal ?? errno
    refusal = reason
    errno = reason
    return false
  }

  private func createFile() -> Bool {
    var template = Array("\(folder)/tayberry-card.XXXXXX".utf8CString)
    let number = template.withUnsafeMutableBufferPointer { buffer -> Int32 in
      guard let name = buffer.baseAddress else { return -1 }
      let number = mkstemp(name)
      // Nothing is left of it, however the run ends.
      if number >= 0 { unlink(name) }
      return number
    }
    guard number >= 0 else { return false }
    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    let created = FileDescriptor(number: number)
    for sector in memory.keys.sorted() {
      guard let bytes = read(sector), created.writeAll(bytes, at: sector &* UInt64(Sector.size)) else {
        let reason = errno
        created.close()
        errno = reason
        return false
      }
    }
    file = created
    memory = [:]
    return true
  }
}
