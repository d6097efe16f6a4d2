import CPU
import Fabric
import MMU
import Machine

/// Addresses: what they translate to, and who maps what lies there.
extension Inspector {
  func walk(_ words: [String], _ index: Int) throws(InspectionError) -> String {
    let core = board.cluster.cores[index]
    let address = try address(words, "walk VA [el N]")
    let level = try Self.option("el", in: words, upTo: 3).map { Int($0) } ?? core.currentEL
    let walk = core.explain(address, .read, level: level)
    var lines = ["\(address.hex()) as EL\(level) of core \(index) reads it"]
    if walk.steps.isEmpty && walk.intermediate != nil { lines.append("  stage 1 is off") }
    for (number, step) in walk.steps.filter({ $0.stage == 1 }).enumerated() {
      lines.append(describe(step))
      if number < walk.nested.count, let last = walk.nested[number].last {
        lines.append("      its descriptor's IPA is found by stage 2:" + describe(last))
      }
    }
    if walk.hasStageTwo, let ipa = walk.intermediate {
      lines.append("  IPA \(ipa.hex()), stage 2 of \(domainName(core.vmid))")
      lines += walk.steps.filter { $0.stage == 2 }.map(describe)
    }
    lines.append(end(walk, vmid: core.vmid))
    return lines.joined(separator: "\n")
  }

  func stageTwo(_ words: [String], _ index: Int) throws(InspectionError) -> String {
    let core = board.cluster.cores[index]
    let ipa = try address(words, "s2 IPA [vmid N]")
    core.prepareWalks()
    let walk: WalkExplanation
    var vmid = core.vmid
    if let wanted = try Self.option("vmid", in: words, upTo: 255) {
      vmid = UInt16(truncatingIfNeeded: wanted)
      guard let vttbr = root(vmid) else { throw InspectionError("no guest with VMID \(vmid) has run") }
      walk = core.unit.explain(ipa: ipa, vttbr: vttbr)
    } else {
      walk = core.unit.explain(ipa: ipa)
    }
    guard walk.hasStageTwo else { return "stage 2 is off: IPA \(ipa.hex()) is its PA" }
    let head = "IPA \(ipa.hex()), stage 2 of \(domainName(vmid))"
    return ([head] + walk.steps.map(describe) + [end(walk, vmid: vmid)]).joined(separator: "\n")
  }

  private func root(_ vmid: UInt16) -> UInt64? {
    seeCores()
    return roots[vmid]
  }

  private func describe(_ step: WalkStep) -> String {
    let place = "  level \(step.level)  [\(step.address.hex())] = \(step.value.hex(16))  "
    switch step.meaning {
    case .table(let next): return place + "table at \(next.hex())"
    case .leaf(let output, let bits):
      let kind = step.level == 3 ? "page" : "block"
      let rights = DescriptorText.rights(step.value, stage: step.stage)
      return place + "\(kind) of \(size(1 << UInt64(bits & 63))) at \(output.hex()): \(rights)"
    case .invalid: return place + "invalid"
    case .unreadable: return place + "cannot be read"
    }
  }

  private func end(_ walk: WalkExplanation, vmid: UInt16) -> String {
    if let fault = walk.fault {
      let stage = fault.isStageTwo ? "stage 2" : "stage 1"
      let cause = fault.isStageOneWalk ? ", on a read of a stage-1 table" : ""
      return "  \(stage): \(SyndromeText.name(status: fault.statusCode))\(cause)"
    }
    guard let physical = walk.physical else { return "  nothing" }
    return "  PA \(physical.hex()): \(names?.place(physical, vmid: vmid) ?? "")"
  }

  // MARK: Owners

  private func seeCores() {
    for core in board.cluster.cores { roots.see(core.stored(.vttbrEL2)) }
  }

  func who(_ words: [String], _ index: Int) throws(InspectionError) -> String {
    let physical = try address(words, "who PA")
    let core = board.cluster.cores[index]
    core.prepareWalks()
    seeCores()
    var lines = ["PA \(physical.hex()): \(names?.place(physical, vmid: 0) ?? "")"]
    for (vmid, vttbr) in roots.all {
      let map = core.unit.stageTwoMap(vttbr: vttbr)
      for (ipa, mapping) in map.ipas(of: physical) {
        lines.append("  \(domainName(vmid)) at IPA \(ipa.hex()): \(rights(mapping))")
      }
      if map.isIncomplete { lines.append("  \(domainName(vmid)): its tables are too many to read them all") }
    }
    if lines.count == 1 { lines.append("  no stage 2 that was in use maps it") }
    return lines.joined(separator: "\n")
  }

  func domains(_ index: Int) -> String {
    let core = board.cluster.cores[index]
    core.prepareWalks()
    seeCores()
    var lines: [String] = []
    for (vmid, vttbr) in roots.all {
      let map = core.unit.stageTwoMap(vttbr: vttbr)
      let total = map.mappings.reduce(0) { $0 &+ $1.size }
      let running = board.cluster.cores.filter { $0.currentEL < 2 && $0.vmid == vmid }.map { "\($0.index)" }
      let place = running.isEmpty ? "" : ", runs on core \(running.joined(separator: ", "))"
      lines.append("\(domainName(vmid)): VTTBR_EL2 \(vttbr.hex()), \(size(total)) mapped\(place)")
      for mapping in map.mappings.prefix(64) { lines.append("  " + describe(mapping)) }
      if map.mappings.count > 64 { lines.append("  and \(map.mappings.count - 64) more") }
    }
    return lines.isEmpty ? "no guest has run under stage 2" : lines.joined(separator: "\n")
  }

  private func describe(_ mapping: StageTwoMapping) -> String {
    let last = mapping.ipa &+ (mapping.size &- 1)
    let target = mapping.ipa == mapping.physical ? "same PA" : "PA \(mapping.physical.hex())"
    return "\(mapping.ipa.hex(10))-\(last.hex(10))  \(target)  \(size(mapping.size))  \(rights(mapping))"
  }

  private func rights(_ mapping: StageTwoMapping) -> String {
    (mapping.isReadable ? "r" : "-") + (mapping.isWritable ? "w" : "-") + (mapping.isExecutable ? "x" : "-")
      + (mapping.isDevice ? ", device" : "")
  }
}
