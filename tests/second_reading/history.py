"""HIS001 and HIS002: earlier incidents that share a victim, a suspect, a place or a child."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.second_reading.cases import Case, is_such, master_of
from tests.second_reading.cells import Unreadable
from tests.second_reading.logic import Judged, Truth, all_of, is_equal
from tests.second_reading.policy import Policy
from tests.second_reading.rows import Extract, Line

SHARED = ("victim_ref", "suspect_ref", "location_ref")


@dataclass(frozen=True)
class Span:
    """What the manifest says that the extract covers; `covers_to` is None where it does not say."""

    covers_from: datetime
    covers_to: datetime | None = None


def covers(span: Span | None, first: datetime, last: datetime, as_of: datetime) -> bool:
    """Whether the extract covers all of [first, last]; without a span nobody knows what it covers."""
    return span is not None and span.covers_from <= first and last <= (span.covers_to or as_of)


def child_refs(case: Case) -> set[str]:
    """The references of the children rows."""
    return {child["child_ref"] for child in case.children}


def shares(case: Case, other: Case) -> bool:
    """Whether both have one victim, suspect, location or child in common."""
    same = (case.incident[column] for column in SHARED if case.incident[column] == other.incident[column])
    return any(same) or bool(child_refs(case) & child_refs(other))


def might_share(case: Case, extract: Extract) -> set[object]:
    """Which rejected rows bear one of the references: incidents rows in the same column, and children rows.

    Reading: rows that say of which incident they are count once an incident, by the one that answers for it, and never
    where that is the incident itself or the one that it is told to duplicate; another row counts for itself.
    """
    incidents = {incident["incident_ref"]: incident for incident in extract.accepted["incidents"]}

    def known_as(line: Line) -> object:
        ref = line.values["incident_ref"]
        if ref is None or isinstance(ref, Unreadable):
            return line.table, line.row
        master = master_of(incidents[ref], incidents) if ref in incidents else None
        return ref if master is None else master["incident_ref"]

    lines = [
        line
        for line in extract.rejected["incidents"]
        if any(case.incident[column] is not None and line.values[column] == case.incident[column] for column in SHARED)
    ]
    lines += [line for line in extract.rejected["children"] if line.values["child_ref"] in child_refs(case)]
    return {known_as(line) for line in lines} - own_refs(case)


def own_refs(case: Case) -> set[str]:
    """The incident itself, and the one that it is told to duplicate, which is no earlier one."""
    duplicate_of = case.incident["duplicate_of"] if case.incident["status"] == "duplicate" else None
    return {case.incident["incident_ref"], *([] if duplicate_of is None else [duplicate_of])}


def judge_history(
    case: Case, every: list[Case], extract: Extract, policy: Policy, span: Span | None, as_of: datetime
) -> Iterator[Judged]:
    """HIS001 and HIS002 for one incident."""
    incident, reported_at = case.incident, case.incident["reported_at"]

    def has_earlier(least: int, days: int) -> Truth:
        start = reported_at - timedelta(days=days)
        earlier = [other for other in every if start <= other.incident["reported_at"] < reported_at]
        sharing = [
            other for other in earlier if shares(case, other) and other.incident["incident_ref"] not in own_refs(case)
        ]
        such = {other.incident["incident_ref"]: is_such(other.incident, policy) for other in sharing}
        if list(such.values()).count(True) >= least:
            return True
        may_be = {ref for ref, truth in such.items() if truth is not False} | might_share(case, extract)
        return None if len(may_be) >= least or not covers(span, start, reported_at, as_of) else False

    key, due_at = (incident["incident_ref"], ""), reported_at + timedelta(hours=24)
    applies = all_of(is_such(incident, policy), has_earlier(1, 365))
    yield Judged("HIS001", *key, applies, incident["history_checked_at"] is None, due_at)
    applies = all_of(is_such(incident, policy), has_earlier(3, 90))
    standard = all_of(is_equal(incident["risk_level"], "standard"), incident["reassessed_at"] is None)
    yield Judged("HIS002", *key, applies, standard, due_at)
