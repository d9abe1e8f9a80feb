"""Rows as a test writes them by hand, each sound unless it is told otherwise, and what is read out of them.

All is invented.
"""

from collections import Counter
from datetime import UTC, datetime

from tests.agreement import agreed
from tests.second_reading import Policy, Reading, Row, Span, Verdict

AS_OF = datetime(2026, 11, 22, 2, tzinfo=UTC)
REPORTED = "2026-11-20T10:00:00Z"  # 40 hours before AS_OF
DEFAULTS = Policy()


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def incident(ref: str = "I1", **cells: str) -> Row:
    return {"incident_ref": ref, "reported_at": REPORTED, "domestic_abuse": "yes"} | cells


def child(child_ref: str = "C1", incident_ref: str = "I1", **cells: str) -> Row:
    return {"incident_ref": incident_ref, "child_ref": child_ref, "date_of_birth": "2018-03-04"} | cells


def referral(child_ref: str = "C1", ref: str = "F1", incident_ref: str = "I1", **cells: str) -> Row:
    sent = {"status": "submitted", "submitted_at": "2026-11-20T12:00:00Z"}
    return {"referral_ref": ref, "incident_ref": incident_ref, "child_ref": child_ref} | sent | cells


def plan(kind: str = "CP", started_on: str = "2026-10-01", ended_on: str = "", child_ref: str = "C1") -> Row:
    return {"child_ref": child_ref, "plan": kind, "started_on": started_on, "ended_on": ended_on}


def flag(kind: str = "CP", started_on: str = "2026-10-01", ended_on: str = "", child_ref: str = "C1") -> Row:
    return {"child_ref": child_ref, "flag": kind, "started_on": started_on, "ended_on": ended_on}


def notification(child_ref: str = "C1", ref: str = "N1", incident_ref: str = "I1", **cells: str) -> Row:
    sent = {"notified_at": "2026-11-20T12:00:00Z", "outcome": "sent"}
    return {"notification_ref": ref, "incident_ref": incident_ref, "child_ref": child_ref} | sent | cells


def episode(ref: str = "M1", child_ref: str = "C1", **cells: str) -> Row:
    return {"episode_ref": ref, "child_ref": child_ref, "reported_at": REPORTED} | cells


def receipt(referral_ref: str = "F1", received_at: str = "2026-11-20T13:00:00Z") -> Row:
    return {"referral_ref": referral_ref, "received_at": received_at}


def change(changed_at: str, old_codes: str, new_codes: str, incident_ref: str = "I1") -> Row:
    return {"incident_ref": incident_ref, "changed_at": changed_at, "old_codes": old_codes, "new_codes": new_codes}


def reading(
    *incidents: Row,
    as_of: datetime = AS_OF,
    policy: Policy = DEFAULTS,
    span: Span | None = None,
    **tables: list[Row],
) -> Reading:
    """What both say of the rows, once they are seen to agree."""
    empty: dict[str, list[Row]] = {"children": [], "referrals": [], "plans": [], "flags": []}
    return agreed({"incidents": list(incidents)} | empty | tables, as_of, policy, span)


def by_incident(read: Reading, rule: str) -> dict[str, Verdict]:
    """The verdict of each incident, of whose children there must not be two."""
    verdicts = {key[1]: verdict for key, verdict in read.verdicts.items() if key[0] == rule}
    assert len(verdicts) == sum(key[0] == rule for key in read.verdicts)
    return verdicts


def by_child(read: Reading, rule: str) -> dict[str, str]:
    """The outcome of each child."""
    return {key[2]: verdict.outcome for key, verdict in read.verdicts.items() if key[0] == rule}


def of_several(read: Reading, rule: str) -> dict[tuple[str, str], Counter[str]]:
    """How often there is each outcome, for each incident and child that may have several subjects of the rule."""
    return {
        key[1:]: Counter(verdict.outcome for verdict in verdicts)
        for key, verdicts in read.several.items()
        if key[0] == rule
    }


def outcomes(read: Reading, rule: str) -> dict[tuple[str, str], str]:
    """The outcome of each incident and child."""
    return {key[1:]: verdict.outcome for key, verdict in read.verdicts.items() if key[0] == rule}
