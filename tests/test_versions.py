"""A subject is judged by the version of a rule that was in force on its day, in everything that a run tells of it."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook

from checker.config import Config
from checker.evaluation import explain
from checker.facts import SUBJECTS
from checker.models import Outcome, RuleResult, RuleStatus, Run
from checker.pipeline.order import Order, prepare
from checker.pipeline.run import run_check, run_report
from checker.report.words import not_run
from checker.store import opened
from tests.command import AS_OF, ROOT, checker, small_extract

# Three open incidents without a search code: of the old days, of a gap in which no version counted, and of these days.
INCIDENTS = """\
incident_ref,reported_at,closed_at,closure_codes,domestic_abuse,district
OLD,2026-11-09T10:00,2026-11-09T12:00,DOM,yes,North
GAP,2026-11-12T10:00,2026-11-12T12:00,DOM,yes,North
NEW,2026-11-16T10:00,2026-11-16T12:00,DOM,yes,North
"""
EARLIER = (
    ("effective_from = 1900-01-01", "effective_from = 1900-01-01\neffective_to = 2026-11-11"),
    ('severity = "high"', 'severity = "low"'),
    ('due_at = "closed_or_reported_at"', 'due_at = "closure_due_at"'),
    ("This domestic abuse incident was closed", "By the old rule, this domestic abuse incident was closed"),
)
# The examples of the newest are about its due time: here one of each outcome is enough.
CLO001_EXAMPLES = """
[[example]]
name = "closed without the code"
facts = { has_search_code = false }
outcome = "finding"

[[example]]
name = "closed with it"
outcome = "pass"

[[example]]
name = "not known to be domestic abuse"
facts = { has_search_code = false }
unknown = ["is_domestic_abuse"]
outcome = "undetermined"
"""
FLG002_EXAMPLES = """
[[example]]
name = "both plans"
facts = { cin_plan_current = true, lac_plan_current = true }
outcome = "finding"

[[example]]
name = "one plan"
facts = { cin_plan_current = true }
outcome = "pass"

