"""Hypothesis strategies that draw small, nasty extracts as cell text, and the writing of them as files; all invented.

A few references are used again and again, so that duplicates, orphans, masters, siblings and second plans are common,
and times lie on the boundaries that the rules speak of. A row is a dict of column -> text in contract columns; a ragged
one lacks the columns that it is short of and bears the mark `cells`, the number of cells on its line.
"""

import csv
import json
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.second_reading import COLUMNS, KEYS, LONDON, DailySearch, Policy, Row, Span, local_date

INCIDENTS = ("I1", "I2", "I3", "i1", "I4")
STRANGER = "I9"  # never an incident of its own: what names it is an orphan
CHILDREN = ("C1", "C2", "007", "7")
FORMS = ("F1", "F2", "F3")

# A plain night, midnights (GMT, BST and a second before), both clock changes of 2026, the day after 28 February, and
# the hours at which the daily search is run and the working and school days after Christmas and Easter begin and end.
# Each is at most 400 days after the first day of a year whose bank holidays the second reading knows.
MOMENTS = tuple(
    datetime.fromisoformat(text)
    for text in (
        "2026-11-22T02:00:00Z",
        "2026-11-22T00:00:00Z",
        "2026-06-30T23:00:00Z",
        "2026-06-30T22:59:59Z",
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00Z",
        "2026-10-26T00:30:00Z",
        "2026-03-29T01:30:00Z",
        "2026-03-30T00:30:00Z",
        "2026-03-01T00:00:00Z",
        "2026-03-01T12:00:00Z",
        "2026-10-26T06:00:00Z",
        "2026-10-26T05:30:00Z",
        "2026-03-30T05:00:00Z",
        "2026-12-29T09:00:00Z",
        "2026-12-29T17:00:00Z",
        "2026-04-07T08:00:00Z",
        "2026-04-07T16:00:01Z",
    )
)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
SPANS = (0 * HOUR, SECOND, HOUR, 12 * HOUR, DAY - SECOND, DAY, DAY + SECOND, 25 * HOUR, 48 * HOUR)

# Nothing of any type but text, whatever the column.
NO_VALUES = (
    *(
        "13/25/2026",
        "03/25/2026",
        "2026-02-30",
        "29/02/2026",
        "31/04/2026 10:00",
        "2026-13-01T00:00",
        "2026-11-20T25:00",
    ),
    *(
        "31",
        "-1",
        "2.5",
        "1899-12-31",
        "31/12/1899 23:00",
        "maybe",
        "yesterday",
        "N/A",
        "=1+1",
        "24:00",
        "a;b",
        '"',
        "é",
    ),
)
TEXTS = ("", "", "", " ", "North, east", 'the "hub"', "two\nlines", "007", "Å;|")
LONG_SPANS = (
    *(72 * HOUR, 72 * HOUR + SECOND, 10 * DAY, 28 * DAY, 45 * DAY, 60 * DAY),
    *(90 * DAY, 90 * DAY + SECOND, 91 * DAY, 365 * DAY, 400 * DAY),
)
CODES = ("QL23", "QL23", "ql23", "QL 23", "QL-23", "XQL23", "QL231", "DOM", "")


class Drawn(NamedTuple):
    """An extract, the moment and the span that it describes, and a policy to judge it by."""

    as_of: datetime
    tables: dict[str, list[Row]]
    policy: Policy = Policy()
    span: Span | None = None
    absent: tuple[str, ...] = ()  # optional columns that the files lack


Option = TypeVar("Option")


def pick(draw: DrawFn, *options: Option) -> Option:
    """One of the options; an option named twice is twice as likely."""
    return draw(st.sampled_from(options))


# --- notations ---


def write_instant(draw: DrawFn, instant: datetime) -> str:
    """The instant in one of the notations that the contract accepts.

    The second 01:30 of 25 October can be written without an offset too: then it says the first.
    """
    local, far = instant.astimezone(LONDON), instant.astimezone(timezone(timedelta(hours=5, minutes=30)))
    forms = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S"]
    if instant.second == 0:
        forms += ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"]
    texts = [
        f"{instant:%Y-%m-%dT%H:%M:%S}Z",
        local.isoformat(),
        far.isoformat(),
        *(local.strftime(form) for form in forms),
    ]
    if local.date() == date(2026, 3, 29) and instant.hour == 1:
        texts.append(f"{instant:%Y-%m-%dT%H:%M:%S}")  # the wall time that does not exist: moved on by one hour
    return pick(draw, *texts)


