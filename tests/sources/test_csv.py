"""CSV files as forces write them: encodings, delimiters, quotes, line ends, and rows as a person counts them."""

import csv
from pathlib import Path

import polars as pl
import pytest

from checker.models import SourceTable
from tests.sources.reading import Read, fault_of

HEADER = b"incident_ref,reported_at,team\n"


def read_incidents(folder: Path, read: Read, content: bytes, **profile: object) -> SourceTable:
    (folder / "incidents.csv").write_bytes(content)
    return read(**profile).tables["incidents"]


def cells(table: SourceTable) -> list[tuple[object, ...]]:
    """Reference, team and row of every record with as many cells as the header."""
    return table.rows.select("incident_ref", "team", "source_row").rows()


def warnings_about(table: SourceTable, word: str) -> list[str]:
    return [warning for warning in table.warnings if word in warning]


def test_every_contract_column_is_there_as_text(folder: Path, read: Read) -> None:
    table = read_incidents(folder, read, b"team,reported_at,incident_ref\nA,2026-11-20,1\n")
    assert table.rows.schema == pl.Schema(
        {
            "incident_ref": pl.String,
            "reported_at": pl.String,
            "closed_at": pl.String,
            "closure_codes": pl.String,
            "incident_type": pl.String,
            "concern_types": pl.String,
            "status": pl.String,
            "team": pl.String,
            "source_file": pl.String,
            "source_row": pl.Int64,
        }
    )
    assert table.rows.row(0) == ("1", "2026-11-20", None, None, None, None, None, "A", "incidents.csv", 2)
    assert table.missing_columns == ("closed_at", "closure_codes", "incident_type", "concern_types", "status")


def test_white_space_around_a_cell_is_removed_and_blank_is_null(folder: Path, read: Read) -> None:
    table = read_incidents(folder, read, HEADER + " 007 ,\tx\t,\u00a0North  Team\u00a0\n8,x,  \n9,x,\n".encode())
    assert cells(table) == [("007", "North  Team", 2), ("8", None, 3), ("9", None, 4)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"])
def test_unicode_is_read_whatever_its_byte_order_mark(folder: Path, read: Read, encoding: str) -> None:
    text = "incident_ref,reported_at,team\nI1,x,Café – Łódź\n"
    content = {
        "utf-16-le-bom": b"\xff\xfe" + text.encode("utf-16-le"),
        "utf-16-be-bom": b"\xfe\xff" + text.encode("utf-16-be"),
    }.get(encoding) or text.encode(encoding)
    table = read_incidents(folder, read, content)
    assert cells(table) == [("I1", "Café – Łódź", 2)]
    assert not warnings_about(table, "Windows-1252")


def test_other_text_is_read_as_windows_1252_with_a_warning_that_names_the_file(folder: Path, read: Read) -> None:
    table = read_incidents(folder, read, HEADER + "I1,x,Café – 5 €\n".encode("windows-1252"))
    assert cells(table) == [("I1", "Café – 5 €", 2)]
    assert [warning.split(";")[0] for warning in warnings_about(table, "Windows-1252")] == [
        "incidents.csv: not UTF-8, read as Windows-1252"
    ]


def test_an_encoding_of_the_profile_is_no_guess(folder: Path, read: Read) -> None:
    content = HEADER + "I1,x,Café\n".encode("windows-1252")
    table = read_incidents(folder, read, content, tables={"incidents": {"encoding": "windows-1252"}})
    assert cells(table) == [("I1", "Café", 2)]
    assert not warnings_about(table, "Windows-1252")
    assert "incidents.csv: is no utf-8 text" in fault_of(read, encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (HEADER + b"I1,\x81,x\n", "incidents.csv: is no UTF-8 or Windows-1252 text"),
        ("incident_ref,reported_at\nI1,x\n".encode("utf-16-le"), "incidents.csv: holds NUL bytes"),
        (b"PK\x03\x04\x14\0\0\0\x08\0", "incidents.csv: holds NUL bytes"),
        (HEADER + b"I1,x\0,y\n", "incidents.csv: holds NUL bytes"),
        (b"\xff\xfe\0\0" + "incident_ref\n".encode("utf-32-le"), "incidents.csv: holds NUL bytes"),
        (b"\xff\xfea", "incidents.csv: is no utf-16 text"),
        (b"", "incidents.csv: is empty"),
        (b"\xef\xbb\xbf", "incidents.csv: is empty"),
        (b"\r\n  \n\n", "incidents.csv: is empty"),
    ],
)
def test_what_is_no_text_is_refused(folder: Path, read: Read, content: bytes, fault: str) -> None:
    (folder / "incidents.csv").write_bytes(content)
    assert fault_of(read).startswith(fault)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_told_by_the_header(folder: Path, read: Read, delimiter: str) -> None:
    for note in ("note", '"note, or; so\tand so"'):
        text = f"incident_ref|{note}|reported_at|team\nI1|a|x|A\n".replace("|", delimiter)
        assert cells(read_incidents(folder, read, text.encode())) == [("I1", "A", 2)]


