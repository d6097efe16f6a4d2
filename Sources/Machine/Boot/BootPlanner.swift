/// Turns a request into a plan: firmware stage, then what a boot loader would do.
///
/// Load addresses, unless the user gives others:
///
///     0x00000000  boot stub and spin table (one page, reserved by the device tree)
///     0x00080000  raw programs
///     0x00200000  Xen, or the kernel without Xen; Xen before 4.18 cannot run at other places below 0x400000
///     behind it   Dom0's kernel (2 MiB aligned), ramdisk, and under Xen the device tree
///     0x2effxxxx  the device tree without Xen, ending where one build of the firmware was seen to put it
///     0x3b400000  VideoCore's memory: nothing is placed beyond, except by the user on boards with more
struct BootPlanner {
  private let request: BootRequest
  private let banks: [Range<UInt64>]
  private var placement: Placement
  private var segments: [BootPlan.Segment] = []
  private var tree = DeviceTree()

  private static let sectionSize: UInt64 = 2 << 20
  private static let pageSize: UInt64 = 0x1000
  private static let kernelBase: UInt64 = 0x20_0000
  private static let rawBase: UInt64 = 0x8_0000
  private static let deviceTreeTop: UInt64 = 0x2f00_0000
  /// The range that Xen before 4.18 is linked for.
  private static let xenLinkRange: Range<UInt64> = 0x20_0000..<0x40_0000

  init(_ request: BootRequest) {
    self.request = request
    banks = request.firmware.board.memory.banks
    placement = Placement(banks: banks, reservesStub: !request.replacesStub)
  }

  mutating func plan() throws(BootError) -> BootPlan {
    try readDeviceTree()
    try reserveForDeviceTree()
    let entry: UInt64
    switch request.payload {
    case .xen(let payload): entry = try place(payload)
    case .linux(let payload): entry = try place(payload)
    case .raw(let program): entry = try place(program)
    }
    let deviceTreeAddress = try placeDeviceTree()
    guard let kernelWord = UInt32(exactly: entry) else {
      throw .beyondFourGiB(file: segments.first?.name ?? "", address: entry)
    }
    if !request.replacesStub {
      let stub = Armstub.loaded(deviceTree: deviceTreeAddress, kernel: kernelWord)
      add(BootFile(name: "boot stub", bytes: stub), at: 0, memorySize: Armstub.reservedSize)
    }
    return BootPlan(
      segments: segments.sorted { $0.address < $1.address }, entry: entry,
      deviceTreeAddress: UInt64(deviceTreeAddress),
      deviceTree: request.deviceTree == nil ? nil : tree)
  }

  private mutating func add(_ file: BootFile, at address: UInt64, memorySize: UInt64) {
    segments.append(
      BootPlan.Segment(name: file.name, address: address, contents: file.contents, memorySize: memorySize))
  }

  // MARK: Device tree

  private mutating func readDeviceTree() throws(BootError) {
    guard let file = request.deviceTree else {
      switch request.payload {
      case .xen(let payload): throw .noDeviceTree(file: payload.xen.name)
      case .linux(let payload): throw .noDeviceTree(file: payload.kernel.name)
      case .raw: return
      }
    }
    do { tree = try DeviceTree(parsing: file.bytes) } catch {
      throw .badDeviceTree(file: file.name, error)
    }
    let names = ["brcm,bcm2711", "raspberrypi,4-model-b"]
    guard names.contains(where: tree.root.isCompatible) else { throw .wrongBoard(file: file.name) }
    request.firmware.apply(to: &tree)
    for path in request.disabledNodes {
      guard tree.updateNode(at: path, { $0.set("status", string: "disabled") }) else {
        throw .noSuchNode(file: file.name, path: path)
      }
    }
  }

  /// Keeps what is placed automatically away from a device tree whose address the user has chosen; its size
  /// is only known when everything else is placed.
  private mutating func reserveForDeviceTree() throws(BootError) {
    guard let file = request.deviceTree, let address = file.address else { return }
    guard address % 8 == 0 else { throw .misaligned(file: file.name, address: address, alignment: 8) }
    let arguments =
      switch request.payload {
      case .xen(let payload): payload.xenArguments.utf8.count + payload.kernelArguments.utf8.count
      case .linux(let payload): payload.arguments.utf8.count
      case .raw: 0
      }
    let growth = arguments + Int(Self.pageSize)
    try placement.take(file.name, size: UInt64(tree.serialized(padding: growth).count), at: address)
  }

