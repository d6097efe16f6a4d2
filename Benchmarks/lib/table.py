"""The results as text."""

from lib.contenders import CONTENDERS


def _number(value):
  if value is None:
    return "-"
  if value >= 100:
    return f"{value:.0f}"
  return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def group_text(group):
  """A table of a group: medians by contender, the ratio to QEMU's best, the goal and whether it is met."""
  contenders = [who for who in CONTENDERS if any(who in row.samples for row in group.rows)]
  lines = [["", "", *contenders, "ratio", "goal", ""]]
  for row in group.rows:
    medians = row.medians
    verdict = {True: "met", False: "missed", None: ""}[row.is_met]
    lines.append([row.name, row.unit, *(_number(medians.get(who)) for who in contenders),
                  _number(row.ratio), row.goal_text, verdict])
  widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
  text = [group.title]
  for line in lines:
    cells = [cell.ljust(width) if column < 2 or column >= len(line) - 2 else cell.rjust(width)
             for column, (cell, width) in enumerate(zip(line, widths))]
    text.append("  ".join(cells).rstrip())
  text += ["note: " + note for note in group.notes]
  text += ["PROBLEM: " + problem for problem in group.problems]
  return "\n".join(text)
