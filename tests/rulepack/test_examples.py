"""The examples of a rule are its tests: judged alone and together, over the sample row of the subject."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from checker.facts import Subject
from checker.rulepack import EXAMPLE_AS_OF, check_examples, example_frame, example_outcome, load_rules


def rewrite(folder: Path, *replacements: tuple[str, str]) -> None:
    file = folder / "referral" / "REF001.toml"
    text = file.read_text(encoding="utf-8")
    for old, new in replacements:
        assert text.count(old) == 1
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def test_examples_that_come_out_as_stated_are_good(folder: Path, tables: dict[str, Subject]) -> None:
    assert check_examples(load_rules(folder, tables), tables) == []


def test_an_example_that_comes_out_otherwise_is_named_alone_and_together(
    folder: Path, tables: dict[str, Subject]
) -> None:
    rewrite(folder, ("NOT has_form", "has_form"))

    faults = check_examples(load_rules(folder, tables), tables)

    assert faults == [
        "referral/REF001.toml: example 'no form': gives pass, where the file says finding",
        "referral/REF001.toml: example 'no form': gives pass, where the file says finding (together with the others)",
        "referral/REF001.toml: example 'form': gives finding, where the file says pass",
        "referral/REF001.toml: example 'form': gives finding, where the file says pass (together with the others)",
    ]


def test_only_the_rules_asked_for_are_checked(folder: Path, tables: dict[str, Subject], good_rule: str) -> None:
    rewrite(folder, ("NOT has_form", "has_form"))
    other = good_rule.replace("REF001", "REF002").replace("visit-without-form", "another")
    (folder / "referral" / "REF002.toml").write_text(other, encoding="utf-8")
    pack = load_rules(folder, tables)

    assert check_examples(pack, tables, ["REF002"]) == []
    assert len(check_examples(pack, tables, ["REF001"])) == 4


def test_an_example_is_judged_at_its_own_as_of_also_among_the_others(
    folder: Path, tables: dict[str, Subject], visit: Subject
) -> None:
    # The sample row is due at 2026-11-21T09:00Z.
    rewrite(
        folder,
        (
            'outcome = "pass"\n',
            'outcome = "pass"\n\n'
            '[[example]]\nname = "a second late"\nas_of = 2026-11-21T09:00:01Z\n'
            'facts = { has_form = false }\noutcome = "finding"\n\n'
            '[[example]]\nname = "in time, told in summer time"\nas_of = 2026-11-21T10:00:00+01:00\n'
            'facts = { has_form = false }\noutcome = "not_due"\n',
        ),
    )
    pack = load_rules(folder, tables)
    late, in_time = pack.rules[0].rule.examples[2:4]

    assert check_examples(pack, tables) == []
    assert in_time.as_of == datetime(2026, 11, 21, 9, tzinfo=UTC) == late.as_of - timedelta(seconds=1)
    assert example_outcome(pack.rules[0], late, visit) == "finding"


def test_without_its_own_as_of_an_example_is_judged_at_the_documented_one(
    folder: Path, tables: dict[str, Subject]
) -> None:
    assert datetime(2026, 11, 22, 2, tzinfo=UTC) == EXAMPLE_AS_OF
    due = "form_due_at = 2026-11-22T02:00:00Z"
    rewrite(folder, ("{ has_form = false }", f"{{ has_form = false, {due} }}"), ('"finding"', '"not_due"'))
    with (folder / "referral" / "REF001.toml").open("a", encoding="utf-8") as stream:
        late = "{ has_form = false, form_due_at = 2026-11-22T01:59:59Z }"
        stream.write(f'\n[[example]]\nname = "late"\nfacts = {late}\noutcome = "finding"\n')

    assert check_examples(load_rules(folder, tables), tables) == []


def test_facts_that_an_example_does_not_give_come_from_the_sample_row(
    folder: Path, tables: dict[str, Subject], visit: Subject
) -> None:
    given = "{ has_form = false, hours = 3, day = 2026-02-03, ended_at = 2026-07-01T12:00:00+01:00 }"
    rewrite(folder, ("{ has_form = false }", f'{given}\nunknown = ["guests"]'))
    examples = load_rules(folder, tables).rules[0].rule.examples

    first = example_frame(examples, visit).row(0, named=True)

    sample = {fact.name: fact.sample for fact in visit.facts}
    changed = {"has_form": False, "guests": None, "hours": 3.0, "day": datetime(2026, 2, 3).date()}
    changed["ended_at"] = datetime(2026, 7, 1, 11, tzinfo=UTC)
    assert first == {**sample, **changed}


def test_the_word_unknown_is_a_text_like_any_other(folder: Path, tables: dict[str, Subject]) -> None:
    rewrite(folder, ("{ has_form = false }", '{ has_form = false, weather = "unknown" }'))

    assert load_rules(folder, tables).rules[0].rule.examples[0].facts["weather"] == "unknown"
