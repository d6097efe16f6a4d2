"""The command line of Benchmarks/run."""

import argparse
import json
import os
import signal
import sys
import tempfile
import time

from lib import boots, kernels, loads, micro, startup
from lib.chart import chart_file
from lib.child import Missing, kill_running
from lib.contenders import CONTENDERS, Emulators
from lib.images import SUITES
from lib.plan import Plan
from lib.table import group_text

GROUPS = {group.NAME: group for group in (startup, boots, kernels, micro, loads)}
MEASURED, FAILED, CANNOT = 0, 1, 2


def _parser():
  parser = argparse.ArgumentParser(
    prog="Benchmarks/run", allow_abbrev=False,
    description="Runs the same files on Tayberry and on QEMU's raspi4b, in turn, and compares medians.",
    epilog="Exit code: 0 measured (a missed goal is no error), 1 somebody failed or results differ, "
    "2 something is missing. Benchmarks/README.md says what each row means.")
  add = parser.add_argument
  add("--quick", action="store_true", help="fewer cases, modes and runs: five minutes")
  add("--json", metavar="FILE", help="write everything that was measured as JSON")

  add("--chart", metavar="FILE", help="draw the ratios as SVG; Benchmarks/chart does it from the JSON, too")
  add("--only", metavar="GROUP", action="append", choices=list(GROUPS),
      help="measure only this group; may be repeated: " + ", ".join(GROUPS))
  add("--case", metavar="TEXT", action="append", help="only cases whose name contains TEXT; may be repeated")
  add("--suite", metavar="NAME", action="append", choices=SUITES, help="only boots of this suite")
  add("--contender", metavar="NAME", action="append", choices=CONTENDERS,
      help="only these: " + ", ".join(CONTENDERS))
  add("--runs", metavar="N", type=_count, help="runs of each (default 3, with --quick 1)")
  add("--limit", metavar="SECONDS", type=float, help="seconds after which a run has failed")
  add("--flat", action="store_true", help="kernels at EL2 without translation")
  add("--list", action="store_true", help="say what would be measured, and measure nothing")
  return parser


def _count(text):
  count = int(text)
  if count < 1:
    raise argparse.ArgumentTypeError("at least 1")
  return count


def main(arguments):
  options = _parser().parse_args(arguments)
  plan = Plan(options)
  groups = [group for name, group in GROUPS.items() if not options.only or name in options.only]
  if options.list:
    for group in groups:
      print(f"{group.NAME}: {group.TITLE}")
      for item in group.items(plan):
        if not plan.skips(item):
          print("  " + item)
    return MEASURED
  for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, _: sys.exit(128 + number))
  signal.signal(signal.SIGINT, signal.default_int_handler)
  try:
    # A file that cannot be written is found now, not in an hour.
    for path in filter(None, (options.json, options.chart)):
      os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
      open(path, "a").close()
    with tempfile.TemporaryDirectory(prefix="tayberry-bench.") as work:
      return _measure(options, plan, groups, work)
  except Missing as missing:
    print(f"Benchmarks/run: {missing}", file=sys.stderr)
    return CANNOT
  except OSError as error:
    print(f"Benchmarks/run: {error.filename or ''}: {error.strerror}", file=sys.stderr)
    return CANNOT
  except KeyboardInterrupt:
    print("Benchmarks/run: interrupted", file=sys.stderr)
    return 128 + signal.SIGINT
  finally:
    kill_running()


def _measure(options, plan, groups, work):
  emulators = Emulators()
  host = _host()
  plan.begin = time.monotonic()
  begin = time.monotonic()
  print(f"host: {host['cpus']} CPUs, {host['model']}, load {host['load']:.2f}\n"
        + "\n".join(f"{who}: {version}" for who, version in emulators.versions().items()), flush=True)
  if host["load"] > 0.5:
    print("warning: something else runs on this host; the figures are hints only", file=sys.stderr)
  done = []
  for group in groups:
    done.append(group.measure(plan, emulators, work))
    print("\n" + group_text(done[-1]), flush=True)
    _write(options, plan, emulators, host, done, time.monotonic() - begin)
  print(f"\n{time.monotonic() - begin:.0f} s, {plan.runs} run{'s' if plan.runs > 1 else ''} of each")
  if plan.left_out:
    print("left out, since five minutes were over:", ", ".join(plan.left_out))
  problems = [problem for group in done for problem in group.problems]
  return FAILED if problems else MEASURED


def _write(options, plan, emulators, host, done, seconds):
  """After each group, so that a run that is ended early leaves what it has."""
  report = {"host": host, "versions": emulators.versions(), "runs": plan.runs, "isQuick": plan.quick,
            "seconds": round(seconds), "groups": [group.json() for group in done]}
  if options.json:
    with open(options.json, "w") as file:
      json.dump(report, file, indent=1)
      file.write("\n")
  if options.chart:
    chart_file(report, options.chart)


def _host():
  model = "unknown"
  try:
    with open("/proc/cpuinfo") as file:
      model = next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), model)
  except OSError:
    pass
  return {"cpus": os.cpu_count(), "model": model, "load": round(os.getloadavg()[0], 2)}
