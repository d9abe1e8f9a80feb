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
    tables = {file.name: list(csv.DictReader(file.read_text("utf-8").splitlines())) for file in larger.glob("*.csv")}
    incidents = {row["incident_ref"] for row in tables["incidents.csv"]}
    of_children = (row["incident_ref"] for row in tables["children.csv"] if row["incident_ref"] in incidents)
    kept = {"incident_ref": set(list(dict.fromkeys(of_children))[:INCIDENTS])}
    for table, reference in (("children.csv", "child_ref"), ("referrals.csv", "referral_ref")):
        kept[reference] = {row[reference] for row in tables[table] if row["incident_ref"] in kept["incident_ref"]}
    for name, rows in tables.items():
        by = next(reference for reference in kept if reference in rows[0])
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(row for row in rows if row[by] in kept[by])
