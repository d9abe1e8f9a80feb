"""A returned workbook: every decision in it that is beyond doubt, and a problem for every one that is not."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from checker.models import Disposition, Problem, Review
from checker.returns import faults
from checker.returns.faults import Fault
from checker.returns.forms import forms
from checker.returns.lists import ReturnedList, read_list
from checker.returns.protection import unlocked
from checker.sources.excel import SprawlingError, nature, read_sheets

_LOCK_FILES = ("~$", ".~lock.")

_Group = dict[tuple[object, ...], list[tuple[str, int]]]  # the sheet and row of each line with one id, by statement


@dataclass(frozen=True)
class Returned:
    """What a workbook states: `lines` counts its lines with an id; `sha256` is None where it was not read.

    The workbook of a sample has `reviews`, every other one `dispositions`.
    """

    file: str
    sha256: str | None
    dispositions: tuple[Disposition, ...]
    problems: tuple[Problem, ...]
    lines: int
    reviews: tuple[Review, ...] = ()


def read_workbook(file: Path, password: str | None, no_referral: Collection[str]) -> Returned:
    """What a returned workbook states and what is wrong with it; no fault of the file is an error.

    Nothing is guessed: a line of which anything is in doubt is a problem, and no decision.

    Args:
        file: The workbook.
        password: The one that our workbooks are sent out with, if any.
        no_referral: The ids of the rules that ask for something else than a referral: a flag, a risk form, a visit.
    """
    data = _bytes_of(file)
    if isinstance(data, Fault):
        return _refused(file, None, data)
    sha256 = hashlib.sha256(data).hexdigest()
    plain = unlocked(data, password)
    if isinstance(plain, Fault):
        return _refused(file, sha256, plain)
    try:
        kinds = forms(no_referral)
        lists = [found for sheet in read_sheets(plain) if (found := read_list(sheet, file.name, sha256, kinds))]
    except SprawlingError as far:
        return _refused(file, sha256, faults.sprawling(str(far)))
    except BaseException as cause:  # whatever a damaged file makes of zip, XML and cells, the remedy is the same
        if not isinstance(cause, Exception) and type(cause).__name__ != "PanicException":  # of a reader in Rust
            raise
        return _refused(file, sha256, faults.unreadable(nature(plain)))
    if not lists:
        return _refused(file, sha256, faults.NO_LIST)
    return _read(file.name, sha256, lists)


def _bytes_of(file: Path) -> bytes | Fault:
    if file.name.startswith(_LOCK_FILES):
        return faults.LOCK_FILE
    try:
        if file.is_dir():
            return faults.FOLDER
        if file.exists() and not file.is_file():
            return faults.NO_FILE  # a pipe would keep us waiting for ever
        return file.read_bytes() or faults.EMPTY_FILE
    except FileNotFoundError:
        return faults.GONE
    except OSError as fault:
        return faults.unreadable_file(fault.strerror)


def _read(file: str, sha256: str, lists: Sequence[ReturnedList]) -> Returned:
    disagreeing = _disagreeing(lists)
    taken: dict[str, Disposition | Review] = {}
    problems = []
    for found in lists:
        wrong: list[tuple[int | None, str | None, Fault]] = [(row, None, fault) for row, fault in found.faults]
        for line in found.lines:
            more = disagreeing.get((found.sheet, line.row), ())
            wrong += [(line.row, line.id, fault) for fault in (*line.faults, *more)]
            if line.said and line.id and not more:
                taken.setdefault(line.id, line.said)
        problems += [
            Problem(file, found.sheet, row, line_id, fault.fault, fault.remedy)
            for row, line_id, fault in sorted(wrong, key=lambda each: each[0] or 0)
        ]
    decided = tuple(said for said in taken.values() if isinstance(said, Disposition))
    reviewed = tuple(said for said in taken.values() if isinstance(said, Review))
    return Returned(file, sha256, decided, tuple(problems), sum(found.rows for found in lists), reviewed)


def _disagreeing(lists: Sequence[ReturnedList]) -> dict[tuple[str, int], tuple[Fault]]:
    """The fault of each line, by sheet and row, that does not say the same as another with its id."""
    by_id: dict[tuple[str, str], _Group] = defaultdict(lambda: defaultdict(list))
    for found in lists:
        for line in found.lines:
            if line.id:
                by_id[line.id, line.about][line.statement].append((found.sheet, line.row))
    return {place: (fault,) for (_, about), group in by_id.items() for place, fault in _faults_of(about, group)}


def _faults_of(about: str, group: _Group) -> Iterator[tuple[tuple[str, int], Fault]]:
    """The places of the lines with one id where they do not all say the same, each with some others that differ."""
    if len(group) == 1:
        return
    lines = sum(map(len, group.values()))
    for statement, places in group.items():
        others = (place for said, there in group.items() if said != statement for place in there)
        shown = list(islice(others, 3))
        for sheet, row in places:
            named = [f"row {at}" if there == sheet else f"sheet '{there}' row {at}" for there, at in shown]
            yield (sheet, row), faults.disagreeing(about, named, lines - len(places) - len(shown))


def _refused(file: Path, sha256: str | None, fault: Fault) -> Returned:
    problem = Problem(file.name, None, None, None, fault.fault, fault.remedy)
    return Returned(file.name, sha256, (), (problem,), 0)
