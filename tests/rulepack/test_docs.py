"""The page about the rules is up to date, and what it says about SQL is so."""

from __future__ import annotations

from pathlib import Path

import build_docs
import pytest

from checker.facts import SUBJECTS
from checker.models import Since, TriagePart
from checker.rulepack import compile_predicate, load_rules
from checker.rulepack.guard import PredicateError


@pytest.mark.parametrize(("text", "meaning"), build_docs.PERMITTED)
def test_what_the_page_permits_is_permitted(text: str, meaning: str) -> None:
    assert compile_predicate(text, SUBJECTS["incident"]).text == text
    assert meaning


@pytest.mark.parametrize(("text", "instead", "why"), build_docs.REFUSED)
def test_what_the_page_refuses_is_refused(text: str, instead: str, why: str) -> None:
    with pytest.raises(PredicateError):
        compile_predicate(text, SUBJECTS["incident"])
    assert instead
    assert why


def test_the_page_is_up_to_date() -> None:
    assert build_docs.main(["--check"]) == 0


def test_the_page_tells_of_every_rule_every_fact_and_every_value_of_the_policy() -> None:
    text = build_docs.PAGE.read_text(encoding="utf-8")
    pack = load_rules(build_docs.RULES, SUBJECTS)

    for rule in pack.rules:
        assert f"### {rule.rule.id} {rule.rule.name}\n" in text
        assert f"`{rule.rule.violation}`" in text
        assert rule.rule.basis in text
    for name in (fact.name for table in SUBJECTS.values() for fact in table.facts):
        assert f"\n| `{name}` | " in text
    for name in pack.policy:
        assert f"\n| `{name}` | " in text
    for part in TriagePart:
        assert f"\n| `{part}` | " in text
    for word in Since:
        assert f"\n| {word} | " in text
    assert (
        "| **score** | the sum of all points |  |  |  | **114** |" in text
    )  # worked by hand in tests/facts/test_triage


def test_a_page_that_is_out_of_date_or_missing_is_named_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "README.md"
    monkeypatch.setattr(build_docs, "PAGE", page)

    assert build_docs.main(["--check"]) == 1
    page.write_text("yesterday's page")
    assert build_docs.main(["--check"]) == 1
    assert page.read_text() == "yesterday's page"
    message = "rules/README.md is out of date; run `.venv/bin/python scripts/build_docs.py` and commit the page\n"
    assert capsys.readouterr().err == message * 2

    assert build_docs.main([]) == 0
    assert build_docs.main(["--check"]) == 0
    assert b"\r" not in page.read_bytes()
