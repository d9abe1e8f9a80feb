"""The inbox: which extract folders lie there, as of when, and whether they are whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from checker.config import Config, SourceConfig
from checker.errors import CheckerError, ConfigError, SourceError
from checker.pipeline.order import moments_of
from checker.pipeline.run import CLOCKS_MAY_DIFFER
from checker.schemas import contract_columns, needed_columns
from checker.sources import extract_digest, read_extract
from checker.sources.folder import KINDS
from checker.sources.manifest import Manifest, read_manifest

_DATE = r"(\d{4})-?(\d\d)-?(\d\d)"
_MOMENT_IN_NAME = re.compile(rf"(?<!\d){_DATE}[T_ -]?(\d\d)[-:h.]?(\d\d)(?:[-:.]?\d\d)?(?!\d)")
_DELIVERED = (*KINDS, ".zip")  # what a delivery may have left beside the folders


@dataclass(frozen=True)
class Arrival:
    """One extract folder of the inbox.

    `as_of` is the moment that it describes (UTC), None where nothing states one that can be read; `stated` is that
    moment as a run is told it, None where the manifest tells it or nothing does; `digest` is of all its files;
    `is_whole` is false as long as files may still be arriving.
    """

    folder: Path
    as_of: datetime | None
    stated: str | None
    digest: str
    is_whole: bool


def arrivals(config: Config, now: datetime) -> list[Arrival]:
    """Every extract folder of the inbox, the oldest moment first; those without one come last, by name.

    An extract is whole when its manifest lists the rows or the digest of every table that was found and all of them
    match, or when no file of it has changed for `settle_minutes`. A folder that cannot be read counts as whole: it is
    its run that fails, and no other.

    Raises:
        ConfigError: no inbox is configured.
        SourceError: the inbox cannot be read.
    """
    folders = [path for path in _entries(config) if path.is_dir() and not _is_empty(path)]
    manifests = [_manifest(folder) for folder in folders]
    stated = [
        None if manifest.extracted_at else _moment_in_name(folder.name)
        for folder, manifest in zip(folders, manifests, strict=True)
    ]
    moments = moments_of([manifest.extracted_at or name for manifest, name in zip(manifests, stated, strict=True)])
    found = [
        Arrival(
            folder, as_of, name if as_of else None, extract_digest(folder), _is_whole(folder, manifest, config, now)
        )
        for folder, manifest, name, as_of in zip(folders, manifests, stated, moments, strict=True)
    ]
    return sorted(found, key=lambda each: (each.as_of is None, each.as_of or now, each.folder.name))


def loose_files(config: Config) -> tuple[str, ...]:
    """The names of data files that lie in the inbox itself, where nothing reads them: each extract needs a folder.

    Raises:
        ConfigError: no inbox is configured.
        SourceError: the inbox cannot be read.
    """
    return tuple(path.name for path in _entries(config) if path.suffix.casefold() in _DELIVERED and path.is_file())


def inbox_of(config: Config) -> Path:
    """The folder of the inbox.

    Raises:
        ConfigError: none is configured.
    """
    if config.schedule.inbox is None:
        raise ConfigError("checker.toml: [schedule] inbox is missing; name the folder that the extracts arrive in")
    return config.schedule.inbox


def _entries(config: Config) -> list[Path]:
    inbox = inbox_of(config)
    try:
        return sorted(path for path in inbox.iterdir() if not path.name.startswith("."))
    except OSError as fault:
        raise SourceError(f"{inbox}: the inbox cannot be read ({fault.strerror}); mend [schedule] inbox") from None


def _is_empty(folder: Path) -> bool:
    try:
        return not any(folder.iterdir())
    except OSError:
        return False


def _manifest(folder: Path) -> Manifest:
    """The manifest, or one that states nothing where it cannot be read: the run of the extract then says why."""
    try:
        return read_manifest(folder)
    except (SourceError, OSError):
        return Manifest()


def _moment_in_name(name: str) -> str | None:
    """The moment that a folder's name states, as `2026-11-22T0200` does, in London wall-clock time.

    None where it states none, or two dates: which of them is meant is not guessed.
    """
    found = _MOMENT_IN_NAME.search(name)
    if found is None or len(re.findall(_DATE, name)) > 1:
        return None
    return "{}-{}-{}T{}:{}".format(*found.groups())


def _is_whole(folder: Path, manifest: Manifest, config: Config, now: datetime) -> bool:
    try:
        last = max(_changes(folder, now), default=None)
    except FileNotFoundError:  # renamed just now
        return False
    except OSError:
        return True
    settled = last is None or now - last >= timedelta(minutes=config.schedule.settle_minutes)
    return settled or _matches(folder, manifest, config.source)


def _changes(folder: Path, now: datetime) -> Iterator[datetime]:
    """When the folder and each file in it changed; a copy may keep a file's own time, but not when it was put here.

    A time that lies far in the future is no word of a change, and would keep the extract waiting until then.
    """
    for path in (folder, *(file for file in folder.iterdir() if file.is_file())):
        for seconds in (path.stat().st_mtime, path.stat().st_ctime):
            if seconds < (now + CLOCKS_MAY_DIFFER).timestamp():
                yield datetime.fromtimestamp(max(seconds, 0), UTC)


def _matches(folder: Path, manifest: Manifest, source: SourceConfig) -> bool:
    """Whether the manifest vouches for every table that is there."""
    vouched = {name for name, table in manifest.tables.items() if table.rows is not None or table.sha256 is not None}
    try:
        return (
            bool(vouched)
            and vouched >= read_extract(folder, source, contract_columns(), needed_columns()).tables.keys()
        )
    except (CheckerError, pl.exceptions.PanicException):
        return False
