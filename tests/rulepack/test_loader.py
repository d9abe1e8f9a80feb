"""The loader takes a good pack and refuses a bad one with every fault at once, each in one line."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from checker.errors import ConfigError, RulePackError
from checker.facts import Subject
from checker.models import About, Outcome, ReportPart, Severity
from checker.rulepack import load_rules
from tests.rulepack.conftest import lines_of

Spoil = Callable[..., list[str]]
TIMES = "began_at, ended_at, form_due_at"


def add_rule(folder: Path, text: str, rule_id: str, name: str, area: str = "referral") -> Path:
    (folder / area).mkdir(exist_ok=True)
    file = folder / area / f"{rule_id}.toml"
    file.write_text(text.replace('"REF001"', f'"{rule_id}"').replace("visit-without-form", name), encoding="utf-8")
    return file


def refused(folder: Path, tables: dict[str, Subject]) -> list[str]:
    with pytest.raises(RulePackError) as refusal:
        load_rules(folder, tables)
    return lines_of(refusal.value, folder)


def test_a_good_pack_is_read_as_its_files_state_it(folder: Path, tables: dict[str, Subject]) -> None:
    pack = load_rules(folder, tables)

    (compiled,) = pack.rules
    rule = compiled.rule
    assert (rule.id, rule.name, rule.area, rule.severity) == ("REF001", "visit-without-form", "referral", Severity.HIGH)
    assert (rule.applies, rule.violation, rule.due_at) == ("is_long", "NOT has_form", "form_due_at")
    assert rule.message == {
        Outcome.FINDING: "No form was found.",
        Outcome.UNDETERMINED: "It cannot be told whether there is a form.",
        Outcome.NOT_DUE: "The form is not yet due.",
    }
    assert (rule.effective_from, rule.effective_to) == (date(2026, 1, 1), None)
    assert rule.file == "referral/REF001.toml"
    assert [(example.name, example.facts, example.outcome) for example in rule.examples] == [
        ("no form", {"has_form": False}, Outcome.FINDING),
        ("form", {"has_form": True}, Outcome.PASS),
        ("not known", {"has_form": None}, Outcome.UNDETERMINED),
    ]
    assert pack.version == "1.0.0"
    assert pack.policy["search_code"] == "QL23"
    assert pack.policy["previous_plan_years"] == "unlimited"


def test_a_rule_names_every_fact_that_it_reads_and_the_tables_without_which_it_cannot_run(
    folder: Path, tables: dict[str, Subject]
) -> None:
    file = folder / "referral" / "REF001.toml"
    text = file.read_text(encoding="utf-8").replace('"NOT has_form"', '"NOT has_form OR is_wet OR NOT has_form"')
    file.write_text(text, encoding="utf-8")

    (compiled,) = load_rules(folder, tables).rules

    assert compiled.facts == ("is_long", "has_form", "is_wet", "form_due_at", "form_in_words")
    assert compiled.tables == compiled.rule.tables == ("plans", "flags")  # the words need plans, is_wet needs flags


def test_a_rule_can_say_which_columns_it_needs_and_each_must_be_one(
    folder: Path, tables: dict[str, Subject], spoil: Spoil
) -> None:
    file = folder / "referral" / "REF001.toml"
    needs = 'needs = ["incidents.closed_at|incidents.status", "referrals"]'
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("evidence = ", f"{needs}\nevidence = ", 1), encoding="utf-8")
    (compiled,) = load_rules(folder, tables).rules
    assert compiled.tables == compiled.rule.tables == ("plans", "incidents.closed_at|incidents.status", "referrals")
    assert spoil(("incidents.closed_at|", "incidents.closed|")) == [
        "referral/REF001.toml: needs: 'incidents.closed' is not a table or a column (table.column) of the contract; "
        "did you mean 'incidents.closed_at'?"
    ]


def test_rules_stand_in_the_order_of_their_ids_and_are_found_by_them(
    folder: Path, tables: dict[str, Subject], good_rule: str
) -> None:
    add_rule(folder, good_rule, "REF003", "third")
    add_rule(folder, good_rule, "REF002", "second")
    add_rule(folder, good_rule, "CLO001", "first", area="closure")

    pack = load_rules(folder, tables)

    assert [rule.rule.id for rule in pack.rules] == ["CLO001", "REF001", "REF002", "REF003"]
    assert pack.rule("REF003").rule.name == "third"
    with pytest.raises(ConfigError, match=r"^no rule 'REF01' in the pack; did you mean 'REF001'\?"):
        pack.rule("REF01")


def test_prose_over_several_lines_is_read_as_one(folder: Path, tables: dict[str, Subject]) -> None:
    file = folder / "referral" / "REF001.toml"
    text = file.read_text(encoding="utf-8").replace('"No form was found."', '"""\nNo form\nwas   found."""')
    file.write_text(text.replace('"Look for the form."', '"""\nLook for\nthe form."""'), encoding="utf-8")

    (compiled,) = load_rules(folder, tables).rules

    assert compiled.rule.message[Outcome.FINDING] == "No form was found."
    assert compiled.rule.guidance == "Look for the form."


def test_a_message_is_needed_only_for_what_the_rule_can_come_out_as(folder: Path, tables: dict[str, Subject]) -> None:
    file = folder / "referral" / "REF001.toml"
    text = file.read_text(encoding="utf-8").replace('"NOT has_form"', "\"season = 'winter'\"")
    text = text.replace('undetermined = "It cannot be told whether there is a form."\n', "")
    text = text.partition("[[example]]")[0]
    text += '[[example]]\nname = "a"\nfacts = { season = "winter" }\noutcome = "finding"\n'
    text += '[[example]]\nname = "b"\nfacts = {}\noutcome = "pass"\n'
    file.write_text(text, encoding="utf-8")

    assert Outcome.UNDETERMINED not in load_rules(folder, tables).rules[0].rule.message


FAULTS = {
    "unknown key": (
        "severity =",
        "severety =",
        [
            "unknown key 'severety'; did you mean 'severity'?",
            "missing key 'severity': how urgent a finding is: critical, high, medium, low",
        ],
    ),
    "missing key": (
        'guidance = "Look for the form."\n',
        "",
        ["missing key 'guidance': what to do now, one or two sentences"],
    ),
    "missing condition": (
        'applies = "is_long"\n',
        "",
        ["missing key 'applies': the condition that brings a subject into scope"],
    ),
    "wrong type": ('"high"', "3", ["severity: is no text: how urgent a finding is: critical, high, medium, low"]),
    "no date": (
        "effective_from = 2026-01-01",
        'effective_from = "2026-01-01"',
        [
            "effective_from: is no date: the first day on which the rule counts, by the date of the incident; "
            "1900-01-01 is always"
        ],
    ),
    "a date-time for a date": (
        "effective_from = 2026-01-01",
        "effective_from = 2026-01-01T00:00:00",
        [
            "effective_from: is no date: the first day on which the rule counts, by the date of the incident; "
            "1900-01-01 is always"
        ],
    ),
    "text for a list": (
        '["form_in_words"]',
        '"form_in_words"',
        ["evidence: is no list of texts: the facts in words (their names end in _in_words) that a person is shown"],
    ),
    "numbers in a list": (
        '["form_in_words"]',
        "[1]",
        ["evidence: is no list of texts: the facts in words (their names end in _in_words) that a person is shown"],
    ),
    "empty list": (
        '["form_in_words"]',
        "[]",
        ["evidence: is empty: the facts in words (their names end in _in_words) that a person is shown"],
    ),
    "empty text": ('"Look for the form."', '""', ["guidance: is empty: what to do now, one or two sentences"]),
    "blank text": ('"Look for the form."', '"  "', ["guidance: is empty: what to do now, one or two sentences"]),
    "unknown severity": (
        '"high"',
        '"hihg"',
        ["severity: unknown severity 'hihg'; did you mean 'high'? (known: critical, high, medium, low)"],
    ),
    "unknown about": (
        'subject = "visit"',
        'subject = "visit"\nabout = "referal"',
        ["about: unknown about 'referal'; did you mean 'referral'? (known: referral)"],
    ),
    "unknown part of the report": (
        'subject = "visit"',
        'subject = "visit"\ncounted_in = "coverage"',
        [
            "counted_in: unknown counted_in 'coverage'; did you mean 'child coverage'? "
            "(known: child coverage, daily search, hub reconciliation)"
        ],
    ),
    "part of the report that counts another subject": (
        'subject = "visit"',
        'subject = "visit"\ncounted_in = "daily search"',
        [
            "counted_in: daily search counts a rule that is judged for each incident, not visit; "
            "take the key out, or change the subject"
        ],
    ),
    "unknown subject": (
        '"visit"',
        '"visits"',
        ["subject: unknown subject 'visits'; did you mean 'visit'? (known: visit)"],
    ),
    "unknown fact in applies": (
        'applies = "is_long"',
        'applies = "is_lang"',
        ["applies: unknown fact 'is_lang'; did you mean 'is_long'?"],
    ),
    "unknown fact in violation": (
        '"NOT has_form"',
        '"NOT has_from"',
        ["violation: unknown fact 'has_from'; did you mean 'has_form'?"],
    ),
    "aggregate": (
        '"NOT has_form"',
        '"SUM(guests) > 3"',
        ["violation: SUM is not permitted: whatever looks at several rows is a fact, never SQL in a rule"],
    ),
    "window": (
        '"NOT has_form"',
        '"SUM(guests) OVER () > 3"',
        ["violation: WINDOW is not permitted: whatever looks at several rows is a fact, never SQL in a rule"],
    ),
    "subquery": (
        '"NOT has_form"',
        '"guests IN (SELECT 1)"',
        ["violation: IN with query is not permitted: a rule reads only the facts of its subject, no table and no file"],
    ),
    "clock": (
        '"NOT has_form"',
        '"ended_at < NOW()"',
        ["violation: NOW is not permitted: no rule reads the clock; as_of is compared with due_at for you"],
    ),
    "randomness": (
        '"NOT has_form"',
        '"RANDOM() > 0.5"',
        ["violation: RAND is not permitted: the same extract must always give the same verdicts"],
    ),
    "unknown function": (
        '"NOT has_form"',
        '"SHRUG(guests)"',
        ["violation: SHRUG is not permitted: see the permitted SQL in rules/README.md"],
    ),
    "not yes/no": (
        '"NOT has_form"',
        '"guests + 1"',
        ["violation: gives a number, not yes/no; compare it with something"],
    ),
    "date-time with text": (
        '"NOT has_form"',
        "\"ended_at >= '2026-01-01'\"",
        ["violation: ended_at >= '2026-01-01': a date-time cannot be compared with text"],
    ),
    "no SQL": (
        '"NOT has_form"',
        '"NOT has_form AND"',
        ["violation: cannot be read as SQL near 'AND' (character 16); see the permitted SQL in rules/README.md"],
    ),
    "due_at no date-time": ('"form_due_at"', '"day"', [f"due_at: 'day' is not a date-time fact (known: {TIMES})"]),
    "due_at unknown": ('"form_due_at"', '"form_due"', ["due_at: unknown fact 'form_due'; did you mean 'form_due_at'?"]),
    "evidence unknown": (
        '["form_in_words"]',
        '["form_in_wrods"]',
        ["evidence: unknown fact 'form_in_wrods'; did you mean 'form_in_words'? (known: form_in_words)"],
    ),
    "evidence not in words": (
        '["form_in_words"]',
        '["visit_ref"]',
        ["evidence: 'visit_ref' is no fact in words (known: form_in_words)"],
    ),
    "message unknown": (
        "not_due =",
        "notdue =",
        [
            "message: unknown message 'notdue'; did you mean 'not_due'? (known: finding, undetermined, not_due)",
            "message: says nothing for not_due; write one plain sentence",
        ],
    ),
    "message for a pass": (
        "[message]\n",
        '[message]\npass = "All is well."\n',
        ["message: unknown message 'pass' (known: finding, undetermined, not_due)"],
    ),
    "message missing": (
        'not_due = "The form is not yet due."\n',
        "",
        ["message: says nothing for not_due; write one plain sentence"],
    ),
    "message empty": (
        '"The form is not yet due."',
        '" "',
        ["message: not_due is empty or no text; write one plain sentence"],
    ),
    "message no text": (
        '"The form is not yet due."',
        "4",
        ["message: not_due is empty or no text; write one plain sentence"],
    ),
    "ends before it begins": (
        "[message]",
        'effective_to = 2025-12-31\nretired_because = "None left."\n[message]',
        ["effective_to: lies before effective_from, so the rule would never count; mend one of them"],
    ),
    "retired for no reason": (
        "[message]",
        "effective_to = 2026-12-31\n[message]",
        ["effective_to: ends the newest version, so the rule is retired; say why in retired_because"],
    ),
    "retired on no day": (
        "[message]",
        'retired_because = "The form is no more."\n[message]',
        ["retired_because: says why a rule does not count any more; give effective_to, its last day, too"],
    ),
    "a year beyond the calendar": (
        "effective_from = 2026-01-01",
        'effective_from = 0001-01-01\neffective_to = 9999-12-31\nretired_because = "Never."',
        [
            "effective_from: 0001-01-01 is no day of a rule; write one of the years 1900 to 2199",
            "effective_to: 9999-12-31 is no day of a rule; write one of the years 1900 to 2199",
        ],
    ),
    "id of no area": (
        'id = "REF001"',
        'id = "XYZ001"',
        ["id: 'XYZ001' is not the letters of an area (REF, CLO, FLG, RSK, CHD, HIS, ENC, MIS) and three digits"],
    ),
    "id in small letters": (
        'id = "REF001"',
        'id = "ref001"',
        ["id: 'ref001' is not the letters of an area (REF, CLO, FLG, RSK, CHD, HIS, ENC, MIS) and three digits"],
    ),
    "id with a line end": (
        'id = "REF001"',
        'id = "REF001\\n"',
        ["id: 'REF001\\n' is not the letters of an area (REF, CLO, FLG, RSK, CHD, HIS, ENC, MIS) and three digits"],
    ),
    "id not the file's": (
        'id = "REF001"',
        'id = "REF002"',
        ["id: 'REF002' is not the name of the file; call the file REF002.toml or mend the id"],
    ),
    "id of another area": (
        'id = "REF001"',
        'id = "CLO001"',
        [
            "id: 'CLO001' belongs into the folder 'closure', not 'referral'; move the file",
            "id: 'CLO001' is not the name of the file; call the file CLO001.toml or mend the id",
        ],
    ),
    "name in capitals": (
        '"visit-without-form"',
        '"Visit without form"',
        ["name: 'Visit without form' is not in small letters joined by hyphens, as in child-without-referral"],
    ),
    "no finding shown": ('outcome = "finding"', 'outcome = "not_due"', ["example: none comes out as finding; add one"]),
    "no pass shown": ('outcome = "pass"', 'outcome = "not_due"', ["example: none comes out as pass; add one"]),
    "no undetermined shown": (
        'outcome = "undetermined"',
        'outcome = "not_due"',
        ["example: none comes out as undetermined; add one"],
    ),
    "unknown fact in an example": (
        "{ has_form = false }",
        "{ has_from = false }",
        ["example 1: unknown fact 'has_from'; did you mean 'has_form'?"],
    ),
    "unknown outcome": (
        'outcome = "pass"',
        'outcome = "pas"',
        ["example 2: outcome: unknown outcome 'pas'; did you mean 'pass'?", "example: none comes out as pass; add one"],
    ),
    "unknown key of an example": (
        'name = "form"',
        'nmae = "form"',
        ["example 2: missing key 'name'", "example 2: unknown key 'nmae'; did you mean 'name'?"],
    ),
    "two examples of one name": (
        'name = "form"',
        'name = "no form"',
        ["example 2: name: 'no form' is that of an earlier example; give it its own"],
    ),
    "text for yes/no": (
        "{ has_form = false }",
        '{ has_form = "no" }',
        ["example 1: has_form: write true or false"],
    ),
    "number for yes/no": (
        "{ has_form = false }",
        "{ has_form = 0 }",
        ["example 1: has_form: write true or false"],
    ),
    "yes/no for a number": ("{ has_form = false }", "{ guests = true }", ["example 1: guests: write a whole number"]),
    "broken number": ("{ has_form = false }", "{ guests = 1.5 }", ["example 1: guests: write a whole number"]),
    "text for a number": ("{ has_form = false }", '{ hours = "1" }', ["example 1: hours: write a number"]),
    "number for a text": (
        "{ has_form = false }",
        "{ weather = 1 }",
        ["example 1: weather: write a text in quotation marks"],
    ),
    "date-time for a date": (
        "{ has_form = false }",
        "{ day = 2026-11-21T09:00:00Z }",
        ["example 1: day: write a date, for example 2026-11-21"],
    ),
    "date-time without offset": (
        "{ has_form = false }",
        "{ ended_at = 2026-11-21T09:00:00 }",
        ["example 1: ended_at: write a date-time with its offset, for example 2026-11-21T10:00:00Z"],
    ),
    "unknown where it never is": (
        'unknown = ["has_form"]',
        'unknown = ["has_form", "is_long"]',
        ["example 3: is_long: can never be unknown; give it a value"],
    ),
    "unknown and given": (
        'unknown = ["has_form"]',
        'facts = { has_form = true }\nunknown = ["has_form"]',
        ["example 3: has_form: is given and unknown; delete one of them"],
    ),
    "unknown fact under unknown": (
        'unknown = ["has_form"]',
        'unknown = ["has_from"]',
        ["example 3: unknown fact 'has_from'; did you mean 'has_form'?"],
    ),
    "unnamed example": ('name = "form"', 'name = ""', ["example 2: name: write one line that says what the case is"]),
    "a number beyond all measure": (
        "{ has_form = false }",
        "{ guests = 99999999999999999999 }",
        ["example 1: guests: write a whole number"],
    ),
    "a time beyond all measure": (
        "{ has_form = false }",
        "{ ended_at = 0001-01-01T00:00:00+14:00 }",
        ["example 1: ended_at: write a date-time with its offset, for example 2026-11-21T10:00:00Z"],
    ),
    "unknown no list": (
        'unknown = ["has_form"]',
        'unknown = "has_form"',
        ['example 3: unknown: write a list of facts, for example ["is_child"]'],
    ),
    "facts no table": (
        "{ has_form = false }",
        "false",
        ["example 1: facts: write a table, for example { is_child = true }"],
    ),
    "as_of without offset": (
        'outcome = "pass"',
        'outcome = "pass"\nas_of = 2026-11-21T09:00:00',
        ["example 2: as_of: write a date-time with its offset, for example 2026-11-22T02:00:00Z"],
    ),
    "invisible character": (
        '"NOT has_form"',
        '"NOT has_form\\u200b"',
        ["violation: holds an invisible character (U+200B); delete it"],
    ),
}


@pytest.mark.parametrize(("old", "new", "faults"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_one_line_with_file_key_and_remedy(old: str, new: str, faults: list[str], spoil: Spoil) -> None:
    assert sorted(spoil((old, new))) == sorted(f"referral/REF001.toml: {fault}" for fault in faults)


POLICY_FAULTS = {
    "no version": (
        'version = "1.0.0"',
        "",
        ['version: is missing or no text; write the version of the pack, for example "1.0.0"'],
    ),
    "version no text": (
        '"1.0.0"',
        "1.0",
        ['version: is missing or no text; write the version of the pack, for example "1.0.0"'],
    ),
    "unknown key": (
        'version = "1.0.0"',
        'version = "1.0.0"\nverison = 2',
        ["unknown key 'verison'; did you mean 'version'?"],
    ),
    "no policy": (
        "[policy]",
        "[polcy]",
        [
            "policy: is missing or no table; write the values under a heading [policy]",
            "unknown key 'polcy'; did you mean 'policy'?",
        ],
    ),
    "missing value": ("flag_due_days = 1\n", "", ["policy: flag_due_days: Field required"]),
    "value not allowed": (
        "flag_due_days = 1",
        "flag_due_days = -1",
        ["policy: flag_due_days: Input should be greater than or equal to 0"],
    ),
}


@pytest.mark.parametrize(("old", "new", "faults"), POLICY_FAULTS.values(), ids=POLICY_FAULTS)
def test_a_fault_of_the_policy_is_one_line_too(old: str, new: str, faults: list[str], spoil: Spoil) -> None:
    assert spoil((old, new), file="policy.toml") == [f"policy.toml: {fault}" for fault in sorted(faults)]


def test_an_unknown_policy_value_names_the_nearest(spoil: Spoil) -> None:
    (missing, unknown) = spoil(("search_code", "serch_code"), file="policy.toml")

    assert missing == "policy.toml: policy: search_code: Field required"
    assert unknown.startswith("policy.toml: policy: unknown key 'serch_code'; did you mean 'search_code'?")


def test_all_faults_of_all_files_are_reported_together(
    folder: Path, tables: dict[str, Subject], good_rule: str, spoil: Spoil
) -> None:
    add_rule(folder, good_rule.replace("NOT has_form", "COUNT(*) > 1"), "CLO001", "second", area="closure")
    (folder / "policy.toml").unlink()
    (folder / "closure" / "CLO002.toml").write_text("id = \n")

    lines = spoil(("is_long", "is_lung"), ('"high"', '"higher"'), ("has_form = true", "has_fort = true"))

    assert lines == [
        "closure/CLO001.toml: violation: COUNT is not permitted: whatever looks at several rows is a fact, "
        "never SQL in a rule",
        "closure/CLO002.toml: is no TOML (Invalid value (at line 1, column 6)); mend that line",
        "policy.toml: no such file; it states the version of the pack and its policy",
        "referral/REF001.toml: applies: unknown fact 'is_lung'; did you mean 'is_long'?",
        "referral/REF001.toml: example 2: unknown fact 'has_fort'; did you mean 'has_form'?",
        "referral/REF001.toml: severity: unknown severity 'higher'; did you mean 'high'? "
        "(known: critical, high, medium, low)",
    ]


def test_an_id_and_a_name_are_given_once(folder: Path, tables: dict[str, Subject], good_rule: str) -> None:
    (folder / "referral" / "REF002.toml").write_text(good_rule, encoding="utf-8")

    assert refused(folder, tables) == [
        "referral/REF002.toml: id: 'REF001' is not the name of the file; call the file REF001.toml or mend the id",
        "referral/REF002.toml: id: 'REF001' is that of referral/REF001.toml too; give each rule its own",
        "referral/REF002.toml: name: 'visit-without-form' is that of referral/REF001.toml too; give each rule its own",
    ]


def test_what_is_special_about_a_rule_is_read_from_its_file(
    folder: Path, tables: dict[str, Subject], good_rule: str
) -> None:
    special = 'subject = "referral"\nabout = "referral"\ncounted_in = "hub reconciliation"'
    add_rule(folder, good_rule.replace('subject = "visit"', special), "REF002", "another")

    pack = load_rules(folder, {**tables, "referral": tables["visit"]})

    assert [(rule.rule.about, rule.rule.counted_in) for rule in pack.rules] == [
        (None, None),
        (About.REFERRAL, ReportPart.HUB),
    ]
    assert pack.rule_counted_in(ReportPart.HUB) is pack.rules[1]
    assert pack.rule_counted_in(ReportPart.DAILY_SEARCH) is None


@pytest.mark.parametrize(
    ("subject", "part"), [("referral", "hub reconciliation"), ("incident", "daily search"), ("incident_child", None)]
)
def test_the_hub_and_the_daily_search_count_one_rule_each(
    subject: str, part: str | None, folder: Path, tables: dict[str, Subject], good_rule: str
) -> None:
    special = f'subject = "{subject}"\ncounted_in = "{part or "child coverage"}"'
    text = good_rule.replace('subject = "visit"', special)
    add_rule(folder, text, "CLO001", "first", area="closure")
    add_rule(folder, text, "REF002", "second")
    known = {**tables, subject: tables["visit"]}

    if part is None:  # of coverage there are as many as a pack has
        assert [rule.rule.counted_in for rule in load_rules(folder, known).rules].count(ReportPart.COVERAGE) == 2
    else:
        assert refused(folder, known) == [
            f"referral/REF002.toml: counted_in: {part} counts closure/CLO001.toml already; "
            "take the key out of one of them"
        ]


@pytest.mark.parametrize(
    "stray",
    [
        "REF002.toml",
        "other/REF002.toml",
        "referral/old/REF002.toml",
        "referral/REF002.TOML",
        "referral/REF002.toml.txt",
    ],
)
def test_a_rule_file_where_none_belongs_is_never_passed_over(
    stray: str, folder: Path, tables: dict[str, Subject], good_rule: str
) -> None:
    (folder / stray).parent.mkdir(exist_ok=True)
    (folder / stray).write_text(good_rule.replace("REF001", "REF002"), encoding="utf-8")

    (line,) = refused(folder, tables)

    assert line == (
        f"{stray}: is not where a rule belongs; call it <area>/<ID>.toml "
        "(areas: referral, closure, flag, risk, child, history, encompass, missing)"
    )


def test_other_files_may_lie_in_the_pack(folder: Path, tables: dict[str, Subject]) -> None:
    (folder / "README.md").write_text("about the pack")
    (folder / "referral" / "notes.txt").write_text("about the rules")

    assert len(load_rules(folder, tables).rules) == 1


def test_a_file_that_is_no_utf8_text_is_refused(folder: Path, tables: dict[str, Subject]) -> None:
    (folder / "referral" / "REF001.toml").write_bytes("id = “REF001”".encode("utf-16"))

    assert refused(folder, tables) == [
        "referral/REF001.toml: cannot be read; save it as text in UTF-8 that the checker may open"
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_that_leads_nowhere_is_refused(folder: Path, tables: dict[str, Subject]) -> None:
    (folder / "referral" / "REF002.toml").symlink_to(folder / "gone.toml")

    assert refused(folder, tables) == [
        "referral/REF002.toml: cannot be read; save it as text in UTF-8 that the checker may open"
    ]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to this user")
def test_a_folder_that_may_not_be_opened_is_never_passed_over(folder: Path, tables: dict[str, Subject]) -> None:
    (folder / "closure").mkdir(mode=0o000)
    try:
        assert refused(folder, tables) == ["closure: cannot be opened; allow it"]
    finally:
        (folder / "closure").chmod(0o755)


def test_a_folder_that_is_missing_or_holds_no_rule_is_refused(folder: Path, tables: dict[str, Subject]) -> None:
    (folder / "referral" / "REF001.toml").unlink()

    assert refused(folder, tables) == [
        "referral: no rule file here or in any other area; a pack without rules finds nothing"
    ]
    with pytest.raises(RulePackError, match="nowhere: no such folder; name the folder of the rule pack under `rules`"):
        load_rules(folder / "nowhere", tables)


def test_the_digest_is_that_of_the_texts_in_the_order_of_their_names(
    folder: Path, tables: dict[str, Subject], good_rule: str
) -> None:
    add_rule(folder, good_rule, "CLO001", "first", area="closure")
    in_order = [folder / "closure" / "CLO001.toml", folder / "policy.toml", folder / "referral" / "REF001.toml"]
    expected = hashlib.sha256(b"".join(file.read_bytes() for file in in_order)).hexdigest()

    assert load_rules(folder, tables).digest == expected


def test_the_digest_is_the_same_with_the_line_ends_and_the_byte_order_mark_of_windows(
    folder: Path, tables: dict[str, Subject]
) -> None:
    before = load_rules(folder, tables).digest
    for file in folder.rglob("*.toml"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))

    assert load_rules(folder, tables).digest == before


@pytest.mark.parametrize("file", ["referral/REF001.toml", "policy.toml"])
def test_the_digest_changes_with_every_letter(file: str, folder: Path, tables: dict[str, Subject]) -> None:
    before = load_rules(folder, tables).digest
    with (folder / file).open("a", encoding="utf-8") as stream:
        stream.write("# a comment\n")

    assert load_rules(folder, tables).digest != before
