"""Which file, and which sheet of it, holds which table."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path

from checker.config import CONFIG_FILE, SourceConfig, TableSource
from checker.errors import SourceError
from checker.models import REQUIRED_TABLES
from checker.sources.excel import sheet_names
from checker.sources.grid import Place
from checker.sources.headers import fold
from checker.sources.manifest import MANIFEST_FILE

KINDS = (".csv", ".xlsx", ".parquet")
NOT_EXPORTED = (".*", "~$*")
NOT_DATA = (MANIFEST_FILE, CONFIG_FILE, "expected*.csv", *NOT_EXPORTED)


def read_file(path: Path) -> bytes:
    """The bytes of a file of the extract.

    Raises:
        SourceError: the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as fault:
        raise SourceError(
            f"{path.name}: cannot be read ({fault.strerror}); close it elsewhere or grant access"
        ) from None


def extract_digest(folder: Path) -> str:
    """SHA-256 of the names and bytes of all files that an extract may consist of, whether or not they can be read.

    That of a folder that cannot be listed is of its path, so that no two of them pass for one extract.
    """
    digest = hashlib.sha256()
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as fault:
        files = []
        digest.update(json.dumps([str(folder), fault.errno]).encode())
    for file in files:
        if not any(fnmatch(fold(file.name), pattern) for pattern in NOT_EXPORTED):
            try:
                content = hashlib.sha256(file.read_bytes()).hexdigest()
            except OSError as fault:
                content = f"unreadable: {fault.errno}"
            digest.update(json.dumps([file.name, content]).encode())
    return digest.hexdigest()


def find_tables(folder: Path, source: SourceConfig, tables: Iterable[str]) -> tuple[dict[str, Place], tuple[str, ...]]:
    """The place of every table that the folder holds, and the files and sheets that no table uses.

    Raises:
        SourceError: no such folder, no file in it, two files for one table, none for a required one.
    """
    files = _list_files(folder)
    data = [file for file in files if not any(fnmatch(fold(file.name), pattern) for pattern in NOT_DATA)]
    books = [file for file in files if _is_workbook(file) and file in data]
    # Only where a workbook is the single one of its folder do its sheets stand for tables.
    book = books[0] if len(books) == 1 else None
    sheets = {book: _sheets(book)} if book else {}
    places: dict[str, Place] = {}
    for table in tables:
        profile = source.table(table)
        has_sheet = book is not None and bool(profile.sheet or _find(table, sheets[book]))
        if profile.file is not None:
            file: Path | None = _named_file(folder, files, profile.file, table)
        else:
            file = _own_file(folder, data, table, book if has_sheet else None)
        if file is not None:
            if _is_workbook(file) and file not in sheets:
                sheets[file] = _sheets(file)
            places[table] = _place(file, table, profile, sheets.get(file, []))
    unused = _unused(data, sheets, places)
    for table in REQUIRED_TABLES:
        if table not in places:
            raise _no_file(folder, table, unused)
    return places, unused


def _list_files(folder: Path) -> list[Path]:
    remedy = "give the folder that holds the files of the extract"
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except FileNotFoundError:
        raise SourceError(f"{folder}: no such folder; {remedy}") from None
    except NotADirectoryError:
        raise SourceError(f"{folder}: is no folder; {remedy}") from None
    except OSError as fault:
        raise SourceError(f"{folder}: cannot be read ({fault.strerror}); ask for access to it") from None
    if not files:
        raise SourceError(f"{folder}: is empty; {remedy}")
    return files


def _is_workbook(file: Path) -> bool:
    return file.suffix.casefold() == ".xlsx"


def _sheets(book: Path) -> list[str]:
    return sheet_names(read_file(book), book.name)


def _find(name: str, sheets: Sequence[str]) -> list[str]:
    return [sheet for sheet in sheets if fold(sheet) == fold(name)]


def _named_file(folder: Path, files: Sequence[Path], name: str, table: str) -> Path:
    """The file that the profile names for the table."""
    found = [file for file in files if file.name == name] or [file for file in files if fold(file.name) == fold(name)]
    place = f"mend checker.toml [source.tables.{table}] file"
    if not found:
        raise SourceError(f"{folder}: no file {name!r}{_hint(name, [file.name for file in files])}; {place}")
    if found[0].suffix.casefold() not in KINDS:
        raise SourceError(f"{found[0].name}: is of no known kind ({', '.join(KINDS)}); export it again or {place}")
    return found[0]


def _own_file(folder: Path, data: Sequence[Path], table: str, book: Path | None) -> Path | None:
    """The file that bears the table's name, or the `book` with a sheet that does."""
    own = [file for file in data if fold(file.stem) == table and file.suffix.casefold() in KINDS]
    if book is not None and book not in own:
        own.append(book)
    if len(own) > 1:
        names = " and ".join(repr(file.name) for file in own)
        raise SourceError(f"{folder}: {len(own)} files for table {table!r}: {names}; leave one")
    return own[0] if own else None


def _place(file: Path, table: str, profile: TableSource, sheets: Sequence[str]) -> Place:
    if not _is_workbook(file):
        return Place(file, file.name, None, profile.delimiter, profile.encoding)
    found = _find(profile.sheet or table, sheets)
    if profile.sheet and not found:
        remedy = f"mend checker.toml [source.tables.{table}] sheet"
        raise SourceError(f"{file.name}: no sheet {profile.sheet!r}{_hint(profile.sheet, sheets)}; {remedy}")
    sheet = (found or list(sheets))[0]
    return Place(file, file.name if len(sheets) == 1 else f"{file.name}#{sheet}", sheet)


def _unused(data: Sequence[Path], sheets: Mapping[Path, Sequence[str]], places: Mapping[str, Place]) -> tuple[str, ...]:
    used = {(place.path, place.sheet) for place in places.values()}
    names = []
    for file in data:
        if not any(path == file for path, _ in used):
            names.append(file.name)
        else:
            names += [f"{file.name}#{sheet}" for sheet in sheets.get(file, []) if (file, sheet) not in used]
    return tuple(names)


def _no_file(folder: Path, table: str, unused: Sequence[str]) -> SourceError:
    by_stem = {fold(name.rpartition("#")[2] if "#" in name else Path(name).stem): name for name in unused}
    close = difflib.get_close_matches(table, by_stem, n=1, cutoff=0.5)
    hint = f"; nearest file: {by_stem[close[0]]!r}" if close else ""
    names = ", ".join(table + kind for kind in KINDS)
    return SourceError(f"{folder}: no file for table {table!r} ({names}){hint}; rename it or name it in checker.toml")


def _hint(name: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; nearest: {close[0]!r}" if close else ""
