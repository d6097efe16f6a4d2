"""What is to be measured how often, and how the runs alternate."""

import sys
import time

from lib.contenders import CONTENDERS, QEMU, TAYBERRY


# What has not begun after these seconds is left out of the quick form, so that it ends within five minutes.
_QUICK_SECONDS = 240


class Plan:
  """The choices of the command line."""

  def __init__(self, options):
    self.quick, self.flat, self.limit, self.suites = options.quick, options.flat, options.limit, options.suite
    self.runs = options.runs or (1 if options.quick else 3)
    self.names = options.case
    self.contenders = options.contender or CONTENDERS
    self.chosen = bool(options.contender)
    self.begin = time.monotonic()
    self.left_out = []

  def skips(self, name):
    """Whether `--case` leaves this one out."""
    return bool(self.names) and not any(part in name for part in self.names)

  def leaves_out(self, group, name):
    """Whether this one is not to be measured: it is not asked for, or there is no time left for it."""
    return self.skips(name) or self.is_late(group, name)

  def is_late(self, group, name):
    """Whether the quick form has no time left for this one."""
    if self.quick and time.monotonic() - self.begin > _QUICK_SECONDS:
      self.left_out.append(f"{group}: {name}")
      return True
    return False

  def turns(self, contenders):
    """Everyone's first run, then everyone's second, and so on."""
    for turn in range(1, self.runs + 1):
      for contender in contenders:
        yield turn, contender

  def _choose(self, quick):
    return quick if self.quick and not self.chosen else self.contenders

  def boot_contenders(self, suite, with_xen):
    if suite == "bookworm" and with_xen:
      return self._choose(["host-code", "interpreter", "mttcg", "icount3"])
    return self._choose(["host-code", "icount3"])

  @property
  def kernel_contenders(self):
    return self._choose(["host-code", "single"])

  def rounds(self, rounds):
    """The rounds of a long run: in the quick form a quarter, where translation and noise weigh more."""
    return max(2, rounds // 4) if self.quick else rounds

  @property
  def load_contenders(self):
    return self._choose(["host-code", "single", "icount3"])

  @property
  def startup_contenders(self):
    return self._choose(["host-code", "single"])

  def say(self, group, name, turn, contender, run):
    who = contender if contender in TAYBERRY else "QEMU " + contender
    result = f"{run.wall:.2f} s" if run.wall is not None else "failed: " + run.problem
    print(f"{group:8}  {name:22}  run {turn} of {self.runs}  {who:13}  {result}", file=sys.stderr, flush=True)
