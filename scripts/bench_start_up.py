"""What the start of the installed command costs: its help, and a check of ten incidents. bench.py runs both."""

import csv
import subprocess
from pathlib import Path

import bootstrap
from bench_measure import Cost, cost_of, show, show_header

TURNS = 5
INCIDENTS = 10


def show_start_up(larger: Path, folder: Path) -> None:
    """Print what the help costs, and a check of ten incidents of a larger extract."""
    folder.mkdir(parents=True, exist_ok=True)
    take_ten(larger, folder / "extract")
    commands = {
        "checker --help": ["--help"],
        f"checker check, {INCIDENTS} incidents": ["check", "extract", "--out", "report"],
    }
    turns: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(TURNS):
        for name, arguments in commands.items():
            command: list[str | Path] = [bootstrap.executable("checker"), *arguments]
            turns[name].append(cost_of(command, folder, subprocess.DEVNULL))
    show_header(f"start-up, median of {TURNS} turns")
    for name, costs in turns.items():
        show(name, costs)


def take_ten(larger: Path, folder: Path) -> None:
    """Write an extract of the first ten incidents with a child, and of what the other tables say of these."""
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_bytes((larger / "manifest.json").read_bytes())
    children = rows_of(larger / "children.csv")[1:]
    known = {incident for incident, *_ in rows_of(larger / "incidents.csv")[1:]}
    kept = set(list(dict.fromkeys(incident for incident, *_ in children if incident in known))[:INCIDENTS])
    kept |= {child for incident, child, *_ in children if incident in kept}
    for file in larger.glob("*.csv"):
        header, *rows = rows_of(file)
        # Every table says in one of its first two columns of which incident or child a row is; of a receipt, neither.
        own = [row for row in rows if not kept.isdisjoint(row[: 1 if file.stem == "incidents" else 2])]
        (folder / file.name).write_text("".join(f"{','.join(row)}\n" for row in [header, *own]), "utf-8")


def rows_of(file: Path) -> list[list[str]]:
    """The rows of a file, the header first."""
    return list(csv.reader(file.read_text("utf-8").splitlines()))
