// Integer operations of A64 that are more than one host instruction. Named as the Arm ARM names them.

@inline(__always) func low(_ value: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: value) }

@inline(__always)
func multiplyHighUnsigned(_ a: UInt64, _ b: UInt64) -> UInt64 {
  UInt64(truncatingIfNeeded: (UInt128(truncatingIfNeeded: a) &* UInt128(truncatingIfNeeded: b)) &>> 64)
}

@inline(__always)
func multiplyHighSigned(_ a: UInt64, _ b: UInt64) -> UInt64 {
  let x = Int128(truncatingIfNeeded: Int64(bitPattern: a))
  let y = Int128(truncatingIfNeeded: Int64(bitPattern: b))
  return UInt64(truncatingIfNeeded: (x &* y) &>> 64)
}

/// Division by zero yields zero; the one overflow wraps (SDIV, UDIV).
@inline(__always) func divideUnsigned64(_ a: UInt64, _ b: UInt64) -> UInt64 { b == 0 ? 0 : a / b }
@inline(__always) func divideUnsigned32(_ a: UInt32, _ b: UInt32) -> UInt32 { b == 0 ? 0 : a / b }
@inline(__always)
func divideSigned64(_ a: UInt64, _ b: UInt64) -> UInt64 {
  if b == 0 { return 0 }
  return UInt64(bitPattern: Int64(bitPattern: a).dividedReportingOverflow(by: Int64(bitPattern: b)).partialValue)
}
@inline(__always)
func divideSigned32(_ a: UInt32, _ b: UInt32) -> UInt32 {
  if b == 0 { return 0 }
  return UInt32(bitPattern: Int32(bitPattern: a).dividedReportingOverflow(by: Int32(bitPattern: b)).partialValue)
}

@inline(__always)
func rotateRight64(_ a: UInt64, _ n: UInt64) -> UInt64 { (a &>> n) | (a &<< (0 &- n)) }
@inline(__always)
func rotateRight32(_ a: UInt32, _ n: UInt32) -> UInt32 { (a &>> n) | (a &<< (0 &- n)) }

@inline(__always)
func arithmeticRight64(_ a: UInt64, _ n: UInt64) -> UInt64 {
  UInt64(bitPattern: Int64(bitPattern: a) &>> Int64(truncatingIfNeeded: n))
}
@inline(__always)
func arithmeticRight32(_ a: UInt32, _ n: UInt32) -> UInt32 {
  UInt32(bitPattern: Int32(bitPattern: a) &>> Int32(truncatingIfNeeded: n))
}

@inline(__always)
func reverseBits64(_ a: UInt64) -> UInt64 {
  var x = a.byteSwapped
  x = ((x &>> 1) & 0x5555_5555_5555_5555) | ((x & 0x5555_5555_5555_5555) &<< 1)
  x = ((x &>> 2) & 0x3333_3333_3333_3333) | ((x & 0x3333_3333_3333_3333) &<< 2)
  x = ((x &>> 4) & 0x0f0f_0f0f_0f0f_0f0f) | ((x & 0x0f0f_0f0f_0f0f_0f0f) &<< 4)
  return x
}

@inline(__always)
func swapBytesInHalfwords(_ a: UInt64) -> UInt64 {
  ((a &>> 8) & 0x00ff_00ff_00ff_00ff) | ((a & 0x00ff_00ff_00ff_00ff) &<< 8)
}

/// Sign-extends the low `width` bits (1...64).
@inline(__always)
func extendSigned(_ a: UInt64, _ width: UInt32) -> UInt64 {
  let shift = Int64(truncatingIfNeeded: 64 &- width)
  return UInt64(bitPattern: (Int64(bitPattern: a) &<< shift) &>> shift)
}

/// CRC32 (polynomial 0x04C11DB7) and CRC32C (0x1EDC6F41), reflected, over `bytes` bytes of `value`.
func crc32(_ accumulator: UInt32, _ value: UInt64, bytes: UInt32, castagnoli: Bool) -> UInt32 {
  let polynomial: UInt32 = castagnoli ? 0x82f6_3b78 : 0xedb8_8320
  var crc = accumulator
  var data = value
  for _ in 0..<(bytes & 15) {
    crc ^= UInt32(truncatingIfNeeded: data & 0xff)
    for _ in 0..<8 { crc = (crc &>> 1) ^ (polynomial & (0 &- (crc & 1))) }
    data &>>= 8
  }
  return crc
}
