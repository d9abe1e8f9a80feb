"""Shows the round trip on sample_data/nightly: a night, decisions typed into its workbook, `collect`, another night.

The workbook is filled in by LibreOffice where it and its Python module `uno` are there, else by openpyxl. Some of the
lines are spoilt on purpose: they come back in the return report. Everything happens in a folder that is deleted in the
end, unless another is given.
"""

import argparse
import csv
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import bootstrap

sys.path.insert(0, str(bootstrap.ROOT))
from tests import uno_session  # which needs nothing but the standard library

SAMPLE = bootstrap.ROOT / "sample_data" / "nightly"
NIGHTS = ("2026-11-22T02:00:00", "2026-11-23T02:00:00")
LIST = "Exceptions"
SETTINGS = """\
[schedule]
inbox = "inbox"
returns = "returns"

[store]
url = "sqlite:///checker.db"

[report]
folder = "reports"
"""
# What is typed into the first lines of the list, a finding each.
TYPED = (
    {"Decision": "referral now submitted", "Decided by": "SGT-419"},
    {"Decision": "referral already made", "Reference": "RF-26-0042", "Decided by": "SGT-419"},
    {"Decision": "No referral required.", "Reason": "Seen by the hub under another incident.", "Decided by": "SGT-419"},
    {"Decision": "record corrected", "Decided by": "SGT-419"},
    {"Decision": "not an exception, data error", "Reason": "Entered twice.", "Decided by": "SGT-388"},
    {"Decision": "passed to another team", "Reason": "Lives in another force area.", "Decided by": "SGT-388"},
    {"Decision": "under review", "Decided by": "SGT-388"},
)
SPOILT = (
    {"Decision": "no referral required", "Decided by": "SGT-388"},
    {"Decision": "refered already", "Decided by": "SGT-388"},
    {"Reason": "Rang the school.", "Decided by": "SGT-388"},
    {"Decision": "under review"},
)


def main() -> int:
    """Prepare `.venv`, show the round trip, and return 1 where a step of it could not be done, else 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", metavar="FOLDER", type=Path, help="a new folder to work in, which is kept")
    folder = parser.parse_args().keep
    if Path(sys.prefix).resolve() != bootstrap.VENV.resolve():
        bootstrap.prepare("run")
        return bootstrap.run("python", __file__, *sys.argv[1:])
    if folder is not None:
        folder.mkdir(parents=True)
        return show(folder.resolve())
    with TemporaryDirectory() as temporary:
        return show(Path(temporary))


def show(folder: Path) -> int:
    """Show the round trip in a folder; 1 where a step of it could not be done."""
    (folder / "checker.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "returns").mkdir()
    say("The first night")
    first = night(folder, NIGHTS[0])
    if first is None:
        return 1
    ids = [row["finding_id"] for row in first if row["outcome"] == "finding"]
    lines = dict(zip(ids, (*TYPED, *SPOILT), strict=False))
    sent = newest_report(folder) / "exceptions.xlsx"
    say(f"{len(TYPED)} decisions and {len(SPOILT)} spoilt lines are typed into {sent.relative_to(folder)}")
    try:
        print(f"by {fill_in(sent, folder / 'returns' / 'back.xlsx', lines)}")
    except LookupError as fault:
        print(f"NOT DONE: {fault}")
        return 1
    say("What was typed is collected")
    if checker(folder, "collect", str(folder / "returns" / "back.xlsx")) not in (0, 1):
        return 1
    say("The second night, of the same extract a day later")
    second = night(folder, NIGHTS[1])
    if second is None:
        return 1
    say("What has changed")
    compare(first, second, lines)
    return 0


def night(folder: Path, as_of: str) -> list[dict[str, str]] | None:
    """Deliver the sample as of a moment, run it, and return the lines of `findings.csv`; None where that failed."""
    extract = folder / "inbox" / as_of[:16].replace(":", "")
    shutil.copytree(SAMPLE, extract)
    manifest = json.loads((extract / "manifest.json").read_text("utf-8"))
    (extract / "manifest.json").write_text(json.dumps(manifest | {"extracted_at": as_of}), encoding="utf-8")
    if checker(folder, "nightly"):
        return None
    with (newest_report(folder) / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def newest_report(folder: Path) -> Path:
    """The folder of the last run's report."""
    return max((folder / "reports").glob("*_run*"), key=lambda report: int(report.name.rpartition("_run")[2]))


def checker(folder: Path, command: str, *arguments: str) -> int:
    """Run a command in the folder, without its log, and return its exit code."""
    done = subprocess.run(
        [bootstrap.executable("checker"), command, *arguments, "--config", "checker.toml"],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"`checker {command}` ended with exit code {done.returncode}")
        print("\n".join(line for line in done.stderr.splitlines() if not line.startswith("{")))
    return done.returncode


def fill_in(sent: Path, back: Path, lines: dict[str, dict[str, str]]) -> str:
    """Type into the line of each finding, save the workbook as `back`, and return what did it.

    Raises:
        LookupError: the list has no such line, or no such column.
    """
    if not uno_session.missing_programs():
        with uno_session.office() as office:
            try:
                office.edit(sent, back, *(("fill", LIST, finding_id, typed) for finding_id, typed in lines.items()))
            except RuntimeError as fault:
                raise LookupError(str(fault).strip().splitlines()[-1]) from fault
        return "LibreOffice"
    from openpyxl import load_workbook

    book = load_workbook(sent)
    rows: list[Any] = list(book[LIST].iter_rows())
    for row in rows:
        columns = {cell.value: cell.column - 1 for cell in row}
        if {"Finding id", "Decision"} <= columns.keys():
            break
    else:
        raise LookupError(f"no header row on the sheet {LIST}")
    by_id = {row[columns["Finding id"]].value: row for row in rows}
    for finding_id, typed in lines.items():
        for header, text in typed.items():
            by_id[finding_id][columns[header]].value = text
    book.save(back)
    return "openpyxl, for want of " + " and ".join(uno_session.missing_programs())


def compare(first: list[dict[str, str]], second: list[dict[str, str]], lines: dict[str, dict[str, str]]) -> None:
    """Print how the findings stood on both nights, and what became of each line in which something was typed."""
    for name, rows in (("first", first), ("second", second)):
        counts = Counter(row["status"] or "not due" for row in rows)
        print(f"{name + ' night':14}{', '.join(f'{count} {status}' for status, count in sorted(counts.items()))}")
    print()
    after = {row["finding_id"]: row["status"] for row in second}
    for finding_id, typed in lines.items():
        print(f"{finding_id}  {typed.get('Decision', '(no decision)'):32}{after.get(finding_id, 'no longer listed')}")


def say(title: str) -> None:
    """Print the title of a step."""
    print(f"\n== {title}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
