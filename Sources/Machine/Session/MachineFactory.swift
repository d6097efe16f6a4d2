import Fabric

/// Makes machines out of what a person asked for.
public enum MachineFactory {
  /// One part on the board's bus, as `tayberry devices` lists it.
  public struct DeviceListing: Hashable, Sendable {
    public var name: String
    public var range: ClosedRange<UInt64>
    /// The interrupt lines in words: `SPI 93`.
    public var interrupts: String
    /// `modelled`, or what the guest gets instead.
    public var state: String

    public init(name: String, range: ClosedRange<UInt64>, interrupts: String, state: String) {
      self.name = name
      self.range = range
      self.interrupts = interrupts
      self.state = state
    }
  }

  /// The files of a run, read.
  public struct BootFiles: Sendable {
    public var xen: [UInt8]?
    public var kernel: [UInt8]?
    public var initrd: [UInt8]?
    public var dtb: [UInt8]?
    public var program: [UInt8]?
  }

  /// Reads what `configuration` names, so that a missing file is the first thing that is said.
  public static func readBootFiles(_ configuration: RunConfiguration) throws(BadInput) -> BootFiles {
    try configuration.validate()
    func read(_ path: String?) throws(BadInput) -> [UInt8]? {
      guard let path else { return nil }
      let bytes = try readWholeFile(path)
      guard !bytes.isEmpty else {
        throw BadInput(path, "is empty", remedy: "fetch or copy it again")
      }
      return bytes
    }
    return BootFiles(
      xen: try read(configuration.xen), kernel: try read(configuration.kernel),
      initrd: try read(configuration.initrd), dtb: try read(configuration.dtb),
      program: try read(configuration.program))
  }

  /// A board with everything loaded, at its first instruction.
  public static func make(_ configuration: RunConfiguration) throws(BadInput) -> any EmulatedMachine {
    _ = try readBootFiles(configuration)
    throw BadInput("tayberry", "this version has no machine in it yet", remedy: "use a later one")
  }

  /// The parts on the bus, by address.
  public static func devices(_ configuration: RunConfiguration) throws(BadInput) -> [DeviceListing] {
    throw BadInput("tayberry", "this version has no machine in it yet", remedy: "use a later one")
  }

  /// The device tree that the guest sees: as source text, and as the blob itself.
  public static func guestDeviceTree(
    _ configuration: RunConfiguration
  ) throws(BadInput) -> (source: String, blob: [UInt8]) {
    _ = try readBootFiles(configuration)
    throw BadInput("tayberry", "this version has no machine in it yet", remedy: "use a later one")
  }
}
