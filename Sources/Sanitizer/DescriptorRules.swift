import Fabric
import Machine

/// Rules on control blocks and descriptor tables in memory.
extension DMASanitizer {
  func checkDescriptor(_ transfer: DMATransfer) {
    let name = transfer.port.name
    guard plan[.descriptor] != .off, let physical = transfer.physical,
      let bytes = board.ram.bytes(at: physical, count: transfer.count), bytes.count >= 8
    else { return }
    let words = stride(from: 0, to: bytes.count - 3, by: 4).map { start in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32($1 * 8) }
    }
    var complaint: String?
    if name == "emmc2" {
      complaint = admaComplaint(words, at: transfer.address)
    } else if words.count >= 8, let channel = UInt64(name.dropFirst(3)) {
      complaint = channel < 11 ? legacyComplaint(words, isLite: channel > 6, at: transfer.address) : nil
    }
    guard let complaint else { return }
    var finding = finding(.descriptor, transfer)
    finding.facts.append(("wrong", complaint))
    finding.facts.append(("holds", words.map { $0.hex(8) }.joined(separator: " ")))
    add(finding, note: complaint)
  }

  /// A control block of channels 0 to 10 (BCM2711 ARM Peripherals, 4.2.1.1).
  private func legacyComplaint(_ words: [UInt32], isLite: Bool, at address: UInt64) -> String? {
    let information = words[0]
    let isTwoDimensional = information & 2 != 0
    let isPaced = information & (1 << 6 | 1 << 10) != 0
    if information & 0xf800_0004 != 0 {
      return "reserved bits of TI are set: \((information & 0xf800_0004).hex(8))"
    }
    if isLite && isTwoDimensional { return "a lite channel has no 2D mode" }
    if isLite && words[3] > 0xffff { return "a lite channel moves 65535 bytes at most, not \(words[3])" }
    if words[3] & 0xffff == 0 && isTwoDimensional || words[3] == 0 { return "the length is zero" }
    if words[5] & 0x1f != 0 { return "the next block's address is no multiple of 32" }
    if UInt64(words[5]) == address && !isPaced { return "the block leads to itself, and nothing paces it" }
    return nil
  }

  /// An ADMA2 descriptor (SD Host Controller Simplified Specification 3.00, 1.13.3).
  private func admaComplaint(_ words: [UInt32], at address: UInt64) -> String? {
    let attributes = words[0] & 0xffff
    guard attributes & 1 != 0 else { return "the descriptor is not valid (bit 0)" }
    if attributes & 0xffc8 != 0 { return "reserved attribute bits are set: \((attributes & 0xffc8).hex(4))" }
    let action = attributes >> 4 & 3
    if action == 1 { return "the action is a reserved one" }
    if action >= 2 && words[1] & 3 != 0 { return "the address \(words[1].hex(8)) is no multiple of 4" }
    if action == 3 && UInt64(words[1]) == address { return "the link leads to itself" }
    return nil
  }
}
