import Fabric

@testable import MMU

/// A second opinion: address translation written again, step by step along the pseudocode of Arm DDI 0487
/// (AArch64.FullTranslate and what it calls), with no regard for speed and nothing shared with the MMU but
/// the register values and the fault type. Choices that the manual leaves open are those of the MMU.
struct ReferenceTranslation {
  var controls: TranslationControls
  var exceptionLevel: Int
  let ram: GuestRAM
  static let physicalMaximum = 44

  struct Descriptor {
    var address: UInt64
    var isDevice = false
    var isSecure = false
    var notGlobal = false
    var attribute: UInt8 = 0
    var shareability = 0
  }

  struct Walked {
    var address: UInt64
    var level: Int
    var executeNever: Bool
    var privilegedExecuteNever: Bool
    var ap2: Bool
    var ap1: Bool
    var nonSecure: Bool
    var notGlobal: Bool
    var memoryAttribute: Int
    var shareability: Int
  }

  enum Answer<Value> {
    case value(Value)
    case fault(TranslationFault)
  }

  func field(_ value: UInt64, _ high: Int, _ low: Int) -> Int {
    Int((value >> UInt64(low)) & ((1 << UInt64(high - low + 1)) - 1))
  }

  func isSet(_ value: UInt64, _ bit: Int) -> Bool { field(value, bit, bit) == 1 }

  var isSecure: Bool { exceptionLevel == 3 || (exceptionLevel < 2 && !isSet(controls.scrEL3, 0)) }
  var hasStageTwo: Bool { exceptionLevel < 2 && !isSecure }
  var hcr: UInt64 { hasStageTwo ? controls.hcrEL2 : 0 }
  var sctlr: UInt64 {
    exceptionLevel == 3 ? controls.sctlrEL3 : exceptionLevel == 2 ? controls.sctlrEL2 : controls.sctlrEL1
  }
  var mair: UInt64 {
    exceptionLevel == 3 ? controls.mairEL3 : exceptionLevel == 2 ? controls.mairEL2 : controls.mairEL1
  }

  func memory(_ address: UInt64) -> UInt64? {
    guard ram.isRAM(address, count: 8) else { return nil }
    return (ram.base + Int(address)).loadUnaligned(as: UInt64.self)
  }

  func topOfAddress(_ address: UInt64) -> Int {
    let ignores: Bool
    switch exceptionLevel {
    case 3: ignores = isSet(controls.tcrEL3, 20)
    case 2: ignores = isSet(controls.tcrEL2, 20)
    default: ignores = isSet(controls.tcrEL1, isSet(address, 55) ? 38 : 37)
    }
    return ignores ? 55 : 63
  }

  func allEqual(_ address: UInt64, _ top: Int, _ bottom: Int, to bit: Int) -> Bool {
    for index in bottom...top where field(address, index, index) != bit { return false }
    return true
  }

  // MARK: Table walk

