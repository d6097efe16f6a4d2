import CPU
import Foundation
import Machine
import TestSupport
import Testing

@testable import Debugger

/// Packets against the GDB manual, "Remote Protocol".
@Suite("GDB's remote protocol")
struct RemoteSessionTests {
  @Test("Packets are cut out of the stream, checked and unescaped")
  func framing() {
    var reader = PacketReader()
    let stream = Array("junk+-\u{3}$g#67$g#68$ab$m0,4#fd$X}\u{3}#d8$}#12".utf8)
    let items = stream.compactMap { reader.take($0) }
    #expect(
      items == [
        .acknowledgement, .refusal, .interrupt, .packet([0x67]), .damaged, .packet(Array("m0,4".utf8)),
        .packet([0x58, 0x23]),
      ])
  }

  @Test("A packet that is too long is refused as a whole, and the next one is read")
  func oversize() {
    var reader = PacketReader()
    let long = Conversation.packet([UInt8](repeating: 0x61, count: PacketReader.limit + 1))
    #expect(long.compactMap { reader.take($0) } == [.oversize])
    #expect(Conversation.packet("g").compactMap { reader.take($0) } == [.packet([0x67])])
  }

  @Test("Features are agreed on, acknowledgements end")
  func agreement() throws {
    let talk = try Conversation()
    let features = talk.answer("qSupported:swbreak+;hwbreak+;vContSupported+")
    #expect(features.contains("PacketSize=4000") && features.contains("qXfer:features:read+"))
    talk.session.receive(Conversation.packet("QStartNoAckMode"))
    talk.session.work()
    #expect(talk.session.takeOutput() == Array("+$OK#9a".utf8))
    talk.session.receive(Conversation.packet("vMustReplyEmpty"))
    talk.session.work()
    #expect(talk.session.takeOutput() == Array("$#00".utf8))
    #expect(talk.answer("vCont?") == "vCont;c;C;s;S;t")
    #expect(talk.answer("qfThreadInfo") == "m1,2,3,4")
    #expect(talk.answer("qsThreadInfo") == "l")
  }

  @Test("The description names each register once, and each can be read in its size")
  func description() throws {
    let talk = try Conversation()
    var text = ""
    while true {
      let part = talk.answer("qXfer:features:read:target.xml:\(String(text.utf8.count, radix: 16)),ffb")
      text += part.dropFirst()
      guard part.first == "m" else { break }
    }
    #expect(Array(text.utf8) == TargetDescription.xml)
    let numbers = text.matches(of: /<reg name="[^"]*" bitsize="([0-9]+)"[^>]* regnum="([0-9]+)"/)
    #expect(numbers.count == TargetDescription.count)
    #expect(Set(numbers.map { Int($0.2) }) == Set((0..<TargetDescription.count).map { $0 }))
    for match in numbers {
      let number = try #require(Int(match.2))
      #expect(talk.answer("p" + String(number, radix: 16)).utf8.count == (Int(match.1) ?? 0) / 4)
    }
    for name in ["ESR_EL1", "ESR_EL2", "HPFAR_EL2", "VTTBR_EL2", "SCR_EL3", "SP_EL0", "CNTVCT_EL0", "MIDR_EL1"] {
      #expect(text.contains("\"\(name)\""), "\(name)")
    }
    #expect(talk.answer("p" + String(TargetDescription.count, radix: 16)) == "E01")
  }

  @Test("Registers and memory keep what is written")
  func values() throws {
    let talk = try Conversation()
    #expect(talk.answer("P5=efbeadde00000000") == "OK")
    #expect(talk.register(5) == 0xdead_beef)
    #expect(talk.answer("P5=ef") == "E01")
    #expect(talk.answer("P22=000102030405060708090a0b0c0d0e0f") == "OK")
    #expect(talk.answer("p22") == "000102030405060708090a0b0c0d0e0f")
    #expect(talk.answer("m0,8") == "2101a0d2000080d2")
    #expect(talk.answer("M90000,4:01020304") == "OK")
    #expect(talk.answer("m90000,5") == "0102030400")
    talk.session.receive(Conversation.packet(Array("X90004,3:".utf8) + [0x7d, 0x03, 0xff, 0x7d, 0x5d]))
    talk.session.work()
    #expect(Conversation.payloads(talk.session.takeOutput()) == ["OK"])
    #expect(talk.answer("m90004,3") == "23ff7d")
    let all = talk.answer("g")
    #expect(all.utf8.count == 2 * (33 * 8 + 4 + 32 * 16 + 8))
    #expect(talk.answer("G" + all) == "OK")
    #expect(talk.answer("g") == all)
  }

  @Test("A device is left alone unless that is allowed; where nothing is, there is an error")
  func devices() throws {
    let talk = try Conversation()
    #expect(talk.answer("mfe201018,4") == "E01")
    #expect(talk.answer("Mfe201024,1:00") == "E01")
    #expect(talk.monitor("mmio on").contains("devices are read"))
    // UARTFR of the PL011 (ARM DDI 0183, 3.3.3): transmit and receive FIFO empty.
    #expect(talk.answer("mfe201018,4") == "90000000")
    #expect(talk.answer("mfffffffffffffff0,4") == "E01")
  }

  @Test("A breakpoint stops before the instruction and is gone over, a step is one instruction")
  func breakpoints() throws {
    let talk = try Conversation()
    _ = talk.answer("qSupported:swbreak+;hwbreak+")
    #expect(talk.answer("Z0,c,4") == "OK")
    for round in 1...3 {
      #expect(talk.answer("vCont;c").hasPrefix("T05swbreak:;"))
      #expect(talk.programCounter == 0xc && talk.register(0) == UInt64(round))
    }
    #expect(talk.answer("z0,c,4") == "OK")
    let before = talk.machine.board.cluster.cores[0].executedInstructions
    for address: UInt64 in [0x10, 0x14, 0x18, 0x8, 0xc] {
      #expect(talk.answer("vCont;s:1").hasPrefix("T05"))
      #expect(talk.programCounter == address)
    }
    #expect(talk.machine.board.cluster.cores[0].executedInstructions == before + 5)
    // Another core's step: this one's turn ends first.
    #expect(talk.answer("vCont;s:3").contains("thread:3;"))
    #expect(talk.machine.board.cluster.cores[2].executedInstructions == 1)
    #expect(talk.answer("Z1,3,4") == "E01")
  }

  @Test("A watchpoint stops before the access, once")
  func watchpoints() throws {
    let talk = try Conversation()
    #expect(talk.answer("Z2,90004,8") == "OK")
    #expect(talk.answer("c").contains("watch:90004;"))
    #expect(talk.programCounter == 0xc)
    #expect(talk.answer("m90000,8") == "0000000000000000")
    #expect(talk.answer("s").hasPrefix("T05"))
    #expect(talk.programCounter == 0x10)
    #expect(talk.answer("m90000,8") == "0100000000000000")
    #expect(talk.answer("z2,90004,8") == "OK")
    #expect(talk.answer("Z3,90000,1") == "OK")
    #expect(talk.answer("c").contains("rwatch:90000;"))
    #expect(talk.programCounter == 0x10)
    #expect(talk.monitor("watch pa 0x90000 8 a core 0").hasPrefix("watch 1"))
    #expect(talk.answer("z3,90000,1") == "OK")
    #expect(talk.ask("c").count == 2)
    #expect(talk.programCounter == 0xc)
    #expect(talk.monitor("points") == "watch 1, access of 8 bytes at PA 0x90000, core 0\n")
    #expect(talk.monitor("delete 1") == "")
    #expect(talk.monitor("points") == "none\n")
  }

  @Test("Code that a debugger writes is what is executed")
  func code() throws {
    let talk = try Conversation()
    #expect(talk.answer("Z0,c,4") == "OK")
    _ = talk.answer("c")
    _ = talk.answer("c")
    // add x0, x0, #16
    #expect(talk.answer("M8,4:00400091") == "OK")
    _ = talk.answer("c")
    #expect(talk.register(0) == 18)
  }

  @Test("What a debugger looks at changes nothing")
  func innocence() throws {
    let talk = try Conversation()
    _ = talk.machine.run(forAtMost: 50_000, inputMayCome: false)
    let hash = talk.machine.stateHash()
    var random = SeededGenerator(seed: 7)
    for number in 0..<TargetDescription.count { _ = talk.answer("p" + String(number, radix: 16)) }
    for _ in 0..<2000 {
      let address = random.oneIn(2) ? random.next() >> 32 : random.adversarial()
      _ = talk.answer("m\(String(address, radix: 16)),\(String(random.next() & 0xff, radix: 16))")
      _ = talk.answer("Hg\(Int.random(in: 0...5, using: &random))")
      _ = talk.monitor(random.pick(["space pa", "space va", "space ipa", "space va el 1", "space va el 2", "cores"]))
      _ = talk.answer(random.pick(["g", "?", "qXfer:threads:read::0,fff", "qThreadExtraInfo,2", "qC"]))
    }
    #expect(talk.machine.stateHash() == hash)
  }

  @Test("Commands can be added to monitor")
  func commands() throws {
    let talk = try Conversation()
    talk.monitor.register("shout", usage: "WORD", "says it loud") { words, context in
      words.map { $0.uppercased() }.joined() + " \(context.core.index)"
    }
    #expect(talk.answer("Hg2") == "OK")
    #expect(talk.monitor("shout hello") == "HELLO 1\n")
    #expect(talk.monitor("help").contains("shout WORD"))
    #expect(talk.monitor("whisper").contains("no command"))
  }
}

