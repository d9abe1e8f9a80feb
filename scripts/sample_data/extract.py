"""An extract on its way to disk: its tables, what becomes of each row, and the verdicts that it must come to."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

FINDING, UNDETERMINED, NOT_DUE = "finding", "undetermined", "not_due"

COLUMNS = {
    "incidents": (
        "incident_ref", "reported_at", "closed_at", "closure_codes", "incident_type", "domestic_abuse", "concern_types",
        "status", "duplicate_of", "risk_form_ref", "risk_form_at", "risk_level", "reassessed_at",
        "children_in_household", "child_count", "officer_id", "supervisor_id", "team", "district",
        "victim_ref", "suspect_ref", "location_ref", "history_checked_at",
    ),
    "children": ("incident_ref", "child_ref", "date_of_birth", "unborn", "role", "present", "school_ref"),
    "referrals": (
        "referral_ref", "incident_ref", "child_ref", "status", "submitted_at", "submitted_by", "hub_received_at",
    ),
    "plans": ("child_ref", "plan", "category", "started_on", "ended_on"),
    "flags": ("child_ref", "flag", "started_on", "ended_on"),
    "notifications": ("notification_ref", "incident_ref", "child_ref", "notified_at", "outcome"),
    "missing_episodes": (
        "episode_ref", "child_ref", "reported_at", "returned_at", "status", "cause_for_concern",
        "coordinator_allocated_at", "return_interview_at",
    ),
    "hub_receipts": ("referral_ref", "received_at", "outcome"),
    "code_history": ("incident_ref", "changed_at", "old_codes", "new_codes"),
}  # fmt: skip


@dataclass(eq=False)
class Incident:
    """One control-room incident; its reference is given when the extract is numbered, in order of reporting."""

    reported_at: datetime
    cells: dict[str, Cell]
    ref: str = ""


@dataclass(eq=False)
class Child:
    """One child, who may be met in several incidents."""

    ref: str


Cell = str | int | datetime | date | Incident | Child | None


def text(cell: Cell, date_format: str = "%Y-%m-%d", time_format: str = "%Y-%m-%dT%H:%M:%S") -> str:
    """The cell as it stands in the file: wall times of the force, an incident or a child by its reference."""
    match cell:
        case None:
            return ""
        case Incident() | Child():
            return cell.ref
        case datetime():
            return cell.strftime(time_format)
        case date():
            return cell.strftime(date_format)
        case _:
            return str(cell)


@dataclass(eq=False)
class Row:
    """One line of a table: accepted, unless it is rejected for reasons or repeats another row."""

    cells: dict[str, Cell]
    rejected: tuple[str, ...] = ()
    repeats: bool = False
    line: str | None = None  # written just so, where the number of cells is the fault


@dataclass
class Table:
    """One table of an extract and how its file is written."""

    name: str
    columns: Sequence[str]
    rows: list[Row]
    delimiter: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"
    file: str = ""

    def __post_init__(self) -> None:
        self.file = self.file or f"{self.name}.csv"

    def write(self, folder: Path) -> None:
        """Write the table's file into the folder."""
        lines = [row.line or [text(row.cells.get(column)) for column in self.columns] for row in self.rows]
        write_csv(folder / self.file, self.columns, lines, self.delimiter, self.encoding, self.line_end)

    def counts(self) -> list[str | int]:
        """The table's name, then rows read, accepted, rejected, collapsed and, of the rejected, orphaned."""
        rejected = sum(bool(row.rejected) for row in self.rows)
        collapsed = sum(row.repeats for row in self.rows)
        orphaned = sum(any(why.startswith("no accepted incident") for why in row.rejected) for row in self.rows)
        return [self.name, len(self.rows), len(self.rows) - rejected - collapsed, rejected, collapsed, orphaned]

    def rejections(self) -> list[list[str | int]]:
        """Table, file, row (the header is row 1) and reason, one for every reason of every rejected row."""
        numbered = enumerate(self.rows, start=2)
        return [[self.name, self.file, number, why] for number, row in numbered for why in sorted(row.rejected)]


@dataclass(frozen=True)
class Verdict:
    """What a rule must say of a subject; no child where an incident or the unnamed rest of its children is meant."""

    rule_id: str
    outcome: str
    incident: Incident | str
    child: Child | str | None = None


@dataclass
class Extract:
    """Tables as of a moment (wall time, Europe/London), with every verdict but pass and out_of_scope.

    `since` says of children without a form for the incident what has happened to each since; no child is the unnamed
    rest.
    """

    as_of: datetime
    covers_from: datetime
    covers_to: datetime
    tables: list[Table] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    since: dict[tuple[Incident, Child | None], str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write tables, manifest and expectations in place of whatever the folder held."""
        renew(folder)
        for table in self.tables:
            table.write(folder)
        self._write_manifest(folder)
        write_expectations(folder, self.tables, self.verdicts)
        if self.since:
            lines = sorted([text(incident), text(child), since] for (incident, child), since in self.since.items())
            write_csv(folder / "expected_since.csv", ["incident_ref", "child_ref", "since"], lines)

    def _write_manifest(self, folder: Path) -> None:
        tables = {
            table.name: {
                "rows": len(table.rows),
                "sha256": hashlib.sha256((folder / table.file).read_bytes()).hexdigest(),
            }
            for table in self.tables
        }
        moments = {"extracted_at": self.as_of, "covers_from": self.covers_from, "covers_to": self.covers_to}
        manifest = {name: text(moment) for name, moment in moments.items()} | {"tables": tables}
        (folder / "manifest.json").write_bytes((json.dumps(manifest, indent=2) + "\n").encode())


def renew(folder: Path) -> None:
    """Empty the folder, so that no file of an earlier making stays behind."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def write_csv(
    path: Path,
    header: Sequence[str],
    lines: Iterable[str | Sequence[str | int]],
    delimiter: str = ",",
    encoding: str = "utf-8",
    line_end: str = "\n",
) -> None:
    """Write header and lines; a line is its cells, or a text that is written just so."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(header)
    for line in lines:
        if isinstance(line, str):
            out.write(line + line_end)
        else:
            writer.writerow(line)
    path.write_bytes(out.getvalue().encode(encoding))


def write_expectations(folder: Path, tables: Sequence[Table], verdicts: Iterable[Verdict]) -> None:
    """Write expected.csv, expected_counts.csv and, where rows are rejected, expected_rejected.csv."""
    expected = sorted([v.rule_id, text(v.incident), text(v.child), v.outcome] for v in verdicts)
    ordered = [[rule, outcome, incident, child] for rule, incident, child, outcome in expected]
    write_csv(folder / "expected.csv", ["rule_id", "outcome", "incident_ref", "child_ref"], ordered)
    header = ["table", "rows_read", "accepted", "rejected", "collapsed", "orphaned"]
    write_csv(folder / "expected_counts.csv", header, [table.counts() for table in tables])
    rejections = [rejection for table in tables for rejection in table.rejections()]
    if rejections:
        write_csv(folder / "expected_rejected.csv", ["table", "file", "row", "reason"], rejections)
