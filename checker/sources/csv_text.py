"""From the bytes of a CSV file to its text, and from the text to its delimiter, header and records."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from checker.errors import SourceError
from checker.sources.grid import Place

DELIMITERS = (",", ";", "\t")
# A single cell may be as long as its file; the csv module would stop at 131,072 characters.
_NO_LIMIT = 2**31 - 1


@dataclass(frozen=True)
class Header:
    """The header of a CSV file: the row in which it stands and its trimmed cells."""

    row: int
    cells: tuple[str, ...]


def decode(data: bytes, place: Place) -> tuple[bytes, tuple[str, ...]]:
    """The text as UTF-8 without a byte order mark, and a warning where it had to be read as Windows-1252.

    A byte order mark says for itself what the file is, whatever the profile says.

    Raises:
        SourceError: the bytes are no text of that encoding, or hold NUL.
    """
    encoding: str | None = place.encoding
    warnings: tuple[str, ...] = ()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data.startswith(codecs.BOM_UTF8):
        data, encoding = data.removeprefix(codecs.BOM_UTF8), "utf-8"
    text = _as_utf8(data, encoding or "utf-8")
    if text is None and encoding is None:
        text = _as_utf8(data, "windows-1252")
        warnings = (
            f"{place.label}: not UTF-8, read as Windows-1252; export it as UTF-8 or set encoding in checker.toml",
        )
    if text is None:
        named = encoding or "UTF-8 or Windows-1252"
        raise SourceError(f"{place.label}: is no {named} text; export it again as CSV UTF-8")
    if b"\0" in text:
        raise SourceError(f"{place.label}: holds NUL bytes, so it is no CSV text; export it again as CSV UTF-8")
    return text, warnings


def _as_utf8(data: bytes, encoding: str) -> bytes | None:
    if encoding != "utf-16" and data.isascii():
        return data
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return data if encoding == "utf-8" else text.encode()


def count_line_ends(text: bytes) -> int:
    """How many line ends the text holds: line feeds, carriage returns, and the two together as one."""
    return text.count(b"\n") + count_bare_returns(text)


def count_bare_returns(text: bytes) -> int:
    """How many carriage returns stand without a line feed after them."""
    return text.count(b"\r") - text.count(b"\r\n")


@contextmanager
def records_of(text: bytes, delimiter: str, *, strict: bool = True) -> Iterator[Iterator[list[str]]]:
    """The records of the text as the csv module reads them; a wholly blank line is a record without a filled cell."""
    limit = csv.field_size_limit(_NO_LIMIT)
    try:
        yield csv.reader(io.TextIOWrapper(io.BytesIO(text), "utf-8", newline=""), delimiter=delimiter, strict=strict)
    finally:
        csv.field_size_limit(limit)


def is_blank(cells: list[str]) -> bool:
    """Whether a record is a wholly blank line: no delimiter, nothing but white space."""
    return len(cells) < 2 and not "".join(cells).strip()


def read_header(text: bytes, delimiter: str) -> Header | None:
    """The first record that is not blank, or None where there is none."""
    with records_of(text, delimiter, strict=False) as records:
        for row, cells in enumerate(records, start=1):
            if not is_blank(cells):
                return Header(row, tuple(cell.strip() for cell in cells))
    return None


def find_delimiter(text: bytes, known: Collection[str]) -> str:
    """The delimiter under which the header gives most of the `known` names (in lower case), then most cells."""

    def score(delimiter: str) -> tuple[int, int]:
        header = read_header(text, delimiter)
        cells = header.cells if header else ()
        return len({cell.casefold() for cell in cells}.intersection(known)), len(cells)

    return max(DELIMITERS, key=score)
