"""What bench.py measures with: the cost of a stage and of a process, and tables of both."""

import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

if sys.platform == "win32":
    sys.exit("bench.py needs Linux or macOS: Windows does not tell what memory a process took.")
import os
import resource

SCRIPTS = Path(__file__).resolve().parent
TURNS = 3


class Cost(NamedTuple):
    """Seconds by the clock, seconds of processor time, and the peak of memory until then in MB (a million bytes)."""

    wall: float
    cpu: float
    peak: float


class Stopwatch:
    """Told of each stage as it begins, knows what every stage has cost."""

    def __init__(self) -> None:
        self.costs: dict[str, Cost] = {}
        self._running: tuple[str, float, float] | None = None

    def __call__(self, stage: str | None) -> None:
        """End the stage that is running and begin another, or none."""
        if self._running:
            name, wall, cpu = self._running
            usage = resource.getrusage(resource.RUSAGE_SELF)
            self.costs[name] = Cost(time.perf_counter() - wall, time.process_time() - cpu, _peak(usage))
        self._running = (stage, time.perf_counter(), time.process_time()) if stage else None


def run(script: str, *arguments: str | Path) -> Cost:
    """Run one of these scripts; what its process cost."""
    return cost_of([sys.executable, SCRIPTS / script, *arguments])


def cost_of(command: Sequence[str | Path], folder: Path | None = None, output: int | None = None) -> Cost:
    """Run a command, in `folder` or else the caller's; what its process cost.

    The peak of a process is never below that of the one that started it: this one imports nothing large.
    """
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=output)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(str(part) for part in command[:3])} ended with {process.returncode}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, _peak(usage))


def _peak(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def total(costs: Iterable[Cost]) -> Cost:
    """The costs together."""
    wall, cpu, memory = zip(*costs, strict=True)
    return Cost(sum(wall), sum(cpu), max(memory))


def ratios(ours: list[Cost], theirs: list[Cost]) -> list[Cost]:
    """How many times the one cost the other, turn by turn."""
    return [Cost(*(a / b for a, b in zip(*pair, strict=True))) for pair in zip(ours, theirs, strict=True)]


def middle(costs: list[Cost]) -> Cost:
    """The median of each of the costs."""
    return Cost(*(median(each) for each in zip(*costs, strict=True)))


def show_header(title: str) -> None:
    """Print the head of a table."""
    print(f"\n{title:40}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")


def show(name: str, costs: list[Cost], decimals: int = 0) -> None:
    """Print a line of a table: the medians of the costs, memory with so many decimals."""
    wall, cpu, memory = middle(costs)
    print(f"{name:40}{wall:8.2f}{cpu:8.2f}{memory:9.{decimals}f}", flush=True)
