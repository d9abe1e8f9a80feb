"""What the two reviewers of a sample say is put down, each word as a row of its own, or refused with a reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from checker.models import AGREED, Answer, Problem, Review
from checker.sampling import letters, line_id
from checker.store.audit import Act, log
from checker.store.frames import from_parquet
from checker.store.runs import printable
from checker.store.tables import ReviewRow, SampleRow, SweepRow

_OTHER = {1: 2, 2: 1}
_OF_THIS_STORE = "return a workbook of this store"
_CHANGED = "the line was changed since it was last read; it was taken, and both are kept"
_FIXED = "both reviewers have answered this incident, so that neither answer can be changed"


@dataclass(frozen=True)
class Reviewed:
    """What became of reviews: those put down, those that the store had already, and what was wrong or is news."""

    taken: tuple[Review, ...]
    repeated: tuple[Review, ...]
    problems: tuple[Problem, ...]


def put_reviews(connection: Connection, reviews: Sequence[Review]) -> Reviewed:
    """Put down what the reviewers of samples say.

    Nothing is overwritten. The same word again is repeated; another one of the same reviewer is a later row, and told.
    But once both reviewers have answered for an incident neither answer can be changed any more, so that the agreement
    of the two is that of people who did not know of each other. What is settled later is put down beside them (AGREED),
    and only then. One person cannot be both reviewers of an incident. Of two workbooks that are read together and do
    not say the same neither is taken.
    """
    found, rows = _Found(), []
    by_sample: dict[int, list[Review]] = defaultdict(list)
    for said in reviews:
        by_sample[said.sample].append(said)
    for number, of_sample in sorted(by_sample.items()):
        sweep, references = _incidents(connection, number)
        by_incident: dict[str, list[Review]] = defaultdict(list)
        for said in of_sample:
            if (incident_ref := _incident_of(said, sweep, references, found)) is not None:
                by_incident[incident_ref].append(said)
        words = _words(connection, number)
        for incident_ref, of_incident in sorted(by_incident.items()):
            taken = _take(of_incident, words.get(incident_ref, []), found)
            rows += [_row(each, incident_ref) for each in taken]
    if rows:
        connection.execute(insert(ReviewRow), rows)
    for number in sorted(by_sample):
        counts = [sum(each.sample == number for each in part) for part in (found.taken, found.repeated)]
        if any(counts):
            run = connection.execute(select(SampleRow.run).where(SampleRow.id == number)).scalar_one()
            log(connection, Act.REVIEWED, run, sample=number, taken=counts[0], repeated=counts[1])
    return Reviewed(tuple(found.taken), tuple(found.repeated), tuple(found.problems))


@dataclass(frozen=True)
class _Found:
    taken: list[Review] = field(default_factory=list)
    repeated: list[Review] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def tell(self, said: Iterable[Review], fault: str, remedy: str) -> None:
        """A problem for each of them."""
        for each in said:
            of_line = line_id(each.sample, each.reviewer, each.sweep, each.incident_ref)
            self.problems.append(Problem(each.file, each.sheet, each.row, of_line, fault, remedy))


@dataclass(frozen=True)
class _Word:
    """What a reviewer has said of an incident, in which file."""

    reviewer: int
    content: tuple[str | None, ...]
    file_sha256: str

    @property
    def answer(self) -> str | None:
        return self.content[0]

    @property
    def person(self) -> str:
        return _person(self.content[2] or "")


def _incidents(connection: Connection, sample: int) -> tuple[Row[bytes, str, str | None] | None, dict[str, str]]:
    """The sweep of a sample, None where there is none, and its incidents by what a cell keeps of each."""
    chosen = select(SampleRow.rows, SweepRow.name, SweepRow.signed_off_by)
    row = connection.execute(chosen.join(SweepRow, SweepRow.run == SampleRow.run).where(SampleRow.id == sample)).first()
    if row is None:
        return None, {}
    references = from_parquet(row.rows).get_column("incident_ref")
    return row, {letters(reference): reference for reference in references}


def _incident_of(
    said: Review, sweep: Row[bytes, str, str | None] | None, references: dict[str, str], found: _Found
) -> str | None:
    """The incident that a review is about, None where it is of no sample of this store."""
    if sweep is None:
        found.tell([said], f"the store has no sample {said.sample}", _OF_THIS_STORE)
    elif letters(said.sweep) != letters(sweep.name):
        found.tell([said], f"sample {said.sample} of this store is of another sweep", _OF_THIS_STORE)
    elif sweep.signed_off_by is not None:
        found.tell([said], f"{sweep.signed_off_by} has signed off the sweep", "begin another sweep to look again")
    elif (incident_ref := references.get(letters(said.incident_ref))) is None:
        found.tell([said], f"the incident is not in sample {said.sample}", _OF_THIS_STORE)
    else:
        return incident_ref
    return None


def _words(connection: Connection, sample: int) -> dict[str, list[_Word]]:
    """What was said of each incident of a sample, the first word first."""
    words: dict[str, list[_Word]] = defaultdict(list)
    chosen = select(ReviewRow.__table__).where(ReviewRow.sample == sample).order_by(ReviewRow.id)
    for row in connection.execute(chosen):
        content = (row.answer, row.remark, row.reviewed_by)
        words[row.incident_ref].append(_Word(row.reviewer, content, row.file_sha256))
    return words


def _take(said: Sequence[Review], before: Sequence[_Word], found: _Found) -> list[Review]:
    """Those of what is said of one incident that are put down, at most one of each reviewer."""
    last = {word.reviewer: word for word in before}
    news = {}
    for reviewer in (1, 2, AGREED):
        first = _first_of([each for each in said if each.reviewer == reviewer], before, found)
        if first is not None:
            news[reviewer] = first
    taken: dict[int, Review] = {}
    for reviewer, first in news.items():
        if (why := _refusal(first, last, news, taken)) is not None:
            found.tell([first], *why)
            continue
        if reviewer in last:
            found.tell([first], _CHANGED, "nothing, if that was meant")
        taken[reviewer] = first
    found.taken.extend(taken.values())
    return list(taken.values())


def _first_of(said: Sequence[Review], before: Sequence[_Word], found: _Found) -> Review | None:
    """What one reviewer says that is news; None where it is not, or where two workbooks differ."""
    if len({_content(each) for each in said}) > 1:
        files = ", ".join(sorted({each.file for each in said}))
        fault = f"workbooks of one reviewer disagree about this incident: {files}"
        found.tell(said, fault, "put the same into each of them, or return one of them only")
        return None
    own = [word for word in before if said and word.reviewer == said[0].reviewer]
    if own and any(
        word.content == _content(said[0]) and (word is own[-1] or word.file_sha256 == said[0].file_sha256)
        for word in own  # the very same file again: whatever was said since is later
    ):
        found.repeated.extend(said)
        return None
    found.repeated.extend(said[1:])
    return said[0] if said else None


def _refusal(
    said: Review, last: Mapping[int, _Word], news: Mapping[int, Review], taken: Mapping[int, Review]
) -> tuple[str, str] | None:
    """Why what a reviewer says is not put down, and what to do; None where it is.

    Args:
        said: What is said.
        last: What each reviewer has said before.
        news: What each says now.
        taken: Those of them that were taken already, in the order of the reviewers.
    """
    if said.reviewer == AGREED:
        answers = [
            taken[each].answer.value if each in taken else last[each].answer
            for each in _OTHER
            if each in {*taken, *last}
        ]
        if len(answers) < len(_OTHER):
            return "the two reviewers have not both answered this incident", "have both answer for it first"
        if answers[0] == answers[1] != Answer.CANNOT_TELL.value:
            return "both reviewers gave the same answer, which stands", "clear the line"
        return None
    other = _OTHER[said.reviewer]
    names = [_person(news[other].reviewed_by)] if other in news else [last[other].person] if other in last else []
    if _person(said.reviewed_by) in names:
        return "the other reviewer of this incident is the same person", "have somebody else look at it"
    if said.reviewer in last and other in last and last[said.reviewer].answer != said.answer.value:
        return _FIXED, "put what you settle on under Agreed answer, in the workbook of the results"
    return None


def _person(name: str) -> str:
    return " ".join(name.casefold().split())


def _content(said: Review) -> tuple[str | None, ...]:
    return said.answer.value, said.remark and printable(said.remark), printable(said.reviewed_by)


def _row(said: Review, incident_ref: str) -> dict[str, Any]:
    answer, remark, reviewed_by = _content(said)
    return {
        "sample": said.sample,
        "incident_ref": incident_ref,
        "reviewer": said.reviewer,
        "answer": answer,
        "remark": remark,
        "reviewed_by": reviewed_by,
        "recorded_at": datetime.now(UTC),
        "file": printable(said.file),
        "file_sha256": said.file_sha256,
        "sheet": printable(said.sheet),
        "row": said.row,
    }
