import Foundation
import Testing

extension Tag {
  /// Boots real images; minutes, not seconds.
  @Tag static var boot: Self
}

/// Debian's images, as scripts/fetch-images leaves them.
struct Images: Sendable, CustomTestStringConvertible {
  let suite: String
  let folder: String

  /// The suites named in `TAYBERRY_BOOTS` whose images are there; none when it is not set.
  static let available: [Images] = {
    let environment = ProcessInfo.processInfo.environment
    let root = environment["TAYBERRY_IMAGES"] ?? FileManager.default.currentDirectoryPath + "/images"
    let suites = (environment["TAYBERRY_BOOTS"] ?? "").split(separator: " ").map(String.init)
    return suites.map { Images(suite: $0, folder: root + "/" + $0) }
      .filter {
        FileManager.default.fileExists(atPath: $0.xen) && FileManager.default.fileExists(atPath: $0.kernel)
      }
  }()

  static var areThere: Bool { !available.isEmpty && Program.isBuilt }

  /// Those for which scripts/make-sd-card has built a card.
  static let withCard: [Images] = available.filter {
    FileManager.default.fileExists(atPath: $0.card)
      && FileManager.default.fileExists(atPath: $0.folder + "/sd-card.initramfs.cpio.gz")
  }
  static var haveCard: Bool { !withCard.isEmpty && Program.isBuilt }

  var xen: String { folder + "/xen" }
  var kernel: String { folder + "/linux" }
  var initrd: String { folder + "/initramfs.cpio.gz" }
  var dtb: String { folder + "/bcm2711-rpi-4-b.dtb" }
  var card: String { folder + "/sd-card.img" }
  /// scripts/fetch-u-boot's.
  var uBoot: String { folder + "/u-boot.bin" }

  var testDescription: String { suite }

  /// The options that name the files.
  func options(xen usesXen: Bool) -> [String] {
    (usesXen ? ["--xen", xen] : []) + ["--kernel", kernel, "--initrd", initrd, "--dtb", dtb]
  }
}

/// One run of the built program: how it ended, what stood on the console, and its report.
struct Boot {
  let code: Int32
  let console: String
  let errors: String
  let report: [String: Any]

  init(_ images: Images, xen: Bool, _ options: [String]) throws {
    let folder = try Folder()
    let console = folder.path + "/console"
    let report = folder.path + "/report.json"
    let ending = try Program.run(
      ["run"] + images.options(xen: xen) + ["--console", "file:" + console, "--report", report]
        + ["--wall-timeout", "15m"] + options)
    try self.init(ending, folder: folder)
  }

  /// The demo as CI runs it, with options of its own and, behind "--", further ones of the run.
  init(demo images: Images, bare: Bool, _ options: [String] = [], run: [String] = []) throws {
    let folder = try Folder()
    let ending = try Self.script(
      "demo",
      ["--suite", images.suite, "--ci", "--report", folder.path + "/report.json"] + (bare ? ["--bare"] : [])
        + options + ["--", "--console", "file:" + folder.path + "/console"] + run, images)
    try self.init(ending, folder: folder)
  }

  /// One of scripts/, with the program and the images that these tests use.
  static func script(_ name: String, _ arguments: [String], _ images: Images) throws -> Program.Ending {
    let environment = [
      "TAYBERRY_BINARY": Program.path ?? "",
      "TAYBERRY_IMAGES": (images.folder as NSString).deletingLastPathComponent,
    ]
    return try Program.run(arguments, executable: repository + "/scripts/" + name, environment: environment)
  }

  private init(_ ending: Program.Ending, folder: Folder) throws {
    code = ending.code
    errors = ending.errors
    console = folder.text("console")
    let data = Data(folder.text("report.json").utf8)
    report = (try? JSONSerialization.jsonObject(with: data) as? [String: Any]) ?? [:]
  }

  /// Four folders above this file.
  static let repository: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url.path
  }()

  var reason: String { report["reason"] as? String ?? "" }
  var stateHash: String { report["stateHash"] as? String ?? "" }
  var consoleHash: String { report["consoleHash"] as? String ?? "" }
  var instructionsPerCore: [UInt64] {
    (report["instructionsPerCore"] as? [Any])?.compactMap { ($0 as? NSNumber)?.uint64Value } ?? []
  }

  /// The end of the console, for a message.
  var tail: String { errors + "\n" + console.split(separator: "\n").suffix(15).joined(separator: "\n") }

  func shows(_ text: String) -> Bool { console.contains(text) }

  /// Whether a line of the console matches a pattern.
  func matches(_ pattern: String) throws -> Bool {
    let regex = try Regex(pattern)
    return console.split(whereSeparator: \.isNewline).contains { $0.firstMatch(of: regex) != nil }
  }
}

extension Boot: CustomTestStringConvertible {
  /// A failed expectation shows the end of the console, not all of it.
  var testDescription: String { tail }
}
