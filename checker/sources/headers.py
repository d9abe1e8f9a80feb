"""Which column of a file is which column of the contract."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from checker.errors import SourceError


def fold(header: str) -> str:
    """The header as it is compared: without surrounding white space and without case."""
    return header.strip().casefold()


def map_headers(
    headers: Sequence[str], label: str, columns: Sequence[str], aliases: Mapping[str, str], *, shared: bool
) -> dict[str, int]:
    """The position in the file of every contract column that it has, in the order of the contract.

    `aliases` are the profile's headers by contract column. A header that the profile gives to one column is no
    other's. In a file `shared` by several tables, a header named like a column that has an alias is another table's.

    Raises:
        SourceError: two columns of one name, or an alias that the file does not have.
    """
    names = [fold(header) for header in headers]
    _refuse_repeats(headers if shared else names, label)
    taken = {fold(alias) for alias in aliases.values()}
    found = {}
    for column in columns:
        alias = aliases.get(column)
        wanted = fold(column if alias is None else alias)
        hits = [position for position, name in enumerate(names) if name and name == wanted]
        if alias is None and wanted in taken:
            continue
        if alias is not None and not hits:
            remedy = f"mend checker.toml, which maps {column!r} to it"
            hint = _hint(alias, headers) if set(names) & {*taken, *map(fold, columns)} else ""
            raise SourceError(f"{label}: no column {alias!r}{hint}; {remedy}")
        if alias is not None and not shared and fold(column) in set(names) - taken:
            raise SourceError(f"{label}: {alias!r} and {column!r} are both column {column!r}; remove or rename one")
        if len(hits) > 1:
            raise _repeated(hits, label)
        if hits:
            found[column] = hits[0]
    return found


def require_columns(
    required: Iterable[str], found: Iterable[str], unused: Sequence[str], label: str, table: str
) -> None:
    """Raise a SourceError that names every required column that was not found, each with the nearest unused header.

    Where no column at all was found the first line may be a record: then nothing of it is repeated.
    """
    known = set(found)
    missing = [column for column in required if column not in known]
    faults = [f"no column {column!r}{_hint(column, unused) if known else ''}" for column in missing]
    if faults:
        remedy = f"rename it or map it in checker.toml [source.tables.{table}.columns]"
        raise SourceError(f"{label}: {'; '.join(faults)}; {remedy}")


def missing_warnings(columns: Sequence[str], unused: Sequence[str], label: str, table: str) -> tuple[str, ...]:
    """What the run record says, in one line, of the columns that the file does not have and need not have."""
    if not columns:
        return ()
    hints = "".join(f"{hint} (for {column})" for column in columns if (hint := _hint(column, unused)))
    return (f"{label}: no column for {table}: {', '.join(columns)}; read as blank in every row{hints}",)


def describe_header(position: int, header: str) -> str:
    """The header, or for a column without one its number as a person counts."""
    return header or f"column {position + 1} (no header)"


def _hint(name: str, headers: Sequence[str]) -> str:
    by_name = {fold(header): header for header in headers if header}
    close = difflib.get_close_matches(fold(name), by_name, n=1)
    return f"; nearest header: {by_name[close[0]]!r}" if close else ""


def _refuse_repeats(names: Sequence[str], label: str) -> None:
    for name, count in Counter(name for name in names if name).items():
        if count > 1:
            raise _repeated([position for position, other in enumerate(names) if other == name], label)


def _repeated(positions: Sequence[int], label: str) -> SourceError:
    # by number, not by name: where a file has no header row, its first line is somebody's record
    columns = " and ".join(str(position + 1) for position in positions)
    return SourceError(f"{label}: columns {columns} have one name; remove or rename one")
