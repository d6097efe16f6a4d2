"""What hypervisors and kernels do often, one operation at a time (guests/micro.c)."""

from lib.programs import Builder, measure_rounds
from lib.results import AT_LEAST, Group, Row, mean_row

NAME = "micro"
TITLE = "Single operations of hypervisors and kernels (ratio: rate of QEMU's best)"
GOAL = 1.5

# Each with the rounds of its long run.
ROUNDS = {
  "hypercall": 2400000, "stage2_fault": 1000000, "stage2_unmap": 200000, "trapped_mmio": 900000,
  "trapped_sysreg": 2000000, "mmio": 1500000, "virtual_interrupt": 600000, "timer_interrupt": 600000,
  "world_switch": 300000, "svc": 3000000, "sysreg": 2000000, "tlb_miss": 350, "tlb_asid": 200000,
  "translate_once": 60, "translate_warm": 40, "patch": 200000, "alias": 10000, "lock": 100000000,
  "unprivileged": 2000000,
}


def items(plan):
  return [*ROUNDS]


def measure(plan, emulators, work):
  group = Group(NAME, TITLE)
  builder = Builder(work)
  for kernel, rounds in ROUNDS.items():
    if not plan.leaves_out(NAME, kernel):
      programs = [builder.kernel("micro.c", kernel, count) for count in (plan.rounds(rounds), 1)]
      row = Row(kernel, "s", AT_LEAST, GOAL)
      group.rows.append(measure_rounds(plan, emulators, group, plan.kernel_contenders, row, programs))
  if group.rows:
    group.rows.append(mean_row("mean", group.rows))
  return group
