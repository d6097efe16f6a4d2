"""From the start of the process to the guest's first instruction: a guest that says so at once."""

import os

from lib.contenders import Guest
from lib.images import suite_guest
from lib.programs import Builder
from lib.results import Group, Row

NAME = "startup"
TITLE = "Start of the process to the guest's first line"
GOAL_MS = 30
_LIMIT = 30
_REPEATS = 3  # Runs take milliseconds; a turn is several of them.
CASES = ["program", "Xen's files"]


def items(plan):
  return CASES


def measure(plan, emulators, work):
  group = Group(NAME, TITLE)
  program = Builder(work).program("first.S", "first", [])
  for name in CASES:
    if plan.leaves_out(NAME, name):
      continue
    if name == "program":
      guest = Guest(program=program)
    else:
      # Everything of bookworm's boot is loaded, but the program stands in Xen's place.
      guest = suite_guest("bookworm", work, True)
      guest.xen = program
      guest.console = "pl011"
    _measure_case(plan, emulators, group, name, guest)
  return group


def _measure_case(plan, emulators, group, name, guest):
  wall, memory = Row(name, "ms", absolute_goal=GOAL_MS), Row(name, "MiB peak", goal=1.0)
  failed = set()
  for turn, contender in plan.turns(plan.startup_contenders):
    for _ in range(_REPEATS):
      if contender in failed:
        break
      run = emulators.run(contender, guest, "^STARTED", plan.limit or _LIMIT)
      if run.wall is None:
        failed.add(contender)
        group.problems.append(f"{name}: {contender}: {run.problem}")
        break
      wall.add(contender, run.wall * 1000)
      memory.add(contender, run.memory)
    plan.say(NAME, name, turn, contender, run)
  group.rows += [wall, memory]
