"""The command line as its user meets it: help, verdicts, exit codes, terminals, pipes and interruptions."""

import contextlib
import hashlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from csv import DictReader
from pathlib import Path
from shutil import copytree

import pytest
import time_machine
import typer

from checker import __version__
from checker.cli import app
from checker.models import Outcome
from tests.command import AS_OF, MESSY, NIGHTLY, ROOT, TABLES, Done, checker, environment, process, small_extract

RULES = {file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted((ROOT / "rules").glob("*/*.toml"))}
REPORT = {"exceptions.xlsx", "findings.csv", "rejected.csv", "run.json"}
needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals and signals")


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    return small_extract(tmp_path / "extract")


def check(extract: Path, *arguments: object, **variables: str) -> Done:
    """Check the extract into `out` beside it, as of the moment that it describes unless the arguments say another."""
    moment = () if "--as-of" in arguments or "CHECKER_AS_OF" in variables else ("--as-of", AS_OF)
    out = () if "--out" in arguments else ("--out", extract.parent / "out")
    return checker("check", extract, *moment, *out, *arguments, variables=variables)


def record(extract: Path, folder: str = "out") -> dict[str, dict[str, dict[str, object]]]:
    content: dict[str, dict[str, dict[str, object]]] = json.loads(
        (extract.parent / folder / "run.json").read_text("utf-8")
    )
    return content


def words(done: Done, first: str) -> list[str]:
    """The words of the line that begins so."""
    return next(line.split() for line in done.out.splitlines() if line.startswith(first))


def one_line(text: str) -> str:
    return " ".join(text.split())


# --- help


def commands() -> Iterator[list[str]]:
    """Every command and every group of commands, as it is typed after `checker`."""
    waiting: list[tuple[list[str], object]] = [([], typer.main.get_command(app))]
    for typed, command in waiting:
        yield typed
        waiting += [([*typed, name], below) for name, below in getattr(command, "commands", {}).items()]


def example_of(command: list[str]) -> str:
    (line,) = [line.strip() for line in checker(*command, "--help").out.splitlines() if "Example:" in line]
    assert line.startswith(" ".join(["Example: checker", *command]))
    return line.removeprefix("Example: checker ")


def test_the_commands_are_those_of_the_readme() -> None:
    assert sorted(" ".join(command) for command in commands()) == [
        "",
        "audit",
        "check",
        "collect",
        "explain",
        "findings",
        "history",
        "nightly",
        "purge",
        "replay",
        "report",
        "rules",
        "rules diff",
        "rules list",
        "rules new",
        "rules show",
        "rules test",
        "runs",
        "runs show",
        "sample-size",
        "serve",
        "status",
        "store",
        "store upgrade",
        "sweep",
        "sweep begin",
        "sweep next",
        "sweep report",
        "sweep sign-off",
        "sweep status",
        "validate",
    ]


def test_every_help_has_a_line_that_can_be_pasted_and_works(tmp_path: Path) -> None:
    copytree(ROOT / "rules", tmp_path / "rules")
    copytree(ROOT / "sample_data", tmp_path / "sample_data")
    copytree(NIGHTLY, tmp_path / "inbox" / "nightly")
    # `rules new` writes into this pack.
    settings = 'rules = "rules"\nstore.url = "sqlite:///checker.db"\nschedule.inbox = "inbox"\n'
    (tmp_path / "checker.toml").write_text(settings)
    stays = ["serve"]  # tests/schedule has it end
    for command in sorted(commands(), key=lambda command: (command != ["check"], command == ["rules", "new"])):
        if command == stays:
            continue
        with time_machine.travel("2026-11-22T04:00:00+00:00"):  # when the sample of that night is not yet stale
            done = checker(*shlex.split(example_of(command)), folder=tmp_path)
        logged = [json.loads(line)["level"] for line in done.err.splitlines()]
        assert (done.code, set(logged)) == (0, {"INFO"} if command == ["nightly"] else set()), command
        assert done.out, command
        if command == ["check"]:
            copytree(tmp_path / "out" / "nightly", tmp_path / "returns")  # its workbook, not filled in


