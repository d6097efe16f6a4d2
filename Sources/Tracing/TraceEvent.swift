import CPU
import MMU
import XenNames

/// One thing that happened, with all that was known when it did.
public struct TraceEvent: Sendable {
  public var kind: EventKind
  /// From 0, in the order in which things happened.
  public var number: UInt64 = 0
  /// Virtual ns since power-on.
  public var time: UInt64
  public var core: UInt8
  /// Instructions that the core retired before.
  public var instructions: UInt64
  /// The Exception level that it comes from.
  public var level: UInt8
  /// VTTBR_EL2.VMID then, and the virtual CPU by VMPIDR_EL2.
  public var vmid: UInt16
  public var vcpu: UInt16
  /// The instruction that did it; for asynchronous exceptions the one that was not executed yet.
  public var pc: UInt64
  public var detail: Detail

  public enum Detail: Sendable {
    case fault(Fault)
    case faultEnd(of: UInt64?, Outcome, path: [UInt64])
    case trap(syndrome: UInt64, faultAddress: UInt64?)
    case call(Call)
    case callEnd(CallEnd)
    case worldSwitch(from: VirtualCPU?, to: VirtualCPU)
    case exception(kind: TakenException.Kind, target: UInt8, syndrome: UInt64, faultAddress: UInt64?, isVirtual: Bool)
    case exceptionReturn(target: UInt8, address: UInt64)
    case interrupt(target: UInt8, isFIQ: Bool)
    case wait(forEvent: Bool)
    case acknowledge(isVirtual: Bool, interrupt: UInt32)
    case listRegister(number: Int, value: UInt32)
    case invalidation(encoding: UInt32, operand: UInt64)
    case control(old: UInt64, new: UInt64)
    case map(StageTwoMap)
    case access(Access)
    case transfer(Transfer)
    case line(String)
  }

  /// A translation that failed.
  public struct Fault: Sendable {
    public var syndrome: UInt64
    public var target: UInt8
    public var address: UInt64
    /// From HPFAR_EL2 and the VA's offset; stage 2 only.
    public var ipa: UInt64?
    public var instruction: UInt32?
    public var walk: WalkExplanation?

    public var isFetch: Bool { syndrome >> 26 & 0x3e == 0x20 }
    public var isWrite: Bool { !isFetch && syndrome & 1 << 6 != 0 }
    /// ISS.S1PTW: stage 2 failed on behalf of a stage-1 walk.
    public var isOnWalk: Bool { syndrome & 1 << 7 != 0 }
    public var access: EventFilter.Access { isFetch ? .execute : isWrite ? .write : .read }
  }

  /// How the handling of a stage-2 fault ended for the guest.
  public enum Outcome: Sendable, Equatable {
    /// Stage 2 maps the IPA now, and the instruction is executed again.
    case mapped
    /// The instruction is executed again though nothing changed in stage 2.
    case retried
    /// EL2 did it in the guest's place; the value that a load gave.
    case emulated(value: UInt64?)
    /// The guest is at its own handler, with this ESR_EL1.
    case injected(syndrome: UInt64)
    /// The guest runs on somewhere else.
    case moved
  }

  /// HVC, SMC or hypercall with its arguments.
  public struct Call: Sendable {
    /// Of the instruction.
    public var immediate: UInt16
    /// X16 for a hypercall, else W0.
    public var number: UInt64
    /// X0 to X4 for a hypercall, else X1 to X5.
    public var arguments: (UInt64, UInt64, UInt64, UInt64, UInt64)
    /// In words, with what was read from the guest's memory then.
    public var words: DecodedCall?
  }

  /// A hypercall's result.
  public struct CallEnd: Sendable {
    /// The number of the call's event, if it is in the record.
    public var event: UInt64?
    public var number: UInt64
    public var result: UInt64
    /// Xen has the guest call again; there is no result yet.
    public var isContinued: Bool
    public var meaning: String
    /// What Xen wrote to the guest's memory.
    public var outputs: [CallField]
  }

  public struct VirtualCPU: Hashable, Sendable {
    public var vmid: UInt16
    public var vcpu: UInt16
  }

  /// Of a core to a device.
  public struct Access: Sendable {
    public var device: String
    public var register: String?
    public var offset: UInt64
    public var physical: UInt64
    public var size: UInt8
    public var isWrite: Bool
    public var value: UInt64
  }

  /// Of another bus master.
  public struct Transfer: Sendable {
    public var master: String
    public var bus: UInt64
    /// nil: refused.
    public var physical: UInt64?
    public var count: Int
    public var isWrite: Bool
  }
}
