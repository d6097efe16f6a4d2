/// Hears of what the dispatcher executes: for comparisons of the engines, which compare what each block leaves.
package protocol ExecutionListener: AnyObject {
  /// The dispatcher got control back. With `TranslationRules.linksBlocks` off that is after each block, on every
  /// engine; with it on it is wherever the engine had to.
  ///
  /// - Parameter block: what it had entered; nil if an exception was all that happened.
  func didExecute(_ block: ExecutedBlock?, on core: Core)
  /// The core's turn is over.
  func didEndTurn(of core: Core)
}

/// A block that the dispatcher entered.
package struct ExecutedBlock {
  /// Physical address of the first instruction.
  package var physical: UInt64
  /// Instructions in it.
  package var count: Int
  /// Whether it ran as host code, at least in part.
  package var isHostCode: Bool

  init(_ block: BlockPointer, _ exit: BlockExit) {
    physical = block.pointee.physical
    count = Int(block.pointee.count)
    // The interpreter executes what the budget cuts short.
    isHostCode = block.pointee.hostCode != 0 && exit != .budget
  }
}

extension Core {
  /// Instructions retired since reset, those of the current turn included.
  package var retiredSoFar: UInt64 { r[Slot.retired] &+ (sliceInstructions &- r[Slot.budget]) }
}