def write_day(draw: DrawFn, day: date) -> str:
    """The date in one of the notations that the contract accepts."""
    return pick(draw, day.isoformat(), f"{day:%d/%m/%Y}")


def write_span_ago(draw: DrawFn, as_of: datetime) -> str:
    """Blank, or an instant before or at `as_of` in one of the notations that the contract accepts."""
    return write_instant(draw, as_of - pick(draw, *SPANS, *LONG_SPANS)) if draw(st.booleans()) else ""


def write_codes(draw: DrawFn) -> str:
    """At most two codes."""
    return pick(draw, ";", ",", " | ").join(draw(st.lists(st.sampled_from(CODES), max_size=2)))


def write_truth(draw: DrawFn, truth: bool) -> str:
    """The yes or no in one of the notations that the contract accepts."""
    return pick(draw, *(("yes", "Y", "TRUE", "1") if truth else ("no", "n", "False", "0")))


# --- valid rows ---


def incident(draw: DrawFn, as_of: datetime, ref: str, refs: Sequence[str], busy: bool) -> Row:
    """A valid incident of that reference among `refs`, reported at most 400 days before `as_of`.

    The incidents of a busy address are all of domestic abuse there, and most of them days apart.
    """
    age = pick(draw, *SPANS, *([] if busy else SPANS), *LONG_SPANS)
    closing = [as_of - age + span for span in (*SPANS, age) if span <= age]  # closed as_of exactly, too
    status = pick(draw, "", "", "closed", "Open", "duplicate", "DUPLICATE", "cancelled", "transferred")
    named = status.lower() == "duplicate" or pick(draw, False, False, True)
    return {
        "incident_ref": ref,
        "reported_at": write_instant(draw, as_of - age),
        "closed_at": write_instant(draw, pick(draw, *closing)) if draw(st.booleans()) else "",
        "closure_codes": write_codes(draw),
        "incident_type": pick(draw, "", "", "DOMESTIC", "domestic", "THEFT"),
        "domestic_abuse": pick(draw, "yes", "Y", "1", *(() if busy else ("no", "no", "0", "", ""))),
        "concern_types": pick(draw, "", "neglect", "Physical; other", "missing"),
        "status": status,
        "duplicate_of": pick(draw, "", STRANGER, *refs, *refs) if named else "",
        "risk_form_ref": pick(draw, "", "", "", "", "DASH1"),
        "risk_form_at": pick(draw, "", "", "", "", "2026-01-05 10:00"),
        "risk_level": pick(draw, "", "standard", "Standard", "standard", "medium", "high"),
        "reassessed_at": pick(draw, "", "", "", "2026-01-05 10:00"),
        "children_in_household": pick(draw, "", "yes", "Yes", "no", "unknown"),
        "child_count": pick(draw, "", "", "0", "1", "2", "+3", "30"),
        "team": pick(draw, *TEXTS),
        "victim_ref": pick(draw, "", "", "P1", "P1", "P2"),
        "suspect_ref": pick(draw, "", "", "P1", "P2"),
        "location_ref": "L1" if busy else pick(draw, "", "", "L1"),
        "history_checked_at": pick(draw, "", "", "2026-01-05 10:00"),
    }


def child(draw: DrawFn, as_of: datetime, incident_ref: str, child_ref: str) -> Row:
    """A valid children row; many are eighteen or four within days of the incident, or born on a 29 February."""
    today = local_date(as_of)
    birthdays = [today.replace(year=today.year - 18) + shift * DAY for shift in (-3, -2, -1, 0, 1)]
    birthdays += [today.replace(year=today.year - 4) + shift * DAY for shift in (-1, 0)]
    born = pick(draw, None, *birthdays, date(2008, 2, 29), date(2015, 5, 5), date(1980, 1, 1), today)
    return {
        "incident_ref": incident_ref,
        "child_ref": child_ref,
        "date_of_birth": write_day(draw, born) if born else "",
        "unborn": pick(draw, "", "", "", "no", "yes"),
        "role": pick(draw, *TEXTS),
    }


def referral(draw: DrawFn, as_of: datetime, key: tuple[str, str, str]) -> Row:
    """A valid referrals row of that form, incident and child; its times are those at which incidents were reported."""
    status = pick(draw, "", "submitted", "SUBMITTED", "draft", "rejected", "withdrawn")
    submitted = status.lower() == "submitted" or pick(draw, True, True, False)
    return {
        "referral_ref": key[0],
        "incident_ref": key[1],
        "child_ref": key[2],
        "status": status,
        "submitted_at": write_instant(draw, as_of - pick(draw, *SPANS, *SPANS, *LONG_SPANS)) if submitted else "",
        "submitted_by": pick(draw, "", "officer", "CPSO", "other"),
        "hub_received_at": pick(draw, "", "", "", "2026-01-05 10:00"),
    }