@pytest.mark.parametrize(("delimiter", "others"), [(",", "; \t;;"), (";", ", \t,,"), ("\t", ", ; ,;")])
def test_the_delimiter_that_gives_known_columns_wins_over_the_one_that_gives_more(
    folder: Path, read: Read, delimiter: str, others: str
) -> None:
    text = f"incident_ref|reported_at|team|{others}\nI1|x|A|\n".replace("|", delimiter)
    assert cells(read_incidents(folder, read, text.encode())) == [("I1", "A", 2)]


def test_the_delimiter_of_the_profile_wins(folder: Path, read: Read) -> None:
    content = b"a;incident_ref,reported_at,team;b\n1;I1;2\n"
    profile = {"delimiter": ";", "columns": {"incident_ref": "incident_ref,reported_at,team", "reported_at": "a"}}
    table = read_incidents(folder, read, content, tables={"incidents": profile})
    assert table.rows.select("incident_ref", "reported_at").rows() == [("I1", "1")]


def test_the_delimiter_is_told_by_the_headers_of_the_profile(folder: Path, read: Read) -> None:
    content = b"Log,x,y,z;When\nI1;2026\n"
    profile = {"columns": {"incident_ref": "log,x,y,z", "reported_at": "WHEN"}}
    table = read_incidents(folder, read, content, tables={"incidents": profile})
    assert table.rows.select("incident_ref", "reported_at").rows() == [("I1", "2026")]


def test_a_quoted_line_break_is_one_row_and_the_next_row_is_counted_as_excel_does(folder: Path, read: Read) -> None:
    content = b'incident_ref,reported_at,team\r\nI1,x,"North\r\nTeam"\r\nI2,x,"a ""b"", c"\r\n'
    assert cells(read_incidents(folder, read, content)) == [("I1", "North\r\nTeam", 2), ("I2", 'a "b", c', 3)]


def test_a_quoted_line_break_in_the_header_is_one_row(folder: Path, read: Read) -> None:
    content = b'incident_ref,reported_at,"some\nthing",team\nI1,x,y,A\n'
    table = read_incidents(folder, read, content)
    assert cells(table) == [("I1", "A", 2)]
    assert table.extra_columns == ("some\nthing",)


@pytest.mark.parametrize("quote", ["", '"'])
def test_blank_lines_count_in_the_numbering_but_are_no_records(folder: Path, read: Read, quote: str) -> None:
    content = f"\nincident_ref,reported_at,team\n{quote}I1{quote},x,A\n\n   \nI2,x,B\n\n\n"
    table = read_incidents(folder, read, content.encode())
    assert cells(table) == [("I1", "A", 3), ("I2", "B", 6)]
    assert table.rows_read == 2
    assert warnings_about(table, "blank lines") == ["incidents.csv: blank lines passed over: 3 (first: row 1)"]


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n\n", b"\r\n  \r\n"])
def test_blank_lines_that_only_end_the_file_are_no_news(folder: Path, read: Read, end: bytes) -> None:
    table = read_incidents(folder, read, HEADER + b"I1,x,A" + end)
    assert cells(table) == [("I1", "A", 2)]
    assert not warnings_about(table, "blank lines")


def test_a_line_of_delimiters_is_a_record(folder: Path, read: Read) -> None:
    assert cells(read_incidents(folder, read, HEADER + b",,\nI2,x,B\n")) == [(None, None, 2), ("I2", "B", 3)]


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_of_another_length_are_kept_apart_and_never_padded(
    folder: Path, read: Read, quote: str, end: str
) -> None:
    lines = ["incident_ref,reported_at,team", f"{quote}I1{quote},x,A", "I2,x", "I3,x,B,extra,more", "I4", "I5,x,C"]
    table = read_incidents(folder, read, (end.join(lines) + end).encode())
    assert cells(table) == [("I1", "A", 2), ("I5", "C", 6)]
    assert table.ragged.select(
        "incident_ref", "reported_at", "team", "source_file", "source_row", "cells", "expected_cells"
    ).rows() == [
        ("I2", "x", None, "incidents.csv", 3, 2, 3),
        ("I3", "x", "B", "incidents.csv", 4, 5, 3),
        ("I4", None, None, "incidents.csv", 5, 1, 3),
    ]
    assert table.rows_read == 5


def test_a_file_of_only_ragged_lines_loses_none(folder: Path, read: Read) -> None:
    table = read_incidents(folder, read, HEADER + b"I1,x,A,1,2\nI2\nI3,x\n")
    assert table.rows.height == 0
    assert table.ragged["cells"].to_list() == [5, 1, 2]


@pytest.mark.parametrize("content", [HEADER, HEADER.rstrip(), HEADER + b"\n\n", HEADER.replace(b"\n", b"\r\n")])
def test_a_header_without_records_is_an_empty_table(folder: Path, read: Read, content: bytes) -> None:
    table = read_incidents(folder, read, content)
    assert table.rows_read == 0
    assert table.rows.columns[-2:] == ["source_file", "source_row"]
    assert table.ragged.columns[-2:] == ["cells", "expected_cells"]


