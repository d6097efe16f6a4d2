import Fabric

/// The firmware's side of the property mailbox: reads a message from memory, answers its tags, writes it
/// back.
///
/// A message is {size, code, tags …, 0}; a tag is {id, size of its value buffer, request length, value}.
/// The answer sets code to 0x8000_0000, or 0x8000_0001 when the message does not parse, and each answered
/// tag's third word to the answer's full length with bit 31. A message outside memory is dropped. No
/// message can make this loop without end: every tag moves on by at least 12 bytes of a bounded buffer.
///
/// Not modelled: a display (sizes are zero, an allocation has size zero), VCHIQ, voltages, turbo.
public final class PropertyTags {
  /// Longest message that is looked at; the largest in use is the command line's, below 4 KiB.
  private static let longestMessage: UInt32 = 0x1_0000
  private static let success: UInt32 = 0x8000_0000
  private static let parseError: UInt32 = 0x8000_0001

  private let configuration: FirmwareConfiguration
  private let port: DMAPort
  private let log: GuestLog

  // Guest-visible state.
  private var rates: [UInt32] = []
  private var clocksOn: UInt32 = 0
  private var domainsOn: UInt32 = 0
  private var powerOn: UInt32 = 0
  private var expander = ExpanderPins()

  /// - Parameter port: the VideoCore's way to memory, with the 0x0, 0x4, 0x8 and 0xC aliases as windows.
  public init(configuration: FirmwareConfiguration, port: DMAPort, log: GuestLog) {
    self.configuration = configuration
    self.port = port
    self.log = log
    reset()
  }

  // MARK: State

  func reset() {
    rates = configuration.clocks.map(\.rate)
    clocksOn = ~0
    domainsOn = ~0
    powerOn = ~0
    expander = ExpanderPins()
  }

  func visitState<V: StateVisitor>(_ visitor: inout V) {
    visitor.visit("clock rates", &rates)
    visitor.visit("clocks on", &clocksOn)
    visitor.visit("domains on", &domainsOn)
    visitor.visit("power on", &powerOn)
    expander.visitState(&visitor)
  }

  // MARK: Messages

  /// Answers the message at `address`.
  func process(_ address: BusAddress) {
    guard let head = try? port.read(address, count: 8) else {
      return drop("message at \(address.rawValue.hex(8)) outside memory")
    }
    let size = LittleEndianBuffer(head).word(0)
    guard size >= 12, size <= Self.longestMessage, size % 4 == 0 else {
      return answerOnlyCode(Self.parseError, at: address, "message of \(size) bytes")
    }
    guard let bytes = try? port.read(address, count: Int(truncatingIfNeeded: size)) else {
      return drop("message at \(address.rawValue.hex(8)) runs out of memory")
    }
    var message = LittleEndianBuffer(bytes)
    message.setWord(4, answerTags(&message))
    do { try port.write(message.bytes, to: address) } catch { drop("answer outside memory") }
  }

  /// Answers every tag in place; the code for the whole message.
  private func answerTags(_ message: inout LittleEndianBuffer) -> UInt32 {
    var offset = 8
    while message.count - offset >= 4 {
      let id = message.word(offset)
      if id == 0 { return Self.success }
      guard message.count - offset >= 12 else { break }
      let capacity = message.word(offset + 4)
      let room = UInt32(truncatingIfNeeded: message.count - offset - 12)
      guard capacity <= room else { break }
      let length = Int(truncatingIfNeeded: capacity)
      var value = LittleEndianBuffer(message.bytes[(offset + 12)..<(offset + 12 + length)])
      if let answered = answer(id, &value) {
        message.replace(offset + 12, with: value.bytes.prefix(length))
        message.setWord(offset + 8, UInt32(truncatingIfNeeded: answered) | 1 << 31)
      }
      offset += 12 + (length + 3) / 4 * 4
    }
    log.once(.odd, source: "firmware", key: "parse", message: "property message does not parse")
    return Self.parseError
  }

  private func answerOnlyCode(_ code: UInt32, at address: BusAddress, _ why: String) {
    log.once(.odd, source: "firmware", key: why, message: why)
    var word = LittleEndianBuffer(count: 4)
    word.setWord(0, code)
    try? port.write(word.bytes, to: BusAddress(address.rawValue &+ 4))
  }

  private func drop(_ why: String) { log.once(.odd, source: "firmware", key: why, message: why) }

  // MARK: Tags