def plan_or_flag(draw: DrawFn, as_of: datetime, column: str, child_ref: str, kind: str) -> Row:
    """A valid row of plans or flags (`column` is plan or flag), starting or ending around `as_of`."""
    today = local_date(as_of)
    started = pick(draw, -400, -400, -400, -2, -1, 0, 1)
    ended = pick(draw, None, *(days for days in (-366, -365, -29, -28, -2, -1, 0, 1) if days >= started))
    return {
        "child_ref": child_ref,
        column: pick(draw, kind, kind.lower()),
        "started_on": write_day(draw, today + started * DAY),
        "ended_on": "" if ended is None else write_day(draw, today + ended * DAY),
    }


def notification(draw: DrawFn, as_of: datetime, ref: str, subject: tuple[str, str]) -> Row:
    """A valid notifications row of that incident and child."""
    return {
        "notification_ref": ref,
        "incident_ref": subject[0],
        "child_ref": subject[1],
        "notified_at": write_span_ago(draw, as_of) or write_span_ago(draw, as_of),
        "outcome": pick(draw, "sent", "Sent", "Failed", "not-applicable"),
    }


def missing_episode(draw: DrawFn, as_of: datetime, ref: str, child_ref: str) -> Row:
    """A valid missing_episodes row of that child; several lie within 90 days, and on both ends of them."""
    age = pick(draw, *SPANS, *LONG_SPANS)
    returned = [as_of - age + span for span in (*SPANS, 72 * HOUR, age) if span <= age]
    interviewed = pick(draw, False, False, True)
    return {
        "episode_ref": ref,
        "child_ref": child_ref,
        "reported_at": write_instant(draw, as_of - age),
        "returned_at": write_instant(draw, pick(draw, *returned)) if draw(st.booleans()) else "",
        "status": pick(draw, "", "open", "Closed", "cancelled"),
        "cause_for_concern": pick(draw, "", "yes", "Y", "1", "no"),
        "coordinator_allocated_at": write_span_ago(draw, as_of) if pick(draw, False, False, True) else "",
        "return_interview_at": write_instant(draw, as_of) if interviewed else "",
    }


def code_change(draw: DrawFn, as_of: datetime, incident_ref: str) -> Row:
    """A valid code_history row of that incident; it has no key."""
    return {
        "incident_ref": incident_ref,
        "changed_at": write_instant(draw, as_of - pick(draw, *SPANS)),
        "old_codes": write_codes(draw),
        "new_codes": write_codes(draw),
    }


def hub_receipt(draw: DrawFn, as_of: datetime) -> Row:
    """A valid hub_receipts row; it has no key."""
    return {"referral_ref": pick(draw, *FORMS), "received_at": write_instant(draw, as_of + pick(draw, 0, 1) * HOUR)}


# --- faults, repeats and rivals ---


def ragged(row: Row, cells: int) -> Row:
    """The row on a line of so many cells."""
    kept = {column: text for place, (column, text) in enumerate(row.items()) if place < cells}
    return kept if cells == len(row) else kept | {"cells": cells}


def spoil(draw: DrawFn, as_of: datetime, table: str, row: Row) -> Row:
    """The row with one fault for which the contract rejects it."""
    columns, today = COLUMNS[table], local_date(as_of)
    typed = [column for column, kind in columns.items() if kind[0] not in ("text", "codes")]
    faults: list[Callable[[], Row]] = [
        lambda: row | {pick(draw, *typed): pick(draw, *NO_VALUES)},
        lambda: row | {pick(draw, *(column for column, kind in columns.items() if "M" in kind)): pick(draw, "", " ")},
        lambda: ragged(row, pick(draw, 1, 2, 3, len(columns) - 1, len(columns) + 1, len(columns) + 3)),
    ]
    if "incident_ref" in columns and table != "incidents":
        faults.append(lambda: row | {"incident_ref": STRANGER})
    if late := [column for column in ("reported_at", "closed_at", "submitted_at", "changed_at") if column in columns]:
        faults.append(lambda: row | {pick(draw, *late): write_instant(draw, as_of + pick(draw, SECOND, DAY))})
    if table == "children":
        faults.append(lambda: row | {"date_of_birth": write_day(draw, today + DAY)})
    if table == "incidents":
        faults.append(
            lambda: (
                row | {"reported_at": write_instant(draw, as_of), "closed_at": f"{as_of - SECOND:%Y-%m-%dT%H:%M:%S}Z"}
            )
        )
    if "ended_on" in columns:
        faults.append(lambda: row | {"started_on": write_day(draw, today), "ended_on": write_day(draw, today - DAY)})
    if table == "referrals":
        faults.append(lambda: row | {"status": "submitted", "submitted_at": ""})
    return pick(draw, *faults)()


