"""A second, plain reading of contract sections 1 and 2 and of the six first rules, for comparison with the checker.

Slow on purpose: row by row, standard library only, nothing of the checker imported. Quotations are the specification's;
where it leaves a choice, "Reading:" says which was taken.

A table is a list of rows; a row is a dict of column -> cell text with two marks that are no columns: `row`, its number
in the file (header = row 1; without the mark, its place), and `cells`, the number of cells, on a ragged line only.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
Row = dict[str, Any]
Tables = Mapping[str, list[Row]]
Truth = bool | None  # "Logic is three-valued": null is None


class StoppedError(ValueError):
    """The extract cannot be read at all: "stops the run"."""


@dataclass(frozen=True)
class Unreadable:
    """A cell that holds something, but nothing of its column's type."""

    text: str


@dataclass(frozen=True)
class Policy:
    """The policy values that the six rules read, with the specification's defaults."""

    domestic_abuse_codes: tuple[str, ...] = ("QL23",)
    domestic_abuse_types: tuple[str, ...] = ("DOMESTIC",)
    blank_domestic_abuse: str = "unknown"
    search_code: str = "QL23"
    referral_due_hours: int = 24
    closure_window_hours: int = 24
    flag_due_days: int = 1
    previous_plan_years: int | None = None


CONTRACT = {
    "incidents": """incident_ref text M; reported_at date-time M; closed_at date-time; closure_codes codes;
        incident_type text; domestic_abuse yes/no; concern_types codes;
        status choice open,closed,cancelled,duplicate,transferred; duplicate_of text; risk_form_ref text;
        risk_form_at date-time; risk_level choice standard,medium,high; reassessed_at date-time;
        children_in_household choice yes,no,unknown; child_count integer; officer_id text; supervisor_id text;
        team text; district text; victim_ref text; suspect_ref text; location_ref text; history_checked_at date-time""",
    "children": """incident_ref text M; child_ref text M; date_of_birth date; unborn yes/no; role text; present yes/no;
        school_ref text""",
    "referrals": """referral_ref text M; incident_ref text M; child_ref text;
        status choice draft,submitted,rejected,withdrawn; submitted_at date-time;
        submitted_by choice officer,cpso,other; hub_received_at date-time""",
    "plans": "child_ref text M; plan choice CP,CIN,LAC M; category text; started_on date M; ended_on date",
    "flags": "child_ref text M; flag choice CP,CIN,LAC M; started_on date M; ended_on date",
    "notifications": """notification_ref text M; incident_ref text M; child_ref text; notified_at date-time;
        outcome choice sent,failed,not-applicable M""",
    "missing_episodes": """episode_ref text M; child_ref text M; reported_at date-time M; returned_at date-time;
        status choice open,closed,cancelled; cause_for_concern yes/no; coordinator_allocated_at date-time;
        return_interview_at date-time""",
    "hub_receipts": "referral_ref text M; received_at date-time M; outcome text",
}
COLUMNS = {table: {line.split()[0]: line.split()[1:] for line in text.split(";")} for table, text in CONTRACT.items()}
KEYS = {
    "incidents": ("incident_ref",),
    "children": ("incident_ref", "child_ref"),
    "referrals": ("referral_ref", "child_ref"),
    "notifications": ("notification_ref",),
    "missing_episodes": ("episode_ref",),
}
# "blank: closed where closed_at is set, else open"; "blank: submitted where submitted_at is set, else draft"
BLANK_STATUS = {
    "incidents": ("closed_at", "closed", "open"),
    "referrals": ("submitted_at", "submitted", "draft"),
}
REQUIRED_TABLES = {"incidents", "children", "referrals"}
TABLES_OF_FLAG_RULES = {"plans", "flags"}
FLAG_RULES = frozenset({"FLG001", "FLG002", "FLG003"})

# --- contract 1: cells ---

DATE = re.compile(r"\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}", re.ASCII)
# Reading: a date alone is no date-time; ISO has `T` or a space; days and months have two digits; only ISO has offsets.
DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?[0-5]\d)?)?|\d\d/\d\d/\d{4} \d\d:\d\d(:\d\d)?",
    re.ASCII,
)
TRUTHS = {"y": True, "yes": True, "true": True, "1": True, "n": False, "no": False, "false": False, "0": False}


def read_moment(text: str, pattern: re.Pattern[str]) -> datetime:
    """The date or date-time as written, ISO or dd/mm/yyyy."""
    if not pattern.fullmatch(text):
        raise ValueError
    return datetime.fromisoformat(re.sub(r"^(\d\d)/(\d\d)/(\d{4})", r"\3-\2-\1", text))


def to_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """The instant: "A value without an offset is wall time in the source's time zone".

    An ambiguous one is "its **first** occurrence", one that does not exist "is moved on by one hour": fold=0 does both.
    """
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone, fold=0)).astimezone(UTC)


