import CPU

/// Which domain a VMID belongs to, out of Xen's own structures.
///
/// Xen's `current` is the per-CPU variable `curr_vcpu`, at its symbol plus TPIDR_EL2. A `struct vcpu` begins with
/// vcpu_id and processor and has a pointer to its `struct domain` near its start; that one begins with domain_id
/// and max_vcpus, followed by the array of its vCPUs, since 4.20 with a word between (xen/include/xen/sched.h). The
/// pointer is known by its leading to an array in which the vCPU stands at its own number.
final class XenDomains {
  private let current: UInt64
  private var domains: [UInt16: UInt16] = [:]

  /// - Parameter current: the address of `per_cpu__curr_vcpu`.
  init(current: UInt64) { self.current = current }

  /// DOMID of a VMID, if it has been seen running.
  func domain(of vmid: UInt16) -> UInt16? { domains[vmid] }

  /// EL2 has just returned to a guest on this core.
  func see(_ core: Core) {
    let place = current &+ core.stored(.tpidrEL2)
    guard let vcpu = word(core, place, 8), let number = word(core, vcpu, 4), number < 4096 else { return }
    for offset: UInt64 in stride(from: 8, through: 64, by: 8) {
      guard let domain = word(core, vcpu &+ offset, 8), domain != 0, domain & 7 == 0,
        isDomain(core, domain, of: vcpu, number), let id = word(core, domain, 2)
      else { continue }
      domains[core.vmid] = UInt16(truncatingIfNeeded: id)
      return
    }
  }

  private func isDomain(_ core: Core, _ domain: UInt64, of vcpu: UInt64, _ number: UInt64) -> Bool {
    for offset: UInt64 in [8, 16] {
      if let array = word(core, domain &+ offset, 8), array != 0, word(core, array &+ number &* 8, 8) == vcpu {
        return true
      }
    }
    return false
  }

  private func word(_ core: Core, _ address: UInt64, _ size: Int) -> UInt64? {
    core.guestBytes(at: address, count: size, level: 2)?.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