  /// Puts the answer to tag `id` into `value` (which grows when the answer is longer) and returns its
  /// length; nil leaves the tag unanswered.
  private func answer(_ id: UInt32, _ value: inout LittleEndianBuffer) -> Int? {
    guard let tag = PropertyTag(rawValue: id) else {
      let name = id.hex(8)
      log.once(.notModelled, source: "firmware", key: name, message: "property tag \(name)")
      return nil
    }
    let first = value.word(0)
    let second = value.word(4)
    switch tag {
    case .firmwareRevision: return value.set([configuration.firmwareRevision])
    case .boardModel: return value.set([configuration.boardModel])
    case .boardRevision: return value.set([configuration.boardRevision])
    case .macAddress: return value.set(bytes: configuration.macAddress)
    case .boardSerial:
      let serial = configuration.serial
      return value.set([UInt32(truncatingIfNeeded: serial), UInt32(truncatingIfNeeded: serial >> 32)])
    case .armMemory: return value.set([0, configuration.armMemorySize])
    case .videoCoreMemory:
      return value.set([configuration.videoCoreMemoryBase, configuration.videoCoreMemorySize])
    case .clocks:
      var pairs: [UInt32] = []
      for id in configuration.clocks.indices.dropFirst() { pairs += [0, UInt32(truncatingIfNeeded: id)] }
      return value.set(pairs + [0, 0])
    case .commandLine: return value.set(bytes: Array(configuration.commandLine.utf8))
    case .dmaChannels: return value.set([configuration.dmaChannels])

    case .powerState: return value.set([first, devicePower(first)])
    case .setPowerState:
      if first < Self.powerDevices { setBit(&powerOn, first, second.bit(0)) }
      return value.set([first, devicePower(first)])
    case .domainState: return value.set([first, bit(domainsOn, first)])
    case .setDomainState:
      setBit(&domainsOn, first, second.bit(0))
      return value.set([first, second])

    case .clockState: return value.set([first, clock(first) == nil ? 2 : bit(clocksOn, first)])
    case .setClockState:
      if clock(first) != nil { setBit(&clocksOn, first, second.bit(0)) }
      return value.set([first, clock(first) == nil ? 2 : bit(clocksOn, first)])
    case .clockRate, .measuredClockRate: return value.set([first, rate(first)])
    case .setClockRate: return value.set([first, setRate(first, second)])
    case .maximumClockRate: return value.set([first, clock(first)?.maximum ?? 0])
    case .minimumClockRate: return value.set([first, clock(first)?.minimum ?? 0])
    case .setSDHostClock: return value.set([first, first, value.word(8)])

    case .temperature: return value.set([first, configuration.temperature])
    case .maximumTemperature: return value.set([first, configuration.maximumTemperature])
    case .throttled: return value.set([0])
    case .notifyReboot: return 0
    case .notifyXHCIReset: return value.set([0])

    case .expanderState:
      guard let pin = ExpanderPins.index(first) else { return value.set([first, 0]) }
      return value.set([0, expander.level(pin)])
    case .setExpanderState:
      guard let pin = ExpanderPins.index(first) else { return value.set([first, 0]) }
      expander.setLevel(pin, second)
      return value.set([0, second])
    case .expanderConfiguration:
      guard let pin = ExpanderPins.index(first) else { return value.set([first]) }
      return value.set([0] + expander.configuration(pin))
    case .setExpanderConfiguration:
      guard let pin = ExpanderPins.index(first) else { return value.set([first]) }
      expander.configure(pin, (1...5).map { value.word($0 * 4) })
      return value.set([0] + expander.configuration(pin))

    // Without a display: sizes are zero, and what is set is echoed.
    case .releaseBuffer: return 0
    case .depth, .pixelOrder, .alphaMode, .pitch: return value.set([0])
    case .allocateBuffer, .physicalSize, .virtualSize, .virtualOffset: return value.set([0, 0])
    case .overscan: return value.set([0, 0, 0, 0])
    case .blankScreen, .setDepth, .setPixelOrder, .setAlphaMode: return value.set([first])
    case .setPhysicalSize, .setVirtualSize, .setVirtualOffset: return value.set([first, second])
    case .setOverscan: return value.set([first, second, value.word(8), value.word(12)])
    }
  }

  // MARK: Clocks and power

  /// Device ids of the old power tags: SD card, UART0, UART1, USB HCD, I2C0–2, SPI, CCP2TX.
  private static let powerDevices: UInt32 = 9

  /// Bit 0 on, bit 1 no such device.
  private func devicePower(_ device: UInt32) -> UInt32 {
    device < Self.powerDevices ? bit(powerOn, device) : 2
  }

  private func clock(_ id: UInt32) -> FirmwareConfiguration.Clock? {
    let index = Int(truncatingIfNeeded: id)
    guard index > 0, index < configuration.clocks.count, index < rates.count else { return nil }
    return configuration.clocks[index]
  }

  private func rate(_ id: UInt32) -> UInt32 {
    clock(id) == nil ? 0 : rates[Int(truncatingIfNeeded: id)]
  }

  private func setRate(_ id: UInt32, _ hertz: UInt32) -> UInt32 {
    guard let clock = clock(id) else { return 0 }
    let rate = min(max(hertz, clock.minimum), max(clock.minimum, clock.maximum))
    rates[Int(truncatingIfNeeded: id)] = rate
    return rate
  }

  private func bit(_ set: UInt32, _ index: UInt32) -> UInt32 { index < 32 ? (set &>> index) & 1 : 0 }

  private func setBit(_ set: inout UInt32, _ index: UInt32, _ on: Bool) {
    guard index < 32 else { return }
    let mask: UInt32 = 1 &<< index
    set = on ? set | mask : set & ~mask
  }
}
