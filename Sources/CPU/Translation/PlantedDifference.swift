/// A mistake made on purpose, to prove that a comparison finds it. Only tests plant any; it is made when code is
/// translated, or when an abort is taken, so that execution does not look for it.
package enum PlantedDifference: String, Sendable {
  /// CCMP and CCMN set the opposite V when their condition does not hold.
  case wrongFlag = "wrong-flag"
  /// A compare fused with its conditional branch branches on the opposite condition.
  case fusedBranch = "fused-branch"
  /// The sixth instruction of a block is taken to begin where the fifth does.
  case place
  /// Permission faults at level 3 say level 2.
  case wrongFaultLevel = "wrong-fault-level"
  /// CSINC does not add, in host code alone: a mistake of the code generator.
  case hostIncrement = "host-increment"

  /// The word to translate instead of `word`.
  func disturb(_ word: UInt32) -> UInt32 {
    switch self {
    // C4.1.5, Conditional compare: bit 0 is the V of `nzcv`.
    case .wrongFlag: word & 0x3fe0_0410 == 0x3a40_0000 ? word ^ 1 : word
    case .fusedBranch, .place, .wrongFaultLevel, .hostIncrement: word
    }
  }

  /// The fault status to report instead of `status`.
  func disturb(status: UInt64) -> UInt64 {
    self == .wrongFaultLevel && status == 0b001111 ? 0b001110 : status
  }
}

extension Cluster {
  package var plantedDifference: PlantedDifference? {
    get { cache.plantedDifference }
    set { cache.plantedDifference = newValue }
  }
}

// MARK: What a program executes

extension Cluster {
  /// Translates every instruction alone from now on and reports each word that is reached, once per place: with
  /// one instruction to a block, nothing is translated that is not executed. Only tests ask.
  package func listenToTranslation(_ listener: @escaping (UInt32) -> Void) {
    cache.rules = .single
    cache.translationListener = listener
  }
}
