import Devices
import Fabric

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An SD card's data in a file of the host.
///
/// Usually the file is only read, and sectors that the guest writes are kept beside it. A persistent image is
/// written through: what the guest wrote is with the host's kernel when the card has taken it, and on the
/// host's disk when the card's write operation has ended.
public final class CardImage: SectorStore {
  public let sectorCount: UInt64
  public let isReadOnly: Bool
  /// What the guest wrote and the file did not take.
  public private(set) var loss: OutputLoss?

  private let path: String
  private let file: FileDescriptor
  private let isPersistent: Bool
  /// Whole sectors that the file has; the card may be a little larger.
  private let fileSectors: UInt64
  /// What differs from the file as it was: sectors with data, and sectors that were erased since.
  private var written = SectorSet()
  private var erased = SectorSet()
  /// The data of `written`, unless they are in the image.
  let overlay: CardOverlay
  /// Written to the file since the last flush.
  private var isDirty = false

  /// - Throws: ``BadInput`` for what is no image of a card, or one that another run uses.
  public convenience init(path: String, isPersistent: Bool, isReadOnly: Bool) throws(BadInput) {
    try self.init(path: path, isPersistent: isPersistent, isReadOnly: isReadOnly, overlay: CardOverlay())
  }

  init(path: String, isPersistent: Bool, isReadOnly: Bool, overlay: CardOverlay) throws(BadInput) {
    // A pipe without a writer must not hold the program up.
    let number = open(path, (isPersistent ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK)
    guard number >= 0 else { throw Self.cannotOpen(path, isPersistent: isPersistent) }
    let file = FileDescriptor(number: number)
    do throws(BadInput) {
      sectorCount = try CardImageCheck(file: file, path: path, isPersistent: isPersistent).sectors()
    } catch {
      file.close()
      throw error
    }
    self.path = path
    self.file = file
    self.isPersistent = isPersistent
    self.isReadOnly = isReadOnly
    self.overlay = overlay
    fileSectors = sectorCount
  }

  deinit {
    _ = flush()
    file.close()
  }

  private static func cannotOpen(_ path: String, isPersistent: Bool) -> BadInput {
    switch errno {
    case ENOENT:
      return BadInput("--sd", "\(path) does not exist", remedy: "check the path")
    case EISDIR: return BadInput("--sd", "\(path) is a folder", remedy: "give the image of a card")
    case EACCES where isPersistent, EROFS:
      return BadInput(
        "--sd-persist", "\(path) cannot be written (\(systemErrorText()))",
        remedy: "make it writable, or leave --sd-persist out")
    default:
      return BadInput("--sd", "\(path) cannot be opened (\(systemErrorText()))", remedy: "check its permissions")
    }
  }

  // MARK: Sectors

  public func read(_ sector: UInt64) -> [UInt8]? {
    if !isPersistent, written.contains(sector) { return overlay.read(sector) }
    if !erased.isEmpty, erased.contains(sector) { return [UInt8](repeating: 0, count: Sector.size) }
    var bytes = [UInt8](repeating: 0, count: Sector.size)
    let count = bytes.withUnsafeMutableBytes { file.read(into: $0, at: sector &* UInt64(Sector.size)) }
    // The card may end a little after its file: zeros.
    return count == Sector.size || sector >= fileSectors ? bytes : nil
  }

  public func write(_ bytes: [UInt8], to sector: UInt64) -> Bool {
    guard !isReadOnly, bytes.count == Sector.size else { return false }
    if isPersistent {
      guard file.writeAll(bytes, at: sector &* UInt64(Sector.size)) else { return lose() }
      isDirty = true
    } else {
      guard overlay.write(bytes, to: sector) else { return lose() }
    }
    erased.remove(sector..<(sector + 1))
    written.insert(sector..<(sector + 1))
    return true
  }

  public func erase(_ sectors: Range<UInt64>) -> Bool {
    guard !isReadOnly else { return false }
    if isPersistent {
      // What lies beyond the file's end reads as zeros already.
      guard file.zero(sectors.clamped(to: 0..<fileSectors), of: Sector.size) else { return lose() }
      isDirty = true
    } else {
      overlay.remove(sectors)
    }
    written.remove(sectors)
    erased.insert(sectors)
    return true
  }

  public func flush() -> Bool {
    guard isDirty else { return true }
    guard file.synchronize() else { return lose() }
    isDirty = false
    return true
  }

  /// The guest hears of it from the card; the person hears of it here, once.
  private func lose() -> Bool {
    if loss == nil {
      let reason = systemErrorText()
      loss = OutputLoss(name: "--sd: \(isPersistent ? path : overlay.folder)", reason: reason)
      tell(
        isPersistent
          ? "tayberry: --sd: \(path): cannot be written (\(reason)); the card reports errors to the guest, "
            + "and what it had written before is safe"
          : "tayberry: --sd: what the guest writes is too much for memory, and \(overlay.folder) does not "
            + "take it (\(reason)); the card reports errors to the guest. Have TMPDIR name a folder with "
            + "room, or use --sd-persist with a copy of the image")
    }
    return false
  }

  // MARK: State

  public func visitState<V: StateVisitor>(_ visitor: inout V) {
    let (writtenBefore, erasedBefore) = (written.bounds, erased.bounds)
    var writtenBounds = writtenBefore
    var erasedBounds = erasedBefore
    visitor.visit("written", &writtenBounds)
    visitor.visit("erased", &erasedBounds)
    if writtenBounds != writtenBefore || erasedBounds != erasedBefore {
      written = SectorSet(bounds: writtenBounds)
      erased = SectorSet(bounds: erasedBounds)
      overlay.keep(written)
      writtenBounds = written.bounds
    }
    for index in stride(from: 0, to: writtenBounds.count, by: 2) {
      for sector in writtenBounds[index]..<writtenBounds[index + 1] { visitSector(sector, &visitor) }
    }
  }

  private func visitSector<V: StateVisitor>(_ sector: UInt64, _ visitor: inout V) {
    var words = [UInt64](repeating: 0, count: Sector.size / 8)
    if let bytes = read(sector) { words.withUnsafeMutableBytes { $0.copyBytes(from: bytes) } }
    let before = words
    words.withUnsafeMutableBufferPointer { visitor.visit("sector", words: $0) }
    if words != before || (!isPersistent && overlay.read(sector) == nil) {
      _ = write(words.withUnsafeBytes { [UInt8]($0) }, to: sector)
    }
  }
}
