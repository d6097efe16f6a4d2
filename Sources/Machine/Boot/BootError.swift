import Fabric

/// Why a set of files cannot be booted. Every description names the file, the place and the remedy.
public enum BootError: Error, Equatable, Sendable, CustomStringConvertible {
  case badDeviceTree(file: String, DeviceTreeError)
  case noDeviceTree(file: String)
  case deviceTreeTooLarge(file: String, size: Int)
  case noSuchNode(file: String, path: String)
  case wrongBoard(file: String)
  case badKernel(file: String, KernelImageError)
  case badRamdisk(file: String, InitramfsError)
  case empty(file: String)
  case misaligned(file: String, address: UInt64, alignment: UInt64)
  case outsideMemory(file: String, range: Range<UInt64>, banks: [Range<UInt64>])
  case overlap(file: String, range: Range<UInt64>, other: String, otherRange: Range<UInt64>)
  case doesNotFit(file: String, size: UInt64, limit: UInt64)
  case xenInForbiddenRange(file: String, range: Range<UInt64>)
  case beyondFourGiB(file: String, address: UInt64)
  case notLoaded(name: String, range: Range<UInt64>)
  case notRead(file: String)

  public var description: String { badInput.description }

  /// The same for a person: which file, where in it, what is wrong, what to do.
  public var badInput: BadInput {
    switch self {
    case .badDeviceTree(let file, let error):
      BadInput(
        file, at: "offset \(error.offset.hex())", "is no usable device tree: \(error.sentence)",
        remedy: "pass the unmodified bcm2711-rpi-4-b.dtb of a kernel package")
    case .noDeviceTree(let file):
      BadInput(
        file, "needs a device tree", remedy: "pass the bcm2711-rpi-4-b.dtb of the kernel's package")
    case .deviceTreeTooLarge(let file, let size):
      BadInput(
        file, "has \(size) bytes after its edits, more than the 2 MiB that Linux and Xen accept",
        remedy: "pass a smaller device tree, or shorter command lines")
    case .noSuchNode(let file, let path):
      BadInput(
        file, at: path, "there is no such node to disable",
        remedy: "name one that \"tayberry dtb\" prints, by path or alias")
    case .wrongBoard(let file):
      BadInput(
        file, at: "/compatible", "does not list \"brcm,bcm2711\", so it describes another board",
        remedy: "pass bcm2711-rpi-4-b.dtb")
    case .badKernel(let file, let error):
      BadInput(file, error.description, remedy: "pass an arm64 Image, plain or gzip'd")
    case .badRamdisk(let file, let error):
      BadInput(file, error.description, remedy: "build one with scripts/build-initramfs, or pass another")
    case .empty(let file):
      BadInput(file, "is empty", remedy: "fetch or copy it again")
    case .misaligned(let file, let address, let alignment):
      BadInput(
        file, "its load address \(address.hex()) is not a multiple of \(alignment.hex())",
        remedy: "round it, or leave it out")
    case .outsideMemory(let file, let range, let banks):
      BadInput(
        file,
        "\(Self.text(range)) is not memory of this board (\(banks.map(Self.text).joined(separator: ", ")))",
        remedy: "choose another load address, or give the board more memory")
    case .overlap(let file, let range, let other, let otherRange):
      BadInput(
        file, "\(Self.text(range)) overlaps \(other) at \(Self.text(otherRange))",
        remedy: "choose another load address, or leave it out")
    case .doesNotFit(let file, let size, let limit):
      BadInput(
        file, "there is no gap of \(size.hex()) bytes left for it below \(limit.hex())",
        remedy: "pass smaller files, or choose load addresses in other memory of the board")
    case .xenInForbiddenRange(let file, let range):
      BadInput(
        file,
        "Xen at \(Self.text(range)) touches 0x200000-0x3fffff, where it is linked, without beginning there",
        remedy: "load it at exactly 0x200000, or at or above 0x400000")
    case .beyondFourGiB(let file, let address):
      BadInput(
        file, "the boot stub's words cannot point to address \(address.hex()), above 4 GiB",
        remedy: "choose a lower one")
    case .notLoaded(let name, let range):
      BadInput(
        name, "the machine has no memory at \(Self.text(range))",
        remedy: "give it the memory that the boot was planned for")
    case .notRead(let file):
      BadInput(
        file, "cannot be read to its end any more", remedy: "leave the file alone until the guest runs")
    }
  }

  /// First and last byte.
  private static func text(_ range: Range<UInt64>) -> String {
    "\(range.lowerBound.hex())-\((range.upperBound &- 1).hex())"
  }
}
