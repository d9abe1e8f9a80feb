"""Workbooks that come back are read by the nightly pass, and its next list heeds what was decided in them."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from openpyxl import load_workbook

from checker.config import load_config
from checker.pipeline.returns import collect
from checker.schedule.notice import message
from checker.schedule.service import one_pass
from checker.store import opened
from tests.command import checker
from tests.nights import lines_of, write_config
from tests.returns.filled import fill
from tests.schedule.passes import events, night, nightly
from tests.uno_session import Office

SUBMITTED = {"Decision": "Referral now submitted", "Decided by": "DS Example"}


@pytest.fixture
def config(store_url: str, tmp_path: Path) -> Path:
    """A service with a folder for returned workbooks."""
    (tmp_path / "returns").mkdir()
    return write_config(tmp_path, store_url, "returns = 'returns'")


def reports(folder: Path) -> list[Path]:
    """The report folders in the order of their runs."""
    return sorted(path for path in (folder / "reports").iterdir() if path.is_dir())


def return_reports(folder: Path) -> list[Path]:
    return sorted((folder / "reports").glob("return_report_*.xlsx"))


def problems_of(report: Path) -> list[tuple[object, ...]]:
    """Sheet, row and fault of each line of the sheet of problems."""
    sheet = load_workbook(report)["Problems"]
    ref = next(iter(sheet.tables.values())).ref
    return [tuple(cell.value for cell in row)[1:5:1] for row in sheet[ref]][1:]


def test_a_pass_takes_the_decisions_first_and_reads_each_workbook_once(config: Path, tmp_path: Path) -> None:
    night(tmp_path, 1, a="F", b="F", c="F")
    assert nightly(config).code == 0
    (first,) = reports(tmp_path)
    ids = {story: line["finding_id"] for story, line in lines_of(first).items()}
    fill(
        first / "exceptions.xlsx",
        tmp_path / "returns" / "back.xlsx",
        {ids["a"]: SUBMITTED, ids["b"]: {"Decision": "?"}},
    )
    (tmp_path / "returns" / "~$back.xlsx").write_bytes(b"the mark of an open workbook")
    night(tmp_path, 2, a="F", b="F", c="F")
    done = nightly(config)
    assert done.code == 0
    assert "back.xlsx" in done.out
    assert {story: line["status"] for story, line in lines_of(reports(tmp_path)[1]).items()} == {
        "a": "settled",
        "b": "still open",
        "c": "still open",
    }
    (report,) = return_reports(tmp_path)
    sheet, row, finding_id, fault = problems_of(report)[0]
    assert (sheet, finding_id) == ("Exceptions", ids["b"])
    assert isinstance(row, int)
    assert str(fault).startswith("the Decision is not one of the list")
    (told,) = [event for event in events(done) if event["event"] == "workbook returned"]
    assert (told["lines"], told["taken"], told["repeated"], told["problems"]) == (6, 1, 0, 2)
    again = nightly(config)
    assert not [event for event in events(again) if event["event"] == "workbook returned"]
    assert return_reports(tmp_path) == [report]


def test_a_workbook_that_cannot_be_read_keeps_no_extract_waiting_and_is_told_once(config: Path, tmp_path: Path) -> None:
    (tmp_path / "returns" / "notes.xlsx").write_bytes(b"no workbook")
    night(tmp_path, 1, a="F")
    assert nightly(config).code == 0
    assert len(reports(tmp_path)) == 1
    assert problems_of(return_reports(tmp_path)[0]) == [(None, None, None, "is no Excel workbook")]
    assert nightly(config).code == 0
    assert len(return_reports(tmp_path)) == 1


def test_a_workbook_whose_report_cannot_be_written_is_read_again(config: Path, tmp_path: Path) -> None:
    """Or nobody would ever see the lines that were not taken."""
    night(tmp_path, 1, a="F", b="F")
    nightly(config)
    ids = {story: line["finding_id"] for story, line in lines_of(reports(tmp_path)[0]).items()}
    typed = {ids["a"]: SUBMITTED, ids["b"]: {"Decision": "under review"}}
    fill(reports(tmp_path)[0] / "exceptions.xlsx", tmp_path / "returns" / "back.xlsx", typed)
    (tmp_path / "reports").rename(tmp_path / "kept")
    (tmp_path / "reports").write_text("a file where the folder should be")
    done = nightly(config)
    assert (done.code, "RETURNED WORKBOOKS NOT READ" in done.out) == (14, True)
    (tmp_path / "reports").unlink()
    (tmp_path / "kept").rename(tmp_path / "reports")
    done = nightly(config)
    assert "0 decisions taken, 1 to look at." in done.out  # the other is known already
    assert len(problems_of(return_reports(tmp_path)[0])) == 1


def test_what_explorer_leaves_in_a_folder_is_no_returned_workbook(config: Path, tmp_path: Path) -> None:
    for name in ("Thumbs.db", "desktop.ini"):
        (tmp_path / "returns" / name).write_bytes(b"of no concern")
    night(tmp_path, 1, a="F")
    assert nightly(config).code == 0
    assert return_reports(tmp_path) == []


def test_two_return_reports_of_one_second_are_two_files(config: Path, tmp_path: Path) -> None:
    settings = load_config(config)
    with opened(settings.store.url.get_secret_value()) as store:
        told = [collect([tmp_path / name], settings, store, tmp_path / "reports") for name in ("a.xlsx", "b.xlsx")]
    assert len({report.file for report in told}) == len(return_reports(tmp_path)) == 2


def test_a_missing_returns_folder_is_told_and_the_extracts_are_run(config: Path, tmp_path: Path) -> None:
    (tmp_path / "returns").rmdir()
    night(tmp_path, 1, a="F")
    done = nightly(config)
    assert done.code == 11
    assert f"RETURNED WORKBOOKS NOT READ: {tmp_path / 'returns'}: no such folder for returned workbooks" in done.out
    assert len(reports(tmp_path)) == 1


def test_the_message_of_a_pass_says_how_many_were_taken_and_names_no_finding(config: Path, tmp_path: Path) -> None:
    night(tmp_path, 1, a="F", b="F")
    nightly(config)
    (first,) = reports(tmp_path)
    ids = {story: line["finding_id"] for story, line in lines_of(first).items()}
    typed = {ids["a"]: SUBMITTED, ids["b"]: {"Decision": "under review"}}
    fill(first / "exceptions.xlsx", tmp_path / "returns" / "back.xlsx", typed)
    subject, lines = message(one_pass(load_config(config), config, Event()))
    assert subject == "1 returned line to look at"
    assert lines == [
        "1 workbook returned: 1 decision taken, 1 to look at.",
        f"Return report: {return_reports(tmp_path)[0]}",
    ]


def test_what_is_settled_is_not_read_again_from_the_next_workbook(config: Path, tmp_path: Path) -> None:
    """Its sheet Settled shows the decision, and is no list to be filled in."""
    night(tmp_path, 1, a="F", b="F")
    nightly(config)
    ids = {story: line["finding_id"] for story, line in lines_of(reports(tmp_path)[0]).items()}
    fill(reports(tmp_path)[0] / "exceptions.xlsx", tmp_path / "returns" / "back.xlsx", {ids["a"]: SUBMITTED})
    night(tmp_path, 2, a="F", b="F")
    nightly(config)
    second = reports(tmp_path)[1] / "exceptions.xlsx"
    assert load_workbook(second)["Settled"].max_row > 5
    done = checker("collect", second, "--config", config)
    assert (done.code, "0 decisions taken, 0 to look at." in done.out) == (0, True)


@pytest.mark.office
def test_the_whole_trip_through_a_real_office_program(config: Path, tmp_path: Path, libreoffice: Office) -> None:
    """Decided, sorted, filtered, hidden, deleted, renamed and saved by LibreOffice: what was typed is what counts."""
    night(tmp_path, 1, a="F", b="F", c="F", d="U", e="F")
    nightly(config)
    (first,) = reports(tmp_path)
    ids = {story: line["finding_id"] for story, line in lines_of(first).items()}
    decided = {"Decision": "No referral required, reason given", "Reason": "=1+1 is no formula", "Decided by": "PS 1"}
    libreoffice.edit(
        first / "exceptions.xlsx",
        tmp_path / "returns" / "back.xlsx",
        ("fill", "Exceptions", ids["a"], SUBMITTED),
        ("fill", "Exceptions", ids["b"], decided | {"Reason": "seen by the hub"}),
        ("fill", "Cannot tell", ids["d"], {"Decision": "Under review", "Decided by": "PS 1"}),
        ("insert_column", "Exceptions", "Child"),
        ("sort", "Exceptions", "Incident"),
        ("delete", "Exceptions", ids["c"]),
        ("hide", "Exceptions", ids["b"]),
        ("filter", "Exceptions", "Rule", "CLO002"),
        ("rename", "Exceptions", "My list"),
    )
    done = checker("collect", tmp_path / "returns" / "back.xlsx", "--config", config)
    assert (done.code, done.err) == (0, "")
    assert "3 decisions taken, 0 to look at." in done.out
    night(tmp_path, 2, a="F", b="F", c="F", d="U", e="F")
    nightly(config)
    second = lines_of(reports(tmp_path)[1])
    assert {story: line["status"] for story, line in second.items()} == {
        "a": "settled",
        "b": "settled",
        "c": "still open",
        "d": "under review",
        "e": "still open",
    }
    with opened(load_config(config).store.url.get_secret_value()) as store:
        step = store.history(ids["b"])[1]
    assert (step.what, step.reason, step.decided_by) == (
        "no referral required, reason given",
        "seen by the hub",
        "PS 1",
    )