def restate(draw: DrawFn, table: str, row: Row) -> Row:
    """A repeat of the row: the same text, or the same values written otherwise."""
    words = {column for column, kind in COLUMNS[table].items() if kind[0] in ("choice", "yes/no")}
    if draw(st.booleans()):
        return dict(row)
    return {
        column: text if column == "cells" else text.swapcase() if column in words else f" {text}\t"
        for column, text in row.items()
    }


def rival(draw: DrawFn, table: str, row: Row) -> Row:
    """A row with the same key and one other cell that differs."""
    columns = [column for column in row if column not in (*KEYS.get(table, ()), "cells")]
    return row | {pick(draw, *columns): pick(draw, "", "other", "1", "2026-01-05", "QL23")} if columns else dict(row)


def table_of(draw: DrawFn, as_of: datetime, table: str, rows: Sequence[Row], sound: int) -> list[Row]:
    """The rows of a table in any order: about one in `sound` of them spoilt, repeated or given a rival."""
    blank = dict.fromkeys(COLUMNS[table], "")
    result: list[Row] = []
    for values in rows:
        row = blank | values
        result.append(row)
        if pick(draw, *[False] * (sound - 1), True):
            change = pick(draw, "spoil", "spoil", "repeat", "rival", "spoilt rival", "spoilt repeat")
            if change == "spoil":
                result[-1] = spoil(draw, as_of, table, row)
            elif change == "repeat":
                result.append(restate(draw, table, row))
            elif change == "rival":
                result.append(rival(draw, table, row))
            elif change == "spoilt rival":
                result.append(spoil(draw, as_of, table, row))
            else:
                result[-1] = spoil(draw, as_of, table, row)
                result.append(restate(draw, table, result[-1]))
    return list(draw(st.permutations(result)))


# --- extracts ---


def several(draw: DrawFn, keys: SearchStrategy[Option], most: int, least: int = 0) -> list[Option]:
    """Different keys, `least` to `most` of them."""
    return draw(st.lists(keys, min_size=least, max_size=most, unique=True))


def without_column(table: str, column: str, rows: list[Row]) -> list[Row]:
    """The rows of a file without that last column; a line that was short of it alone is a whole one."""
    whole = len(COLUMNS[table]) - 1
    shorter = [{name: text for name, text in row.items() if name != column} for row in rows]
    return [
        {name: text for name, text in row.items() if name != "cells"} if row.get("cells") == whole else row
        for row in shorter
    ]


def span(draw: DrawFn, as_of: datetime) -> Span | None:
    """What the manifest says that the extract covers, if it does."""
    days = pick(draw, 500, 500, 800, 91, 90, 365, 1, None)
    covers_to = pick(draw, None, None, as_of, as_of - HOUR)
    return None if days is None else Span(as_of - days * DAY, covers_to)


POLICIES = (
    *[Policy()] * 4,
    Policy(daily_search=DailySearch("01:30")),
    Policy(daily_search=DailySearch(keyed_on="created")),
    Policy(daily_search=DailySearch("05:00", "created", 12)),
    Policy(daily_search=DailySearch(window_hours=48), referable_concerns=("Missing",)),
    Policy(referral_due_hours=1, school_age_from=0, school_age_to=3),
)


