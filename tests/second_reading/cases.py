"""The shared facts: an incident with all that it answers for, its children, and who is covered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tests.second_reading.cells import Row, Unreadable
from tests.second_reading.days import anniversary, local_date
from tests.second_reading.logic import Truth, any_of, found
from tests.second_reading.policy import Policy
from tests.second_reading.rows import Extract, Line


@dataclass(frozen=True)
class Case:
    """An incident that is a subject, with all that it answers for.

    `history` and `rejected_history` are of the incident alone: the daily search knows no master.
    """

    incident: Row
    refs: tuple[str, ...]
    children: list[Row]
    referrals: list[Row]
    notifications: list[Row]
    history: list[Row]
    rejected_children: list[Line]
    rejected_referrals: list[Line]
    rejected_notifications: list[Line]
    rejected_history: list[Line]


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

    def accepted(table: str, refs: tuple[str, ...]) -> list[Row]:
        return [row for row in extract.accepted.get(table, []) if row["incident_ref"] in refs]

    def rejected(table: str, refs: tuple[str, ...]) -> list[Line]:
        return [line for line in extract.rejected.get(table, []) if line.values["incident_ref"] in refs]

    for ref, incident in incidents.items():
        if master_of(incident, incidents):
            continue
        refs = (ref, *(other for other, row in incidents.items() if master_of(row, incidents) is incident))

        def place(child: Row, incident: Row = incident) -> tuple[bool, int, datetime, str]:
            own = incidents[child["incident_ref"]]
            certainty = (True, None, False).index(is_child(child, incident))
            return own is not incident, certainty, own["reported_at"], own["incident_ref"]

        children: dict[str, Row] = {}
        for child in sorted(accepted("children", refs), key=place):  # "one row per child_ref, the master's own first"
            children.setdefault(child["child_ref"], child)
        yield Case(
            incident,
            refs,
            list(children.values()),
            accepted("referrals", refs),
            accepted("notifications", refs),
            accepted("code_history", (ref,)),
            rejected("children", refs),
            rejected("referrals", refs),
            rejected("notifications", refs),
            rejected("code_history", (ref,)),
        )


def is_domestic_abuse(incident: Row, policy: Policy) -> Truth:
    """True by the marker, a risk form, a code or the type; "else false where domestic_abuse is no, else null"."""
    incident_type = (incident["incident_type"] or "").lower()  # "compared without case"
    if (
        incident["domestic_abuse"]
        or has_risk_form(incident)
        or set(incident["closure_codes"]) & set(policy.domestic_abuse_codes)
        or incident_type in {word.lower() for word in policy.domestic_abuse_types}
    ):
        return True
    return False if incident["domestic_abuse"] is False or policy.blank_domestic_abuse == "no" else None


def has_risk_form(incident: Row) -> bool:
    """Whether "a risk form is present (risk_form_ref or risk_form_at)"."""
    return bool(incident["risk_form_ref"] or incident["risk_form_at"])


def has_referable_concern(incident: Row, policy: Policy) -> bool:
    """Whether "a concern_types token in policy.referable_concerns"; none at all is a no."""
    referable = {word.lower() for word in policy.referable_concerns}
    return any(token.lower() in referable for token in incident["concern_types"])


def is_such(incident: Row, policy: Policy) -> Truth:
    """Whether "domestic abuse or referable concern"."""
    return any_of(is_domestic_abuse(incident, policy), has_referable_concern(incident, policy))


def is_child(child: Row, incident: Row) -> Truth:
    """Whether "under 18 at reported_at (local date)"; an unborn "counts", an unknown date of birth is null."""
    if child["unborn"]:
        return True
    if child["date_of_birth"] is None:
        return None
    return local_date(incident["reported_at"]) < anniversary(child["date_of_birth"], 18)


def has_unnamed_rest(case: Case) -> bool:
    """Whether one expected child has no reference and "stands for the unnamed rest"."""
    are_or_may_be = sum(is_child(child, case.incident) is not False for child in case.children)
    count, household = case.incident["child_count"], case.incident["children_in_household"]
    return (household == "yes" and are_or_may_be == 0) if count is None else count > are_or_may_be


def expected_children(case: Case) -> Iterator[tuple[str | None, Truth]]:
    """Each expected child with is_child; None stands for "the unnamed rest".

    The rest "of an incident with a rejected children row is in scope null".
    """
    for child in case.children:
        yield child["child_ref"], is_child(child, case.incident)
    if has_unnamed_rest(case):
        yield None, None if case.rejected_children else True


def has_expected_child(case: Case) -> Truth:
    """Whether there is an expected child that is one; a rejected children row might have been one."""
    return any_of(*(child for _, child in expected_children(case)), None if case.rejected_children else False)


def covering_forms(case: Case, child_ref: str | None) -> list[Row]:
    """Each "referral with status submitted for that incident whose child_ref is that child or blank".

    One "submitted before reported_at" does not cover. Reading: the master's reported_at counts for what it takes over.
    """
    return [
        referral
        for referral in case.referrals
        if referral["status"] == "submitted"
        and referral["submitted_at"] >= case.incident["reported_at"]
        and referral["child_ref"] in (child_ref, None)
    ]


def is_for(child_ref: str | None, line: Line) -> bool:
    """Whether a rejected row "bears ... that child_ref, a blank one or an unreadable one"."""
    return line.values["child_ref"] in (child_ref, None) or isinstance(line.values["child_ref"], Unreadable)


def might_cover(case: Case, child_ref: str | None) -> bool:
    """Whether a rejected referrals row might have covered the child."""
    return any(is_for(child_ref, line) for line in case.rejected_referrals)


def is_covered(case: Case, child_ref: str | None) -> Truth:
    """Whether a form covers the child."""
    return found(bool(covering_forms(case, child_ref)), might_cover(case, child_ref))


def latest_incidents(extract: Extract) -> dict[str, str]:
    """For each child_ref "the latest incident, by reported_at then by reference"."""
    reported = {incident["incident_ref"]: incident["reported_at"] for incident in extract.accepted["incidents"]}
    pairs = [(child["child_ref"], child["incident_ref"]) for child in extract.accepted["children"]]
    return dict(sorted(pairs, key=lambda pair: (reported[pair[1]], pair[1])))  # of equal keys the last stays
