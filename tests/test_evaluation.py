"""Every subject gets a verdict from every rule that can be run, and what was not run never looks clean."""

from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import polars as pl
import pytest

from checker.config import Config
from checker.evaluation import FINDING_SCHEMA, explain
from checker.facts import SUBJECTS
from checker.models import Outcome, RuleStatus, Run
from checker.pipeline.order import Order, prepare
from checker.pipeline.run import run_check
from checker.rulepack import load_rules
from tests.agreement import check_tables
from tests.facts.small import incident, write
from tests.second_reading import Policy, Row

AS_OF = datetime(2026, 11, 22, 2, tzinfo=UTC)
RULES = Path(__file__).parents[1] / "rules"
NIGHTLY = Path(__file__).parents[1] / "sample_data" / "nightly"

# Of no rule's concern but for its closure and its children.
INCIDENT: Row = {
    "incident_ref": "I1",
    "reported_at": "2026-11-20T10:00",
    "domestic_abuse": "yes",
    "risk_form_ref": "DASH-1",
    "risk_level": "medium",
    "children_in_household": "no",
    "history_checked_at": "2026-11-20T11:00",
    "team": "A",
}
CHILD: Row = {"incident_ref": "I1", "child_ref": "C1", "date_of_birth": "2018-03-04"}
EMPTY: dict[str, list[Row]] = {"incidents": [], "children": [], "referrals": [], "plans": [], "flags": []}


def check(**tables: list[Row]) -> Run:
    return check_tables(EMPTY | tables, AS_OF)


def test_a_finding_says_what_is_missing_and_why_we_think_so() -> None:
    closed = INCIDENT | {"closed_at": "2026-11-21T12:24", "closure_codes": "DOM;QL 23"}
    run = check(incidents=[closed], children=[CHILD])
    lines = {row["rule_id"]: row for row in run.findings.iter_rows(named=True)}
    assert set(lines) == {"REF001", "CLO001", "CLO002", "CLO003"}
    assert lines["REF001"]["message"] == "No referral form for this child was found in the extract supplied."
    abuse = "domestic abuse (marked as such, risk form)"
    assert lines["REF001"]["evidence"] == f"{abuse}; child aged 5-11; no submitted referral"
    assert lines["REF001"]["due_at"] == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert lines["REF001"]["hours_overdue"] == 16.0
    assert lines["REF001"]["team"] == "A"
    assert "closed 26.4 h after it was reported" in lines["CLO002"]["evidence"]
    assert "closure codes: DOM, QL 23 (looks like QL23)" in lines["CLO001"]["evidence"]


def test_a_second_over_the_window_does_not_read_as_the_window() -> None:
    run = check(incidents=[INCIDENT | {"closed_at": "2026-11-21T10:00:01", "closure_codes": "QL23"}])
    assert run.findings.get_column("rule_id").to_list() == ["CLO002"]
    assert "closed 24.0003 h after it was reported" in run.findings.item(0, "evidence")


def test_an_age_leaves_only_as_a_band() -> None:
    born = {"0-4": "2022-01-01", "5-11": "2021-11-20", "12-15": "2010-12-25", "16-17": "2009-05-05"}
    children = [CHILD | {"child_ref": band, "date_of_birth": day} for band, day in born.items()]
    children += [CHILD | {"child_ref": "unborn", "date_of_birth": "", "unborn": "yes"}]
    children += [CHILD | {"child_ref": "unknown", "date_of_birth": ""}]
    run = check(incidents=[INCIDENT | {"closed_at": "2026-11-20T11:00", "closure_codes": "QL23"}], children=children)
    words = dict(run.findings.select("child_ref", "evidence").iter_rows())
    assert {band: f"child aged {band}" in words[band] for band in born} == dict.fromkeys(born, True)
    assert "unborn child" in words["unborn"]
    assert "date of birth unknown" in words["unknown"]
    assert not any(day in text for day in born.values() for text in words.values())


@pytest.mark.parametrize("missing", ["plans", "flags"])
def test_a_rule_without_its_table_is_not_run_and_says_so(missing: str) -> None:
    tables = {name: rows for name, rows in EMPTY.items() if name != missing}
    run = check_tables(tables, AS_OF)
    for rule_id in ("FLG001", "FLG002", "FLG003"):
        result = run.record.rules[rule_id]
        assert result.status == RuleStatus.NOT_RUN
        assert result.reason == f"the extract has no {missing} table"
        assert result.counts is None
        assert result.subjects is None
    assert run.record.rules["REF001"].status == RuleStatus.RUN
    assert missing in run.record.missing_tables


