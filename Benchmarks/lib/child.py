"""One run of an emulator: its console read line by line, its time and memory taken, and its end made sure."""

import ctypes
import os
import re
import select
import signal
import subprocess
import tempfile
import time


class Missing(Exception):
  """Something that a measurement needs is not there; the text says what, and what to do."""


class Run:
  """What one run gave.

  `lines` is the console's text. `wall`, `cpu` and `memory` are those of the line that ended the run, or None
  if it did not come, and then `problem` says why. `marks` has the same for every line that was asked for:
  (text, seconds after the start of the process, CPU seconds).
  """

  def __init__(self):
    self.lines = []
    self.marks = []
    self.wall = None
    self.cpu = None
    self.memory = None
    self.problem = None


_TICK = os.sysconf("SC_CLK_TCK")
_libc = ctypes.CDLL(None)
_running = None


def _prepare_child():
  # Whatever ends the harness, even SIGKILL, ends the emulator (PR_SET_PDEATHSIG).
  _libc.prctl(1, signal.SIGKILL)
  os.setsid()


def kill_running():
  """Ends what runs now, if anything does."""
  global _running
  if _running is not None:
    try:
      os.killpg(_running.pid, signal.SIGKILL)
    except ProcessLookupError:
      pass
    _running.wait()
    _running = None


def _usage(pid):
  """CPU seconds and peak memory in MiB of a live process, all its threads together."""
  try:
    with open(f"/proc/{pid}/stat") as file:
      fields = file.read().rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / _TICK
    memory = None
    with open(f"/proc/{pid}/status") as file:
      for line in file:
        if line.startswith("VmHWM:"):
          memory = int(line.split()[1]) / 1024
    return cpu, memory
  except (OSError, IndexError, ValueError):
    return None, None


def run_until(command, pattern, limit, mark=None):
  """Runs `command`, whose console is its standard output, until a line matches `pattern`.

  A line counts when its end arrives. CPU time and memory are those of that moment; then the process is
  killed, so that what it would do at its end is not measured. Lines that match `mark` are noted, too.
  """
  global _running
  wanted, mark = re.compile(pattern), mark and re.compile(mark)
  run = Run()
  with tempfile.TemporaryFile() as errors:
    begin = time.monotonic()
    try:
      _running = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, bufsize=0,
        preexec_fn=_prepare_child)
    except OSError as error:
      run.problem = f"{command[0]}: {error.strerror}"
      return run
    try:
      _read(_running, run, wanted, mark, begin, limit)
    finally:
      kill_running()
    if run.wall is None:
      errors.seek(0)
      said = errors.read().decode(errors="replace").strip().splitlines()
      last = said[-1:] or [line for line in run.lines if line][-1:]
      run.problem += f"; its last words: {last[0]}" if last else "; it said nothing"
  return run


def _read(process, run, wanted, mark, begin, limit):
  descriptor = process.stdout.fileno()
  rest = b""
  while True:
    left = begin + limit - time.monotonic()
    if left <= 0 or not select.select([descriptor], [], [], left)[0]:
      run.problem = f"nothing matched \"{wanted.pattern}\" in {limit:.0f} s"
      break
    piece = os.read(descriptor, 65536)
    now = time.monotonic() - begin
    if not piece:
      run.problem = f"it ended before \"{wanted.pattern}\" came"
      break
    *complete, rest = (rest + piece).split(b"\n")
    for line in complete:
      text = line.decode(errors="replace").rstrip("\r")
      run.lines.append(text)
      if mark and mark.search(text):
        run.marks.append((text, now, _usage(process.pid)[0]))
      if wanted.search(text):
        run.wall = now
        run.cpu, run.memory = _usage(process.pid)
        return
  process.stdout.close()
