"""A pack of the six first rules alone, for tests of what becomes of verdicts, whatever rule gives them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

FIRST = ("REF001", "CLO001", "CLO002", "FLG001", "FLG002", "FLG003")
_FOLDER = TemporaryDirectory(prefix="first-rules-")  # until the tests are over


@cache
def first_rules() -> Path:
    """The folder of the pack."""
    pack = copytree(Path(__file__).parents[1] / "rules", Path(_FOLDER.name) / "rules")
    for file in pack.glob("*/*.toml"):
        if file.stem not in FIRST:
            file.unlink()
    return pack