@pytest.mark.parametrize("content", [b"incident_ref,reported_at,team\rI1,x,A\rI2,x,B\r", HEADER + b"I1,x,A\rI2,x,B\n"])
def test_bare_carriage_returns_end_lines(folder: Path, read: Read, content: bytes) -> None:
    assert cells(read_incidents(folder, read, content)) == [("I1", "A", 2), ("I2", "B", 3)]


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (HEADER + b'I1,x,A\nI2,x,"B\nI3,x,C\n', 3),
        (HEADER + b'I1,x,"A\nI2,x,B\nI3,x,"C"\n', 2),
        (HEADER + b'I1,"x\ny",A\nI2,"x"y,B\n', 3),
        (b'incident_ref,"reported_at,team\nI1,x,A\n', 1),
    ],
)
def test_an_unclosed_quote_is_refused_with_the_row_in_which_it_opens(
    folder: Path, read: Read, content: bytes, row: int
) -> None:
    (folder / "incidents.csv").write_bytes(content)
    assert f"incidents.csv: row {row}: a quoted cell is not closed" in fault_of(read)


def test_a_quoted_cell_that_holds_whole_lines_is_warned_of(folder: Path, read: Read) -> None:
    table = read_incidents(folder, read, HEADER + b'I1,x,A\nI2,x,"B\nI3,x,C\nI4,x,D"\nI5,x,E\n')
    assert table.rows["incident_ref"].to_list() == ["I1", "I2", "I5"]
    assert len(warnings_about(table, "a quoted cell seems to hold whole lines (first: row 3)")) == 1


def test_a_quote_inside_an_unquoted_cell_is_a_character(folder: Path, read: Read) -> None:
    assert cells(read_incidents(folder, read, HEADER + b'I1,x,6" nail\nI2,x,B\n')) == [
        ("I1", '6" nail', 2),
        ("I2", "B", 3),
    ]


def test_a_cell_may_be_longer_than_the_csv_module_allows(folder: Path, read: Read) -> None:
    limit = csv.field_size_limit()
    table = read_incidents(folder, read, HEADER + b'I1,x,"' + b"a" * 200_000 + b'"\n')
    assert table.rows["team"].str.len_chars().to_list() == [200_000]
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize("word", ["NULL", "NA", "nan", "#N/A", "null", "#comment", "1.0", "true"])
def test_words_that_libraries_take_for_blank_stay_words(folder: Path, read: Read, word: str) -> None:
    assert cells(read_incidents(folder, read, f"incident_ref,reported_at,team\n{word},x,{word}\n".encode())) == [
        (word, word, 2)
    ]


def test_a_file_with_a_single_column_counts_its_blank_lines(folder: Path, read: Read) -> None:
    (folder / "hub_receipts.csv").write_bytes(b"received_at\nx\n\n  \ny\nz,z\n")
    columns = {"referral_ref": "received_at", "received_at": "received_at"}
    table = read(tables={"hub_receipts": {"columns": columns}}).tables["hub_receipts"]
    assert table.rows.select("referral_ref", "source_row").rows() == [("x", 2), ("y", 5)]
    assert table.ragged["source_row"].to_list() == [6]
    assert warnings_about(table, "blank lines") == ["hub_receipts.csv: blank lines passed over: 2 (first: row 3)"]


def test_the_digest_is_that_of_the_bytes(folder: Path, read: Read) -> None:
    table = read_incidents(folder, read, b"incident_ref,reported_at\n")
    assert table.sha256 == "887e44be08211f80725febf7bcac228821780196988ede129ed0a954ba550ff0"


def test_the_time_zone_of_the_profile_is_passed_on(read: Read) -> None:
    tables = read(time_zone="Europe/Dublin", tables={"children": {"time_zone": "UTC"}}).tables
    assert {name: table.time_zone for name, table in tables.items()} == {
        "incidents": "Europe/Dublin",
        "children": "UTC",
        "referrals": "Europe/Dublin",
    }


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_stray_quote_that_swallows_the_next_line_is_warned_of(folder: Path, read: Read, line_end: str) -> None:
    lines = ["incident_ref,child_ref,date_of_birth,role", 'I1,C1,2015-01-01,"son', 'I1,C2,2015-01-01,daughter"', ""]
    (folder / "children.csv").write_bytes(line_end.join(lines).encode())
    table = read().tables["children"]
    assert table.rows_read == 1
    assert any("a quoted cell seems to hold whole lines (first: row 2)" in warning for warning in table.warnings)


def test_a_quoted_line_break_alone_is_no_cause_for_a_warning(folder: Path, read: Read) -> None:
    lines = ["incident_ref,child_ref,date_of_birth,role", 'I1,C1,2015-01-01,"son, and', 'pupil"', ""]
    (folder / "children.csv").write_bytes("\n".join(lines).encode())
    assert read().tables["children"].warnings == ()
