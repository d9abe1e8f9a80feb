"""Bad input gets a line that names the place, the fault and the remedy, and the exit code of its kind; nothing else."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from openpyxl import Workbook

from tests.command import AS_OF, ROOT, TABLES, Done, checker, small_extract

ROW_VALUE = "Sesame"  # stands in every row, so in no message
ROWS = {name: text.replace("I1", f"{ROW_VALUE}-1").replace("C1", f"{ROW_VALUE}-C") for name, text in TABLES.items()}
REPORT = {"exceptions.xlsx", "findings.csv", "rejected.csv", "run.json"}

# What a password makes of a workbook: the container of old Office files, in which one stream is named so.
PROTECTED = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1016) + "EncryptedPackage".encode("utf-16-le")


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    return small_extract(tmp_path / "extract", **ROWS)


def check(extract: Path, *arguments: object) -> Done:
    return checker("check", extract, "--out", extract.parent / "out", *arguments)


def refused(done: Done, code: int, *parts: str) -> None:
    """Assert that the command ended with this code and one line that has all these parts and no value of a row."""
    assert done.code == code, done.err
    assert done.out == ""
    assert done.err.count("\n") == 1, done.err
    assert done.err.startswith("checker: ")
    assert ROW_VALUE not in done.err
    assert "Traceback" not in done.err
    for part in parts:
        assert part in done.err


def workbook() -> bytes:
    book, content = Workbook(), io.BytesIO()
    for line in ROWS["incidents"].splitlines():
        book.active.append(line.split(","))
    book.save(content)
    return content.getvalue()


def replace(extract: Path, name: str, content: bytes) -> None:
    """Put a file of that name in the place of incidents.csv."""
    (extract / "incidents.csv").unlink()
    (extract / name).write_bytes(content)


def rewrite(extract: Path, table: str, old: str, new: str) -> None:
    file = extract / f"{table}.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def state(extract: Path, **manifest: object) -> None:
    (extract / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_the_extract_itself_is_good(extract: Path) -> None:
    done = check(extract, "--as-of", AS_OF)
    assert (done.code, done.err) == (0, "")
    assert {file.name for file in (extract.parent / "out").iterdir()} == REPORT


BAD_EXTRACTS: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "no such folder": (rmtree, ("extract: no such folder", "give the folder")),
    "an empty folder": (
        lambda extract: list(map(Path.unlink, extract.iterdir())),
        ("extract: is empty", "give the folder"),
    ),
    "a missing table": (
        lambda extract: (extract / "children.csv").rename(extract / "child.csv"),
        ("no file for table 'children'", "nearest file: 'child.csv'", "rename it or name it in checker.toml"),
    ),
    "a missing column": (
        lambda extract: rewrite(extract, "incidents", "reported_at", "Reported on"),
        (
            "incidents.csv: no column 'reported_at'",
            "nearest header: 'Reported on'",
            "[source.tables.incidents.columns]",
        ),
    ),
    "two columns of one name": (
        lambda extract: rewrite(extract, "incidents", "closed_at", "Reported_At"),
        ("incidents.csv: columns 2 and 3 have one name", "remove or rename one"),
    ),
    "a truncated workbook": (
        lambda extract: replace(extract, "incidents.xlsx", workbook()[:-900]),
        ("incidents.xlsx: is truncated or damaged", "export it again as .xlsx"),
    ),
    "a protected workbook": (
        lambda extract: replace(extract, "incidents.xlsx", PROTECTED),
        ("incidents.xlsx: is protected by a password", "save it without one"),
    ),
    "a picture named .csv": (
        lambda extract: replace(extract, "incidents.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256))),
        ("incidents.csv: is no UTF-8 or Windows-1252 text", "export it again as CSV UTF-8"),
    ),
    "a workbook named .csv": (
        lambda extract: replace(extract, "incidents.csv", workbook()),
        ("incidents.csv: ", "export it again as CSV UTF-8"),
    ),
    "a file without a byte": (
        lambda extract: replace(extract, "incidents.csv", b""),
        ("incidents.csv: is empty", "export it again with a header line"),
    ),
    "a file of NUL bytes": (
        lambda extract: replace(extract, "incidents.csv", bytes(100)),
        ("incidents.csv: holds NUL bytes", "export it again as CSV UTF-8"),
    ),
    "a quote that is not closed": (
        lambda extract: rewrite(extract, "incidents", "QL23,yes", '"QL23,yes'),
        ("incidents.csv: row 2: a quoted cell is not closed", "export it again"),
    ),
    "fewer rows than the manifest says": (
        lambda extract: state(extract, extracted_at=AS_OF, tables={"children": {"rows": 3}}),
        ("children.csv: has 2 rows, manifest.json says 3", "export the extract again"),
    ),
    "another digest than the manifest says": (
        lambda extract: state(extract, extracted_at=AS_OF, tables={"children": {"sha256": "0" * 64}}),
        ("children.csv: has the digest ", "manifest.json says 000000000000", "export the extract again"),
    ),
    "a table that only the manifest has": (
        lambda extract: state(extract, extracted_at=AS_OF, tables={"notifications": {"rows": 1}}),
        ("manifest.json: lists table 'notifications', which has no file", "export the extract again"),
    ),
    "a manifest that is no JSON": (
        lambda extract: (extract / "manifest.json").write_text("{"),
        ("manifest.json: Invalid JSON", "export the extract again"),
    ),
}


@pytest.mark.parametrize(("spoil", "parts"), BAD_EXTRACTS.values(), ids=BAD_EXTRACTS)
def test_a_bad_extract_is_refused_before_anything_is_written(
    extract: Path, spoil: Callable[[Path], object], parts: tuple[str, ...]
) -> None:
    spoil(extract)
    refused(check(extract, "--as-of", AS_OF), 11, *parts)
    assert not (extract.parent / "out").exists()
    refused(checker("validate", extract, "--as-of", AS_OF), 11, *parts)


def test_a_bad_extract_leaves_the_previous_report_as_it_was(extract: Path) -> None:
    check(extract, "--as-of", AS_OF)
    before = {file.name: file.read_bytes() for file in (extract.parent / "out").iterdir()}
    rewrite(extract, "incidents", "reported_at", "Reported on")
    refused(check(extract, "--as-of", AS_OF), 11)
    assert {file.name: file.read_bytes() for file in (extract.parent / "out").iterdir()} == before


def test_a_name_that_no_file_may_have_is_no_folder_either(tmp_path: Path) -> None:
    refused(check(tmp_path / ("x" * 300), "--as-of", AS_OF), 11, "cannot be read")


def test_a_moment_is_asked_for_where_nobody_says_it(extract: Path) -> None:
    refused(check(extract), 2, "Give --as-of 2026-11-22T02:00, or extracted_at in the extract's manifest.json")


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-22", "11/22/2026 02:00", "2026-11-22T25:00"])
def test_a_moment_that_cannot_be_read_is_refused(extract: Path, moment: str) -> None:
    refused(check(extract, "--as-of", moment), 2, "--as-of is not a date-time; write it as 2026-11-22T02:00")
    state(extract, extracted_at=moment)
    refused(check(extract), 11, "manifest.json: extracted_at is not a date-time; write it as 2026-11-22T02:00")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('[policy]\nserch_code = "QL24"', ("unknown key 'policy.serch_code'; did you mean 'policy.search_code'?",)),
        ('[polcy]\nsearch_code = "QL24"', ("unknown key 'polcy'; did you mean 'policy'?",)),
        ("[policy]\nreferral_due_hours = 0", ("policy.referral_due_hours: Input should be greater than 0",)),
        ("[policy", ("is no TOML", "mend that line")),
    ],
)
def test_a_bad_configuration_is_refused(extract: Path, text: str, parts: tuple[str, ...]) -> None:
    file = extract / "checker.toml"
    file.write_text(text)
    refused(check(extract, "--as-of", AS_OF), 2, f"{file}: ", *parts)
    assert not (extract.parent / "out").exists()


def test_a_configuration_that_is_not_there_is_refused(extract: Path) -> None:
    refused(check(extract, "--config", extract / "cheker.toml"), 2, "cheker.toml: no such file; leave --config out")
    refused(check(extract, "--config", extract), 2, "extract: cannot be read")


def test_a_report_folder_that_cannot_be_is_refused(extract: Path) -> None:
    file = extract.parent / "notes.txt"
    file.write_text("mine")
    for out in (file, file / "sub"):
        refused(check(extract, "--as-of", AS_OF, "--out", out), 14, f"{out}: ", "give another --out")
    assert file.read_text() == "mine"


def test_a_folder_in_the_place_of_a_report_is_refused(extract: Path) -> None:
    taken = extract.parent / "out" / "exceptions.xlsx"
    taken.mkdir(parents=True)
    refused(check(extract, "--as-of", AS_OF), 14, f"{taken} is a folder; move it elsewhere")
    assert [file.name for file in taken.parent.iterdir()] == ["exceptions.xlsx"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder closed to all")
def test_a_report_folder_where_nobody_may_write_is_refused(extract: Path) -> None:
    refused(check(extract, "--as-of", AS_OF, "--out", "/proc/report"), 14, "/proc/report: ", "give another --out")


@pytest.fixture
def rules(extract: Path) -> Path:
    """A rule pack of one's own, which the extract's checker.toml names."""
    (extract / "checker.toml").write_text('rules = "../rules"')
    return copytree(ROOT / "rules", extract.parent / "rules")


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("NOT is_covered", "NOT is_coverd", ("violation: unknown fact 'is_coverd'; did you mean 'is_covered'?",)),
        ("NOT is_covered", "COUNT(*) > 1", ("violation: COUNT is not permitted",)),
        ('id = "REF001"', 'id = "CLO001"', ("id: 'CLO001'",)),
        ("[message]", "[message", ("is no TOML", "mend that line")),
    ],
)
def test_a_rule_pack_with_a_fault_stops_the_run(
    extract: Path, rules: Path, old: str, new: str, parts: tuple[str, ...]
) -> None:
    file = rules / "referral" / "REF001.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    done = check(extract, "--as-of", AS_OF)
    assert (done.code, done.out) == (12, "")
    assert all(part in done.err for part in (*parts, "REF001.toml"))
    assert all(line.startswith("checker: ") for line in done.err.splitlines())
    assert not (extract.parent / "out").exists()


def test_a_rule_pack_that_is_not_there_stops_the_run(extract: Path, rules: Path) -> None:
    rmtree(rules)
    refused(check(extract, "--as-of", AS_OF), 12, "rules: no such folder", "under `rules` in checker.toml")


@pytest.mark.parametrize(
    "arguments", [["check"], ["chek"], ["check", "a", "b"], ["check", "a", "--nope"], ["rules", "show"], []]
)
def test_a_command_that_cannot_be_understood_says_how_to_use_it(arguments: list[str]) -> None:
    done = checker(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Usage: checker" in done.err
    assert "Traceback" not in done.err
