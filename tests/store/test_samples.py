"""A sample is kept as it was drawn, each word of its reviewers too, and none of them can learn from the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from openpyxl import load_workbook
from sqlalchemy import insert, select

from checker.config import Config, ReportConfig
from checker.console.returns import print_returns
from checker.models import AGREED, Answer, ReturnedWorkbook, Review, RunKind, Sample
from checker.pipeline.returns import collect
from checker.report.sample import write_sample
from checker.sampling import line_id, result
from checker.store import Store, opened
from checker.store.audit import Act
from checker.store.engine import reading, writing
from checker.store.store import Attempt
from checker.store.tables import ReviewRow, SweepRow
from tests.samples import CANNOT_TELL, NAMES, NO, YES, sample_of, sweep_of

SWEEP = sweep_of(40)
ROWS = sample_of(SWEEP.order, 4).rows
INCIDENTS = ROWS["incident_ref"].to_list()
SHA256 = {file: file[-1] * 64 for file in ("a", "b", "c", "d")}


@pytest.fixture
def each_store(store_url: str) -> Iterator[Store]:
    """A store with a sweep, its run 1, on each of the two databases."""
    with opened(store_url) as store:
        add_sweep(store)
        yield store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The same in a file, for what is decided before the database is asked."""
    with opened(f"sqlite:///{tmp_path}/store.db") as store:
        add_sweep(store)
        yield store


def add_sweep(store: Store, name: str = SWEEP.name) -> int:
    number = store.begin(Attempt(RunKind.SWEEP, "backlog-580", "d", "s", "580 incidents of 2017"))
    with writing(store._engine) as connection:
        connection.execute(
            insert(SweepRow), {"run": number, "name": name, "selection": {}, "known_to": 0, "holder": ""}
        )
    return number


def drawn(store: Store) -> int:
    return store.put_sample(1, 4, 7, (), ROWS)


def review(reviewer: int, answer: Answer, place: int = 0, file: str = "a", **values: Any) -> Review:
    """What a reviewer says of an incident of sample 1."""
    stated = Review(
        sample=1,
        reviewer=reviewer,
        sweep=SWEEP.name,
        incident_ref=INCIDENTS[place],
        answer=answer,
        remark=None,
        reviewed_by=NAMES[reviewer],
        file=f"{file}.xlsx",
        file_sha256=SHA256[file],
        sheet="Review",
        row=5 + place,
    )
    return replace(stated, **values)


def words(store: Store, place: int = 0) -> dict[int, str]:
    """The last word of each reviewer on an incident."""
    (sample,) = store.samples(1)
    return dict(sample.reviews.filter(incident_ref=INCIDENTS[place]).select("reviewer", "answer").iter_rows())


def faults(store: Store, *said: Review) -> list[tuple[str, int | None, str, str]]:
    return [(each.file, each.row, each.fault, each.remedy) for each in store.review(said).problems]


# --- samples


@pytest.mark.parametrize("by", [(), ("district", "verdict")])
def test_a_sample_is_read_back_as_it_was_drawn(each_store: Store, by: tuple[str, ...]) -> None:
    rows = sample_of(SWEEP.order, 20, *by).rows
    at = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
    with time_machine.travel(at, tick=False):
        number = each_store.put_sample(1, 20, -7, by, rows)
    (sample,) = each_store.samples(1)
    assert (sample.number, sample.size, sample.seed, sample.stratified_by) == (number, 20, -7, by)
    assert sample.drawn_at == at
    assert sample.rows.equals(rows)
    assert sample.rows.schema == rows.schema
    assert sample.reviews.is_empty()


def test_the_same_draw_again_is_the_same_sample(each_store: Store) -> None:
    numbers = [
        each_store.put_sample(1, 4, seed, by, ROWS) for seed, by in ((7, ()), (8, ()), (7, ("district",)), (7, ()))
    ]
    assert numbers == [1, 2, 3, 1]
    assert [sample.number for sample in each_store.samples(1)] == [1, 2, 3]
    logged = [(entry.run, entry.details) for entry in each_store.audit() if entry.act == Act.DRAWN]
    assert logged[2] == (1, {"sample": 3, "size": 4, "seed": 7, "stratified_by": ["district"]})
    assert len(logged) == 3


def test_each_sweep_has_its_own_samples(store: Store) -> None:
    other = add_sweep(store, "Another")
    assert (drawn(store), store.put_sample(other, 4, 7, (), ROWS)) == (1, 2)
    assert [sample.number for sample in store.samples(other)] == [2]
    assert store.samples(99) == ()


# --- what reviewers say


