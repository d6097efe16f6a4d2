import Foundation
import Testing

@testable import Machine

/// Debian's own drivers of the DMA controller and of a peripheral that it serves, by scripts/check-dma-driver.
@Suite("DMA by Linux's drivers", .tags(.boot))
struct DMADriverTests {
  /// The suites whose kernel package is still there: the module is not among the images.
  static let images = Images.available.filter {
    let root = ($0.folder as NSString).deletingLastPathComponent
    let files = try? FileManager.default.contentsOfDirectory(atPath: root + "/.apt/\($0.suite)/debs")
    return files?.contains { $0.hasPrefix("linux-image-") } ?? false
  }

  @Test(
    "SPI moves data by DMA, both ways, with an interrupt for each transfer: bare, and in Dom0",
    .enabled(if: !images.isEmpty && Program.isBuilt, "no kernel package in images/.apt, or no program"),
    arguments: images, [[], ["--xen"]] as [[String]])
  func driver(images: Images, options: [String]) throws {
    let environment = [
      "TAYBERRY_BINARY": try #require(Program.path),
      "TAYBERRY_IMAGES": (images.folder as NSString).deletingLastPathComponent,
    ]
    let ending = try Program.run(
      options + ["--suite", images.suite], executable: Boot.repository + "/scripts/check-dma-driver",
      environment: environment)
    // 77: a tool is missing, which the script says.
    #expect([0, 77].contains(ending.code), "\(ending.output)\(ending.errors)")
  }
}
