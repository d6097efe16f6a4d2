"""The ratios as a picture: how many times as fast as each of QEMU's modes, on a logarithmic scale."""

import json
import math
from xml.sax.saxutils import escape

from lib.contenders import QEMU

# Grey and middle tones, which show on light and on dark pages.
_TEXT, _GRID, _GOAL = "#757d87", "#8b949e", "#d1453b"
_COLOURS = dict(zip(QEMU, ["#4c8eda", "#dd7e35", "#3fa06f", "#a06cd5"]))
_WIDTH, _LEFT, _RIGHT = 760, 190, 60
_BAR, _BETWEEN, _TITLE = 9, 14, 26
_FONT = 'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"'

# Which rows of which group are drawn.
_SECTIONS = [
  ("boots", "Boot to DOM0-READY, wall time", lambda row: row["unit"] == "s wall"),
  ("kernels", "Bare-metal kernels under stage 2, geometric means", lambda row: row["name"].endswith(" mean")),
  ("micro", "Single operations of hypervisors and kernels", lambda row: row["name"] == "mean"),
  ("loads", "Programs in the guest, wall time", lambda row: row["unit"] == "s wall"),
]


def chart_file(report, path):
  """Draws `report`, which is what --json writes, or the file of that name."""
  if isinstance(report, str):
    with open(report) as file:
      report = json.load(file)
  with open(path, "w") as file:
    file.write(svg(report))


def _sections(report):
  """(title, rows) of what was measured; a row is (label, speed by mode, goal)."""
  groups = {group["name"]: group["rows"] for group in report["groups"]}
  for name, title, is_drawn in _SECTIONS:
    rows = []
    for row in groups.get(name, []):
      medians = row["medians"]
      if not is_drawn(row) or "host-code" not in medians:
        continue
      speeds = {mode: medians[mode] / medians["host-code"] for mode in QEMU if mode in medians}
      goal = float(row["goal"].split()[1]) if row["goal"] else None
      if goal and row["ratioIs"] == "time":
        goal = 1 / goal
      if speeds:
        rows.append((row["name"], speeds, goal))
    if rows:
      yield title, rows


def svg(report):
  sections = list(_sections(report))
  speeds = [speed for _, rows in sections for _, by_mode, goal in rows for speed in (*by_mode.values(), goal or 1)]
  low = min([1, *(2 ** math.floor(math.log2(speed)) for speed in speeds)])
  high = max([2, *(2 ** math.ceil(math.log2(speed)) for speed in speeds)])
  plot = _WIDTH - _LEFT - _RIGHT
  place = lambda speed: _LEFT + plot * math.log(speed / low) / math.log(high / low)

  top = 74
  body, grid, y = [], [], top
  powers = range(round(math.log2(low)), round(math.log2(high)) + 1)
  for title, rows in sections:
    body.append(_text(8, y + 15, title, weight="600"))
    y += _TITLE
    bottom = y + sum(_BAR * len(by_mode) + _BETWEEN for _, by_mode, _ in rows) - _BETWEEN + 6
    for power in powers:
      x = place(2 ** power)
      grid.append(f'<line x1="{x:.1f}" y1="{y - 6}" x2="{x:.1f}" y2="{bottom}" stroke="{_GRID}" '
                  f'stroke-width="{0.5 if power else 1.5}"/>')
    for label, by_mode, goal in rows:
      height = _BAR * len(by_mode)
      body.append(_text(_LEFT - 10, y + height / 2 + 4, label, anchor="end"))
      for number, (mode, speed) in enumerate(by_mode.items()):
        start, end = sorted((place(1), place(speed)))
        at = y + _BAR * number
        body.append(f'<rect x="{start:.1f}" y="{at}" width="{max(end - start, 1):.1f}" height="{_BAR - 1}" '
                    f'fill="{_COLOURS[mode]}"/>')
        body.append(_text(max(end, place(1)) + 4, at + 8, f"{speed:.1f}", size=10))
      if goal:
        body.append(f'<line x1="{place(goal):.1f}" y1="{y - 3}" x2="{place(goal):.1f}" y2="{y + height + 2}" '
                    f'stroke="{_GOAL}" stroke-width="2"/>')
      y += height + _BETWEEN
  bottom = y
  for power in powers:
    grid.append(_text(place(2 ** power), bottom + 6, f"{2.0 ** power:g}×", size=11, anchor="middle"))
  host = report["host"]
  note = f"{host['cpus']} CPUs, {host['model']}; {report['versions']['qemu'].partition(' (')[0]}; medians of {report['runs']}"
  head = [_text(8, 22, "Tayberry's speed as a multiple of that of QEMU's raspi4b", size=15, weight="600")]
  x = 8
  for mode in QEMU:
    head.append(f'<rect x="{x}" y="38" width="10" height="10" fill="{_COLOURS[mode]}"/>')
    head.append(_text(x + 15, 47, mode))
    x += 30 + 8 * len(mode)
  head.append(f'<line x1="{x + 5}" y1="36" x2="{x + 5}" y2="50" stroke="{_GOAL}" stroke-width="2"/>')
  head.append(_text(x + 12, 47, "goal"))
  head.append(_text(8, bottom + 34, note, size=10))
  return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{bottom + 44}" '
          f'viewBox="0 0 {_WIDTH} {bottom + 44}" role="img" {_FONT} fill="{_TEXT}">\n'
          + "<title>Tayberry against QEMU's modes</title>\n"
          + "\n".join(head + grid + body) + "\n</svg>\n")


def _text(x, y, text, size=12, anchor="start", weight="normal"):
  return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}">'
          f"{escape(text)}</text>")
