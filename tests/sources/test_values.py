"""A force's own codes in the contract's words, and the lines of a flat file that are rows of a table."""

from pathlib import Path

import pytest

from checker.errors import ConfigError
from checker.models import SourceTable
from tests.sources.reading import Read, fault_of


def read_column(folder: Path, read: Read, column: str, cells: list[str], words: dict[str, str]) -> list[str | None]:
    lines = [f"incident_ref,reported_at,{column}", *(f'I1,x,"{cell}"' for cell in cells)]
    (folder / "incidents.csv").write_text("\n".join(lines), encoding="utf-8")
    table: SourceTable = read(tables={"incidents": {"values": {column: words}}}).tables["incidents"]
    return table.rows[column].to_list()


def test_a_code_is_translated_whatever_its_case_and_white_space(folder: Path, read: Read) -> None:
    words = {"DV - Standard": "standard", " é ": "open"}
    cells = ["DV - Standard", " dv - standard ", "DV - STANDARD", "É", "dv -standard", ""]
    assert read_column(folder, read, "status", cells, words) == [
        "standard", "standard", "standard", "open", "dv -standard", None,
    ]  # fmt: skip


def test_a_code_may_be_translated_to_blank(folder: Path, read: Read) -> None:
    assert read_column(folder, read, "status", ["n/a", "open"], {"N/A": ""}) == [None, "open"]


def test_translations_do_not_feed_each_other(folder: Path, read: Read) -> None:
    assert read_column(folder, read, "status", ["a", "b", "c"], {"a": "b", "b": "a"}) == ["b", "a", "c"]


def test_in_a_column_of_codes_each_code_is_translated_exactly_as_written(folder: Path, read: Read) -> None:
    words = {"DV": "DOM;QL23", "NFA": ""}
    cells = ["DV", "X; DV |NFA,Y", "dv", "X,DV2", "NFA", "X , Y", "DV;DV"]
    assert read_column(folder, read, "closure_codes", cells, words) == [
        "DOM;QL23", "X;DOM;QL23;Y", "dv", "X,DV2", None, "X , Y", "DOM;QL23;DOM;QL23",
    ]  # fmt: skip


def test_in_a_column_of_codes_the_whole_cell_comes_first(folder: Path, read: Read) -> None:
    words = {"A;B": "neglect", "A": "physical", "B": "sexual"}
    assert read_column(folder, read, "concern_types", ["A;B", "A;B;B", "B;A"], words) == [
        "neglect", "physical;sexual;sexual", "sexual;physical",
    ]  # fmt: skip


def test_codes_that_differ_only_in_case_are_two_codes_and_words_are_one(folder: Path, read: Read) -> None:
    assert read_column(folder, read, "closure_codes", ["DV,dv"], {"DV": "A", "dv": "B"}) == ["A;B"]
    with pytest.raises(ConfigError, match=r"source\.tables\.incidents\.values\.status: one code has two translations"):
        read_column(folder, read, "status", ["x"], {"DV": "A", "dv": "B"})


def test_a_translation_for_a_column_that_the_file_lacks_is_idle(folder: Path, read: Read) -> None:
    table = read(tables={"incidents": {"values": {"team": {"A": "B"}}}}).tables["incidents"]
    assert table.rows["team"].to_list() == [None, None]


def test_ragged_lines_are_translated_and_cleaned_like_the_others(folder: Path, read: Read) -> None:
    (folder / "incidents.csv").write_bytes(b"incident_ref,reported_at,status\n I1 ,x, C ,y\nI2, c\n")
    ragged = read(tables={"incidents": {"values": {"status": {"c": "closed"}}}}).tables["incidents"].ragged
    assert ragged.select("incident_ref", "reported_at", "status", "cells").rows() == [
        ("I1", "x", "closed", 4),
        ("I2", "c", None, 2),
    ]


def flat_file(folder: Path, content: bytes, **row_when: list[str]) -> dict[str, object]:
    for name in ("incidents.csv", "children.csv", "referrals.csv"):
        (folder / name).unlink()
    (folder / "flat.csv").write_bytes(b"incident_ref,reported_at,child_ref,date_of_birth,referral_ref\n" + content)
    return {
        table: {"file": "flat.csv", "row_when": row_when.get(table, [])}
        for table in ("incidents", "children", "referrals")
    }


def test_a_line_is_a_row_where_one_of_its_columns_is_filled(folder: Path, read: Read) -> None:
    content = b"I1,x,C1,,\nI2,x, ,2015-01-01,\nI3,x,,,R1\nI4,x,C4,2016-01-01,R2\n"
    profile = flat_file(folder, content, children=["child_ref", "date_of_birth"], referrals=["referral_ref"])
    tables = read(tables=profile).tables
    assert tables["incidents"].rows["source_row"].to_list() == [2, 3, 4, 5]
    assert tables["children"].rows["source_row"].to_list() == [2, 3, 5]
    assert tables["referrals"].rows["source_row"].to_list() == [4, 5]
    of_children, of_referrals = tables["children"].warnings, tables["referrals"].warnings
    assert "flat.csv: lines that are no children rows (child_ref, date_of_birth blank): 1" in of_children
    assert "flat.csv: lines that are no referrals rows (referral_ref blank): 2" in of_referrals
    assert not [text for text in tables["incidents"].warnings if "that are no" in text]


def test_a_ragged_line_stays_in_every_table_that_reads_the_file(folder: Path, read: Read) -> None:
    profile = flat_file(folder, b"I1,x,C1,,R1\nI2,x\n", children=["child_ref"], referrals=["referral_ref"])
    tables = read(tables=profile).tables
    assert {name: table.ragged["source_row"].to_list() for name, table in tables.items()} == {
        "incidents": [3], "children": [3], "referrals": [3],
    }  # fmt: skip
    assert tables["children"].rows_read == 2


def test_row_when_columns_that_are_all_missing_are_no_empty_table(folder: Path, read: Read) -> None:
    profile = flat_file(folder, b"I1,x,C1,,R1\n", children=["role"])
    assert "flat.csv: none of the row_when columns (role) is in the file" in fault_of(read, tables=profile)
