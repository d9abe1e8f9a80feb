"""Whatever text is in the extract comes out of the workbook equal and as text, for two readers that know nothing of us.

Equal means line ends too: a bare CR or a CR LF is read back as it was, for a list that quotes a record must not mend
it. (An XML reader makes LF of each unless it is written as a character reference.) Only what a cell cannot hold is
altered.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from checker.report.files import write_report
from tests.report.made_up import finding, rejected_of, run_of

LONGEST = 32_767  # UTF-16 units of a cell
CUT = " [cut here: the CSV file has the whole text]"
# The columns of the two lists whose text comes from the extract, or is made from it.
OF_A_FINDING = {
    "Incident": "incident_ref",
    "Child": "child_ref",
    "District": "district",
    "Team": "team",
    "Officer": "officer_id",
    "Supervisor": "supervisor_id",
    "What is missing": "message",
    "Evidence": "evidence",
    "Finding id": "finding_id",
}
OF_A_REJECTION = ("File", "Key", "Reasons")

HOSTILE = [
    *(
        "=1+1",
        '=HYPERLINK("http://example.invalid")',
        "+1",
        "-1+2",
        "@SUM(A1)",
        "=",
        "'=1",
        "{=1}",
        "\t=1",
        "\r=1",
        "\n=1",
    ),
    *(
        "#N/A",
        "#REF!",
        "#DIV/0!",
        "#VALUE!",
        "TRUE",
        "false",
        "null",
        "NaN",
        "inf",
        "1E5",
        "0x1F",
        "1/2",
        "00123",
        "12.50",
    ),
    *(
        "2026-11-22",
        "22/11/2026 02:00",
        "25%",
        "£5",
        "1,000",
        "  padded  ",
        " ",
        "\t",
        "\n",
        "\r",
        "two\nlines",
        "cr\rlf\r\n",
    ),
    *(
        "_x0041_",
        "_x005F_x0041_",
        "_x000D_",
        "_x_x0041_",
        "_xD800_",
        "_x0000_",
        "&amp;",
        "&#13;",
        "<b>&</b>",
        "]]>",
        "\x85",
    ),
    *(
        "é😀",
        "e\u0301",
        "\u2028",
        "\ufeff",
        "\xa0",
        "\u200b",
        "\u202egnp",
        "a\x00b",
        "\x0b",
        "\x1f",
        "\x7f",
        "\ufffe",
        "\uffff",
    ),
]
LONG = [
    *(
        "a" * LONGEST,
        "a" * (LONGEST + 1),
        "=" * 40_000,
        "😀" * 16_383,
        "😀" * 16_384,
        "a" + "😀" * 16_383,
        " " * 40_000,
    ),
    *("a" + "😀" * 20_000, "_x0041_" * 6_000, "\n" * 33_000, "\x00" * 33_000),
]
ODD = st.sampled_from("=+-@#'\t\r\n _x0041F\x00\x0b\x1f\x85\ufeff\ufffe\uffff\u2028😀é")
TEXT = st.one_of(st.sampled_from(HOSTILE), st.text(ODD, min_size=1), st.text(min_size=1))


def expected(text: str) -> str:
    """What a cell is to show: XML's own list of characters decides what becomes U+FFFD, 32,767 units what is cut."""
    held = "".join(letter if _is_of_xml(ord(letter)) else "\ufffd" for letter in text)
    ends = list(accumulate(1 + (letter > "\uffff") for letter in held))  # in units, after each letter
    if ends[-1] <= LONGEST:
        return held
    return held[: bisect_right(ends, LONGEST - len(CUT))] + CUT


def _is_of_xml(code: int) -> bool:
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def as_excel_decodes(value: str) -> str:
    """What Excel makes of the escapes that openpyxl leaves as they are."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda escape: chr(int(escape[1], 16)), value)


def seen_by_openpyxl(workbook: Path, sheet: str) -> pl.DataFrame:
    """The table of a sheet, every cell of it being of the type of text."""
    worksheet = load_workbook(workbook)[sheet]
    (table,) = worksheet.tables.values()
    header, *rows = worksheet[table.ref]
    columns = {
        cell.value: [row[place] for row in rows]
        for place, cell in enumerate(header)
        if cell.value in (*OF_A_FINDING, *OF_A_REJECTION)
    }
    assert {cell.data_type for cells in columns.values() for cell in cells} == {"s"}
    return pl.DataFrame({name: [as_excel_decodes(cell.value) for cell in cells] for name, cells in columns.items()})


def seen_by_calamine(workbook: Path, table: str) -> pl.DataFrame:
    """The table, every column of it typed by what is in its cells: of text only where all are text."""
    return fastexcel.read_excel(workbook).load_table(table, schema_sample_rows=None).to_polars()


@settings(max_examples=40, deadline=None)
@example(texts=HOSTILE)
@example(texts=LONG)
@given(texts=st.lists(TEXT, min_size=1, max_size=6, unique=True))
def test_whatever_text_comes_in_comes_out_equal_and_as_text(tmp_path_factory: Any, texts: list[str]) -> None:
    # Without a due time the sentence on what is missing is the message alone.
    findings = [finding(**dict.fromkeys(OF_A_FINDING.values(), text), due_at=None) for text in texts]
    rejected = rejected_of([("incidents", text, 2, text, [text]) for text in texts])
    workbook = write_report(run_of(findings, rejected), tmp_path_factory.mktemp("any"))
    shown = sorted(expected(text) for text in texts)
    for sheet, table, columns in (
        ("Exceptions", "tblExceptions", tuple(OF_A_FINDING)),
        ("Rejected records", "tblRejectedRecords", OF_A_REJECTION),
    ):
        for seen in (seen_by_openpyxl(workbook, sheet), seen_by_calamine(workbook, table)):
            assert set(seen.select(columns).dtypes) == {pl.String}
            assert sorted(seen[columns[0]]) == shown
            for column in columns[1:]:  # each row has one text, and it stays with its row
                assert seen[column].to_list() == seen[columns[0]].to_list()


@settings(max_examples=30, deadline=None)
@given(warning=st.text(st.one_of(ODD, st.characters(categories=["Cs"]), st.characters()), min_size=1))
def test_a_name_of_a_file_that_is_no_unicode_loses_no_workbook(tmp_path_factory: Any, warning: str) -> None:
    """A path may hold lone surrogates, which no table of an extract can."""
    workbook = write_report(run_of(warnings=(warning,)), tmp_path_factory.mktemp("warned"))
    cells = [cell for row in load_workbook(workbook)["Summary"].iter_rows() for cell in row if cell.data_type == "s"]
    assert expected(warning) in [as_excel_decodes(cell.value) for cell in cells]