def test_an_empty_extract_has_no_cases() -> None:
    run = check()
    assert {result.subjects for result in run.record.rules.values() if result.status is RuleStatus.RUN} == {0}
    assert run.findings.schema == FINDING_SCHEMA
    assert run.findings.is_empty()


def test_a_rule_that_is_not_in_force_is_not_run(tmp_path: Path) -> None:
    pack = tmp_path / "rules"
    copytree(RULES, pack)
    rule = pack / "referral" / "REF001.toml"
    rule.write_text(
        rule.read_text("utf-8").replace("effective_from = 1900-01-01", "effective_from = 2026-11-23"), "utf-8"
    )
    run = run_check(Order(NIGHTLY, None, Config(rules=pack), None))
    result = run.record.rules["REF001"]
    assert (result.status, result.reason) == (RuleStatus.NOT_RUN, "it is in force from 23/11/2026")
    assert run.record.rules["CLO001"].status == RuleStatus.RUN


def test_findings_are_in_the_order_of_the_contract() -> None:
    run = run_check(Order(NIGHTLY, None, Config(), None))
    urgency = ["critical", "high", "medium", "low"]
    keys = [
        (urgency.index(severity), rule_id, incident_ref or "", child_ref or "")
        for severity, rule_id, incident_ref, child_ref in run.findings.select(
            "severity", "rule_id", "incident_ref", "child_ref"
        ).iter_rows()
    ]
    assert keys == sorted(keys)
    assert run.findings.get_column("finding_id").is_unique().all()


def test_a_finding_keeps_its_id_when_all_but_its_subject_changes() -> None:
    before = check(incidents=[INCIDENT], children=[CHILD])
    other = INCIDENT | {"incident_ref": "I0", "reported_at": "2026-11-19T10:00"}
    after = check(incidents=[other, INCIDENT | {"team": "B"}], children=[CHILD | {"date_of_birth": ""}])
    ids = [
        dict(run.findings.filter(pl.col("incident_ref") == "I1").select("rule_id", "finding_id").iter_rows())
        for run in (before, after)
    ]
    assert ids[0] == ids[1]
    assert set(ids[0]) == {"REF001", "CLO002", "CLO003"}


def test_a_child_keeps_its_finding_id_through_a_later_incident() -> None:
    plan: Row = {"child_ref": "C1", "plan": "CP", "started_on": "2026-10-01"}
    later = INCIDENT | {"incident_ref": "I2", "reported_at": "2026-11-21T10:00"}
    before = check(incidents=[INCIDENT], children=[CHILD], plans=[plan])
    after = check(incidents=[INCIDENT, later], children=[CHILD, CHILD | {"incident_ref": "I2"}], plans=[plan])
    flagged = [run.findings.filter(pl.col("rule_id") == "FLG001").to_dicts() for run in (before, after)]
    assert [len(lines) for lines in flagged] == [1, 1]
    assert flagged[0][0]["finding_id"] == flagged[1][0]["finding_id"]
    assert [lines[0]["incident_ref"] for lines in flagged] == ["I1", "I2"]


def test_a_plan_is_one_lazy_plan_without_a_python_node() -> None:
    prepared = prepare(Order(NIGHTLY, None, Config(), None))
    pack = load_rules(RULES, SUBJECTS)
    for subject in SUBJECTS.values():
        outcomes = {rule.rule.id: rule.outcome(AS_OF) for rule in pack.rules if rule.rule.subject == subject.name}
        judged = subject.plan(prepared.tables, prepared.context, subject.by_name).with_columns(**outcomes)
        assert "PYTHON" not in judged.explain().upper()
        again = pl.LazyFrame.deserialize(judged.serialize())
        assert again.sort(pl.all()).collect().equals(judged.sort(pl.all()).collect())
        streamed = judged.sort(pl.all()).collect(engine="streaming")
        assert streamed.equals(judged.sort(pl.all()).collect())


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_can_be_explained(outcome: Outcome) -> None:
    prepared = prepare(Order(NIGHTLY, None, Config(), None))
    rule = prepared.pack.rule("REF001")
    every = SUBJECTS["incident_child"].by_name
    plan = SUBJECTS["incident_child"].plan(prepared.tables, prepared.context, every)
    subjects = plan.with_columns(outcome=rule.outcome(prepared.context.as_of)).collect()
    if outcome in (Outcome.PASS, Outcome.OUT_OF_SCOPE):
        row = subjects.filter(pl.col("outcome") == outcome.value).row(0, named=True)
        same = check_only(row["incident_ref"], row["child_ref"])
        explanation = explain(prepared.pack, prepared.tables, prepared.context, same)
    else:
        run = run_check(Order(NIGHTLY, None, Config(), None))
        line = run.findings.filter((pl.col("rule_id") == "REF001") & (pl.col("outcome") == outcome.value)).row(
            0, named=True
        )
        explanation = explain(prepared.pack, prepared.tables, prepared.context, line["finding_id"])
        row = line
    assert explanation.outcome == outcome
    assert explanation.facts["incident_ref"] == row["incident_ref"]
    values = {(clause.part, clause.text): clause.value for clause in explanation.clauses}
    applies, violation = values["applies", rule.rule.applies], values["violation", rule.rule.violation]
    if outcome is Outcome.PASS:
        assert (applies, violation) == (True, False)
    if outcome is Outcome.FINDING:
        assert (applies, violation) == (True, True)
    if outcome is Outcome.UNDETERMINED:
        assert None in (applies, violation)
    assert set(rule.facts) <= set(explanation.facts)