def test_the_first_words_of_every_help_fit_the_list_of_commands() -> None:
    for listed in (checker("--help"), checker("rules", "--help")):
        assert listed.code == 0
        assert "..." not in listed.out.partition("Commands:")[2]


def test_help_waits_for_no_heavy_import() -> None:
    heavy = {"polars", "pydantic", "rich", "openpyxl", "sqlglot", "sqlalchemy", "alembic", "apscheduler"}
    code = f"import sys, checker.cli; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_the_version_is_that_of_the_package() -> None:
    assert checker("--version") == Done(0, f"checker {__version__}\n", "")


# --- check


def test_a_check_says_what_it_found_and_where_the_workbook_is(extract: Path) -> None:
    done = check(extract)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Checked 2 incidents as of 22/11/2026 02:00 GMT.\n")
    # rule, then exceptions, cannot tell, not yet due, passed
    assert words(done, "REF001")[-4:] == ["1", "0", "0", "1"]
    assert words(done, "CLO001")[-4:] == ["1", "0", "0", "1"]
    assert words(done, "CLO002")[-4:] == ["0", "0", "0", "2"]
    assert words(done, "CLO003")[-4:] == ["1", "0", "0", "1"]
    assert "\n3 exceptions (1 critical, 2 high). 0 cannot tell, 0 not yet due.\n" in done.out
    assert done.out.endswith(f"\nWorkbook: {extract.parent / 'out' / 'exceptions.xlsx'}\n")
    assert {file.name for file in (extract.parent / "out").iterdir()} == REPORT


def test_the_rules_are_listed_by_severity(extract: Path) -> None:
    listed = [line.split()[0] for line in check(extract).out.splitlines() if re.match(r"[A-Z]{3}\d{3} ", line)]
    critical = ["HIS002", "REF001", "REF002", "REF005"]
    high = ["CHD001", "CLO001", "CLO002", "CLO003", "FLG001", "FLG002", "HIS001", "REF004", "RSK001"]
    not_run = ["ENC001", "REF006", "MIS001", "MIS002", "MIS003"]
    assert listed == [*critical, *high, "FLG003", "REF003", "FLG004", *not_run]


def test_rejected_records_are_told_of(extract: Path) -> None:
    small_extract(extract, children=TABLES["children"] + "I2,,2018-03-04\n")
    assert "\n1 record rejected, so that no rule could use them; rejected.csv says why.\n" in check(extract).out


@pytest.mark.parametrize(("severity", "code"), [("critical", 0), ("high", 1), ("HIGH", 1), ("medium", 1), ("low", 1)])
def test_fail_on_gives_1_where_a_finding_is_that_severe_or_more(extract: Path, severity: str, code: int) -> None:
    small_extract(
        extract, referrals=TABLES["referrals"] + "R2,I2,C2,2026-11-20T12:00\n"
    )  # leaves CLO001, which is high
    done = check(extract, "--fail-on", severity)
    assert (done.code, done.err) == (code, "")
    assert record(extract)["rules"]["CLO001"]["finding"] == 1  # the report is written all the same


def test_fail_on_takes_no_account_of_what_cannot_be_told(extract: Path) -> None:
    small_extract(extract, incidents=TABLES["incidents"].replace("DOM,yes,DASH-2", "DOM,,"))
    done = check(extract, "--fail-on", "low")
    assert words(done, "REF001")[-4:] == ["0", "1", "0", "1"]
    assert done.code == 0


def test_an_unknown_severity_is_refused_before_the_run(extract: Path) -> None:
    done = check(extract, "--fail-on", "hihg")
    assert done == Done(
        2, "", "checker: --fail-on: 'hihg' is no severity; did you mean 'high'? (known: critical, high, medium, low)\n"
    )
    assert not (extract.parent / "out").exists()


