import Fabric

/// The guest's log as a text file: `--log FILE`. One line per entry, written as it comes.
public final class LogFile {
  private let file: FileConsole

  public init(path: String) throws(BadInput) { file = try FileConsole(path: path, option: "--log") }

  public var loss: OutputLoss? { file.loss }

  public func write(_ entry: GuestLog.Entry) {
    file.write(Array("\(entry.kind.rawValue): \(entry.source): \(entry.message)\n".utf8))
  }
}
