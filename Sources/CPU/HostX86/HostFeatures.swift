#if arch(x86_64)
  /// What the host's processor has beyond x86-64's first version.
  struct HostFeatures {
    let bmi2: Bool
    let lzcnt: Bool
    /// SSSE3 and SSE4.1, SSE4.2: vectors are computed in place.
    let sse4: Bool
    /// FMA, and the operating system keeps the registers.
    let fma: Bool

    /// Writes and runs code that asks CPUID, at the assembler's place; `shift` leads to where it may run.
    init(_ a: inout X86Assembler, shift: Int) {
      func ask(_ leaf: UInt32, _ code: [UInt8], register: UInt8) -> UInt32 {
        let start = a.cursor
        a.push(.rbx)
        a.move(.rax, immediate: UInt64(leaf))
        a.move(.rcx, immediate: 0)
        for byte in code { a.byte(byte) }
        a.move(.rax, X86Register(register))
        a.pop(.rbx)
        a.ret()
        return unsafeBitCast(start + shift, to: (@convention(c) () -> UInt32).self)()
      }
      func cpuid(_ leaf: UInt32, register: UInt8) -> UInt32 { ask(leaf, [0x0f, 0xa2], register: register) }
      let last = cpuid(0, register: 0)
      let lastExtended = cpuid(0x8000_0000, register: 0)
      bmi2 = last >= 7 && cpuid(7, register: 3) & (1 << 8) != 0
      lzcnt = lastExtended >= 0x8000_0001 && cpuid(0x8000_0001, register: 1) & (1 << 5) != 0
      let basic = cpuid(1, register: 1)
      let sse: UInt32 = 1 << 9 | 1 << 19 | 1 << 20
      sse4 = basic & sse == sse
      // FMA, OSXSAVE, AVX; XGETBV says whether XMM and YMM state is kept.
      let avx: UInt32 = 1 << 12 | 1 << 27 | 1 << 28
      fma = basic & avx == avx && ask(0, [0x0f, 0x01, 0xd0], register: 0) & 6 == 6
    }
  }
#endif
