"""The workbooks of a sample: what a reviewer sees, what a reviewer must not see, and what came of both."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from checker.config import ReportConfig
from checker.encryption import plain_bytes
from checker.errors import ReportError
from checker.models import Answer, Sample
from checker.report.sample import estimate_in_words, how_drawn, kappa_in_words, write_sample, write_sample_results
from checker.sampling import Estimate, SampleResult, line_id
from tests.report.ooxml import faults
from tests.samples import CANNOT_TELL, NAMES, NO, YES, order_of, sample_of, sweep_of

SWEEP = sweep_of(40)
SAMPLE = sample_of(SWEEP.order, 6)
INCIDENTS = SAMPLE.rows["incident_ref"].to_list()
PLAIN = ReportConfig()
ANSWERS = ["Every child accounted for", "A child not accounted for", "Cannot tell from the records"]
YELLOW = "00FFFBE6"


def said(line: str) -> dict[str, Answer]:
    """What a reviewer answered for the incidents in their order; nothing where there is a dot."""
    words = {"y": YES, "n": NO, "c": CANNOT_TELL}
    return {incident: words[each] for incident, each in zip(INCIDENTS, line, strict=True) if each != "."}


def with_answers(one: str, other: str, agreed: str = "......") -> Sample:
    return sample_of(SWEEP.order, 6, answers={1: said(one), 2: said(other), 3: said(agreed)})


def table(sheet: Worksheet) -> list[dict[str, Any]]:
    (only,) = sheet.tables.values()
    headers, *rows = [[cell.value for cell in row] for row in sheet[only.ref]]
    return [dict(zip(headers, row, strict=True)) for row in rows]


def words(sheet: Worksheet) -> list[Any]:
    return [value for row in sheet.iter_rows(values_only=True) for value in row if value is not None]


def results(folder: Path, sample: Sample) -> list[Worksheet]:
    return load_workbook(write_sample_results(SWEEP, sample, folder, PLAIN)).worksheets


# --- the workbook of a reviewer


def test_each_reviewer_has_a_workbook_with_the_incidents_in_the_order_of_the_draw(tmp_path: Path) -> None:
    files = write_sample(SWEEP, SAMPLE, tmp_path / "sample", PLAIN)
    assert [file.name for file in files] == ["sample_1_reviewer_1.xlsx", "sample_1_reviewer_2.xlsx"]
    assert sorted(tmp_path.rglob("*.*")) == list(files)
    for reviewer, file in enumerate(files, start=1):
        front, review = load_workbook(file).worksheets
        assert (front.title, review.title) == ("How to review", "Review")
        rows = table(review)
        assert list(rows[0]) == [
            *("Place", "Incident", "Reported (London)", "District", "Team", "Children listed"),
            *("Answer", "Remark", "Reviewed by", "Sample", "Reviewer", "Sweep", "Line id"),
        ]
        assert [(row["Place"], row["Incident"]) for row in rows] == list(enumerate(INCIDENTS, start=1))
        assert {(row["Answer"], row["Remark"], row["Reviewed by"]) for row in rows} == {(None, None, None)}
        assert {(row["Sample"], row["Reviewer"], row["Sweep"]) for row in rows} == {(1, reviewer, "Backlog 2017")}
        ids = [line_id(1, reviewer, "Backlog 2017", incident) for incident in INCIDENTS]
        assert [row["Line id"] for row in rows] == ids


def test_the_children_of_an_incident_stand_below_each_other_with_their_ages(tmp_path: Path) -> None:
    sample = sample_of(SWEEP.order, 40)  # all of them
    (file, _) = write_sample(SWEEP, sample, tmp_path, PLAIN)
    listed = {row["Incident"]: row["Children listed"] for row in table(load_workbook(file)["Review"])}
    # number n has n % 4 children; the third of a number that ends with 2 or 7 has no name; each fourth has no age
    assert listed["INC-2017-000000"] == "none"
    assert listed["INC-2017-000001"] == "P0000010 (5-11)"
    assert listed["INC-2017-000002"] == "P0000020 (unborn)\nP0000021"
    assert listed["INC-2017-000007"] == "P0000070\nP0000071 (under 5)\nnot named (5-11)"


def test_nothing_in_it_tells_what_the_checker_or_the_other_reviewer_found(tmp_path: Path) -> None:
    """Even where the sample is stratified by verdict, and where the other has answered already."""
    sample = replace(with_answers("nnnnnn", "......"), rows=sample_of(SWEEP.order, 6, "verdict").rows)
    sample = replace(sample, stratified_by=("verdict",))
    incidents = sample.rows["incident_ref"].to_list()
    for file in write_sample(SWEEP, sample, tmp_path, PLAIN):
        _, review = load_workbook(file).worksheets
        assert [row["Incident"] for row in table(review)] == incidents
        told = " ".join(map(str, words(review)))
        for secret in ("finding", "pass", "undetermined", "exception", "verdict", "stratum", "score", "DS Hall", NO):
            assert secret not in told


def test_an_answer_is_chosen_from_the_list_that_the_front_sheet_shows(tmp_path: Path) -> None:
    book = load_workbook(write_sample(SWEEP, SAMPLE, tmp_path, PLAIN)[0])
    (choice,) = book["Review"].data_validations.dataValidation
    assert (choice.type, choice.formula1, choice.errorStyle, choice.allow_blank) == ("list", "AnswerList", "stop", True)
    assert str(choice.sqref) == "G5:G10"
    assert len(choice.error) <= 255  # Excel shows no more
    ((sheet, cells),) = book.defined_names["AnswerList"].destinations
    assert [cell.value for (cell,) in book[sheet][cells]] == ANSWERS


def test_what_is_to_be_filled_in_is_yellow_and_kept_as_text(tmp_path: Path) -> None:
    review = load_workbook(write_sample(SWEEP, SAMPLE, tmp_path, PLAIN)[0])["Review"]
    (only,) = review.tables.values()
    header, first, *_ = review[only.ref]
    yellow = {name.value for name, cell in zip(header, first, strict=True) if cell.fill.fgColor.rgb == YELLOW}
    assert yellow == {"Answer", "Remark", "Reviewed by"}
    assert {cell.number_format for cell in first if cell.fill.fgColor.rgb == YELLOW} == {"@"}


def test_the_front_sheet_says_how_it_is_done(tmp_path: Path) -> None:
    front = load_workbook(write_sample(SWEEP, SAMPLE, tmp_path, PLAIN)[1])["How to review"]
    told = words(front)
    assert told[:3] == [
        "OFFICIAL-SENSITIVE",
        "Sample 1 of the sweep Backlog 2017: reviewer 2",
        "6 incidents drawn from 40 incidents, by chance and not because anything is wrong with them.",
    ]
    assert any("each alone and with a workbook of their own" in str(each) for each in told)
    assert (front.oddHeader.center.text, front.oddFooter.center.text) == ("OFFICIAL-SENSITIVE", "OFFICIAL-SENSITIVE")
    assert front.oddFooter.left.text == "Sweep Backlog 2017, sample 1, reviewer 2. Destroy by 20 Feb 2027"


def test_a_workbook_that_may_be_filled_in_is_never_replaced(tmp_path: Path) -> None:
    (_, other) = write_sample(SWEEP, SAMPLE, tmp_path, PLAIN)
    (tmp_path / "sample_1_reviewer_1.xlsx").unlink()
    other.write_bytes(b"filled in")
    assert write_sample(SWEEP, SAMPLE, tmp_path, PLAIN) == (tmp_path / "sample_1_reviewer_1.xlsx", other)
    assert (tmp_path / "sample_1_reviewer_1.xlsx").is_file()
    assert other.read_bytes() == b"filled in"


def test_workbooks_that_cannot_be_written_are_told_with_their_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match="the workbooks of the sample cannot be written there"):
        write_sample(SWEEP, SAMPLE, tmp_path / "file", PLAIN)


def test_they_are_encrypted_as_the_others_are(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse")
    (tmp_path / "password").chmod(0o600)
    settings = ReportConfig(password_file=tmp_path / "password")
    files = (*write_sample(SWEEP, SAMPLE, tmp_path, settings), write_sample_results(SWEEP, SAMPLE, tmp_path, settings))
    for file in files:
        assert INCIDENTS[0].encode() not in file.read_bytes()
        assert load_workbook(BytesIO(plain_bytes(file.read_bytes(), "correct horse"))).sheetnames[1] != ""


HOSTILE = "='O'Hara' & co. [1]\ufffe_x0041_"


@pytest.mark.parametrize("by", [(), ("district", "verdict")], ids=["simple", "stratified"])
def test_excel_has_nothing_to_repair(tmp_path: Path, by: tuple[str, ...]) -> None:
    sweep = sweep_of(60, HOSTILE)
    drawn = sample_of(sweep.order, 30, *by)
    answers = dict.fromkeys(drawn.rows["incident_ref"], YES)
    for number, answered in enumerate(({}, {1: answers}, {1: answers, 2: answers})):
        sample = sample_of(sweep.order, 30, *by, answers=answered)
        folder = tmp_path / str(number)
        files = (*write_sample(sweep, sample, folder, PLAIN), write_sample_results(sweep, sample, folder, PLAIN))
        assert {file.name: faults(file) for file in files} == {file.name: [] for file in files}


# --- what came of it


def test_the_results_say_what_the_sample_tells_of_the_backlog(tmp_path: Path) -> None:
    """1 of 6 found in 40: at least 1, and at most 24 (a share of 60.0%)."""
    front, _ = results(tmp_path, with_answers("yynyyy", "yynyyy"))
    told = words(front)
    assert told[:3] == [
        "OFFICIAL-SENSITIVE",
        "Sample 1 of the sweep Backlog 2017: results",
        "6 incidents of 40, drawn on 22 Nov 2026 11:00 GMT, each to be looked at by two reviewers on their own.",
    ]
    at = told.index("What the sample says of the whole backlog")
    assert told[at + 1] == (
        "1 to 24 of the 40 incidents (2.5% to 60.0%) have a child who is not accounted for, with 95% confidence: 1 of "
        "6 found; the likeliest number is 7."
    )
    assert told[at + 2 : at + 11] == [
        *("Of", "Incidents", "Sampled", "Found", "Unresolved", "Likeliest", "Lowest", "Highest", "Share")
    ]
    assert told[at + 11 : at + 20] == ["the whole backlog", 40, 6, 1, 0, 7, 1, 24, "2.5% to 60.0%"]


def test_they_say_how_far_the_reviewers_agree_and_on_what(tmp_path: Path) -> None:
    """They agree on 5 of 6; by chance on 5/6 x 4/6 + 1/6 x 2/6 = 22/36. Kappa is (30/36 - 22/36) / (14/36) = 0.57."""
    front, _ = results(tmp_path, with_answers("yyyyyn", "yyyynn"))
    told = words(front)
    at = told.index("How far the reviewers agree")
    assert told[at + 1] == (
        "Of 6 incidents that both have answered for they gave 5 the same answer. Cohen's kappa 0.57: moderate "
        "agreement (1 is perfect, 0 what chance alone would give)."
    )
    assert told[at + 6 : at + 10] == ["Reviewer 1: every child accounted for", 4, 1, 0]
    assert told[at + 10 : at + 14] == ["Reviewer 1: a child not accounted for", 0, 1, 0]


def test_before_every_answer_is_in_there_is_no_estimate_and_no_answer_is_told_that_stands_alone(tmp_path: Path) -> None:
    front, both = results(tmp_path, with_answers("yn.ny.", "yy.n.."))
    told = words(front)
    assert (
        told[3] == "NOT EVERY ANSWER IS IN. Keep this workbook from a reviewer who still has incidents to answer for."
    )
    at = told.index("What the sample says of the whole backlog")
    assert told[at + 1].startswith("3 of the 6 incidents of the sample are not yet answered for by both reviewers.")
    assert told[at + 2] == "How far the reviewers agree"
    rows = {row["Incident"]: row for row in table(both)}
    alone = rows[INCIDENTS[4]]
    assert [alone[header] for header in ("Standing", "Reviewer 1", "Name of 1", "Reviewer 2", "Checker's verdict")] == [
        *("waits for reviewer 2", "answered", None, None, None)
    ]
    assert rows[INCIDENTS[2]]["Standing"] == "waits for both"
    assert rows[INCIDENTS[3]]["Reviewer 1"] == ANSWERS[1]


def test_those_on_which_they_differ_come_first_then_what_nobody_can_tell(tmp_path: Path) -> None:
    _, both = results(tmp_path, with_answers("ynncyy", "yyncyn", ".n...."))
    rows = table(both)
    assert list(rows[0]) == [
        *("Place", "Incident", "Standing", "Reviewer 1", "Remark of 1", "Name of 1"),
        *("Reviewer 2", "Remark of 2", "Name of 2", "Checker's verdict"),
        *("Agreed answer", "Agreed remark", "Agreed by", "Sample", "Sweep", "Line id"),
    ]
    assert [(row["Place"], row["Standing"]) for row in rows] == [
        (6, "differ"),
        (4, "cannot tell"),
        (2, "settled: a child not accounted for, by DS Hall and DI Okafor"),
        (1, "agree"),
        (3, "agree"),
        (5, "agree"),
    ]
    assert [rows[0][header] for header in ("Reviewer 1", "Name of 1", "Reviewer 2", "Name of 2")] == [
        *(ANSWERS[0], NAMES[1], ANSWERS[1], NAMES[2])
    ]
    assert {row["Agreed answer"] for row in rows} == {None}
    verdicts = dict(SWEEP.order.select("incident_ref", "verdict").iter_rows())
    in_words = {"finding": "exception", "pass": "passed", "undetermined": "cannot tell", "out_of_scope": "out of scope"}
    assert [row["Checker's verdict"] for row in rows] == [in_words[verdicts[row["Incident"]]] for row in rows]
    assert [row["Line id"] for row in rows] == [line_id(1, 3, "Backlog 2017", row["Incident"]) for row in rows]


def test_a_stratified_sample_is_told_by_stratum(tmp_path: Path) -> None:
    sample = sample_of(SWEEP.order, 8, "verdict")
    answers = dict.fromkeys(sample.rows["incident_ref"], YES)
    front, both = results(tmp_path, sample_of(SWEEP.order, 8, "verdict", answers={1: answers, 2: answers}))
    told = words(front)
    at = told.index("the whole backlog")
    names = ["verdict finding", "verdict out of scope", "verdict pass", "verdict undetermined"]
    assert told[at : at + 45 : 9] == ["the whole backlog", *names]
    assert any("the sums of the limits of its strata at 98.75% each" in str(each) for each in told)
    assert {row["Stratum"] for row in table(both)} == set(names)


def test_a_later_workbook_of_results_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    for sample in (SAMPLE, with_answers("yyyyyy", "yyyyyy")):
        front, _ = results(tmp_path, sample)
    assert any("of the 40 incidents" in str(each) for each in words(front))
    assert [file.name for file in tmp_path.iterdir()] == ["sample_1_results.xlsx"]


# --- in words


@pytest.mark.parametrize(
    ("kappa", "agreed", "reading"),
    [
        (-0.1, 3, "Cohen's kappa -0.10: no better than chance (1 is perfect, 0 what chance alone would give)."),
        (0.2, 5, "Cohen's kappa 0.20: slight agreement (1 is perfect, 0 what chance alone would give)."),
        (0.7912, 9, "Cohen's kappa 0.79: substantial agreement (1 is perfect, 0 what chance alone would give)."),
        (0.95, 9, "Cohen's kappa 0.95: almost perfect agreement (1 is perfect, 0 what chance alone would give)."),
        (1.0, 10, "Cohen's kappa 1.00: perfect agreement (1 is perfect, 0 what chance alone would give)."),
        (None, 10, "Cohen's kappa is not defined: both reviewers gave one and the same answer throughout."),
    ],
)
def test_kappa_has_a_plain_reading(kappa: float | None, agreed: int, reading: str) -> None:
    assert kappa_in_words(SampleResult(10, agreed, kappa, None, (), "…")) == reading


@pytest.mark.parametrize(
    ("estimate", "sentence"),
    [
        (
            Estimate("all", 580, 65, 10, 2, None, 47, 164),
            "47 to 164 of the 580 incidents (8.1% to 28.3%) have a child who is not accounted for, with 95% "
            "confidence: 10 of 65 found, 2 not settled and counted both ways.",
        ),
        (
            Estimate("all", 6, 6, 3, 0, 3.0, 3, 3),
            "3 of the 6 incidents (50.0%) have a child who is not accounted for: all were looked at.",
        ),
    ],
)
def test_an_estimate_is_a_sentence_and_its_shares_are_rounded_away_from_each_other(
    estimate: Estimate, sentence: str
) -> None:
    assert estimate_in_words(estimate) == sentence


def test_anybody_is_told_how_to_draw_it_again() -> None:
    assert how_drawn(sample_of(order_of(40), 6), 40) == (
        "6 of 40 incidents, passed ones too. For each incident of order.csv work out the SHA-256 of 7:REFERENCE "
        "(UTF-8, as hexadecimal text), and sort by it. The first 6 are the sample."
    )
    assert how_drawn(sample_of(order_of(40), 20, "verdict", "district"), 40) == (
        "20 of 40 incidents, passed ones too, stratified by district and verdict. For each incident of order.csv work "
        "out the SHA-256 of 7:REFERENCE (UTF-8, as hexadecimal text), and sort by it. The first of each stratum are "
        "the sample: each has its share by the largest remainder, and one incident at least."
    )
