"""An invented subject with a fact of every kind, and a small good rule pack that each test spoils in its own way."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from checker.errors import RulePackError
from checker.facts.engine import Fact, Source, Subject
from checker.rulepack import load_rules

INSTANT = pl.Datetime("us", "UTC")
MORNING = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

POLICY = """\
version = "1.0.0"

[policy]
domestic_abuse_codes = ["QL23"]
domestic_abuse_types = ["DOMESTIC"]
blank_domestic_abuse = "unknown"
search_code = "QL23"
referral_due_hours = 24
closure_window_hours = 24
flag_due_days = 1
previous_plan_years = "unlimited"
referable_concerns = ["neglect"]
school_age_from = 4
school_age_to = 17
daily_search = { run_time = "06:00", keyed_on = "closed", window_hours = 24 }
systemic_share = 0.5
systemic_least = 10
workbook_retention_days = 90
triage.unreferred_children = 30
triage.referred_later_children = 10
triage.current_plan_children = 15
triage.previous_plan_children = 8
triage.several_children = 5
triage.young_children = 10
triage.incidents_before = 3
triage.incidents_since = 5
triage.risk_raised_later = 20
triage.missing_episodes = 5
triage.no_risk_form = 10
triage.most_counted = 5
review_after_days.referral_now_submitted = 7
review_after_days.referral_already_made = 7
review_after_days.no_referral_required = 180
review_after_days.record_corrected = 7
review_after_days.not_an_exception = 90
review_after_days.passed_to_another_team = 7
review_after_days.under_review = 0
"""

RULE = """\
id = "REF001"
name = "visit-without-form"
severity = "high"
owner = "an invented unit"
basis = "every visit has a form"
source = "an invented letter"
subject = "visit"
summary = "Every long visit has a form."
applies = "is_long"
violation = "NOT has_form"
due_at = "form_due_at"
evidence = ["form_in_words"]
guidance = "Look for the form."
known_limits = "None."
effective_from = 2026-01-01

[message]
finding = "No form was found."
undetermined = "It cannot be told whether there is a form."
not_due = "The form is not yet due."

[[example]]
name = "no form"
facts = { has_form = false }
outcome = "finding"

[[example]]
name = "form"
facts = { has_form = true }
outcome = "pass"

[[example]]
name = "not known"
unknown = ["has_form"]
outcome = "undetermined"
"""


def _fact(name: str, dtype: pl.DataType, sample: object, *, nullable: bool = False) -> Fact:
    return Fact(name, dtype, f"the {name} of the visit", sample, lambda _: pl.col(name), nullable)


def _source(name: str, table: str) -> Source:
    return Source(name, frozenset({name}), lambda rows, _, __: rows, needs=(table,))


VISIT = Subject(
    name="visit",
    description="an invented subject",
    key=("visit_ref",),
    base=lambda tables, _: tables.incidents,
    sources=(_source("is_wet", "flags"), _source("form_in_words", "plans")),
    facts=(
        _fact("visit_ref", pl.String(), "V1"),
        _fact("is_long", pl.Boolean(), True),
        _fact("is_wet", pl.Boolean(), False, nullable=True),
        _fact("has_form", pl.Boolean(), True, nullable=True),
        _fact("guests", pl.Int64(), 2, nullable=True),
        _fact("hours", pl.Float64(), 1.5, nullable=True),
        _fact("weather", pl.String(), "dry", nullable=True),
        _fact("season", pl.String(), "autumn"),
        _fact("day", pl.Date(), MORNING.date(), nullable=True),
        _fact("rooms", pl.List(pl.String()), ["hall"]),
        _fact("began_at", INSTANT, MORNING),
        _fact("ended_at", INSTANT, MORNING, nullable=True),
        _fact("form_due_at", INSTANT, MORNING),
        _fact("form_in_words", pl.String(), "no form"),
    ),
)
TABLES = {"visit": VISIT}


def lines_of(refusal: RulePackError, folder: Path) -> list[str]:
    """The lines of a refusal without the folder of the pack, every file as it is written on Linux."""
    assert refusal.exit_code == 12
    lines = str(refusal).splitlines()
    assert all(line.startswith(f"{folder}{os.sep}") for line in lines)
    return [line.removeprefix(f"{folder}{os.sep}").replace(os.sep, "/", 1) for line in lines]


@pytest.fixture
def visit() -> Subject:
    return VISIT


@pytest.fixture
def tables() -> dict[str, Subject]:
    return TABLES


@pytest.fixture
def good_rule() -> str:
    return RULE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A rule pack of one good rule."""
    (tmp_path / "referral").mkdir()
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    (tmp_path / "referral" / "REF001.toml").write_text(RULE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def spoil(folder: Path) -> Callable[..., list[str]]:
    """Replace texts in the good rule (or in another file) and say the lines with which the pack is then refused."""

    def _spoil(*replacements: tuple[str, str], file: str = "referral/REF001.toml") -> list[str]:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        for old, new in replacements:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        with pytest.raises(RulePackError) as refusal:
            load_rules(folder, TABLES)
        return lines_of(refusal.value, folder)

    return _spoil