def test_a_rule_that_did_not_run_never_looks_clean(extract: Path) -> None:
    small_extract(extract, plans=None, flags=None)
    done = check(extract)
    assert done.code == 0
    for rule in ("FLG001", "FLG002", "FLG003", "FLG004", "ENC001", "MIS001", "REF006"):
        assert words(done, rule)[-5:] == ["not", "run", "–", "–", "–"]
    said = one_line(done.out)
    assert "FLG001, FLG002, FLG003, FLG004 (not run: the extract has no plans and no flags table)" in said
    assert "REF006 (not run: the extract has no hub_receipts table and no hub_received_at column in referrals)" in said
    assert "Whatever these rules would have found is not in this workbook." in said


def test_no_exception_is_said_of_the_rules_that_ran_alone(extract: Path) -> None:
    small_extract(extract, incidents=TABLES["incidents"].replace("DOM,yes,DASH-2", "DOM,no,"), flags=None)
    said = one_line(check(extract).out)
    assert "No exceptions found by the 12 rules that ran." in said  # all but ENC, FLG, MIS and REF006
    assert "FLG001, FLG002, FLG003, FLG004 (not run: the extract has no flags table)" in said


def test_an_extract_without_an_incident_is_not_a_clean_one(extract: Path) -> None:
    empty = {name: text.splitlines()[0] + "\n" for name, text in TABLES.items()}
    small_extract(extract, **empty)
    done = check(extract)
    assert done.code == 0
    assert "None of them had a case to check." in one_line(done.out)
    assert "\nNo incident was accepted: nothing was found because nothing could be.\n" in done.out


# A fact as a developer may write it, which fails on data that he did not think of, and a rule that reads it.
NEW_FACT = """
import dataclasses, datetime, polars as pl
from checker.cli import main
from checker.facts import SUBJECTS, Fact
from checker.london_time import start_of_day

number = Fact("number", pl.Int64(), "its reference as a number", 1, lambda _: EXPRESSION)
incident = SUBJECTS["incident"]
SUBJECTS["incident"] = dataclasses.replace(incident, facts=(*incident.facts, number))
main()
"""
RAISES = "pl.col('incident_ref').cast(pl.Int64)"  # which strictly casts no text with a letter
PANICS = "start_of_day(pl.col('reported_at').dt.date() + pl.duration(days=99_999_999)).dt.epoch('d')"


