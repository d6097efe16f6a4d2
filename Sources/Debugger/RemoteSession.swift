import CPU
import Fabric
import Machine

/// One debugger's conversation with the machine, in GDB's remote serial protocol: bytes in, bytes out. It knows
/// no sockets, and no input can bring it to a fall.
final class RemoteSession {
  /// What is to become of the machine.
  enum Wish: Equatable { case standStill, run, detach, kill }

  let target: MachineTarget
  let monitor: Monitor
  private var reader = PacketReader()
  /// What is to be sent.
  private(set) var output: [UInt8] = []
  private var lastReply: [UInt8] = []
  private var acknowledges = true
  /// Packets that wait until the machine stands still.
  private var queue: [PacketReader.Item] = []
  private static let queueLimit = 256
  /// Output that nobody fetches: the debugger is gone.
  private static let outputLimit = 1 << 22

  private(set) var wish = Wish.standStill
  var points = Points()
  /// What registers and memory mean: `Hg`.
  private(set) var selected = 0
  /// What `s` and `c` mean: `Hc`.
  private var stepped = ThreadChoice.any
  /// Who stopped last, and how.
  private var stopped = 0
  private var stopReply = "T05"
  private var knowsBreakpointReasons = (software: false, hardware: false)
  private var takesMessages = false
  /// The debugger waits for a stop reply.
  private var awaitsStop = false
  /// Ctrl-C came while the machine ran.
  private(set) var wasInterrupted = false
  /// The output grew beyond all bounds.
  var isLost: Bool { output.count > Self.outputLimit }

  init(target: MachineTarget, monitor: Monitor) {
    self.target = target
    self.monitor = monitor
    stopReply = describeStop(core: 0)
  }

  var selectedCore: Core { target.cores[target.cores.indices.contains(selected) ? selected : 0] }

  // MARK: Bytes

