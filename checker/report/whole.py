"""Workbooks that stand by themselves: each takes its place whole, or the one that was there stays."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from checker.errors import ReportError


@contextmanager
def put_whole(folder: Path, names: Sequence[str], what: str) -> Iterator[Path]:
    """A folder to write these files in, which take their places in `folder` when the block ends without error.

    Each is whole or not there; a process that is killed between two of them leaves one new and one old.

    Args:
        folder: Where; it is made.
        names: The files, in the order in which they take their places.
        what: What they are, in the words of an error.

    Raises:
        ReportError: the folder cannot be written to, or a file there is open in another program.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".checker-", dir=folder) as staging:
            yield Path(staging)
            for name in names:
                Path(staging, name).replace(folder / name)
    except OSError as fault:
        place = f"{folder / names[0]}: the {what} cannot be written there ({fault.strerror or fault})"
        raise ReportError(f"{place}; close it where it is open, or free the folder") from fault
