/// Xen's hypercalls (`__HYPERVISOR_*` of public/xen.h), 4.14 to 4.20.
///
/// A line is `NUMBER NAME AVAILABILITY OPERATION PREFIX`, then fields.
/// - AVAILABILITY: `arm` where Arm has it, `arm>4.14` where it came after that release, `-` for x86 only.
/// - OPERATION: where the sub-operation's number is: `x0`, `x0&3f` (those bits; a continued call has its
///   progress above them), `[x0]` (the first word of the structure that x0 points to), `-` if there is none.
/// - PREFIX: of the operations' names in the headers, and the register with the pointer to their structure.
/// - fields: `name:KIND=xN` in a register, `name:KIND@OFFSET` in the structure of every operation.
let hypercallTable = """
  0  set_trap_table      -    -       -
  1  mmu_update          -    -       -
  2  set_gdt             -    -       -
  3  stack_switch        -    -       -
  4  set_callbacks       -    -       -
  5  fpu_taskswitch      -    -       -
  6  sched_op_compat     arm  x0      SCHEDOP_            arg:x64=x1
  7  platform_op         arm  [x0]    XENPF_:x0           interface_version:x32@4
  8  set_debugreg        -    -       -
  9  get_debugreg        -    -       -
  10 update_descriptor   -    -       -
  12 memory_op           arm  x0&3f   XENMEM_:x1
  13 multicall           arm  -       -                   call_list:addr=x0 nr_calls:u32=x1
  14 update_va_mapping   -    -       -
  15 set_timer_op        -    -       -
  16 event_channel_op_compat arm [x0] EVTCHNOP_
  17 xen_version         arm  x0      XENVER_:x1
  18 console_io          arm  x0      CONSOLEIO_          count:u32=x1 buffer:addr=x2
  19 physdev_op_compat   arm  [x0]    PHYSDEVOP_
  20 grant_table_op      arm  x0&fff  GNTTABOP_:x1        count:u32=x2
  21 vm_assist           arm  x0      VMASST_CMD_         type:vmassist.32=x1
  22 update_va_mapping_otherdomain - - -
  23 iret                -    -       -
  24 vcpu_op             arm  x0      VCPUOP_:x2          vcpu:u32=x1
  25 set_segment_base    -    -       -
  26 mmuext_op           -    -       -
  27 xsm_op              arm  [x0]    FLASK_:x0           interface_version:u32@4
  28 nmi_op              -    -       -
  29 sched_op            arm  x0      SCHEDOP_:x1
  30 callback_op         -    x0      CALLBACKOP_
  31 xenoprof_op         -    -       -
  32 event_channel_op    arm  x0      EVTCHNOP_:x1
  33 physdev_op          arm  x0      PHYSDEVOP_:x1
  34 hvm_op              arm  x0      HVMOP_:x1
  35 sysctl              arm  [x0]    XEN_SYSCTL_:x0      interface_version:x32@4
  36 domctl              arm  [x0]    XEN_DOMCTL_:x0      interface_version:x32@4 domain:dom@8
  37 kexec_op            -    x0      KEXEC_CMD_
  38 tmem_op             -    -       -
  39 argo_op             arm  x0      XEN_ARGO_OP_        arg1:addr=x1 arg2:addr=x2 arg3:x64=x3 arg4:x64=x4
  40 xenpmu_op           -    -       -
  41 dm_op               arm>4.14 -   XEN_DMOP_           domid:dom=x0 nr_bufs:u32=x1 bufs:addr=x2
  42 hypfs_op            arm  x0      XEN_HYPFS_OP_       arg1:addr=x1 arg2:u64=x2 arg3:addr=x3 arg4:u64=x4
  48 arch_0              -    -       -
  49 arch_1              -    -       -
  50 arch_2              -    -       -
  51 arch_3              -    -       -
  52 arch_4              -    -       -
  53 arch_5              -    -       -
  54 arch_6              -    -       -
  55 arch_7              -    -       -
  """

/// The tables whose sub-operations are those of another hypercall.
let operationsOfAnother = [
  "sched_op_compat": "sched_op", "event_channel_op_compat": "event_channel_op",
  "physdev_op_compat": "physdev_op",
]
