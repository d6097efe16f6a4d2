import CPU
import Devices
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
    public var xen: BootContents?
    public var kernel: BootContents?
    public var initrd: BootContents?
    public var dtb: BootContents?
    public var program: BootContents?
  }

  /// Reads what `configuration` names, so that a missing file is the first thing that is said.
  public static func readBootFiles(_ configuration: RunConfiguration) throws(BadInput) -> BootFiles {
    try configuration.validate()
    func read(_ path: String?) throws(BadInput) -> BootContents? {
      guard let path else { return nil }
      let contents = try bootContents(of: path)
      guard !contents.isEmpty else {
        throw BadInput(path, "is empty", remedy: "fetch or copy it again")
      }
      return contents
    }
    return BootFiles(
      xen: try read(configuration.xen), kernel: try read(configuration.kernel),
      initrd: try read(configuration.initrd), dtb: try read(configuration.dtb),
      program: try read(configuration.program))
  }

  /// A board with everything loaded, at its first instruction.
  public static func make(_ configuration: RunConfiguration) throws(BadInput) -> any EmulatedMachine {
    try makeBoard(configuration)
  }

  /// The same, with the board to look at.
  ///
  /// - Parameters:
  ///   - rules: how code is translated, if not as is usual for the configuration's engine.
  ///   - codeArenaSize: bytes for translated code, if not as many as usual.
  public static func makeBoard(
    _ configuration: RunConfiguration, rules: TranslationRules? = nil, codeArenaSize: Int? = nil
  ) throws(BadInput) -> BoardMachine {
    // The instruction table is read while the files are.
    detach { _ = Decoder.shared }
    let files = try readBootFiles(configuration)
    // So is the ramdisk unpacked for its check, which has to be over before the guest runs.
    let ramdisk = (files.program == nil ? files.initrd : nil).map { contents in
      BackgroundTask { ramdiskFault(in: contents, name: configuration.initrd) }
    }
    let plan = try bootPlan(configuration, files, checksRamdisk: false)
    let image = try configuration.cardImage.map { path throws(BadInput) in
      try CardImage(path: path, isPersistent: configuration.persistsCard, isReadOnly: configuration.isCardReadOnly)
    }
    let board = try build(configuration, rules: rules, codeArenaSize: codeArenaSize, image: image)
    do throws(BootError) {
      try plan.load(into: board.ram)
      if let fault = ramdisk?.wait() { throw fault }
    } catch { throw error.badInput }
    let machine = BoardMachine(board: board, console: configuration.serial == .mini ? .miniUART : .uart0)
    machine.deviceTree = plan.deviceTree
    machine.cardImage = image
    return machine
  }

  private static func ramdiskFault(in contents: BootContents, name: String?) -> BootError? {
    do throws(InitramfsError) {
      try Initramfs.check(contents.bytes)
      return nil
    } catch { return .badRamdisk(file: name ?? "--initrd", error) }
  }

  private static func build(
    _ configuration: RunConfiguration, rules: TranslationRules? = nil, codeArenaSize: Int? = nil,
    image: CardImage? = nil
  ) throws(BadInput) -> RaspberryPi4 {
    var settings = BoardConfiguration()
    settings.identity = try identity(configuration)
    settings.seed = configuration.seed
    settings.engine = configuration.engine
    settings.aliasPolicy = configuration.aliasPolicy
    settings.ramPoison = configuration.ramPoison
    settings.rules = rules
    if let codeArenaSize { settings.codeArenaSize = codeArenaSize }
    settings.serialPacing = configuration.pacesUART ? .baudRate : .immediate
    settings.commandLine = configuration.effectiveKernelArguments
    do {
      let card = image.map { CardInSlot(store: $0, removalTime: configuration.cardRemovalTime) }
      return try RaspberryPi4(settings, card: card)
    } catch {
      throw BadInput(
        "--ram", "the host cannot reserve the guest's memory (\(error))",
        remedy: "choose less, or raise the limit on address space (ulimit -v)")
    }
  }

  private static func identity(_ configuration: RunConfiguration) throws(BadInput) -> BoardIdentity {
    guard let memory = BoardIdentity.Memory(rawValue: configuration.ramBytes) else {
      throw BadInput(
        "--ram", "no Raspberry Pi 4 has \(configuration.ramBytes) bytes", remedy: "use 1G, 2G, 4G or 8G")
    }
    return BoardIdentity(memory: memory, stepping: configuration.stepping == .b0 ? .b0 : .c0)
  }

  /// Everything checked and placed.
  private static func bootPlan(
    _ configuration: RunConfiguration, _ files: BootFiles, checksRamdisk: Bool
  ) throws(BadInput) -> BootPlan {
    func file(_ contents: BootContents?, _ name: String?, _ option: String, _ address: UInt64?) -> BootFile? {
      contents.map { BootFile(name: name ?? option, contents: $0, address: address) }
    }
    let kernel = file(files.kernel, configuration.kernel, "--kernel", configuration.kernelAddress)
    let ramdisk = file(files.initrd, configuration.initrd, "--initrd", configuration.initrdAddress)
    let payload: BootRequest.Payload
    if let program = file(files.program, configuration.program, "--program", configuration.programAddress) {
      payload = .raw(program)
    } else if let xen = file(files.xen, configuration.xen, "--xen", configuration.xenAddress) {
      payload = .xen(
        .init(
          xen: xen, kernel: kernel, ramdisk: ramdisk, xenArguments: configuration.effectiveXenArguments,
          kernelArguments: configuration.effectiveKernelArguments))
    } else if let kernel {
      payload = .linux(
        .init(kernel: kernel, ramdisk: ramdisk, arguments: configuration.effectiveKernelArguments))
    } else {
      throw BadInput("--kernel", "there is nothing to boot", remedy: "pass --kernel, --xen or --program")
    }
    let request = BootRequest(
      payload: payload,
      deviceTree: file(files.dtb, configuration.dtb, "--dtb", configuration.dtbAddress),
      firmware: FirmwareStage(
        board: try identity(configuration), entropySeed: configuration.seed,
        disablesBluetooth: configuration.serial == .pl011,
        editsDMAWindows: configuration.dmaRanges == .firmware),
      disabledNodes: configuration.disabledNodes, checksRamdisk: checksRamdisk)
    do throws(BootError) { return try request.plan() } catch { throw error.badInput }
  }

  /// The parts on the bus, by address.
  public static func devices(_ configuration: RunConfiguration) throws(BadInput) -> [DeviceListing] {
    let board = try build(configuration)
    return board.bus.mappings.map { mapping in
      DeviceListing(
        name: mapping.device.name, range: mapping.range.lowerBound...(mapping.range.upperBound - 1),
        interrupts: InterruptMap.lines(of: mapping.device.name),
        state: mapping.device is UnmodelledDevice ? "reads as zero" : "modelled")
    }
  }

  /// The device tree that the guest sees: as source text, and as the blob itself.
  public static func guestDeviceTree(
    _ configuration: RunConfiguration
  ) throws(BadInput) -> (source: String, blob: [UInt8]) {
    let plan = try bootPlan(configuration, try readBootFiles(configuration), checksRamdisk: true)
    guard let tree = plan.deviceTree,
      let segment = plan.segments.first(where: { $0.address == plan.deviceTreeAddress })
    else {
      throw BadInput("--dtb", "the guest gets no device tree", remedy: "pass one")
    }
    return (tree.sourceText(), segment.bytes)
  }
}
