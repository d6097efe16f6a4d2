"""Bare-metal programs that do something ROUNDS times: how they are built and timed."""

import os
import shutil
import subprocess

from lib.child import Missing
from lib.contenders import TOP, Guest
from lib.results import Row

_LIMIT = 120
GUESTS = os.path.join(TOP, "Benchmarks/guests")


class Builder:
  """Builds programs with clang and lld of the Swift toolchain, or the host's."""

  def __init__(self, work):
    self.work = work
    self.clang, self.lld, self.objcopy = map(_tool, ("clang", "ld.lld", "llvm-objcopy"))

  def program(self, source, name, flags):
    """The raw program that `source` gives with `flags`, as the file `name`."""
    path = os.path.join(self.work, name)
    if not os.path.exists(path + ".bin"):
      _call([self.clang, "--target=aarch64-none-elf", "-O2", "-ffreestanding", "-fno-pic", "-mcpu=cortex-a72",
             "-fno-builtin", "-fno-math-errno", "-fno-vectorize", "-fno-slp-vectorize", "-Wno-parentheses",
             *flags, "-c", os.path.join(GUESTS, source), "-o", path + ".o"])
      _call([self.lld, "-T", os.path.join(GUESTS, "loop.ld"), path + ".o", "-o", path + ".elf"])
      _call([self.objcopy, "-O", "binary", path + ".elf", path + ".bin"])
    return path + ".bin"

  def kernel(self, source, kernel, rounds, flags=(), has_floats=False):
    form = [] if has_floats else ["-mgeneral-regs-only", "-mstrict-align"]
    return self.program(source, f"{kernel}-{rounds}",
                        [*form, *flags, f"-DKERNEL={kernel}", f"-DROUNDS={rounds}"])


def measure_rounds(plan, emulators, group, contenders, row, programs):
  """Fills `row` with the time of a long run less that of a short one, so that starting costs nothing.

  `programs` are the two, (long, short). Both print `LOOP-DONE SUM`, the same sum on every emulator.
  """
  sums, failed = {}, set()
  for turn, contender in plan.turns(contenders):
    if contender in failed:
      continue
    runs = [emulators.run(contender, Guest(program=program), "^LOOP-DONE", plan.limit or _LIMIT)
            for program in programs]
    plan.say(group.name, row.name, turn, contender, runs[0])
    problem = runs[0].problem or runs[1].problem
    if problem:
      failed.add(contender)
      group.problems.append(f"{row.name}: {contender}: {problem}")
      continue
    row.add(contender, runs[0].wall - runs[1].wall)
    sums.setdefault(" ".join(run.lines[-1].split()[-1] for run in runs), {})[contender] = True
  if len(sums) > 1:
    group.problems.append(f"{row.name}: results differ: " + "; ".join(
      f"{sum} on {', '.join(who)}" for sum, who in sums.items()))
  return row


def _tool(name):
  swift = shutil.which("swift")
  beside = swift and os.path.join(os.path.dirname(os.path.realpath(swift)), name)
  found = beside if beside and os.access(beside, os.X_OK) else shutil.which(name)
  if not found:
    raise Missing(f"no {name} to build guests with; install Swift, or clang, lld and llvm")
  return found


def _call(command):
  done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
  if done.returncode != 0:
    raise Missing(f"{os.path.basename(command[0])}: {(done.stdout.strip().splitlines() or ['failed'])[0]}")
