import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A pure function that is computed on a thread of its own while its caller does something else.
final class BackgroundTask<Value: Sendable>: Sendable {
  private let body: @Sendable () -> Value
  private let result = Mutex<Value?>(nil)
  private let end = ThreadEnd()

  init(_ body: @escaping @Sendable () -> Value) {
    self.body = body
    let isRunning = detach { [self] in
      let value = body()
      result.withLock { $0 = value }
      end.announce()
    }
    if !isRunning { end.announce() }
  }

  /// The result, when it is there. Computes it here if the host gave no thread.
  func wait() -> Value {
    end.wait()
    return result.withLock { $0 } ?? body()
  }
}

/// What one thread announces once and another waits for.
///
/// SAFETY: the pointers are valid from `init` to `deinit`; all that is done with them is the host's own
/// synchronization, and `isOver` is touched under its lock only.
private final class ThreadEnd: @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var isOver = false

  init() {
    lock.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    pthread_mutex_init(lock, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(lock)
    condition.deallocate()
    lock.deallocate()
  }

  func announce() {
    pthread_mutex_lock(lock)
    isOver = true
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(lock)
  }

  func wait() {
    pthread_mutex_lock(lock)
    while !isOver { pthread_cond_wait(condition, lock) }
    pthread_mutex_unlock(lock)
  }
}

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on a thread that ends with the process; false when the host gives none.
@discardableResult
func detach(_ body: @escaping @Sendable () -> Void) -> Bool {
  let argument = Unmanaged.passRetained(ThreadBody(body))
  #if canImport(Glibc)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, argument.toOpaque())
    guard status == 0 else {
      argument.release()
      return false
    }
    pthread_detach(thread)
  #else
    var thread: pthread_t?
    let status = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, argument.toOpaque())
    guard status == 0, let thread else {
      argument.release()
      return false
    }
    pthread_detach(thread)
  #endif
  return true
}
