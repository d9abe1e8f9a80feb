"""The files of a report, or of a sweep, take their places together or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from checker.errors import ReportError

# The order in which the old ones leave; the new ones come in the reverse. So run.json is the seal of a report: where
# it stands, the three files beside it are its own and whole. The workbook, second, tells a report from a sweep.
FILES = ("run.json", "exceptions.xlsx", "findings.csv", "rejected.csv")
SWEEP_FILES = (
    *("run.json", "sweep.xlsx", "findings.csv", "findings.parquet", "order.csv", "order.parquet"),
    *("children.csv", "children.parquet", "excluded.csv", "rejected.csv"),
)
AREAS = "exceptions_by_area"  # a folder beside them, where there is a workbook for each area
_KINDS = (FILES, SWEEP_FILES)
_SEAL = FILES[0]
_WORK, _LOCK, _NEW, _OLD = ".checker-report", "lock", "new", "old"


@contextmanager
def replaced_together(folder: Path, files: Sequence[str] = FILES) -> Iterator[Path]:
    """A folder to write `files` in, those of a report or of a sweep, which take their places when the block ends well.

    The workbooks of areas, in the folder `exceptions_by_area`, take theirs with them; without any that folder goes.

    However the process ends, `folder` never shows files of two reports side by side, and `run.json` stands there only
    beside the files that belong to it. A process killed while it writes leaves the previous files as they were. One
    killed in the instant of the renames may leave fewer, of one report and without `run.json`; the next call puts the
    previous ones back before it does anything else. Other files in `folder` are never touched.

    Raises:
        ReportError: the folder cannot be written to, it has a report of the other kind or files that may be somebody
            else's, another run is writing into it, or a file there is open in another program; the previous files are
            in their places.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder) as work:
            _undo(folder, work)
            _clear(work)
            _refuse_what_is_not_ours(folder, files)
            try:
                (work / _NEW / AREAS).mkdir(parents=True)
                yield work / _NEW
                _put_on_disk(work / _NEW, files)
                _take_places(folder, work, files)
            finally:
                _undo(folder, work)
                with suppress(OSError):  # what cannot be deleted now is deleted by the next run
                    _clear(work)
    except OSError as fault:
        place = f"{folder}: the report cannot be written there ({fault.strerror or fault})"
        raise ReportError(f"{place}; free it or give another --out") from fault


def _refuse_what_is_not_ours(folder: Path, files: Sequence[str]) -> None:
    """Refuse a folder with a report of the other kind, or with files that only bear the names of ours.

    An extract has a `children.csv` too: whoever takes its folder for that of a sweep must not lose it.
    """
    workbook = files[1]
    others = [kind for kind in _KINDS if kind[1] != workbook]
    for kind in others:
        if os.path.lexists(folder / kind[1]):
            raise ReportError(f"{folder} holds {kind[1]}, of another kind of report; give another --out")
    own = [name for name in files if not any(name in kind for kind in others)]
    for name in own:
        if os.path.lexists(folder / name) and not os.path.lexists(folder / workbook):
            fault = f"{folder / name} is there without {workbook}, so it may be somebody else's"
            raise ReportError(f"{fault}; move it elsewhere or give another --out")


@contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """Our work folder inside `folder`, held by this process alone; the system lets go of it when the process dies."""
    work = folder / _WORK
    work.mkdir(mode=0o700, exist_ok=True)
    with (work / _LOCK).open("a+b") as lock:
        if not _lock(lock, work / _LOCK):
            raise ReportError(f"{folder}: another run is writing its report there; wait until it has finished")
        try:
            yield work
        finally:
            if sys.platform == "win32":
                lock.close()  # Windows deletes no open file; elsewhere the lock must go before another can take it
            with suppress(OSError):
                (work / _LOCK).unlink()
                work.rmdir()


def _lock(lock: IO[bytes], file: Path) -> bool:
    """Whether the lock is ours: nobody holds it, and nobody deleted its file before we had it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
            return True
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(lock.fileno()), file.stat())
    except (BlockingIOError, FileNotFoundError, PermissionError):
        return False


def _take_places(folder: Path, work: Path, files: Sequence[str]) -> None:
    (work / _OLD).mkdir()
    for name in files:
        if (folder / name).is_dir():
            raise ReportError(f"{folder / name} is a folder; move it elsewhere and run again")
    for name in (*files, AREAS):
        if os.path.lexists(folder / name):
            _move(folder / name, work / _OLD / name)
    has_areas = any((work / _NEW / AREAS).iterdir())
    for name in reversed((*files, AREAS) if has_areas else files):
        _move(work / _NEW / name, folder / name)
    _sync_folder(folder)


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as fault:
        if isinstance(fault, PermissionError) or fault.errno in (errno.EBUSY, errno.ETXTBSY):
            raise ReportError(f"{source} is open in another program; close it and run again") from fault
        raise


def _undo(folder: Path, work: Path) -> None:
    """Put the previous files back where an exchange was begun and not finished: the seal goes into its place last."""
    new, old = work / _NEW, work / _OLD
    if not (os.path.lexists(new / _SEAL) and old.is_dir()):
        return
    parts = (*_kind_of_exchange(folder, new), AREAS)
    for name in parts:
        if not os.path.lexists(new / name) and os.path.lexists(folder / name):
            (folder / name).replace(new / name)
    for name in reversed(parts):
        if os.path.lexists(old / name):
            (old / name).replace(folder / name)
    _sync_folder(folder)


def _kind_of_exchange(folder: Path, new: Path) -> Sequence[str]:
    """The files of the exchange that was begun: its workbook is among the new ones still, or in its place."""
    return next(kind for place in (new, folder) for kind in _KINDS if os.path.lexists(place / kind[1]))


def _clear(work: Path) -> None:
    for leftover in (work / _OLD, work / _NEW):  # in this order, for what is left of the new says whether to undo
        if leftover.exists():
            shutil.rmtree(leftover)


def _put_on_disk(staging: Path, files: Sequence[str]) -> None:
    for path in (*(staging / name for name in files), *(staging / AREAS).iterdir()):
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    _sync_folder(staging / AREAS)
    _sync_folder(staging)


def _sync_folder(folder: Path) -> None:
    if sys.platform != "win32":  # which cannot open a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
