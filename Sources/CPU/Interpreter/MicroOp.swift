/// One pre-decoded operation: 16 bytes. `rd`, `rn`, `rm` are slots of the register block (XZR already mapped
/// to `Slot.zr` or `Slot.sink`); `aux` and `imm` mean what the operation says.
public struct MicroOp {
  public var op: UInt8
  public var rd: UInt8
  public var rn: UInt8
  public var rm: UInt8
  public var aux: UInt32
  public var imm: UInt64

  @inline(__always)
  public init(op: UInt8 = 0, rd: UInt8 = 0, rn: UInt8 = 0, rm: UInt8 = 0, aux: UInt32 = 0, imm: UInt64 = 0) {
    self.op = op
    self.rd = rd
    self.rn = rn
    self.rm = rm
    self.aux = aux
    self.imm = imm
  }
}
