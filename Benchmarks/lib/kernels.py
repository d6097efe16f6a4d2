"""Bare-metal kernels (guests/loop.c) at EL1 under stage 2."""

from lib.programs import Builder, measure_rounds
from lib.results import AT_LEAST, Group, Row, mean_row

NAME = "kernels"
TITLE = "Bare-metal kernels at EL1 under stage 2 (ratio: rate of QEMU's best)"
SINGLE_GOAL = 0.9

# Each with the rounds of its long run.
INTEGER = {"alu": 300, "sieve": 800, "crc": 1500, "copy": 4000, "sort": 300, "tree": 300, "machine": 60,
           "stream": 600, "chase": 800, "call": 3000, "indirect": 1500}
FLOAT = {"fp": 1000, "fpdiv": 2000, "fpvector": 3000}
VECTOR = {"neon": 10000}
MEANS = [("integer mean", INTEGER, 1.3), ("float mean", FLOAT, 3), ("vector mean", VECTOR, 1.3)]
ROUNDS = {**INTEGER, **FLOAT, **VECTOR}


def items(plan):
  return [*ROUNDS]


def measure(plan, emulators, work):
  group = Group(NAME, TITLE)
  builder = Builder(work)
  rows = {}
  for kernel in ROUNDS:
    if plan.leaves_out(NAME, kernel):
      continue
    row = Row(kernel, "s", AT_LEAST, SINGLE_GOAL if kernel in INTEGER else None)
    flags = ["-DFLAT"] if plan.flat else []
    programs = [builder.kernel("loop.c", kernel, count, flags, has_floats=kernel not in INTEGER)
                for count in (plan.rounds(ROUNDS[kernel]), 1)]
    rows[kernel] = measure_rounds(plan, emulators, group, plan.kernel_contenders, row, programs)
  group.rows += rows.values()
  for name, kernels, goal in MEANS:
    chosen = [rows[kernel] for kernel in kernels if kernel in rows]
    if chosen:
      group.rows.append(mean_row(name, chosen, goal))
  return group
