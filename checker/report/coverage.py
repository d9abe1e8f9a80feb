"""Two numbers about referrals that are never one: the children covered by anyone, and those by an officer in time."""

from __future__ import annotations

from checker.models import ReportPart, Rule, Run
from checker.report.tally import NO_CASES, NOTHING, Tally, share, tallies
from checker.report.words import in_digits

CHILD_COVERAGE = "children covered by anyone's referral, of those who are covered or should have been by now"
OFFICER_COMPLIANCE = "children covered by an officer's referral in time, of the same as far as it is known"


def coverage(run: Run) -> list[tuple[Rule, Tally | None]]:
    """What each rule about referrals counted over the whole extract, in the order of the pack; None: it did not run.

    Empty where the run was not measured, and in the part of a supervisor.
    """
    if run.measures is None:
        return []
    rules = [rule for rule in run.rules if rule.counted_in == ReportPart.COVERAGE]
    counted = tallies(run.measures, "rule_id") if rules else {}
    ran = {rule_id for rule_id, result in run.record.rules.items() if result.counts is not None}
    return [(rule, counted.get((rule.id,), NOTHING) if rule.id in ran else None) for rule in rules]


def coverage_in_words(tally: Tally) -> str:
    """Both numbers in a line, each with what it is a share of and of how many it is not known."""
    covered = _in_words(tally.passed, tally.judged, tally.undetermined)
    by_officer = _in_words(tally.officer_in_time, tally.officer_known, tally.officer_unknown)
    return f"child coverage {covered}; officer compliance {by_officer}"


def _in_words(part: int, of: int, unknown: int) -> str:
    figure = share(part, of)
    told = NO_CASES if isinstance(figure, str) else f"{figure:.1%} ({in_digits(part)} of {in_digits(of)})"
    return f"{told}, {in_digits(unknown)} not known" if unknown else told
