#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a path leads, through every link: two paths with equal identities are one file, by whatever names.
struct FilePlace {
  enum Identity: Hashable {
    case file(device: UInt64, inode: UInt64)
    /// Not there yet: the folder it would be made in, and its name.
    case unborn(device: UInt64, inode: UInt64, name: String)
  }

  private enum Kind { case file, folder, other, missing, unreachable }

  private let path: String
  private let kind: Kind
  /// Nil for what is no plain file (a terminal, `/dev/null`): such may be named as often as one likes.
  let identity: Identity?

  init(_ path: String) {
    let target = Self.target(of: path)
    self.path = target
    var status = stat()
    if stat(target, &status) == 0 {
      let format = status.st_mode & S_IFMT
      kind = format == S_IFDIR ? .folder : format == S_IFREG ? .file : .other
      identity =
        kind == .file ? .file(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) : nil
    } else if errno == ENOENT, stat(Self.folder(of: target), &status) == 0 {
      kind = .missing
      identity = .unborn(
        device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
        name: String(target.split(separator: "/").last ?? ""))
    } else {
      kind = .unreachable
      identity = nil
    }
  }

  /// What an open file of this process is.
  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    path = ""
    kind = .file
    identity = .file(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  /// Why the file could not be written; nil when it can. Changes nothing.
  var reasonNotToWrite: String? {
    switch kind {
    case .folder: return "Is a directory"
    case .missing where path.hasSuffix("/"): return "Is a directory"
    case .missing:
      return access(Self.folder(of: path), W_OK | X_OK) == 0 ? nil : systemErrorText()
    case .file, .other, .unreachable: return access(path, W_OK) == 0 ? nil : systemErrorText()
    }
  }

  /// Follows the links at the end of `path` to a file that is not there yet. What is there needs no
  /// following, and an open file under /dev/fd has no path.
  private static func target(of path: String) -> String {
    var path = path
    var status = stat()
    for _ in 0..<40 {
      if stat(path, &status) == 0 { break }
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = bytes.withUnsafeMutableBytes { buffer in
        buffer.withMemoryRebound(to: CChar.self) { readlink(path, $0.baseAddress!, $0.count) }
      }
      guard count > 0 else { break }
      let link = String(decoding: bytes.prefix(count), as: UTF8.self)
      path = link.hasPrefix("/") ? link : folder(of: path) + "/" + link
    }
    return path
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

/// The files that a command reads and writes, by the options that name them.
public struct NamedFiles {
  public struct File {
    let option: String
    let path: String
    public init(option: String, path: String) {
      self.option = option
      self.path = path
    }
  }

  public var inputs: [File] = []
  public var outputs: [File] = []
  /// Whether standard output is one of the outputs.
  public var usesStandardOutput = false

  public init() {}

  /// Finds outputs that would destroy an input or each other, or that cannot be written, before anything is.
  public func check() throws(BadInput) {
    var taken: [FilePlace.Identity: File] = [:]
    for file in inputs {
      if let identity = FilePlace(file.path).identity { taken[identity] = taken[identity] ?? file }
    }
    if usesStandardOutput, let identity = FilePlace(descriptor: 1)?.identity {
      let file = File(option: "standard output", path: "the console")
      if let other = taken[identity] { throw Self.clash(file, other) }
      taken[identity] = file
    }
    for file in outputs {
      let place = FilePlace(file.path)
      if let identity = place.identity {
        if let other = taken[identity] { throw Self.clash(file, other) }
        taken[identity] = file
      }
      if let reason = place.reasonNotToWrite {
        throw BadInput(
          file.option, "\(file.path) cannot be written (\(reason))",
          remedy: "give a file in a folder that you may write to")
      }
    }
  }

  private static func clash(_ file: File, _ other: File) -> BadInput {
    BadInput(
      file.option, "\(file.path) is the same file as that of \(other.option)",
      remedy: "give each its own, so that neither is destroyed")
  }
}

extension RunConfiguration {
  /// The files that what boots is read from.
  public var inputFiles: [NamedFiles.File] {
    let named: [(String, String?)] = [
      ("--xen", xen), ("--kernel", kernel), ("--initrd", initrd), ("--dtb", dtb), ("--program", program),
      ("--sd", cardImage),
    ]
    return named.compactMap { option, path in path.map { NamedFiles.File(option: option, path: $0) } }
      + machineFiles.map { NamedFiles.File(option: "--machine", path: $0) }
  }

  /// Every file of a run.
  public var files: NamedFiles {
    var files = NamedFiles()
    files.inputs = inputFiles
    files.usesStandardOutput = console == .stdio
    if case .file(let path) = console { files.outputs.append(.init(option: "--console", path: path)) }
    if let log { files.outputs.append(.init(option: "--log", path: log)) }
    if let trace { files.outputs.append(.init(option: "--trace-to", path: trace)) }
    if let coverage { files.outputs.append(.init(option: "--coverage", path: coverage)) }
    if let report { files.outputs.append(.init(option: "--report", path: report)) }
    return files
  }
}
