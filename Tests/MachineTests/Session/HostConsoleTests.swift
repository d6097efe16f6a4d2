import Foundation
import Testing

@testable import Machine

#if canImport(Glibc)
  import Glibc
#endif

#if canImport(Glibc)
  private let systemConnect = Glibc.connect
#else
  private let systemConnect = Darwin.connect
#endif

@Suite("Consoles on the host's side")
struct HostConsoleTests {
  /// Reads from `file` until `count` bytes have come or a second has passed.
  private func read(_ count: Int, from file: FileDescriptor) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<20 where bytes.count < count { bytes += file.readAvailable(waitingAtMost: 0.05) ?? [] }
    return bytes
  }

  private func read(_ count: Int, from console: some HostConsole) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<20 where bytes.count < count { bytes += console.read(waitingAtMost: 0.05).bytes }
    return bytes
  }

  @Test("A file holds exactly what was printed")
  func file() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("console-\(UUID().uuidString)")
      .path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let console = try FileConsole(path: path)
    console.write([0x61, 0x0d, 0x0a])
    console.write([0xff])
    console.close()
    #expect(try readWholeFile(path) == [0x61, 0x0d, 0x0a, 0xff])
  }

  @Test("A file that cannot be written is refused")
  func badFile() {
    #expect(throws: BadInput.self) { try FileConsole(path: "/nowhere/at/all") }
    #expect(throws: BadInput.self) { try writeWholeFile([], to: "/nowhere/at/all") }
    #expect(throws: BadInput.self) { try readWholeFile("/nowhere/at/all") }
    #expect(throws: BadInput.self) { try readWholeFile("/") }
  }

  @Test("A pseudo-terminal carries bytes both ways, raw")
  func pseudoTerminal() throws {
    let console = try PseudoTerminalConsole()
    defer { console.close() }
    let number = open(console.path, O_RDWR | O_NOCTTY)
    #expect(number >= 0)
    let terminal = FileDescriptor(number: number)
    defer { terminal.close() }
    console.write(Array("a\r\nb".utf8))
    #expect(read(4, from: terminal) == Array("a\r\nb".utf8))
    terminal.writeAll([0x03, 0x0d])
    #expect(read(2, from: console) == [0x03, 0x0d])
  }

  @Test("Output that nobody reads never blocks the guest")
  func unread() throws {
    let console = try PseudoTerminalConsole()
    defer { console.close() }
    for _ in 0..<100 { console.write([UInt8](repeating: 0x78, count: 4096)) }
    let socket = try SocketConsole(port: 0)
    defer { socket.close() }
    for _ in 0..<100 { socket.write([UInt8](repeating: 0x78, count: 4096)) }
  }

  @Test("A TCP console shows a late reader what came before, and takes what it types")
  func socketConsole() throws {
    let console = try SocketConsole(port: 0)
    defer { console.close() }
    console.write(Array("before ".utf8))
    let client = try connect(to: console.port)
    #expect(read(1, from: console) == [])
    console.write(Array("after".utf8))
    #expect(read(12, from: client) == Array("before after".utf8))
    client.writeAll(Array("ls\r".utf8))
    #expect(read(3, from: console) == Array("ls\r".utf8))
    // A reader that leaves does no harm, and the next one is served.
    client.close()
    #expect(read(1, from: console) == [])
    console.write([0x21])
    let second = try connect(to: console.port)
    _ = console.read(waitingAtMost: 0.05)
    #expect(read(13, from: second) == Array("before after!".utf8))
    second.close()
  }

  @Test("A port that is taken is refused with a remedy")
  func takenPort() throws {
    let first = try SocketConsole(port: 0)
    defer { first.close() }
    #expect(throws: BadInput.self) { try SocketConsole(port: first.port) }
  }

  private func connect(to port: UInt16) throws -> FileDescriptor {
    #if canImport(Glibc)
      let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let number = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        systemConnect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(status == 0)
    return FileDescriptor(number: number)
  }
}
