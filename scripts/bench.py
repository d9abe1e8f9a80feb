"""What a run costs, beside the same work written by hand: `python3 scripts/bench.py [--rows N ...] [--growth]`.

For each number of incidents an invented extract is made (once) under `out/bench`. The checker and the work by hand take
turns, each in a process of its own: with the six first rules on their five tables (bench_by_hand.py), and with all
rules on every table (bench_by_hand_all.py). Both must come to the same counts and the same lines. With `--growth` it is
said, too, how the whole of it grows with the number of incidents. Times depend on the machine and on what else it does;
the ratios hardly do. Needs Linux or macOS.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from importlib.metadata import version
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import linear_regression
from typing import TYPE_CHECKING

import bootstrap
from bench_measure import SCRIPTS, TURNS, Cost, Stopwatch, middle, ratios, run, show, show_header, total
from bench_start_up import show_start_up

if TYPE_CHECKING:
    from checker.models import Run

BY_HAND = ("REF001", "CLO001", "CLO002", "FLG001", "FLG002", "FLG003")  # the rules of bench_by_hand.py
SAME = {"check": "by-hand", "check-all": "by-hand-all"}  # what must come to the same, by the checker and by hand
GROWTH = {10_000: TURNS, 100_000: TURNS, 1_000_000: 1, 3_000_000: 1}  # turns of each number of incidents
WORKBOOK_ROWS = 10_000
BUSY, BUSY_BY_HAND = "facts of 10,000 incidents at one address", "the same by hand, in one pass"

# Stages that the checker does not name itself.
PROCESS, TEXT_FILES, WORKBOOK = "start and end of the process", "findings.csv, rejected.csv, run.json", "workbook"


def main() -> int:
    """Print a table for each number of incidents, what a long workbook costs, and what the start does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", metavar="N", type=int, nargs="+", default=[100_000, 1_000_000], help="incidents")
    parser.add_argument("--growth", action="store_true", help=f"also the whole of {min(GROWTH):,} to {max(GROWTH):,}")
    given = parser.parse_args()
    if Path(sys.prefix).resolve() != bootstrap.VENV.resolve():
        bootstrap.prepare("run")
        return bootstrap.run("python", __file__, *sys.argv[1:])
    print(f"{os.cpu_count()} cores, Polars {version('polars')}; each figure is the median of {TURNS} turns")
    for count in given.rows:
        compare(count)
    folder = bootstrap.ROOT / "out" / "bench"
    turns = [take_turn("look-back", folder) for _ in range(TURNS)]
    show_header("a busy address")
    show(BUSY, [turn[BUSY] for turn in turns])
    show(BUSY_BY_HAND, [turn[BUSY_BY_HAND] for turn in turns])
    show_header(f"a workbook of {WORKBOOK_ROWS:,} exceptions")
    show("writing it", [take_turn("long-workbook", folder)[WORKBOOK] for _ in range(TURNS)])
    show_start_up(extract_of(1_000) / "whole", folder / "start-up")
    if given.growth:
        show_growth()
    return 0


def compare(count: int) -> None:
    """Print what an extract of that many incidents costs the checker, and what the same work costs by hand."""
    folder = extract_of(count)
    keep_rules(folder / "rules")
    six, six_by_hand, whole, whole_by_hand = [], [], [], []
    for _ in range(TURNS):
        six.append(take_turn("check", folder))
        six_by_hand.append(run("bench_by_hand.py", folder / "extract", folder / SAME["check"]))
        whole.append(take_turn("check-all", folder))
        whole_by_hand.append(run("bench_by_hand_all.py", folder / "whole", folder / SAME["check-all"]))
    for task, by_hand in SAME.items():
        require_equal_counts(folder / task, folder / by_hand)
    take_turn("same-lines", folder)

    first = show_stages(f"{count:,} incidents, five tables, {len(BY_HAND)} rules", six)
    show_by_hand(first, six_by_hand)
    every = show_stages(f"{count:,} incidents, every table, every rule", whole)
    show_by_hand(every, whole_by_hand)
    show(f"ratio to {len(BY_HAND)} rules", ratios(every, first), decimals=2)


def show_growth() -> None:
    """Print what the whole costs by the number of incidents, and how steeply that grows; see GROWTH."""
    show_header("every table, every rule, no workbook")
    points = []
    for count, turns in GROWTH.items():
        costs = [take_turn("judge-all", extract_of(count)) for _ in range(turns)]
        show(f"{count:,} incidents, turns: {turns}", [total(stages.values()) for stages in costs])
        # The start of the process costs the same however many there are.
        points.append(
            (count, middle([total(cost for name, cost in stages.items() if name != PROCESS) for stages in costs]))
        )
    logs = [(log(count), log(cost.cpu)) for count, cost in points]
    steps = (f"{(high - low) / (more - fewer):.2f}" for (fewer, low), (more, high) in pairwise(logs))
    slope = linear_regression(*zip(*logs, strict=True)).slope
    print(f"CPU without the start grows as incidents to the power of {slope:.2f}; step by step {', '.join(steps)}")


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


def show_by_hand(checker: list[Cost], by_hand: list[Cost]) -> None:
    """Print what the same work cost by hand, and how many times that it cost the checker."""
    show("the same work by hand", by_hand)
    show("ratio", ratios(checker, by_hand), decimals=2)


