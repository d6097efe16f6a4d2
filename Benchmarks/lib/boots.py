"""Boots of Debian's suites, from the start of the process to the line DOM0-READY."""

from lib.images import SUITES, suite_guest
from lib.results import Group, Row

NAME = "boots"
TITLE = "Boots to DOM0-READY"
MARKER = "^DOM0-READY"
WALL_GOAL, CPU_GOAL, MEMORY_GOAL = 0.4, 0.35, 1.0

# QEMU 10.0 does not always boot Xen 4.14 with one thread: it is tried with little patience, and that it fails is
# no error.
_HARD = {("bullseye", True, mode) for mode in ("single", "icount", "icount3")}
_LIMIT = 300


def cases(plan):
  """(suite, with Xen) of each boot, and who runs it."""
  for with_xen in (True, False):
    for suite in plan.suites or SUITES:
      yield suite, with_xen, plan.boot_contenders(suite, with_xen)


def case_name(suite, with_xen):
  return f"{suite} {'Xen+Linux' if with_xen else 'Linux'}"


def items(plan):
  return [case_name(suite, with_xen) for suite, with_xen, _ in cases(plan)]


def measure(plan, emulators, work):
  group = Group(NAME, TITLE)
  for suite, with_xen, contenders in cases(plan):
    if plan.leaves_out(NAME, case_name(suite, with_xen)):
      continue
    _measure_case(plan, emulators, work, group, suite, with_xen, contenders)
  return group


def _measure_case(plan, emulators, work, group, suite, with_xen, contenders):
  name = case_name(suite, with_xen)
  guest = suite_guest(suite, work, with_xen)
  # Without Xen a boot is four times as short, and there is no goal for it.
  wall = Row(name, "s wall", goal=WALL_GOAL if with_xen else None)
  cpu = Row(name, "s CPU", goal=CPU_GOAL if with_xen else None)
  memory = Row(name, "MiB peak", goal=MEMORY_GOAL)
  failed, consoles, slowest = set(), {}, 0
  for turn, contender in plan.turns(contenders):
    is_hard = (suite, with_xen, contender) in _HARD
    if contender in failed:
      continue
    limit = max(40, 3 * slowest) if is_hard else plan.limit or _LIMIT
    run = emulators.run(contender, guest, MARKER, limit)
    plan.say(NAME, name, turn, contender, run)
    if run.wall is None:
      failed.add(contender)
      if is_hard:
        group.notes.append(f"{name}: QEMU {contender} does not boot it ({run.problem})")
      else:
        group.problems.append(f"{name}: {contender}: {run.problem}")
      continue
    slowest = max(slowest, run.wall)
    wall.add(contender, run.wall)
    cpu.add(contender, run.cpu)
    memory.add(contender, run.memory)
    if contender in ("host-code", "interpreter"):
      consoles[contender] = run.lines
  if len(consoles) == 2 and consoles["host-code"] != consoles["interpreter"]:
    group.problems.append(f"{name}: the two engines print different consoles")
  group.rows += [wall, cpu, memory]
