import Machine

/// Writes events to a file as they come: a line each, the first one saying what the trace is of.
public final class TraceRecorder: EventSink {
  private let file: FileConsole
  private let format: TraceFormat
  private var line = JSONLine()
  /// How many bytes are collected before the file is written to.
  private static let chunk = 1 << 18

  /// Events written so far.
  public private(set) var count: UInt64 = 0

  /// What stands in a trace's first line.
  public struct Header {
    /// Engine and command line would make equal runs differ; only what the guest could see is told.
    public var ramBytes: UInt64
    public var stepping: String
    public var seed: UInt64
    public var nanosecondsPerInstruction: UInt64
    /// The events that were asked for, as they were written.
    public var events: [String]
    /// Where symbols came from.
    public var symbols: [String]

    public init(
      ramBytes: UInt64, stepping: String, seed: UInt64, nanosecondsPerInstruction: UInt64, events: [String],
      symbols: [String]
    ) {
      self.ramBytes = ramBytes
      self.stepping = stepping
      self.seed = seed
      self.nanosecondsPerInstruction = nanosecondsPerInstruction
      self.events = events
      self.symbols = symbols
    }
  }

  /// - Throws: ``BadInput`` when the file cannot be made.
  public init(path: String, header: Header, names: (any TraceNames)?) throws(BadInput) {
    file = try FileConsole(path: path, option: "--trace-to")
    format = TraceFormat(names: names)
    line.open()
    line.string("schema", TraceFormat.schema)
    line.open("machine")
    line.number("ramBytes", header.ramBytes)
    line.string("stepping", header.stepping)
    line.number("seed", header.seed)
    line.number("nanosecondsPerInstruction", header.nanosecondsPerInstruction)
    line.close()
    line.openArray("events")
    for event in header.events { line.string(nil, event) }
    line.closeArray()
    line.openArray("symbols")
    for source in header.symbols { line.string(nil, source) }
    line.closeArray()
    line.close()
    line.endLine()
  }

  /// What could not be written, if anything.
  public var loss: OutputLoss? { file.loss }

  public func take(_ event: TraceEvent) {
    count &+= 1
    format.write(event, to: &line)
    if line.bytes.count >= Self.chunk { flush() }
  }

  private func flush() {
    file.write(line.bytes)
    line.removeAll()
  }

  /// Writes what is left and closes the file.
  public func finish() {
    flush()
    file.close()
  }
}
