import Foundation
import Testing

@testable import Symbols

/// Debian's images in `images/`, and their debug symbols where `scripts/fetch-images SUITE --symbols` got
/// them.
private enum Suites {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("images")

  static func path(_ suite: String, _ name: String) -> String { "\(root.path)/\(suite)/\(name)" }

  static func having(_ names: String...) -> [String] {
    ["bullseye", "bookworm", "trixie"].filter { suite in
      names.allSatisfy { FileManager.default.isReadableFile(atPath: path(suite, $0)) }
    }
  }

  static func bytes(_ suite: String, _ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(suite, name))))
  }
}

@Suite("Debian's images carry their symbols")
struct RealSymbolTests {
  /// Address and name of every symbol, for comparing tables.
  private func lines(_ table: SymbolTable) -> Set<String> {
    var lines: Set<String> = []
    for symbol in table.symbols { lines.insert("\(symbol.address) \(symbol.name)") }
    return lines
  }

  @Test(
    .enabled(if: !Suites.having("xen").isEmpty, "scripts/fetch-images has not run"),
    arguments: Suites.having("xen"))
  func xenNamesItself(suite: String) throws {
    let table = try SymbolFile.table(try Suites.bytes(suite, "xen"), source: suite)
    #expect(SymbolFile.usualScope(of: table) == .el2)
    #expect(table.count > 2000)
    for name in ["start_xen", "do_trap_guest_sync", "leave_hypervisor_to_guest", "vgic_inject_irq"] {
      let address = try #require(table.addresses(of: name).first, "\(name)")
      #expect(table.symbol(for: address + 4)?.description == "\(name)+0x4")
    }
  }

  @Test(
    .enabled(if: !Suites.having("xen", "xen-syms").isEmpty, "scripts/fetch-images --symbols has not run"),
    arguments: Suites.having("xen", "xen-syms"))
  func xenAgreesWithItsDebugFile(suite: String) throws {
    let inside = lines(try SymbolFile.table(try Suites.bytes(suite, "xen"), source: "xen"))
    let debug = try SymbolFile.table(try Suites.bytes(suite, "xen-syms"), source: "xen-syms")
    #expect(inside.subtracting(lines(debug)).isEmpty)
    #expect(SymbolFile.usualScope(of: debug) == .el2)
    // What the image leaves out is data.
    let functions = debug.symbols.filter { $0.kind == .function }.map { "\($0.address) \($0.name)" }
    #expect(Set(functions).subtracting(inside).isEmpty)
  }

  @Test(
    .enabled(if: !Suites.having("linux").isEmpty, "scripts/fetch-images has not run"),
    arguments: Suites.having("linux"))
  func linuxNamesItself(suite: String) throws {
    let image = try Suites.bytes(suite, "linux")
    let table = try SymbolFile.table(image, source: suite)
    #expect(SymbolFile.usualScope(of: table) == .el1)
    #expect(table.count > 40_000)
    // The code at __cpu_setup and others cannot be judged here, but the kernel's banner is where its
    // name says, which proves base and offsets: it is data, known only where all symbols are kept.
    if let banner = table.addresses(of: "linux_banner").first, let base = table.addresses(of: "_text").first {
      let offset = Int(banner - base)
      #expect(image[offset...].starts(with: Array("Linux version ".utf8)))
    }
    for name in ["start_kernel", "gic_handle_irq", "schedule"] {
      #expect(!table.addresses(of: name).isEmpty, "\(name)")
    }
  }

  @Test(
    .enabled(
      if: !Suites.having("linux", "System.map").isEmpty, "no System.map of a -dbg package beside the images"),
    arguments: Suites.having("linux", "System.map"))
  func linuxAgreesWithSystemMap(suite: String) throws {
    let inside = lines(try SymbolFile.table(try Suites.bytes(suite, "linux"), source: "linux"))
    let map = lines(try SymbolFile.table(try Suites.bytes(suite, "System.map"), source: "System.map"))
    #expect(inside.subtracting(map).isEmpty)
  }

  /// Bytes changed at random within the tables: symbols or a fault, and never a crash.
  @Test(
    .enabled(if: !Suites.having("xen", "xen-syms").isEmpty, "scripts/fetch-images --symbols has not run"),
    arguments: Suites.having("xen", "xen-syms"))
  func damagedFilesAreNoCrash(suite: String) throws {
    var state: UInt64 = 0x5eed
    func next(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(below))
    }
    let image = try Suites.bytes(suite, "xen")
    let whole = try SymbolFile.table(image, source: suite).count
    let debug = try Suites.bytes(suite, "xen-syms")
    var differing = 0
    for _ in 0..<60 {
      var bytes = image
      // The tables lie between 0x70000 and 0x90000 in all three.
      for _ in 0..<8 { bytes[0x70000 + next(0x20000)] = UInt8(next(256)) }
      let table = try? SymbolFile.table(bytes, source: suite)
      if table?.count != whole { differing += 1 }
      _ = table?.functions
      bytes = debug
      for _ in 0..<4 { bytes[next(64)] = UInt8(next(256)) }
      for _ in 0..<16 { bytes[bytes.count - 1 - next(0x4000)] = UInt8(next(256)) }
      _ = try? SymbolFile.table(bytes, source: suite).functions
    }
    #expect(differing > 0)
  }
}
