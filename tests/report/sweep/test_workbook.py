"""The workbook of a sweep says in which order to look, why, and what is left; every line of it is somewhere."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from checker.config import ReportConfig
from checker.errors import ConservationError, ReportError
from checker.models import EXCLUDED, ORDER, SWEPT_CHILDREN, Decision, Since, Sweep, TriagePart
from checker.report.folder import SWEEP_FILES
from checker.report.sweep import write_batch, write_closing, write_sweep
from checker.report.text_files import COLUMNS
from checker.returns import read_workbook
from tests.report.ooxml import faults
from tests.report.sweep.made_up import child, decision, incident, line, many, sweep_of
from tests.report.test_workbook import table_rows, words
from tests.returns.filled import fill

SETTINGS = ReportConfig()
SHEETS = ["Summary", "To look at", "Order", "Decisions", "Rejected records", "Rules"]
LIMIT = 2
NOTHING_SINCE = "not seen since: nothing of this child in the extract after the incident"
AUGUST, OCTOBER = datetime(2017, 8, 1, 16, tzinfo=UTC), datetime(2017, 10, 29, 1, 30, tzinfo=UTC)

P1, REST, CODE = line("=A", child_ref="P1"), line("=A"), line("=A", "CLO001", evidence="@SUM(A1)")
P2 = line("B", child_ref="P2", outcome="undetermined", due_at=None, hours_overdue=None)
FLAG, LATER = line("elsewhere", "FLG001", "P1"), line("D", "CLO002")
LOST = line("gone", "CLO001", due_at=datetime(2017, 12, 15, 8, 59, tzinfo=UTC), hours_overdue=0.0)
NOT_DUE = line("C", "CLO002", outcome="not_due", due_at=datetime(2017, 12, 16, 9, tzinfo=UTC), hours_overdue=None)
COUNTED: dict[TriagePart, int | None] = {
    TriagePart.UNREFERRED_CHILDREN: 2,
    TriagePart.INCIDENTS_BEFORE: 7,
    TriagePart.MISSING_EPISODES: None,
}


def swept() -> Sweep:
    """Four incidents and a workbook for two of them: a line decided, one under review, one of no selected incident."""
    incidents = [
        incident(1, "=A", COUNTED, children=2, unseen_children=1, since_in_words="2 children: 1 not seen since"),
        incident(
            *(2, "B"),
            reported_at=OCTOBER,
            district=None,
            verdict="undetermined",
            exposure_days=None,
            score=9,
            not_known="risk_level",
        ),
        incident(3, "C", verdict="not_due"),
        incident(4, "D"),
    ]
    children = [child("=A", "P1"), child("=A", None, Since.CANNOT_TELL), child("B", "P2", Since.REFERRED_SINCE)]
    decisions = [
        decision(P1, reference="REF-9", decided_by="=DS Hall"),
        decision(CODE, Decision.UNDER_REVIEW, decided_by="DI Okafor", reason="asked the team"),
    ]
    return sweep_of(
        incidents,
        [P1, REST, CODE, P2, FLAG, LATER, LOST, NOT_DUE],
        children,
        decisions,
        [("X1", "risk is medium"), ("X2", "reported on another day"), ("X3", "risk is medium")],
        [(CODE["finding_id"], "open since 3 Nov 2026")],
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sweep(swept(), tmp_path_factory.mktemp("sweep"), SETTINGS, LIMIT).parent


@pytest.fixture(scope="module")
def book(folder: Path) -> Workbook:
    return load_workbook(folder / "sweep.xlsx")


def test_it_has_its_files_and_its_sheets_and_excel_has_nothing_to_repair(folder: Path, book: Workbook) -> None:
    assert {file.name for file in folder.iterdir()} == set(SWEEP_FILES)
    assert book.sheetnames == SHEETS
    assert all(sheet["A1"].value == "OFFICIAL-SENSITIVE" for sheet in book)
    assert faults(folder / "sweep.xlsx") == []


def test_the_lines_of_an_incident_stand_together_in_order_of_place(book: Workbook) -> None:
    rows = table_rows(book["To look at"])
    told = [(row["Place"], row["Incident"], row["Rule"], row["Child"], row["Verdict"]) for row in rows]
    assert told == [
        (1, "=A", "REF001", "P1", "Exception"),
        (1, "=A", "REF001", "not named", "Exception"),
        (1, "=A", "CLO001", None, "Exception"),
        (1, "elsewhere", "FLG001", "P1", "Exception"),
        (2, "B", "REF001", "P2", "Cannot tell"),
        ("none", "gone", "CLO001", None, "Exception"),
    ]
    assert [row["Severity"] for row in rows] == ["Critical", "Critical", "High", "High", "Critical", "High"]
    assert book["To look at"]["A4"].value == (
        "Only the first 6 of 7 are here; all are in findings.csv."  # D is the fourth
    )


def test_a_line_is_one_row_of_real_values(book: Workbook) -> None:
    sheet = book["To look at"]
    assert table_rows(sheet)[2] == {
        "Place": 1,
        "Incident": "=A",
        "Severity": "High",
        "Verdict": "Exception",
        "Child": None,
        "Reported": datetime(2017, 8, 1, 17),
        "What is missing": "closed-without-search-code: nothing of the kind was found in the extract supplied; "
        "due since 2 Aug 2017, 17:00.",
        "What has happened since": "2 children: 1 not seen since",
        "District": "Harbour",
        "Decision": None,
        "Reference": None,
        "Reason": None,
        "Decided by": None,
        "Score": 75,
        "Exposure (days)": 134,
        "On the nightly lists": "open since 3 Nov 2026",
        "Evidence": "Since 3 Nov 2026, by DI Okafor: under review (asked the team)\n@SUM(A1)",
        "Rule": "CLO001",
        "Finding id": CODE["finding_id"],
        "Run": 31,
    }
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("C6", "$5:$5")
    assert sheet["B6"].data_type == "s"


def test_it_says_of_each_child_what_has_happened_since_and_for_how_long_it_was_due(book: Workbook) -> None:
    rows = table_rows(book["To look at"])
    assert [(row["What has happened since"], row["Exposure (days)"], row["On the nightly lists"]) for row in rows] == [
        (NOTHING_SINCE, 134, "not on them"),
        ("cannot tell: nothing of this child in the extract after the incident", 134, "not on them"),
        ("2 children: 1 not seen since", 134, "open since 3 Nov 2026"),
        (NOTHING_SINCE, 134, "not on them"),
        ("referred since: nothing of this child in the extract after the incident", None, "not on them"),
        (None, 0, "not on them"),  # due for a minute
    ]


def test_what_is_decided_is_grey_and_says_so(book: Workbook) -> None:
    sheet = book["To look at"]
    columns = {cell.value: cell.column for cell in sheet[5]}
    cells = {row: sheet.cell(row, columns["Evidence"]) for row in (6, 7, 8)}
    assert cells[6].value == (
        "Decided 3 Nov 2026 by =DS Hall: referral now submitted (reference REF-9)\n"
        "domestic abuse (risk form); aged 5-11; no referral form found for this child"
    )
    assert [cell.font.color.rgb[-6:] for cell in cells.values()] == ["7F7F7F", "000000", "000000"]
    assert [sheet.cell(row, columns["Severity"]).fill.fgColor.rgb[-6:] for row in (6, 7)] == ["000000", "9C0006"]


def test_the_score_can_be_added_up_from_the_row(book: Workbook) -> None:
    sheet = book["Order"]
    first, second = table_rows(sheet)
    points = {header: value for header, value in first.items() if header.endswith(" points")}
    counts = {header: value for header, value in first.items() if header[1] == " " and header not in points}
    assert {header: value for header, value in counts.items() if value} == {
        "A Children not referred": 2,
        "G Incidents before": 7,
        "J Missing episodes": "–",
    }
    assert {header: value for header, value in points.items() if value} == {
        "A points": 60,
        "G points": 15,
        "J points": "–",
    }
    assert (len(counts), len(points), first["Score"]) == (11, 11, 75)
    assert {header: value for header, value in second.items() if header not in {**points, **counts}} == {
        "Place": 2,
        "Incident": "B",
        "Reported": datetime(2017, 10, 29, 1, 30),
        "District": None,
        "Verdict": "Cannot tell",
        "Score": 9,
        "Children": 1,
        "of them protected": 0,
        "of them not seen": 1,
        "Exposure (days)": None,
        "What has happened since": "1 child: 1 not seen since",
        "Not known of the selection": "risk_level",
    }
    assert "The first of them, =A: A 2 × 30 + G 5 × 3 = 75." in sheet["A3"].value
    assert sheet["A2"].value == "Order (4)"
    assert sheet["A4"].value == "Only the first 2 of 4 are here; all are in order.csv."


def test_the_front_sheet_tells_what_was_selected_found_and_left(book: Workbook) -> None:
    told = words(book["Summary"])
    rows = [[cell for cell in row if cell is not None] for row in book["Summary"].iter_rows(values_only=True)]
    assert "Sweep: Standard-risk backlog" in told
    assert "Why: joint targeted area inspection: 580 standard-risk incidents were never re-assessed" in told
    assert told[told.index("Selection") + 1] == "Incidents reported from 1 Aug 2017 to 30 Nov 2017, of standard risk"
    assert [4, 3, 0, 1, 2, 1, 3, 1, 3, 3] in rows  # the tiles
    assert "4 incidents = 0 looked at + 1 begun + 2 left + 1 with nothing to decide. Nothing is looked at yet." in told
    assert any(text.startswith("The first 2 of 4 incidents are here; all are in order.csv.") for text in told)
    assert "1 line of no selected incident: without a place, at the end of the lists." in told[4]
    assert [text for text in told if re.match(r"\d: ", text)] == [
        "1: risk_level; selected for all that",
        "2: risk is medium",
        "1: reported on another day",
    ]
    assert ["A", "Children not referred", "each child without a submitted referral, then or since", 30] in rows
    (rule,) = (row for row in rows if row[0:1] == ["REF001"])
    assert rule[2:8] == ["Critical", 613, 213, 2, 0, 1]


def test_the_files_for_machines_hold_everything(folder: Path) -> None:
    sweep = swept()
    with (folder / "order.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == list(ORDER)
    assert [row[:3] for row in rows] == [
        ["1", "=A", "2017-08-01T18:00:00+01:00"],
        ["2", "B", "2017-10-29T01:30:00+00:00"],
        ["3", "C", "2017-08-01T18:00:00+01:00"],
        ["4", "D", "2017-08-01T18:00:00+01:00"],
    ]
    for name, frame in (("order", sweep.order), ("children", sweep.children)):
        assert pl.read_parquet(folder / f"{name}.parquet").equals(frame)
    findings = pl.read_parquet(folder / "findings.parquet")
    assert findings.equals(sweep.run.findings.select(COLUMNS))
    assert findings.height == 8
    listed = pl.read_csv(folder / "findings.csv", infer_schema=False)
    assert listed.columns == list(COLUMNS)
    assert listed["evidence"].to_list() == sweep.run.findings["evidence"].to_list()
    assert pl.read_csv(folder / "children.csv").columns == list(SWEPT_CHILDREN)
    assert pl.read_csv(folder / "excluded.csv", schema=EXCLUDED).equals(sweep.excluded)
    assert (folder / "rejected.csv").read_text().count("\n") == 4


def test_the_record_says_what_makes_a_sweep_of_the_run(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert (record["run_id"], record["kind"], record["number"]) == ("20261102T103000Z-0a1b2c3d", "sweep", 31)
    assert record["sweep"] == {
        "name": "Standard-risk backlog",
        "selection": {
            "reported_from": "2017-08-01",
            "reported_to": "2017-11-30",
            "risk": ["standard"],
            "districts": [],
            "rules": [],
            "where": None,
        },
        "population": 4,
        "excluded": {"risk is medium": 2, "reported on another day": 1},
        "not_known": 1,
        "workbook_limit": 2,
        "workbook_sha256": hashlib.sha256((folder / "sweep.xlsx").read_bytes()).hexdigest(),
    }


def test_what_a_reviewer_types_into_the_list_is_read_back(folder: Path, tmp_path: Path) -> None:
    typed = {
        REST["finding_id"]: {"Decision": "Referral now submitted", "Decided by": "DS Hall"},
        FLAG["finding_id"]: {"Decision": "Record corrected", "Decided by": "DS Hall", "Reason": "flag set today"},
        LOST["finding_id"]: {"Decision": "Under review", "Decided by": "DS Hall"},
        P2["finding_id"]: {"Decision": "No referral required, reason given", "Decided by": "DS Hall"},
    }
    returned = read_workbook(fill(folder / "sweep.xlsx", tmp_path / "returned.xlsx", typed), None, ())
    assert returned.lines == 6
    assert [
        (each.finding_id, each.run, each.decision, each.reason, each.rule_id, each.incident_ref, each.child_ref)
        for each in returned.dispositions
    ] == [
        (REST["finding_id"], 31, Decision.REFERRAL_NOW_SUBMITTED, None, "REF001", "=A", "not named"),
        (FLAG["finding_id"], 31, Decision.RECORD_CORRECTED, "flag set today", "FLG001", "elsewhere", "P1"),
        (LOST["finding_id"], 31, Decision.UNDER_REVIEW, None, "CLO001", "gone", None),
    ]
    assert [problem.fault for problem in returned.problems] == ["no Reason for 'no referral required, reason given'"]


@pytest.mark.parametrize("sweep", [sweep_of(), replace(many(9, 0.5), name="=1+1\ufffe" * 40)], ids=["empty", "hostile"])
def test_every_workbook_can_be_opened(tmp_path: Path, sweep: Sweep) -> None:
    steps: list[tuple[str, int, int]] = []
    workbook = write_sweep(sweep, tmp_path, SETTINGS, 5, lambda *step: steps.append(step))
    assert faults(workbook) == []
    assert {what for what, *_ in steps} == {"lists", "workbook"}
    for what in ("lists", "workbook"):
        done = [(rows, of) for step, rows, of in steps if step == what]
        assert done == sorted(done)
        assert done[-1][0] == done[-1][1]
    assert faults(write_batch(sweep, tmp_path, SETTINGS, 3)) == []


def test_an_empty_sweep_says_so(tmp_path: Path) -> None:
    book = load_workbook(write_sweep(sweep_of(), tmp_path, SETTINGS, 1000))
    assert "No incident was selected." in words(book["Summary"])
    assert words(book["Order"])[-1] == "No incident was selected."
    assert words(book["To look at"])[-1] == "No exceptions or undecided cases found by the 6 rules that ran."


def test_every_line_is_in_the_list_and_in_the_file(tmp_path: Path) -> None:
    sweep = many(40, 0.5)
    book = load_workbook(write_sweep(sweep, tmp_path, SETTINGS, 1000))
    listed = [row["Finding id"] for row in table_rows(book["To look at"])]
    assert sorted(listed) == sorted(sweep.run.findings["finding_id"])
    assert len(table_rows(book["Order"])) == 40
    assert pl.read_csv(tmp_path / "findings.csv").height == len(listed) > 20


def test_a_sweep_that_does_not_add_up_is_not_written(tmp_path: Path) -> None:
    sweep = swept()
    lost = replace(sweep, run=replace(sweep.run, findings=sweep.run.findings.head(3)))
    with pytest.raises(ConservationError, match="counted as finding"):
        write_sweep(lost, tmp_path, SETTINGS, LIMIT)
    assert list(tmp_path.iterdir()) == []


def test_a_batch_has_the_next_that_are_not_looked_at_without_what_is_decided(tmp_path: Path) -> None:
    sweep = swept()
    file = write_batch(sweep, tmp_path, SETTINGS, 2)
    assert file == tmp_path / "sweep_standard-risk-backlog_next_2.xlsx"
    assert [entry.name for entry in tmp_path.iterdir()] == [file.name]
    assert faults(file) == []
    book = load_workbook(file)
    assert book.sheetnames == ["To look at", "Order", "Decisions", "Rules"]
    sheet = book["To look at"]
    assert sheet["A2"].value == "To look at (4)"
    assert sheet["A3"].value.startswith("The next 2 of 3 incidents that are not looked at. Each line")
    assert [row["Finding id"] for row in table_rows(sheet)] == [each["finding_id"] for each in (REST, CODE, FLAG, P2)]
    assert [row["Place"] for row in table_rows(book["Order"])] == [1, 2]


def test_the_last_batch_has_the_lines_that_belong_to_no_incident(tmp_path: Path) -> None:
    book = load_workbook(write_batch(swept(), tmp_path, SETTINGS, 3))
    rows = table_rows(book["To look at"])
    assert [row["Place"] for row in rows] == [1, 1, 1, 2, 4, "none"]  # C has nothing to decide


def test_what_is_looked_at_is_in_no_batch_and_at_the_end_nothing_is_left(tmp_path: Path) -> None:
    sweep = swept()
    every = [decision(each) for each in (P1, REST, CODE, FLAG)]
    decided = pl.DataFrame(every, schema=sweep.run.decisions.schema if sweep.run.decisions is not None else None)
    done = replace(sweep, run=replace(sweep.run, decisions=decided))
    file = write_batch(done, tmp_path / "batch.xlsx", SETTINGS, 1)
    assert [row["Incident"] for row in table_rows(load_workbook(file)["To look at"])] == ["B"]
    nothing = [decision(each) for each in (P1, REST, CODE, FLAG, P2, LATER, LOST)]
    done = replace(sweep, run=replace(sweep.run, decisions=pl.DataFrame(nothing, schema=decided.schema)))
    book = load_workbook(write_batch(done, tmp_path, SETTINGS, 50))
    assert words(book["To look at"])[-1] == (
        "Nothing is left to look at: 4 incidents = 3 looked at + 0 begun + 0 left + 1 with nothing to decide."
    )


def test_a_batch_that_somebody_may_be_filling_in_is_never_written_over(tmp_path: Path) -> None:
    sweep = sweep_of([incident(1, "A")], [line("A")], name="Ähm: a/b \\ c?")
    names = [write_batch(sweep, tmp_path, SETTINGS, 9).name for _ in range(3)]
    assert names == [
        "sweep_ähm-a-b-c_next_9.xlsx",
        "sweep_ähm-a-b-c_next_9 (2).xlsx",
        "sweep_ähm-a-b-c_next_9 (3).xlsx",
    ]
    with pytest.raises(ReportError, match=r"next_9\.xlsx is there, and somebody may be filling it in; give another"):
        write_batch(sweep, tmp_path / names[0], SETTINGS, 9)


def test_a_workbook_is_destroyed_so_many_days_after_the_sweep_and_not_after_the_extract(book: Workbook) -> None:
    assert "Destroy this workbook by 31 Jan 2027" in words(book["Summary"])


def test_days_of_decisions_are_days(tmp_path: Path) -> None:
    sweep = sweep_of(
        [incident(1, "A")], [CODE | {"incident_ref": "A"}], decisions=[decision(CODE, decided_on=date(2026, 3, 1))]
    )
    rows = table_rows(load_workbook(write_sweep(sweep, tmp_path, SETTINGS, 1))["To look at"])
    assert rows[0]["Evidence"].startswith("Decided 1 Mar 2026 by DS Hall: referral now submitted\n")


def test_with_a_password_no_workbook_is_plain(tmp_path: Path) -> None:
    settings = ReportConfig.model_validate({"password": "invented"})
    sweep = sweep_of([incident(1, "A")], [line("A")])
    written = (
        write_sweep(sweep, tmp_path / "sweep", settings, LIMIT),
        write_batch(sweep, tmp_path, settings, 1),
        *write_closing(sweep, tmp_path, settings),
    )
    assert {file.read_bytes()[:4] for file in written} == {bytes.fromhex("D0CF11E0")}
    assert read_workbook(written[0], "invented", ()).lines == 1
