extension Operand {
  /// Operands of loads and stores.
  static let loadStoreFormatters: [String: Formatter] = {
    var formatters: [String: Formatter] = [
      // Mnemonic suffixes by access size.
      "bh": { ["b", "h", "", ""][Int($0.value)] },
      "bhw": { ["b", "h", "w", ""][Int($0.value)] },
      // The transferred register.
      "size": { register($0.value, is64: $0.value(of: "size") == 3) },
      "sz": { register($0.value, is64: $0.value(of: "sz") == 1) },
      "opc": { register($0.value, is64: $0.value(of: "opc0") == 0) },
      "fsize": { scalarLetters[Int($0.scaleFP)] + String($0.value) },
      "fopc": { scalarLetters[Int($0.value(of: "opc") + 2)] + String($0.value) },
      "prefetch": { prefetch($0.value) },
      // Offsets.
      "shex": { hex($0.signedValue) },
      "scaled": { hex($0.value << $0.value(of: "size")) },
      "scaled8": { hex($0.value << 3) },
      "scaledFP": { hex($0.value << $0.scaleFP) },
      "wordScaled": { hex($0.signedValue << 2) },
      "pairScaled": { hex($0.signedValue << ($0.isWide ? 3 : 2)) },
      "pairScaledFP": { hex($0.signedValue << Int64($0.value(of: "opc") + 2)) },
      "offset": { $0.registerOffset(scale: $0.has("size") ? $0.value(of: "size") : 3) },
      "offsetFP": { $0.registerOffset(scale: $0.scaleFP) },
    ]
    for count in UInt32(1)...4 {
      formatters["list\(count)"] = { vectorList(first: $0.value, count: count, suffix: $0.arrangement) }
      formatters["lane\(count)"] = { $0.laneList(count: count) }
      formatters["post\(count)"] = { $0.postIndex(bytes: count << (3 + $0.value(of: "Q"))) }
      formatters["lanePost\(count)"] = { $0.postIndex(bytes: count << $0.lane.size) }
      formatters["replicatePost\(count)"] = { $0.postIndex(bytes: count << $0.value(of: "size")) }
    }
    return formatters
  }()

  static let scalarLetters = ["b", "h", "s", "d", "q"]

  /// Logarithm of the access size of a SIMD&FP load or store: opc<1>:size.
  private var scaleFP: UInt32 { value(of: "opc1") << 2 | value(of: "size") }

  /// The operation by type, target level and policy, or its number (Arm DDI 0487, C6.2.247).
  private static func prefetch(_ operation: UInt32) -> String {
    let type = operation >> 3
    let level = operation >> 1 & 3
    guard type < 3, level < 3 else { return hex(operation) }
    return ["pld", "pli", "pst"][Int(type)] + "l\(level + 1)" + (operation & 1 == 0 ? "keep" : "strm")
  }

  private func registerOffset(scale: UInt32) -> String {
    let option = value(of: "option")
    let source = Self.register(value, is64: option & 1 == 1)
    let amount = value(of: "S") == 0 ? "" : " #\(scale)"
    if option == 3 { return amount.isEmpty ? source : "\(source), lsl\(amount)" }
    return "\(source), \(Self.extensions[Int(option)])\(amount)"
  }

  static func vectorList(first: UInt32, count: UInt32, suffix: String) -> String {
    let names = (0..<count).map { "v\((first + $0) & 31).\(suffix)" }
    return "{ " + names.joined(separator: ", ") + " }"
  }

  /// Size (as a logarithm) and index of the element of a single-structure access: Q:S:size holds the
  /// index above the bits that the size leaves free (Arm DDI 0487, C7.2.177).
  private var lane: (size: UInt32, index: UInt32) {
    let position = value(of: "Q") << 3 | value(of: "S") << 2 | value(of: "size")
    let scale = value(of: "scale")
    let size = scale == 2 && value(of: "size") & 1 == 1 ? 3 : scale
    return (size, position >> size)
  }

  private func laneList(count: UInt32) -> String {
    let lane = self.lane
    let list = Self.vectorList(first: value, count: count, suffix: Self.scalarLetters[Int(lane.size)])
    return "\(list)[\(lane.index)]"
  }

  private func postIndex(bytes: UInt32) -> String {
    value == 31 ? "#\(bytes)" : Self.register(value, is64: true)
  }
}
