import Fabric

extension AccessSyndrome {
  /// The instruction syndrome of a load or store by its word (Arm DDI 0487, D13.2.37: ISV is set for
  /// loads and stores of one general register without write-back, exclusives excepted).
  init(loadStore word: UInt32) {
    let rt = UInt8(truncatingIfNeeded: word.bits(4, 0))
    let size = word.bits(31, 30)
    if word.bits(29, 24) == 0b001000 && word.bit(23) && !word.bit(21) {
      self = .register(rt, sizeLog2: size, signExtends: false, is64: size == 3, acquiresOrReleases: true)
      return
    }
    if word.bits(29, 24) == 0b011000 {
      // Literal: opc 00 = W, 01 = X, 10 = SW.
      self = .register(
        rt, sizeLog2: size == 1 ? 3 : 2, signExtends: size == 2, is64: size != 0)
      return
    }
    guard word.bits(29, 27) == 0b111, !word.bit(26) else {
      self = .none
      return
    }
    let form = word.bits(11, 10)
    let hasWriteBack = !word.bit(24) && !word.bit(21) && form & 1 == 1
    let isOther = !word.bit(24) && word.bit(21) && form != 0b10
    guard !hasWriteBack, !isOther else {
      self = .none
      return
    }
    let opc = word.bits(23, 22)
    let signed = opc >= 2
    self = .register(
      rt, sizeLog2: size, signExtends: signed, is64: signed ? opc == 2 : size == 3)
  }
}
