"""What supervisors decided and reviewers said: returned workbooks are read, it is put down, and a report written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from checker.config import LONDON, Config, password_of
from checker.errors import SourceError
from checker.models import About, Collected, Disposition, ReturnedWorkbook, Review
from checker.report.return_report import write_return_report
from checker.returns import Returned, read_workbook
from checker.store import Reviewed, Store

_OF_WINDOWS = ("thumbs.db", "desktop.ini")  # which Explorer leaves in any folder that somebody looks into


@dataclass(frozen=True)
class ReturnReport:
    """What came of returned workbooks, and the file that says so; None where there was nothing to say."""

    collected: Collected
    file: Path | None


def collect(workbooks: Sequence[Path], config: Config, store: Store, folder: Path) -> ReturnReport:
    """Read returned workbooks together, put down what they say, and write the return report into `folder`.

    Raises:
        ConfigError: the password of the workbooks cannot be read.
        StoreError: not all was put down; what was does no harm when the workbooks are read again.
        ReportError: the return report cannot be written; what was decided is in the store all the same.
    """
    password, no_referral = password_of(config.report), _asking_for_no_referral(store)
    read = [read_workbook(file, password, no_referral) for file in workbooks]
    return _put_down(read, config, store, folder)


def collect_new(config: Config, store: Store, folder: Path) -> ReturnReport | None:
    """The same for those in the returns folder that the store has not read; None where there is none of them.

    A workbook that could not be read is read again each time, and reported at most twice a day.

    Raises:
        SourceError: there is no such folder.
    """
    returns = config.schedule.returns
    if returns is None:
        return None
    if not returns.is_dir():
        raise SourceError(f"{returns}: no such folder for returned workbooks; make it or mend schedule.returns")
    password, seen = password_of(config.report), store.read_returns()
    unseen = [file for file in _workbooks(returns) if _digest(file) not in seen]
    no_referral = _asking_for_no_referral(store) if unseen else ()
    read = [read_workbook(file, password, no_referral) for file in unseen]
    news = [each for each in read if not (is_unread(each) and _is_told(each, store))]
    if not news:
        return None
    report = _put_down(news, config, store, folder)
    for each in news:
        if is_unread(each):
            store.told(_fault(each))
    return report


def _asking_for_no_referral(store: Store) -> frozenset[str]:
    """The ids of the rules that the store knows and that ask for something else than a referral."""
    return frozenset(rule.id for rule in store.rules() if rule.about != About.REFERRAL)


def is_unread(workbook: Returned) -> bool:
    """Whether nothing at all could be read from it."""
    return any(problem.sheet is None for problem in workbook.problems)


def _put_down(read: Sequence[Returned], config: Config, store: Store, folder: Path) -> ReturnReport:
    decided = store.decide([said for each in read for said in each.dispositions])
    reviews = [said for each in read for said in each.reviews]
    reviewed = store.review(reviews) if reviews else Reviewed((), (), ())
    problems = (*(problem for each in read for problem in each.problems), *decided.problems, *reviewed.problems)
    at = datetime.now(UTC)
    workbooks = tuple(
        ReturnedWorkbook(
            file=each.file,
            sha256=None if is_unread(each) else each.sha256,
            lines=each.lines,
            taken=_said_in(each, (*decided.taken, *reviewed.taken)),
            repeated=_said_in(each, (*decided.repeated, *reviewed.repeated)),
            problems=sum(problem.file == each.file for problem in problems),
            reviews=_said_in(each, reviewed.taken),
        )
        for each in read
    )
    in_order = sorted(problems, key=lambda each: (each.file, each.sheet or "", each.row or 0))
    collected = Collected(at, workbooks, tuple(in_order))
    name = (
        f"return_report_{at.astimezone(ZoneInfo(LONDON)):%Y-%m-%dT%H%M%S_%f}.xlsx"  # two may be written in one second
    )
    report = write_return_report(collected, folder / name, config.report)
    store.returned(workbooks)  # last: a workbook counts as read once somebody can see what was wrong with it
    return ReturnReport(collected, report)


def _said_in(workbook: Returned, said: Iterable[Disposition | Review]) -> int:
    return sum((each.file, each.file_sha256) == (workbook.file, workbook.sha256) for each in said)


def _workbooks(folder: Path) -> list[Path]:
    """Every file below the returns folder in the order of their names, without what programs leave there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [file for file in files if not file.name.startswith(("~$", ".")) and file.name.lower() not in _OF_WINDOWS]


def _digest(file: Path) -> str | None:
    """The SHA-256 of the file as it is now, None where it cannot be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None


def _fault(workbook: Returned) -> str:
    return f"{workbook.file}: {'; '.join(problem.fault for problem in workbook.problems)}"


def _is_told(workbook: Returned, store: Store) -> bool:
    return store.was_told(_fault(workbook))
