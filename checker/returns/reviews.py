"""One line of a returned workbook of a sample: the answer that it states, or everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checker.config import nearest
from checker.models import AGREED, Review
from checker.returns import faults
from checker.returns.faults import Fault
from checker.returns.headers import (
    AGREED_ANSWER,
    AGREED_BY,
    AGREED_REMARK,
    ANSWER,
    INCIDENT,
    LINE_ID,
    REMARK,
    REVIEWED_BY,
    REVIEWER,
    SAMPLE,
    SWEEP,
)
from checker.returns.lines import Line, Source, Texts
from checker.returns.words import ANSWERS, answer_of, folded, trimmed, whole_number
from checker.sampling import line_id

LINE_ID_PATTERN = "^S-[0-9a-f]{12}$"
_EACH = (1, 2)


@dataclass(frozen=True)
class Columns:
    """The headers of a list of a sample: those of the yellow columns, and those that the checker fills."""

    answer: str
    remark: str
    name: str
    printed: tuple[str, ...]

    @property
    def typed(self) -> tuple[str, str, str]:
        """The yellow columns."""
        return self.answer, self.remark, self.name


OF_ONE = Columns(ANSWER, REMARK, REVIEWED_BY, (INCIDENT, SAMPLE, REVIEWER, SWEEP, LINE_ID))
OF_BOTH = Columns(AGREED_ANSWER, AGREED_REMARK, AGREED_BY, (INCIDENT, SAMPLE, SWEEP, LINE_ID))


def read_review(columns: Columns, source: Source, row: int, cells: Texts, odd: Mapping[str, str]) -> Line | None:
    """The line, or None where neither an answer nor a remark was typed in it: a name is soon copied down a column.

    Args:
        columns: OF_ONE for the list of one reviewer, OF_BOTH for what both settle on.
        source: Where it stands.
        row: Excel's number of it.
        cells: The text of its cells, by header.
        odd: What those of its cells hold that hold no plain text, by header.
    """
    headers = (*columns.typed, *columns.printed)
    texts = {header: None if header in odd else trimmed(cells[header]) for header in headers}
    if not any(texts[header] or header in odd for header in (columns.answer, columns.remark)):
        return None
    found = [faults.not_text(header, what) for header, what in odd.items()]
    found += [fault for header, fault in _faults(columns, texts) if header not in odd]
    review = None if found else _review(columns, source, row, texts)
    if review is not None and line_id(*_whose(review)) != texts[LINE_ID]:
        review, found = None, [faults.moved(header for header in columns.printed if header != LINE_ID)]
    said = answer_of(texts[columns.answer] or "") or folded(texts[columns.answer] or "")
    others = (texts[header] for header in headers if header != columns.answer)
    return Line(row, _id(texts[LINE_ID]), "incident", (said, *others), review, tuple(found))


def _faults(columns: Columns, texts: Texts) -> Iterator[tuple[str, Fault]]:
    """Each fault of what stands in the line, with the header of the cell that it is about."""
    for header in columns.typed:
        if (length := len(texts[header] or "")) > faults.LONGEST:
            yield header, faults.too_long(header, length)
    if not texts[columns.answer]:
        yield columns.answer, faults.without_answer(columns.remark, columns.answer)
        return
    if answer_of(texts[columns.answer] or "") is None:
        hint = nearest(folded(texts[columns.answer] or ""), ANSWERS)
        yield columns.answer, faults.unknown_answer(columns.answer, hint)
    if not texts[columns.name]:
        yield columns.name, faults.missing(columns.name, None)
    for header in columns.printed:
        if not _is_as_printed(header, texts[header]):
            yield header, faults.not_printed(header, is_blank=not texts[header])


def _is_as_printed(header: str, text: str | None) -> bool:
    if header == SAMPLE:
        return whole_number(text) is not None
    if header == REVIEWER:
        return whole_number(text) in _EACH
    return _id(text) is not None if header == LINE_ID else text is not None


def _review(columns: Columns, source: Source, row: int, texts: Texts) -> Review | None:
    """What a line without a fault states."""
    answer, sample, sweep = answer_of(texts[columns.answer] or ""), whole_number(texts[SAMPLE]), texts[SWEEP]
    reviewer = whole_number(texts[REVIEWER]) if REVIEWER in columns.printed else AGREED
    incident_ref, name = texts[INCIDENT], texts[columns.name]
    if answer is None or sample is None or reviewer is None or not (sweep and incident_ref and name):
        return None
    return Review(
        sample=sample,
        reviewer=reviewer,
        sweep=sweep,
        incident_ref=incident_ref,
        answer=answer,
        remark=texts[columns.remark],
        reviewed_by=name,
        file=source.file,
        file_sha256=source.sha256,
        sheet=source.sheet,
        row=row,
    )


def _whose(review: Review) -> tuple[int, int, str, str]:
    return review.sample, review.reviewer, review.sweep, review.incident_ref


def _id(text: str | None) -> str | None:
    return text if text and re.match(LINE_ID_PATTERN, text) else None
