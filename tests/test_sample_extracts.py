"""`check` on each sample extract gives what its generator planted: every verdict, every rejected row, every count."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from checker.config import find_config, load_config
from checker.models import Run
from checker.pipeline.order import Order
from checker.pipeline.run import run_check

SAMPLES = Path(__file__).parents[1] / "sample_data"
AS_OF = {"force_export": "2026-11-22T02:00"}  # has no manifest; the others say it themselves
EXTRACTS = ("nightly", "backlog-580", "messy", "force_export")

# The generator's words for a reason, and a piece of the checker's.
REASONS = {
    "missing": "is blank; it is required",
    "not a date-time": "is not a date-time",
    "not a date": "is not a date ",
    "not an integer": "is not a whole number",
    "not a choice": "is none of",
    "not yes/no": "is not a yes or no answer",
    "year before 1900": "is before the year 1900",
    "before reported_at": "is before reported_at",
    "before started_on": "is before started_on",
    "after as_of": "is after the moment that the extract describes",
    "submitted without submitted_at": "submitted_at is blank on a submitted referral",
}
OUT_OF_RANGE = {"not from 0 to 30": ("is more than 30", "is less than 0")}


@pytest.fixture(scope="module", params=EXTRACTS)
def sample(request: pytest.FixtureRequest) -> tuple[str, Run]:
    """A sample extract and the run over it."""
    name: str = request.param
    folder = SAMPLES / name
    own_config = folder / "checker.toml"
    config = own_config if own_config.exists() else None
    return name, run_check(Order(folder, AS_OF.get(name), load_config(config), config))


def planted(sample: str, file: str) -> list[dict[str, str]]:
    path = SAMPLES / sample / file
    return list(csv.DictReader(path.read_text("utf-8").splitlines())) if path.exists() else []


def test_the_verdicts_are_those_planted(sample: tuple[str, Run]) -> None:
    name, run = sample
    listed = run.findings.select("rule_id", "outcome", "incident_ref", "child_ref").fill_null("").rows()
    assert Counter(listed) == Counter(tuple(row.values()) for row in planted(name, "expected.csv"))
    assert listed


def test_every_row_is_where_it_was_planted_to_end(sample: tuple[str, Run]) -> None:
    name, run = sample
    for row in planted(name, "expected_counts.csv"):
        table = row.pop("table")
        if table in run.record.missing_tables:
            assert set(row.values()) == {"0"}
            continue
        assert {column: getattr(run.record.tables[table], column) for column in row} == {
            column: int(number) for column, number in row.items()
        }, table


def test_every_planted_rejection_is_listed_with_its_reason(sample: tuple[str, Run]) -> None:
    name, run = sample
    given = {(row["table"], row["file"], str(row["row"])): row["reasons"] for row in run.rejected.iter_rows(named=True)}
    expected: dict[tuple[str, str, str], list[str]] = {}
    for row in planted(name, "expected_rejected.csv"):
        expected.setdefault((row["table"], row["file"], row["row"]), []).append(row["reason"])
    assert given.keys() == expected.keys()
    for place, reasons in expected.items():
        assert len(given[place]) == len(reasons), (place, given[place], reasons)
        for reason in reasons:
            words = OUT_OF_RANGE.get(reason, (REASONS.get(reason, reason),))
            assert any(word in text for word in words for text in given[place]), (place, reason, given[place])


def test_a_run_is_the_same_every_time(sample: tuple[str, Run]) -> None:
    name, run = sample
    config = find_config(SAMPLES / name) if name == "force_export" else None
    again = run_check(Order(SAMPLES / name, AS_OF.get(name), load_config(config), config))
    assert again.findings.equals(run.findings)
    assert again.rejected.equals(run.rejected)
