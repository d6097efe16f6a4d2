"""What was measured: samples, their medians, the ratio to QEMU's best, and the goal it is held against."""

import math
import statistics

from lib.contenders import QEMU

AT_MOST, AT_LEAST = "<=", ">="


class Row:
  """One figure of one case for every contender, as samples in `unit`; less is better.

  With the goal `AT_MOST` the ratio is Tayberry's median over the least of QEMU's; with `AT_LEAST` it is the
  rate, which is the inverse. The host-code engine is Tayberry here. An absolute goal holds for its median.
  """

  def __init__(self, name, unit, direction=AT_MOST, goal=None, absolute_goal=None):
    self.name, self.unit, self.direction, self.goal = name, unit, direction, goal
    self.absolute_goal = absolute_goal
    self.samples = {}
    self.given_ratio = None

  def add(self, contender, value):
    if value is not None:
      self.samples.setdefault(contender, []).append(value)

  @property
  def medians(self):
    return {contender: statistics.median(values) for contender, values in self.samples.items()}

  @property
  def best_qemu(self):
    medians = self.medians
    return min((mode for mode in QEMU if mode in medians), key=medians.get, default=None)

  def ratio_of(self, contender, to=None):
    """The ratio of `contender` to QEMU's mode `to`, or to its best."""
    medians, to = self.medians, to or self.best_qemu
    if contender not in medians or to not in medians or medians[contender] <= 0 or medians[to] <= 0:
      return None
    ratio = medians[contender] / medians[to]
    return ratio if self.direction == AT_MOST else 1 / ratio

  @property
  def ratio(self):
    return self.given_ratio if self.given_ratio is not None else self.ratio_of("host-code")

  @property
  def is_met(self):
    """Whether the goal is reached, or None without a goal or a ratio."""
    if self.absolute_goal is not None:
      own = self.medians.get("host-code")
      return None if own is None else own <= self.absolute_goal
    if self.goal is None or self.ratio is None:
      return None
    return self.ratio <= self.goal if self.direction == AT_MOST else self.ratio >= self.goal

  @property
  def goal_text(self):
    if self.absolute_goal is not None:
      return f"<= {self.absolute_goal:g} {self.unit}"
    return "" if self.goal is None else f"{self.direction} {self.goal:g}"

  def json(self):
    rounded = lambda value: None if value is None else float(f"{value:.5g}")
    return {
      "name": self.name, "unit": self.unit,
      "samples": {who: [rounded(value) for value in values] for who, values in self.samples.items()},
      "medians": {who: rounded(value) for who, value in self.medians.items()},
      "bestQEMU": self.best_qemu, "ratioIs": "time" if self.direction == AT_MOST else "rate",
      "ratio": rounded(self.ratio),
      "ratioByMode": {mode: rounded(self.ratio_of("host-code", mode)) for mode in QEMU if mode in self.samples},
      "interpreterRatio": rounded(self.ratio_of("interpreter")),
      "goal": self.goal_text or None, "isMet": self.is_met,
    }


def mean_row(name, rows, goal=None):
  """The geometric mean of `rows`: of the medians, and of the ratios (each to the best of its own row)."""
  mean = lambda values: math.exp(statistics.fmean(math.log(value) for value in values))
  row = Row(name, rows[0].unit, rows[0].direction, goal)
  for contender in rows[0].samples:
    values = [other.medians.get(contender) for other in rows]
    if all(value is not None and value > 0 for value in values):
      row.add(contender, mean(values))
  ratios = [other.ratio for other in rows]
  if all(ratio is not None for ratio in ratios):
    row.given_ratio = mean(ratios)
  return row


class Group:
  """The rows of one kind of measurement, and what went wrong in it."""

  def __init__(self, name, title):
    self.name, self.title = name, title
    self.rows = []
    self.notes = []     # what is known and no error: a mode that does not boot
    self.problems = []  # a contender that failed, results that differ

  def json(self):
    return {"name": self.name, "title": self.title, "rows": [row.json() for row in self.rows],
            "notes": self.notes, "problems": self.problems}
