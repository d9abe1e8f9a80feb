"""Which files are read, and what is said of the others."""

from pathlib import Path

import pytest

from checker.config import SourceConfig
from checker.errors import SourceError
from checker.sources import read_extract
from tests.sources.reading import COLUMNS, REQUIRED, Read, fault_of, save_book

INCIDENTS = [["incident_ref", "reported_at"], ["INC9", "2026-11-20T10:00"]]
CHILDREN = [["incident_ref", "child_ref"], ["INC9", "C9"]]
REFERRALS = [["referral_ref", "incident_ref"], ["R9", "INC9"]]


def test_each_file_is_the_table_whose_name_it_bears(read: Read) -> None:
    extract = read()
    assert {name: table.file for name, table in extract.tables.items()} == {
        "incidents": "incidents.csv",
        "children": "children.csv",
        "referrals": "referrals.csv",
    }
    assert extract.tables["incidents"].rows["incident_ref"].to_list() == ["INC1", "INC2"]
    assert extract.unused_files == ()


def test_the_names_of_files_are_matched_without_case(folder: Path, read: Read) -> None:
    (folder / "incidents.csv").rename(folder / "INCIDENTS.CSV")
    assert read().tables["incidents"].file == "INCIDENTS.CSV"


def test_a_missing_optional_table_is_absent(read: Read) -> None:
    assert "plans" not in read().tables


@pytest.mark.parametrize("second", ["incidents.xlsx", "Incidents.csv", "incidents.parquet"])
def test_two_files_for_one_table_are_refused(folder: Path, read: Read, second: str) -> None:
    save_book(folder / second, Sheet1=INCIDENTS)
    message = fault_of(read)
    assert "2 files for table 'incidents'" in message
    assert second in message
    assert "incidents.csv" in message


def test_lock_files_hidden_files_and_our_own_are_no_data(folder: Path, read: Read) -> None:
    for name in (
        "~$incidents.xlsx",
        ".~lock.incidents.xlsx#",
        ".DS_Store",
        "checker.toml",
        "expected.csv",
        "Expected-2.csv",
    ):
        (folder / name).write_text("x")
    (folder / "manifest.json").write_text("{}")
    (folder / "notes").mkdir()
    assert read().unused_files == ()


def test_every_other_file_is_named(folder: Path, read: Read) -> None:
    for name in ("plan.csv", "readme.txt", "flags.xls"):
        (folder / name).write_text("x")
    assert read().unused_files == ("flags.xls", "plan.csv", "readme.txt")


@pytest.mark.parametrize("missing", ["incidents", "children", "referrals"])
def test_a_missing_required_table_names_the_nearest_file(folder: Path, read: Read, missing: str) -> None:
    (folder / f"{missing}.csv").rename(folder / f"{missing[:-1]}.csv")
    message = fault_of(read)
    assert f"no file for table '{missing}' ({missing}.csv, {missing}.xlsx, {missing}.parquet)" in message
    assert f"nearest file: '{missing[:-1]}.csv'" in message


def test_no_folder_no_directory_and_an_empty_one_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.csv").write_text("x")
    for name, fault in {"none": "no such folder", "file.csv": "is no folder", "empty": "is empty"}.items():
        with pytest.raises(SourceError, match=fault) as caught:
            read_extract(tmp_path / name, SourceConfig(), COLUMNS, REQUIRED)
        assert str(tmp_path / name) in str(caught.value)


def test_a_single_workbook_gives_its_sheets_as_tables(folder: Path, read: Read) -> None:
    for file in folder.iterdir():
        file.unlink()
    save_book(folder / "export.xlsx", Incidents=INCIDENTS, children=CHILDREN, REFERRALS=REFERRALS, Notes=[["x"]])
    extract = read()
    assert [table.file for table in extract.tables.values()] == [
        "export.xlsx#Incidents",
        "export.xlsx#children",
        "export.xlsx#REFERRALS",
    ]
    assert extract.tables["children"].rows["source_file"].to_list() == ["export.xlsx#children"]
    assert extract.unused_files == ("export.xlsx#Notes",)
    assert len({table.sha256 for table in extract.tables.values()}) == 1


def test_the_single_workbook_may_bear_the_name_of_a_table(folder: Path, read: Read) -> None:
    for file in folder.iterdir():
        file.unlink()
    save_book(folder / "incidents.xlsx", referrals=REFERRALS, incidents=INCIDENTS, children=CHILDREN)
    assert read().tables["incidents"].rows["incident_ref"].to_list() == ["INC9"]


def test_a_sheet_and_a_file_for_one_table_are_refused(folder: Path, read: Read) -> None:
    save_book(folder / "export.xlsx", children=CHILDREN)
    assert "'children.csv' and 'export.xlsx'" in fault_of(read)


def test_of_a_table_s_own_workbook_the_first_sheet_is_read(folder: Path, read: Read) -> None:
    (folder / "children.csv").unlink()
    save_book(folder / "children.xlsx", Export=CHILDREN, Legend=[["x"]])
    extract = read()
    assert extract.tables["children"].rows["child_ref"].to_list() == ["C9"]
    assert extract.unused_files == ("children.xlsx#Legend",)


def test_the_profile_names_the_file_and_the_sheet(folder: Path, read: Read) -> None:
    (folder / "children.csv").unlink()
    save_book(folder / "Data 2026.xlsx", Legend=[["x"]], Kids=CHILDREN)
    table = read(tables={"children": {"file": "data 2026.xlsx", "sheet": "kids"}}).tables["children"]
    assert table.file == "Data 2026.xlsx#Kids"
    assert table.rows["child_ref"].to_list() == ["C9"]


@pytest.mark.parametrize(
    ("profile", "fault"),
    [
        ({"file": "child.csv"}, "no file 'child.csv'; nearest: 'children.csv'"),
        ({"file": "kids.xlsx", "sheet": "Childs"}, "kids.xlsx: no sheet 'Childs'; nearest: 'Child'"),
        ({"file": "kids.txt"}, "kids.txt: is of no known kind"),
    ],
)
def test_what_the_profile_names_must_be_there(folder: Path, read: Read, profile: dict[str, str], fault: str) -> None:
    save_book(folder / "kids.xlsx", Child=CHILDREN)
    (folder / "kids.txt").write_text("x")
    assert fault in fault_of(read, tables={"children": profile})


def test_a_sheet_of_the_profile_is_not_passed_over_where_it_is_missing(folder: Path, read: Read) -> None:
    save_book(folder / "lists.xlsx", Plan=[["x"]])
    assert "lists.xlsx: no sheet 'Plans 2026'" in fault_of(read, tables={"plans": {"sheet": "Plans 2026"}})


def test_two_tables_may_come_from_one_flat_file(folder: Path, read: Read) -> None:
    (folder / "incidents.csv").unlink()
    (folder / "children.csv").unlink()
    (folder / "flat.csv").write_bytes(
        b"incident_ref,reported_at,child_ref\nINC1,2026-11-20T10:00,C1\nINC2,2026-11-20T11:00,\n"
    )
    profile = {"incidents": {"file": "flat.csv"}, "children": {"file": "flat.csv", "row_when": ["child_ref"]}}
    tables = read(tables=profile).tables
    assert tables["incidents"].rows["incident_ref"].to_list() == ["INC1", "INC2"]
    assert tables["children"].rows.select("incident_ref", "child_ref", "source_row").rows() == [("INC1", "C1", 2)]
    assert tables["children"].extra_columns == ()
    assert "flat.csv: lines that are no children rows (child_ref blank): 1" in tables["children"].warnings
