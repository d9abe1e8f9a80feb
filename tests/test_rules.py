"""Every example in every rule file comes out as it states, every rule is told completely; `-k REF001` runs one rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.config import Policy
from checker.facts import SUBJECTS
from checker.models import Example, Outcome
from checker.rulepack import CompiledRule, check_examples, example_outcome, load_rules

RULES = Path(__file__).resolve().parents[1] / "rules"
PACK = load_rules(RULES, SUBJECTS)
EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.rule.id}: {example.name}")
    for newest in PACK.rules
    for rule in newest.versions
    for example in rule.rule.examples
]
EVERY_RULE = [pytest.param(rule, id=rule.rule.file) for newest in PACK.rules for rule in newest.versions]

# rules.md, "The four rules that the product is named for": subject, applies, violation, due_at, severity.
SPECIFIED = {
    "REF001": ("incident_child", "is_domestic_abuse AND is_child", "NOT is_covered", "referral_due_at", "critical"),
    "REF002": (
        "incident_child",
        "NOT is_domestic_abuse AND has_referable_concern AND is_child",
        "NOT is_covered",
        "referral_due_at",
        "critical",
    ),
    "REF003": (
        "incident_child",
        "is_child AND is_covered AND (is_domestic_abuse OR has_referable_concern)",
        "NOT is_covered_in_time",
        "referral_due_at",
        "medium",
    ),
    "REF004": ("referral", "status IN ('draft', 'rejected')", "NOT is_child_covered", "referral_due_at", "high"),
    "REF005": (
        "incident_child",
        "is_domestic_abuse AND risk_level = 'standard' AND reassessed_at IS NULL AND is_child"
        " AND NOT is_covered_by_officer",
        "NOT is_covered_by_cpso",
        "gatekeeper_due_at",
        "critical",
    ),
    "REF006": ("referral", "status = 'submitted'", "NOT is_received", "receipt_due_at", "critical"),
    "ENC001": (
        "incident_child",
        "is_domestic_abuse AND is_of_school_age",
        "NOT is_school_told_in_time",
        "school_told_due_at",
        "critical",
    ),
    "CLO001": (
        "incident",
        "is_domestic_abuse AND is_closed",
        "NOT has_search_code",
        "closed_or_reported_at",
        "high",
    ),
    "CLO002": (
        "incident",
        "is_domestic_abuse",
        "closed_at > closure_due_at OR (closed_at IS NULL AND status <> 'closed')",
        "closure_due_at",
        "high",
    ),
    "CLO003": (
        "incident",
        "is_domestic_abuse AND has_expected_child",
        "is_missed_by_search",
        "search_judged_at",
        "high",
    ),
    "FLG001": (
        "child",
        "cp_plan_current OR lac_plan_current",
        "(cp_plan_current AND NOT cp_flag_current) OR (lac_plan_current AND NOT lac_flag_current)",
        "protection_flag_due_at",
        "high",
    ),
    "FLG002": ("child", "cin_plan_current", "NOT cin_flag_current", "in_need_flag_due_at", "high"),
    "FLG003": (
        "child",
        "NOT cp_plan_current AND cp_plan_ended",
        "NOT cp_flag_ever",
        "previous_plan_flag_due_at",
        "medium",
    ),
    "FLG004": (
        "child",
        "cp_flag_current OR lac_flag_current OR cin_flag_current",
        "(cp_flag_current AND cp_plan_over) OR (lac_flag_current AND lac_plan_over)"
        " OR (cin_flag_current AND cin_plan_over)",
        "flag_end_due_at",
        "low",
    ),
    "RSK001": ("incident", "is_domestic_abuse", "NOT has_risk_form", "risk_form_due_at", "high"),
    "CHD001": (
        "incident",
        "is_domestic_abuse AND has_risk_form",
        "children_not_captured",
        "risk_form_due_at",
        "high",
    ),
    "HIS001": (
        "incident",
        "(is_domestic_abuse OR has_referable_concern) AND earlier_incident_within_365_days",
        "history_checked_at IS NULL",
        "history_due_at",
        "high",
    ),
    "HIS002": (
        "incident",
        "(is_domestic_abuse OR has_referable_concern) AND three_earlier_incidents_within_90_days",
        "risk_level = 'standard' AND reassessed_at IS NULL",
        "history_due_at",
        "critical",
    ),
    "MIS001": ("missing_child", "is_third_within_90_days", "NOT has_coordinator", "coordinator_due_at", "high"),
    "MIS002": ("missing_episode", "cause_for_concern", "NOT is_acted_on_in_time", "action_due_at", "high"),
    "MIS003": ("missing_episode", "has_returned", "return_interview_at IS NULL", "interview_due_at", "medium"),
}


# Where a finding comes down to whether a child was referred, and the part of the report that counts the rule.
ABOUT_REFERRALS = {
    *("REF001", "REF002", "REF003", "REF004", "REF005", "REF006", "CLO001", "CLO002", "CLO003", "MIS002")
}
COUNTED_IN = {
    "REF001": "child coverage",
    "REF002": "child coverage",
    "CLO003": "daily search",
    "REF006": "hub reconciliation",
}


def test_what_is_special_about_a_rule_stands_in_its_file() -> None:
    rules = [rule.rule for rule in PACK.rules]

    assert {rule.id for rule in rules if rule.about == "referral"} == ABOUT_REFERRALS
    assert {rule.id for rule in rules if rule.about is None} == SPECIFIED.keys() - ABOUT_REFERRALS
    assert {rule.id: rule.counted_in for rule in rules if rule.counted_in} == COUNTED_IN


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_an_example_comes_out_as_it_states(rule: CompiledRule, example: Example) -> None:
    assert example_outcome(rule, example, SUBJECTS[rule.rule.subject]) == example.outcome


def test_all_examples_of_a_rule_come_out_as_they_state_in_one_frame() -> None:
    assert check_examples(PACK, SUBJECTS) == []


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_a_rule_shows_by_example_every_outcome_that_it_can_come_out_as(rule: CompiledRule) -> None:
    shown = {example.outcome for example in rule.rule.examples}

    assert shown >= {*rule.rule.message, Outcome.PASS}


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_a_rule_speaks_plainly_of_the_extract_and_blames_nobody(rule: CompiledRule) -> None:
    told = [*rule.rule.message.values(), rule.rule.summary, rule.rule.guidance, rule.rule.known_limits]

    for sentence in told:
        assert re.fullmatch(r"[A-Z].*[.]", sentence)
        assert not re.search(r"\b(officer|failed|failure|fault|blame|neglected|null)\b", sentence, re.IGNORECASE)
    for sentence in rule.rule.message.values():
        assert sentence.count(". ") == 0  # one sentence each


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_a_rule_fits_on_one_screen_before_its_examples(rule: CompiledRule) -> None:
    told = (RULES / rule.rule.file).read_text(encoding="utf-8").partition("[[example]]")[0]

    assert len(told.splitlines()) <= 40
    assert max(len(line) for line in told.splitlines()) <= 120


@pytest.mark.parametrize(("rule_id", "stated"), SPECIFIED.items(), ids=SPECIFIED)
def test_a_rule_is_that_of_the_specification(rule_id: str, stated: tuple[str, ...]) -> None:
    rule = PACK.rule(rule_id).rule

    assert (rule.subject, rule.applies, rule.violation, rule.due_at, rule.severity) == stated


def test_the_policy_states_the_defaults_of_the_specification_and_what_the_workbook_goes_by() -> None:
    assert PACK.policy == {
        "domestic_abuse_codes": ["QL23"],
        "domestic_abuse_types": ["DOMESTIC"],
        "blank_domestic_abuse": "unknown",
        "search_code": "QL23",
        "referral_due_hours": 24,
        "closure_window_hours": 24,
        "flag_due_days": 1,
        "previous_plan_years": "unlimited",
        "referable_concerns": ["neglect", "physical", "sexual", "emotional", "exploitation"],
        "school_age_from": 4,
        "school_age_to": 17,
        "daily_search": {"run_time": "06:00", "keyed_on": "closed", "window_hours": 24},
        "systemic_share": 0.5,
        "systemic_least": 10,
        "workbook_retention_days": 90,
        "triage": {
            "unreferred_children": 30,
            "referred_later_children": 10,
            "current_plan_children": 15,
            "previous_plan_children": 8,
            "several_children": 5,
            "young_children": 10,
            "incidents_before": 3,
            "incidents_since": 5,
            "risk_raised_later": 20,
            "missing_episodes": 5,
            "no_risk_form": 10,
            "most_counted": 5,
        },
        "review_after_days": {
            "referral_now_submitted": 7,
            "referral_already_made": 7,
            "no_referral_required": 180,
            "record_corrected": 7,
            "not_an_exception": 90,
            "passed_to_another_team": 7,
            "under_review": 0,
        },
    }
    assert set(PACK.policy) == set(Policy.model_fields)


def test_the_changelog_tells_of_the_version_of_the_pack() -> None:
    assert f"## {PACK.version}" in (RULES / "CHANGELOG.md").read_text(encoding="utf-8")
