"""A returned workbook: every decision in it that is beyond doubt, and a problem for every one that is not."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from checker.models import Disposition, Problem
from checker.returns import faults
from checker.returns.faults import Fault
from checker.returns.lists import ReturnedList, read_list
from checker.returns.protection import unlocked
from checker.sources.excel import SprawlingError, nature, read_sheets

_LOCK_FILES = ("~$", ".~lock.")

_Group = dict[tuple[object, ...], list[tuple[str, int]]]  # the sheet and row of each line about a finding, by statement


@dataclass(frozen=True)
class Returned:
    """What a workbook states: `lines` counts its lines with a finding id; `sha256` is None where it was not read."""

    file: str
    sha256: str | None
    dispositions: tuple[Disposition, ...]
    problems: tuple[Problem, ...]
    lines: int


def read_workbook(file: Path, password: str | None) -> Returned:
    """What a returned workbook states and what is wrong with it; no fault of the file is an error.

    Nothing is guessed: a line of which anything is in doubt is a problem, and no decision.

    Args:
        file: The workbook.
        password: The one that our workbooks are sent out with, if any.
    """
    data = _bytes_of(file)
    if isinstance(data, Fault):
        return _refused(file, None, data)
    sha256 = hashlib.sha256(data).hexdigest()
    plain = unlocked(data, password)
    if isinstance(plain, Fault):
        return _refused(file, sha256, plain)
    try:
        lists = [found for sheet in read_sheets(plain) if (found := read_list(sheet, file.name, sha256))]
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
    taken: dict[str, Disposition] = {}
    problems = []
    for found in lists:
        wrong: list[tuple[int | None, str | None, Fault]] = [(row, None, fault) for row, fault in found.faults]
        for line in found.lines:
            more = disagreeing.get((found.sheet, line.row), ())
            wrong += [(line.row, line.finding_id, fault) for fault in (*line.faults, *more)]
            if line.disposition and not more:
                taken.setdefault(line.disposition.finding_id, line.disposition)
        problems += [
            Problem(file, found.sheet, row, finding_id, fault.fault, fault.remedy)
            for row, finding_id, fault in sorted(wrong, key=lambda each: each[0] or 0)
        ]
    return Returned(file, sha256, tuple(taken.values()), tuple(problems), sum(found.rows for found in lists))


def _disagreeing(lists: Sequence[ReturnedList]) -> dict[tuple[str, int], tuple[Fault]]:
    """The fault of each line, by sheet and row, that does not say the same as another about its finding."""
    by_finding: dict[str, _Group] = defaultdict(lambda: defaultdict(list))
    for found in lists:
        for line in found.lines:
            if line.finding_id:
                by_finding[line.finding_id][line.statement].append((found.sheet, line.row))
    return {place: (fault,) for group in by_finding.values() for place, fault in _faults_of(group)}


def _faults_of(group: _Group) -> Iterator[tuple[tuple[str, int], Fault]]:
    """The places of a finding's lines where they do not all say the same, each with some of the others that differ."""
    if len(group) == 1:
        return
    lines = sum(map(len, group.values()))
    for statement, places in group.items():
        others = (place for said, there in group.items() if said != statement for place in there)
        shown = list(islice(others, 3))
        for sheet, row in places:
            named = [f"row {at}" if there == sheet else f"sheet '{there}' row {at}" for there, at in shown]
            yield (sheet, row), faults.disagreeing(named, lines - len(places) - len(shown))


def _refused(file: Path, sha256: str | None, fault: Fault) -> Returned:
    problem = Problem(file.name, None, None, None, fault.fault, fault.remedy)
    return Returned(file.name, sha256, (), (problem,), 0)
