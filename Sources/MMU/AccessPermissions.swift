/// What an access wants to do.
public enum AccessKind: UInt8, Sendable { case read, write, execute }

/// What a translation allows, for one privilege.
struct AccessPermissions: OptionSet {
  let rawValue: UInt8
  static let read = AccessPermissions(rawValue: 1)
  static let write = AccessPermissions(rawValue: 2)
  static let execute = AccessPermissions(rawValue: 4)
  static let all: AccessPermissions = [.read, .write, .execute]

  @inline(__always)
  init(rawValue: UInt8) { self.rawValue = rawValue }

  @inline(__always)
  init(read: Bool, write: Bool, execute: Bool) {
    rawValue = (read ? 1 : 0) | (write ? 2 : 0) | (execute ? 4 : 0)
  }

  @inline(__always)
  func allows(_ kind: AccessKind) -> Bool { (rawValue &>> kind.rawValue) & 1 != 0 }
}

extension StageOneOutput {
  /// Stage-1 permissions for EL0 or for a privileged level: AArch64.CheckPermission(), v8.0
  /// (Arm DDI 0487, D5.4.1 and tables D5-28 to D5-31).
  @inline(__always)
  func permissions(isPrivileged: Bool, controls: StageOneControls) -> AccessPermissions {
    let writable: Bool
    let readable: Bool
    var executeNever: Bool
    if controls.hasUnprivileged {
      let userWritable = !isReadOnly && isUserAccessible
      writable = isPrivileged ? !isReadOnly : userWritable
      readable = isPrivileged || isUserAccessible
      // What EL0 can write, EL1 never executes, with or without WXN.
      executeNever = isPrivileged ? isPrivilegedExecuteNever || userWritable : isExecuteNever
    } else {
      writable = !isReadOnly
      readable = true
      executeNever = isExecuteNever
    }
    executeNever = executeNever || (writable && controls.writeImpliesExecuteNever)
    executeNever = executeNever || (controls.forbidsNonSecureFetch && !isSecure)
    return AccessPermissions(read: readable, write: writable, execute: !executeNever)
  }
}
