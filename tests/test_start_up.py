"""A command imports what it uses and nothing else, so that a short question has a quick answer.

What is listed here is seen in a process of its own, by `python -X importtime`; a package stands under what uses it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import AS_OF, ROOT, environment, small_extract

# What neither a question about the rules nor a check of CSV files without a store has a use for.
ELSEWHERE = {
    "sqlalchemy": "the store",
    "alembic": "the store, to see whether its tables are those of this release",
    "psycopg": "a store on PostgreSQL",
    "scipy": "samples: how large they must be, and what they say of the whole backlog",
    "apscheduler": "the service, and the configuration of its [schedule]",
    "pythonjsonlogger": "the log of the service",
    "smtplib": "the e-mail after a nightly run",
    "msoffcrypto": "workbooks with a password",
    "fastexcel": "extracts that are Excel workbooks",
    "holidays": "the script that writes the bank holidays",
}
REPORTING = {
    "openpyxl": "workbooks",
    "lxml": "workbooks",
}
READING = {  # not pydantic, with which typer reads the values of options
    "polars": "everything that reads a table",
    "pandera": "the contract of the tables",
    "numpy": "pandera, where it is installed",
    "sqlglot": "the conditions of the rules",
    "rich": "tables on the terminal",
    "tomllib": "checker.toml and the rule files",
}


def imported(*arguments: object, folder: Path = ROOT) -> set[str]:
    """The packages that a command has imported once it has done its work."""
    command = [sys.executable, "-X", "importtime", "-m", "checker", *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def in_vain(found: set[str], *lists: dict[str, str]) -> dict[str, str]:
    """What was imported though only something else uses it, and what that is."""
    return {name: user for each in lists for name, user in each.items() if name in found}


@pytest.fixture
def ten_incidents(tmp_path: Path) -> Path:
    """An extract of ten sound incidents, each with a child who was referred."""
    times = "2026-11-20T10:00,2026-11-20T12:00"
    rows = [
        [
            f"I{n},{times},QL23,yes,DASH-{n},medium,no,2026-11-20T11:00",
            f"I{n},C{n},2018-03-04",
            f"R{n},I{n},C{n},{times[17:]}",
        ]
        for n in range(10)
    ]
    headers = (
        "incident_ref,reported_at,closed_at,closure_codes,domestic_abuse,risk_form_ref,risk_level,"
        "children_in_household,history_checked_at",
        "incident_ref,child_ref,date_of_birth",
        "referral_ref,incident_ref,child_ref,submitted_at",
    )
    incidents, children, referrals = ("\n".join(lines) for lines in zip(headers, *rows, strict=True))
    return small_extract(tmp_path / "ten", incidents=incidents, children=children, referrals=referrals)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["sweep", "--help"]])
def test_help_imports_no_more_than_the_command_line(arguments: list[str]) -> None:
    found = imported(*arguments)
    assert "typer" in found
    assert in_vain(found, ELSEWHERE, REPORTING, READING) == {}


def test_the_list_of_the_rules_imports_what_reads_rules(tmp_path: Path) -> None:
    found = imported("rules", "list", folder=tmp_path)
    assert "sqlglot" in found
    assert in_vain(found, ELSEWHERE, REPORTING) == {}


def test_a_validation_imports_nothing_that_judges_or_reports(ten_incidents: Path) -> None:
    found = imported("validate", ten_incidents, "--as-of", AS_OF, folder=ten_incidents)
    assert "pandera" in found
    assert in_vain(found, ELSEWHERE, REPORTING) == {}


def test_a_check_without_a_store_imports_none(ten_incidents: Path, tmp_path: Path) -> None:
    found = imported("check", ten_incidents, "--as-of", AS_OF, "--out", tmp_path / "out", folder=tmp_path)
    assert (tmp_path / "out" / "exceptions.xlsx").is_file()
    assert REPORTING.keys() <= found
    assert in_vain(found, ELSEWHERE) == {}


def test_a_check_with_a_file_for_a_store_imports_no_driver_of_a_server(ten_incidents: Path, tmp_path: Path) -> None:
    (tmp_path / "checker.toml").write_text('[store]\nurl = "sqlite:///checker.db"\n', encoding="utf-8")
    found = imported("check", ten_incidents, "--as-of", AS_OF, "--out", tmp_path / "out", folder=tmp_path)
    assert (tmp_path / "checker.db").is_file()
    assert in_vain(found, ELSEWHERE).keys() == {"sqlalchemy", "alembic"}


def test_a_question_about_a_sample_imports_what_counts_chances() -> None:
    found = imported("sample-size", "580", "--margin", "5%")
    assert in_vain(found, ELSEWHERE, REPORTING).keys() == {"scipy"}
