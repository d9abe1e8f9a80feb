"""REF001 to REF006: children without a referral, and referrals that did not arrive."""

from collections.abc import Iterator
from datetime import timedelta

from tests.second_reading.cases import (
    Case,
    covering_forms,
    expected_children,
    has_referable_concern,
    is_covered,
    is_domestic_abuse,
    is_such,
    might_cover,
)
from tests.second_reading.cells import Row
from tests.second_reading.days import end_of_next_working_day
from tests.second_reading.logic import Judged, Truth, all_of, found, is_equal, negate
from tests.second_reading.policy import Policy
from tests.second_reading.rows import Extract


def judge_children(case: Case, policy: Policy) -> Iterator[Judged]:
    """REF001, REF002, REF003 and REF005 for the expected children of one incident."""
    incident = case.incident
    abuse, concern = is_domestic_abuse(incident, policy), has_referable_concern(incident, policy)
    due_at = incident["reported_at"] + timedelta(hours=policy.referral_due_hours)
    for child_ref, child in expected_children(case):
        forms, maybe, covered = (
            covering_forms(case, child_ref),
            might_cover(case, child_ref),
            is_covered(case, child_ref),
        )
        key = (incident["incident_ref"], child_ref or "")
        yield Judged("REF001", *key, all_of(abuse, child), negate(covered), due_at)
        yield Judged("REF002", *key, all_of(negate(abuse), concern, child), negate(covered), due_at)
        in_time = found(any(form["submitted_at"] <= due_at for form in forms), maybe)
        applies = all_of(child, covered, is_such(incident, policy))
        yield Judged("REF003", *key, applies, negate(in_time), due_at)

        def by(who: str, forms: list[Row] = forms, maybe: bool = maybe) -> Truth:
            return found(
                any(form["submitted_by"] == who for form in forms),
                maybe or any(form["submitted_by"] is None for form in forms),
            )

        standard = all_of(is_equal(incident["risk_level"], "standard"), incident["reassessed_at"] is None)
        applies = all_of(abuse, standard, child, negate(by("officer")))
        end_of_day = end_of_next_working_day(incident["reported_at"])
        yield Judged("REF005", *key, applies, negate(by("cpso")), end_of_day)


def covers_the_same(case: Case, child_ref: str | None) -> Truth:
    """Whether "a submitted referral covers the same child", or for a form without one, every expected child."""
    covered = is_covered(case, child_ref)
    if child_ref is not None or covered:
        return covered
    children = [ref for ref, child in expected_children(case) if child is not False]
    return all_of(*(is_covered(case, ref) for ref in children)) if children else covered


def judge_referrals(case: Case, extract: Extract, policy: Policy, with_receipts: bool) -> Iterator[Judged]:
    """REF004 and, where receipts are supplied, REF006 for the forms of one incident.

    Reading: a form may have a row for each child, and the hub receives the form: a receipt on any row is one for all.
    """
    due_at = case.incident["reported_at"] + timedelta(hours=policy.referral_due_hours)
    receipts = {row["referral_ref"] for row in extract.accepted.get("hub_receipts", [])}
    receipts |= {row["referral_ref"] for row in extract.accepted["referrals"] if row["hub_received_at"]}
    lost_receipts = [line.values["referral_ref"] for line in extract.rejected.get("hub_receipts", [])]
    for referral in case.referrals:
        key = (case.incident["incident_ref"], referral["child_ref"] or "")
        unsent = referral["status"] in ("draft", "rejected")
        yield Judged("REF004", *key, unsent, negate(covers_the_same(case, referral["child_ref"])), due_at)
        if with_receipts:
            ref, sent_at = referral["referral_ref"], referral["submitted_at"]
            received = found(ref in receipts, ref in lost_receipts)
            day_later = sent_at and sent_at + timedelta(hours=24)
            yield Judged("REF006", *key, referral["status"] == "submitted", negate(received), day_later)
