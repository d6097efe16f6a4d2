/// The names of the SYS instructions of Armv8.0: cache and TLB maintenance and address translation
/// (Arm DDI 0487, C5.1.2, C5.3 to C5.5).
enum SystemInstructionNames {
  struct Name {
    /// Mnemonic and operation, such as `tlbi vae1`.
    let text: String
    let takesRegister: Bool
  }

  /// The name of the SYS instruction `word`, or nil if it has only the generic form.
  static func name(of word: UInt32) -> Name? {
    names[UInt16(truncatingIfNeeded: word >> 5 & 0x3FFF)]
  }

  private static let names: [UInt16: Name] = {
    var names: [UInt16: Name] = [:]
    for line in table.split(separator: "\n") {
      let words = line.split(separator: " ")
      let numbers = words.prefix(4).compactMap { UInt16($0) }
      guard numbers.count == 4, words.count >= 6 else { continue }
      let key = numbers[0] << 11 | numbers[1] << 7 | numbers[2] << 3 | numbers[3]
      names[key] = Name(text: "\(words[4]) \(words[5])", takesRegister: words.count == 6)
    }
    return names
  }()

  /// op1 CRn CRm op2 mnemonic operation, and `-` if there is no register operand.
  private static let table = """
    0 7 1 0 ic ialluis -
    0 7 5 0 ic iallu -
    0 7 6 1 dc ivac
    0 7 6 2 dc isw
    0 7 8 0 at s1e1r
    0 7 8 1 at s1e1w
    0 7 8 2 at s1e0r
    0 7 8 3 at s1e0w
    0 7 10 2 dc csw
    0 7 14 2 dc cisw
    0 8 3 0 tlbi vmalle1is -
    0 8 3 1 tlbi vae1is
    0 8 3 2 tlbi aside1is
    0 8 3 3 tlbi vaae1is
    0 8 3 5 tlbi vale1is
    0 8 3 7 tlbi vaale1is
    0 8 7 0 tlbi vmalle1 -
    0 8 7 1 tlbi vae1
    0 8 7 2 tlbi aside1
    0 8 7 3 tlbi vaae1
    0 8 7 5 tlbi vale1
    0 8 7 7 tlbi vaale1
    3 7 4 1 dc zva
    3 7 5 1 ic ivau
    3 7 10 1 dc cvac
    3 7 11 1 dc cvau
    3 7 14 1 dc civac
    4 7 8 0 at s1e2r
    4 7 8 1 at s1e2w
    4 7 8 4 at s12e1r
    4 7 8 5 at s12e1w
    4 7 8 6 at s12e0r
    4 7 8 7 at s12e0w
    4 8 0 1 tlbi ipas2e1is
    4 8 0 5 tlbi ipas2le1is
    4 8 3 0 tlbi alle2is -
    4 8 3 1 tlbi vae2is
    4 8 3 4 tlbi alle1is -
    4 8 3 5 tlbi vale2is
    4 8 3 6 tlbi vmalls12e1is -
    4 8 4 1 tlbi ipas2e1
    4 8 4 5 tlbi ipas2le1
    4 8 7 0 tlbi alle2 -
    4 8 7 1 tlbi vae2
    4 8 7 4 tlbi alle1 -
    4 8 7 5 tlbi vale2
    4 8 7 6 tlbi vmalls12e1 -
    6 7 8 0 at s1e3r
    6 7 8 1 at s1e3w
    6 8 3 0 tlbi alle3is -
    6 8 3 1 tlbi vae3is
    6 8 3 5 tlbi vale3is
    6 8 7 0 tlbi alle3 -
    6 8 7 1 tlbi vae3
    6 8 7 5 tlbi vale3
    """
}
