"""Workbooks: what a person sees in a cell is what is read, under the row in which it stands."""

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from checker.errors import SourceError
from checker.models import SourceTable
from tests.sources.reading import Read, fault_of, save_book

HEADER = ["incident_ref", "reported_at", "team"]


def read_sheet(folder: Path, read: Read, *rows: Sequence[object]) -> SourceTable:
    (folder / "incidents.csv").unlink(missing_ok=True)
    save_book(folder / "incidents.xlsx", Sheet1=rows)
    return read().tables["incidents"]


def rewrite_sheet(file: Path, pattern: str, replacement: str) -> None:
    """Change the first sheet's XML, as another writer might have written it."""
    with zipfile.ZipFile(file) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    changed = re.sub(pattern, replacement, sheet)
    assert changed != sheet
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, changed if name == "xl/worksheets/sheet1.xml" else part)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 11, 20, 13, 37, 41), "2026-11-20T13:37:41"),
        (datetime(2026, 11, 20, 13, 37, 41, 500_000), "2026-11-20T13:37:41.500"),
        (datetime(2026, 11, 20), "2026-11-20T00:00:00"),
        (date(2017, 8, 1), "2017-08-01T00:00:00"),
        (3, "3"),
        (3.0, "3"),
        (-1.5, "-1.5"),
        (0.1 + 0.2, "0.3"),
        (20261120000001, "20261120000001"),
        (True, "true"),
        (False, "false"),
        ("00123", "00123"),
        ("  North  Team\t", "North  Team"),
        ("20/11/2026 13:37", "20/11/2026 13:37"),
        ("NULL", "NULL"),
        ("line one\nline two", "line one\nline two"),
        ("   ", None),
        ("#N/A", "#N/A"),
        ("#DIV/0!", "#DIV/0!"),
        ("#REF!", "#REF!"),
        (time(13, 5), "1899-12-31T13:05:00"),
        (datetime(1950, 2, 28, 23, 59, 59), "1950-02-28T23:59:59"),
    ],
)
def test_a_cell_is_read_as_a_person_sees_it(folder: Path, read: Read, value: object, text: str | None) -> None:
    table = read_sheet(folder, read, HEADER, ["I1", value, "A"])
    assert table.rows.select("incident_ref", "reported_at", "team").rows() == [("I1", text, "A")]


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_every_second_of_a_day_is_exact(folder: Path, read: Read, epoch_1904: bool) -> None:
    book = Workbook(write_only=True)
    if epoch_1904:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.create_sheet("incidents")
    sheet.append(HEADER[:2])
    moments = [datetime(2026, 10, 24) + timedelta(seconds=second) for second in range(0, 2 * 86_400, 7)]
    for moment in moments:
        sheet.append(["I", moment])
    (folder / "incidents.csv").unlink()
    book.save(folder / "incidents.xlsx")
    assert read().tables["incidents"].rows["reported_at"].to_list() == [moment.isoformat() for moment in moments]


def test_exactly_24_hours_stay_24_hours_from_the_rounded_serials_of_other_writers(folder: Path, read: Read) -> None:
    read_sheet(
        folder, read, HEADER, ["I1", datetime(2026, 11, 20, 13, 37, 41), "A"], ["I2", datetime(2026, 11, 21), "A"]
    )
    # 13:37:41 is 49,061 seconds of a day: 49061 / 86400 = 0.567835648148…, cut to the digits that a writer may keep.
    for first, second in [("46346.5678356481", "46347.5678356482"), ("46346.56783564815", "46347.567835648151")]:
        rewrite_sheet(
            folder / "incidents.xlsx", r"<v>4634[\d.]+</v>(.*)<v>4634[\d.]+</v>", rf"<v>{first}</v>\1<v>{second}</v>"
        )
        assert read().tables["incidents"].rows["reported_at"].to_list() == [
            "2026-11-20T13:37:41",
            "2026-11-21T13:37:41",
        ]


def test_dates_that_are_stored_as_text_are_read_alike(folder: Path, read: Read) -> None:
    book = Workbook(iso_dates=True)
    for row in (HEADER, ["I1", datetime(2026, 11, 20, 13, 37, 41), "A"]):
        book.worksheets[0].append(row)
    (folder / "incidents.csv").unlink()
    book.save(folder / "incidents.xlsx")
    assert read().tables["incidents"].rows["reported_at"].to_list() == ["2026-11-20T13:37:41"]


def test_blank_rows_count_in_the_numbering_but_are_no_records(folder: Path, read: Read) -> None:
    table = read_sheet(folder, read, HEADER, ["I1", "x", "A"], [], [None, "  ", None], ["I2", "x", "B"], [" "], [])
    assert table.rows.select("incident_ref", "source_file", "source_row").rows() == [
        ("I1", "incidents.xlsx", 2),
        ("I2", "incidents.xlsx", 5),
    ]
    assert table.ragged.is_empty()
    assert [text for text in table.warnings if "blank lines" in text] == [
        "incidents.xlsx: blank lines passed over: 2 (first: row 3)"
    ]


def test_the_header_may_stand_lower_and_further_right(folder: Path, read: Read) -> None:
    table = read_sheet(folder, read, [], [], [None, None, *HEADER], [None, None, "I1", "x", "A"], ["note"])
    assert table.rows.select("incident_ref", "team", "source_row").rows() == [("I1", "A", 4), (None, None, 5)]
    assert table.extra_columns == ("column 1 (no header)",)


