"""What a run costs, beside the same work written by hand: `python3 scripts/bench.py [--rows N ...]`.

For each number of incidents an invented extract is made (once) under `out/bench`. The checker with the six first rules
and bench_by_hand.py, which has the same six, take turns on its five tables, each in a process of its own, and must come
to the same counts; and the checker does the whole of it, every table and every rule. Times depend on the machine and on
what else it does; the ratios hardly do. Needs Linux or macOS.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

import bootstrap

if sys.platform == "win32":
    sys.exit("bench.py needs Linux or macOS: Windows does not tell what memory a process took.")
import resource

SCRIPTS = Path(__file__).resolve().parent
TURNS = 3
BY_HAND = ("REF001", "CLO001", "CLO002", "FLG001", "FLG002", "FLG003")  # the rules of bench_by_hand.py
WORKBOOK_ROWS = 10_000
BUSY, BUSY_BY_HAND = "facts of 10,000 incidents at one address", "the same by hand, in one pass"

# Stages that the checker does not name itself.
PROCESS, TEXT_FILES, WORKBOOK = "start and end of the process", "findings.csv, rejected.csv, run.json", "workbook"


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
            self.costs[name] = Cost(time.perf_counter() - wall, time.process_time() - cpu, peak(usage))
        self._running = (stage, time.perf_counter(), time.process_time()) if stage else None


def main() -> int:
    """Print a table for each number of incidents, and what a long workbook costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", metavar="N", type=int, nargs="+", default=[100_000, 1_000_000], help="incidents")
    counts = parser.parse_args().rows
    if Path(sys.prefix).resolve() != bootstrap.VENV.resolve():
        bootstrap.prepare("run")
        return bootstrap.run("python", __file__, *sys.argv[1:])
    print(f"{os.cpu_count()} cores, Polars {version('polars')}; each figure is the median of {TURNS} turns")
    for count in counts:
        compare(count)
    folder = bootstrap.ROOT / "out" / "bench"
    turns = [take_turn("look-back", folder) for _ in range(TURNS)]
    show_header("a busy address")
    show(BUSY, [turn[BUSY] for turn in turns])
    show(BUSY_BY_HAND, [turn[BUSY_BY_HAND] for turn in turns])
    show_header(f"a workbook of {WORKBOOK_ROWS:,} exceptions")
    show("writing it", [take_turn("long-workbook", folder)[WORKBOOK] for _ in range(TURNS)])
    return 0


def compare(count: int) -> None:
    """Print what an extract of that many incidents costs the checker, and what the same work costs by hand."""
    folder = bootstrap.ROOT / "out" / "bench" / str(count)
    make_extract(count, folder)
    keep_rules(folder / "rules")
    checker, by_hand, whole = [], [], []
    for _ in range(TURNS):
        checker.append(take_turn("check", folder))
        whole.append(take_turn("check-all", folder))
        by_hand.append(run("bench_by_hand.py", folder / "extract", folder / "by-hand"))
    require_equal_counts(folder)

    six = show_stages(f"{count:,} incidents, five tables, {len(BY_HAND)} rules", checker)
    show("the same work by hand", by_hand)
    show("ratio", ratios(six, by_hand), decimals=2)
    every = show_stages(f"{count:,} incidents, every table, every rule", whole)
    show(f"ratio to {len(BY_HAND)} rules", ratios(every, six), decimals=2)


def show_stages(title: str, turns: list[dict[str, Cost]]) -> list[Cost]:
    """Print a table of what each stage cost; what everything but the workbook did in each turn."""
    workbook = [stages.pop(WORKBOOK) for stages in turns]
    before_it = [total(stages.values()) for stages in turns]
    show_header(title)
    for stage in turns[0]:
        show(stage, [stages[stage] for stages in turns])
    show(WORKBOOK, workbook)
    show("everything but the workbook", before_it)
    return before_it


def ratios(ours: list[Cost], theirs: list[Cost]) -> list[Cost]:
    """How many times the one cost the other, turn by turn."""
    return [Cost(*(a / b for a, b in zip(*pair, strict=True))) for pair in zip(ours, theirs, strict=True)]