def keep_rules(folder: Path) -> None:
    """A rule pack of those rules alone that are written by hand too."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(bootstrap.ROOT / "rules", folder)
    for file in folder.glob("*/*.toml"):
        if file.stem not in BY_HAND:
            file.unlink()


def extract_of(count: int) -> Path:
    """The folder of an extract of that many incidents, made now unless the generator as it is has made it before."""
    folder, generator = bootstrap.ROOT / "out" / "bench" / str(count), sorted(SCRIPTS.glob("bench_extract*.py"))
    stamp = folder / "made-by.txt"
    made_by = hashlib.sha256(b"".join(file.read_bytes() for file in generator)).hexdigest()
    if not stamp.is_file() or stamp.read_text("utf-8") != made_by:
        stamp.unlink(missing_ok=True)
        run("bench_extract.py", str(count), folder)
        stamp.write_text(made_by, "utf-8")
    return folder


def take_turn(task: str, folder: Path) -> dict[str, Cost]:
    """Let the checker do one of the TASKS in a process of its own; what each stage cost."""
    whole = run("bench.py", task, folder)
    stages = {
        stage: Cost(*cost) for stage, cost in json.loads((folder / task / "stages.json").read_text("utf-8")).items()
    }
    seen, start = total(stages.values()), stages[PROCESS]
    return stages | {PROCESS: Cost(start.wall + whole.wall - seen.wall, start.cpu + whole.cpu - seen.cpu, start.peak)}


def require_equal_counts(checked: Path, written: Path) -> None:
    """Exit unless the checker and the work by hand have the same counts for every table and every rule."""
    checker = json.loads((checked / "run.json").read_text("utf-8"))
    by_hand = json.loads((written / "counts.json").read_text("utf-8"))
    for part, names in by_hand.items():
        if names.keys() != checker[part].keys():
            sys.exit(f"{part}: {', '.join(names.keys() ^ checker[part].keys())}: by the checker or by hand alone")
        for name, counts in names.items():
            for what, number in counts.items():
                if checker[part][name][what] != number:
                    sys.exit(f"{name}: {what}: {checker[part][name][what]} by the checker, {number} by hand")


def require_same_lines(watch: Stopwatch, folder: Path) -> None:
    """Exit unless the checker and the work by hand have the same lines, but for the words."""
    import polars as pl

    def lines(of: str) -> pl.DataFrame:
        rows = pl.read_csv(folder / of / "findings.csv", infer_schema=False)
        moments = pl.col("reported_at", "due_at").str.to_datetime(time_unit="us", time_zone="UTC")
        return rows.with_columns(moments)

    for task, by_hand in SAME.items():
        watch(by_hand)
        theirs = lines(by_hand)
        ours = lines(task).select(theirs.columns)
        if not ours.sort(pl.all()).equals(theirs.sort(pl.all())):
            other = pl.concat([ours, theirs]).filter(~pl.struct(pl.all()).is_duplicated())
            rules = other.get_column("rule_id").unique().sort().to_list()
            sys.exit(f"{task} and {by_hand}: other lines of {', '.join(rules)}: {other.height}")


def check(watch: Stopwatch, folder: Path) -> None:
    """Check the five tables in `folder` by the rules that are written by hand too."""
    out = folder / "check"
    write_exceptions(watch, judged(watch, folder / "extract", out, folder / "rules"), out)


def check_all(watch: Stopwatch, folder: Path) -> None:
    """Check all tables in `folder` by all rules."""
    out = folder / "check-all"
    write_exceptions(watch, judged(watch, folder / "whole", out, None), out)


def judge_all(watch: Stopwatch, folder: Path) -> None:
    """Check all tables in `folder` by all rules, without a workbook."""
    judged(watch, folder / "whole", folder / "judge-all", None)


def judged(watch: Stopwatch, extract: Path, out: Path, rules: Path | None) -> Run:
    """Check an extract stage by stage, as `checker check` does, but for the workbook."""
    from bench_extract_chance import AS_OF

    from checker.config import Config
    from checker.pipeline.order import Order
    from checker.pipeline.run import run_check
    from checker.report.text_files import write_findings, write_record, write_rejected

    result = run_check(Order(extract, AS_OF.isoformat(), Config(rules=rules), None), watch)
    watch(TEXT_FILES)
    write_findings(result, out / "findings.csv")
    write_rejected(result, out / "rejected.csv")
    write_record(result, out / "run.json")
    return result


def write_exceptions(watch: Stopwatch, result: Run, out: Path) -> None:
    """Write the workbook."""
    from checker.report.workbook import write_workbook

    watch(WORKBOOK)
    write_workbook(result, out / "exceptions.xlsx", lambda _: None)


def write_long_workbook(watch: Stopwatch, folder: Path) -> None:
    """Write a workbook of WORKBOOK_ROWS exceptions: those of the sample of one night, over and over."""
    from dataclasses import replace

    import polars as pl

    from checker.config import load_config
    from checker.models import Outcome
    from checker.pipeline.order import Order
    from checker.pipeline.run import run_check
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
    from checker.pipeline.order import Order, prepare

    busy.write_extract(folder / "busy")
    prepared = prepare(Order(folder / "busy", busy.AS_OF.isoformat(), Config(), None))
    wanted = ("earlier_incident_within_365_days", "three_earlier_incidents_within_90_days")
    moments = sorted(prepared.validated.tables["incidents"].accepted.get_column("reported_at").to_list())
    watch(BUSY)
    found = SUBJECTS["incident"].plan(prepared.tables, prepared.context, wanted).sum().collect().row(0)
    watch(BUSY_BY_HAND)
    if found != busy.by_hand(moments):
        sys.exit(f"the busy address: {found} by the checker, not so by hand")


TASKS = {
    "look-back": look_back,
    "check": check,
    "check-all": check_all,
    "judge-all": judge_all,
    "long-workbook": write_long_workbook,
    "same-lines": require_same_lines,
}


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
