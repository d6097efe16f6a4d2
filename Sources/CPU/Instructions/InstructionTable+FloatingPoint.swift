extension InstructionTable {
  static let floatingPointText = ""
}