  func walk(
    _ address: UInt64, secondStage: Bool, onWalk: Bool
  ) -> Answer<Walked> {
    func fault(_ kind: TranslationFault.Kind, _ level: Int) -> Answer<Walked> {
      .fault(
        TranslationFault(
          kind, level: UInt8(level), isStageTwo: secondStage, isStageOneWalk: onWalk,
          ipa: secondStage ? address : 0))
    }
    var inputSize: Int
    var grain = 12
    var found: Bool
    var disabled = false
    let base: UInt64
    let sizeField: Int
    let reversed: Bool
    var lookupSecure = false
    var singlePrivilege = true
    var level: Int

    if !secondStage {
      let top = topOfAddress(address)
      if exceptionLevel >= 2 {
        let tcr = exceptionLevel == 3 ? controls.tcrEL3 : controls.tcrEL2
        inputSize = 64 - field(tcr, 5, 0)
        if field(tcr, 15, 14) == 1 { grain = 16 }
        found = inputSize >= 25 && inputSize <= 48 && allEqual(address, top, inputSize, to: 0)
        base = exceptionLevel == 3 ? controls.ttbr0EL3 : controls.ttbr0EL2
        sizeField = field(tcr, 18, 16)
        lookupSecure = exceptionLevel == 3
      } else {
        let tcr = controls.tcrEL1
        let isUpper = isSet(address, top)
        inputSize = 64 - (isUpper ? field(tcr, 21, 16) : field(tcr, 5, 0))
        if isUpper ? field(tcr, 31, 30) == 3 : field(tcr, 15, 14) == 1 { grain = 16 }
        found =
          inputSize >= 25 && inputSize <= 48 && allEqual(address, top, inputSize, to: isUpper ? 1 : 0)
        disabled = isSet(tcr, isUpper ? 23 : 7)
        base = isUpper ? controls.ttbr1EL1 : controls.ttbr0EL1
        sizeField = field(tcr, 34, 32)
        lookupSecure = isSecure
        singlePrivilege = false
      }
      reversed = isSet(sctlr, 25)
      let stride = grain - 3
      var strides = 0
      while strides * stride < inputSize - grain { strides += 1 }
      level = 4 - strides
    } else {
      inputSize = 64 - field(controls.vtcrEL2, 5, 0)
      if field(controls.vtcrEL2, 15, 14) == 1 { grain = 16 }
      found =
        inputSize >= 25 && inputSize <= Self.physicalMaximum && allEqual(address, 63, inputSize, to: 0)
      base = controls.vttbrEL2
      sizeField = field(controls.vtcrEL2, 18, 16)
      reversed = isSet(controls.sctlrEL2, 25)
      let start = field(controls.vtcrEL2, 7, 6)
      level = (grain == 16 ? 3 : 2) - start
      if grain == 16 ? level == 0 : level < 0 { found = false }
      let entries = inputSize - ((3 - level) * (grain - 3) + grain)
      if entries < 1 || entries > grain - 3 + 4 { found = false }
    }
    let stride = grain - 3
    let firstBlockLevel = grain == 16 ? 2 : 1
    if !found || disabled { return fault(.translation, 0) }

    let sizes = [32, 36, 40, 42, 44, 48, 48, 48]
    let outputSize = min(sizes[sizeField], Self.physicalMaximum)
    if !allEqual(base, 47, outputSize, to: 0) { return fault(.addressSize, 0) }
    let lowerBound = 3 + inputSize - ((3 - level) * stride + grain)
    var table = UInt64(field(base, 47, lowerBound)) << UInt64(lowerBound)
    var nsTable = !lookupSecure
    var apTable = [false, false]
    var xnTable = false
    var pxnTable = false
    var top = inputSize - 1
    var bottom = 0
    var descriptor: UInt64 = 0

    while true {
      bottom = (3 - level) * stride + grain
      var place = table | UInt64(field(address, top, bottom)) << 3
      if !secondStage && hasStageTwo {
        switch secondStageTranslate(place, .read, aligned: true, onWalk: true) {
        case .fault(let inner): return .fault(inner)
        case .value(let inner): place = inner.address
        }
      }
      guard let raw = memory(place) else { return fault(.externalAbortOnWalk, level) }
      descriptor = reversed ? raw.byteSwapped : raw
      if !isSet(descriptor, 0) || (!isSet(descriptor, 1) && level == 3) { return fault(.translation, level) }
      if !isSet(descriptor, 1) || level == 3 { break }
      if !allEqual(descriptor, 47, outputSize, to: 0) { return fault(.addressSize, level) }
      table = UInt64(field(descriptor, 47, grain)) << UInt64(grain)
      nsTable = nsTable || isSet(descriptor, 63)
      apTable[1] = apTable[1] || isSet(descriptor, 62)
      apTable[0] = apTable[0] || isSet(descriptor, 61)
      xnTable = xnTable || isSet(descriptor, 60)
      pxnTable = pxnTable || isSet(descriptor, 59)
      level += 1
      top = bottom - 1
    }
    if level < firstBlockLevel { return fault(.translation, level) }
    if !allEqual(descriptor, 47, outputSize, to: 0) { return fault(.addressSize, level) }
    if !isSet(descriptor, 10) { return fault(.accessFlag, level) }
    let offset = address & ((1 << UInt64(bottom)) - 1)
    var walked = Walked(
      address: UInt64(field(descriptor, 47, bottom)) << UInt64(bottom) | offset, level: level,
      executeNever: isSet(descriptor, 54), privilegedExecuteNever: false, ap2: isSet(descriptor, 7),
      ap1: isSet(descriptor, 6), nonSecure: true, notGlobal: false,
      memoryAttribute: field(descriptor, 5, 2), shareability: field(descriptor, 9, 8))
    guard !secondStage else { return .value(walked) }
    walked.executeNever = walked.executeNever || xnTable
    walked.ap2 = walked.ap2 || apTable[1]
    walked.nonSecure = nsTable || isSet(descriptor, 5)
    if singlePrivilege {
      walked.ap1 = true
    } else {
      walked.ap1 = walked.ap1 && !apTable[0]
      walked.privilegedExecuteNever = isSet(descriptor, 53) || pxnTable
      walked.notGlobal = isSet(descriptor, 11) || (isSecure && nsTable)
    }
    return .value(walked)
  }