  private mutating func placeDeviceTree() throws(BootError) -> UInt32 {
    guard let file = request.deviceTree else { return 0 }
    let blob = tree.serialized()
    guard blob.count <= DeviceTree.largestBlob else {
      throw .deviceTreeTooLarge(file: file.name, size: blob.count)
    }
    let address: UInt64
    if let chosen = file.address {
      address = chosen
    } else {
      address = try automaticDeviceTreeAddress(file.name, size: UInt64(blob.count))
    }
    guard let word = UInt32(exactly: address) else { throw .beyondFourGiB(file: file.name, address: address) }
    add(BootFile(name: file.name, bytes: blob), at: address, memorySize: UInt64(blob.count))
    return word
  }

  private mutating func automaticDeviceTreeAddress(_ name: String, size: UInt64) throws(BootError) -> UInt64 {
    // Dom0's memory is mapped one to one: a blob in the middle of it would split the largest free blocks.
    if case .xen = request.payload {
    } else {
      let address = (Self.deviceTreeTop - size) & ~0xff
      var attempt = placement
      if (try? attempt.take(name, size: size, at: address)) != nil {
        placement = attempt
        return address
      }
    }
    return try placement.take(
      name, size: size, alignment: Self.sectionSize, from: Self.kernelBase,
      below: BoardIdentity.Memory.videoCoreSplit)
  }

  // MARK: Payloads

  private mutating func place(_ program: BootFile) throws(BootError) -> UInt64 {
    guard !program.contents.isEmpty else { throw .empty(file: program.name) }
    let address = program.address ?? Self.rawBase
    guard address % 4 == 0 else { throw .misaligned(file: program.name, address: address, alignment: 4) }
    try placement.take(program.name, size: UInt64(program.contents.count), at: address)
    add(program, at: address, memorySize: UInt64(program.contents.count))
    return address
  }

  private mutating func place(_ payload: BootRequest.LinuxPayload) throws(BootError) -> UInt64 {
    let kernel = try image(payload.kernel)
    try check(payload.ramdisk)
    // What the user has placed comes first, so that the rest can give way.
    var ramdisk = try placeIfFixed(payload.ramdisk)
    let entry = try place(kernel, of: payload.kernel, alignment: Self.sectionSize)
    if ramdisk == nil { ramdisk = try placeAutomatically(payload.ramdisk) }
    tree.ensureNode(at: "/chosen") { chosen in
      if !payload.arguments.isEmpty { chosen.set("bootargs", string: payload.arguments) }
      guard let ramdisk else { return }
      chosen.set("linux,initrd-start", cells: FirmwareStage.cells(ramdisk.lowerBound))
      chosen.set("linux,initrd-end", cells: FirmwareStage.cells(ramdisk.upperBound))
    }
    return entry
  }

  private mutating func place(_ payload: BootRequest.XenPayload) throws(BootError) -> UInt64 {
    let xen = try image(payload.xen)
    var kernel: KernelImage?
    if let file = payload.kernel { kernel = try image(file) }
    try check(payload.ramdisk)

    var ramdisk = try placeIfFixed(payload.ramdisk)
    var kernelRange: Range<UInt64>?
    if payload.kernel?.address != nil { kernelRange = try placeModule(kernel, of: payload.kernel) }
    // Xen itself accepts any page.
    let entry = try place(xen, of: payload.xen, alignment: Self.pageSize)
    let xenRange = entry..<entry + xen.memorySize
    if xenRange.overlaps(Self.xenLinkRange), entry != Self.xenLinkRange.lowerBound {
      throw .xenInForbiddenRange(file: payload.xen.name, range: xenRange)
    }
    if kernelRange == nil { kernelRange = try placeModule(kernel, of: payload.kernel) }
    if ramdisk == nil { ramdisk = try placeAutomatically(payload.ramdisk) }
    describeModules(payload, kernel: kernelRange, ramdisk: ramdisk)
    return entry
  }

