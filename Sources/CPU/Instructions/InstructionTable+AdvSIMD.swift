extension InstructionTable {
  static let simdText = ""
}
