"""Excel opens our workbooks without an offer to repair them; and the reader that says so can tell."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.table import Table

from checker.config import ReportConfig
from checker.models import Collected, Problem, ReturnedWorkbook, Run
from checker.report.cells import CREATOR
from checker.report.files import write_report
from checker.report.return_report import write_return_report
from tests.report.made_up import finding, many_findings, many_recorded, rejected_of, run_of
from tests.report.ooxml import faults

HOSTILE = ["=1+1", "#N/A", "_x0041_", "a\rb\n", " in ", "\ufffe", "e" * 40_000, "]]>", "😀" * 20_000]


@pytest.mark.parametrize(
    "run",
    [
        run_of(),
        run_of(rejected=rejected_of(())),
        run_of([finding()]),
        run_of(many_findings(40)),
        many_recorded(0),
        many_recorded(1),
        many_recorded(40),
        many_recorded(5_000),
        run_of([finding(incident_ref=text, message=text, evidence=text) for text in HOSTILE]),
    ],
    ids=["none", "none rejected", "one", "40", "0 recorded", "1 recorded", "40 recorded", "5000 recorded", "hostile"],
)
def test_excel_has_nothing_to_repair(tmp_path: Path, run: Run) -> None:
    assert faults(write_report(run, tmp_path)) == []


@pytest.mark.parametrize("split_by", ["district", "team", "supervisor"])
def test_nor_in_the_workbook_of_any_area(tmp_path: Path, split_by: str) -> None:
    settings = ReportConfig.model_validate({"split_by": split_by, "empty_areas": True})
    write_report(many_recorded(20), tmp_path, settings=settings)
    workbooks = list(tmp_path.rglob("*.xlsx"))
    assert len(workbooks) > 5
    assert {file.name: faults(file) for file in workbooks} == {file.name: [] for file in workbooks}


@pytest.mark.parametrize("problems", [0, 3])
def test_nor_in_a_return_report(tmp_path: Path, problems: int) -> None:
    line = Problem("harbour.xlsx", "=1+1", 7, None, "no Finding id", "copy it from the workbook as it was sent")
    workbook = ReturnedWorkbook("harbour.xlsx", "ab" * 32, 58, 3, 2, problems)
    collected = Collected(
        workbooks=(workbook,), problems=(line,) * problems, at=datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
    )
    assert faults(write_return_report(collected, tmp_path / "return.xlsx")) == []


def whole_workbook(file: Path) -> Path:
    """A workbook with one of everything that the reader looks at, and no fault."""
    book = Workbook()
    book.properties.creator = book.properties.lastModifiedBy = CREATOR
    sheet = book.active
    sheet.title = "List"
    for row in ([], ["Ref", "Note", "Count"], ["R1", " blanks ", 1.5], ["R2", "n", 2]):
        sheet.append(row)
    sheet["A1"] = "Title"
    sheet.merge_cells("A1:B1")
    sheet.merge_cells("E1:F1")
    sheet.row_dimensions[3].height = sheet.column_dimensions["A"].width = 30
    sheet.column_dimensions["B"].width = 20
    sheet.add_table(Table(displayName="tblList", ref="A2:C4"))
    words = book.create_sheet("Some words")
    words.append(["yes"])
    words.append(["no"])
    book.defined_names["Words"] = DefinedName("Words", attr_text="'Some words'!$A$1:$A$2")
    for area, formula in (("B3:B4", "Words"), ("C3:C4", '"1,2"')):
        rule = DataValidation("list", formula1=formula)
        rule.add(area)
        sheet.add_data_validation(rule)
    for formula, colour in (('$B3<>""', "FFFFFF"), ("AND($C3>1,$C3<9)", "D9D9D9")):
        sheet.conditional_formatting.add("A3:C4", FormulaRule([formula], fill=PatternFill("solid", bgColor=colour)))
    book.create_sheet("Third")
    sheet["A3"].hyperlink = Hyperlink(ref="A3", location="'Some words'!A1")
    sheet.oddHeader.center.text = "Header"
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=3, min_row=3, max_row=4))
    words.add_chart(chart, "C3")
    book.save(file)
    return file


SHEET, TABLE = "xl/worksheets/sheet1.xml", "xl/tables/table1.xml"
BOOK, STYLES, CHART = "xl/workbook.xml", "xl/styles.xml", "xl/charts/chart1.xml"
SHEET_RELATIONS, TYPES = "xl/worksheets/_rels/sheet1.xml.rels", "[Content_Types].xml"
BOTH_REFS = 'ref="A2:C4"(.*?)ref="A2:C4"'

# The part, what stands there (a pattern) and what takes its place; the fault that the reader is to find.
SPOILT = [
    (BOOK, '"Third"', '"LIST"', "workbook: two sheets have one name"),
    (BOOK, 'sheetId="3"', 'sheetId="1"', "workbook: two sheets have one id"),
    (BOOK, '(?<=name="Third" sheetId="3" state=)"visible"', '"hidden"', "Third: is hidden"),
    (BOOK, '(?<=name="Third" sheetId="3" state=)"visible"', '"veryHidden"', "Third: is hidden"),
    (BOOK, "'Some words'!\\$A\\$1:\\$A\\$2", "#REF!", "workbook: Words points to nothing"),
    (BOOK, "'Some words'!\\$A", "'Other words'!$A", "workbook: Words points to nothing"),
    (BOOK, "(<definedName name=.Words.*?</definedName>)", r"\1\1", "workbook: the name Words is defined twice"),
    (
        BOOK,
        "<definedNames>",
        '<definedNames><definedName name="A1">List!$A$1</definedName>',
        "workbook: 'A1' cannot be defined",
    ),
    (
        BOOK,
        "<definedNames>",
        '<definedNames><definedName name="tbllist">List!$A$1</definedName>',
        "workbook: two tables, or a table and a defined name, have one name",
    ),
    (
        BOOK,
        '<definedName name="Words"',
        '<definedName name="Words" localSheetId="3"',
        "workbook: Words belongs to a sheet that is not there",
    ),
    (TABLE, 'displayName="tblList"', 'displayName="AB12"', f"{TABLE}: 'AB12' is no name for a table"),
    (TABLE, 'displayName="tblList"', 'displayName="my list"', f"{TABLE}: 'my list' is no name for a table"),
    (TABLE, BOTH_REFS, r'ref="A2:C7"\1ref="A2:C7"', f"{TABLE}: reaches beyond the cells of its sheet"),
    (TABLE, BOTH_REFS, r'ref="A2:C2"\1ref="A2:C2"', f"{TABLE}: has no row of data"),
    (TABLE, 'name="Note"', 'name="Notes"', f"{TABLE}: its columns are not named as its header cells"),
    (TABLE, 'id="2" name="Note"', 'id="1" name="Note"', f"{TABLE}: a column has no name, or the id of another"),
    (TABLE, 'count="3"', 'count="2"', f"{TABLE}: has not as many columns as it is wide"),
    (TABLE, '<autoFilter ref="A2:C4"', '<autoFilter ref="A2:B4"', f"{TABLE}: its filter is not over the table"),
    (
        SHEET,
        "<mergeCells",
        '<autoFilter ref="A2:C4"/><mergeCells',
        "List: has a filter of its own over that of a table",
    ),
    (SHEET, 'ref="E1:F1"', 'ref="B1:C1"', "List: merged cells overlap"),
    (SHEET, 'ref="E1:F1"', 'ref="A4:A5"', "List: merged cells touch a table"),
    (SHEET, 'mergeCells count="2"', 'mergeCells count="3"', "List: mergeCells does not hold what it counts"),
    (
        SHEET,
        "(<mergeCells.*</mergeCells>)(.*)<pageMargins",
        r"\2\1<pageMargins",
        "List: mergeCells comes after hyperlinks",
    ),
    (SHEET, "<pageMargins", "<sheetNote/><pageMargins", "List: sheetNote is no part of a sheet"),
    (
        SHEET,
        "<formula1>Words",
        "<formula1>=Words",
        "List: validation of B3:B4: its formula is missing, too long or begins with =",
    ),
    (
        SHEET,
        '<formula1>"1,2"',
        f'<formula1>"{"1," * 130}"',
        "List: validation of C3:C4: its formula is missing, too long or begins with =",
    ),
    (SHEET, "<formula1>Words", "<formula1>Wordy", "List: validation of B3:B4: its list is not there"),
    (SHEET, "<formula1>Words", "<formula1>'No words'!$A$1:$A$2", "List: validation of B3:B4: its list is not there"),
    (SHEET, 'sqref="B3:B4"', 'sqref="C3"', "List: validation of C3:C4: another is there already"),
    (SHEET, 'sqref="B3:B4"', 'sqref="B3:B1048577"', "List: validation of B3:B1048577: is of no cells"),
    (
        SHEET,
        'sqref="B3:B4"',
        f'promptTitle="{"t" * 33}" sqref="B3:B4"',
        "List: validation of B3:B4: its promptTitle is too long",
    ),
    (SHEET, 'dxfId="1"', 'dxfId="2"', "List: condition of A3:C4: has a style that is not there"),
    (SHEET, 'priority="2"', 'priority="1"', "List: two conditions have one priority, or one below 1"),
    (SHEET, 'priority="2"', 'priority="0"', "List: two conditions have one priority, or one below 1"),
    (SHEET, "<formula>AND", "<formula>=AND", "List: condition of A3:C4: its formula cannot be read"),
    (SHEET, r"<formula>AND\(", "<formula>AND((", "List: condition of A3:C4: its formula cannot be read"),
    (SHEET, "'Some words'!A1", "'No words'!A1", "List: the link in A3 leads nowhere in this workbook"),
    (
        SHEET,
        '<row r="4"',
        '<row r="3"',
        ["List: row 3 is out of order", "List: row 3 holds a cell of another"],
    ),
    (SHEET, 'r="A4"', 'r="C4"', "List: row 4: its cells are out of order"),
    (SHEET, 'r="C4"', 'r="C3"', "List: row 4 holds a cell of another"),
    (SHEET, 'r="C4"', 'r="XFE4"', "List: XFE4 is beyond the last cell"),
    (SHEET, 'ht="30"', 'ht="410"', "List: row 3 is hidden or too high"),
    (SHEET, 'ht="30"', 'ht="0"', "List: row 3 is hidden or too high"),
    (SHEET, 'ht="30"', 'hidden="1"', "List: row 3 is hidden or too high"),
    (SHEET, 'width="30"', 'width="256"', "List: column 1 is hidden or too wide"),
    (SHEET, 'width="30"', 'width="0"', "List: column 1 is hidden or too wide"),
    (SHEET, 'width="30"', 'hidden="1"', "List: column 1 is hidden or too wide"),
    (SHEET, 'min="2" max="2"', 'min="1" max="2"', "List: column 1 is out of order"),
    (SHEET, 'r="C4"', 'r="C4" s="9"', "List: C4 has a style that is not there"),
    (SHEET, "<v>1.5</v>", "<f>1+1</f><v>1.5</v>", "List: C3 is a formula"),
    (SHEET, "<v>1.5</v>", "<v>NaN</v>", "List: C3 is no number"),
    (SHEET, 'r="C3" t="n"', 'r="C3" t="e"', "List: C3 is no number and no text"),
    (SHEET, 't="inlineStr"><is><t>n</t></is>', 't="s"><v>99</v>', "List: B4 shows a text that is not there"),
    (SHEET, "&amp;CHeader|&amp;C", f"&amp;C{'h' * 255}", "List: oddHeader is longer than Excel prints"),
    (SHEET, ' xml:space="preserve"', "", "List: B3 loses the blanks around its text"),
    (SHEET, "<t>n</t>", f"<t>{'n' * 32_768}</t>", "List: the text in row 4, column 2 is longer than a cell"),
    (CHART, "'List'!", "'Lost'!", f"{CHART}: draws 'Lost'!$C$3:$C$4, which is not there"),
    (CHART, r"\$C\$4", "$C$9", f"{CHART}: draws 'List'!$C$3:$C$9, which is not there"),
    (
        "docProps/core.xml",
        f"(?<=>){CREATOR}(?=</dc:creator)",
        "somebody",
        "docProps/core.xml: creator is not the checker",
    ),
    (
        "docProps/app.xml",
        "</Properties>",
        "<Company>a force</Company></Properties>",
        "docProps/app.xml: Company is not the checker",
    ),
    (TYPES, "<Override PartName=./xl/tables/table1.xml.*?/>", "", f"{TABLE}: has no content type"),
    (TYPES, "(<Override PartName=./xl/styles.xml.*?/>)", r"\1\1", f"{STYLES}: its content type is stated twice"),
    (
        TYPES,
        "</Types>",
        '<Override PartName="/xl/lost.xml" ContentType="x"/></Types>',
        "xl/lost.xml: has a content type and is not there",
    ),
    (
        SHEET_RELATIONS,
        "</Relationships>",
        '<Relationship Type="x/hyperlink" Target="https://x.invalid" TargetMode="External" Id="rId9"/></Relationships>',
        f"{SHEET}: leads out of the file",
    ),
    (
        SHEET_RELATIONS,
        "</Relationships>",
        '<Relationship Type="x/table" Target="/xl/tables/table1.xml" Id="rId9"/></Relationships>',
        [
            f"{TABLE}: is referred to 2 times",
            "workbook: two tables have one id",
            "workbook: two tables, or a table and a defined name, have one name",
            f"{TABLE}: shares cells with {TABLE}",
        ],
    ),
    (SHEET_RELATIONS, 'Id="rId1"', 'Id="rId7"', f"{SHEET}: has no relation rId1"),
    (STYLES, 'fontId="0"(?=[^/]*xfId="0")', 'fontId="9"', "styles: fontId 9 is none of the fonts"),
]


def test_the_reader_finds_no_fault_in_a_workbook_without_one(tmp_path: Path) -> None:
    assert faults(whole_workbook(tmp_path / "whole.xlsx")) == []


@pytest.mark.parametrize(("part", "stands", "instead", "fault"), SPOILT)
def test_the_reader_finds_the_fault_of_a_spoilt_workbook_and_no_other(
    tmp_path: Path, part: str, stands: str, instead: str, fault: str | list[str]
) -> None:
    whole, spoilt = whole_workbook(tmp_path / "whole.xlsx"), tmp_path / "spoilt.xlsx"
    with ZipFile(whole) as source, ZipFile(spoilt, "w") as target:
        texts = {name: source.read(name).decode() for name in source.namelist()}
        texts[part], times = re.subn(stands, instead, texts[part], count=1, flags=re.DOTALL)
        assert times == 1, texts[part]
        for name, text in texts.items():
            target.writestr(name, text)
    assert faults(spoilt) == (fault if isinstance(fault, list) else [fault])


@pytest.mark.parametrize(
    ("name", "is_refused"),
    [
        ("x" * 31, False),
        ("x" * 32, True),
        ("a/b", True),
        ("a[b", True),
        ("'quoted", True),
        ("History", True),
        ("é", False),
    ],
)
def test_a_name_that_no_sheet_can_have_is_found(tmp_path: Path, name: str, is_refused: bool) -> None:
    book = Workbook()
    book.properties.creator, book.properties.lastModifiedBy = CREATOR, None
    book.active.title = "to be named"
    book.save(tmp_path / "book.xlsx")
    with ZipFile(tmp_path / "book.xlsx") as source, ZipFile(tmp_path / "named.xlsx", "w") as target:
        for part in source.namelist():
            target.writestr(part, source.read(part).decode().replace("to be named", name))
    found = faults(tmp_path / "named.xlsx")
    assert found == ([f"workbook: {name!r} is no name for a sheet"] if is_refused else [])


def test_a_part_that_runs_or_that_nothing_refers_to_is_found(tmp_path: Path) -> None:
    whole = whole_workbook(tmp_path / "whole.xlsx")
    with ZipFile(whole, "a") as archive:
        archive.writestr("xl/comments1.xml", "<comments/>")
    assert faults(whole) == [
        "xl/comments1.xml: has no content type",
        "xl/comments1.xml: nothing refers to it",
        "xl/comments1.xml: has no place in this workbook",
    ]
