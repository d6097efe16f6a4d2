import Devices
import Fabric
import Foundation
import Testing

@testable import Machine

/// The file behind an SD card.
@Suite("A card's image")
struct CardImageTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  func image(_ name: String = "card.img", size: Int, fill: UInt8 = 0x5a) -> String {
    folder.file(name, Data(repeating: fill, count: size))
  }

  func open(_ path: String, persistent: Bool = false, readOnly: Bool = false) throws -> CardImage {
    try CardImage(path: path, isPersistent: persistent, isReadOnly: readOnly)
  }

  func sector(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 512) }

  func contents(_ path: String) -> [UInt8] { [UInt8](FileManager.default.contents(atPath: path) ?? Data()) }

  func hash(_ image: CardImage) -> UInt64 {
    var hasher = StateHasher()
    image.visitState(&hasher)
    return hasher.value
  }

  @Test("Without persistence the file is never touched, and writes are read back")
  func copyOnWrite() throws {
    let path = image(size: 512 * 100)
    let card = try open(path)
    #expect(card.sectorCount == 100)
    #expect(card.write(sector(1), to: 3))
    #expect(card.erase(10..<20))
    #expect(card.write(sector(2), to: 12))
    #expect(card.flush())
    #expect(card.read(2) == sector(0x5a))
    #expect(card.read(3) == sector(1))
    #expect(card.read(10) == sector(0))
    #expect(card.read(12) == sector(2))
    // The card is larger than its file by the unit of its registers.
    #expect(card.read(101) == sector(0))
    #expect(card.write(sector(3), to: 101))
    #expect(card.read(101) == sector(3))
    #expect(contents(path) == [UInt8](repeating: 0x5a, count: 51_200))
  }

  @Test("With persistence it is, at once")
  func persistent() throws {
    let path = image(size: 512 * 100)
    let card = try open(path, persistent: true)
    #expect(card.write(sector(1), to: 3))
    #expect(contents(path)[1536..<2048] == sector(1)[...])
    #expect(card.erase(10..<20))
    #expect(card.write(sector(2), to: 12))
    #expect(card.flush())
    #expect(card.read(12) == sector(2))
    #expect(card.read(13) == sector(0))
    var expected = [UInt8](repeating: 0x5a, count: 51_200)
    expected.replaceSubrange(1536..<2048, with: sector(1))
    expected.replaceSubrange(5120..<10_240, with: [UInt8](repeating: 0, count: 5120))
    expected.replaceSubrange(6144..<6656, with: sector(2))
    #expect(contents(path) == expected)
    #expect(card.write(sector(9), to: 100))
    #expect(contents(path).count == 512 * 101)
    #expect(card.loss == nil)
  }

  @Test("The state is what was changed, whichever way it is kept and in whichever order it came")
  func state() throws {
    let first = try open(image("a", size: 51_200))
    let second = try open(image("b", size: 51_200), persistent: true)
    let empty = hash(first)
    #expect(hash(second) == empty)
    for number in [5, 90, 7, 6] as [UInt64] { #expect(first.write(sector(UInt8(number)), to: number)) }
    for number in [90, 7, 5, 6] as [UInt64] { #expect(second.write(sector(UInt8(number)), to: number)) }
    #expect(hash(first) == hash(second))
    #expect(hash(first) != empty)
    let before = hash(first)
    #expect(first.erase(6..<7))
    #expect(hash(first) != before)
    #expect(second.erase(6..<7))
    #expect(hash(first) == hash(second))
    #expect(first.write(sector(1), to: 5))
    #expect(hash(first) != hash(second))
  }

  @Test("Erasing a card of 2 TiB is a matter of ranges, not of sectors", arguments: [false, true])
  func largeErase(persistent: Bool) throws {
    let path = image(size: 512)
    try FileHandle(forWritingTo: URL(fileURLWithPath: path)).truncate(atOffset: 2 << 40)
    let card = try open(path, persistent: persistent)
    #expect(card.sectorCount == 1 << 32)
    #expect(card.write(sector(1), to: (1 << 32) - 1))
    #expect(card.erase(0..<(1 << 32)))
    #expect(card.read((1 << 32) - 1) == sector(0))
    #expect(card.read(0) == sector(0))
    #expect(hash(card) != 0)
  }

  @Test(
    "Random work on all kinds of card is work on an array", arguments: [1, 2, 3, 4] as [UInt64],
    [CardOverlay.usualLimit, 16, 0])
  func random(seed: UInt64, limit: Int) throws {
    var random = SeededBytes(seed: seed)
    let isPersistent = seed % 2 == 0
    let path = image(size: 512 * 64)
    let overlay = CardOverlay(folder: folder.path, limit: limit)
    let card = try CardImage(path: path, isPersistent: isPersistent, isReadOnly: false, overlay: overlay)
    let plain = try open(image("plain", size: 512 * 64))
    var model = (0..<64).map { _ in sector(0x5a) }
    for _ in 0..<2000 {
      let number = Int(random.next() % 64)
      switch random.next() % 3 {
      case 0:
        let bytes = sector(UInt8(truncatingIfNeeded: random.next()))
        #expect(card.write(bytes, to: UInt64(number)) && plain.write(bytes, to: UInt64(number)))
        model[number] = bytes
      case 1:
        let end = min(64, number + Int(random.next() % 9))
        #expect(card.erase(UInt64(number)..<UInt64(end)) && plain.erase(UInt64(number)..<UInt64(end)))
        for index in number..<end { model[index] = sector(0) }
      default:
        #expect(card.read(UInt64(number)) == model[number])
      }
    }
    let file = isPersistent ? model.flatMap { $0 } : [UInt8](repeating: 0x5a, count: 512 * 64)
    #expect(contents(path) == file)
    #expect(hash(card) == hash(plain))
    #expect(overlay.isInFile == (!isPersistent && limit < 64))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["card.img", "plain"])
  }

  @Test("What does not fit into memory and finds no file fails, and is told; what was written before stays")
  func noRoom() throws {
    let overlay = CardOverlay(folder: folder.path + "/nowhere", limit: 2)
    let card = try CardImage(
      path: image(size: 512 * 64), isPersistent: false, isReadOnly: false, overlay: overlay)
    #expect(card.write(sector(1), to: 1) && card.write(sector(2), to: 2) && card.write(sector(3), to: 1))
    #expect(card.loss == nil)
    #expect(!card.write(sector(4), to: 4))
    #expect(card.loss?.name == "--sd: \(folder.path)/nowhere")
    #expect(card.read(1) == sector(3) && card.read(2) == sector(2) && card.read(4) == sector(0x5a))
    #expect(card.erase(2..<3) && card.write(sector(5), to: 5))
  }

  @Test("A file that could not be filled is not tried again")
  func refusedOnce() throws {
    let overlay = CardOverlay(folder: folder.path, limit: 2)
    // Where no file has a place for it.
    let far: UInt64 = 1 << 54
    #expect(overlay.write(sector(1), to: far) && overlay.write(sector(2), to: 2))
    #expect(!overlay.write(sector(3), to: 3))
    let reason = errno
    #expect(reason != 0)
    overlay.remove(far..<(far + 1))
    #expect(overlay.write(sector(4), to: 4))
    errno = 0
    #expect(!overlay.write(sector(5), to: 5))
    #expect(errno == reason)
    #expect(!overlay.isInFile && overlay.read(2) == sector(2) && overlay.read(4) == sector(4))
  }

  @Test("A read-only card takes nothing")
  func readOnly() throws {
    let card = try open(image(size: 512), readOnly: true)
    #expect(!card.write(sector(1), to: 0))
    #expect(!card.erase(0..<1))
    #expect(card.loss == nil)
  }

  @Test("What can be no card is refused with a reason and a remedy")
  func refusals() throws {
    func refuse(_ path: String, _ words: String, persistent: Bool = false) {
      do {
        _ = try open(path, persistent: persistent)
        Issue.record("\(words): accepted")
      } catch {
        #expect("\(error)".contains(words), "\(error)")
        #expect("\(error)".contains("; "))
      }
    }
    refuse(folder.path + "/none", "does not exist")
    refuse(folder.path, "folder")
    refuse(folder.path, "folder", persistent: true)
    refuse("/dev/null", "neither a file nor a disk")
    refuse(image(size: 0), "is empty")
    refuse(image(size: 1000), "no whole number of sectors")
    for (name, magic) in [("xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), ("gzip", [0x1f, 0x8b, 8, 0, 0, 0])] {
      refuse(folder.file("packed", Data(magic.map { UInt8($0) } + [UInt8](repeating: 0, count: 506))), name)
    }
    let large = image("large", size: 512)
    try FileHandle(forWritingTo: URL(fileURLWithPath: large)).truncate(atOffset: (2 << 40) + 512)
    refuse(large, "2 TiB")
    // A partition of 4096 sectors from sector 2048 on.
    var table = [UInt8](repeating: 0, count: 512)
    table.replaceSubrange(446..<462, with: [0, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 16, 0, 0])
    table.replaceSubrange(510..., with: [0x55, 0xaa])
    refuse(folder.file("short", Data(table + [UInt8](repeating: 0, count: 512 * 100))), "cut short: partition 1")
    let whole = folder.file("whole", Data(table + [UInt8](repeating: 0, count: 512 * 6143)))
    #expect(throws: Never.self) { try open(whole) }
    // A named pipe that nobody writes does not hold the program up.
    let pipe = folder.path + "/pipe"
    mkfifo(pipe, 0o600)
    refuse(pipe, "neither a file nor a disk")
  }

  @Test("Who writes an image has it alone; readers share it")
  func locks() throws {
    let path = image(size: 51_200)
    do {
      let reader = try open(path)
      _ = try open(path)
      #expect(throws: BadInput.self) { try open(path, persistent: true) }
      #expect(reader.sectorCount == 100)
    }
    do {
      let writer = try open(path, persistent: true)
      #expect(throws: BadInput.self) { try open(path, persistent: true) }
      #expect(throws: BadInput.self) { try open(path) }
      #expect(writer.sectorCount == 100)
    }
    #expect(throws: Never.self) { try open(path, persistent: true) }
  }

  @Test(
    "A full disk is told once, and what was written before stays",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() throws {
    // A limit on the size of files stands for the disk's end: sectors behind the file's are refused.
    let path = image(size: 512 * 4)
    let card = try open(path, persistent: true)
    #expect(card.write(sector(1), to: 3))
    #expect(card.flush())
    #expect(!card.write(sector(2), to: UInt64(Int64.max) / 512))
    let loss = try #require(card.loss)
    #expect(loss.name.hasPrefix("--sd: "))
    #expect(!loss.reason.isEmpty)
    #expect(card.read(3) == sector(1))
    #expect(contents(path).count == 2048)
  }
}

/// A small seeded generator (xorshift64*).
private struct SeededBytes {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }
}
