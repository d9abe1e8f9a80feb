"""A rule may have versions, told apart by their days; no two count on one day, and a retired rule says why."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from checker.facts import SUBJECTS, Subject
from checker.models import ReportPart
from checker.rulepack import check_examples, load_rules
from tests.rulepack.test_loader import add_rule, refused

AS_OF = datetime(2026, 11, 22, 2, tzinfo=UTC)
BEFORE = "referral/REF001.until-2025-12-31.toml"


def add_version(folder: Path, text: str, first: str, last: str, *replacements: tuple[str, str]) -> Path:
    """An earlier version of REF001 beside the newest, which counts from 2026 on."""
    text = text.replace("effective_from = 2026-01-01", f"effective_from = {first}\neffective_to = {last}")
    for old, new in replacements:
        assert text.count(old) == 1
        text = text.replace(old, new)
    file = folder / "referral" / f"REF001.until-{last}.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_versions_of_a_rule_are_one_rule(folder: Path, tables: dict[str, Subject], good_rule: str) -> None:
    add_version(folder, good_rule, "2025-01-01", "2025-12-31", ('"NOT has_form"', '"NOT has_form OR hours > 9"'))
    add_version(folder, good_rule, "2023-01-01", "2023-12-31")  # in 2024 none counted
    add_rule(folder, good_rule, "REF002", "another")

    newest, another = load_rules(folder, tables).rules

    assert [version.rule.file for version in newest.versions] == [
        "referral/REF001.until-2023-12-31.toml",
        BEFORE,
        "referral/REF001.toml",
    ]
    assert newest.rule.versions == tuple(version.rule for version in newest.versions)
    assert newest.rule.earlier[1].violation == "NOT has_form OR hours > 9"
    assert [version.in_force for version in newest.rule.versions] == [
        "from 01/01/2023 to 31/12/2023",
        "from 01/01/2025 to 31/12/2025",
        "from 01/01/2026",
    ]
    assert another.earlier == another.rule.earlier == ()


def test_the_digest_is_of_the_earlier_versions_too(folder: Path, tables: dict[str, Subject], good_rule: str) -> None:
    alone = load_rules(folder, tables).digest
    add_version(folder, good_rule, "2025-01-01", "2025-12-31")
    assert load_rules(folder, tables).digest != alone


@pytest.mark.parametrize(
    ("reported_at", "outcome"),
    [
        (datetime(2025, 3, 31, 22, 59, 59, tzinfo=UTC), "pass"),  # 23:59:59 in London, summer time
        (datetime(2025, 3, 31, 23, tzinfo=UTC), "out_of_scope"),  # 1 April has begun there
        (datetime(2025, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "out_of_scope"),
        (datetime(2026, 1, 1, tzinfo=UTC), "finding"),
        (datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC), "out_of_scope"),
        (datetime(2025, 1, 1, tzinfo=UTC), "pass"),
    ],
)
def test_a_subject_is_judged_by_the_version_of_its_day_in_london(
    reported_at: datetime, outcome: str, folder: Path, tables: dict[str, Subject], good_rule: str
) -> None:
    other_words = ('violation = "NOT has_form"', 'violation = "NOT has_form AND NOT is_long"')
    add_version(folder, good_rule.partition("[[example]]")[0] + EXAMPLES, "2025-01-01", "2025-03-31", other_words)
    (rule,) = load_rules(folder, tables).rules
    subject = pl.DataFrame({"is_long": [True], "has_form": [False], "form_due_at": [reported_at]}).with_columns(
        pl.lit(reported_at).alias("reported_at")
    )
    assert subject.select(rule.verdict(AS_OF)).item() == outcome


EXAMPLES = """
[[example]]
name = "no form"
facts = { has_form = false, is_long = true }
outcome = "pass"

[[example]]
name = "short and no form"
facts = { has_form = false, is_long = false }
outcome = "out_of_scope"

[[example]]
name = "long, whatever else"
unknown = ["has_form"]
outcome = "pass"

[[example]]
name = "never so"
facts = { has_form = false }
outcome = "finding"

