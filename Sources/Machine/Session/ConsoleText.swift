/// Turns console bytes into lines of plain text: escape sequences, carriage returns and other control
/// characters are left out, so that a pattern sees what a person reads.
public struct ConsoleText: Sendable {
  private enum State {
    case text, escape, escapeIntermediate
    /// ESC [ … up to a final byte 0x40–0x7E.
    case controlSequence
    /// ESC ] … up to BEL or ESC \.
    case controlString
  }

  /// A guest that never ends its line gets it ended here.
  public static let longestLine = 8192

  private var state = State.text
  private var line: [UInt8] = []

  public init() {}

  /// The text of the line that has not ended yet: a prompt, usually.
  public var unfinishedLine: String { String(decoding: line, as: UTF8.self) }
  public var hasUnfinishedLine: Bool { !line.isEmpty }

  /// Takes one byte; gives the line that it ends, if it ends one.
  public mutating func append(_ byte: UInt8) -> String? {
    switch state {
    case .text: return appendText(byte)
    case .escape:
      switch byte {
      case UInt8(ascii: "["): state = .controlSequence
      case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"): state = .controlString
      case 0x20...0x2f: state = .escapeIntermediate
      default: state = .text
      }
    case .escapeIntermediate:
      if !(0x20...0x2f).contains(byte) { state = .text }
    case .controlSequence:
      switch byte {
      case 0x40...0x7e: state = .text
      case 0x20...0x3f: break
      default: return endSequence(with: byte)
      }
    case .controlString:
      switch byte {
      case 0x07: state = .text
      case 0x1b: state = .escape
      case 0x0a: return endSequence(with: byte)
      default: break
      }
    }
    return nil
  }

  /// A byte that has no place in a sequence ends it and counts as text: a cut-off sequence must not
  /// swallow the lines that follow.
  private mutating func endSequence(with byte: UInt8) -> String? {
    state = .text
    return appendText(byte)
  }

  private mutating func appendText(_ byte: UInt8) -> String? {
    switch byte {
    case 0x0a: return endLine()
    case 0x1b: state = .escape
    case 0x09, 0x20...0x7e, 0x80...0xff:
      line.append(byte)
      if line.count >= Self.longestLine { return endLine() }
    default: break
    }
    return nil
  }

  private mutating func endLine() -> String {
    defer { line.removeAll(keepingCapacity: true) }
    return String(decoding: line, as: UTF8.self)
  }
}
