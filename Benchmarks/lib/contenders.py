"""Who runs: Tayberry's two engines and QEMU's modes, and the command line that gives each the same guest."""

import os
import subprocess
import sys

from lib.child import Missing, run_until

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

TAYBERRY = {"host-code": [], "interpreter": ["--engine", "interpreter"]}
QEMU = {
  "mttcg": [],
  "single": ["-accel", "tcg,thread=single"],
  "icount": ["-icount", "shift=auto"],
  "icount3": ["-icount", "shift=3,sleep=off"],
}
CONTENDERS = [*TAYBERRY, *QEMU]


class Guest:
  """What is booted: a program, Linux, or Xen with Linux, and the port that its console is on."""

  def __init__(self, program=None, kernel=None, initrd=None, tree=None, arguments="", xen=None,
               xen_arguments="", qemu_tree=None, qemu_modules=(), console=None):
    self.program, self.kernel, self.initrd, self.tree = program, kernel, initrd, tree
    self.arguments, self.xen, self.xen_arguments = arguments, xen, xen_arguments
    # The port of the console: Xen's is the mini UART, the others' the PL011.
    self.console = console or ("mini" if xen else "pl011")
    # QEMU's own tree, and the files that it has to be told to load: (address, path).
    self.qemu_tree, self.qemu_modules = qemu_tree, qemu_modules


class Emulators:
  """The programs, found or built once."""

  def __init__(self):
    self.tayberry = os.environ.get("TAYBERRY_BINARY") or self._build()
    if not os.access(self.tayberry, os.X_OK):
      raise Missing(f"{self.tayberry} is no program; build it or unset TAYBERRY_BINARY")
    found = subprocess.run([os.path.join(TOP, "Benchmarks/fetch-qemu")], stdout=subprocess.PIPE, text=True)
    if found.returncode != 0:
      raise Missing("no QEMU with the machine raspi4b; set QEMU to one of 9.0 or later")
    self.qemu = found.stdout.strip()

  @staticmethod
  def _build():
    try:
      subprocess.run(["swift", "build", "-c", "release", "--product", "tayberry"], cwd=TOP, check=True,
                     stdout=sys.stderr)
    except FileNotFoundError:
      raise Missing("no swift in PATH; install Swift 6, or set TAYBERRY_BINARY") from None
    except subprocess.CalledProcessError:
      raise Missing("tayberry does not build") from None
    return os.path.join(TOP, ".build/release/tayberry")

  def versions(self):
    qemu = subprocess.run([self.qemu, "--version"], stdout=subprocess.PIPE, text=True).stdout
    tayberry = subprocess.run([self.tayberry, "version"], stdout=subprocess.PIPE, text=True).stdout
    first = lambda text: (text.strip().splitlines() or ["unknown"])[0]
    return {"tayberry": first(tayberry), "qemu": first(qemu)}

  def command(self, contender, guest):
    """What runs `guest` so that its console is the standard output."""
    if contender in TAYBERRY:
      return self._tayberry_command(guest) + TAYBERRY[contender]
    return self._qemu_command(guest) + QEMU[contender]

  def run(self, contender, guest, pattern, limit, mark=None):
    return run_until(self.command(contender, guest), pattern, limit, mark)

  def _tayberry_command(self, guest):
    command = [self.tayberry, "run", "--ram", "2G", "--console", "file:/dev/stdout", "--quiet"]
    if guest.program:
      return command + ["--program", guest.program, "--serial", guest.console]
    command += ["--kernel", guest.kernel, "--initrd", guest.initrd, "--dtb", guest.tree]
    command += ["--append", guest.arguments, "--serial", guest.console]
    if guest.xen:
      command += ["--xen", guest.xen, "--xen-args", guest.xen_arguments]
    return command

  def _qemu_command(self, guest):
    command = [self.qemu, "-M", "raspi4b", "-m", "2G", "-display", "none", "-monitor", "none", "-no-reboot"]
    command += ["-chardev", "file,id=console,path=/dev/stdout"]
    command += ["-serial", "null"] * (guest.console == "mini") + ["-serial", "chardev:console"]
    if guest.program:
      return command + ["-kernel", guest.program]
    command += ["-dtb", guest.qemu_tree]
    if guest.xen:
      command += ["-kernel", guest.xen]
      for address, path in guest.qemu_modules:
        command += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
      return command
    return command + ["-kernel", guest.kernel, "-initrd", guest.initrd, "-append", guest.arguments]
