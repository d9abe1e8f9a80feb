"""A sweep from its first list to its sign-off, typed as its users type it, with workbooks filled in by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.command import Done, checker, small_extract

INCIDENTS = """\
incident_ref,reported_at,closed_at,closure_codes,domestic_abuse,risk_form_ref,risk_level,children_in_household,history_checked_at
I1,2026-10-20T10:00,2026-10-20T12:00,QL23,yes,DASH-1,medium,no,2026-10-20T11:00
I2,2026-10-20T11:00,2026-10-20T13:00,QL23,yes,DASH-2,medium,no,2026-10-20T12:00
I3,2026-10-21T11:00,2026-10-21T13:00,QL23,yes,DASH-3,medium,no,2026-10-21T12:00
I4,2026-10-22T11:00,2026-10-22T13:00,QL23,yes,DASH-4,medium,no,2026-10-22T12:00
"""
CHILDREN = """\
incident_ref,child_ref,date_of_birth
I1,C1,2010-03-04
I2,C2,2024-03-04
I3,C3,2010-03-04
I4,C4,2010-03-04
I4,C5,2010-03-04
"""
REFERRALS = "referral_ref,incident_ref,child_ref,submitted_at\nR1,I1,C1,2026-10-20T12:00\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with an extract of four incidents: I1 is sound, of the others no child has a form."""
    small_extract(tmp_path / "extract", incidents=INCIDENTS, children=CHILDREN, referrals=REFERRALS)
    done = command(tmp_path, "extract", "--name", "autumn", "--reason", "a test", "--as-of", "2026-11-22T02:00")
    assert (done.code, done.err) == (0, "")
    return tmp_path


def command(folder: Path, *arguments: object) -> Done:
    return checker("sweep", *arguments, folder=folder)