def read_cell(text: str, kind: list[str], zone: ZoneInfo) -> Any:
    """The cell's value; None where blank (no codes: an empty list), Unreadable where it is not of its type."""
    text = text.strip()  # Reading: said of text and codes, done for every type
    if kind[0] == "codes":  # "split at ; , or |, each trimmed; order and spelling kept". Reading: empty tokens go
        return tuple(token.strip() for token in re.split("[;,|]", text) if token.strip())
    if not text or kind[0] == "text":
        return text or None
    try:
        if kind[0] == "date":
            return read_moment(text, DATE).date()
        if kind[0] == "date-time":
            return to_utc(read_moment(text, DATE_TIME), zone)
        if kind[0] == "yes/no":
            return TRUTHS[text.lower()]
        if kind[0] == "choice":
            return {word.lower(): word for word in kind[1].split(",")}[text.lower()]
        if re.fullmatch("[+-]?[0-9]+", text) and 0 <= int(text) <= 30:  # child_count: "integer 0 to 30"
            return int(text)
    except (ValueError, KeyError, OverflowError):
        pass
    return Unreadable(text)


# --- contract 2: rows ---


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
    for column in ("reported_at", "closed_at", "submitted_at"):  # "A time after as_of ... is a rejection"
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


# --- three-valued logic and local days ---


def all_of(*truths: Truth) -> Truth:
    """AND: "false AND unknown is false"."""
    return False if False in truths else None if None in truths else True


def any_of(*truths: Truth) -> Truth:
    """OR: true OR unknown is true."""
    return True if True in truths else None if None in truths else False


def negate(truth: Truth) -> Truth:
    """NOT: the negation of an unknown is unknown."""
    return None if truth is None else not truth


def found(proved: bool, might_have_been: bool) -> Truth:
    """True where accepted rows prove it, else null where "a rejected row's readable key says that it might have"."""
    return True if proved else None if might_have_been else False


def local_date(instant: datetime) -> date:
    """The London date of an instant."""
    return instant.astimezone(LONDON).date()


def start_of_day(day: date) -> datetime:
    """The "start of that day, local", in UTC."""
    return datetime.combine(day, time(0), LONDON).astimezone(UTC)


