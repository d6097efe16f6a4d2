extension Core {
  func counterWasRead(pc: UInt64) {}
  func zeroBlock(at address: UInt64) -> Bool { true }
}
