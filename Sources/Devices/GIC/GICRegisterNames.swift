import Fabric

/// What IHI 0048B (4.1.2, 4.1.3, 5.2, 5.4) and the GIC-400 TRM (3.2 to 3.5) call the registers.
enum GICRegisterNames {
  /// `frame name first-offset count`: registers of a word each; a count above 1 numbers them.
  private static let text = """
    distributor GICD_CTLR 0x000 1
    distributor GICD_TYPER 0x004 1
    distributor GICD_IIDR 0x008 1
    distributor GICD_IGROUPR 0x080 16
    distributor GICD_ISENABLER 0x100 16
    distributor GICD_ICENABLER 0x180 16
    distributor GICD_ISPENDR 0x200 16
    distributor GICD_ICPENDR 0x280 16
    distributor GICD_ISACTIVER 0x300 16
    distributor GICD_ICACTIVER 0x380 16
    distributor GICD_IPRIORITYR 0x400 128
    distributor GICD_ITARGETSR 0x800 128
    distributor GICD_ICFGR 0xc00 32
    distributor GICD_PPISR 0xd00 1
    distributor GICD_SPISR 0xd04 15
    distributor GICD_SGIR 0xf00 1
    distributor GICD_CPENDSGIR 0xf10 4
    distributor GICD_SPENDSGIR 0xf20 4
    distributor GICD_PIDR4 0xfd0 1
    distributor GICD_PIDR 0xfe0 4
    distributor GICD_CIDR 0xff0 4
    cpuInterface GICC_CTLR 0x000 1
    cpuInterface GICC_PMR 0x004 1
    cpuInterface GICC_BPR 0x008 1
    cpuInterface GICC_IAR 0x00c 1
    cpuInterface GICC_EOIR 0x010 1
    cpuInterface GICC_RPR 0x014 1
    cpuInterface GICC_HPPIR 0x018 1
    cpuInterface GICC_ABPR 0x01c 1
    cpuInterface GICC_AIAR 0x020 1
    cpuInterface GICC_AEOIR 0x024 1
    cpuInterface GICC_AHPPIR 0x028 1
    cpuInterface GICC_APR0 0x0d0 1
    cpuInterface GICC_NSAPR0 0x0e0 1
    cpuInterface GICC_IIDR 0x0fc 1
    cpuInterface GICC_DIR 0x1000 1
    hypervisor GICH_HCR 0x000 1
    hypervisor GICH_VTR 0x004 1
    hypervisor GICH_VMCR 0x008 1
    hypervisor GICH_MISR 0x010 1
    hypervisor GICH_EISR0 0x020 1
    hypervisor GICH_ELRSR0 0x030 1
    hypervisor GICH_APR0 0x0f0 1
    hypervisor GICH_LR 0x100 4
    virtualCPU GICV_CTLR 0x000 1
    virtualCPU GICV_PMR 0x004 1
    virtualCPU GICV_BPR 0x008 1
    virtualCPU GICV_IAR 0x00c 1
    virtualCPU GICV_EOIR 0x010 1
    virtualCPU GICV_RPR 0x014 1
    virtualCPU GICV_HPPIR 0x018 1
    virtualCPU GICV_ABPR 0x01c 1
    virtualCPU GICV_AIAR 0x020 1
    virtualCPU GICV_AEOIR 0x024 1
    virtualCPU GICV_AHPPIR 0x028 1
    virtualCPU GICV_APR0 0x0d0 1
    virtualCPU GICV_IIDR 0x0fc 1
    virtualCPU GICV_DIR 0x1000 1
    """

  private struct Row: Sendable {
    let frame: String
    let name: String
    let first: UInt64
    let count: UInt64
  }

  private static let rows: [Row] = text.split(separator: "\n").compactMap { line in
    let words = line.split(separator: " ").map(String.init)
    guard words.count == 4, let first = UInt64(words[2].dropFirst(2), radix: 16), let count = UInt64(words[3])
    else { return nil }
    return Row(frame: words[0], name: words[1], first: first, count: count)
  }

  /// The name of the register in the word at `offset` of a frame.
  static func name(_ frame: GICFrame.Kind, _ offset: UInt64) -> String? {
    // Every core's hypervisor registers, 0x200 apart, behind the core's own.
    let isAlias = frame == .hypervisor && offset >= 0x1000
    let place = (isAlias ? offset & 0x1ff : offset) & ~3
    for row in rows where row.frame == frame.rawValue && place >= row.first && place < row.first &+ 4 &* row.count {
      return row.count == 1 ? row.name : "\(row.name)\((place - row.first) / 4)"
    }
    return nil
  }
}