[[example]]
name = "one could not be read"
facts = { cin_plan_current = true }
unknown = ["lac_plan_current"]
outcome = "undetermined"
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The pack, in which CLO001 has an earlier version that gives more time, and no version on 12 November."""
    folder = copytree(ROOT / "rules", tmp_path / "rules")
    newest = folder / "closure" / "CLO001.toml"
    text = newest.read_text("utf-8")
    newest.write_text(changed(text, ("effective_from = 1900-01-01", "effective_from = 2026-11-13")), "utf-8")
    earlier = changed(text.partition("\n[[example]]")[0], *EARLIER) + CLO001_EXAMPLES
    (folder / "closure" / "CLO001.until-2026-11-11.toml").write_text(earlier, "utf-8")
    return folder


def changed(text: str, *replacements: tuple[str, str]) -> str:
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def order(tmp_path: Path, pack: Path, **tables: str) -> Order:
    return Order(small_extract(tmp_path / "extract", **tables), AS_OF, Config(rules=pack), None)


def clo001(run: Run) -> RuleResult:
    return run.record.rules["CLO001"]


def test_each_line_is_in_the_words_of_the_version_of_its_day(tmp_path: Path, pack: Path) -> None:
    run = run_check(order(tmp_path, pack, incidents=INCIDENTS))
    lines = run.findings.filter(rule_id="CLO001").sort("incident_ref", descending=True).to_dicts()
    assert [(line["incident_ref"], line["severity"], line["due_at"], line["hours_overdue"]) for line in lines] == [
        ("OLD", "low", datetime(2026, 11, 10, 10, tzinfo=UTC), 280.0),  # until 22 November, 02:00
        ("NEW", "high", datetime(2026, 11, 16, 12, tzinfo=UTC), 134.0),
    ]
    assert [line["message"].startswith("By the old rule") for line in lines] == [True, False]
    assert clo001(run).counts == {
        Outcome.FINDING: 2,
        Outcome.PASS: 0,
        Outcome.NOT_DUE: 0,
        Outcome.UNDETERMINED: 0,
        Outcome.OUT_OF_SCOPE: 1,  # that of the gap
    }
    assert run.measures is not None
    measured = run.measures.filter(rule_id="CLO001").select("week", "finding", "hours_late")
    assert [row[1:] for row in measured.sort("week").rows()] == [(1, [280.0]), (1, [134.0])]


def test_a_finding_keeps_its_id_under_another_version(tmp_path: Path, pack: Path) -> None:
    now = run_check(order(tmp_path, pack, incidents=INCIDENTS))
    ever = run_check(order(tmp_path, ROOT / "rules", incidents=INCIDENTS))
    ids = [
        dict(run.findings.filter(rule_id="CLO001").select("incident_ref", "finding_id").rows()) for run in (now, ever)
    ]
    assert set(ids[0]) == {"OLD", "NEW"}
    assert ids[0].items() <= ids[1].items()


def test_an_explanation_is_by_the_version_of_the_day(tmp_path: Path, pack: Path) -> None:
    given = order(tmp_path, pack, incidents=INCIDENTS)
    prepared = prepare(given)
    everywhere = run_check(order(tmp_path, ROOT / "rules", incidents=INCIDENTS)).findings.filter(rule_id="CLO001")
    told = {
        ref: explain(prepared.pack, prepared.tables, prepared.context, finding_id)
        for ref, finding_id in everywhere.select("incident_ref", "finding_id").rows()
    }
    assert {ref: (each.outcome, each.is_in_force, each.rule.rule.severity.value) for ref, each in told.items()} == {
        "OLD": ("finding", True, "low"),
        "GAP": ("out_of_scope", False, "high"),
        "NEW": ("finding", True, "high"),
    }
    assert told["OLD"].due_at == datetime(2026, 11, 10, 10, tzinfo=UTC)


def test_what_was_reported_on_no_day_of_a_rule_is_explained_so(tmp_path: Path, pack: Path) -> None:
    gap = run_check(order(tmp_path, ROOT / "rules", incidents=INCIDENTS)).findings.filter(
        rule_id="CLO001", incident_ref="GAP"
    )
    settings = {"CHECKER_RULES": str(pack)}
    out = tmp_path / "out"
    checked = checker("check", tmp_path / "extract", "--as-of", AS_OF, "--out", out, variables=settings)
    assert checked.code == 0, checked.err
    said = checker("explain", gap.item(0, "finding_id"), "--out", out, variables=settings).out
    words = " ".join(said.split())
    assert "out of scope: no version of the rule was in force on the day on which the incident was reported" in words
    assert "in force from 13/11/2026" in words


def retire(pack: Path, last: str) -> None:
    file = pack / "flag" / "FLG003.toml"
    text = f'effective_from = 1900-01-01\neffective_to = {last}\nretired_because = "The flag is no more."'
    file.write_text(changed(file.read_text("utf-8"), ("effective_from = 1900-01-01", text)), "utf-8")


def test_a_retired_rule_runs_as_long_as_the_extract_reaches_back_to_it(tmp_path: Path, pack: Path) -> None:
    children = "incident_ref,child_ref,date_of_birth\nOLD,C1,2018-03-04\nNEW,C2,2018-03-04\n"
    plans = "child_ref,plan,started_on,ended_on\nC1,CP,2026-01-01,2026-02-01\nC2,CP,2026-01-01,2026-02-01\n"
    retire(pack, "2026-11-09")
    result = run_check(order(tmp_path, pack, incidents=INCIDENTS, children=children, plans=plans)).record.rules
    assert result["FLG003"].status is RuleStatus.RUN
    assert (result["FLG003"].counts or {})[Outcome.FINDING] == 1  # C1, of the last day
    assert (result["FLG003"].counts or {})[Outcome.OUT_OF_SCOPE] == 1


def test_a_rule_that_was_retired_before_the_first_report_is_not_run_and_says_why(tmp_path: Path, pack: Path) -> None:
    retire(pack, "2026-11-08")
    children = "incident_ref,child_ref,date_of_birth\nOLD,C1,2018-03-04\n"
    run = run_check(order(tmp_path, pack, incidents=INCIDENTS, children=children))
    assert run.record.rules["FLG003"] == RuleResult(
        "FLG003",
        RuleStatus.NOT_RUN,
        "it is in force to 08/11/2026; retired after that: The flag is no more",
    )
    assert "FLG003" not in (not_run(run) or "")  # nobody has to be warned of it night after night


def test_without_a_subject_only_the_day_of_the_extract_counts(tmp_path: Path, pack: Path) -> None:
    retire(pack, "2026-11-21")
    assert run_check(order(tmp_path, pack)).record.rules["FLG003"].status is RuleStatus.RUN
    nobody = "incident_ref,child_ref,date_of_birth\n"
    assert run_check(order(tmp_path, pack, children=nobody)).record.rules["FLG003"].status is RuleStatus.NOT_RUN


@pytest.mark.parametrize(("first", "status"), [("2026-11-09", "run"), ("2026-11-08", "not_run")])
def test_a_table_is_missed_only_by_a_version_that_is_needed(
    first: str, status: str, tmp_path: Path, pack: Path
) -> None:
    newest = pack / "flag" / "FLG002.toml"
    text = newest.read_text("utf-8")
    old = changed(text, ("effective_from = 1900-01-01", "effective_from = 1900-01-01\neffective_to = 2026-11-08"))
    (pack / "flag" / "FLG002.until-2026-11-08.toml").write_text(old, "utf-8")
    without_flags = (
        ("effective_from = 1900-01-01", "effective_from = 2026-11-09"),
        ('violation = "NOT cin_flag_current"', 'violation = "lac_plan_current"'),
        ('due_at = "in_need_flag_due_at"', 'due_at = "reported_at"'),
        ('evidence = ["plans_in_words", "flags_in_words"]', 'evidence = ["plans_in_words"]'),
    )
    newest.write_text(changed(text.partition("\n[[example]]")[0], *without_flags) + FLG002_EXAMPLES, "utf-8")
    children = "incident_ref,child_ref,date_of_birth\nOLD,C1,2018-03-04\n"
    incidents = INCIDENTS.replace("OLD,2026-11-09", f"OLD,{first}")
    run = run_check(order(tmp_path, pack, incidents=incidents, children=children, flags=None))
    assert run.record.rules["FLG002"].status == status
    assert run.record.rules["FLG002"].reason == (None if status == "run" else "the extract has no flags table")


def test_the_store_and_the_sheet_of_rules_know_every_version(tmp_path: Path, pack: Path) -> None:
    retire(pack, "2026-11-20")
    given = order(tmp_path, pack, incidents=INCIDENTS)
    with opened(f"sqlite:///{tmp_path}/checker.db") as store:
        reported = run_report(given, tmp_path / "out", store)
    fresh = run_check(given)
    (newest,) = [rule for rule in reported.run.rules if rule.id == "CLO001"]
    (as_read,) = [rule for rule in fresh.rules if rule.id == "CLO001"]
    assert [version.file for version in newest.versions] == [version.file for version in as_read.versions]
    assert [version.in_force for version in newest.versions] == ["to 11/11/2026", "from 13/11/2026"]
    assert [rule.retired_because for rule in reported.run.rules if rule.id == "FLG003"] == ["The flag is no more."]

    sheet = load_workbook(reported.workbook)["Rules"]
    cells = [(row[0].value, row[1].value, str(row[7].value)) for row in sheet.iter_rows() if row[1].value]
    in_force = [(key.split("\n")[0], severity, words) for key, severity, words in cells if key and words]
    assert ("CLO001", "High", "from 13 Nov 2026\nOwner: PVP unit") in in_force
    assert ("CLO001", "Low", "to 11 Nov 2026\nOwner: PVP unit") in in_force
    retired = "to 20 Nov 2026\nRetired after that: The flag is no more.\nOwner: PVP unit"
    assert ("FLG003", "Medium", retired) in in_force
    links = {
        cell.value: cell.hyperlink.location
        for row in load_workbook(reported.workbook)["Exceptions"].iter_rows()
        for cell in row
        if cell.hyperlink is not None and isinstance(cell.value, str)
    }
    for shown, place in links.items():
        if shown[:3] in ("CLO", "FLG", "REF"):
            assert str(sheet[place.partition("!")[2]].value).startswith(shown[:6])
    record = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    assert list(record["rules"]) == [rule.id for rule in fresh.rules]


def test_the_list_of_rules_says_which_has_versions_and_which_is_retired(tmp_path: Path, pack: Path) -> None:
    retire(pack, "2026-11-20")
    settings = {"CHECKER_RULES": str(pack)}
    listed = " ".join(checker("rules", "list", variables=settings).out.split())
    assert "In force to 11/11/2026 and from 13/11/2026." in listed
    assert listed.count("CLO001") == 1
    shown = checker("rules", "show", "CLO001", variables=settings).out
    assert [line.split()[-1] for line in shown.splitlines() if line.startswith("file")] == [
        "closure/CLO001.toml",
        "closure/CLO001.until-2026-11-11.toml",
    ]
    assert "retired after that: The flag is no more" in " ".join(
        checker("rules", "show", "FLG003", variables=settings).out.split()
    )
    assert checker("rules", "test", "CLO001", variables=settings).out.startswith("1 rule, ")


def test_the_plan_of_versions_has_no_python_in_it(tmp_path: Path, pack: Path) -> None:
    prepared = prepare(order(tmp_path, pack, incidents=INCIDENTS))
    rule = prepared.pack.rule("CLO001")
    plan = SUBJECTS["incident"].plan(prepared.tables, prepared.context, SUBJECTS["incident"].by_name)
    judged = plan.with_columns(rule.verdict(prepared.context.as_of))
    assert "PYTHON" not in judged.explain().upper()
    again = pl.LazyFrame.deserialize(judged.serialize()).collect()
    assert again.sort("incident_ref").equals(judged.collect().sort("incident_ref"))


def without(rule: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """A stored rule and its earlier versions as they were before there were these keys."""
    rule = rule | {"earlier": [without(version, keys) for version in rule["earlier"]]}
    return {key: value for key, value in rule.items() if key not in keys}


@pytest.mark.parametrize(
    "unknown_then", [("about", "counted_in"), ("about", "counted_in", "earlier", "retired_because")]
)
def test_a_run_is_still_read_whose_pack_was_stored_before_rules_had_all_their_keys(
    tmp_path: Path, pack: Path, unknown_then: tuple[str, ...]
) -> None:
    given = order(tmp_path, ROOT / "rules" if "earlier" in unknown_then else pack)
    with opened(f"sqlite:///{tmp_path}/checker.db") as store:
        run = run_report(given, tmp_path / "out", store).run
        with closing(sqlite3.connect(tmp_path / "checker.db")) as database, database:
            ((digest, stored),) = database.execute("SELECT digest, rules FROM rule_packs").fetchall()
            rules = [without(rule, unknown_then) for rule in json.loads(stored)]
            database.execute("UPDATE rule_packs SET rules = ? WHERE digest = ?", (json.dumps(rules), digest))
        assert run.record.number is not None
        assert store.load(run.record.number).rules == run.rules
