import Fabric

/// Why a machine gave control back to its session.
public enum MachinePause: Hashable, Sendable {
  /// The time that was asked for has passed.
  case timeElapsed
  /// The guest switched the board off (or halted it, as the firmware's partition 63 does).
  case powerOff
  /// The guest reset the board, through the watchdog for instance.
  case reset
  /// No core can ever run again: nothing that is armed could wake one.
  case allCoresHalted
  /// The guest did what this emulator does not carry out, AArch32 for one; the text says what and where.
  case unsupported(String)
  /// Something happened at which the run was to end; in words.
  case event(String)
  /// A check that was to end the run found a wrong transfer; in words.
  case violation(String)
  /// A debugger ended the run.
  case killed
}

/// All that a session needs to know of a machine.
///
/// A session runs the machine in slices of virtual time, looks at what it printed, and types. The slices
/// must not be visible to the guest: two runs that cut the same time differently are the same run.
public protocol EmulatedMachine: AnyObject {
  /// The engine that executes instructions: `host-code` or `interpreter`.
  var engineName: String { get }
  /// Virtual nanoseconds since power-on.
  var elapsedNanoseconds: UInt64 { get }
  /// Instructions retired so far, core 0 first.
  var instructionsPerCore: [UInt64] { get }
  /// Where each core is, in words, core 0 first: for a run that did not end as it should.
  var corePlaces: [String] { get }
  /// What the guest did that deserves a line to the person.
  var log: GuestLog { get }

  /// Connects the far end of the serial line that serves as console.
  func connectConsole(_ port: any BytePort)
  /// Offers a byte to the console's receiver; false when its FIFO is full, to be offered again later.
  func receiveConsoleByte(_ byte: UInt8) -> Bool

  /// Runs for at most `nanoseconds` of virtual time, or to the first end of a turn after them.
  ///
  /// - Parameter inputMayCome: whether somebody may still type. A guest that waits, with nothing scheduled
  ///   that could wake it, is halted only when nobody does.
  func run(forAtMost nanoseconds: UInt64, inputMayCome: Bool) -> MachinePause

  /// As above, but gives up early, with `timeElapsed`, when `isOverdue` says so. It is asked often, for a guest
  /// that does nothing but take exceptions needs seconds for a millisecond.
  func run(forAtMost nanoseconds: UInt64, inputMayCome: Bool, isOverdue: () -> Bool) -> MachinePause

  /// Ends a `run` that is under way after the current turn.
  func stopSoon()
  /// Which core executes just now, and where, in words; nil between turns.
  var executingPlace: String? { get }

  /// A hash over everything that the guest could ever see.
  func stateHash() -> UInt64
}

extension EmulatedMachine {
  public var corePlaces: [String] { [] }
  public func stopSoon() {}
  public func run(forAtMost nanoseconds: UInt64, inputMayCome: Bool, isOverdue: () -> Bool) -> MachinePause {
    run(forAtMost: nanoseconds, inputMayCome: inputMayCome)
  }
  public var executingPlace: String? { nil }
}
