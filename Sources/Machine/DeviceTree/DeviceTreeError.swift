import Fabric

/// Why bytes are not a device tree, and at which of them that shows.
public struct DeviceTreeError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Reason: Equatable, Sendable {
    case shorterThanHeader(count: Int)
    case badMagic(UInt32)
    case unsupportedVersion(UInt32, compatibleWith: UInt32)
    case truncated(totalSize: Int, count: Int)
    case tooLarge(totalSize: Int)
    case blockOutside(Block)
    case blockMisaligned(Block)
    case reservationsUnterminated
    case structureEndsEarly
    case unknownToken(UInt32)
    case nameUnterminated
    case badNodeName(String)
    case badPropertyName(String)
    case propertyOutside(length: Int)
    case propertyNameOutside(offset: Int)
    case propertyAfterChild(String)
    case propertyOutsideOfNode
    case duplicateProperty(String, node: String)
    case duplicateNode(String)
    case nodesTooDeep
    case severalRoots
    case noRoot
    case endInsideNode(String)
    case endNodeWithoutNode
  }

  public enum Block: String, Equatable, Sendable {
    case reservations = "memory reservation block"
    case structure = "structure block"
    case strings = "strings block"
  }

  /// Byte offset into the blob.
  public let offset: Int
  public let reason: Reason

  public var description: String { "byte \(offset.hex()): \(sentence)" }

  /// What is wrong, without the place.
  var sentence: String {
    switch reason {
    case .shorterThanHeader(let count): "\(count) bytes are fewer than the 40 of a device-tree header"
    case .badMagic(let value): "magic is \(value.hex(8)), not 0xd00dfeed: this is no device-tree blob"
    case .unsupportedVersion(let version, let last):
      "format version \(version) (compatible with \(last)) is not 17"
    case .truncated(let total, let count): "the header announces \(total) bytes, but there are only \(count)"
    case .tooLarge(let total): "the header announces \(total) bytes; boot programs accept at most 2 MiB"
    case .blockOutside(let block): "the \(block.rawValue) does not lie inside of the blob"
    case .blockMisaligned(let block): "the \(block.rawValue) is not aligned"
    case .reservationsUnterminated: "the memory reservations have no terminating zero entry"
    case .structureEndsEarly: "the structure block ends without an END token"
    case .unknownToken(let token): "token \(token.hex(8)) is unknown"
    case .nameUnterminated: "a name runs on to the end of its block"
    case .badNodeName(let name): "\"\(name)\" cannot be the name of a node"
    case .badPropertyName(let name): "\"\(name)\" cannot be the name of a property"
    case .propertyOutside(let length): "a property of \(length) bytes runs out of the structure block"
    case .propertyNameOutside(let offset):
      "property name at \(offset.hex()) lies outside of the strings block"
    case .propertyAfterChild(let node): "node \"\(node)\" has a property after a child node"
    case .propertyOutsideOfNode: "a property stands outside of every node"
    case .duplicateProperty(let name, let node): "node \"\(node)\" has two properties \"\(name)\""
    case .duplicateNode(let name): "two sibling nodes are named \"\(name)\""
    case .nodesTooDeep: "nodes are nested more than \(DeviceTree.deepestNode) deep"
    case .severalRoots: "there is a second root node"
    case .noRoot: "there is no root node"
    case .endInsideNode(let name): "the tree ends inside of node \"\(name)\""
    case .endNodeWithoutNode: "END_NODE stands outside of every node"
    }
  }
}
