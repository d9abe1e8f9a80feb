"""A new rule is a form to be filled in: the loader says what is still missing until it is done."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from checker.errors import ConfigError, RulePackError
from checker.facts import Subject
from checker.rulepack import check_examples, load_rules, new_rule, new_rule_text
from tests.rulepack.conftest import lines_of

AREAS = {
    "REF009": "referral",
    "CLO009": "closure",
    "FLG009": "flag",
    "RSK009": "risk",
    "CHD009": "child",
    "HIS009": "history",
    "ENC009": "encompass",
    "MIS009": "missing",
}


@pytest.mark.parametrize(("rule_id", "area"), AREAS.items())
def test_a_new_rule_lies_in_the_folder_of_its_area(rule_id: str, area: str, folder: Path) -> None:
    file = new_rule(folder, rule_id)

    assert file == folder / area / f"{rule_id}.toml"
    assert tomllib.loads(file.read_text(encoding="utf-8"))["id"] == rule_id


def test_an_unfilled_rule_is_refused_with_a_line_for_everything_to_be_said(
    folder: Path, tables: dict[str, Subject]
) -> None:
    new_rule(folder, "REF002")

    with pytest.raises(RulePackError) as refusal:
        load_rules(folder, tables)

    lines = [line.removeprefix("referral/REF002.toml: ") for line in lines_of(refusal.value, folder)]
    assert [line.partition(" is empty")[0].rstrip(":") for line in lines] == [
        "applies",
        "basis",
        "due_at",
        "evidence",
        "guidance",
        "known_limits",
        "message: finding",
        "message: not_due",
        "message: undetermined",
        "name",
        "owner",
        "severity",
        "source",
        "subject",
        "summary",
        "violation",
    ]


def test_a_new_rule_that_is_filled_in_loads_and_its_examples_hold(folder: Path, tables: dict[str, Subject]) -> None:
    file = new_rule(folder, "REF002")
    text = file.read_text(encoding="utf-8")
    said = {
        "name": '"another"',
        "severity": '"low"',
        "subject": '"visit"',
        "applies": '"is_long"',
        "violation": '"NOT has_form"',
        "due_at": '"form_due_at"',
        "evidence": '["form_in_words"]',
    }
    for key, value in said.items():
        empty = "[]" if key == "evidence" else '""'
        assert text.count(f"\n{key} = {empty}\n") == 1
        text = text.replace(f"\n{key} = {empty}\n", f"\n{key} = {value}\n")
    text = text.replace(' = ""\n', ' = "something"\n')
    for value in ("false", "true"):
        text = text.replace("facts = {}", f"facts = {{ has_form = {value} }}", 1)
    text = text.replace("unknown = []", 'unknown = ["has_form"]')
    file.write_text(text, encoding="utf-8")

    pack = load_rules(folder, tables)

    assert [rule.rule.id for rule in pack.rules] == ["REF001", "REF002"]
    assert check_examples(pack, tables) == []


@pytest.mark.parametrize("rule_id", ["REF1", "ref001", "XYZ001", "REF0001", "REF001\n", "../REF001", ""])
def test_an_id_that_is_none_is_refused_with_the_areas(rule_id: str, folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"is no rule id; write the letters of an area .*REF referral"):
        new_rule(folder, rule_id)
    with pytest.raises(ConfigError, match="is no rule id"):
        new_rule_text(rule_id)


def test_a_rule_that_is_there_is_never_overwritten(folder: Path) -> None:
    before = (folder / "referral" / "REF001.toml").read_bytes()

    with pytest.raises(ConfigError, match=r"REF001.toml: this rule is there already; take another number$"):
        new_rule(folder, "REF001")

    assert (folder / "referral" / "REF001.toml").read_bytes() == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"REF001.toml: cannot be written \(No such file or directory\)"):
        new_rule(tmp_path / "nowhere", "REF001")
