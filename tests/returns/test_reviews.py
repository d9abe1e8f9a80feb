"""What a reviewer typed into a workbook of a sample is read from the real file, or is a problem with a remedy."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from checker.config import ReportConfig
from checker.models import AGREED, Answer, Review
from checker.report.sample import write_sample, write_sample_results
from checker.returns import Returned, read_workbook
from checker.sampling import line_id
from tests.samples import CANNOT_TELL, NO, YES, sample_of, sweep_of
from tests.uno_session import Office

SWEEP = sweep_of(40)
SAMPLE = sample_of(SWEEP.order, 5)
INCIDENTS = SAMPLE.rows["incident_ref"].to_list()
FIRST = 5  # the row of the first incident
TYPED: dict[int, dict[str, Any]] = {
    0: {"Answer": "Every child accounted for", "Reviewed by": "DS Hall"},
    1: {"Answer": "A child not accounted for", "Remark": " No form\nfor P1. ", "Reviewed by": "DS Hall"},
    3: {"Answer": "cannot tell from the records.", "Remark": 4711, "Reviewed by": "DS Hall "},
}
SAID = {0: (YES, None), 1: (NO, "No form\nfor P1."), 3: (CANNOT_TELL, "4711")}


@cache
def workbooks() -> list[bytes]:
    """Those of the two reviewers."""
    with TemporaryDirectory() as folder:
        return [file.read_bytes() for file in write_sample(SWEEP, SAMPLE, Path(folder), ReportConfig())]


def sent(folder: Path, reviewer: int = 1) -> Path:
    """The workbook of a reviewer as it is sent out."""
    file = folder / f"sample_1_reviewer_{reviewer}.xlsx"
    file.write_bytes(workbooks()[reviewer - 1])
    return file


def filled(
    file: Path, typed: Mapping[int, Mapping[str, Any]], change: Callable[[Worksheet], None] | None = None
) -> Path:
    """The workbook with what was typed beside the incidents of the sample, by their place in it from 0, and header."""
    book = load_workbook(file)
    sheet = book.worksheets[1]
    columns = headers(sheet)
    rows = {sheet.cell(row, columns["Incident"]).value: row for row in range(FIRST, sheet.max_row + 1)}
    for place, cells in typed.items():
        for header, value in cells.items():
            sheet.cell(rows[INCIDENTS[place]], columns[header]).value = value
    if change is not None:
        change(sheet)
    book.save(file)
    return file


def headers(sheet: Worksheet) -> dict[str, int]:
    """The number of each column."""
    return {cell.value: cell.column for cell in sheet[FIRST - 1] if cell.value}


def said(returned: Returned) -> dict[int, tuple[Answer, str | None]]:
    """What was taken of a workbook with which nothing is wrong, by the place of the incident."""
    assert returned.problems == ()
    assert returned.dispositions == ()
    return {INCIDENTS.index(each.incident_ref): (each.answer, each.remark) for each in returned.reviews}


def problems(returned: Returned) -> list[tuple[int | None, str, str]]:
    return [(each.row, each.fault, each.remedy) for each in returned.problems]


def test_each_answer_is_taken_with_the_place_where_it_stands(tmp_path: Path) -> None:
    file = filled(sent(tmp_path, 2), TYPED)
    returned = read_workbook(file, None, ())
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert (returned.file, returned.sha256, returned.lines) == ("sample_1_reviewer_2.xlsx", sha256, 5)
    assert said(returned) == SAID
    assert returned.reviews[1] == Review(
        sample=1,
        reviewer=2,
        sweep="Backlog 2017",
        incident_ref=INCIDENTS[1],
        answer=Answer.NOT_ACCOUNTED_FOR,
        remark="No form\nfor P1.",
        reviewed_by="DS Hall",
        file="sample_1_reviewer_2.xlsx",
        file_sha256=sha256,
        sheet="Review",
        row=6,
    )


def test_what_both_agreed_on_is_taken_from_the_workbook_of_the_results(tmp_path: Path) -> None:
    answers = dict(zip(INCIDENTS, (YES, YES, NO, NO, YES), strict=True))
    sample = sample_of(SWEEP.order, 5, answers={1: answers, 2: answers | {INCIDENTS[4]: NO}})
    file = write_sample_results(SWEEP, sample, tmp_path, ReportConfig())
    settled = {
        "Agreed answer": "A child not accounted for",
        "Agreed remark": "See P7.",
        "Agreed by": "DS Hall, DI Okafor",
    }
    (taken,) = read_workbook(filled(file, {4: settled}), None, ()).reviews
    assert (taken.sample, taken.reviewer, taken.incident_ref) == (1, AGREED, INCIDENTS[4])
    assert (taken.answer, taken.remark, taken.reviewed_by) == (NO, "See P7.", "DS Hall, DI Okafor")
    assert (taken.sheet, taken.row) == ("Both reviewers", 5)  # the first line, for they differed on it


def test_a_workbook_in_which_nothing_was_typed_states_nothing(tmp_path: Path) -> None:
    returned = read_workbook(sent(tmp_path), None, ())
    assert (returned.reviews, returned.problems, returned.lines) == ((), (), 5)


def test_a_name_that_was_copied_down_the_column_is_no_answer(tmp_path: Path) -> None:
    names = {place: {"Reviewed by": "DS Hall"} for place in range(5)}
    assert said(read_workbook(filled(sent(tmp_path), names | TYPED), None, ())) == SAID


def reverse_order(sheet: Worksheet) -> None:
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=FIRST)]
    for at, row in enumerate(reversed(rows), start=FIRST):
        for column, value in enumerate(row, start=1):
            sheet.cell(at, column).value = value


def without_table(sheet: Worksheet) -> None:
    for name in list(sheet.tables):
        del sheet.tables[name]


def delete_unanswered(sheet: Worksheet) -> None:
    without_table(sheet)
    sheet.delete_rows(FIRST + 4)
    sheet.delete_rows(FIRST + 2)


def insert_above_and_between(sheet: Worksheet) -> None:
    without_table(sheet)
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    sheet.insert_rows(1, 9)
    sheet.insert_cols(3, 2)


def rename(sheet: Worksheet) -> None:
    sheet.title = "Sheet of PS 244 & co. <2>"


def respell_headers(sheet: Worksheet) -> None:
    without_table(sheet)
    columns = headers(sheet)
    for header, other in (("Answer", " ANSWER "), ("Line id", "Line\u00a0 ID"), ("Reviewed by", "reviewed\nby")):
        sheet.cell(FIRST - 1, columns[header]).value = other


def add_notes_below(sheet: Worksheet) -> None:
    sheet.cell(FIRST + 7, 1, "Looked through on Sunday.")
    sheet.cell(FIRST + 8, headers(sheet)["Place"], "=SUM(A5:A9)")


@pytest.mark.parametrize(
    "change",
    [
        *(reverse_order, without_table, delete_unanswered, insert_above_and_between),
        *(rename, respell_headers, add_notes_below),
    ],
)
def test_what_people_do_to_a_list_loses_no_answer(tmp_path: Path, change: Callable[[Worksheet], None]) -> None:
    assert said(read_workbook(filled(sent(tmp_path), TYPED, change), None, ())) == SAID


def test_a_list_copied_into_another_workbook_is_read(tmp_path: Path) -> None:
    source = load_workbook(filled(sent(tmp_path), TYPED))["Review"]
    other = Workbook()
    for row in source.iter_rows(min_row=FIRST - 1, values_only=True):
        other.active.append([None, *row])
    other.save(tmp_path / "other.xlsx")
    assert said(read_workbook(tmp_path / "other.xlsx", None, ())) == SAID


@pytest.mark.office
def test_what_was_typed_in_an_office_program_and_sorted_there_is_read(tmp_path: Path, libreoffice: Office) -> None:
    ids = [line_id(1, 1, "Backlog 2017", incident) for incident in INCIDENTS]
    typed = [("fill", "Review", ids[place], cells) for place, cells in TYPED.items()]
    steps = (*typed, ("sort", "Review", "Line id"), ("rename", "Review", "Mine"))
    assert said(read_workbook(libreoffice.edit(sent(tmp_path), tmp_path / "back.xlsx", *steps), None, ())) == SAID


# --- what is not beyond doubt

ANSWERED = {"Answer": "Every child accounted for", "Reviewed by": "DS Hall"}
CHOOSE = f"choose one of: {YES}; {NO}; {CANNOT_TELL}"
MOVED = "Incident, Sample, Reviewer, Sweep and the id of this line do not belong together: cells were moved"
FRESH = "answer in a fresh copy of the workbook"
AS_SENT = "copy it from the workbook as it was sent"


@pytest.mark.parametrize(
    ("typed", "fault", "remedy"),
    [
        ({"Answer": "yes"}, "the Answer is not one of the list", CHOOSE),
        (
            {"Answer": "a child not acounted for"},
            f"the Answer is not one of the list; did you mean '{NO}'?",
            CHOOSE,
        ),
        (
            {"Answer": None, "Remark": "x"},
            "Remark without an Answer",
            "choose an Answer from the list, or clear the line",
        ),
        ({"Reviewed by": None}, "no Reviewed by", "fill in Reviewed by in the same line"),
        ({"Answer": '="Every child"&" accounted for"'}, "Answer holds a formula", "type it as text"),
        ({"Remark": "=1/0"}, "Remark holds a formula", "type it as text"),
        ({"Remark": "n" * 2_001}, "Remark has 2,001 characters, more than 2,000", "shorten it"),
        ({"Incident": None}, "no Incident", AS_SENT),
        ({"Line id": None}, "no Line id", AS_SENT),
        ({"Line id": "S-1"}, "Line id is not as the checker writes it", AS_SENT),
        ({"Sample": "one"}, "Sample is not as the checker writes it", AS_SENT),
        ({"Reviewer": 3}, "Reviewer is not as the checker writes it", AS_SENT),
        ({"Sweep": None}, "no Sweep", AS_SENT),
        ({"Incident": "INC-2017-999999"}, MOVED, FRESH),
        ({"Reviewer": 2}, MOVED, FRESH),
        ({"Sample": 2}, MOVED, FRESH),
        ({"Sweep": "Another"}, MOVED, FRESH),
    ],
)
def test_a_line_of_which_anything_is_in_doubt_is_a_problem_and_the_others_are_taken(
    tmp_path: Path, typed: dict[str, Any], fault: str, remedy: str
) -> None:
    returned = read_workbook(filled(sent(tmp_path), {0: ANSWERED, 2: ANSWERED | typed}), None, ())
    assert [each.incident_ref for each in returned.reviews] == [INCIDENTS[0]]
    assert problems(returned) == [(7, fault, remedy)]


def test_answers_that_were_sorted_without_their_ids_are_not_taken(tmp_path: Path) -> None:
    """All but the last four columns: each answer went with its incident, but nobody can be sure of that."""

    def sort_part(sheet: Worksheet) -> None:
        first, second = ([cell.value for cell in sheet[row][:9]] for row in (FIRST, FIRST + 1))
        for row, values in ((FIRST, second), (FIRST + 1, first)):
            for column, value in enumerate(values, start=1):
                sheet.cell(row, column).value = value

    returned = read_workbook(filled(sent(tmp_path), TYPED, sort_part), None, ())
    assert [each.incident_ref for each in returned.reviews] == [INCIDENTS[3]]
    assert problems(returned) == [(5, MOVED, FRESH), (6, MOVED, FRESH)]


def test_an_incident_that_stands_twice_and_is_answered_in_two_ways_is_not_taken(tmp_path: Path) -> None:
    def copy_below(sheet: Worksheet) -> None:
        for column, cell in enumerate(sheet[FIRST], start=1):
            sheet.cell(FIRST + 6, column).value = cell.value
        sheet.cell(FIRST + 6, headers(sheet)["Answer"]).value = "A child not accounted for"

    returned = read_workbook(filled(sent(tmp_path), TYPED, copy_below), None, ())
    assert [INCIDENTS.index(each.incident_ref) for each in returned.reviews] == [1, 3]
    fault = "the same incident stands in row {} with something else filled in; none of them was taken"
    remedy = "make the lines the same, or clear all but one"
    assert problems(returned) == [(5, fault.format(11), remedy), (11, fault.format(5), remedy)]


def test_merged_answers_are_not_taken(tmp_path: Path) -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells(start_row=FIRST, end_row=FIRST + 1, start_column=7, end_column=7)

    returned = read_workbook(filled(sent(tmp_path), TYPED, merge), None, ())
    assert [INCIDENTS.index(each.incident_ref) for each in returned.reviews] == [3]
    fault = "merged cells in 'Answer', rows 5 to 6: only the first cell holds what was typed; nothing was taken"
    assert problems(returned) == [(5, fault, "unmerge them and fill each cell by itself")]


@pytest.mark.parametrize("header", ["Answer", "Remark", "Reviewed by", "Incident", "Sample", "Reviewer", "Line id"])
def test_a_list_without_a_needed_column_is_not_read(tmp_path: Path, header: str) -> None:
    def lose(sheet: Worksheet) -> None:
        without_table(sheet)
        sheet.cell(FIRST - 1, headers(sheet)[header]).value = "Notes"

    returned = read_workbook(filled(sent(tmp_path), TYPED, lose), None, ())
    assert (returned.reviews, returned.lines) == ((), 0)
    fault = f"no column '{header}'; nothing was read from this sheet"
    assert problems(returned) == [(4, fault, "give the column its header back, or fill in the workbook as it was sent")]


def test_a_list_without_its_header_row_is_told(tmp_path: Path) -> None:
    def lose_header(sheet: Worksheet) -> None:
        without_table(sheet)
        sheet.delete_rows(FIRST - 1)

    returned = read_workbook(filled(sent(tmp_path), TYPED, lose_header), None, ())
    fault = "has line ids but no header row above them"
    assert problems(returned) == [(None, fault, "copy the header row from the workbook as it was sent")]
    assert returned.problems[0].sheet == "Review"


def test_names_that_a_cell_cannot_hold_as_they_are_come_back_all_the_same(tmp_path: Path) -> None:
    sweep = sweep_of(40, "='Back\x01log' [2017] ")
    file = write_sample(sweep, SAMPLE, tmp_path, ReportConfig())[0]
    assert said(read_workbook(filled(file, TYPED), None, ())) == SAID
