import CPU
import Foundation

/// The harness of scripts/oracle/board.c, and images of it with a batch of programs behind.
final class BoardImage: Sendable {
  private let harness: Data

  /// Nil if clang, lld or objcopy is missing.
  init?() throws {
    guard let clang = Tools.inToolchain("clang"), Tools.inToolchain("ld.lld") != nil,
      let objcopy = Tools.inToolchain("llvm-objcopy")
    else { return nil }
    let folder = try Tools.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (program, image) = (folder.path + "/board", folder.path + "/image")
    try Tools.call(
      clang,
      [
        "-target", "aarch64-none-elf", "-mcpu=cortex-a72+nocrypto", "-O2", "-nostdlib", "-static",
        "-ffreestanding", "-fno-builtin", "-mgeneral-regs-only", "-mstrict-align", "-fno-stack-protector",
        "-fno-pic", "-fno-delete-null-pointer-checks", "-fuse-ld=lld",
        "-Wl,-T,\(Tools.oracles)/board.ld", "-o", program, "\(Tools.oracles)/board.c",
      ])
    try Tools.call(objcopy, ["-O", "binary", program, image])
    var bytes = Data(count: Int(Self.place))
    bytes.replaceSubrange(0..<4, with: [0x00, 0x00, 0x10, 0x14])  // b 0x400000
    bytes += try Data(contentsOf: URL(fileURLWithPath: image))
    harness = bytes
  }

  /// Where the harness is: behind all that programs see.
  private static let place: UInt64 = 0x40_0000

  // MARK: Records

  /// In the order of REGISTERS in board.c, but for the stack pointers behind.
  private static let registers: [SystemRegister] = [
    .sctlrEL1, .sctlrEL2, .tcrEL1, .tcrEL2, .vtcrEL2, .ttbr0EL1, .ttbr0EL2, .vttbrEL2, .mairEL1, .mairEL2,
    .cpacrEL1, .cptrEL2, .hcrEL2, .mdcrEL2, .mdscrEL1, .dbgbvr0EL1, .dbgbcr0EL1, .dbgwvr0EL1, .dbgwcr0EL1,
    .vbarEL1, .vbarEL2, .elrEL1, .elrEL2, .spsrEL1, .spsrEL2,
  ]

  /// Translation tables: bit 0 for programs of EL0, 1 with holes, 2 with Device memory, 3 big-endian.
  private static let tables: [UInt64] = (0..<16).flatMap { kind in
    var words = FuzzLayout.tableWords(user: kind & 1 != 0, holes: kind & 2 != 0, devices: kind & 4 != 0)
    if kind & 8 != 0 { FuzzLayout.swapTables(&words) }
    return words
  }

  /// An image for address 0 that runs `programs` one after the other.
  func image(_ programs: [FuzzProgram], verbose: Bool) -> Data {
    let header = 16
    var words: [UInt64] = [UInt64(programs.count), UInt64(header + Self.tables.count * 8)]
    words += Self.tables
    for program in programs { words += Self.record(program, verbose) }
    var image = harness
    words.withUnsafeBytes { image.append(contentsOf: $0) }
    return image
  }

  private static func record(_ program: FuzzProgram, _ verbose: Bool) -> [UInt64] {
    let isUser = program.level == .el0
    let state = SystemState(program)
    var words = program.x
    words += [0, 0, program.fpcr, 0, program.base]
    words += program.v
    let mode: UInt64 = program.level == .el2 ? 9 : program.level == .el1 ? 5 : 0
    let step: UInt64 = program.settings.contains(.softwareStep) ? 1 << 21 : 0
    let isSwapped = program.settings.contains(.bigEndian) && !isUser
    let kind: UInt64 = (isUser ? 1 : 0) | (program.settings.contains(.holes) ? 2 : 0)
      | (program.settings.contains(.deviceMemory) ? 4 : 0) | (isSwapped ? 8 : 0)
    words += [program.flags << 28 | state.daif | mode | step, kind, program.dataSeed, verbose ? 1 : 0]
    for register in registers { words.append(value(of: register, state, program)) }
    for level in 0..<3 { words.append(program.stack &+ UInt64(level) << 8) }
    let count = BoardGenerator.longest
    let code = program.words.prefix(count) + [UInt32](repeating: 0, count: max(0, count - program.words.count))
    for pair in 0..<(count / 2) { words.append(UInt64(code[2 * pair]) | UInt64(code[2 * pair + 1]) << 32) }
    return words
  }

  private static func value(of register: SystemRegister, _ state: SystemState, _ program: FuzzProgram)
    -> UInt64
  {
    switch register {
    // TRVM would trap what the handlers of EL1 read. Memory is Device while stage 1 is off, which QEMU forgets
    // under stage 2.
    case .hcrEL2: state[register] & ~(1 << 30) & (program.settings.contains(.untranslated) ? ~1 : ~0)
    // LSC: loads or stores, for after one of each QEMU calls all stores (ESR_ELx.WnR).
    case .dbgwcr0EL1: state[register] & ~(program.dataSeed & 1 != 0 ? 1 << 3 : 1 << 4)
    // Not at the begin of a page: what an access that crosses to it leaves before it is UNKNOWN.
    case .dbgwvr0EL1: state[register] == 0 ? 0 : FuzzLayout.data + 0x8800
    // HPMN, as at reset.
    case .mdcrEL2: state[register] | 6
    default: state[register]
    }
  }
}
