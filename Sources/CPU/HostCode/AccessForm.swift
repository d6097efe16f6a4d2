/// What a micro-op that loads or stores does, as data: for the code generator and for the slow path of
/// generated code, which must agree with the interpreter's cases one by one.
struct AccessForm {
  enum Kind: UInt8 {
    /// A general register; a store may take its data from a half of a vector register, too.
    case general
    /// A SIMD&FP register; a load clears what it does not write.
    case vector
    case generalPair, vectorPair
  }

  var kind: Kind
  var isStore: Bool
  /// Bytes of one register.
  var bytes: UInt8
  /// Sign-extend a load, to 32 or 64 bits; 0 = zero-extend.
  var signedTo: UInt8 = 0
  /// Base + (masked index << aux) instead of base + immediate.
  var isIndexed = false

  private static func load(_ bytes: UInt8, signedTo: UInt8 = 0, indexed: Bool = false) -> AccessForm {
    AccessForm(kind: .general, isStore: false, bytes: bytes, signedTo: signedTo, isIndexed: indexed)
  }

  private static func store(_ bytes: UInt8, indexed: Bool = false) -> AccessForm {
    AccessForm(kind: .general, isStore: true, bytes: bytes, isIndexed: indexed)
  }

  private static func vector(_ bytes: UInt8, store: Bool = false, indexed: Bool = false) -> AccessForm {
    AccessForm(kind: .vector, isStore: store, bytes: bytes, isIndexed: indexed)
  }

  private static func pair(
    _ bytes: UInt8, store: Bool = false, signedTo: UInt8 = 0, vector: Bool = false
  ) -> AccessForm {
    AccessForm(kind: vector ? .vectorPair : .generalPair, isStore: store, bytes: bytes, signedTo: signedTo)
  }

  /// The form of a micro-op; nil if it is no plain load or store.
  init?(_ operation: Operation) {
    switch operation {
    case .ldr8: self = .load(1)
    case .ldr16: self = .load(2)
    case .ldr32: self = .load(4)
    case .ldr64: self = .load(8)
    case .ldrs8x64: self = .load(1, signedTo: 64)
    case .ldrs8x32: self = .load(1, signedTo: 32)
    case .ldrs16x64: self = .load(2, signedTo: 64)
    case .ldrs16x32: self = .load(2, signedTo: 32)
    case .ldrs32x64: self = .load(4, signedTo: 64)
    case .ldr8R: self = .load(1, indexed: true)
    case .ldr16R: self = .load(2, indexed: true)
    case .ldr32R: self = .load(4, indexed: true)
    case .ldr64R: self = .load(8, indexed: true)
    case .ldrs8x64R: self = .load(1, signedTo: 64, indexed: true)
    case .ldrs8x32R: self = .load(1, signedTo: 32, indexed: true)
    case .ldrs16x64R: self = .load(2, signedTo: 64, indexed: true)
    case .ldrs16x32R: self = .load(2, signedTo: 32, indexed: true)
    case .ldrs32x64R: self = .load(4, signedTo: 64, indexed: true)
    case .str8: self = .store(1)
    case .str16: self = .store(2)
    case .str32: self = .store(4)
    case .str64: self = .store(8)
    case .str8R: self = .store(1, indexed: true)
    case .str16R: self = .store(2, indexed: true)
    case .str32R: self = .store(4, indexed: true)
    case .str64R: self = .store(8, indexed: true)
    case .ldp64: self = .pair(8)
    case .ldp32: self = .pair(4)
    case .ldpsw: self = .pair(4, signedTo: 64)
    case .stp64: self = .pair(8, store: true)
    case .stp32: self = .pair(4, store: true)
    case .ldrV8: self = .vector(1)
    case .ldrV16: self = .vector(2)
    case .ldrV32: self = .vector(4)
    case .ldrV64: self = .vector(8)
    case .ldrV128: self = .vector(16)
    case .ldrV8R: self = .vector(1, indexed: true)
    case .ldrV16R: self = .vector(2, indexed: true)
    case .ldrV32R: self = .vector(4, indexed: true)
    case .ldrV64R: self = .vector(8, indexed: true)
    case .ldrV128R: self = .vector(16, indexed: true)
    case .strV128: self = .vector(16, store: true)
    case .strV128R: self = .vector(16, store: true, indexed: true)
    case .ldpV32: self = .pair(4, vector: true)
    case .ldpV64: self = .pair(8, vector: true)
    case .ldpV128: self = .pair(16, vector: true)
    case .stpV128: self = .pair(16, store: true, vector: true)
    default: return nil
    }
  }

  init(kind: Kind, isStore: Bool, bytes: UInt8, signedTo: UInt8 = 0, isIndexed: Bool = false) {
    self.kind = kind
    self.isStore = isStore
    self.bytes = bytes
    self.signedTo = signedTo
    self.isIndexed = isIndexed
  }

  var isPair: Bool { kind == .generalPair || kind == .vectorPair }
  var isVector: Bool { kind == .vector || kind == .vectorPair }
}

extension Core {
  /// Performs one load or store micro-op as the interpreter does. False: an exception was taken.
  func perform(_ form: AccessForm, _ block: BlockPointer, _ op: OpPointer) -> Bool {
    let u = op.pointee
    let d = unit.dataEntries
    let address = form.isIndexed ? r.indexed(u) : r.x(u.rn) &+ u.imm
    if form.kind == .vectorPair && form.bytes == 16 {
      return form.isStore ? storePair128(u, block, op) : loadPair128(u, block, op)
    }
    if form.bytes == 16 {
      if form.isStore { return storePair64(r, d, address, r.x(u.rd), r.x(u.rd &+ 1), block, op) }
      guard loadPair64(r, d, address, block, op) else { return false }
      setVector(r, u.rd, r[Slot.result], r[Slot.result2])
      return true
    }
    if form.isPair {
      if form.isStore {
        return form.bytes == 8
          ? storePair64(r, d, address, r.x(u.rd), r.x(u.rm), block, op)
          : storePair32(r, d, address, r.x(u.rd), r.x(u.rm), block, op)
      }
      guard form.bytes == 8 ? loadPair64(r, d, address, block, op) : loadPair32(r, d, address, block, op)
      else { return false }
      var (first, second) = (r[Slot.result], r[Slot.result2])
      if form.isVector {
        setVector(r, u.rd, first, 0)
        setVector(r, u.rm, second, 0)
        return true
      }
      if form.signedTo != 0 {
        first = extendSigned(first, 32)
        second = extendSigned(second, 32)
      }
      r.setX(u.rd, first)
      r.setX(u.rm, second)
      return true
    }
    if form.isStore {
      let value = r.x(u.rd)
      switch form.bytes {
      case 1: return store8(r, d, address, value, block, op)
      case 2: return store16(r, d, address, value, block, op)
      case 4: return store32(r, d, address, value, block, op)
      default: return store64(r, d, address, value, block, op)
      }
    }
    let loaded: UInt64?
    switch form.bytes {
    case 1: loaded = load8(r, d, address, block, op)
    case 2: loaded = load16(r, d, address, block, op)
    case 4: loaded = load32(r, d, address, block, op)
    default: loaded = load64(r, d, address, block, op)
    }
    guard var value = loaded else { return false }
    if form.isVector {
      setVector(r, u.rd, value, 0)
      return true
    }
    if form.signedTo != 0 {
      value = extendSigned(value, UInt32(form.bytes) &* 8)
      if form.signedTo == 32 { value &= 0xffff_ffff }
    }
    r.setX(u.rd, value)
    return true
  }
}