[[example]]
name = "nor so"
unknown = ["has_form"]
outcome = "undetermined"
"""


def test_the_examples_of_every_version_are_run(folder: Path, tables: dict[str, Subject], good_rule: str) -> None:
    add_version(folder, good_rule, "2025-01-01", "2025-12-31", ('"NOT has_form"', '"has_form"'))
    faults = check_examples(load_rules(folder, tables), tables, ["REF001"])
    assert [fault for fault in faults if "together" not in fault] == [
        f"{BEFORE}: example 'no form': gives pass, where the file says finding",
        f"{BEFORE}: example 'form': gives finding, where the file says pass",
    ]


def test_days_that_overlap_name_both_files(folder: Path, tables: dict[str, Subject], good_rule: str) -> None:
    add_version(folder, good_rule, "2025-01-01", "2026-01-01")
    assert refused(folder, tables) == [
        "referral/REF001.toml: effective_from: 2026-01-01 lies within the days of "
        "referral/REF001.until-2026-01-01.toml; end that the day before"
    ]


def test_only_the_newest_version_bears_no_day_in_its_name(
    folder: Path, tables: dict[str, Subject], good_rule: str
) -> None:
    newest = folder / "referral" / "REF001.toml"
    retired = 'effective_from = 2026-01-01\neffective_to = 2026-06-30\nretired_because = "Replaced."'
    newest.write_text(good_rule.replace("effective_from = 2026-01-01", retired), encoding="utf-8")
    later = add_version(folder, good_rule, "2026-07-01", "2026-12-31")
    assert refused(folder, tables) == [
        f"referral/{later.name}: effective_from: 2026-07-01 lies after the days of referral/REF001.toml; "
        "swap the names of the files"
    ]
    newest.unlink()
    assert refused(folder, tables) == [
        f"referral/{later.name}: is an earlier version of a rule that has no newer one; "
        "call the file of the newest version REF001.toml"
    ]


def test_the_name_of_the_file_and_its_last_day_agree(folder: Path, tables: dict[str, Subject], good_rule: str) -> None:
    file = add_version(folder, good_rule, "2025-01-01", "2025-12-31")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("2025-12-31", "2025-12-30"), encoding="utf-8")
    assert refused(folder, tables) == [
        f"{BEFORE}: effective_to: 2025-12-30 is not the day in the name of the file; "
        "mend one of them, or call the file REF001.until-2025-12-30.toml"
    ]
    file.write_text(text.replace("effective_to = 2025-12-31\n", ""), encoding="utf-8")
    assert (
        f"{BEFORE}: effective_to: is missing in an earlier version; give its last day, which its file's name says"
        in refused(folder, tables)
    )


def test_all_versions_have_one_name_and_one_subject(folder: Path, tables: dict[str, Subject], good_rule: str) -> None:
    add_version(folder, good_rule, "2025-01-01", "2025-12-31", ("visit-without-form", "other-name"))
    other = "another subject"
    add_version(folder, good_rule, "2024-01-01", "2024-12-31", ('subject = "visit"', f'subject = "{other}"'))
    assert refused(folder, {**tables, other: tables["visit"]}) == [
        "referral/REF001.until-2024-12-31.toml: subject: 'another subject' is not that of referral/REF001.toml, "
        "'visit'; a rule has one in all its versions",
        f"{BEFORE}: name: 'other-name' is not that of referral/REF001.toml, 'visit-without-form'; "
        "a rule has one in all its versions",
    ]


def test_all_versions_are_about_the_same_and_counted_in_the_same(
    folder: Path, tables: dict[str, Subject], good_rule: str
) -> None:
    known = {**tables, "incident": tables["visit"]}
    newest = good_rule.replace('"visit"', '"incident"\ncounted_in = "daily search"')
    (folder / "referral" / "REF001.toml").write_text(newest, encoding="utf-8")
    same = add_version(folder, newest, "2025-01-01", "2025-12-31")
    assert load_rules(folder, known).rules[0].earlier[0].rule.counted_in == ReportPart.DAILY_SEARCH
    same.unlink()
    add_version(folder, newest, "2025-01-01", "2025-12-31", ('counted_in = "daily search"', 'about = "referral"'))
    add_version(folder, newest, "2024-01-01", "2024-12-31", ('"daily search"', '"child coverage"'))
    one = "a rule has one in all its versions"
    assert refused(folder, known) == [
        "referral/REF001.until-2024-12-31.toml: counted_in: 'child coverage' is not that of referral/REF001.toml, "
        f"'daily search'; {one}",
        "referral/REF001.until-2024-12-31.toml: counted_in: child coverage counts a rule that is judged for each "
        "incident_child, not incident; take the key out, or change the subject",
        f"{BEFORE}: about: 'referral' is missing in referral/REF001.toml; {one}",
        f"{BEFORE}: counted_in: is missing, and referral/REF001.toml has 'daily search'; {one}",
    ]


def test_another_rule_may_not_bear_the_name_of_an_earlier_version(
    folder: Path, tables: dict[str, Subject], good_rule: str
) -> None:
    add_version(folder, good_rule, "2025-01-01", "2025-12-31")
    add_rule(folder, good_rule, "REF002", "visit-without-form")
    assert refused(folder, tables) == [
        "referral/REF002.toml: name: 'visit-without-form' is that of referral/REF001.toml too; give each rule its own"
    ]


def test_a_retired_rule_keeps_its_last_day_and_its_reason(
    folder: Path, tables: dict[str, Subject], good_rule: str
) -> None:
    retired = 'effective_from = 2026-01-01\neffective_to = 2026-06-30\nretired_because = "The form\\nis no more."'
    file = folder / "referral" / "REF001.toml"
    file.write_text(good_rule.replace("effective_from = 2026-01-01", retired), encoding="utf-8")
    (rule,) = load_rules(folder, tables).rules
    assert (rule.rule.effective_to, rule.rule.retired_because) == (date(2026, 6, 30), "The form is no more.")
    assert rule.rule.in_force == "from 01/01/2026 to 30/06/2026; retired after that: The form is no more"


def test_every_subject_says_when_it_was_reported() -> None:
    """Whatever has no such moment could be judged by no version."""
    assert {name: table.by_name["reported_at"].nullable for name, table in SUBJECTS.items()} == dict.fromkeys(
        SUBJECTS, False
    )
