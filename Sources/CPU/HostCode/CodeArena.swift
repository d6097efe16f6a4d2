#if os(Linux) && arch(x86_64)
  import Glibc

  @_silgen_name("memfd_create")
  private func memoryFile(_ name: UnsafePointer<CChar>, _ flags: UInt32) -> Int32

  /// Memory for host code, mapped twice: written through one address, executed through another, so that no
  /// page is ever writable and executable.
  ///
  /// SAFETY: both mappings have `size` bytes and live as long as this object; distances inside it fit the
  /// 32-bit displacements of jumps.
  final class CodeArena {
    let size: Int
    /// Where code is written.
    let writable: UnsafeMutablePointer<UInt8>
    /// The same bytes, where they execute.
    let executable: UnsafeMutablePointer<UInt8>

    /// Nil when the host gives no executable memory.
    init?(size: Int) {
      let file = memoryFile("tayberry-code", 1)
      guard file >= 0 else { return nil }
      defer { close(file) }
      guard ftruncate(file, size) == 0,
        let writing = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), writing != MAP_FAILED
      else { return nil }
      guard let running = mmap(nil, size, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0), running != MAP_FAILED
      else {
        munmap(writing, size)
        return nil
      }
      self.size = size
      writable = writing.assumingMemoryBound(to: UInt8.self)
      executable = running.assumingMemoryBound(to: UInt8.self)
    }

    deinit {
      munmap(writable, size)
      munmap(executable, size)
    }

    /// Distance from the writing to the executing mapping.
    var shift: Int { executable - writable }
  }
#endif
