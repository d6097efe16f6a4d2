"""The guests that boot: Debian's images, and the device tree that lets QEMU's board boot them."""

import os
import shutil
import subprocess
import sys

from lib.child import Missing
from lib.contenders import TOP, Guest

SUITES = ["bookworm", "bullseye", "trixie"]
XEN_ARGUMENTS = "console=dtuart dtuart=serial1 dom0_mem=512M sync_console"
_KERNEL_AT, _INITRD_AT = 0x10000000, 0x14000000

# QEMU's board ends the kernel with an external abort at blocks that it lacks, so they are disabled for it.
# Tayberry gets the tree as it is packaged, and does more: PCIe, Ethernet, the random number generator.
_DISABLED = ["interrupt-controller@7ef00100", "i2c@7ef04500", "i2c@7ef09500", "clock@7ef00000"]


def files_of(suite):
  """The folder with a suite's files, fetched if need be."""
  folder = os.path.join(TOP, "images", suite)
  if not os.path.exists(os.path.join(folder, "initramfs.cpio.gz")):
    fetched = subprocess.run([os.path.join(TOP, "scripts/fetch-images"), suite], stdout=sys.stderr)
    if fetched.returncode != 0:
      raise Missing(f"no images of {suite}; see what scripts/fetch-images {suite} says")
  return folder


def suite_guest(suite, work, with_xen, initrd=None, start="/init"):
  """Linux of `suite`, alone or as Dom0, with `start` as the first process."""
  folder = files_of(suite)
  kernel, tree = os.path.join(folder, "linux"), os.path.join(folder, "bcm2711-rpi-4-b.dtb")
  initrd = initrd or os.path.join(folder, "initramfs.cpio.gz")
  arguments = ("console=hvc0" if with_xen else "console=ttyAMA0,115200") + f" rdinit={start}"
  xen = os.path.join(folder, "xen") if with_xen else None
  name = f"{suite}-{'xen' if with_xen else 'linux'}-{start.strip('/').replace('/', '-')}.dtb"
  qemu_tree = os.path.join(work, name)
  shutil.copyfile(tree, qemu_tree)
  _edit_tree(qemu_tree, kernel, initrd, arguments, with_xen)
  return Guest(
    kernel=kernel, initrd=initrd, tree=tree, arguments=arguments, xen=xen, xen_arguments=XEN_ARGUMENTS,
    qemu_tree=qemu_tree, qemu_modules=[(_KERNEL_AT, kernel), (_INITRD_AT, initrd)])


def _edit_tree(tree, kernel, initrd, arguments, with_xen):
  for name in _DISABLED + ([] if with_xen else ["serial@7e201000/bluetooth"]):
    if _has_node(tree, "/soc/" + name):
      _put("-t", "s", tree, "/soc/" + name, "status", "disabled")
  if not with_xen:
    return
  _put("-t", "x", tree, "/chosen", "#address-cells", "2")
  _put("-t", "x", tree, "/chosen", "#size-cells", "1")
  _put("-t", "s", tree, "/chosen", "xen,xen-bootargs", XEN_ARGUMENTS)
  for kind, address, path in [("kernel", _KERNEL_AT, kernel), ("ramdisk", _INITRD_AT, initrd)]:
    node = f"/chosen/module@{address:x}"
    _put("-p", "-c", tree, node)
    _put("-t", "s", tree, node, "compatible", f"multiboot,{kind}", "multiboot,module")
    _put("-t", "x", tree, node, "reg", "0", f"{address:x}", f"{os.path.getsize(path):x}")
    if kind == "kernel":
      _put("-t", "s", tree, node, "bootargs", arguments)


def _has_node(tree, node):
  return _call("fdtget", "-l", tree, node).returncode == 0


def _put(*arguments):
  done = _call("fdtput", *arguments)
  if done.returncode != 0:
    raise Missing(f"fdtput {' '.join(arguments)}: {done.stderr.strip()}")


def _call(tool, *arguments):
  try:
    return subprocess.run([tool, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
  except FileNotFoundError:
    raise Missing(f"no {tool}; install device-tree-compiler") from None
