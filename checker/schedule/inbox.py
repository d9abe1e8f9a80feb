"""The inbox: which extract folders lie there, as of when, and whether they are whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from checker.config import Config, SourceConfig
from checker.errors import CheckerError, ConfigError, SourceError
from checker.pipeline import moment_of
from checker.schemas import contract_columns, needed_columns
from checker.sources import extract_digest, read_extract
from checker.sources.manifest import Manifest, read_manifest

_MOMENT_IN_NAME = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)[T_ -]?(\d\d)[-:h.]?(\d\d)")


@dataclass(frozen=True)
class Arrival:
    """One extract folder of the inbox.

    `as_of` is the moment that it describes (UTC), None where nothing states one that can be read; `stated` is that
    moment as a run is told it, None where the manifest tells it; `digest` is of all its files; `is_whole` is false as
    long as files may still be arriving.
    """

    folder: Path
    as_of: datetime | None
    stated: str | None
    digest: str
    is_whole: bool


def arrivals(config: Config, now: datetime) -> list[Arrival]:
    """Every extract folder of the inbox, the oldest moment first; those without one come last, by name.

    An extract is whole when its manifest lists the rows or the digest of every table that was found and all of them
    match, or when no file of it has changed for `settle_minutes`.

    Raises:
        ConfigError: no inbox is configured.
        SourceError: the inbox cannot be read.
    """
    inbox = inbox_of(config)
    try:
        folders = sorted(path for path in inbox.iterdir() if path.is_dir() and not path.name.startswith("."))
        found = [_arrival(folder, config, now) for folder in folders if any(folder.iterdir())]
    except OSError as fault:
        raise SourceError(f"{inbox}: the inbox cannot be read ({fault.strerror}); mend [schedule] inbox") from None
    return sorted(found, key=lambda each: (each.as_of is None, each.as_of or now, each.folder.name))


def inbox_of(config: Config) -> Path:
    """The folder of the inbox.

    Raises:
        ConfigError: none is configured.
    """
    if config.schedule.inbox is None:
        raise ConfigError("checker.toml: [schedule] inbox is missing; name the folder that the extracts arrive in")
    return config.schedule.inbox


def _arrival(folder: Path, config: Config, now: datetime) -> Arrival:
    try:
        manifest = read_manifest(folder)
    except SourceError:
        manifest = Manifest()
    stated = None if manifest.extracted_at else _moment_in_name(folder.name)
    as_of = moment_of(manifest.extracted_at or stated)
    settled = now - _last_change(folder) >= timedelta(minutes=config.schedule.settle_minutes)
    return Arrival(folder, as_of, stated, extract_digest(folder), settled or _matches(folder, manifest, config.source))


def _moment_in_name(name: str) -> str | None:
    """The moment that a folder's name states, as `2026-11-22T0200` does, in London wall-clock time."""
    found = _MOMENT_IN_NAME.search(name)
    return "{}-{}-{}T{}:{}".format(*found.groups()) if found else None


def _last_change(folder: Path) -> datetime:
    """When the folder or a file in it changed last; a copy may keep a file's own time, but not when it was put here."""
    stamps = [path.stat() for path in (folder, *(file for file in folder.iterdir() if file.is_file()))]
    return datetime.fromtimestamp(max(max(stamp.st_mtime, stamp.st_ctime) for stamp in stamps), UTC)


def _matches(folder: Path, manifest: Manifest, source: SourceConfig) -> bool:
    """Whether the manifest vouches for every table that is there."""
    vouched = {name for name, table in manifest.tables.items() if table.rows is not None or table.sha256 is not None}
    try:
        return (
            bool(vouched)
            and vouched >= read_extract(folder, source, contract_columns(), needed_columns()).tables.keys()
        )
    except CheckerError:
        return False
