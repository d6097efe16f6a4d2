# U-Boot's script: Xen with Linux as Dom0, from this partition. The text of boot.scr.
setenv at_dtb 0x02600000
setenv at_xen 0x02800000
setenv at_linux 0x03000000
setenv at_initrd 0x08000000
test -n "${devtype}" || setenv devtype mmc
test -n "${devnum}" || setenv devnum 0

# The firmware's device tree knows this board's memory; the file does not, and is the second choice.
if test -n "${fdt_addr}"; then fdt addr ${fdt_addr}; else fdt addr 0x0; fi
if fdt get value model / model; then
  fdt move ${fdt_addr} ${at_dtb} 0x40000
else
  load ${devtype} ${devnum}:1 ${at_dtb} bcm2711-rpi-4-b.dtb
fi
fdt addr ${at_dtb}
fdt resize 0x1000
fdt set /chosen \#address-cells <0x2>
fdt set /chosen \#size-cells <0x2>
fdt set /chosen xen,xen-bootargs "console=dtuart dtuart=serial1 dom0_mem=512M sync_console"
fdt set /chosen xen,dom0-bootargs "console=hvc0 earlycon=xen root=PARTUUID=@signature@-02 ro"

load ${devtype} ${devnum}:1 ${at_linux} vmlinuz
fdt mknod /chosen module@0
fdt set /chosen/module@0 compatible "multiboot,kernel" "multiboot,module"
fdt set /chosen/module@0 reg <0x0 ${at_linux} 0x0 0x${filesize}>

load ${devtype} ${devnum}:1 ${at_initrd} initrd.img
fdt mknod /chosen module@1
fdt set /chosen/module@1 compatible "multiboot,ramdisk" "multiboot,module"
fdt set /chosen/module@1 reg <0x0 ${at_initrd} 0x0 0x${filesize}>

load ${devtype} ${devnum}:1 ${at_xen} xen
booti ${at_xen} - ${at_dtb}