def test_columns_without_header_and_content_are_not_mentioned(folder: Path, read: Read) -> None:
    table = read_sheet(folder, read, [*HEADER, None, None, "note"], ["I1", "x", "A", None, "stray", "y"])
    assert table.extra_columns == ("column 5 (no header)", "note")


def test_rows_are_right_where_the_writer_names_no_cells_or_a_wrong_size(folder: Path, read: Read) -> None:
    read_sheet(folder, read, HEADER, ["I1", "#N/A", "A"], ["I2", "x", "B"])
    for pattern in (r' r="[A-Z]*\d+"', r"<dimension[^>]*>"):
        rewrite_sheet(folder / "incidents.xlsx", pattern, "")
        assert read().tables["incidents"].rows.select("incident_ref", "reported_at", "source_row").rows() == [
            ("I1", "#N/A", 2),
            ("I2", "x", 3),
        ]


def test_an_error_in_the_last_row_or_column_is_no_blank(folder: Path, read: Read) -> None:
    table = read_sheet(folder, read, HEADER, ["I1", "x", "A"], [None, None, "#N/A"])
    assert table.rows.select("incident_ref", "team", "source_row").rows() == [("I1", "A", 2), (None, "#N/A", 3)]


def test_merged_cells_hold_their_value_in_the_first_row(folder: Path, read: Read) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (HEADER, ["I1", "x", "A"], ["I2", "x", None]):
        sheet.append(row)
    sheet.merge_cells("C2:C3")
    (folder / "incidents.csv").unlink()
    book.save(folder / "incidents.xlsx")
    assert read().tables["incidents"].rows["team"].to_list() == ["A", None]


def test_a_formula_gives_its_stored_value_and_one_without_is_refused(folder: Path, read: Read) -> None:
    (folder / "incidents.csv").unlink()
    save_book(folder / "incidents.xlsx", Sheet1=[HEADER, ["I1", "x", "A"], ["I2", "x", '="Team "&"B"']])
    assert "incidents.xlsx: row 3: a formula was never calculated; open it in Excel, save it" in fault_of(read)
    rewrite_sheet(
        folder / "incidents.xlsx",
        r'<c r="C3"><f>(.*?)</f><v ?/?>(</v>)?</c>',
        r'<c r="C3" t="str"><f>\1</f><v>Team B</v></c>',
    )
    assert read().tables["incidents"].rows["team"].to_list() == ["A", "Team B"]
    rewrite_sheet(folder / "incidents.xlsx", "<v>Team B</v>", "<v></v>")
    assert read().tables["incidents"].rows["team"].to_list() == ["A", None]


def test_hidden_rows_and_sheets_are_read(folder: Path, read: Read) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (HEADER, ["I1", "x", "A"], ["I2", "x", "B"]):
        sheet.append(row)
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["A"].hidden = True
    (folder / "incidents.csv").unlink()
    book.save(folder / "incidents.xlsx")
    assert read().tables["incidents"].rows["incident_ref"].to_list() == ["I1", "I2"]


def a_zip_of_text() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("incidents.txt", "invented")
    return out.getvalue()


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "is protected by a password; save it without one"),
        (OLE + "Workbook".encode("utf-16-le"), "is an old .xls workbook under another name; save it as .xlsx"),
        (a_zip_of_text(), "is truncated or damaged, or no workbook; export it again as .xlsx"),
        (b"PK\x03\x04" + bytes(100), "is truncated or damaged, or no workbook; export it again as .xlsx"),
        (b"incident_ref,reported_at\n", "is no Excel workbook; export it again as .xlsx"),
        (b"", "is no Excel workbook; export it again as .xlsx"),
    ],
)
def test_what_is_no_readable_workbook_is_refused_with_its_remedy(
    folder: Path, read: Read, content: bytes, fault: str
) -> None:
    (folder / "incidents.csv").unlink()
    (folder / "incidents.xlsx").write_bytes(content)
    assert fault_of(read) == f"incidents.xlsx: {fault}"


def test_an_empty_sheet_is_refused(folder: Path, read: Read) -> None:
    (folder / "incidents.csv").unlink()
    save_book(folder / "incidents.xlsx", Sheet1=[])
    assert fault_of(read) == "incidents.xlsx: is empty; export it again with a header row"


def test_a_sheet_with_only_a_header_is_an_empty_table(folder: Path, read: Read) -> None:
    table = read_sheet(folder, read, HEADER)
    assert table.rows_read == 0
    assert table.rows.schema["source_row"].is_integer()


def test_a_number_too_long_for_a_spreadsheet_is_refused_with_its_cell(folder: Path, read: Read) -> None:
    header = ["incident_ref", "reported_at"]
    assert read_sheet(folder, read, header, [123456789012345, "x"]).rows["incident_ref"].to_list() == [
        "123456789012345"
    ]
    assert read_sheet(folder, read, header, ["1234567890123456789", "x"]).rows.height == 1  # text keeps every digit
    with pytest.raises(SourceError, match="cell A3: a number of more than 15 digits"):
        read_sheet(folder, read, header, [1, "x"], [12345678901234567, "x"])
