"""What the source profile says, held against the contract before any file is opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from checker.config import SourceConfig, nearest
from checker.errors import ConfigError
from checker.sources.headers import fold
from checker.sources.values import CODE_COLUMNS


def check_profile(source: SourceConfig, columns: Mapping[str, Sequence[str]]) -> None:
    """Raise a ConfigError where the profile names a column that the contract lacks, or gives one code two words."""
    for table, profile in source.tables.items():
        place = f"checker.toml: source.tables.{table}"
        for part in ("columns", "values", "row_when"):
            for name in getattr(profile, part):
                if name not in columns[table]:
                    raise ConfigError(f"{place}.{part}: unknown column {name!r}{nearest(name, list(columns[table]))}")
        for column, words in profile.values.items():
            same = str.strip if column in CODE_COLUMNS else fold
            folded = {(same(code), word) for code, word in words.items()}
            if len(folded) > len({code for code, _ in folded}):
                raise ConfigError(f"{place}.values.{column}: one code has two translations; remove one")


def known_headers(source: SourceConfig, columns: Mapping[str, Sequence[str]], tables: Iterable[str]) -> set[str]:
    """The headers, trimmed and without case, that a file of these tables may have."""
    return {fold(source.table(table).columns.get(column, column)) for table in tables for column in columns[table]}