def lines_of(workbook: Path) -> list[dict[str, Any]]:
    """The lines of the sheet To look at, by header, in their order."""
    sheet = openpyxl.load_workbook(workbook)["To look at"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    top = next(number for number, row in enumerate(rows) if "Finding id" in row)
    return [dict(zip(rows[top], row, strict=True)) for row in rows[top + 1 :]]


def fill_in(workbook: Path, words: Mapping[tuple[str, str | None], tuple[str, str | None]]) -> None:
    """Type a decision and a reason beside each line of an incident and a child."""
    book = openpyxl.load_workbook(workbook)
    sheet = book["To look at"]
    (top,) = [row[0].row for row in sheet.iter_rows() if any(cell.value == "Finding id" for cell in row)]
    columns = {cell.value: cell.column for cell in sheet[top]}
    for row in range(top + 1, sheet.max_row + 1):
        line = {header: sheet.cell(row, column) for header, column in columns.items()}
        said = words.get((line["Incident"].value, line["Child"].value))
        if said is not None:
            line["Decision"].value, line["Reason"].value = said
            line["Decided by"].value = "DS Example"
    book.save(workbook)


def status(folder: Path) -> dict[str, Any]:
    told = json.loads(command(folder, "status", "autumn", "--json").out)
    return {name: told[name] for name in ("looked_at", "begun", "left", "nothing_to_decide", "decided", "lines")}


def test_a_sweep_from_its_first_list_to_its_sign_off(folder: Path) -> None:
    out = folder / "out" / "sweep_autumn"
    # I4 has two unreferred children (60) and several (5); C2 is under five (30 + 10); C3 is not (30).
    assert [
        (line["Place"], line["Incident"], line["Child"], line["Score"]) for line in lines_of(out / "sweep.xlsx")
    ] == [
        (1, "I4", "C4", 65),
        (1, "I4", "C5", 65),
        (2, "I2", "C2", 40),
        (3, "I3", "C3", 30),
    ]
    assert status(folder) == {
        "looked_at": 0, "begun": 0, "left": 3, "nothing_to_decide": 1, "decided": 0, "lines": 4
    }  # fmt: skip

    fill_in(
        out / "sweep.xlsx",
        {
            ("I4", "C4"): ("Referral now submitted", None),
            ("I4", "C5"): ("Under review", None),
            ("I2", "C2"): ("No referral required, reason given", "lives abroad now"),
            ("I3", "C3"): ("No referral required, reason given", None),  # which needs one
        },
    )
    collected = checker("collect", out / "sweep.xlsx", folder=folder)
    assert collected.code == 0
    assert "3 decisions" in collected.out
    assert status(folder) == {
        "looked_at": 1, "begun": 1, "left": 1, "nothing_to_decide": 1, "decided": 2, "lines": 4
    }  # fmt: skip

    batch = command(folder, "next", "autumn", "--batch", "1").out.removeprefix("Workbook: ").strip()
    assert [(line["Incident"], line["Child"]) for line in lines_of(folder / batch)] == [("I4", "C5")]
    fill_in(folder / batch, {("I4", "C5"): ("Record corrected", None)})
    assert checker("collect", folder / batch, folder=folder).code == 0
    assert status(folder)["looked_at"] == 2

    refused = command(folder, "sign-off", "autumn", "--by", "DI Example")
    assert (refused.code, refused.err) == (
        2,
        "checker: --reason: still open: Exception, no decision (1); Child: not seen since, no decision (1); "
        "state why it is signed off all the same\n",
    )  # fmt: skip
    signed = command(folder, "sign-off", "autumn", "--by", "DI Example", "--reason", "C3 has moved")
    assert signed.code == 0
    summary = openpyxl.load_workbook(out / "sweep_summary.xlsx").active
    assert summary is not None
    texts = [cell.value for row in summary.iter_rows() for cell in row if cell.value is not None]
    assert any(isinstance(text, str) and text.endswith(": C3 has moved") for text in texts)
    assert "4 incidents = 2 looked at + 0 begun + 1 left + 1 with nothing to decide." in texts

    fill_in(out / "sweep.xlsx", {("I3", "C3"): ("No referral required, reason given", "too late")})
    late = checker("collect", out / "sweep.xlsx", folder=folder).out
    assert late.splitlines()[1].split() == ["sweep.xlsx", "4", "0", "3", "1"]  # three are known, the fourth is refused
    assert status(folder)["looked_at"] == 2


def test_a_batch_is_empty_once_everything_is_looked_at(folder: Path) -> None:
    out = folder / "out" / "sweep_autumn"
    every = {(line["Incident"], line["Child"]): ("Record corrected", None) for line in lines_of(out / "sweep.xlsx")}
    fill_in(out / "sweep.xlsx", every)
    checker("collect", out / "sweep.xlsx", folder=folder)
    told = command(folder, "next", "autumn", "--batch", "5")
    assert told.code == 0
    assert command(folder, "sign-off", "autumn", "--by", "DI Example").code == 0


def test_a_report_of_a_sweep_is_asked_for_by_its_name(folder: Path) -> None:
    refused = checker("report", "1", folder=folder)
    fault = "checker: run 1: is a sweep; the command that began it, typed again, writes its files\n"
    assert (refused.code, refused.err) == (2, fault)


def test_two_sweeps_do_not_share_a_folder(folder: Path) -> None:
    arguments = ["extract", "--reason", "a test", "--as-of", "2026-11-22T02:00", "--out", "out/sweep_autumn"]
    other = command(folder, *arguments, "--name", "winter")
    assert (other.code, other.err) == (
        14,
        "checker: out/sweep_autumn: holds the files of another sweep; give another folder with --out\n",
    )
    assert lines_of(folder / "out" / "sweep_autumn" / "sweep.xlsx")


def answer(workbook: Path, name: str, words: Mapping[str, str]) -> None:
    """Type the answer of a reviewer, or what was agreed, beside each incident of these."""
    book = openpyxl.load_workbook(workbook)
    sheet = book.worksheets[1]
    (top,) = [row[0].row for row in sheet.iter_rows() if any(cell.value == "Incident" for cell in row)]
    columns = {cell.value: cell.column for cell in sheet[top]}
    typed = "Answer" if "Answer" in columns else "Agreed answer"
    by = "Reviewed by" if typed == "Answer" else "Agreed by"
    for row in range(top + 1, sheet.max_row + 1):
        said = words.get(sheet.cell(row, columns["Incident"]).value)
        if said is not None:
            sheet.cell(row, columns[typed], said)
            sheet.cell(row, columns[by], name)
    book.save(workbook)


YES, NO = "Every child accounted for", "A child not accounted for"


def test_what_a_sample_finds_is_open_until_somebody_answers_for_it(folder: Path) -> None:
    """I1 passed every rule, and both reviewers find a child of it not accounted for: no list of lines has it."""
    out = folder / "out" / "sweep_autumn"
    again = ["extract", "--name", "autumn", "--reason", "a test", "--as-of", "2026-11-22T02:00"]
    assert command(folder, *again, "--sample", "4", "--seed", "7").code == 0
    first, second = out / "sample_1_reviewer_1.xlsx", out / "sample_1_reviewer_2.xlsx"
    answer(first, "DS Example", {"I1": NO, "I2": YES, "I3": YES, "I4": YES})
    answer(second, "DI Other", {"I1": NO, "I2": NO, "I3": YES, "I4": YES})
    every = {(line["Incident"], line["Child"]): ("Record corrected", None) for line in lines_of(out / "sweep.xlsx")}
    fill_in(out / "sweep.xlsx", every)
    assert checker("collect", out / "sweep.xlsx", first, second, folder=folder).code == 0

    report = command(folder, "report", "autumn")
    assert (report.code, report.err) == (0, "")
    results = out / "sample_1_results.xlsx"
    answer(results, "DCI Third", {"I1": YES, "I2": YES})  # on I1 both were of one mind: that stands
    assert command(folder, "report", "autumn").err.endswith(
        "was filled in and not yet collected; collect it, or give another --out\n"
    )
    collected = checker("collect", results, folder=folder)
    assert "both reviewers gave the same answer, which stands" in collected.out
    (told,) = json.loads(command(folder, "status", "autumn", "--json").out)["samples"]
    assert (told["agreed"], told["whole"]["found"], told["whole"]["unresolved"]) == (3, 1, 0)

    refused = command(folder, "sign-off", "autumn", "--by", "DI Example")
    fault = "still open: Sample: a child not accounted for (1)"
    assert refused.err == f"checker: --reason: {fault}; state why it is signed off all the same\n"
    assert command(folder, "report", "autumn").code == 0
    still_open = openpyxl.load_workbook(out / "sweep_report.xlsx")["Still open"]
    texts = [[cell.value for cell in row] for row in still_open.iter_rows()]
    assert ["I1", "Sample: a child not accounted for"] in [row[1:3] for row in texts]


def test_what_was_typed_and_not_collected_is_not_written_over(folder: Path) -> None:
    workbook = folder / "out" / "sweep_autumn" / "sweep.xlsx"
    again = ["extract", "--name", "autumn", "--reason", "a test", "--as-of", "2026-11-22T02:00"]
    fill_in(workbook, {("I3", "C3"): ("Record corrected", None)})
    refused = command(folder, *again)
    assert (refused.code, refused.err) == (
        14,
        "checker: out/sweep_autumn/sweep.xlsx: was changed and not yet collected; collect it, or give another --out\n",
    )
    (
        workbook.parent / "run.json"
    ).unlink()  # which tells how it was sent: without it nobody knows that it was not typed in
    assert command(folder, *again).err == refused.err
    checker("collect", workbook, folder=folder)
    assert command(folder, *again).code == 0
    assert [line["Decision"] for line in lines_of(workbook)] == [None] * 4  # written anew; what was decided is evidence


def test_a_sweep_by_which_no_rule_runs_is_no_clean_one(folder: Path) -> None:
    arguments = ["extract", "--name", "schools", "--reason", "a test", "--as-of", "2026-11-22T02:00"]
    refused = command(folder, *arguments, "--rule", "enc001")
    assert refused.code == 2
    assert refused.err == (
        "checker: no rule can be run, so that every incident would look clean: "
        "ENC001: the extract has no notifications table\n"
    )
    assert not (folder / "out" / "sweep_schools").exists()


def test_wrong_words_leave_the_name_free(folder: Path) -> None:
    arguments = ["extract", "--name", "south", "--reason", "a test", "--as-of", "2026-11-22T02:00"]
    assert command(folder, *arguments, "--risk", "hihg").code == 2
    names = [told["name"] for told in json.loads(command(folder, "status", "--json").out)]
    assert names == ["autumn"]
    assert command(folder, *arguments, "--risk", "medium").code == 0
    assert command(folder, "stauts", "south").err == (
        "checker: stauts: is no command of a sweep and no extract; did you mean 'status'?\n"
    )
