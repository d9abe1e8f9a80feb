"""The closing report adds up, says what is not known, and has a summary that prints on two pages whatever it says."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from checker.config import ReportConfig
from checker.models import REVIEWS, SAMPLED, Decision, RuleResult, RuleStatus, Sample, Selection, Since, Sweep
from checker.report.sweep import samples, write_closing
from checker.sampling import Estimate, SampleResult, draw
from tests.report.made_up import RULES
from tests.report.ooxml import faults
from tests.report.sweep.made_up import child, decision, incident, line, many, sweep_of
from tests.report.test_workbook import table_rows, words

SETTINGS = ReportConfig()
SHEETS = [
    *("Summary sheet", "Children newly referred", "Still open", "Decisions made", "Excluded", "Samples", "Rules"),
    "Inputs",
]
FOUND = "da-child-without-referral: nothing of the kind was found in the extract supplied; due since 2 Aug 2017, 17:00."
NO_CODE, NOT_CLOSED = (
    FOUND.replace("da-child-without-referral", name)
    for name in ("closed-without-search-code", "not-closed-within-window")
)
NOTHING_SINCE = "not seen since: nothing of this child in the extract after the incident"
EVIDENCE = "domestic abuse (risk form); aged 5-11; no referral form found for this child"

P1, P2 = line("A", child_ref="P1"), line("A", child_ref="P2")
CODE, TOLD = line("A", "CLO001"), line("B", child_ref="P3", outcome="undetermined")
LOST = line("gone", "CLO002")


def sample(number: int = 1, stratified_by: tuple[str, ...] = ()) -> Sample:
    rows, reviews = pl.DataFrame(schema=SAMPLED), pl.DataFrame(schema=REVIEWS)
    return Sample(number, 65, 7, stratified_by, datetime(2026, 11, 2, 23, 30, tzinfo=UTC), rows, reviews)


def swept() -> Sweep:
    """Three incidents: A is begun, B is left, C has nothing to decide and a child whom no rule asks about."""
    children = [
        child("A", "P1"),
        child("A", "P2"),
        child("B", "P3", Since.CANNOT_TELL),
        child("C", None),
        child("C", "P4", Since.ON_A_PLAN),
    ]
    decisions = [
        decision(P1, reference="REF-9", decided_on=date(2026, 11, 5)),
        decision(CODE, Decision.UNDER_REVIEW, decided_by="DI Okafor"),
        decision(LOST, Decision.NOT_AN_EXCEPTION, reason="no such incident"),
    ]
    incidents = [
        incident(1, "A"),
        incident(2, "B", verdict="undetermined"),
        incident(3, "C", verdict="pass", not_known="risk_level"),
    ]
    excluded = [(f"X{number}", "risk is medium") for number in range(5_002)]
    sweep = sweep_of(incidents, [P1, P2, CODE, TOLD, LOST], children, decisions, excluded)
    return replace(sweep, samples=(replace(sample(), size=2, rows=draw(sweep.order, 2, 7, ())),))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    folder = tmp_path_factory.mktemp("closing") / "new"
    files = write_closing(swept(), folder, SETTINGS)
    assert files == (folder / "sweep_report.xlsx", folder / "sweep_summary.xlsx")
    assert sorted(folder.iterdir()) == sorted(files)
    assert [faults(file) for file in files] == [[], []]
    book, summary = (load_workbook(file) for file in files)
    assert summary.sheetnames == SHEETS[:1]
    assert words(summary["Summary sheet"]) == words(book["Summary sheet"])
    return book


def rows_of(book: Workbook, sheet: str) -> list[list[Any]]:
    return [[cell for cell in row if cell is not None] for row in book[sheet].iter_rows(values_only=True)]


def test_it_has_its_sheets(report: Workbook) -> None:
    assert report.sheetnames == SHEETS
    assert all(sheet["A1"].value == "OFFICIAL-SENSITIVE" for sheet in report)


def test_its_figures_add_up(report: Workbook) -> None:
    rows, told = rows_of(report, "Summary sheet"), words(report["Summary sheet"])
    assert [3, 0, 1, 1, 1, 1] in rows  # the tiles
    assert "3 incidents = 0 looked at + 1 begun + 1 left + 1 with nothing to decide." in told
    assert (
        "5 lines = 2 decided + 3 open. 1 line of no selected incident: without a place, at the end of the lists. "
        "Nothing is looked at yet." in told
    )
    for pair in (
        ["Exception", 1, "Referral now submitted", 1],
        ["Cannot tell", 1, "Referral already made, reference given", 0],
        ["Passed", 1, "Record corrected", 0],
        ["Total", 3, "Passed to another team", 0],
        ["Under review", 1],
        ["No decision", 2],
        ["Total", 5],
        ["Not seen since", 3],
        ["Referral now submitted", 1],
        ["Referral already made", 0],
        ["REF001", "da-child-without-referral", 2, 1, 0, 210, 1, 2],
        ["CLO001", "closed-without-search-code", 1, 0, 0, 210, 0, 1],
        ["CLO002", "not-closed-within-window", 1, 0, 0, 210, 1, 0],
    ):
        assert any(row[at : at + len(pair)] == pair for row in rows for at in range(len(row))), pair


def test_what_is_not_settled_is_counted_on_the_summary_and_listed(report: Workbook) -> None:
    rows = rows_of(report, "Summary sheet")
    start = next(at for at, row in enumerate(rows) if row[:1] == ["Still open"])
    assert [row[:2] for row in rows[start + 2 : start + 12]] == [
        ["Exception, no decision", 1],
        ["Cannot tell, no decision", 1],
        ["Under review", 1],
        ["Child: not seen since, no decision", 2],
        ["Child: cannot tell, no decision", 1],
        ["Sample: a child not accounted for", 0],
        ["Sample: not settled", 0],
        ["Incident not known to belong", 1],
        ["Records that could not be read", 3],
        ["Rules not run", 0],
    ]
    listed = table_rows(report["Still open"])
    assert [tuple(row.values())[:6] for row in listed] == [
        (1, "A", "Exception, no decision", "P2", FOUND, "nothing decided"),
        (2, "B", "Cannot tell, no decision", "P3", TOLD["message"], "nothing decided"),
        (
            *(1, "A", "Under review", None),
            NO_CODE,
            "Since 3 Nov 2026, by DI Okafor: under review",
        ),
        (
            *(1, "A", "Child: not seen since, no decision", "P2"),
            NOTHING_SINCE,
            "nothing decided",
        ),
        (
            *(3, "C", "Child: not seen since, no decision", "not named"),
            f"{NOTHING_SINCE} (no line of the sweep asks for a referral)",
            "nothing decided",
        ),
        (
            *(2, "B", "Child: cannot tell, no decision", "P3"),
            "cannot tell: nothing of this child in the extract after the incident",
            "nothing decided",
        ),
        (3, "C", "Incident not known to belong", None, "not known: risk_level", "nothing decided"),
    ]


def test_every_decision_is_listed_with_who_when_and_why(report: Workbook) -> None:
    told = table_rows(report["Decisions made"])
    assert [tuple(row.values()) for row in told] == [
        (
            *(1, "A", "Critical", "Exception", "P1", FOUND, "Referral now submitted: REF-9", None, "DS Hall"),
            *(datetime(2026, 11, 5), EVIDENCE, "REF001", P1["finding_id"]),
        ),
        (
            *(
                1,
                "A",
                "High",
                "Exception",
                None,
                NO_CODE,
            ),
            *("Under review", None, "DI Okafor", datetime(2026, 11, 3), EVIDENCE, "CLO001", CODE["finding_id"]),
        ),
        (
            *("none", "gone", "High", "Exception", None),
            NOT_CLOSED,
            *("Not an exception, data error", "no such incident", "DS Hall", datetime(2026, 11, 3), EVIDENCE),
            *("CLO002", LOST["finding_id"]),
        ),
    ]


def test_the_children_who_were_referred_are_listed(report: Workbook) -> None:
    (row,) = table_rows(report["Children newly referred"])
    assert tuple(row.values()) == (
        *(1, "A", "P1", "Harbour", "REF-9", None, "DS Hall", datetime(2026, 11, 5)),
        *(NOTHING_SINCE, "REF001"),
    )


def test_what_was_left_out_is_counted_by_reason_and_the_first_are_listed(report: Workbook) -> None:
    sheet = report["Excluded"]
    assert sheet["A2"].value == "Excluded (5,002)"
    assert sheet["A3"].value == "Not selected, each for the first reason that applies: 5,002 risk is medium."
    assert sheet["A4"].value == "Only the first 5,000 of 5,002 are here; all are in excluded.csv."
    assert len(table_rows(sheet)) == 5_000


def test_the_inputs_are_there_in_full(report: Workbook) -> None:
    record, told = swept().run.record, words(report["Inputs"])
    for text in (
        *(table.sha256 for table in record.tables.values()),
        *(record.rule_pack_digest, record.policy_digest, f"31 of the store, {record.run_id}", "version 0.1.0"),
        *("triage, unreferred_children", "review_after_days, no_referral_required"),
    ):
        assert text in told, text
    assert told[told.index("triage, young_children") + 1] == "10"
    summary = " ".join(words(report["Summary sheet"]))
    assert record.rule_pack_digest[:12] in summary
    assert record.rule_pack_digest not in summary


def test_it_is_interim_until_it_is_signed_off(report: Workbook, tmp_path: Path) -> None:
    interim = "NOT SIGNED OFF: interim. The sweep goes on, and its figures may change."
    assert report["Summary sheet"]["A4"].value == interim
    assert report["Summary sheet"].oddFooter.left.text == "Interim. Run 20261102T103000Z-0a1b2c3d"
    when = datetime(2026, 12, 3, 16, tzinfo=UTC)
    _, summary = write_closing(replace(swept(), signed_off_by="DCI Marsh", signed_off_at=when), tmp_path, SETTINGS)
    sheet = load_workbook(summary)["Summary sheet"]
    assert sheet["A4"].value == "Signed off by DCI Marsh on 3 Dec 2026"
    assert sheet.oddFooter.left.text == "Signed off. Run 20261102T103000Z-0a1b2c3d"


WHOLE = Estimate("all", 580, 65, 3, 0, 26.8, 7, 72)
DONE = SampleResult(65, 62, 0.71, WHOLE, (replace(WHOLE, stratum="Harbour", of=300, sampled=33),), None)
BEGUN = SampleResult(12, 12, None, None, (), "53 of 65 incidents are not reviewed by both.")


def test_a_sample_says_what_it_found_or_why_it_says_nothing() -> None:
    assert samples.in_a_sentence(sample(), DONE) == (
        "65 drawn at random, seed 7: 7 to 72 of the 580 incidents (1.2% to 12.5%) have a child who is not accounted "
        "for, with 95% confidence: 3 of 65 found; the likeliest number is 27. Of 65 incidents that both have answered "
        "for they gave 62 the same answer. Cohen's kappa 0.71: substantial agreement (1 is perfect, 0 what chance "
        "alone would give)."
    )
    assert samples.in_a_sentence(sample(), BEGUN) == (
        "65 drawn at random, seed 7: no estimate. 53 of 65 incidents are not reviewed by both."
    )


def test_a_sample_that_is_not_reviewed_is_told_without_an_estimate(report: Workbook) -> None:
    (row,) = table_rows(report["Samples"])
    why = (
        "2 of the 2 incidents of the sample are not yet answered for by both reviewers. There is no estimate before "
        "that: what was done first is no random sample."
    )
    assert [value for value in row.values() if value is not None] == [
        *(1, "2 Nov 2026", 7, "not stratified", "the whole backlog", 3, 2, 0, 0, "none", why),
    ]
    assert f"Sample 1, 2 drawn at random, seed 7: no estimate. {why}" in words(report["Summary sheet"])


def test_each_sample_has_a_line_and_one_for_each_stratum() -> None:
    rows = samples.rows([(sample(1, ("district", "risk_level")), DONE), (sample(2), BEGUN)], 580)
    assert rows.rows() == [
        (
            *(1, "2 Nov 2026", 7, "district, risk level", "the whole backlog", 580, 65, 65, 62, 0.71, 3, 0, 26.8),
            *(7, 72, None),
        ),
        (1, None, None, None, "Harbour", 300, 33, None, None, None, 3, 0, 26.8, 7, 72, None),
        (
            *(2, "2 Nov 2026", 7, "not stratified", "the whole backlog", 580, 65, 12, 12, None, None, None, None),
            *(None, None, "53 of 65 incidents are not reviewed by both."),
        ),
    ]


def overlong() -> Sweep:
    """A sweep with more of everything than two pages hold."""
    long = "an inspection found that nobody can vouch for the children of these incidents " * 30
    sweep = many(60, 0.9)
    rules = tuple(replace(RULES[0], id=f"CLO{number:03}", name="a-name-of-a-rule-" * 5) for number in range(3, 80))
    idle = {rule.id: RuleResult(rule.id, RuleStatus.NOT_RUN, long) for rule in rules}
    record = replace(
        sweep.run.record,
        reason=long,
        extract=long,
        tables={f"table_{n}": replace(sweep.run.record.tables["incidents"], file="x" * 300) for n in range(9)},
        missing_tables=("x" * 300,),
        rules=sweep.run.record.rules | idle,
        alarms=(long,),
    )
    assert sweep.run.decisions is not None
    names = pl.Series("decided_by", [f"DS {number} {'Hall' * 40}" for number in range(sweep.run.decisions.height)])
    run = replace(
        sweep.run, record=record, rules=(*sweep.run.rules, *rules), decisions=sweep.run.decisions.with_columns(names)
    )
    return replace(
        sweep,
        name="x" * 200,
        run=run,
        selection=Selection(risk=("standard",), districts=tuple(f"District {n}" for n in range(200))),
        excluded=pl.DataFrame(
            [(f"X{n}", f"reason {n} {long}") for n in range(99)], schema=sweep.excluded.schema, orient="row"
        ),
    )


@pytest.mark.office
def test_the_summary_prints_on_two_pages_whatever_it_says(tmp_path: Path) -> None:
    missing = [program for program in ("soffice", "pdftotext") if shutil.which(program) is None]
    if missing:
        message = f"NOT TESTED ON PAPER: no {', '.join(missing)}; apt-get install libreoffice-calc poppler-utils"
        (pytest.fail if os.environ.get("REQUIRE_OFFICE") == "1" else pytest.skip)(message)
    sweeps = {"empty": sweep_of(), "few": many(3, 1.0), "overlong": overlong()}
    files = [
        write_closing(sweep, tmp_path / name, SETTINGS)[1].rename(tmp_path / f"{name}.xlsx")
        for name, sweep in sweeps.items()
    ]
    assert [faults(file) for file in files] == [[]] * 3
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", tmp_path, *files]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    for name in sweeps:
        command = ["pdftotext", "-layout", tmp_path / f"{name}.pdf", "-"]
        pages = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\f")[:-1]
        assert len(pages) == 2, name
        assert "What was selected" in pages[0]
        assert "Still open" in pages[1]
        assert "a child who is in no list" in pages[1]
        assert all(page.count("OFFICIAL-SENSITIVE") >= 2 and "#####" not in page for page in pages), name
