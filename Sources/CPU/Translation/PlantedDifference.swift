/// A mistake made on purpose, to prove that a comparison finds it. Only tests plant any; it is made when code is
/// translated, so that execution does not look for it.
package enum PlantedDifference: String, Sendable {
  /// CCMP and CCMN set the opposite V when their condition does not hold.
  case wrongFlag = "wrong-flag"
  /// A compare fused with its conditional branch branches on the opposite condition.
  case fusedBranch = "fused-branch"
  /// The sixth instruction of a block is taken to begin where the fifth does.
  case place

  /// The word to translate instead of `word`.
  func disturb(_ word: UInt32) -> UInt32 {
    switch self {
    // C4.1.5, Conditional compare: bit 0 is the V of `nzcv`.
    case .wrongFlag: word & 0x3fe0_0410 == 0x3a40_0000 ? word ^ 1 : word
    case .fusedBranch, .place: word
    }
  }
}

extension Cluster {
  package var plantedDifference: PlantedDifference? {
    get { cache.plantedDifference }
    set { cache.plantedDifference = newValue }
  }
}
