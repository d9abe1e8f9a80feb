"""Decisions that came back in workbooks are put down, each as a row of its own, or refused with a reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, select
from sqlalchemy.orm import aliased

from checker.facts.evidence_text import ABOUT_OTHERS
from checker.models import Decision, Disposition, FindingStatus, Problem, RunKind
from checker.store.life import RESOLVED
from checker.store.runs import SWEEPS, printable
from checker.store.standing import give_digests, line_known_to
from checker.store.tables import DispositionRow, EventRow, FindingRow, RunRow, SweepRow, VerdictRow

NEWEST_LIST = "decide in the newest workbook, if it still lists the finding"
_ANY_CHILD = "not named"  # the list's words for the unnamed rest of the children


@dataclass(frozen=True)
class Decided:
    """What became of the decisions: those put down, those that the store had already, and what was wrong or is news."""

    taken: tuple[Disposition, ...]
    repeated: tuple[Disposition, ...]
    problems: tuple[Problem, ...]


def decide(connection: Connection, dispositions: Sequence[Disposition]) -> Decided:
    """Put down the decisions of one or more workbooks.

    Nothing is overwritten: a decision about a finding that has one is a later row where the workbook is newer, or the
    same one filled in again; where another workbook of the same run says otherwise neither is taken. One that was made
    in an older list is taken where its finding has no newer decision and is listed as it was. What was decided in a
    sweep is about that sweep alone, as long as nobody has signed it off.
    """
    found = _Found([], [], [])
    sweeps = set(connection.execute(SWEEPS).scalars())
    for finding_id, said in groupby(sorted(dispositions, key=_by_finding), key=lambda each: each.finding_id):
        about_it = list(said)
        for number in sorted({each.run for each in about_it} & sweeps):
            _decide_one(connection, finding_id, [each for each in about_it if each.run == number], found, number)
        _decide_one(connection, finding_id, [each for each in about_it if each.run not in sweeps], found, None)
    if found.taken:
        known_to = connection.execute(select(func.max(RunRow.sequence))).scalar_one()
        moments = {"known_to": known_to, "recorded_at": datetime.now(UTC)}
        connection.execute(insert(DispositionRow), [_row(each) | moments for each in found.taken])
        give_digests(connection)
    return Decided(tuple(found.taken), tuple(found.repeated), (*_about_age(connection, found.taken), *found.problems))


@dataclass(frozen=True)
class _Found:
    taken: list[Disposition]
    repeated: list[Disposition]
    problems: list[Problem]

    def refuse(self, said: Sequence[Disposition], fault: str, remedy: str) -> None:
        self.problems.extend(_problem(each, fault, remedy) for each in said)


def _decide_one(
    connection: Connection, finding_id: str, said: list[Disposition], found: _Found, sweep: int | None
) -> None:
    """Take at most one decision about one finding, in the sweep of that run or in the nightly lists."""
    sound = [each for each in said if _is_of_this_store(connection, each, found, sweep)]
    latest = max((each.run for each in sound), default=0)
    older = [each for each in sound if each.run < latest]
    found.refuse(older, f"a workbook of the newer run {latest} decides this finding", "nothing, if that one is right")
    of_latest = [each for each in sound if each.run == latest]
    if len({_content(each) for each in of_latest}) > 1:
        files = ", ".join(sorted({each.file for each in of_latest}))
        fault, remedy = f"workbooks disagree about this finding: {files}", "agree, and put the same into each of them"
        found.refuse(of_latest, fault, remedy)
    elif of_latest:
        first, *repeats = of_latest
        _take(connection, first, found, sweep)
        found.repeated.extend(repeats)


def _is_of_this_store(connection: Connection, said: Disposition, found: _Found, sweep: int | None) -> bool:
    """Whether the store has listed the finding in that run, as the line has it."""
    sequence = connection.execute(select(RunRow.sequence).where(RunRow.id == said.run)).scalar_one_or_none()
    if sequence is None:
        found.refuse([said], f"the store has no results of run {said.run}", "return a workbook of this store")
        return False
    superseded = select(VerdictRow.position).where(
        VerdictRow.sequence == sequence,
        VerdictRow.finding_id == said.finding_id,
        VerdictRow.status == FindingStatus.SUPERSEDED.value,
    )
    if connection.execute(superseded.limit(1)).first():
        found.refuse([said], f"an extract newer than that of run {said.run} has told more of this finding", NEWEST_LIST)
        return False
    line = connection.execute(
        select(VerdictRow.__table__).where(
            VerdictRow.finding_id == said.finding_id,
            VerdictRow.sequence == (line_known_to(said.finding_id, sequence) if sweep is None else sequence),
        )
    ).one_or_none()
    if line is None:
        fault = f"run {said.run} did not list a finding with this id"
        found.refuse([said], fault, "copy the id from the workbook that has the finding")
        return False
    moved = [
        name
        for name, there, here in (
            ("Rule", said.rule_id, line.rule_id),
            ("Incident", said.incident_ref, line.incident_ref),
            ("Child", None if said.child_ref == _ANY_CHILD else said.child_ref, line.child_ref),
        )
        if _letters(there) != _letters(here)
    ]
    if moved:
        fault = f"{' and '.join(moved)} of this line are not those of the finding with its id: cells were moved"
        found.refuse([said], fault, "decide in a fresh copy of the workbook")
    return not moved


def _take(connection: Connection, said: Disposition, found: _Found, sweep: int | None) -> None:
    of_it = DispositionRow.run.not_in(SWEEPS) if sweep is None else DispositionRow.run == sweep
    about_it = select(DispositionRow.__table__).where(DispositionRow.finding_id == said.finding_id, of_it)
    before = connection.execute(about_it.order_by(DispositionRow.id)).all()
    last_in_it = [row for row in before if sweep is not None and row.file == said.file][-1:]
    if any(row.file_sha256 == said.file_sha256 for row in before if _content_of_row(row) == _content(said)) or any(
        _content_of_row(row) == _content(said) for row in last_in_it
    ):
        # The very same file, or of a sweep the same word in it: whatever was decided elsewhere since is later.
        found.repeated.append(said)
        return
    signed_off = select(SweepRow.signed_off_by).where(SweepRow.run == sweep, SweepRow.signed_off_at.is_not(None))
    if (by := connection.execute(signed_off).scalar_one_or_none()) is not None:
        found.refuse([said], f"{by} has signed off the sweep of run {sweep}", "begin another sweep to look again")
        return
    earlier = before[-1] if before else None
    if sweep is not None and earlier is not None and earlier.decision == Decision.UNDER_REVIEW.value:
        earlier = None  # each batch of a sweep is of one run: the next one goes on with what the last has left open
    if earlier is not None and earlier.run >= said.run:
        if earlier.run == said.run and _content(said) == _content_of_row(earlier):
            found.repeated.append(said)
            return
        if earlier.run > said.run:
            fault = f"run {earlier.run}, which is newer, has a decision about this finding already"
            found.refuse([said], fault, NEWEST_LIST)
            return
        if (earlier.file, earlier.decided_by) != (said.file, said.decided_by):  # many are called exceptions.xlsx
            fault = f"{earlier.file} of the same run decided otherwise before; that decision stands"
            found.refuse([said], fault, "agree, and change it in that workbook or in a newer one")
            return
    if sweep is None and (why := _is_over(connection, said)) is not None:
        found.refuse([said], why, NEWEST_LIST)
        return
    if earlier is not None and earlier.run == said.run:
        fault = "the decision was changed since this workbook was last read; it was taken, the earlier one is kept"
        found.refuse([said], fault, "nothing, if that was meant")
    found.taken.append(said)


def _is_over(connection: Connection, said: Disposition) -> str | None:
    """Why the decision comes too late for its list, or None: the finding is resolved, or not as it was."""
    then, now = aliased(VerdictRow), aliased(VerdictRow)
    decided_in = select(RunRow.sequence).where(RunRow.id == said.run).scalar_subquery()
    stands = connection.execute(
        select(
            FindingRow.state,
            *(getattr(line, name) for line in (then, now) for name in ("outcome", "due_at")),
            *(getattr(line, name) for line in (then, now) for name in ("evidence", "evidence_digest")),
        )
        .select_from(FindingRow)
        .join(
            then,
            and_(
                then.finding_id == FindingRow.finding_id,
                then.sequence == line_known_to(said.finding_id, decided_in),
            ),
        )
        .join(now, and_(now.finding_id == FindingRow.finding_id, now.sequence == FindingRow.listed_in))
        .where(FindingRow.finding_id == said.finding_id)
    ).one_or_none()
    if stands is None or stands[0] == RESOLVED:
        return "a newer extract has shown it put right: there is nothing to decide"
    opened_since = (
        select(EventRow.sequence)
        .where(EventRow.finding_id == said.finding_id, EventRow.event != RESOLVED, EventRow.sequence > decided_in)
        .limit(1)
    )
    has_changed = stands[1:3] != stands[3:5] or not _rests_on_the_same(*stands[5:])
    if has_changed or connection.execute(opened_since).first():
        return f"its evidence has changed since run {said.run}"
    return None


def _rests_on_the_same(then: str | None, digest_then: str | None, now: str | None, digest_now: str | None) -> bool:
    """Whether two lines are of the same facts; see checker.store.standing."""
    if digest_then is not None and digest_now is not None:
        return digest_then == digest_now
    return re.sub(ABOUT_OTHERS, "", then or "") == re.sub(ABOUT_OTHERS, "", now or "")


def _about_age(connection: Connection, taken: Sequence[Disposition]) -> list[Problem]:
    """A line for each workbook of an older run from which decisions were taken."""
    told = []
    for (file, run), count in sorted(Counter((each.file, each.run) for each in taken).items()):
        kind = connection.execute(select(RunRow.kind).where(RunRow.id == run)).scalar_one()
        if kind == RunKind.SWEEP.value:  # of each sweep there is one list
            continue
        newest_first = select(RunRow.id).order_by(RunRow.as_of.desc(), RunRow.sequence.desc())
        newest = connection.execute(
            newest_first.where(RunRow.sequence.is_not(None), RunRow.kind == kind).limit(1)
        ).scalar_one()
        if newest != run:
            fault = (
                f"is of run {run}, and run {newest} is the newest; decisions taken, their evidence is the same: {count}"
            )
            told.append(Problem(file, None, None, None, fault, "work in the newest workbook next time"))
    return told


def _by_finding(said: Disposition) -> tuple[str, str, str, int]:
    return said.finding_id, said.file, said.sheet, said.row


def _content(said: Disposition) -> tuple[str | None, ...]:
    return said.decision.value, said.reason, said.reference, said.decided_by


def _content_of_row(row: Row[Any]) -> tuple[str | None, ...]:
    return row.decision, row.reason, row.reference, row.decided_by


def _problem(said: Disposition, fault: str, remedy: str) -> Problem:
    return Problem(said.file, said.sheet, said.row, said.finding_id, fault, remedy)


def _letters(text: str | None) -> str:
    """What of a reference survives a trip through a workbook: no blanks at the ends, no unprintable character."""
    return "".join(
        letter for letter in text or "" if letter.isprintable() and letter not in " \N{REPLACEMENT CHARACTER}"
    )


def _row(said: Disposition) -> dict[str, Any]:
    return {
        "finding_id": said.finding_id,
        "decision": said.decision.value,
        "reason": said.reason and printable(said.reason),
        "reference": said.reference and printable(said.reference),
        "decided_by": printable(said.decided_by),
        "run": said.run,
        "file": printable(said.file),
        "file_sha256": said.file_sha256,
        "sheet": printable(said.sheet),
        "row": said.row,
    }
