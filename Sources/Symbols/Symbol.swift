/// One name of one address, as a symbol table gives it.
public struct Symbol: Hashable, Sendable {
  public enum Kind: UInt8, Hashable, Sendable {
    /// Code that the file marks as a function (`STT_FUNC`, types `t` and `T`).
    case function
    /// A name without a type: mostly a label in assembly.
    case label
    /// Data.
    case object
  }

  public enum Binding: UInt8, Hashable, Sendable {
    case global, weak, local
  }

  public var address: UInt64
  /// Bytes that belong to it; nil when the file does not say.
  public var size: UInt64?
  public var name: String
  /// The source file or the module of a local symbol, where the table tells it.
  public var origin: String?
  public var kind: Kind
  public var binding: Binding

  public init(
    address: UInt64, size: UInt64? = nil, name: String, origin: String? = nil, kind: Kind = .function,
    binding: Binding = .global
  ) {
    self.address = address
    self.size = size
    self.name = name
    self.origin = origin
    self.kind = kind
    self.binding = binding
  }

  /// `file.c#name` for a local symbol of a known file, else the name.
  public var qualifiedName: String { origin.map { "\($0)#\(name)" } ?? name }
}

/// Where an address lies: `name+0x1c`.
public struct SymbolLocation: Hashable, Sendable, CustomStringConvertible {
  public var symbol: Symbol
  /// From the symbol's start.
  public var offset: UInt64
  /// The table that it comes from, for a message: a file, or `xen (built in)`.
  public var table: String

  public var name: String { symbol.name }
  /// Whether the table says how long the symbol is, so that the address surely lies in it.
  public var isSizeKnown: Bool { symbol.size != nil }

  public var description: String {
    offset == 0 ? symbol.name : "\(symbol.name)+\(hexadecimal(offset))"
  }
}