@st.composite
def _extracts(draw: DrawFn, sound: int) -> Drawn:
    as_of = draw(st.sampled_from(MOMENTS))
    busy = pick(draw, False, False, False, True)
    refs = several(draw, st.sampled_from(INCIDENTS), 5 if busy else 4, 4 if busy else pick(draw, 1, 2, 3))
    ref, child_ref, kind = (st.sampled_from(options) for options in (refs, CHILDREN, ("CP", "CP", "LAC", "CIN")))
    pairs = several(draw, st.tuples(ref, child_ref), 5)
    named = st.sampled_from(pairs) if pairs else st.tuples(ref, child_ref)
    seen = st.sampled_from([pair[1] for pair in pairs] or CHILDREN)
    plans = draw(st.lists(st.tuples(seen | child_ref, kind), min_size=pick(draw, 0, 2, 2), max_size=4))
    flags = draw(
        st.lists(st.sampled_from(plans) if plans else st.tuples(seen, kind), min_size=pick(draw, 0, 1), max_size=3)
    )
    subjects = st.one_of(named, named, st.tuples(ref, st.just("")), st.tuples(ref, child_ref))
    forms = {
        (form, subject[1]): subject[0]
        for form, subject in draw(st.lists(st.tuples(st.sampled_from(FORMS), subjects), max_size=5))
    }
    runaways = draw(st.lists(st.just(CHILDREN[0]) | seen, max_size=pick(draw, 0, 2, 6)))
    rows: dict[str, list[Row]] = {
        "incidents": [incident(draw, as_of, ref, refs, busy) for ref in refs],
        "children": [child(draw, as_of, *pair) for pair in pairs],
        "referrals": [referral(draw, as_of, (form, ref, child)) for (form, child), ref in forms.items()],
        "plans": [plan_or_flag(draw, as_of, "plan", *plan) for plan in plans],
        "flags": [plan_or_flag(draw, as_of, "flag", *flag) for flag in flags],
        "notifications": [
            notification(draw, as_of, f"N{number}", subject)
            for number, subject in enumerate(draw(st.lists(subjects, max_size=2)))
        ],
        "missing_episodes": [
            missing_episode(draw, as_of, f"M{number}", child) for number, child in enumerate(runaways)
        ],
        "hub_receipts": [hub_receipt(draw, as_of) for _ in range(pick(draw, 0, 0, 1, 2))],
        "code_history": [
            code_change(draw, as_of, changed) for changed in draw(st.lists(ref | st.just(STRANGER), max_size=2))
        ],
    }
    missing = pick(
        draw, *[()] * 6, ("plans",), ("hub_receipts", "code_history"), ("flags", "notifications", "missing_episodes")
    )
    tables = {name: table_of(draw, as_of, name, rows[name], sound) for name in rows if name not in missing}
    absent = pick(draw, (), (), ("referrals.hub_received_at",))
    if absent:
        tables["referrals"] = without_column("referrals", "hub_received_at", tables["referrals"])
    return Drawn(as_of, tables, pick(draw, *POLICIES), span(draw, as_of), absent)


def nasty_extracts() -> SearchStrategy[Drawn]:
    """Extracts in which about every third row is rejected, repeated or has a rival."""
    return _extracts(3)


def mostly_valid_extracts() -> SearchStrategy[Drawn]:
    """Extracts in which about one row in twelve is at fault, so that verdicts are many and of every kind."""
    return _extracts(12)


def any_text() -> SearchStrategy[str]:
    """Text of any script, with quotes and line feeds but no other control characters (a bare CR may be refused)."""
    anything = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), include_characters="\n\t")
    return st.text(anything, max_size=6)


@st.composite
def garbage_extracts(draw: DrawFn) -> Drawn:
    """Extracts of pure garbage: any text, and blanks, references and values in columns where they do not belong."""
    as_of = draw(st.sampled_from(MOMENTS))
    values = (
        *NO_VALUES,
        *TEXTS,
        *INCIDENTS,
        *CHILDREN,
        "2026-01-05",
        "05/01/2026 10:00",
        "yes",
        "submitted",
        "CP",
        "2",
    )
    cell = st.sampled_from(values) | any_text()
    tables: dict[str, list[Row]] = {}
    for table, columns in COLUMNS.items():
        if table in ("incidents", "children", "referrals") or draw(st.booleans()):
            rows = [{column: draw(cell) for column in columns} for _ in range(draw(st.integers(0, 2)))]
            tables[table] = [ragged(row, pick(draw, len(row), len(row), 1, len(row) + 1)) for row in rows]
    return Drawn(as_of, tables)


def write_extract(
    folder: Path, tables: dict[str, list[Row]], span: Span | None = None, absent: Collection[str] = ()
) -> Path:
    """The folder, now holding one comma-separated UTF-8 file a table, cells quoted where they must be.

    The files lack the columns `absent`; a manifest says what they cover where `span` does.
    """
    if span is not None:
        covers_to = {} if span.covers_to is None else {"covers_to": span.covers_to.isoformat()}
        manifest = {"covers_from": span.covers_from.isoformat()} | covers_to
        (folder / "manifest.json").write_text(json.dumps(manifest))
    for table, rows in tables.items():
        header = [column for column in COLUMNS[table] if f"{table}.{column}" not in absent]
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for row in rows:
                cells = [row[column] for column in header if column in row]
                writer.writerow(cells + ["surplus"] * (row.get("cells", len(header)) - len(cells)))
    return folder