@Suite("Malformed packets")
struct MalformedPacketTests {
  private static let corpus = [
    "?", "g", "G00", "m0,40", "M90000,4:01020304", "X90000,4:abcd", "p20", "p3f", "P5=efbeadde00000000", "Hg2", "Hc-1",
    "T3", "vCont?", "vCont;c", "vCont;s:1;c", "vCont;C05:2", "c", "s", "C05;80", "S05", "Z0,c,4", "z0,c,4", "Z2,90000,8",
    "Z4,fffffffffffffff8,10", "z3,90000,8", "qSupported:swbreak+;error-message+", "qXfer:features:read:target.xml:0,ffb",
    "qXfer:threads:read::0,fff", "qfThreadInfo", "qThreadExtraInfo,1", "qRcmd,68656c70",
    "qRcmd,627265616b20706120307838302076656d69642033", "qRcmd,7370616365206970612076 6d69642031", "qC", "qAttached",
    "D", "k", "vKill;1", "QStartNoAckMode", "vFile:open:2f", "R00", "!", "qCRC:0,ffffffff", "_M1000,rw", "xffff,10",
    "Z0,ffffffffffffffff,ffffffffffffffff", "mffffffffffffffff,ffffffffffffffff", "qRcmd,6d6d696f206f6e",
    "qRcmd,77617463682076612030782d3120307866666666666666666666666666666666",
  ].map { Array($0.utf8) }

