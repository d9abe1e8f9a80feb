"""The committed sample extracts: made again they are the same bytes, they are invented throughout, and they add up."""

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_data"
FOLDERS = ("nightly", "backlog-580", "messy", "force_export")
WINDOWS_1252 = {("messy", "children.csv"), ("force_export", "Incident_Log.csv")}
RULES = (
    *(f"REF00{number}" for number in range(1, 7)), "CLO001", "CLO002", "CLO003", "RSK001", "CHD001", "HIS001", "HIS002",
    "ENC001", "MIS001", "MIS002", "MIS003", "FLG001", "FLG002", "FLG003", "FLG004",
)  # fmt: skip
DELIMITERS = {("messy", "referrals.csv"): ";", ("messy", "plans.csv"): "\t"}

REFERENCE = re.compile(r"\b(?:INC|CH|REF|PER|LOC|DASH|DARA|ENC|MIS|SCH|PC|SGT)-(?:M-)?\d[\d-]*\b")
INVENTED_PLACE = "Exampleshire"
# Every word that stands in a sample. A word to be added here is to be read by a person first: no name may come in.
WORDS = """
    exampleshire north central south coast response a b c nights
    theft burglary criminal damage anti social behaviour road collision concern for safety missing public order
    disturbance domestic dom dst dup canc nfa crm asb soco rtc cfs mis pub dv ql xql
    yes no y n nk true maybe perhaps unknown open closed cancelled duplicate transferred finished live finalised
    standard medium high submitted draft rejected withdrawn sent to hub in returned oic cpso officer clerk by phone
    failed not applicable assessment advice given neg cse misper exploitation sexual other
    cp cin lac cpp chp cla prot need looked after child protection neglect emotional physical
    of victim suspect lives there visiting stepfather s asleep expected
    yesterday evening this morning january october two t z late
"""


def records(folder: str, file: str) -> list[list[str]]:
    """The records of a sample file, header first."""
    content = (SAMPLES / folder / file).read_bytes()
    encoding = "windows-1252" if (folder, file) in WINDOWS_1252 else "utf-8-sig"
    delimiter = ";" if folder == "force_export" and file[0].isupper() else DELIMITERS.get((folder, file), ",")
    return list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter, strict=True))


def rows(folder: str, file: str) -> list[dict[str, str]]:
    """The records of a sample file by header; a cell too many is left out."""
    header, *lines = records(folder, file)
    return [dict(zip(header, line, strict=False)) for line in lines]


def table_files(folder: str) -> list[str]:
    """The names of the files that hold the tables of an extract."""
    return sorted(path.name for path in (SAMPLES / folder).glob("*.csv") if not path.name.startswith("expected"))


def cells(folder: str) -> Iterator[str]:
    """Every cell of every table of an extract, without the headers."""
    for file in table_files(folder):
        for line in records(folder, file)[1:]:
            yield from line


