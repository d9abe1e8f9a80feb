"""What writing a long list costs, beside XlsxWriter: `python3 scripts/bench_workbook.py [--rows N ...]`.

For each number of rows the sheet of exceptions of an invented run is written by the checker and, cell for cell with the
same looks, widths, heights, table, filters and validations, by XlsxWriter. The two take turns, each in a process of its
own that holds the same rows, and must come to the same cells. XlsxWriter is given every value, look and height; the
checker puts the rows in order and works these out. Times depend on the machine and on what else it does; the ratios
hardly do. Needs Linux or macOS.
"""

import argparse
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import bootstrap
from bench_measure import SCRIPTS, TURNS, Cost, Stopwatch, run, show, show_header

FOLDER = bootstrap.ROOT / "out" / "bench-workbook"
WRITING = "writing"
OURS, BY_HAND = "exceptions.xlsx", "by-hand.xlsx"


def main() -> int:
    """Print a table for each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", metavar="N", type=int, nargs="+", default=[5_000, 50_000], help="exceptions")
    counts = parser.parse_args().rows
    if Path(sys.prefix).resolve() != bootstrap.VENV.resolve():
        bootstrap.prepare("test")  # XlsxWriter is no part of the checker
        return bootstrap.run("python", __file__, *sys.argv[1:])
    versions = ", ".join(f"{name} {version(name)}" for name in ("openpyxl", "xlsxwriter"))
    print(f"{os.cpu_count()} cores, {versions}; each figure is the median of {TURNS} turns")
    for count in counts:
        compare(count)
    return 0


def compare(count: int) -> None:
    """Print what a list of that many rows costs the checker, and what it costs XlsxWriter."""
    folder = FOLDER / str(count)
    folder.mkdir(parents=True, exist_ok=True)
    run(Path(__file__).name, "make", folder)
    take_turn("checker", folder)
    run(Path(__file__).name, "describe", folder)
    checker, by_hand = [], []
    for _ in range(TURNS):
        checker.append(take_turn("checker", folder))
        by_hand.append(take_turn("by-hand", folder))
    run(Path(__file__).name, "same", folder)
    ratios = [Cost(*(a / b for a, b in zip(*pair, strict=True))) for pair in zip(checker, by_hand, strict=True)]
    sizes = [(folder / name).stat().st_size / 1e6 for name in (OURS, BY_HAND)]
    show_header(f"{count:,} rows")
    show(f"the checker ({sizes[0]:.1f} MB)", checker)
    show(f"XlsxWriter ({sizes[1]:.1f} MB)", by_hand)
    show("ratio", ratios, decimals=2)


def take_turn(task: str, folder: Path) -> Cost:
    """Let one of the two write the sheet in a process of its own; what the writing cost, the peak of the whole."""
    run(Path(__file__).name, task, folder)
    wall, cpu, peak = json.loads((folder / "cost.json").read_text("utf-8"))
    return Cost(wall, cpu, peak)


def make(folder: Path) -> None:
    """Invent the findings, so that no process that is measured has to."""
    from tests.report.made_up import many_recorded

    findings = many_recorded(int(folder.name)).findings
    findings.filter(outcome="finding").write_parquet(folder / "findings.parquet")


def write_ours(watch: Stopwatch, folder: Path) -> None:
    """Write the sheet as the checker does."""
    from contextlib import closing
    from dataclasses import replace

    import polars as pl

    from checker.report import exceptions
    from checker.report.cells import Book
    from checker.report.workbook import cover
    from tests.report.made_up import recorded, run_of

    night = replace(recorded(run_of()), findings=pl.read_parquet(folder / "findings.parquet"))
    watch(WRITING)
    with closing(Book(cover(night.record), folder)) as book:
        exceptions.write(book, night, lambda _: None)
        book.save(folder / OURS)


def write_by_hand(watch: Stopwatch, folder: Path) -> None:
    """Write the same sheet with XlsxWriter."""
    import polars as pl
    from bench_workbook_by_hand import write

    sheet = json.loads((folder / "sheet.json").read_text("utf-8"))
    rows = pl.read_parquet(folder / "rows.parquet")
    watch(WRITING)
    write(sheet, rows, folder / BY_HAND)


def describe(folder: Path) -> None:
    """Leave what is on our sheet in a form that XlsxWriter can take over: its looks and lists, and its rows."""
    from bench_workbook_by_hand import description

    sheet, rows = description(folder / OURS)
    (folder / "sheet.json").write_text(json.dumps(sheet), "utf-8")
    rows.write_parquet(folder / "rows.parquet")


def require_same_cells(folder: Path) -> None:
    """Exit unless both have written the same cells and the same table."""
    import fastexcel

    def read(name: str) -> Any:
        file = fastexcel.read_excel(folder / name)
        table = file.load_table(file.table_names()[0], dtypes="string").to_polars()
        return file.load_sheet(0, header_row=None, dtypes="string").to_polars(), table

    for ours, by_hand in zip(read(OURS), read(BY_HAND), strict=True):
        if not ours.equals(by_hand):
            sys.exit(f"{folder.name} rows: the checker and XlsxWriter have not written the same")


TASKS = {"checker": write_ours, "by-hand": write_by_hand}
PREPARATIONS = {"make": make, "describe": describe, "same": require_same_cells}


def do_task(task: str, folder: Path) -> None:
    """Do one of the TASKS in this process, and leave what the writing cost in `cost.json`; or a preparation."""
    sys.path.insert(0, str(SCRIPTS.parent))
    if task in PREPARATIONS:
        PREPARATIONS[task](folder)
        return
    watch = Stopwatch()
    TASKS[task](watch, folder)
    watch(None)
    (folder / "cost.json").write_text(json.dumps(watch.costs[WRITING]), "utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in TASKS | PREPARATIONS:
        do_task(sys.argv[1], Path(sys.argv[2]))
    else:
        sys.exit(main())