  @Test("A million malformed packets neither end nor hang it")
  func million() throws {
    var talk = try Conversation()
    var random = SeededGenerator(seed: 5)
    var answered = 0
    for number in 0..<1_000_000 {
      var packet = random.pick(Self.corpus)
      for _ in 0..<Int.random(in: 0...3, using: &random) { Self.mutate(&packet, &random) }
      var bytes = Conversation.packet(packet)
      switch Int.random(in: 0..<16, using: &random) {
      case 0: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
      case 1: bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      case 2: bytes.append(3)
      case 3: bytes += bytes
      default: break
      }
      talk.session.receive(bytes)
      talk.session.work()
      switch talk.session.wish {
      case .standStill: break
      case .run:
        // Now and then for real.
        if number % 64 == 0 { _ = talk.machine.run(forAtMost: 20_000, inputMayCome: false) }
        if talk.session.wish == .run { talk.session.machineStopped(core: nil, reasons: []) }
      case .detach, .kill:
        talk.session.letGo()
        talk = try Self.next(talk, number)
      }
      if number % 16 == 0 { answered += talk.session.takeOutput().count }
    }
    #expect(answered > 1_000_000)
    talk = try Conversation()
    #expect(talk.answer("?").hasPrefix("T05"))
  }

  /// A new session with the same machine; now and then a new machine.
  private static func next(_ talk: Conversation, _ number: Int) throws -> Conversation {
    number % 1024 == 0 ? try Conversation() : Conversation(talk.machine)
  }

  private static func mutate(_ packet: inout [UInt8], _ random: inout SeededGenerator) {
    let place = packet.isEmpty ? 0 : Int.random(in: 0..<packet.count, using: &random)
    switch Int.random(in: 0..<7, using: &random) {
    case 0: packet.insert(UInt8.random(in: 0...255, using: &random), at: place)
    case 1: if !packet.isEmpty { packet.remove(at: place) }
    case 2: if !packet.isEmpty { packet[place] = random.pick(Array("0123456789abcdef,;:=-#$}*".utf8)) }
    case 3: packet.removeLast(packet.count - place)
    case 4: packet += random.pick(corpus)
    case 5: packet.insert(contentsOf: Array(String(random.adversarial(), radix: 16).utf8), at: place)
    default: packet += [UInt8](repeating: random.pick(Array("0f,;".utf8)), count: random.oneIn(64) ? 20_000 : 20)
    }
  }

  @Test("A flood that nobody answers is bounded")
  func flood() throws {
    let talk = try Conversation()
    talk.session.receive(Conversation.packet("vCont;c"))
    talk.session.work()
    for _ in 0..<100_000 { talk.session.receive(Conversation.packet("g")) }
    #expect(!talk.session.isLost)
    talk.session.machineStopped(core: nil, reasons: [])
    talk.session.work()
    #expect(talk.session.takeOutput().count < 1 << 20)
    #expect(talk.answer("?").hasPrefix("T05"))
  }
}
