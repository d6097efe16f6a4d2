import Fabric

@testable import Machine

/// A machine that prints, listens and stops by a table of times: what a session sees of a real one.
final class FakeMachine: EmulatedMachine {
  enum Act {
    case print(String)
    case pause(MachinePause)
    case log(GuestLog.Kind, String)
  }

  let engineName = "fake"
  private(set) var elapsedNanoseconds: UInt64 = 0
  let log = GuestLog()
  /// What was typed, and when.
  private(set) var received: [(byte: UInt8, time: UInt64)] = []
  /// Bytes that the receiver takes per run; a FIFO of this depth.
  var fifoDepth = Int.max
  /// Called with each line typed; gives what happens after it.
  var answer: (String) -> [Act] = { _ in [] }
  /// Printed again and again, with this much time between.
  var chatter: (line: String, interval: UInt64)?

  var executingPlace: String?
  private(set) var wasStopped = false

  private var acts: [(time: UInt64, act: Act)]
  private var port: (any BytePort)?
  private var room = Int.max
  private var typedLine: [UInt8] = []
  private var nextChatter: UInt64 = 0

  /// - Parameter acts: what happens, by millisecond.
  init(_ acts: [(milliseconds: UInt64, act: Act)] = []) {
    self.acts = acts.map { ($0.milliseconds * 1_000_000, $0.act) }
  }

  var instructionsPerCore: [UInt64] { [elapsedNanoseconds, elapsedNanoseconds / 2, 0, 0] }
  func connectConsole(_ port: any BytePort) { self.port = port }
  func stopSoon() { wasStopped = true }
  func stateHash() -> UInt64 { elapsedNanoseconds ^ 0x1234 }

  var receivedText: String { String(decoding: received.map(\.byte), as: UTF8.self) }

  func receiveConsoleByte(_ byte: UInt8) -> Bool {
    guard room > 0 else { return false }
    room -= 1
    received.append((byte, elapsedNanoseconds))
    if byte == 0x0d {
      let line = String(decoding: typedLine, as: UTF8.self)
      typedLine = []
      for act in answer(line) { acts.append((elapsedNanoseconds + 1_000_000, act)) }
    } else {
      typedLine.append(byte)
    }
    return true
  }

  func run(forAtMost nanoseconds: UInt64, inputMayCome: Bool) -> MachinePause {
    room = fifoDepth
    let end = elapsedNanoseconds + nanoseconds
    while let index = acts.indices.min(by: { acts[$0].time < acts[$1].time }), acts[index].time < end {
      let (time, act) = acts.remove(at: index)
      elapsedNanoseconds = max(elapsedNanoseconds, time)
      switch act {
      case .print(let text): for byte in text.utf8 { port?.transmit(byte) }
      case .log(let kind, let message): log.once(kind, source: "fake", key: message, message: message)
      case .pause(let reason): return reason
      }
    }
    while let chatter, nextChatter < end {
      for byte in chatter.line.utf8 { port?.transmit(byte) }
      nextChatter = max(nextChatter, elapsedNanoseconds) + chatter.interval
    }
    elapsedNanoseconds = end
    return .timeElapsed
  }
}

/// A host whose clock moves by a fixed step at each look.
final class FakeClock: HostClock {
  private var now = 0.0
  let step: Double
  var isInterrupted = false
  init(step: Double = 0) { self.step = step }
  var seconds: Double {
    now += step
    return now
  }
}

/// A console that remembers what was shown and plays back what is typed.
final class FakeConsole: HostConsole {
  var isInteractive = false
  private(set) var shown: [UInt8] = []
  private(set) var waits: [Double] = []
  var typed: [ConsoleInput] = []

  var mayType: Bool { isInteractive || !typed.isEmpty }

  func write(_ bytes: [UInt8]) { shown += bytes }
  func read(waitingAtMost seconds: Double) -> ConsoleInput {
    waits.append(seconds)
    return typed.isEmpty ? ConsoleInput() : typed.removeFirst()
  }
  func close() {}
}
