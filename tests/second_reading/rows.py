"""Contract section 2: every row is accepted, rejected or collapsed, and none is dropped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.second_reading.cells import BLANK_STATUS, COLUMNS, KEYS, REQUIRED_TABLES, Row, Unreadable, read_cell
from tests.second_reading.days import local_date

Tables = Mapping[str, list[Row]]


class StoppedError(ValueError):
    """The extract cannot be read at all: "stops the run"."""


@dataclass
class Line:
    """One row read: its values, and why it was rejected."""

    table: str
    row: int
    cells: int | None
    values: Row
    reasons: list[str] = field(default_factory=list)
    orphan: bool = False


def read_line(table: str, place: int, cells: Row, zone: ZoneInfo) -> Line:
    """The row with every contract column read.

    Reading: on a ragged line a column is readable where there is a cell at its place, and unreadable beyond the last.
    A blank status is what the contract says it is before repeats are looked for.
    """
    values: Row = {}
    for column, kind in COLUMNS[table].items():
        beyond = "cells" in cells and column not in cells
        values[column] = Unreadable("") if beyond else read_cell(cells.get(column, ""), kind, zone)
    if table in BLANK_STATUS and values["status"] is None:
        known_by, then, otherwise = BLANK_STATUS[table]
        values["status"] = then if isinstance(values[known_by], datetime) else otherwise
    return Line(table, cells.get("row", place), cells.get("cells"), values)


def collapse_repeats(lines: list[Line]) -> list[Line]:
    """The rows left when "Repeats collapse first": "every contract column equal after parsing".

    Reading: an unreadable cell equals only the same text; a ragged line, whose columns are unsure, repeats nothing.
    """
    kept: dict[Any, Line] = {}
    for line in sorted(lines, key=lambda line: line.row):
        kept.setdefault(tuple(line.values.values()) if line.cells is None else line.row, line)
    return list(kept.values())


def own_reasons(line: Line, as_of: datetime) -> Iterator[str]:
    """Those reasons ("**every** reason, not the first") that the row gives by itself."""
    if line.cells is not None:  # Reading: nothing else is checked on a line whose cells may be shifted
        yield f"{line.cells} cells"
        return
    for column, kind in COLUMNS[line.table].items():
        if isinstance(line.values[column], Unreadable):
            yield f"{column}: unreadable"
        elif line.values[column] is None and "M" in kind:  # "the value is required in every row"
            yield f"{column}: required"
    readable = {column: value for column, value in line.values.items() if not isinstance(value, Unreadable)}
    for column, value in readable.items():  # "A year before 1900 is a rejection"
        if isinstance(value, date) and value.year < 1900:  # a datetime is a date
            yield f"{column}: before 1900"
    for column in ("reported_at", "closed_at", "submitted_at", "changed_at"):  # "A time after as_of ... is a rejection"
        if readable.get(column) and readable[column] > as_of:
            yield f"{column}: after as_of"
    if readable.get("date_of_birth") and readable["date_of_birth"] > local_date(as_of):
        yield "date_of_birth: after as_of"
    for later, earlier in (("closed_at", "reported_at"), ("ended_on", "started_on")):
        if readable.get(later) and readable.get(earlier) and readable[later] < readable[earlier]:
            yield f"{later}: before {earlier}"
    if line.table == "referrals" and readable.get("status") == "submitted" and line.values["submitted_at"] is None:
        yield "submitted_at: required where status is submitted"


def reject_orphans(lines: list[Line], incidents: set[str]) -> None:
    """An orphan: "a children, referrals or notifications row whose incident is not accepted".

    Reading: a row with other faults too is also an orphan; a ragged one, or one with a blank incident_ref, is not.
    """
    for line in lines:
        ref = line.values["incident_ref"]
        if line.cells is None and ref is not None and ref not in incidents:
            line.reasons.append(f"no accepted incident {ref}")
            line.orphan = True


def reject_duplicates(lines: list[Line]) -> None:
    """Of "the rows that then pass every other check, those that share a key are all rejected".

    Reading: a blank child_ref equals a blank child_ref.
    """
    sharing: dict[Any, list[Line]] = {}
    for line in lines:
        if not line.reasons:
            sharing.setdefault(tuple(line.values[column] for column in KEYS[line.table]), []).append(line)
    for group in sharing.values():
        for line in group if len(group) > 1 else []:
            line.reasons.append("duplicate key, rows differ")


class Counts(NamedTuple):
    """The counts of a table: "rows_read = accepted + rejected + collapsed", the orphans being among the rejected."""

    rows_read: int
    accepted: int
    rejected: int
    collapsed: int
    orphaned: int


@dataclass(frozen=True)
class Extract:
    """What was accepted and what was rejected, by table."""

    accepted: dict[str, list[Row]]
    rejected: dict[str, list[Line]]
    counts: dict[str, Counts]


def validate(tables: Tables, as_of: datetime, zone: ZoneInfo) -> Extract:
    """Every table split into accepted and rejected rows; incidents first, for the orphans."""
    if REQUIRED_TABLES - set(tables):
        raise StoppedError("a required table is missing")
    extract = Extract({}, {}, {})
    for table in (name for name in COLUMNS if name in tables):
        lines = [read_line(table, place, cells, zone) for place, cells in enumerate(tables[table], start=2)]
        kept = collapse_repeats(lines)
        for line in kept:
            line.reasons.extend(own_reasons(line, as_of))
        if table in ("children", "referrals", "notifications"):
            reject_orphans(kept, {incident["incident_ref"] for incident in extract.accepted["incidents"]})
        if table in KEYS:
            reject_duplicates(kept)
        extract.accepted[table] = accepted = [line.values for line in kept if not line.reasons]
        extract.rejected[table] = rejected = [line for line in kept if line.reasons]
        orphaned = sum(line.orphan for line in kept)
        extract.counts[table] = Counts(len(lines), len(accepted), len(rejected), len(lines) - len(kept), orphaned)
    return extract