  /// Takes what came from the debugger. Packets are answered by `work`.
  func receive(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      guard let item = reader.take(byte) else { continue }
      switch item {
      case .acknowledgement: break
      case .refusal: if acknowledges { output += lastReply }
      case .interrupt: if wish == .run { wasInterrupted = true }
      default: if queue.count < Self.queueLimit { queue.append(item) }
      }
    }
  }

  func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }

  var hasWork: Bool { !queue.isEmpty }

  /// Answers what came, while the machine stands still.
  func work() {
    var taken = 0
    while taken < queue.count, wish == .standStill {
      let item = queue[taken]
      taken += 1
      switch item {
      case .packet(let packet):
        if acknowledges { output.append(UInt8(ascii: "+")) }
        answer(packet)
      case .damaged: if acknowledges { output.append(UInt8(ascii: "-")) }
      case .oversize:
        if acknowledges { output.append(UInt8(ascii: "+")) }
        fail("the packet is longer than PacketSize")
      default: break
      }
    }
    queue.removeFirst(taken)
  }

  private func send(_ payload: [UInt8]) {
    var packet: [UInt8] = [UInt8(ascii: "$")]
    var sum: UInt8 = 0
    for byte in payload {
      var byte = byte
      switch byte {
      case UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "}"), UInt8(ascii: "*"):
        packet.append(UInt8(ascii: "}"))
        sum = sum &+ UInt8(ascii: "}")
        byte ^= 0x20
      default: break
      }
      packet.append(byte)
      sum = sum &+ byte
    }
    packet.append(UInt8(ascii: "#"))
    packet += hexBytes([sum])
    lastReply = packet
    output += packet
  }

  func reply(_ text: String) { send(Array(text.utf8)) }

  /// An error, in words where they are understood.
  func fail(_ text: String) {
    if takesMessages { reply("E." + text) } else { reply("E01") }
  }

  // MARK: Stops

  /// The machine stands still: `core` is why, or nobody.
  func machineStopped(core: Int?, reasons: [PauseReason]) {
    stopped = core ?? Self.busyCore(target.cores)
    selected = stopped
    stopReply = describeStop(core: stopped, reasons: reasons, wasInterrupted: wasInterrupted)
    wasInterrupted = false
    wish = .standStill
    for reason in reasons {
      if case .event(let text) = reason { print(text + "\n") }
      announce(reason)
    }
    guard awaitsStop else { return }
    awaitsStop = false
    reply(stopReply)
  }

  /// A core that runs, if there is one.
  private static func busyCore(_ cores: [Core]) -> Int { cores.firstIndex { $0.waiting == .running } ?? 0 }

  /// Text for the debugger's user, while it waits for a stop.
  private func print(_ text: String) {
    guard awaitsStop else { return }
    send([UInt8(ascii: "O")] + hexBytes(text.utf8))
  }

  private func announce(_ reason: PauseReason) {
    switch reason {
    case .breakpoint(let breakpoint):
      for (number, other) in points.breaks.sorted(by: { $0.key < $1.key }) where other == breakpoint {
        print("tayberry: break \(number), \(Monitor.text(breakpoint))\n")
      }
    case .watchpoint(let watchpoint, let address, let isWrite):
      for (number, other) in points.watches.sorted(by: { $0.key < $1.key }) where other == watchpoint {
        print("tayberry: watch \(number), \(isWrite ? "write to" : "read of") \(address.hex())\n")
      }
    default: break
    }
  }

  private func describeStop(
    core number: Int, reasons: [PauseReason] = [], wasInterrupted: Bool = false
  ) -> String {
    var text = wasInterrupted ? "T02" : "T05"
    for reason in reasons {
      if case .watchpoint(let watchpoint, let address, _) = reason, points.watchpoints.contains(watchpoint) {
        let name = watchpoint.kind == .write ? "watch" : watchpoint.kind == .read ? "rwatch" : "awatch"
        text += "\(name):\(String(address, radix: 16));"
        break
      }
      if case .breakpoint(let breakpoint) = reason, let kinds = points.breakpoints[breakpoint] {
        if kinds.contains(.software) && knowsBreakpointReasons.software {
          text += "swbreak:;"
        } else if knowsBreakpointReasons.hardware {
          text += "hwbreak:;"
        }
        break
      }
    }
    let core = target.cores[number]
    for register in [29, TargetDescription.stackPointer, TargetDescription.programCounter] {
      guard let value = target.read(register, of: core) else { continue }
      text += "\(String(register, radix: 16)):\(String(decoding: hexBytes(value), as: UTF8.self));"
    }
    return text + "thread:\(String(number + 1, radix: 16));core:\(String(number, radix: 16));"
  }

  /// The run is over.
  func machineEnded(code: UInt8) {
    guard awaitsStop else { return }
    reply("W" + String(decoding: hexBytes([code]), as: UTF8.self))
  }

  /// Lets the machine run: the cores of `steps` execute one instruction each, and the first that did ends it.
  private func resume(steps: [Int]) {
    for core in target.cores { core.isStepping = steps.contains(core.index) }
    points.apply(to: target.cluster)
    awaitsStop = true
    wish = .run
  }

  /// All that was asked for is forgotten.
  func letGo() {
    points = Points()
    points.apply(to: target.cluster)
    for core in target.cores { core.isStepping = false }
  }

  // MARK: Packets

  private func answer(_ packet: [UInt8]) {
    var text = PacketText(packet)
    if text.skip("?") { return reply(stopReply) }
    if text.skip("g") { return readAll() }
    if text.skip("G") { return writeAll(text) }
    if text.skip("m") { return readMemory(&text) }
    if text.skip("M") { return writeMemory(&text, isBinary: false) }
    if text.skip("X") { return writeMemory(&text, isBinary: true) }
    if text.skip("p") { return readRegister(&text) }
    if text.skip("P") { return writeRegister(&text) }
    if text.skip("Z") { return insertPoint(&text, isInsertion: true) }
    if text.skip("z") { return insertPoint(&text, isInsertion: false) }
    if text.skip("H") { return selectThread(&text) }
    if text.skip("T") { return isAlive(&text) }
    if text.skip("vCont?") { return reply("vCont;c;C;s;S;t") }
    if text.skip("vCont;") { return resumeThreads(&text) }
    if text.skip("vKill") {
      wish = .kill
      return reply("OK")
    }
    if text.skip("D") {
      wish = .detach
      return reply("OK")
    }
    if text.skip("k") {
      wish = .kill
      return
    }
    if text.skip("c") { return resumeOld(&text, hasSignal: false, isStep: false) }
    if text.skip("C") { return resumeOld(&text, hasSignal: true, isStep: false) }
    if text.skip("s") { return resumeOld(&text, hasSignal: false, isStep: true) }
    if text.skip("S") { return resumeOld(&text, hasSignal: true, isStep: true) }
    if text.skip("QStartNoAckMode") {
      reply("OK")
      acknowledges = false
      return
    }
    if text.skip("q") { return query(&text) }
    reply("")
  }

  // MARK: Threads and runs

  private func selectThread(_ text: inout PacketText) {
    let isGeneral = text.skip("g")
    guard isGeneral || text.skip("c"), let choice = text.thread() else { return fail("which thread?") }
    if case .one(let number) = choice, !target.cores.indices.contains(number) { return fail("no such thread") }
    if isGeneral {
      if case .one(let number) = choice { selected = number }
    } else {
      stepped = choice
    }
    reply("OK")
  }

  private func isAlive(_ text: inout PacketText) {
    guard case .one(let number) = text.thread(), target.cores.indices.contains(number) else {
      return fail("no such thread")
    }
    reply("OK")
  }

  /// `vCont;action[:thread];...`: the leftmost action that names a thread is its own. Cores that are named by none
  /// run all the same, in their turns: time does not pass for one core alone.
  private func resumeThreads(_ text: inout PacketText) {
    var steps: [Int] = []
    var named: [Int] = []
    var resumesAny = false
    while !text.isAtEnd {
      let action = text.piece(upTo: ";")
      guard !action.isEmpty else { return fail("vCont: no action") }
      var piece = PacketText(Array(action))
      let isStep: Bool
      if piece.skip("s") || piece.skip("S") {
        isStep = true
      } else if piece.skip("c") || piece.skip("C") {
        isStep = false
      } else if piece.skip("t") {
        continue
      } else {
        return fail("vCont: no such action")
      }
      let hasSignal = action.first == UInt8(ascii: "S") || action.first == UInt8(ascii: "C")
      if hasSignal && piece.number() == nil { return fail("vCont: no signal") }
      var choice = ThreadChoice.all
      if piece.skip(":") {
        guard let given = piece.thread() else { return fail("vCont: no such thread") }
        choice = given == .any ? .one(stopped) : given
      }
      guard piece.isAtEnd else { return fail("vCont: what is behind the thread?") }
      if case .one(let number) = choice, !target.cores.indices.contains(number) {
        return fail("vCont: no such thread")
      }
      resumesAny = true
      for core in target.cores where choice.includes(core.index) && !named.contains(core.index) {
        named.append(core.index)
        if isStep { steps.append(core.index) }
      }
    }
    guard resumesAny else { return fail("vCont: nothing to resume") }
    resume(steps: steps)
  }

  /// `c`, `s`, and the two with a signal, which means nothing here.
  private func resumeOld(_ text: inout PacketText, hasSignal: Bool, isStep: Bool) {
    if hasSignal {
      guard text.number() != nil else { return fail("no signal") }
      _ = text.skip(";")
    }
    let choice = stepped == .any || stepped == .all ? ThreadChoice.one(selected) : stepped
    if !text.isAtEnd {
      guard let address = text.number(), text.isAtEnd, case .one(let number) = choice,
        target.cores.indices.contains(number)
      else { return fail("no address") }
      target.cores[number].setProgramCounter(address)
    }
    resume(steps: isStep ? target.cores.indices.filter { choice.includes($0) } : [])
  }

  // MARK: Registers

  private func readAll() {
    var values: [UInt8] = []
    for number in 0..<TargetDescription.firstSystem { values += target.read(number, of: selectedCore) ?? [] }
    send(hexBytes(values))
  }

  private func writeAll(_ text: PacketText) {
    let sizes = (0..<TargetDescription.firstSystem).map(TargetDescription.size)
    guard let values = bytes(fromHex: text.rest), values.count == sizes.reduce(0, +) else {
      return fail("not all registers")
    }
    var place = 0
    for (number, size) in sizes.enumerated() {
      let value = Array(values[place..<(place + size)])
      if target.read(number, of: selectedCore) != value { _ = target.write(number, of: selectedCore, value) }
      place += size
    }
    reply("OK")
  }

  private func readRegister(_ text: inout PacketText) {
    guard let number = text.number(), text.isAtEnd, number < UInt64(TargetDescription.count),
      let value = target.read(Int(number), of: selectedCore)
    else { return fail("no such register") }
    send(hexBytes(value))
  }

  private func writeRegister(_ text: inout PacketText) {
    guard let number = text.number(), text.skip("="), number < UInt64(TargetDescription.count),
      let value = bytes(fromHex: text.rest)
    else { return fail("no such register") }
    guard target.write(Int(number), of: selectedCore, value) else { return fail("the register is not writable") }
    reply("OK")
  }

  // MARK: Memory

  private func readMemory(_ text: inout PacketText) {
    guard let address = text.number(), text.skip(","), let count = text.number(), text.isAtEnd else {
      return fail("no address and length")
    }
    // A part may be given.
    let limit = UInt64(PacketReader.limit / 2 - 8)
    do throws(MachineTarget.Refusal) {
      send(hexBytes(try target.read(address, count: Int(min(count, limit)), for: selectedCore)))
    } catch {
      fail(error.text)
    }
  }

  private func writeMemory(_ text: inout PacketText, isBinary: Bool) {
    guard let address = text.number(), text.skip(","), let count = text.number(), text.skip(":") else {
      return fail("no address and length")
    }
    guard let values = isBinary ? Array(text.rest) : bytes(fromHex: text.rest), UInt64(values.count) == count else {
      return fail("not as many bytes as were said")
    }
    do throws(MachineTarget.Refusal) {
      try target.write(values, at: address, for: selectedCore)
      reply("OK")
    } catch {
      fail(error.text)
    }
  }

  // MARK: Breakpoints

  private func insertPoint(_ text: inout PacketText, isInsertion: Bool) {
    guard let number = text.number(), number <= 4, let kind = Points.Kind(rawValue: UInt8(number)), text.skip(","),
      let address = text.number(), text.skip(","), let length = text.number(), text.isAtEnd || text.skip(";")
    else { return reply("") }
    if !isInsertion {
      points.remove(kind, address, length: length)
    } else if !points.insert(kind, address, length: length) {
      return fail("cannot wait for that")
    }
    reply("OK")
  }

  // MARK: Questions

  private func query(_ text: inout PacketText) {
    if text.skip("Supported") { return agree(text) }
    if text.skip("Xfer:features:read:target.xml:") { return sendPart(of: TargetDescription.xml, &text) }
    if text.skip("Xfer:features:read:") { return reply("E00") }
    if text.skip("Xfer:threads:read::") { return sendPart(of: threadList(), &text) }
    if text.skip("fThreadInfo") {
      return reply("m" + target.cores.map { String($0.index + 1, radix: 16) }.joined(separator: ","))
    }
    if text.skip("sThreadInfo") { return reply("l") }
    if text.skip("ThreadExtraInfo,") {
      guard case .one(let number) = text.thread(), target.cores.indices.contains(number) else {
        return fail("no such thread")
      }
      return send(hexBytes(monitor.threadName(target.cores[number]).utf8))
    }
    if text.skip("Rcmd,") {
      guard let line = bytes(fromHex: text.rest) else { return fail("no command") }
      let answer = monitor.run(String(decoding: line, as: UTF8.self), in: self)
      return answer.isEmpty ? reply("OK") : sendText(answer)
    }
    if text.skip("Attached") { return reply("1") }
    if text.skip("HostInfo") {
      let triple = String(decoding: hexBytes("aarch64-unknown-none".utf8), as: UTF8.self)
      return reply("triple:\(triple);endian:little;ptrsize:8;")
    }
    if text.skip("WatchpointSupportInfo") { return reply("num:\(Points.limit);") }
    if text.skip("Symbol") { return reply("OK") }
    if text.isAtEnd { return reply("") }
    if text.skip("C") && text.isAtEnd { return reply("QC\(String(stopped + 1, radix: 16))") }
    reply("")
  }

  private func sendText(_ text: String) {
    // In parts that fit.
    let bytes = Array(text.utf8)
    let part = PacketReader.limit / 2 - 8
    var place = 0
    while bytes.count - place > part {
      send([UInt8(ascii: "O")] + hexBytes(bytes[place..<(place + part)]))
      place += part
    }
    send([UInt8(ascii: "O")] + hexBytes(bytes[place...]))
    reply("OK")
  }

  private func agree(_ text: PacketText) {
    let features = String(decoding: text.rest.dropFirst(), as: UTF8.self).split(separator: ";")
    knowsBreakpointReasons = (features.contains("swbreak+"), features.contains("hwbreak+"))
    takesMessages = features.contains("error-message+")
    let size = String(PacketReader.limit, radix: 16)
    reply(
      "PacketSize=\(size);QStartNoAckMode+;qXfer:features:read+;qXfer:threads:read+;vContSupported+;swbreak+;"
        + "hwbreak+;multiprocess-;error-message+")
  }

  private func sendPart(of data: [UInt8], _ text: inout PacketText) {
    guard let offset = text.number(), text.skip(","), let count = text.number(), text.isAtEnd else {
      return fail("no offset and length")
    }
    let start = Int(min(offset, UInt64(data.count)))
    let length = Int(min(count, UInt64(PacketReader.limit / 2), UInt64(data.count - start)))
    let part = data[start..<(start + length)]
    send([UInt8(ascii: part.endIndex == data.endIndex ? "l" : "m")] + part)
  }

  private func threadList() -> [UInt8] {
    var text = "<?xml version=\"1.0\"?>\n<threads>\n"
    for core in target.cores {
      let name = xmlText(monitor.threadName(core))
      let number = String(core.index + 1, radix: 16)
      text += "<thread id=\"\(number)\" core=\"\(core.index)\" name=\"\(name)\"/>\n"
    }
    return Array((text + "</threads>\n").utf8)
  }

  private func xmlText(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "\"": result += "&quot;"
      case _ where character.value < 0x20: result += " "
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