def check_with_new_fact(extract: Path, expression: str) -> Done:
    pack = copytree(ROOT / "rules", extract.parent / "rules")
    text = (pack / "closure" / "CLO002.toml").read_text("utf-8")
    for old, new in (
        ('"CLO002"', '"CLO009"'),
        ('"not-closed-within-window"', '"numbered"'),
        ('"is_domestic_abuse"\n', '"is_domestic_abuse AND number > 0"\n'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    (pack / "closure" / "CLO009.toml").write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", NEW_FACT.replace("EXPRESSION", expression), "check", str(extract), "--as-of", AS_OF],
        env=environment() | {"CHECKER_RULES": str(pack), "CHECKER_REPORT__FOLDER": str(extract.parent / "out")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("expression", [RAISES, PANICS], ids=["an error", "a panic of Polars"])
def test_a_rule_that_raises_is_an_error_and_the_others_still_report(extract: Path, expression: str) -> None:
    done = check_with_new_fact(extract, expression)
    assert done.code == 15, done.err
    assert "Traceback" not in done.err
    assert words(done, "CLO009")[-4:] == ["error", "–", "–", "–"]
    assert "NOT CHECKED: " in done.out
    assert "CLO009 (error: the rule could not be evaluated" in one_line(done.out)
    assert not re.search(r"\bI[12]\b", done.out + done.err)  # no value of a row
    rules = record(extract)["rules"]
    assert {rule: result["status"] for rule, result in rules.items()} == dict.fromkeys(RULES, "run") | dict.fromkeys(
        ("ENC001", "MIS001", "MIS002", "MIS003", "REF006"), "not_run"
    ) | {"CLO009": "error"}
    assert (rules["CLO001"]["finding"], rules["REF001"]["finding"], rules["CLO009"]["finding"]) == (1, 1, None)
    assert done.out.endswith(f"Workbook: {extract.parent / 'out' / 'exceptions.xlsx'}\n")


# --- validate


def test_validate_counts_every_row_and_says_what_is_wrong_with_each(tmp_path: Path) -> None:
    done = checker("validate", MESSY, folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    for planted in DictReader((MESSY / "expected_counts.csv").read_text("utf-8").splitlines()):
        counts = [planted[name] for name in ("rows_read", "accepted", "rejected", "collapsed", "orphaned")]
        assert words(done, f"{planted['table']} ")[-5:] == counts
    assert "\nincidents.csv row 50: 9 cells for 21 columns\n" in done.out
    assert "Not in the extract" not in done.out
    assert list(tmp_path.iterdir()) == []


def test_validate_shows_so_many_rejections_and_counts_the_rest(extract: Path) -> None:
    small_extract(extract, children=TABLES["children"] + "".join(f"I2,C{n},soon\n" for n in range(3, 63)))
    done = checker("validate", extract, "--as-of", AS_OF)
    assert len(re.findall(r"^children\.csv row \d+: date_of_birth is not a date", done.out, re.MULTILINE)) == 50
    assert "\nand 10 more rejected rows; `checker check` lists them all in rejected.csv\n" in done.out


def test_validate_names_the_tables_that_are_not_there(extract: Path) -> None:
    small_extract(extract)
    assert (
        "Not in the extract: notifications, missing_episodes, hub_receipts, code_history. "
        "A rule that needs one of them is not run."
    ) in " ".join(checker("validate", extract, "--as-of", AS_OF).out.split())


# --- rules


def test_rules_list_has_a_line_for_each_rule_in_plain_words() -> None:
    done = checker("rules", "list")
    assert done.code == 0
    for rule, stated in RULES.items():
        assert words(done, rule)[:3] == [rule, stated["name"], stated["severity"]]
        assert stated["summary"].split()[-1] in done.out


@pytest.mark.parametrize("rule", RULES)
def test_rules_show_gives_the_whole_rule(rule: str) -> None:
    said, stated = one_line(checker("rules", "show", rule).out), RULES[rule]
    for key in ("name", "summary", "severity", "applies", "violation", "due_at", "source", "guidance", "known_limits"):
        assert one_line(stated[key]) in said, key
    assert ("plans and flags table; not run without" in said) == rule.startswith("FLG")


@pytest.mark.parametrize("command", ["show", "test"])
def test_an_unknown_rule_names_the_nearest(command: str) -> None:
    done = checker("rules", command, "CLO004")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("checker: no rule 'CLO004' in the pack; did you mean 'CLO00")


def test_rules_test_runs_the_examples_of_one_rule_or_of_all() -> None:
    examples = {rule: len(stated["example"]) for rule, stated in RULES.items()}
    assert checker("rules", "test") == Done(0, f"{len(RULES)} rules, {sum(examples.values())} examples, 0 faults\n", "")
    assert checker("rules", "test", "REF001") == Done(0, f"1 rule, {examples['REF001']} examples, 0 faults\n", "")


def test_rules_test_names_an_example_that_comes_out_otherwise(tmp_path: Path) -> None:
    file = copytree(ROOT / "rules", tmp_path / "rules") / "closure" / "CLO002.toml"
    text = file.read_text("utf-8")
    name = "closed after exactly 24:00:00"
    spoilt = re.sub(rf'({name}".*?outcome = )"pass"', r'\1"not_due"', text, count=1, flags=re.DOTALL)
    assert spoilt != text
    file.write_text(spoilt, "utf-8")
    done = checker("rules", "test", "CLO002", variables={"CHECKER_RULES": str(tmp_path / "rules")})
    assert done.code == 12
    assert f"closure/CLO002.toml: example '{name}': gives pass, where the file says not_due\n" in done.out
    assert done.out.endswith(f"1 rule, {len(RULES['CLO002']['example'])} examples, 2 faults\n")  # alone, and together


def test_rules_new_starts_a_rule_that_the_pack_waits_for(tmp_path: Path) -> None:
    copytree(ROOT / "rules", tmp_path / "rules")
    (tmp_path / "checker.toml").write_text('rules = "rules"')
    done = checker("rules", "new", "REF007", folder=tmp_path)
    file = Path("rules") / "referral" / "REF007.toml"
    assert done.code == 0
    assert done.out.startswith(f"{file}: fill it in, then run `checker rules test REF007`; until then")
    assert 'id = "REF007"' in (tmp_path / file).read_text("utf-8")
    unfilled = checker("rules", "list", folder=tmp_path)
    assert (unfilled.code, unfilled.out) == (12, "")
    assert all(line.startswith(f"checker: {file}: ") for line in unfilled.err.splitlines())
    again = checker("rules", "new", "REF007", folder=tmp_path)
    assert again == Done(2, "", f"checker: {file}: this rule is there already; take another number\n")
    assert checker("rules", "new", "ABC001", folder=tmp_path).code == 2


# --- explain


def finding_id(rule: str, incident: str, child: str) -> str:
    """The id of a verdict on an incident-child pair: the rule, and a digest of the names and values of its key."""
    key = json.dumps([["incident_ref", "child_ref"], [incident, child]])
    return f"{rule}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


EXPLAINED = {
    # outcome: as of, domestic abuse marker of I2, incident and child, verdict, clauses with their values
    Outcome.FINDING: (AS_OF, "yes", "2", "finding: the rule applies", ("true", "true", "true", "true", "false")),
    Outcome.PASS: (AS_OF, "yes", "1", "pass: the rule applies", ("true", "true", "true", "false", "true")),
    Outcome.NOT_DUE: ("2026-11-21T11:00", "yes", "2", "not yet due: ", ("true", "true", "true", "true", "false")),
    Outcome.UNDETERMINED: (AS_OF, "", "2", "cannot tell: ", ("unknown", "unknown", "true", "true", "false")),
    Outcome.OUT_OF_SCOPE: (AS_OF, "no", "2", "out of scope: ", ("false", "false", "true", "true", "false")),
}
CLAUSES = ("is_domestic_abuse AND is_child", "is_domestic_abuse", "is_child", "NOT is_covered", "is_covered")


@pytest.mark.parametrize("outcome", EXPLAINED)
def test_explain_takes_any_verdict_apart(extract: Path, outcome: Outcome) -> None:
    as_of, marker, number, verdict, values = EXPLAINED[outcome]
    small_extract(extract, incidents=TABLES["incidents"].replace("DOM,yes,DASH-2", f"DOM,{marker},"))
    check(extract, "--as-of", as_of)
    name = finding_id("REF001", f"I{number}", f"C{number}")
    done = checker("explain", name, "--out", extract.parent / "out")
    assert (done.code, done.err) == (0, "")
    said = one_line(done.out)
    assert said.startswith(
        f"Verdict {name} rule REF001 da-child-without-referral, critical: {RULES['REF001']['summary']}"
    )
    assert f" verdict {verdict}" in said
    assert f" due 21/11/2026 {'11' if number == '2' else '10'}:00 GMT as of " in said
    message = RULES["REF001"]["message"].get(outcome)
    assert message is None or f" message {one_line(message)} due " in said
    shown = dict(
        re.findall(rf"^(?:applies|violation)? *({'|'.join(CLAUSES)}) +(true|false|unknown) *$", done.out, re.M)
    )
    assert tuple(shown[clause] for clause in CLAUSES) == values
    # The facts, each with its value and what it means.
    assert f" incident_ref I{number} log or occurrence reference child_ref C{number} " in said
    assert f" is_covered {values[4]} whether a referral for the child" in said
    # What is listed bears this id too.
    findings = (extract.parent / "out" / "findings.csv").read_text("utf-8").splitlines()
    listed = {row["finding_id"]: row["outcome"] for row in DictReader(findings)}
    assert listed.get(name) == (outcome if outcome in RULES["REF001"]["message"] else None)


def test_explain_shows_a_fact_that_is_blank_as_blank(extract: Path) -> None:
    small_extract(extract, incidents=TABLES["incidents"].replace("2026-11-20T13:00,DOM", ",DOM"))
    check(extract)
    key = json.dumps([["incident_ref"], ["I2"]])
    done = checker(
        "explain", f"CLO002-{hashlib.sha256(key.encode()).hexdigest()[:16]}", "--out", extract.parent / "out"
    )
    assert " closed_at blank when the incident was closed " in one_line(done.out)
    assert " closed_at IS NULL true " in one_line(done.out)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("ABC001-0123456789abcdef", "the id starts with no rule of the pack"),
        ("REF001-0123456789abcdef", "no subject of REF001 in this extract has that id; copy it from findings.csv"),
    ],
)
def test_explain_refuses_an_id_that_no_verdict_has(extract: Path, name: str, fault: str) -> None:
    check(extract)
    done = checker("explain", name, "--out", extract.parent / "out")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"checker: {name}: {fault}")


def test_explain_gives_no_verdict_of_a_rule_that_did_not_run(extract: Path) -> None:
    small_extract(extract, plans=None)
    check(extract)
    key = json.dumps([["child_ref"], ["C1"]])
    name = f"FLG001-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    done = checker("explain", name, "--out", extract.parent / "out")
    assert (done.code, done.out) == (2, "")
    assert "FLG001" in done.err
    assert "the extract has no plans table" in done.err


@pytest.mark.parametrize("content", [None, "{", "{}", "[]"])
def test_explain_refuses_a_folder_without_a_run(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    done = checker("explain", "REF001-0123456789abcdef", "--out", tmp_path)
    assert (done.code, done.out) == (11, "")
    assert done.err.count("\n") == 1
    assert done.err.startswith(
        f"checker: {tmp_path / 'run.json'}: is missing or no record of a run; give the report folder"
    )


def test_explain_refuses_an_extract_or_a_policy_that_changed_since(extract: Path) -> None:
    check(extract)
    name = finding_id("REF001", "I2", "C2")
    changed = checker(
        "explain", name, "--out", extract.parent / "out", variables={"CHECKER_POLICY__REFERRAL_DUE_HOURS": "48"}
    )
    assert (changed.code, changed.out) == (2, "")
    assert changed.err == "checker: the rules or the policy changed since that run; run `checker check` again\n"
    small_extract(extract, children=TABLES["children"].replace("2018", "2017"))
    changed = checker("explain", name, "--out", extract.parent / "out")
    assert (changed.code, changed.out) == (11, "")
    assert "changed since that run; run `checker check` again" in changed.err
    small_extract(extract, plans=None)  # and the children as they were
    gone = checker("explain", name, "--out", extract.parent / "out")
    assert (gone.code, gone.out) == (11, "")
    assert "plans" in gone.err


# --- flags, variables, file, defaults


def test_a_flag_wins_over_a_variable_which_wins_over_the_file_which_wins_over_the_default(extract: Path) -> None:
    home, variables = extract.parent, {"CHECKER_REPORT__FOLDER": "by_variable"}
    arguments = ("check", extract, "--as-of", AS_OF)
    checker(*arguments, folder=home)
    assert (home / "out" / "run.json").exists()
    (home / "sub").mkdir()
    (home / "sub" / "force.toml").write_text('[report]\nfolder = "by_file"')
    by_file = checker(*arguments, "--config", "sub/force.toml", folder=home)
    assert f"\nConfiguration: {home / 'sub' / 'force.toml'}\n" in by_file.out
    assert (home / "sub" / "by_file" / "run.json").exists()  # relative to the file
    checker(*arguments, "--config", "sub/force.toml", folder=home, variables=variables)
    assert (home / "by_variable" / "run.json").exists()  # relative to the working folder
    checker(*arguments, "--config", "sub/force.toml", "--out", "by_flag", folder=home, variables=variables)
    assert (home / "by_flag" / "run.json").exists()
    assert len(list(home.rglob("run.json"))) == 4


def test_the_moment_is_the_flag_s_then_the_variable_s_then_the_manifest_s(extract: Path) -> None:
    (extract / "manifest.json").write_text('{"extracted_at": "2026-11-23T02:00"}')
    by_manifest = checker("check", extract, "--out", extract.parent / "out")
    by_variable = check(extract, CHECKER_AS_OF="2026-11-24T02:00")
    by_flag = check(extract, "--as-of", "2026-11-25T02:00", CHECKER_AS_OF="2026-11-24T02:00")
    for day, done in ((23, by_manifest), (24, by_variable), (25, by_flag)):
        assert done.out.startswith(f"Checked 2 incidents as of {day}/11/2026 02:00 GMT.\n")


def test_the_file_is_the_flag_s_then_the_variable_s_then_the_working_folder_s_then_the_extract_s(extract: Path) -> None:
    home = extract.parent
    for folder, name in ((extract, "extract"), (home, "working"), (home / "v", "variable"), (home / "f", "flag")):
        folder.mkdir(exist_ok=True)
        (folder / "checker.toml").write_text(f'[policy]\nsearch_code = "{name}"')

    def code(*arguments: object, folder: Path = home, **variables: str) -> object:
        where = ("--as-of", AS_OF, "--out", home / "out", *arguments)
        assert checker("check", extract, *where, folder=folder, variables=variables).code == 0
        return record(extract)["policy"]["search_code"]

    (home / "elsewhere").mkdir()
    assert code(folder=home / "elsewhere") == "extract"
    assert code() == "working"
    assert code(CHECKER_CONFIG="v/checker.toml") == "variable"
    assert code("--config", "f/checker.toml", CHECKER_CONFIG="v/checker.toml") == "flag"
    assert code("--config", "f/checker.toml", CHECKER_POLICY__SEARCH_CODE="QL24") == "QL24"


def test_the_policy_that_is_overridden_is_the_one_that_judges(extract: Path) -> None:
    assert words(check(extract, CHECKER_POLICY__SEARCH_CODE="ABC"), "CLO001")[-4:] == ["2", "0", "0", "0"]
    assert words(check(extract, CHECKER_POLICY__REFERRAL_DUE_HOURS="72"), "REF001")[-4:] == ["0", "0", "1", "1"]


# --- terminals, pipes, interruptions


def on_terminal(*arguments: object, columns: int) -> tuple[int, str]:
    """The exit code, and all that a terminal of that width was sent on stdout and stderr."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    started = subprocess.Popen(
        [sys.executable, "-m", "checker", *map(str, arguments)],
        env={name: value for name, value in environment().items() if name not in ("COLUMNS", "LINES")}
        | {"TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    sent = b""
    with contextlib.suppress(OSError):  # which is how a terminal ends on Linux
        while piece := os.read(ours, 65536):
            sent += piece
    os.close(ours)
    return started.wait(), sent.decode()


@needs_posix
@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_shows_progress_and_a_table_that_fits(tmp_path: Path, columns: int) -> None:
    code, sent = on_terminal("check", NIGHTLY, "--out", tmp_path / "o", columns=columns)
    assert code == 0
    assert re.search("reading the extract|validating|judging|writing the workbook", sent)
    summary = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", sent[sent.index("Checked ") :]).replace("\r", "")
    *lines, last = summary.rstrip().splitlines()
    assert max(map(len, lines)) <= columns
    assert last == f"Workbook: {tmp_path / 'o' / 'exceptions.xlsx'}"
    assert len(lines) <= 2 * len(RULES) + 12  # on a narrow screen some rules take two lines
    for part in ("Exceptions", "Cannot tell", "Not yet due", "Passed", "CLO001", "REF001"):
        assert part in summary


def test_a_pipe_gets_no_progress_and_lines_of_120_columns(tmp_path: Path) -> None:
    with process("check", NIGHTLY, "--out", tmp_path / "o") as started:
        out, err = started.communicate()
    assert (started.returncode, err) == (0, b"")
    *lines, last = out.decode().splitlines()
    assert max(map(len, lines)) <= 120
    assert last == f"Workbook: {tmp_path / 'o' / 'exceptions.xlsx'}"
    assert b"\x1b" not in out
    assert b"\r\r" not in out


def test_a_path_is_never_broken_across_lines(extract: Path) -> None:
    out = extract.parent / ("long" * 40) / "out"
    assert check(extract, "--out", out).out.splitlines()[-1] == f"Workbook: {out / 'exceptions.xlsx'}"


@needs_posix
def test_a_reader_who_leaves_early_changes_nothing(extract: Path) -> None:
    with process("check", extract, "--as-of", AS_OF, "--out", extract.parent / "out") as started:
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.close()
        assert started.stderr.read() == b""
    assert started.returncode == 0
    assert {file.name for file in (extract.parent / "out").iterdir()} == REPORT


@pytest.mark.parametrize("code_page", ["cp1252", "cp437"])
def test_a_code_page_that_lacks_a_sign_stops_nothing(extract: Path, code_page: str) -> None:
    (extract / "list ≥ 3 → 4.csv").write_text("")  # a file that no table uses is named in a note
    small_extract(extract, plans=None, flags=None)  # rules that are not run have dashes for numbers
    with process(
        "check", extract, "--as-of", AS_OF, "--out", extract.parent / "out", PYTHONIOENCODING=code_page
    ) as run:
        out, err = run.communicate()
    assert (run.returncode, err) == (0, b"")
    said = out.decode(code_page)
    assert "Note: list ? 3 ? 4.csv" in said or "Note: list ≥ 3 ? 4.csv" in said
    assert "NOT CHECKED" in said
    with process("check", extract.parent / "→", PYTHONIOENCODING=code_page) as run:
        out, err = run.communicate()
    assert (run.returncode, out) == (11, b"")
    assert "?: no such folder" in err.decode(code_page)


@needs_posix
def test_an_interrupted_check_leaves_one_line_and_nothing_written(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, "-m", "checker", "check", str(NIGHTLY), "--out", str(tmp_path / "out")],
        env=environment() | {"TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    sent = os.read(ours, 4096)  # it begins to show what it does: now it is at work
    started.send_signal(signal.SIGINT)
    with contextlib.suppress(OSError):
        while piece := os.read(ours, 4096):
            sent += piece
    os.close(ours)
    out, _ = started.communicate(timeout=30)
    assert started.returncode in (130, -signal.SIGINT)  # a shell makes 130 of both
    assert out == b""
    assert b"Traceback" not in sent
    said = [line for line in re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", sent).split(b"\r") if b"checker: " in line]
    assert [line.strip() for line in said] == [b"checker: interrupted; nothing half-written is left behind"]
    assert list(tmp_path.rglob("*.*")) == []


# --- errors


@pytest.mark.parametrize("arguments", [("--debug", "check", "nowhere"), ("check", "nowhere", "--debug")])
def test_debug_shows_the_traceback_wherever_it_stands(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = checker(*arguments, folder=tmp_path)
    assert (done.code, done.out) == (11, "")
    assert done.err.startswith("Traceback (most recent call last):\n")
    assert done.err.endswith(
        "\nchecker: nowhere: no such folder; give the folder that holds the files of the extract\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_fault_that_nobody_foresaw_is_one_line_too() -> None:
    for debug, lines in (((), 1), (("--debug",), 2)):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "checker", "rules", "list", *debug],
                env=environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        said = done.stderr.splitlines()
        assert done.returncode == 70  # none of the contract's: a scheduler must not take it for findings
        assert "checker: unexpected fault (OSError); run again with --debug and report it" in said
        assert (len(said) == 1) == (lines == 1)
