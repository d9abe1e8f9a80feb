"""Passes over an inbox of invented nights, as a scheduler starts them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.command import Done, checker
from tests.nights import as_of, write_night


def night(folder: Path, number: int, **stories: str) -> Path:
    return write_night(folder / "inbox", as_of(number), stories or {"a": "F"}, str(number))


def nightly(config: Path) -> Done:
    return checker("nightly", "--config", config)


def status(config: Path) -> tuple[int, dict[str, object]]:
    done = checker("status", "--json", "--config", config)
    return done.code, json.loads(done.out)


def events(done: Done) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.err.splitlines()]
