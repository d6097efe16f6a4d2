"""Programs under Linux: checksums, processes, a shell at work; alone and as Dom0. Booting is not counted."""

import gzip
import hashlib
import os
import shutil

from lib.images import files_of, suite_guest
from lib.programs import GUESTS
from lib.results import Group, Row, mean_row

NAME = "loads"
TITLE = "Programs in the guest (bookworm)"
LOADS = ["md5", "sha256", "fork", "shell"]
_LIMIT = 400
_SUITE = "bookworm"
_START = "/loads"


def case_name(load, with_xen):
  return f"{load}, {'Dom0' if with_xen else 'Linux'}"


def items(plan):
  return [case_name(load, with_xen) for with_xen in (False, True) for load in LOADS]


def measure(plan, emulators, work):
  group = Group(NAME, TITLE)
  initrd = _ramdisk(work)
  for with_xen in (False, True):
    # All loads are in one run, so it is left out only when all are.
    if all(plan.skips(case_name(load, with_xen)) for load in LOADS):
      continue
    if with_xen and plan.quick and not plan.names:
      continue
    if plan.is_late(NAME, "Dom0" if with_xen else "Linux"):
      continue
    _measure_guest(plan, emulators, group, suite_guest(_SUITE, work, with_xen, initrd, _START), with_xen)
  return group


def _measure_guest(plan, emulators, group, guest, with_xen):

  rows = {}
  for load in LOADS:
    name = case_name(load, with_xen)
    rows[load] = (Row(name, "s wall"), Row(name, "s CPU"))
  results, failed = {load: {expected: {"this host": True}} for load, expected in _expected().items()}, set()
  for turn, contender in plan.turns(plan.load_contenders):
    if contender in failed:
      continue
    run = emulators.run(contender, guest, "^LOADS-DONE", plan.limit or _LIMIT, mark="^LOAD-(BEGIN|END) ")
    plan.say(NAME, "Dom0" if with_xen else "Linux", turn, contender, run)
    if run.wall is None:
      failed.add(contender)
      group.problems.append(f"{'Dom0' if with_xen else 'Linux'}: {contender}: {run.problem}")
      continue
    begins = {}
    for text, wall, cpu in run.marks:
      what, load, *result = text.split()
      if what == "LOAD-BEGIN":
        begins[load] = (wall, cpu)
      elif load in rows and load in begins:
        rows[load][0].add(contender, wall - begins[load][0])
        if cpu is not None and begins[load][1] is not None:
          rows[load][1].add(contender, cpu - begins[load][1])
        results.setdefault(load, {}).setdefault(" ".join(result), {})[contender] = True
  for load, given in results.items():
    if len(given) > 1:
      group.problems.append(f"{case_name(load, with_xen)}: results differ: " + "; ".join(
        f"{result} on {', '.join(who)}" for result, who in given.items()))
  chosen = [rows[load] for load in LOADS if not plan.skips(case_name(load, with_xen))]
  group.rows += [row for pair in chosen for row in pair]
  if len(chosen) > 1:
    group.rows.append(mean_row(case_name("mean", with_xen), [wall for wall, _ in chosen]))


def _expected():
  """What the loads print, by checksum, as far as this host can tell without a guest."""
  with open(os.path.join(files_of(_SUITE), "busybox"), "rb") as file:
    data = file.read() * 5
  lines = lambda text, count: hashlib.md5(f"{text}\n".encode() * count).hexdigest()
  return {"md5": lines(hashlib.md5(data).hexdigest() + "  data", 8),
          "sha256": lines(hashlib.sha256(data).hexdigest() + "  data", 4), "fork": lines("400", 1)}


def _ramdisk(work):
  """The suite's ramdisk with the loads in an archive behind it: Linux unpacks one after the other."""
  path = os.path.join(work, "loads.cpio.gz")
  shutil.copyfile(os.path.join(files_of(_SUITE), "initramfs.cpio.gz"), path)
  with open(os.path.join(GUESTS, "loads.sh"), "rb") as file:
    script = file.read()
  with open(path, "ab") as file:
    file.write(gzip.compress(_entry(_START.strip("/"), 0o100755, script) + _entry("TRAILER!!!", 0, b""), mtime=0))
  return path


def _entry(name, mode, contents):
  """One file in the new ASCII format of cpio(5)."""
  pad = lambda data: data + b"\0" * (-len(data) % 4)
  inode = 0 if mode == 0 else 0x10000
  fields = [inode, mode, 0, 0, 1, 0, len(contents), 0, 0, 0, 0, len(name) + 1, 0]
  header = b"070701" + b"".join(b"%08x" % field for field in fields)
  return pad(header + name.encode() + b"\0") + pad(contents)
