"""CLO001 to CLO003, RSK001, CHD001 and ENC001: what is due on an incident and on each of its children."""

from collections.abc import Iterator
from datetime import timedelta

from tests.second_reading.cases import (
    Case,
    expected_children,
    has_expected_child,
    has_risk_form,
    is_domestic_abuse,
    is_for,
)
from tests.second_reading.days import anniversary, local_date, start_of_next_school_day
from tests.second_reading.logic import Judged, Truth, all_of, found, negate
from tests.second_reading.policy import Policy
from tests.second_reading.search import is_returned, search_due_at


def judge_incident(case: Case, policy: Policy) -> Iterator[Judged]:
    """CLO001 to CLO003, RSK001 and CHD001 for one incident."""
    incident, codes = case.incident, case.incident["closure_codes"]
    reported_at, closed_at = incident["reported_at"], incident["closed_at"]
    key, day_later = (incident["incident_ref"], ""), reported_at + timedelta(hours=24)
    abuse, closed = is_domestic_abuse(incident, policy), incident["status"] == "closed"

    applies = all_of(abuse, bool(closed_at) or closed)
    yield Judged("CLO001", *key, applies, policy.search_code not in codes, closed_at or reported_at)

    window = timedelta(hours=policy.closure_window_hours)  # Reading: the "24 h" of due_at is the window too
    late = closed_at - reported_at > window if closed_at else None if closed else True
    yield Judged("CLO002", *key, abuse, late, reported_at + window)

    applies = all_of(abuse, has_expected_child(case))
    yield Judged("CLO003", *key, applies, negate(is_returned(case, policy)), search_due_at(case, policy))

    yield Judged("RSK001", *key, abuse, not has_risk_form(incident), day_later)
    applies = all_of(abuse, has_risk_form(incident))
    yield Judged("CHD001", *key, applies, are_children_not_captured(case), day_later)


def are_children_not_captured(case: Case) -> Truth:
    """Whether "children_in_household unknown or blank, or child_count greater than children rows"."""
    if case.incident["children_in_household"] in (None, "unknown"):
        return True
    if (case.incident["child_count"] or 0) <= len(case.children):
        return False
    return None if case.rejected_children else True


def is_of_school_age(case: Case, child_ref: str | None, policy: Policy) -> Truth:
    """Whether the child's age in whole years at reported_at is in the range; an unborn child's is not."""
    child = next((child for child in case.children if child["child_ref"] == child_ref), None)
    if child is not None and child["unborn"]:
        return False
    if child is None or child["date_of_birth"] is None:
        return None
    born, today = child["date_of_birth"], local_date(case.incident["reported_at"])
    return anniversary(born, policy.school_age_from) <= today < anniversary(born, policy.school_age_to + 1)


def judge_notifications(case: Case, policy: Policy) -> Iterator[Judged]:
    """ENC001 for the expected children of one incident."""
    abuse = is_domestic_abuse(case.incident, policy)
    due_at = start_of_next_school_day(case.incident["reported_at"])
    for child_ref, _ in expected_children(case):
        sent = [
            row["notified_at"]
            for row in case.notifications
            if row["outcome"] == "sent" and row["child_ref"] in (child_ref, None)
        ]
        told = found(
            any(moment is not None and moment <= due_at for moment in sent),
            None in sent or any(is_for(child_ref, line) for line in case.rejected_notifications),
        )
        applies = all_of(abuse, is_of_school_age(case, child_ref, policy))
        yield Judged("ENC001", case.incident["incident_ref"], child_ref or "", applies, negate(told), due_at)
