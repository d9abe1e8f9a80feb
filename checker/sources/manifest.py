"""The manifest: what the force says that it exported."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from checker.errors import SourceError
from checker.models import SourceTable

MANIFEST_FILE = "manifest.json"


class ListedTable(BaseModel):
    """What the manifest says of one table."""

    model_config = ConfigDict(strict=True, frozen=True)

    rows: NonNegativeInt | None = None
    sha256: str | None = None


class Manifest(BaseModel):
    """The moment and the span that the extract describes, as text, and the tables that belong to it."""

    model_config = ConfigDict(strict=True, frozen=True)

    extracted_at: str | None = None
    covers_from: str | None = None
    covers_to: str | None = None
    tables: dict[str, ListedTable] = {}


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the folder; an empty one, which states nothing, where there is none.

    Raises:
        SourceError: it cannot be read, is no JSON, or a value is of the wrong kind.
    """
    file = next((file for file in sorted(folder.iterdir()) if file.name.casefold() == MANIFEST_FILE), None)
    if file is None:
        return Manifest()
    try:
        return Manifest.model_validate_json(file.read_bytes().removeprefix(BOM_UTF8))
    except OSError as fault:
        raise SourceError(f"{file.name}: cannot be read ({fault.strerror}); grant access to it") from None
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise SourceError(
            f"{file.name}: {place}{': ' if place else ''}{first['msg']}; export the extract again"
        ) from None


def check_manifest(manifest: Manifest, tables: Mapping[str, SourceTable]) -> None:
    """Raise a SourceError where the tables that were read are not those that the manifest lists."""
    for name, listed in manifest.tables.items():
        table = tables.get(name)
        if table is None:
            raise SourceError(f"{MANIFEST_FILE}: lists table {name!r}, which has no file; export the extract again")
        if listed.rows is not None and listed.rows != table.rows_read:
            raise _mismatch(table.file, f"{table.rows_read} rows", f"{listed.rows}")
        if listed.sha256 is not None and listed.sha256.strip().lower() != table.sha256:
            raise _mismatch(table.file, f"the digest {table.sha256[:12]}…", f"{listed.sha256.strip()[:12]}…")


def _mismatch(file: str, found: str, stated: str) -> SourceError:
    return SourceError(f"{file}: has {found}, {MANIFEST_FILE} says {stated}; export the extract again")
