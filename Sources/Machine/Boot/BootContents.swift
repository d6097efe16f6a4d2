import Fabric

/// What a file holds: its bytes, or its first ones and where the rest can be read.
///
/// A kernel is tens of megabytes of which planning needs the header; the rest goes from the file straight to
/// the guest's memory.
public struct BootContents: Equatable, Sendable {
  /// All bytes, or as many of the first as a header may take.
  public let head: [UInt8]
  public let count: Int
  private let file: OpenFile?

  public init(_ bytes: [UInt8]) {
    head = bytes
    count = bytes.count
    file = nil
  }

  init(head: [UInt8], of file: OpenFile) {
    self.head = head
    count = file.size
    self.file = file
  }

  public var isEmpty: Bool { count == 0 }

  /// All of it; shorter than ``count`` if the file no longer gives it.
  ///
  /// - Complexity: O(1) when the bytes are at hand, else a read of the file.
  public var bytes: [UInt8] { file?.bytes ?? head }

  /// Writes all of it to `destination`, which has room for ``count`` bytes; false if the file does not give it.
  func write(to destination: UnsafeMutableRawBufferPointer) -> Bool {
    if let file { return file.read(into: destination) }
    destination.copyBytes(from: head)
    return true
  }

  public static func == (left: BootContents, right: BootContents) -> Bool {
    let isSameFile = left.file != nil && left.file === right.file
    return left.count == right.count && (isSameFile || left.bytes == right.bytes)
  }
}
