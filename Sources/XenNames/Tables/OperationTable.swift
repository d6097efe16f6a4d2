/// The sub-operations of Xen's hypercalls with the fields of their structures, for arm64 (Xen's public
/// headers, 4.14 to 4.20; Tests/XenNamesTests compares numbers, names, offsets and sizes with them).
///
/// A line is `HYPERCALL NUMBER NAME`, then options and fields; an indented line continues the one before.
/// - `after=4.17`: not in 4.17 yet, there in 4.20; `gone=4.17`: in the release before, no longer in 4.17.
/// - `struct=NAME`: what the operation's pointer points to.
/// - `path:KIND@OFFSET`: a member of it; `!` behind marks one that Xen writes, `>4.14` and `<4.17` one that
///   is there only in releases after or before. ``FieldKind`` has the kinds.
let operationTable = """
  # memory_op
  memory_op 0 increase_reservation struct=xen_memory_reservation nr_extents:u64@8 extent_order:u32@16
      mem_flags:x32@20 domid:dom@24 extent_start:list64.nr_extents@0
  memory_op 1 decrease_reservation struct=xen_memory_reservation nr_extents:u64@8 extent_order:u32@16
      mem_flags:x32@20 domid:dom@24 extent_start:list64.nr_extents@0
  memory_op 2 maximum_ram_page
  memory_op 3 current_reservation struct=xen_memory_domain domid:dom@0
  memory_op 4 maximum_reservation struct=xen_memory_domain domid:dom@0
  memory_op 5 machphys_mfn_list
  memory_op 6 populate_physmap struct=xen_memory_reservation nr_extents:u64@8 extent_order:u32@16
      mem_flags:x32@20 domid:dom@24 extent_start:list64.nr_extents@0
  memory_op 7 add_to_physmap struct=xen_add_to_physmap domid:dom@0 space:mapspace.32@4 size:u16@2
      idx:x64@8 gpfn:gfn@16
  memory_op 9 memory_map struct=xen_memory_map nr_entries:u32@0 buffer:addr@8
  memory_op 10 machine_memory_map
  memory_op 11 exchange struct=xen_memory_exchange in.nr_extents:u64@8 in.extent_order:u32@16
      in.domid:dom@24 out.nr_extents:u64@40 out.extent_order:u32@48 nr_exchanged:u64@64
  memory_op 12 machphys_mapping
  memory_op 13 set_memory_map
  memory_op 14 maximum_gpfn struct=xen_memory_domain domid:dom@0
  memory_op 15 remove_from_physmap struct=xen_remove_from_physmap domid:dom@0 gpfn:gfn@8
  memory_op 16 set_pod_target
  memory_op 17 get_pod_target
  memory_op 18 get_sharing_freed_pages
  memory_op 19 get_sharing_shared_pages
  memory_op 20 paging_op
  memory_op 21 access_op struct=xen_mem_access_op op:u8@0 access:u8@1 domid:dom@2 nr:u32@4 pfn:gfn@8
  memory_op 22 sharing_op
  memory_op 23 add_to_physmap_batch struct=xen_add_to_physmap_batch domid:dom@0 space:mapspace.16@2
      size:u16@4 u.foreign_domid:dom@6 idxs:list64.size@8 gpfns:list64.size@16 errs:addr@24
  memory_op 24 claim_pages struct=xen_memory_reservation nr_extents:u64@8 extent_order:u32@16 domid:dom@24
  memory_op 25 machphys_compat_mfn_list
  memory_op 26 get_vnumainfo struct=xen_vnuma_topology_info domid:dom@0
  memory_op 27 reserved_device_memory_map struct=xen_reserved_device_memory_map flags:x32@0 nr_entries:u32@4
  memory_op 28 acquire_resource struct=xen_mem_acquire_resource domid:dom@0 type:resource.16@2 id:x32@4
      nr_frames:u32@8 frame:x64@16 frame_list:addr@24
  # sched_op
  sched_op 0 yield
  sched_op 1 block
  sched_op 2 shutdown struct=sched_shutdown reason:shutdown.32@0
  sched_op 3 poll struct=sched_poll nr_ports:u32@8 timeout:u64@16 ports:list32.nr_ports@0
  sched_op 4 remote_shutdown struct=sched_remote_shutdown domain_id:dom@0 reason:shutdown.32@4
  sched_op 5 shutdown_code struct=sched_shutdown reason:shutdown.32@0
  sched_op 6 watchdog struct=sched_watchdog id:u32@0 timeout:u32@4
  sched_op 7 pin_override struct=sched_pin_override pcpu:s32@0
  # event_channel_op
  event_channel_op 0 bind_interdomain struct=evtchn_bind_interdomain remote_dom:dom@0 remote_port:u32@4
      local_port:u32@8!
  event_channel_op 1 bind_virq struct=evtchn_bind_virq virq:virq.32@0 vcpu:u32@4 port:u32@8!
  event_channel_op 2 bind_pirq struct=evtchn_bind_pirq pirq:u32@0 flags:x32@4 port:u32@8!
  event_channel_op 3 close struct=evtchn_close port:u32@0
  event_channel_op 4 send struct=evtchn_send port:u32@0
  event_channel_op 5 status struct=evtchn_status dom:dom@0 port:u32@4 status:evtchnstatus.32@8! vcpu:u32@12!
  event_channel_op 6 alloc_unbound struct=evtchn_alloc_unbound dom:dom@0 remote_dom:dom@2 port:u32@4!
  event_channel_op 7 bind_ipi struct=evtchn_bind_ipi vcpu:u32@0 port:u32@4!
  event_channel_op 8 bind_vcpu struct=evtchn_bind_vcpu port:u32@0 vcpu:u32@4
  event_channel_op 9 unmask struct=evtchn_unmask port:u32@0
  event_channel_op 10 reset struct=evtchn_reset dom:dom@0
  event_channel_op 11 init_control struct=evtchn_init_control control_gfn:gfn@0 offset:x32@8 vcpu:u32@12
      link_bits:u8@16!
  event_channel_op 12 expand_array struct=evtchn_expand_array array_gfn:gfn@0
  event_channel_op 13 set_priority struct=evtchn_set_priority port:u32@0 priority:u32@4
  event_channel_op 14 reset_cont
  # grant_table_op
  grant_table_op 0 map_grant_ref struct=gnttab_map_grant_ref dom:dom@16 ref:u32@12 flags:gntmap.32@8
      host_addr:addr@0 status:gntst.16@18! handle:u32@20! dev_bus_addr:addr@24!
  grant_table_op 1 unmap_grant_ref struct=gnttab_unmap_grant_ref handle:u32@16 host_addr:addr@0
      dev_bus_addr:addr@8 status:gntst.16@20!
  grant_table_op 2 setup_table struct=gnttab_setup_table dom:dom@0 nr_frames:u32@4 status:gntst.16@8!
      frame_list:addr@16
  grant_table_op 3 dump_table struct=gnttab_dump_table dom:dom@0 status:gntst.16@2!
  grant_table_op 4 transfer struct=gnttab_transfer mfn:gfn@0 domid:dom@8 ref:u32@12 status:gntst.16@16!
  grant_table_op 5 copy struct=gnttab_copy source.domid:dom@8 source.u.ref:x32@0 source.offset:x16@10
      dest.domid:dom@24 dest.u.ref:x32@16 dest.offset:x16@26 len:u16@32 flags:gntcopy.16@34
      status:gntst.16@36!
  grant_table_op 6 query_size struct=gnttab_query_size dom:dom@0 nr_frames:u32@4! max_nr_frames:u32@8!
      status:gntst.16@12!
  grant_table_op 7 unmap_and_replace struct=gnttab_unmap_and_replace host_addr:addr@0 new_addr:addr@8
      handle:u32@16 status:gntst.16@20!
  grant_table_op 8 set_version struct=gnttab_set_version version:u32@0
  grant_table_op 9 get_status_frames struct=gnttab_get_status_frames nr_frames:u32@0 dom:dom@4
      status:gntst.16@6!
  grant_table_op 10 get_version struct=gnttab_get_version dom:dom@0 version:u32@4!
  grant_table_op 11 swap_grant_ref struct=gnttab_swap_grant_ref ref_a:u32@0 ref_b:u32@4 status:gntst.16@8!
  grant_table_op 12 cache_flush struct=gnttab_cache_flush a.dev_bus_addr:addr@0 offset:x16@8 length:u16@10
      op:gntcache.32@12
  # xen_version
  xen_version 0 version
  xen_version 1 extraversion cstr:text.16@0!
  xen_version 2 compile_info
  xen_version 3 capabilities cstr:text.1024@0!
  xen_version 4 changeset cstr:text.64@0!
  xen_version 5 platform_parameters
  xen_version 6 get_features struct=xen_feature_info submap_idx:u32@0 submap:feature.32@4!
  xen_version 7 pagesize
  xen_version 8 guest_handle
  xen_version 9 commandline cstr:text.1024@0!
  xen_version 10 build_id
  xen_version 11 extraversion2 after=4.17
  xen_version 12 capabilities2 after=4.17
  xen_version 13 changeset2 after=4.17
  xen_version 14 commandline2 after=4.17
  # console_io
  console_io 0 write
  console_io 1 read
  # physdev_op
  physdev_op 5 irq_status_query struct=physdev_irq_status_query irq:u32@0 flags:x32@4!
  physdev_op 6 set_iopl
  physdev_op 7 set_iobitmap
  physdev_op 8 apic_read
  physdev_op 9 apic_write
  physdev_op 10 alloc_irq_vector
  physdev_op 11 free_irq_vector
  physdev_op 12 eoi struct=physdev_eoi irq:u32@0
  physdev_op 13 map_pirq struct=physdev_map_pirq domid:dom@0 type:u32@4 index:s32@8 pirq:s32@12
  physdev_op 14 unmap_pirq struct=physdev_unmap_pirq domid:dom@0 pirq:s32@4
  physdev_op 15 manage_pci_add
  physdev_op 16 manage_pci_remove
  physdev_op 17 pirq_eoi_gmfn_v1
  physdev_op 19 restore_msi
  physdev_op 20 manage_pci_add_ext
  physdev_op 21 setup_gsi struct=physdev_setup_gsi gsi:u32@0 triggering:u8@4 polarity:u8@5
  physdev_op 23 get_free_pirq
  physdev_op 24 pci_mmcfg_reserved
  physdev_op 25 pci_device_add struct=physdev_pci_device_add seg:x16@0 bus:x8@2 devfn:x8@3 flags:x32@4
  physdev_op 26 pci_device_remove struct=physdev_pci_device seg:x16@0 bus:x8@2 devfn:x8@3
  physdev_op 27 restore_msi_ext
  physdev_op 28 pirq_eoi_gmfn_v2
  physdev_op 29 dbgp_op
  physdev_op 30 prepare_msix
  physdev_op 31 release_msix
  physdev_op 32 pci_device_reset after=4.17 struct=pci_device_reset dev.seg:x16@0 dev.bus:x8@2
      dev.devfn:x8@3 flags:x32@4
  # vcpu_op
  vcpu_op 0 initialise
  vcpu_op 1 up
  vcpu_op 2 down
  vcpu_op 3 is_up
  vcpu_op 4 get_runstate_info struct=vcpu_runstate_info state:runstate.32@0! state_entry_time:u64@8!
  vcpu_op 5 register_runstate_memory_area struct=vcpu_register_runstate_memory_area addr.p:addr@0
  vcpu_op 6 set_periodic_timer struct=vcpu_set_periodic_timer period_ns:u64@0
  vcpu_op 7 stop_periodic_timer
  vcpu_op 8 set_singleshot_timer struct=vcpu_set_singleshot_timer timeout_abs_ns:u64@0 flags:x32@8
  vcpu_op 9 stop_singleshot_timer
  vcpu_op 10 register_vcpu_info struct=vcpu_register_vcpu_info mfn:gfn@0 offset:x32@8
  vcpu_op 11 send_nmi
  vcpu_op 12 get_physid
  vcpu_op 13 register_vcpu_time_memory_area struct=vcpu_register_time_memory_area addr.p:addr@0
  vcpu_op 14 register_runstate_phys_area after=4.17 struct=vcpu_register_runstate_memory_area addr.p:addr@0
  vcpu_op 15 register_vcpu_time_phys_area after=4.17 struct=vcpu_register_time_memory_area addr.p:addr@0
  # hvm_op
  hvm_op 0 set_param struct=xen_hvm_param domid:dom@0 index:hvmparam.32@4 value:x64@8
  hvm_op 1 get_param struct=xen_hvm_param domid:dom@0 index:hvmparam.32@4 value:x64@8!
  hvm_op 2 set_pci_intx_level
  hvm_op 3 set_isa_irq_level
  hvm_op 4 set_pci_link_route
  hvm_op 5 flush_tlbs
  hvm_op 9 pagetable_dying
  hvm_op 10 get_time value:u64@0!
  hvm_op 11 xentrace
  hvm_op 12 set_mem_access
  hvm_op 13 get_mem_access
  hvm_op 15 get_mem_type
  hvm_op 23 set_evtchn_upcall_vector
  hvm_op 24 guest_request_vm_event
  hvm_op 25 altp2m struct=xen_hvm_altp2m_op version:x32@0 cmd:u32@4 domain:dom@8
  # domctl
  domctl 1 createdomain struct=xen_domctl u.createdomain.ssidref:u32@16 u.createdomain.flags:x32@36
  domctl 2 destroydomain
  domctl 3 pausedomain
  domctl 4 unpausedomain
  domctl 5 getdomaininfo struct=xen_domctl u.getdomaininfo.domain:dom@16! u.getdomaininfo.flags:x32@20!
  domctl 9 setvcpuaffinity struct=xen_domctl u.vcpuaffinity.vcpu:u32@16 u.vcpuaffinity.flags:x32@20
  domctl 10 shadow_op struct=xen_domctl u.shadow_op.op:u32@16
  domctl 11 max_mem struct=xen_domctl u.max_mem.max_memkb:u64@16
  domctl 12 setvcpucontext struct=xen_domctl u.vcpucontext.vcpu:u32@16
  domctl 13 getvcpucontext struct=xen_domctl u.vcpucontext.vcpu:u32@16
  domctl 14 getvcpuinfo struct=xen_domctl u.getvcpuinfo.vcpu:u32@16
  domctl 15 max_vcpus struct=xen_domctl u.max_vcpus.max:u32@16
  domctl 16 scheduler_op
  domctl 17 setdomainhandle
  domctl 18 setdebugging
  domctl 19 irq_permission struct=xen_domctl u.irq_permission.pirq:u8@16<4.17
      u.irq_permission.pirq:u32@16>4.14 u.irq_permission.allow_access:u8@17<4.17
      u.irq_permission.allow_access:u8@20>4.14
  domctl 20 iomem_permission struct=xen_domctl u.iomem_permission.first_mfn:gfn@16
      u.iomem_permission.nr_mfns:u64@24 u.iomem_permission.allow_access:u8@32
  domctl 21 ioport_permission
  domctl 22 hypercall_init
  domctl 23 soft_reset_cont
  domctl 24 settimeoffset struct=xen_domctl u.settimeoffset.time_offset_seconds:s64@16
  domctl 25 getvcpuaffinity struct=xen_domctl u.vcpuaffinity.vcpu:u32@16 u.vcpuaffinity.flags:x32@20
  domctl 26 real_mode_area
  domctl 27 resumedomain
  domctl 28 sendtrigger
  domctl 29 subscribe
  domctl 33 gethvmcontext
  domctl 34 sethvmcontext
  domctl 35 set_address_size
  domctl 36 get_address_size
  domctl 37 assign_device struct=xen_domctl u.assign_device.dev:u32@16 u.assign_device.flags:x32@20
  domctl 38 bind_pt_irq struct=xen_domctl u.bind_pt_irq.machine_irq:u32@16 u.bind_pt_irq.irq_type:u32@20
  domctl 39 memory_mapping struct=xen_domctl u.memory_mapping.first_gfn:gfn@16
      u.memory_mapping.first_mfn:gfn@24 u.memory_mapping.nr_mfns:u64@32
      u.memory_mapping.add_mapping:u32@40
  domctl 40 ioport_mapping
  domctl 42 set_ext_vcpucontext
  domctl 43 get_ext_vcpucontext
  domctl 44 set_opt_feature
  domctl 45 test_assign_device
  domctl 46 set_target struct=xen_domctl u.set_target.target:dom@16
  domctl 47 deassign_device struct=xen_domctl u.assign_device.dev:u32@16 u.assign_device.flags:x32@20
  domctl 48 unbind_pt_irq
  domctl 50 get_device_group
  domctl 54 debug_op
  domctl 55 gethvmcontext_partial
  domctl 56 vm_event_op
  domctl 57 mem_sharing_op
  domctl 58 disable_migrate gone=4.17
  domctl 59 gettscinfo
  domctl 60 settscinfo
  domctl 61 getpageframeinfo3
  domctl 62 setvcpuextstate
  domctl 63 getvcpuextstate
  domctl 64 set_access_required
  domctl 65 audit_p2m
  domctl 66 set_virq_handler
  domctl 67 set_broken_page_p2m
  domctl 68 setnodeaffinity
  domctl 69 getnodeaffinity
  domctl 71 cacheflush struct=xen_domctl u.cacheflush.start_pfn:gfn@16 u.cacheflush.nr_pfns:u64@24
  domctl 72 get_vcpu_msrs
  domctl 73 set_vcpu_msrs
  domctl 74 setvnumainfo
  domctl 75 psr_cmt_op
  domctl 77 monitor_op
  domctl 78 psr_alloc
  domctl 79 soft_reset
  domctl 81 vuart_op
  domctl 82 get_cpu_policy
  domctl 83 set_cpu_policy
  domctl 84 vmtrace_op after=4.14
  domctl 85 get_paging_mempool_size after=4.14
  domctl 86 set_paging_mempool_size after=4.14 struct=xen_domctl u.paging_mempool.size:u64@16
  domctl 87 dt_overlay after=4.17
  domctl 88 gsi_permission after=4.17
  domctl 89 set_llc_colors after=4.17
  domctl 1000 gdbsx_guestmemio
  domctl 1001 gdbsx_pausevcpu
  domctl 1002 gdbsx_unpausevcpu
  domctl 1003 gdbsx_domstatus
  # sysctl
  sysctl 1 readconsole struct=xen_sysctl u.readconsole.clear:u8@8 u.readconsole.incremental:u8@9
      u.readconsole.index:u32@12
  sysctl 2 tbuf_op
  sysctl 3 physinfo
  sysctl 4 sched_id
  sysctl 5 perfc_op
  sysctl 6 getdomaininfolist struct=xen_sysctl u.getdomaininfolist.first_domain:dom@8
      u.getdomaininfolist.max_domains:u32@12
  sysctl 7 debug_keys struct=xen_sysctl u.debug_keys.nr_keys:u32@16
  sysctl 8 getcpuinfo
  sysctl 9 availheap
  sysctl 10 get_pmstat
  sysctl 11 cpu_hotplug
  sysctl 12 pm_op
  sysctl 14 page_offline_op
  sysctl 15 lockprof_op
  sysctl 16 cputopoinfo
  sysctl 17 numainfo
  sysctl 18 cpupool_op struct=xen_sysctl u.cpupool_op.op:u32@8 u.cpupool_op.cpupool_id:u32@12
  sysctl 19 scheduler_op struct=xen_sysctl u.scheduler_op.cpupool_id:u32@8 u.scheduler_op.sched_id:u32@12
      u.scheduler_op.cmd:u32@16
  sysctl 20 coverage_op
  sysctl 21 psr_cmt_op
  sysctl 22 pcitopoinfo
  sysctl 23 psr_alloc
  sysctl 25 get_cpu_levelling_caps
  sysctl 26 get_cpu_featureset
  sysctl 27 livepatch_op
  sysctl 29 get_cpu_policy
  sysctl 30 dt_overlay after=4.17
  # platform_op
  platform_op 17 settime32 struct=xen_platform_op u.settime32.secs:u32@8 u.settime32.nsecs:u32@12
      u.settime32.system_time:u64@16
  platform_op 31 add_memtype
  platform_op 32 del_memtype
  platform_op 33 read_memtype
  platform_op 35 microcode_update
  platform_op 39 platform_quirk
  platform_op 48 get_cpu_version
  platform_op 49 efi_runtime_call
  platform_op 50 firmware_info
  platform_op 51 enter_acpi_sleep
  platform_op 52 change_freq
  platform_op 53 getidletime
  platform_op 54 set_processor_pminfo
  platform_op 55 get_cpuinfo
  platform_op 56 cpu_online
  platform_op 57 cpu_offline
  platform_op 58 cpu_hotadd
  platform_op 59 mem_hotadd
  platform_op 60 core_parking
  platform_op 61 resource_op
  platform_op 62 settime64 struct=xen_platform_op u.settime64.secs:u64@8 u.settime64.nsecs:u32@16
      u.settime64.system_time:u64@24
  platform_op 63 get_symbol
  platform_op 64 get_dom0_console after=4.17
  platform_op 65 get_ucode_revision after=4.17
  platform_op 66 microcode_update2 after=4.17
  # vm_assist
  vm_assist 0 enable
  vm_assist 1 disable
  # argo_op
  argo_op 1 register_ring
  argo_op 2 unregister_ring
  argo_op 3 sendv
  argo_op 4 notify
  # hypfs_op
  hypfs_op 0 get_version
  hypfs_op 1 read
  hypfs_op 2 write_contents
  # dm_op
  dm_op 1 create_ioreq_server
  dm_op 2 get_ioreq_server_info
  dm_op 3 map_io_range_to_ioreq_server
  dm_op 4 unmap_io_range_from_ioreq_server
  dm_op 5 set_ioreq_server_state
  dm_op 6 destroy_ioreq_server
  dm_op 7 track_dirty_vram
  dm_op 8 set_pci_intx_level
  dm_op 9 set_isa_irq_level
  dm_op 10 set_pci_link_route
  dm_op 11 modified_memory
  dm_op 12 set_mem_type
  dm_op 13 inject_event
  dm_op 14 inject_msi
  dm_op 15 map_mem_type_to_ioreq_server
  dm_op 16 remote_shutdown
  dm_op 17 relocate_memory
  dm_op 18 pin_memory_cacheattr
  dm_op 19 set_irq_level after=4.14
  dm_op 20 nr_vcpus after=4.14
  # xsm_op
  xsm_op 1 load
  xsm_op 2 getenforce
  xsm_op 3 setenforce
  xsm_op 4 context_to_sid
  xsm_op 5 sid_to_context
  xsm_op 6 access
  xsm_op 7 create
  xsm_op 8 relabel
  xsm_op 9 user
  xsm_op 10 policyvers
  xsm_op 11 getbool
  xsm_op 12 setbool
  xsm_op 13 commitbools
  xsm_op 14 mls
  xsm_op 15 disable
  xsm_op 16 getavc_threshold
  xsm_op 17 setavc_threshold
  xsm_op 18 avc_hashstats
  xsm_op 19 avc_cachestats
  xsm_op 20 member
  xsm_op 21 add_ocontext
  xsm_op 22 del_ocontext
  xsm_op 23 get_peer_sid
  xsm_op 24 relabel_domain
  xsm_op 25 devicetree_label
  # callback_op
  callback_op 0 register
  callback_op 1 unregister
  # kexec_op
  kexec_op 0 kexec
  kexec_op 1 kexec_load_v1
  kexec_op 2 kexec_unload_v1
  kexec_op 3 kexec_get_range
  kexec_op 4 kexec_load
  kexec_op 5 kexec_unload
  kexec_op 6 kexec_status
  # mmuext_op
  mmuext_op 0 pin_l1_table
  mmuext_op 1 pin_l2_table
  mmuext_op 2 pin_l3_table
  mmuext_op 3 pin_l4_table
  mmuext_op 4 unpin_table
  mmuext_op 5 new_baseptr
  mmuext_op 6 tlb_flush_local
  mmuext_op 7 invlpg_local
  mmuext_op 8 tlb_flush_multi
  mmuext_op 9 invlpg_multi
  mmuext_op 10 tlb_flush_all
  mmuext_op 11 invlpg_all
  mmuext_op 12 flush_cache
  mmuext_op 13 set_ldt
  mmuext_op 15 new_user_baseptr
  mmuext_op 16 clear_page
  mmuext_op 17 copy_page
  mmuext_op 18 flush_cache_global
  mmuext_op 19 mark_super
  mmuext_op 20 unmark_super
  """