def test_each_word_is_put_down_with_who_said_it_and_where(each_store: Store) -> None:
    drawn(each_store)
    said = review(1, CANNOT_TELL, remark="No file.")
    reviewed = each_store.review([said, review(2, YES, 1, "b")])
    assert (reviewed.taken, reviewed.repeated, reviewed.problems) == ((said, review(2, YES, 1, "b")), (), ())
    (sample,) = each_store.samples(1)
    assert sample.reviews.rows() == sorted(
        [
            (INCIDENTS[0], 1, CANNOT_TELL.value, "No file.", "DS Hall"),
            (INCIDENTS[1], 2, YES.value, None, "DI Okafor"),
        ]
    )
    with reading(each_store._engine) as connection:
        row = connection.execute(select(ReviewRow.__table__).where(ReviewRow.reviewer == 1)).one()
    assert (row.file, row.file_sha256, row.sheet, row.row) == ("a.xlsx", SHA256["a"], "Review", 5)
    logged = [(entry.run, entry.details) for entry in each_store.audit() if entry.act == Act.REVIEWED]
    assert logged == [(1, {"sample": 1, "taken": 2, "repeated": 0})]


def test_what_is_said_again_is_repeated(store: Store) -> None:
    drawn(store)
    store.review([review(1, YES)])
    again = [review(1, YES), review(1, YES, file="b", reviewed_by="DS Hall")]
    reviewed = store.review(again)
    assert (reviewed.taken, {*reviewed.repeated}, reviewed.problems) == ((), {*again}, ())


def test_before_the_other_has_answered_an_answer_may_be_changed_and_both_words_are_kept(each_store: Store) -> None:
    drawn(each_store)
    each_store.review([review(1, YES)])
    changed = review(1, NO, file="b")
    assert faults(each_store, changed) == [
        (
            "b.xlsx",
            5,
            "the line was changed since it was last read; it was taken, and both are kept",
            "nothing, if that was meant",
        )
    ]
    assert words(each_store) == {1: NO.value}
    with reading(each_store._engine) as connection:
        kept = connection.execute(select(ReviewRow.answer).order_by(ReviewRow.id)).scalars().all()
    assert kept == [YES.value, NO.value]
    assert each_store.review([review(1, YES)]).repeated == (
        review(1, YES),
    )  # the first file again: what came since is later
    assert words(each_store) == {1: NO.value}


def test_once_both_have_answered_neither_answer_can_be_changed(store: Store) -> None:
    drawn(store)
    store.review([review(1, YES), review(2, NO, file="b")])
    for said in (review(1, NO, file="c"), review(2, YES, file="d")):
        assert faults(store, said) == [
            (
                said.file,
                5,
                "both reviewers have answered this incident, so that neither answer can be changed",
                "put what you settle on under Agreed answer, in the workbook of the results",
            )
        ]
    assert words(store) == {1: YES.value, 2: NO.value}


def test_a_remark_may_still_be_added_then(store: Store) -> None:
    drawn(store)
    store.review([review(1, YES), review(2, NO, file="b")])
    assert store.review([review(1, YES, file="c", remark="see P7")]).taken != ()
    assert words(store) == {1: YES.value, 2: NO.value}


def test_an_answer_that_is_changed_in_the_same_go_in_which_the_other_first_answers_was_not_learnt_from_it(
    store: Store,
) -> None:
    drawn(store)
    store.review([review(2, YES, file="b")])
    reviewed = store.review([review(1, NO), review(2, NO, file="c")])
    assert len(reviewed.taken) == 2
    assert words(store) == {1: NO.value, 2: NO.value}


def test_what_both_settle_on_is_put_down_beside_their_answers(store: Store) -> None:
    drawn(store)
    store.review([review(1, YES), review(2, NO, file="b")])
    assert faults(store, review(AGREED, NO, file="c")) == []
    assert words(store) == {1: YES.value, 2: NO.value, AGREED: NO.value}
    (changed,) = store.review([review(AGREED, CANNOT_TELL, file="d")]).problems
    assert changed.fault.startswith("the line was changed since")
    assert words(store)[AGREED] == CANNOT_TELL.value


def test_nothing_can_be_settled_before_both_have_answered(store: Store) -> None:
    drawn(store)
    store.review([review(1, YES)])
    assert faults(store, review(AGREED, NO, file="c")) == [
        ("c.xlsx", 5, "the two reviewers have not both answered this incident", "have both answer for it first")
    ]
    assert faults(store, review(2, NO, file="b"), review(AGREED, NO, file="c")) == []
    assert words(store) == {1: YES.value, 2: NO.value, AGREED: NO.value}


def test_two_workbooks_of_one_reviewer_that_disagree_are_both_left(store: Store) -> None:
    drawn(store)
    said = (review(1, YES, file="a"), review(1, NO, file="b"))
    fault = "workbooks of one reviewer disagree about this incident: a.xlsx, b.xlsx"
    remedy = "put the same into each of them, or return one of them only"
    assert faults(store, *said) == [("a.xlsx", 5, fault, remedy), ("b.xlsx", 5, fault, remedy)]
    assert words(store) == {}