  // MARK: Stages

  func firstStageTranslate(_ address: UInt64, _ kind: AccessKind, aligned: Bool) -> Answer<Descriptor> {
    let forcedOff = hasStageTwo && (isSet(hcr, 27) || isSet(hcr, 12))
    guard isSet(sctlr, 0) && !forcedOff else { return firstStageOff(address, kind, aligned: aligned) }
    let walked: Walked
    switch walk(address, secondStage: false, onWalk: false) {
    case .fault(let fault): return .fault(fault)
    case .value(let value): walked = value
    }
    let byte = UInt8(truncatingIfNeeded: mair >> UInt64(8 * (walked.memoryAttribute & 7)))
    var result = Descriptor(address: walked.address)
    result.isDevice = byte >> 4 == 0
    result.isSecure = !walked.nonSecure
    result.notGlobal = walked.notGlobal
    if !aligned && kind != .execute && result.isDevice {
      return .fault(TranslationFault(.alignment, level: 0))
    }
    if !firstStageAllows(walked, kind) {
      return .fault(TranslationFault(.permission, level: UInt8(walked.level)))
    }
    return .value(result)
  }

  func firstStageOff(_ address: UInt64, _ kind: AccessKind, aligned: Bool) -> Answer<Descriptor> {
    let top = topOfAddress(address)
    if !allEqual(address, top, Self.physicalMaximum, to: 0) {
      return .fault(TranslationFault(.addressSize, level: 0))
    }
    var result = Descriptor(address: address & 0x0000_ffff_ffff_ffff)
    result.isDevice = !(hasStageTwo && isSet(hcr, 12)) && kind != .execute
    result.isSecure = isSecure
    if !aligned && result.isDevice { return .fault(TranslationFault(.alignment, level: 0)) }
    return .value(result)
  }

  func firstStageAllows(_ walked: Walked, _ kind: AccessKind) -> Bool {
    let wxn = isSet(sctlr, 19)
    var readable = true
    var writable = !walked.ap2
    var never = walked.executeNever || (writable && wxn)
    if exceptionLevel < 2 {
      let userWritable = !walked.ap2 && walked.ap1
      if exceptionLevel == 0 {
        readable = walked.ap1
        writable = userWritable
        never = walked.executeNever || (userWritable && wxn)
      } else {
        never = walked.privilegedExecuteNever || (writable && wxn) || userWritable
      }
    }
    if isSecure && walked.nonSecure && isSet(controls.scrEL3, 9) { never = true }
    switch kind {
    case .read: return readable
    case .write: return writable
    case .execute: return !never
    }
  }

  func secondStageTranslate(
    _ address: UInt64, _ kind: AccessKind, aligned: Bool, onWalk: Bool
  ) -> Answer<Descriptor> {
    guard isSet(hcr, 0) || isSet(hcr, 12) else { return .value(Descriptor(address: address)) }
    let walked: Walked
    switch walk(address, secondStage: true, onWalk: onWalk) {
    case .fault(let fault): return .fault(fault)
    case .value(let value): walked = value
    }
    func fault(_ kind: TranslationFault.Kind, _ level: Int) -> Answer<Descriptor> {
      .fault(
        TranslationFault(
          kind, level: UInt8(level), isStageTwo: true, isStageOneWalk: onWalk, ipa: address))
    }
    var result = Descriptor(address: walked.address)
    result.isDevice = walked.memoryAttribute >> 2 == 0
    if !aligned && kind != .execute && result.isDevice { return fault(.alignment, 0) }
    let allowed: Bool
    if kind == .execute && !onWalk {
      allowed = !walked.executeNever
    } else if kind == .write && !onWalk {
      allowed = walked.ap2
    } else {
      allowed = walked.ap1
    }
    if !allowed { return fault(.permission, walked.level) }
    if onWalk && isSet(hcr, 2) && result.isDevice { return fault(.permission, walked.level) }
    return .value(result)
  }

  func fullTranslate(_ address: UInt64, _ kind: AccessKind, aligned: Bool) -> Answer<Descriptor> {
    var one: Descriptor
    switch firstStageTranslate(address, kind, aligned: aligned) {
    case .fault(let fault): return .fault(fault)
    case .value(let value): one = value
    }
    guard hasStageTwo else { return .value(one) }
    switch secondStageTranslate(one.address, kind, aligned: aligned, onWalk: false) {
    case .fault(let fault): return .fault(fault)
    case .value(let two):
      one.address = two.address
      one.isDevice = one.isDevice || two.isDevice
      return .value(one)
    }
  }
}