def check_only(incident_ref: str, child_ref: str | None) -> str:
    """The id of REF001 for a subject, taken from a run in which it is a finding."""
    run = check(
        incidents=[INCIDENT | {"incident_ref": incident_ref, "child_count": "" if child_ref else "1"}],
        children=[CHILD | {"incident_ref": incident_ref, "child_ref": child_ref}] if child_ref else [],
    )
    ids: list[str] = run.findings.filter(pl.col("rule_id") == "REF001").get_column("finding_id").to_list()
    (only,) = ids
    return only


def test_a_duplicate_that_says_more_than_its_master_is_named_in_the_record() -> None:
    master = INCIDENT | {"domestic_abuse": "no", "risk_form_ref": ""}
    duplicate = INCIDENT | {"incident_ref": "I2", "status": "duplicate", "duplicate_of": "I1"}
    run = check(incidents=[master, duplicate], children=[CHILD | {"incident_ref": "I2"}])
    assert run.findings.is_empty()  # to the letter of the specification: the master alone is judged
    assert [warning for warning in run.record.warnings if "look at both: 1 (row 3)" in warning]
    assert not check(incidents=[INCIDENT, duplicate]).record.warnings


def test_concern_types_that_no_rule_can_ask_for_are_counted_in_a_warning() -> None:
    def warned(*concerns: str, referable: tuple[str, ...] = ("neglect",)) -> list[str]:
        incidents = [INCIDENT | {"incident_ref": f"I{n}", "concern_types": types} for n, types in enumerate(concerns)]
        run = check_tables(EMPTY | {"incidents": incidents}, AS_OF, Policy(referable_concerns=referable))
        return [warning for warning in run.record.warnings if "concern" in warning]

    what = "a concern type that is none of the contract's; map it in checker.toml"
    own = ("Child Neglect", "neglect;NEG", "neglect/physical", "NEG;CSE")
    known = ("", "NEGLECT;physical", "sexual, emotional", "exploitation|missing", "Concern-For-Safety;other")
    assert warned(*own, *known) == [f"incidents.csv: concern_types: 4 incidents have {what}"]
    assert warned("Child Neglect") == [f"incidents.csv: concern_types: 1 incident has {what}"]
    assert warned(*known) == []
    assert warned("NEG;cse", "neg", referable=("neg", "CSE")) == []


def test_a_search_code_with_braces_is_only_text() -> None:
    closed = INCIDENT | {"closed_at": "2026-11-20T12:00", "closure_codes": "ql{}"}
    run = check_tables(EMPTY | {"incidents": [closed]}, AS_OF, Policy(search_code="QL{}"))
    assert "ql{} (looks like QL{})" in run.findings.item(0, "evidence")


def test_a_rule_whose_column_the_extract_has_not_is_not_run_and_says_which(tmp_path: Path) -> None:
    """Without the column every incident would look as if nobody had researched its history."""
    pack = copytree(RULES, tmp_path / "rules")
    file = pack / "history" / "HIS001.toml"
    needs = 'needs = ["incidents.history_checked_at", "incidents.victim_ref|incidents.suspect_ref"]'
    file.write_text(file.read_text("utf-8").replace("evidence = ", f"{needs}\nevidence = ", 1), "utf-8")

    def his001(name: str, **cells: str) -> tuple[str, str | None]:
        extract = write(tmp_path / name, incidents=[incident("I1", **cells)])
        result = run_check(Order(extract, "2026-11-22T02:00", Config(rules=pack), None)).record.rules["HIS001"]
        return result.status.value, result.reason

    no_column = "the extract has no history_checked_at column in incidents"
    no_link = "no victim_ref column in incidents and no suspect_ref column in incidents"
    assert his001("neither") == ("not_run", f"{no_column} and {no_link}")
    assert his001("without", suspect_ref="S1") == ("not_run", no_column)
    assert his001("with", history_checked_at="", suspect_ref="S1") == ("run", None)