  /// The nodes and properties of docs/misc/arm/device-tree/booting.txt in Xen's sources.
  private mutating func describeModules(
    _ payload: BootRequest.XenPayload, kernel: Range<UInt64>?, ramdisk: Range<UInt64>?
  ) {
    tree.ensureNode(at: "/chosen") { chosen in
      chosen.set("#address-cells", cells: [2])
      chosen.set("#size-cells", cells: [2])
      if !payload.xenArguments.isEmpty { chosen.set("xen,xen-bootargs", string: payload.xenArguments) }
      if !payload.kernelArguments.isEmpty { chosen.set("xen,dom0-bootargs", string: payload.kernelArguments) }
      for (kind, range) in [("kernel", kernel), ("ramdisk", ramdisk)] {
        guard let range else { continue }
        var module = DeviceTree.Node("module@\(String(range.lowerBound, radix: 16))")
        module.set("compatible", strings: ["multiboot,\(kind)", "multiboot,module"])
        module.set(
          "reg", cells: FirmwareStage.cells(range.lowerBound) + FirmwareStage.cells(UInt64(range.count)))
        chosen.children.append(module)
      }
    }
  }

  // MARK: Files

  private func image(_ file: BootFile) throws(BootError) -> KernelImage {
    do { return try KernelImage(file.contents) } catch { throw .badKernel(file: file.name, error) }
  }

  private func check(_ ramdisk: BootFile?) throws(BootError) {
    guard let ramdisk else { return }
    guard !ramdisk.contents.isEmpty else { throw .badRamdisk(file: ramdisk.name, .empty) }
    guard request.checksRamdisk else { return }
    do { try Initramfs.check(ramdisk.bytes) } catch { throw .badRamdisk(file: ramdisk.name, error) }
  }

  /// Places an executable image with all of its memory, at the user's address or in the first gap.
  private mutating func place(
    _ image: KernelImage, of file: BootFile, alignment: UInt64
  ) throws(BootError) -> UInt64 {
    let address: UInt64
    if let chosen = file.address {
      guard chosen >= image.textOffset, (chosen - image.textOffset) % alignment == 0 else {
        throw .misaligned(file: file.name, address: chosen &- image.textOffset, alignment: alignment)
      }
      try placement.take(file.name, size: image.memorySize, at: chosen)
      address = chosen
    } else {
      address = try placement.take(
        file.name, size: image.memorySize, alignment: Self.sectionSize, offset: image.textOffset,
        from: Self.kernelBase, below: BoardIdentity.Memory.videoCoreSplit)
    }
    add(BootFile(name: file.name, contents: image.contents), at: address, memorySize: image.memorySize)
    return address
  }

  /// Places Dom0's kernel as data that Xen copies: no room for its zero-initialised part.
  private mutating func placeModule(
    _ image: KernelImage?, of file: BootFile?
  ) throws(BootError) -> Range<UInt64>? {
    guard let image, let file else { return nil }
    return try placeData(
      BootFile(name: file.name, contents: image.contents, address: file.address), alignment: Self.sectionSize)
  }

  private mutating func placeIfFixed(_ file: BootFile?) throws(BootError) -> Range<UInt64>? {
    guard let file, file.address != nil else { return nil }
    return try placeData(file, alignment: Self.pageSize)
  }

  private mutating func placeAutomatically(_ file: BootFile?) throws(BootError) -> Range<UInt64>? {
    guard let file else { return nil }
    return try placeData(file, alignment: Self.sectionSize)
  }

  /// Places bytes at the user's address, which must be a page's, or in the first gap.
  private mutating func placeData(_ file: BootFile, alignment: UInt64) throws(BootError) -> Range<UInt64> {
    let size = UInt64(file.contents.count)
    let address: UInt64
    if let chosen = file.address {
      guard chosen % Self.pageSize == 0 else {
        throw .misaligned(file: file.name, address: chosen, alignment: Self.pageSize)
      }
      try placement.take(file.name, size: size, at: chosen)
      address = chosen
    } else {
      address = try placement.take(
        file.name, size: size, alignment: alignment, from: Self.kernelBase,
        below: BoardIdentity.Memory.videoCoreSplit)
    }
    add(file, at: address, memorySize: size)
    return address..<address + size
  }
}
