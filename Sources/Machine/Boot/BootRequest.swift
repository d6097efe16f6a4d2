/// A file's contents, the name to call it by, and where it must lie if the user has said so.
public struct BootFile: Equatable, Sendable {
  public var name: String
  public var contents: BootContents
  public var address: UInt64?

  public init(name: String, bytes: [UInt8], address: UInt64? = nil) {
    self.init(name: name, contents: BootContents(bytes), address: address)
  }

  public init(name: String, contents: BootContents, address: UInt64? = nil) {
    self.name = name
    self.contents = contents
    self.address = address
  }

  public var bytes: [UInt8] {
    get { contents.bytes }
    set { contents = BootContents(newValue) }
  }
}

/// What to boot and on which board: everything that the firmware and a boot loader's script would have known.
public struct BootRequest: Equatable, Sendable {
  public enum Payload: Equatable, Sendable {
    /// Xen with the modules of Dom0, as U-Boot's scripts hand them over.
    case xen(XenPayload)
    /// A kernel at EL2 without a hypervisor.
    case linux(LinuxPayload)
    /// A program without header that is linked at 0x80000, as U-Boot is. One that is placed at address 0
    /// takes the place of the boot stub: all four cores enter it at EL3.
    case raw(BootFile)
  }

  public struct XenPayload: Equatable, Sendable {
    public var xen: BootFile
    public var kernel: BootFile?
    public var ramdisk: BootFile?
    public var xenArguments: String
    public var kernelArguments: String

    public init(
      xen: BootFile, kernel: BootFile? = nil, ramdisk: BootFile? = nil, xenArguments: String = "",
      kernelArguments: String = ""
    ) {
      self.xen = xen
      self.kernel = kernel
      self.ramdisk = ramdisk
      self.xenArguments = xenArguments
      self.kernelArguments = kernelArguments
    }
  }

  public struct LinuxPayload: Equatable, Sendable {
    public var kernel: BootFile
    public var ramdisk: BootFile?
    public var arguments: String

    public init(kernel: BootFile, ramdisk: BootFile? = nil, arguments: String = "") {
      self.kernel = kernel
      self.ramdisk = ramdisk
      self.arguments = arguments
    }
  }

  public var payload: Payload
  /// The kernel package's blob, unmodified; every edit happens in memory. A raw program may do without.
  public var deviceTree: BootFile?
  public var firmware: FirmwareStage
  /// Paths or aliases of nodes that get `status = "disabled"`. None need to be: the board boots with all.
  public var disabledNodes: [String]
  /// Whether the ramdisk is unpacked for a check, so that a damaged one is refused before the guest starts.
  public var checksRamdisk: Bool

  public init(
    payload: Payload, deviceTree: BootFile?, firmware: FirmwareStage = FirmwareStage(),
    disabledNodes: [String] = [], checksRamdisk: Bool = true
  ) {
    self.payload = payload
    self.deviceTree = deviceTree
    self.firmware = firmware
    self.disabledNodes = disabledNodes
    self.checksRamdisk = checksRamdisk
  }

  /// Whether the payload lies where the cores leave reset.
  var replacesStub: Bool {
    if case .raw(let program) = payload { return program.address == 0 }
    return false
  }

  /// Checks every file, places them and writes the device tree that leads to them.
  public func plan() throws(BootError) -> BootPlan {
    var planner = BootPlanner(self)
    return try planner.plan()
  }
}