def anniversary(day: date, years: int) -> date:
    """The same day so many years on; "a 29 February birthday falls on 1 March"."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


# --- rules: shared facts ---


@dataclass(frozen=True)
class Case:
    """An incident that is a subject, with all that it answers for."""

    incident: Row
    children: list[Row]
    referrals: list[Row]
    rejected_children: list[Line]
    rejected_referrals: list[Line]


def master_of(incident: Row, incidents: dict[str, Row]) -> Row | None:
    """The master of a duplicate: "an accepted incident that is not itself a duplicate"."""
    master = incidents.get(incident["duplicate_of"]) if incident["status"] == "duplicate" else None
    return None if master is None or master["status"] == "duplicate" else master


def cases(extract: Extract) -> Iterator[Case]:
    """Every incident that is a subject, with what it "takes over" where it is a master.

    Reading: of two duplicates that bring one child_ref which the master lacks, the row that makes it a child comes
    first, then one that may; then the earlier reported, then the lower incident_ref.
    """
    incidents = {incident["incident_ref"]: incident for incident in extract.accepted["incidents"]}
    for ref, incident in incidents.items():
        if master_of(incident, incidents):
            continue
        refs = [ref, *(other for other, row in incidents.items() if master_of(row, incidents) is incident)]
        rows = [child for child in extract.accepted["children"] if child["incident_ref"] in refs]

        def place(child: Row, incident: Row = incident) -> tuple[bool, int, datetime, str]:
            own = incidents[child["incident_ref"]]
            certainty = (True, None, False).index(is_child(child, incident))
            return own is not incident, certainty, own["reported_at"], own["incident_ref"]

        children: dict[str, Row] = {}
        for child in sorted(rows, key=place):  # "one row per child_ref, the master's own first"
            children.setdefault(child["child_ref"], child)
        yield Case(
            incident,
            list(children.values()),
            [referral for referral in extract.accepted["referrals"] if referral["incident_ref"] in refs],
            [line for line in extract.rejected["children"] if line.values["incident_ref"] in refs],
            [line for line in extract.rejected["referrals"] if line.values["incident_ref"] in refs],
        )


def is_domestic_abuse(incident: Row, policy: Policy) -> Truth:
    """True by the marker, a risk form, a code or the type; "else false where domestic_abuse is no, else null"."""
    incident_type = (incident["incident_type"] or "").lower()  # "compared without case"
    if (
        incident["domestic_abuse"]
        or incident["risk_form_ref"]
        or incident["risk_form_at"]
        or set(incident["closure_codes"]) & set(policy.domestic_abuse_codes)
        or incident_type in {word.lower() for word in policy.domestic_abuse_types}
    ):
        return True
    return False if incident["domestic_abuse"] is False or policy.blank_domestic_abuse == "no" else None


def is_child(child: Row, incident: Row) -> Truth:
    """Whether "under 18 at reported_at (local date)"; an unborn "counts", an unknown date of birth is null."""
    if child["unborn"]:
        return True
    if child["date_of_birth"] is None:
        return None
    return local_date(incident["reported_at"]) < anniversary(child["date_of_birth"], 18)


def expected_children(case: Case) -> Iterator[tuple[str | None, Truth]]:
    """Each expected child with is_child; None stands for "the unnamed rest".

    The rest "of an incident with a rejected children row is in scope null".
    """
    for child in case.children:
        yield child["child_ref"], is_child(child, case.incident)
    are_or_may_be = sum(is_child(child, case.incident) is not False for child in case.children)
    count, household = case.incident["child_count"], case.incident["children_in_household"]
    if (household == "yes" and are_or_may_be == 0) if count is None else count > are_or_may_be:
        yield None, None if case.rejected_children else True


def covered(case: Case, child_ref: str | None) -> Truth:
    """Whether "a referral with status submitted for that incident whose child_ref is that child or blank" is there.

    One "submitted before reported_at" does not cover. Reading: the master's reported_at counts for what it takes over.
    """
    proved = any(
        referral["status"] == "submitted"
        and referral["submitted_at"] is not None
        and referral["submitted_at"] >= case.incident["reported_at"]
        and referral["child_ref"] in (child_ref, None)
        for referral in case.referrals
    )
    # "a rejected referrals row bears that incident and that child_ref, a blank one or an unreadable one"
    refs = [line.values["child_ref"] for line in case.rejected_referrals]
    return found(proved, any(ref in (child_ref, None) or isinstance(ref, Unreadable) for ref in refs))


# --- the six rules ---


class Judged(NamedTuple):
    """One subject of one rule, before its outcome."""

    rule: str
    incident_ref: str
    child_ref: str
    applies: Truth
    violation: Truth
    due_at: datetime | None


def judge_case(case: Case, policy: Policy) -> Iterator[Judged]:
    """REF001, CLO001 and CLO002 for one incident."""
    ref, codes = case.incident["incident_ref"], case.incident["closure_codes"]
    reported_at, closed_at = case.incident["reported_at"], case.incident["closed_at"]
    abuse, closed = is_domestic_abuse(case.incident, policy), case.incident["status"] == "closed"
    due_at = reported_at + timedelta(hours=policy.referral_due_hours)
    for child_ref, child in expected_children(case):
        yield Judged("REF001", ref, child_ref or "", all_of(abuse, child), negate(covered(case, child_ref)), due_at)
    applies = all_of(abuse, bool(closed_at) or closed)
    yield Judged("CLO001", ref, "", applies, policy.search_code not in codes, closed_at or reported_at)
    window = timedelta(hours=policy.closure_window_hours)  # Reading: the "24 h" of due_at is the window too
    late = closed_at - reported_at > window if closed_at else None if closed else True
    yield Judged("CLO002", ref, "", abuse, late, reported_at + window)


def is_current(row: Row, today: date) -> bool:
    """Whether "started_on ≤ local date of as_of and (ended_on blank or ended_on ≥ that date)"."""
    return row["started_on"] <= today and (row["ended_on"] is None or row["ended_on"] >= today)


def judge_child(ref: str, child_ref: str, extract: Extract, today: date, policy: Policy) -> Iterator[Judged]:
    """FLG001, FLG002 and FLG003 for one child.

    Reading: a rejected row that bears the child_ref might have been of any kind ("likewise by child_ref").
    """
    plans = [plan for plan in extract.accepted["plans"] if plan["child_ref"] == child_ref]
    flags = [flag for flag in extract.accepted["flags"] if flag["child_ref"] == child_ref]
    maybe_plan = any(line.values["child_ref"] == child_ref for line in extract.rejected["plans"])
    maybe_flag = any(line.values["child_ref"] == child_ref for line in extract.rejected["flags"])

    def current_starts(kind: str) -> list[date]:
        return [plan["started_on"] for plan in plans if plan["plan"] == kind and is_current(plan, today)]

    def planned(kind: str) -> Truth:
        return found(bool(current_starts(kind)), maybe_plan)

    def flagged(kind: str) -> Truth:
        return found(any(flag["flag"] == kind and is_current(flag, today) for flag in flags), maybe_flag)

    def due(days: list[date]) -> datetime | None:
        return start_of_day(days[0] + timedelta(days=policy.flag_due_days)) if days else None

    for rule, kinds in (("FLG001", ("CP", "LAC")), ("FLG002", ("CIN",))):
        applies = any_of(*(planned(kind) for kind in kinds))
        violation = any_of(*(all_of(planned(kind), negate(flagged(kind))) for kind in kinds))
        starts = [start for kind in kinds if flagged(kind) is not True for start in current_starts(kind)]
        yield Judged(rule, ref, child_ref, applies, violation, due(sorted(starts)))  # "the earliest started_on"

    years = policy.previous_plan_years
    ends = [plan["ended_on"] for plan in plans if plan["plan"] == "CP" and plan["ended_on"]]
    ends = [end for end in ends if end < today and (years is None or anniversary(end, years) >= today)]
    # "a flag row of kind CP, current or ended". Reading: one that starts after as_of is neither
    recorded = found(any(flag["flag"] == "CP" and flag["started_on"] <= today for flag in flags), maybe_flag)
    applies = all_of(negate(planned("CP")), found(bool(ends), maybe_plan))
    yield Judged("FLG003", ref, child_ref, applies, negate(recorded), due(sorted(ends, reverse=True)))  # "the latest"


def latest_incidents(extract: Extract) -> dict[str, str]:
    """For each child_ref "the latest incident, by reported_at then by reference"."""
    reported = {incident["incident_ref"]: incident["reported_at"] for incident in extract.accepted["incidents"]}
    pairs = [(child["child_ref"], child["incident_ref"]) for child in extract.accepted["children"]]
    return dict(sorted(pairs, key=lambda pair: (reported[pair[1]], pair[1])))  # of equal keys the last stays


class Verdict(NamedTuple):
    """An outcome, and the time by which it was due, in UTC, where that is known."""

    outcome: str
    due_at: datetime | None


def verdict(judged: Judged, as_of: datetime) -> Verdict:
    """The verdict, "Judged in this order"."""
    applies, violation, due_at = judged.applies, judged.violation, judged.due_at
    if applies is False or (violation is False and applies is None):
        return Verdict("out_of_scope", due_at)
    if violation is False:
        return Verdict("pass", due_at)
    if due_at is None:
        return Verdict("undetermined", due_at)
    if as_of <= due_at:
        return Verdict("not_due", due_at)
    return Verdict("finding" if applies and violation else "undetermined", due_at)


@dataclass(frozen=True)
class Reading:
    """What the specification says of one extract: counts, rejections with reasons, verdicts, and the rules not run."""

    counts: dict[str, Counts]
    rejected: dict[tuple[str, int], tuple[str, ...]]
    verdicts: dict[tuple[str, str, str], Verdict]
    not_run: frozenset[str]


def second_reading(tables: Tables, as_of: datetime, policy: Policy = Policy(), zone: ZoneInfo = LONDON) -> Reading:
    """The reading of the tables as of an aware moment; `zone` is the time zone of values without an offset."""
    extract = validate(tables, as_of, zone)
    judged = [subject for case in cases(extract) for subject in judge_case(case, policy)]
    not_run = FLAG_RULES if TABLES_OF_FLAG_RULES - set(tables) else frozenset()  # "the rules that read it are not run"
    for child_ref, ref in latest_incidents(extract).items() if not not_run else ():
        judged.extend(judge_child(ref, child_ref, extract, local_date(as_of), policy))
    verdicts = {(one.rule, one.incident_ref, one.child_ref): verdict(one, as_of) for one in judged}
    rejected = {(line.table, line.row): tuple(line.reasons) for lines in extract.rejected.values() for line in lines}
    return Reading(extract.counts, rejected, verdicts, not_run)


# --- files ---


def read_folder(folder: Path) -> dict[str, list[Row]]:
    """The tables of a folder of comma-separated UTF-8 files."""
    return {table: read_csv(folder / f"{table}.csv", table) for table in COLUMNS if (folder / f"{table}.csv").exists()}


def read_csv(path: Path, table: str) -> list[Row]:
    """The rows of one file, ragged lines marked.

    Reading: a row is a record, so a quoted line break adds no row; a blank line is a ragged one.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        header, *records = csv.reader(io.StringIO(text, newline=""), strict=True)
    except (ValueError, csv.Error) as error:
        raise StoppedError(f"{path.name} is not a comma-separated UTF-8 file with a header") from error
    header = [name.strip() for name in header]
    required = {column for column, kind in COLUMNS[table].items() if "M" in kind}
    if "\0" in text or len(set(header)) < len(header) or required - set(header):
        raise StoppedError(f"{path.name} holds NUL bytes, two columns of one name, or lacks a required column")
    rows: list[Row] = []
    for row, cells in enumerate(records, start=2):
        ragged = {"cells": len(cells)} if len(cells) != len(header) else {}
        rows.append(dict(zip(header, cells, strict=False)) | {"row": row} | ragged)
    return rows