def test_one_person_cannot_be_both_reviewers_of_an_incident(store: Store) -> None:
    drawn(store)
    fault = "the other reviewer of this incident is the same person"
    both = (review(1, YES, 0, "a"), review(2, YES, 0, "b", reviewed_by=" ds  HALL"))
    assert [each[2] for each in faults(store, *both)] == [fault, fault]  # nobody can tell which of them it was
    store.review([review(1, YES, 1)])
    assert [each[2] for each in faults(store, review(2, YES, 1, "b", reviewed_by="DS Hall"))] == [fault]
    assert (words(store), words(store, 1)) == ({}, {1: YES.value})
    assert faults(store, review(2, YES, 2, "b", reviewed_by="DS Hall")) == []  # which the other has not looked at


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"sample": 9}, "the store has no sample 9"),
        ({"sweep": "Another"}, "sample 1 of this store is of another sweep"),
        ({"incident_ref": "INC-2017-999999"}, "the incident is not in sample 1"),
    ],
)
def test_what_is_of_no_sample_of_this_store_is_refused(store: Store, values: dict[str, Any], fault: str) -> None:
    drawn(store)
    said = review(1, YES, **values)
    (problem,) = store.review([said]).problems
    assert (problem.fault, problem.remedy) == (fault, "return a workbook of this store")
    assert problem.finding_id == line_id(said.sample, 1, said.sweep, said.incident_ref)
    assert words(store) == {}
    assert [entry for entry in store.audit() if entry.act == Act.REVIEWED] == []


# --- workbooks out and answers back


def answered(file: Path, answers: dict[str, Answer], name: str) -> Path:
    """A workbook of the sample with these answers typed in."""
    book = load_workbook(file)
    sheet = book.worksheets[1]
    for row in range(5, sheet.max_row + 1):
        answer = answers.get(sheet.cell(row, 2).value)
        if answer:
            sheet.cell(row, 7, answer.value)
            sheet.cell(row, 9, name)
    book.save(file)
    return file


def test_what_was_typed_into_the_workbooks_comes_back_as_a_result(
    each_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """1 of 4 of 40 has a child not accounted for; on one the second reviewer has not answered yet."""
    drawn(each_store)
    sample: Sample = each_store.samples(1)[0]
    files = write_sample(SWEEP, sample, tmp_path, ReportConfig())
    answers = dict(zip(INCIDENTS, (YES, NO, YES, YES), strict=True))
    first = answered(files[0], answers, "DS Hall")
    second = answered(files[1], dict(list(answers.items())[:3]), "DI Okafor")
    report = collect([first, second], Config(), each_store, tmp_path / "out")
    assert [replace(each, sha256=None) for each in report.collected.workbooks] == [
        ReturnedWorkbook("sample_1_reviewer_1.xlsx", None, 4, 4, 0, 0, reviews=4),
        ReturnedWorkbook("sample_1_reviewer_2.xlsx", None, 4, 3, 0, 0, reviews=3),
    ]
    print_returns(report)
    assert "7 reviews taken, 0 to look at.\n" in capsys.readouterr().out
    assert report.file is not None
    told = [cell.value for cell in load_workbook(report.file)["Workbooks"]["A"]]
    assert str(told[2]).startswith("7 reviews taken on ")
    came = result(each_store.samples(1)[0])
    assert (came.reviewed, came.whole) == (3, None)

    answered(second, answers, "DI Okafor")
    (workbook,) = collect([second], Config(), each_store, tmp_path / "out").collected.workbooks
    assert (workbook.taken, workbook.repeated, workbook.problems, workbook.reviews) == (1, 3, 0, 1)
    came = result(each_store.samples(1)[0])
    assert (came.reviewed, came.agreed, came.kappa) == (4, 4, 1.0)
    assert came.whole is not None
    assert (came.whole.of, came.whole.sampled, came.whole.found, came.whole.point) == (40, 4, 1, 10.0)


def test_an_encrypted_workbook_is_read_with_the_password_of_the_reports(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse")
    (tmp_path / "password").chmod(0o600)
    config = Config(report=ReportConfig(password_file=tmp_path / "password"))
    with opened(f"sqlite:///{tmp_path}/store.db") as store:
        add_sweep(store)
        drawn(store)
        files = write_sample(SWEEP, store.samples(1)[0], tmp_path / "out", config.report)
        report = collect(files, config, store, tmp_path / "out")
    assert [(each.lines, each.taken, each.problems) for each in report.collected.workbooks] == [(4, 0, 0), (4, 0, 0)]