def keep_rules(folder: Path) -> None:
    """A rule pack of those rules alone that are written by hand too."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(bootstrap.ROOT / "rules", folder)
    for file in folder.glob("*/*.toml"):
        if file.stem not in BY_HAND:
            file.unlink()


def show_header(title: str) -> None:
    """Print the head of a table."""
    print(f"\n{title:40}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")


def show(name: str, costs: list[Cost], decimals: int = 0) -> None:
    """Print a line of a table: the medians of the costs, memory with so many decimals."""
    wall, cpu, memory = (median(each) for each in zip(*costs, strict=True))
    print(f"{name:40}{wall:8.2f}{cpu:8.2f}{memory:9.{decimals}f}", flush=True)


def total(costs: Iterable[Cost]) -> Cost:
    """The costs together."""
    wall, cpu, memory = zip(*costs, strict=True)
    return Cost(sum(wall), sum(cpu), max(memory))


def make_extract(count: int, folder: Path) -> None:
    """Write an extract of that many incidents, unless the generator as it is has done so before."""
    generator, stamp = SCRIPTS / "bench_extract.py", folder / "made-by.txt"
    made_by = hashlib.sha256(generator.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text("utf-8") != made_by:
        stamp.unlink(missing_ok=True)
        run(generator.name, str(count), folder)
        stamp.write_text(made_by, "utf-8")


def take_turn(task: str, folder: Path) -> dict[str, Cost]:
    """Let the checker do one of the TASKS in a process of its own; what each stage cost."""
    whole = run("bench.py", task, folder)
    stages = {
        stage: Cost(*cost) for stage, cost in json.loads((folder / task / "stages.json").read_text("utf-8")).items()
    }
    seen, start = total(stages.values()), stages[PROCESS]
    return stages | {PROCESS: Cost(start.wall + whole.wall - seen.wall, start.cpu + whole.cpu - seen.cpu, start.peak)}


def run(script: str, *arguments: str | Path) -> Cost:
    """Run one of these scripts; what its process cost.

    The peak of a process is never below that of the one that started it: this one imports nothing large.
    """
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, SCRIPTS / script, *arguments])
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{script} ended with {process.returncode}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak(usage))


def peak(usage: resource.struct_rusage) -> float:
    """The peak of memory in MB."""
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def require_equal_counts(folder: Path) -> None:
    """Exit unless the checker and the work by hand have the same counts for every table and every rule."""
    checker = json.loads((folder / "check" / "run.json").read_text("utf-8"))
    by_hand = json.loads((folder / "by-hand" / "counts.json").read_text("utf-8"))
    for part, names in by_hand.items():
        for name, counts in names.items():
            for what, number in counts.items():
                if checker[part][name][what] != number:
                    sys.exit(f"{name}: {what}: {checker[part][name][what]} by the checker, {number} by hand")


def check(watch: Stopwatch, folder: Path) -> None:
    """Check the five tables in `folder` by the rules that are written by hand too."""
    check_stages(watch, folder / "extract", folder / "check", folder / "rules")


def check_all(watch: Stopwatch, folder: Path) -> None:
    """Check all tables in `folder` by all rules."""
    check_stages(watch, folder / "whole", folder / "check-all", None)


def check_stages(watch: Stopwatch, extract: Path, out: Path, rules: Path | None) -> None:
    """Check an extract stage by stage, as `checker check` does."""
    from bench_extract_chance import AS_OF

    from checker.config import Config
    from checker.pipeline import Order, run_check
    from checker.report.text_files import write_findings, write_record, write_rejected
    from checker.report.workbook import write_workbook

    result = run_check(Order(extract, AS_OF.isoformat(), Config(rules=rules), None), watch)
    watch(TEXT_FILES)
    write_findings(result, out / "findings.csv")
    write_rejected(result, out / "rejected.csv")
    write_record(result, out / "run.json")
    watch(WORKBOOK)
    write_workbook(result, out / "exceptions.xlsx", lambda _: None)


def write_long_workbook(watch: Stopwatch, folder: Path) -> None:
    """Write a workbook of WORKBOOK_ROWS exceptions: those of the sample of one night, over and over."""
    from dataclasses import replace

    import polars as pl

    from checker.config import load_config
    from checker.models import Outcome
    from checker.pipeline import Order, run_check
    from checker.report.workbook import write_workbook

    night = run_check(Order(bootstrap.ROOT / "sample_data" / "nightly", None, load_config(None), None))
    findings = night.findings.filter(pl.col("outcome") == Outcome.FINDING)
    repeated = pl.concat([findings] * (WORKBOOK_ROWS // findings.height + 1)).head(WORKBOOK_ROWS)
    watch(WORKBOOK)
    write_workbook(replace(night, findings=repeated), folder / "long-workbook" / "exceptions.xlsx", lambda _: None)


def look_back(watch: Stopwatch, folder: Path) -> None:
    """Find the earlier incidents of those at one busy address, by the checker and by hand, which must agree."""
    import bench_busy_address as busy

    from checker.config import Config
    from checker.facts import SUBJECTS
    from checker.pipeline import Order, prepare

    busy.write_extract(folder / "busy")
    prepared = prepare(Order(folder / "busy", busy.AS_OF.isoformat(), Config(), None))
    wanted = ("earlier_incident_within_365_days", "three_earlier_incidents_within_90_days")
    moments = sorted(prepared.validated.tables["incidents"].accepted.get_column("reported_at").to_list())
    watch(BUSY)
    found = SUBJECTS["incident"].plan(prepared.tables, prepared.context, wanted).sum().collect().row(0)
    watch(BUSY_BY_HAND)
    if found != busy.by_hand(moments):
        sys.exit(f"the busy address: {found} by the checker, not so by hand")


TASKS = {"look-back": look_back, "check": check, "check-all": check_all, "long-workbook": write_long_workbook}


def do_task(task: str, folder: Path) -> None:
    """Do one of the TASKS in this process, and leave what its stages cost beside what it wrote."""
    (folder / task).mkdir(parents=True, exist_ok=True)
    watch = Stopwatch()
    watch(PROCESS)
    TASKS[task](watch, folder)
    watch(None)
    (folder / task / "stages.json").write_text(json.dumps(watch.costs), "utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in TASKS:
        do_task(sys.argv[1], Path(sys.argv[2]))
    else:
        sys.exit(main())