def content(folder: Path) -> dict[str, bytes]:
    """The bytes of every file below a folder but its README."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "README.md")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_made_again_the_samples_are_the_committed_bytes(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scripts" / "sample_data", tmp_path / "scripts" / "sample_data")
    shutil.copy(ROOT / "scripts" / "make_sample_data.py", tmp_path / "scripts")
    subprocess.run([sys.executable, tmp_path / "scripts" / "make_sample_data.py"], check=True)

    made, committed = content(tmp_path / "sample_data"), content(SAMPLES)
    assert sorted(made) == sorted(committed)
    assert [name for name in made if made[name] != committed[name]] == []


def test_the_samples_are_small_enough_to_commit() -> None:
    assert sum(map(len, content(SAMPLES).values())) < 1_000_000


def test_the_samples_have_the_size_that_their_names_promise() -> None:
    assert len(rows("nightly", "incidents.csv")) == 812
    backlog = rows("backlog-580", "incidents.csv")
    assert len({incident["incident_ref"] for incident in backlog}) == len(backlog) == 580
    assert {incident["risk_level"] for incident in backlog} == {"standard"}
    assert {incident["domestic_abuse"] for incident in backlog} == {"yes"}
    assert {incident["reported_at"][:7] for incident in backlog} == {"2017-08", "2017-09", "2017-10", "2017-11"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_word_of_a_sample_is_known_to_be_no_name(folder: str) -> None:
    words = {word.lower() for cell in cells(folder) for word in re.findall(r"[^\W\d_]+", REFERENCE.sub(" ", cell))}
    assert words - set(WORDS.split()) == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_district_is_an_invented_one(folder: str) -> None:
    file, district = ("Incident_Log.csv", "Area") if folder == "force_export" else ("incidents.csv", "district")
    places = [row[district] for row in rows(folder, file) if row.get(district)]
    assert len(places) >= 0.7 * len(rows(folder, file))
    assert {place.split()[0] for place in places} == {INVENTED_PLACE}


def test_the_readme_says_that_everything_is_invented() -> None:
    assert "Everything here is invented" in (SAMPLES / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", ["nightly", "backlog-580", "messy"])
def test_the_manifest_describes_the_files_as_they_lie_there(folder: str) -> None:
    manifest = json.loads((SAMPLES / folder / "manifest.json").read_text(encoding="utf-8"))
    described = {f"{name}.csv": (table["rows"], table["sha256"]) for name, table in manifest["tables"].items()}
    assert described == {
        file: (len(records(folder, file)) - 1, hashlib.sha256((SAMPLES / folder / file).read_bytes()).hexdigest())
        for file in table_files(folder)
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_expected_counts_add_up_to_the_rows_of_the_files(folder: str) -> None:
    rejected = rows(folder, "expected_rejected.csv") if (SAMPLES / folder / "expected_rejected.csv").exists() else []
    rejected_rows = Counter(table for table, _ in {(line["table"], line["row"]) for line in rejected})
    orphans = Counter(line["table"] for line in rejected if line["reason"].startswith("no accepted incident"))
    for line in rows(folder, "expected_counts.csv"):
        table = line.pop("table")
        count = {name: int(number) for name, number in line.items()}
        assert count["rows_read"] == count["accepted"] + count["rejected"] + count["collapsed"]
        assert (count["rejected"], count["orphaned"]) == (rejected_rows[table], orphans[table])
        if folder != "force_export":
            assert count["rows_read"] == len(rows(folder, f"{table}.csv"))


def test_the_flat_file_of_the_force_holds_a_line_for_every_row_of_its_two_tables() -> None:
    log = rows("force_export", "Incident_Log.csv")
    counts = {line["table"]: line for line in rows("force_export", "expected_counts.csv")}
    assert int(counts["incidents"]["rows_read"]) == len(log)
    assert int(counts["incidents"]["accepted"]) == len({line["Log No"] for line in log})
    assert int(counts["children"]["rows_read"]) == sum(bool(line["Child URN"]) for line in log)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_expected_verdict_is_listed_once_in_order_and_speaks_of_records_of_the_extract(folder: str) -> None:
    expected = rows(folder, "expected.csv")
    subjects = [(line["rule_id"], line["incident_ref"], line["child_ref"]) for line in expected]
    assert subjects == sorted(set(subjects))
    assert {line["outcome"] for line in expected} <= {"finding", "undetermined", "not_due"}
    known = {cell.strip() for cell in cells(folder)}
    assert {reference for _, *subject in subjects for reference in subject} <= known


def test_the_nightly_sample_shows_a_believable_number_of_exceptions_of_every_rule() -> None:
    outcomes = Counter((line["rule_id"], line["outcome"]) for line in rows("nightly", "expected.csv"))
    assert all(outcomes[rule, "finding"] for rule in RULES)
    assert 100 <= sum(outcomes[rule, "finding"] for rule in RULES) <= 150
    assert 20 <= sum(outcomes[rule, "undetermined"] for rule in RULES) <= 50
    assert 20 <= sum(outcomes[rule, "not_due"] for rule in RULES) <= 50


def test_the_samples_show_every_rule_in_every_outcome_that_needs_a_person_or_may_come_to_it() -> None:
    shown = {(line["rule_id"], line["outcome"]) for folder in FOLDERS for line in rows(folder, "expected.csv")}
    never = {("FLG004", "not_due")}  # a flag has outlived its plan only when that is overdue
    every = {(rule, outcome) for rule in RULES for outcome in ("finding", "undetermined", "not_due")}
    assert shown == every - never
