"""One line of a returned list: the decision that it states, or everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from checker import finding_ids
from checker.config import nearest
from checker.models import ABOUT_REFERRALS, NEEDS_REASON, NEEDS_REFERENCE, Decision, Disposition, Review
from checker.returns import faults
from checker.returns.faults import Fault
from checker.returns.headers import (
    CHILD,
    DECIDED_BY,
    DECISION,
    FINDING_ID,
    INCIDENT,
    NEEDED,
    REASON,
    REFERENCE,
    RULE,
    RUN,
    TYPED,
)
from checker.returns.words import DECISIONS, decision_of, folded, trimmed, whole_number

Texts = Mapping[str, str | None]


@dataclass(frozen=True)
class Source:
    """Where a line stands: the workbook, the SHA-256 of its bytes, the sheet."""

    file: str
    sha256: str
    sheet: str


@dataclass(frozen=True)
class Line:
    """A line in which something was typed: what it says, or the faults for which that is not taken.

    `id` is that of its finding, or of the line in a sample, where it can be read; `about` is what it is about, in a
    word. Two lines with one id agree where their `statement` is the same.
    """

    row: int
    id: str | None
    about: str
    statement: tuple[object, ...]
    said: Disposition | Review | None
    faults: tuple[Fault, ...]


def read_line(
    no_referral: Collection[str], source: Source, row: int, cells: Texts, odd: Mapping[str, str]
) -> Line | None:
    """The line, or None where nothing was typed in it.

    Args:
        no_referral: The ids of the rules that ask for something else than a referral.
        source: Where it stands.
        row: Excel's number of it.
        cells: The text of its cells, by header.
        odd: What those of its cells hold that hold no plain text, by header.
    """
    texts = {header: None if header in odd else trimmed(cells[header]) for header in NEEDED}
    if not any(texts[header] or header in odd for header in TYPED):
        return None
    decision = decision_of(texts[DECISION] or "")
    finding_id, run, decided_by = _id(texts[FINDING_ID]), whole_number(texts[RUN]), texts[DECIDED_BY]
    found = [faults.not_text(header, what) for header, what in odd.items()]
    found += [fault for header, fault in _faults(texts, odd, decision, no_referral) if header not in odd]
    disposition = None
    if not found and decision and finding_id and run and decided_by:
        disposition = Disposition(
            finding_id=finding_id,
            run=run,
            decision=decision,
            reason=texts[REASON],
            reference=texts[REFERENCE],
            decided_by=decided_by,
            rule_id=texts[RULE],
            incident_ref=texts[INCIDENT],
            child_ref=texts[CHILD],
            file=source.file,
            file_sha256=source.sha256,
            sheet=source.sheet,
            row=row,
        )
    others = (texts[header] for header in NEEDED if header not in (DECISION, RUN))
    statement = (decision or folded(texts[DECISION] or ""), run, *others)
    return Line(row, finding_id, "finding", statement, disposition, tuple(found))


def _faults(
    texts: Texts, odd: Collection[str], decision: Decision | None, no_referral: Collection[str]
) -> Iterator[tuple[str, Fault]]:
    """Each fault of what was typed, with the header of the cell that it is about."""
    for header in TYPED:
        if (length := len(texts[header] or "")) > faults.LONGEST:
            yield header, faults.too_long(header, length)
    if not texts[DECISION]:
        yield DECISION, faults.without_decision(header for header in TYPED if texts[header] or header in odd)
        return
    if decision is None:
        yield (
            DECISION,
            faults.unknown_decision(nearest(folded(texts[DECISION] or ""), DECISIONS)),
        )
    if decision in ABOUT_REFERRALS and finding_ids.split(texts[FINDING_ID] or "")[0] in no_referral:
        yield DECISION, faults.not_about_referrals(decision)
    for header, asking in ((REFERENCE, NEEDS_REFERENCE), (REASON, NEEDS_REASON)):
        if decision in asking and not texts[header]:
            yield header, faults.missing(header, decision)
    if not texts[DECIDED_BY]:
        yield DECIDED_BY, faults.missing(DECIDED_BY, None)
    for header, value in ((FINDING_ID, _id(texts[FINDING_ID])), (RUN, whole_number(texts[RUN]))):
        if value is None:
            yield header, faults.not_printed(header, is_blank=not texts[header])


def _id(text: str | None) -> str | None:
    return text if text and re.match(finding_ids.PATTERN, text) else None
