"""A sheet of ours written by XlsxWriter, to measure the checker against; see bench_workbook.py.

What is on the sheet is read off the workbook that the checker wrote, so that it stays the same sheet however that is
redesigned; what this cannot copy it refuses.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel

BORDERS = {"thin": 1, "thick": 5}


def description(workbook: Path) -> tuple[dict[str, Any], pl.DataFrame]:
    """The first sheet of a workbook, as JSON holds it, and its rows: the cells, their looks and their heights."""
    sheet = load_workbook(workbook).worksheets[0]
    if sheet.protection.sheet:
        sys.exit("bench_workbook.py: the sheet is protected, which the peer does not copy; teach it")
    (table,) = sheet.tables.values()
    looks: dict[tuple[int, ...], int] = {}
    formats: list[dict[str, Any]] = []
    rows = []
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        for cell in cells:
            if tuple(cell._style) not in looks:
                looks[tuple(cell._style)] = len(formats)
                formats.append(_format(cell))
        values = [None if cell.value is None else _value(cell.value) for cell in cells]
        rows.append((sheet.row_dimensions[number].height, values, [looks[tuple(cell._style)] for cell in cells]))
    first = int(table.ref.split(":")[0].strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    told = {
        "name": sheet.title,
        "widths": [sheet.column_dimensions[get_column_letter(place)].width for place in range(1, sheet.max_column + 1)],
        "head": rows[:first],
        "formats": formats,
        "links": [
            (cell.row - 1, cell.column - 1, cell.hyperlink.location)
            for cells in sheet.iter_rows()
            for cell in cells
            if cell.hyperlink is not None
        ],
        "merged": [str(area) for area in sheet.merged_cells.ranges],
        "frozen": sheet.freeze_panes,
        "table": {"ref": table.ref, "name": table.displayName, "columns": [each.name for each in table.tableColumns]},
        "validations": [_validation(each) for each in sheet.data_validations.dataValidation],
        "conditions": [
            (str(area.sqref), _condition(rule)) for area in sheet.conditional_formatting for rule in area.rules
        ],
        "edges": (str(sheet.oddHeader), str(sheet.oddFooter)),
        "paper": sheet.page_setup.paperSize,
    }
    width = len(told["widths"])
    body = {f"v{place}": [row[1][place] for row in rows[first:]] for place in range(width)}
    body |= {f"s{place}": [row[2][place] for row in rows[first:]] for place in range(width)}
    return told, pl.DataFrame({"height": [row[0] for row in rows[first:]], **body})


def _value(value: object) -> object:
    return to_excel(value) if isinstance(value, datetime) else value


def _colour(colour: Any) -> str:
    return f"#{colour.rgb[-6:]}"


def _format(cell: Cell) -> dict[str, Any]:
    font, alignment, border = cell.font, cell.alignment, cell.border
    look = {
        "font_name": font.name,
        "font_size": font.size,
        "bold": font.bold,
        "italic": font.italic,
        "align": alignment.horizontal or "",
        "valign": {"center": "vcenter"}.get(alignment.vertical, alignment.vertical or "bottom"),
        "indent": int(alignment.indent),
        "text_wrap": bool(alignment.wrap_text),
        "num_format": cell.number_format,
        "quote_prefix": bool(cell.quotePrefix),
    }
    if font.color is not None:
        look["font_color"] = _colour(font.color)
    if cell.fill.fill_type == "solid":
        look["bg_color"] = _colour(cell.fill.fgColor)
    return look | _borders(border)


def _borders(border: Any) -> dict[str, Any]:
    look: dict[str, Any] = {}
    for edge in ("top", "bottom", "left", "right"):
        side = getattr(border, edge)
        if side is not None and side.style:
            look |= {edge: BORDERS[side.style], f"{edge}_color": _colour(side.color)}
    return look


def _validation(rule: Any) -> tuple[str, dict[str, Any]]:
    if rule.type != "list":
        sys.exit(f"bench_workbook.py: a validation of the type {rule.type}, which the peer does not copy; teach it")
    inline = rule.formula1.startswith('"')
    source = rule.formula1.strip('"').split(",") if inline else f"={rule.formula1}"
    texts = {
        "input_title": rule.promptTitle,
        "input_message": rule.prompt,
        "error_title": rule.errorTitle,
        "error_message": rule.error,
    }
    return str(rule.sqref), {"validate": "list", "source": source, **{key: text for key, text in texts.items() if text}}


def _condition(rule: Any) -> dict[str, Any]:
    if rule.type != "expression":
        sys.exit(f"bench_workbook.py: a condition of the type {rule.type}, which the peer does not copy; teach it")
    style: DifferentialStyle = rule.dxf
    look: dict[str, Any] = {}
    if style.font is not None:
        look |= {"bold": bool(style.font.b)} | ({"font_color": _colour(style.font.color)} if style.font.color else {})
    if style.fill is not None:
        look["bg_color"] = _colour(style.fill.bgColor)
    if style.border is not None:
        look |= _borders(style.border)
    return {"type": "formula", "criteria": f"={rule.formula[0]}", "look": look, "stop_if_true": bool(rule.stopIfTrue)}


def write(told: dict[str, Any], rows: pl.DataFrame, file: Path) -> None:
    """Write the sheet to `file`."""
    book = xlsxwriter.Workbook(str(file))
    sheet = book.add_worksheet(told["name"])
    formats = [book.add_format(look) for look in told["formats"]]
    sheet.hide_gridlines(2)
    for column, width in enumerate(told["widths"]):
        sheet.set_column(column, column, width)
    sheet.set_landscape()
    sheet.set_paper(told["paper"])
    sheet.fit_to_pages(1, 0)
    sheet.set_header(told["edges"][0])
    sheet.set_footer(told["edges"][1])
    if told["frozen"]:
        sheet.freeze_panes(told["frozen"])
    for area in told["merged"]:
        sheet.merge_range(area, "")
    links = {(row, column): location for row, column, location in told["links"]}
    for number, (height, values, looks) in enumerate(told["head"]):
        _write_row(sheet, number, height, values, [formats[look] for look in looks], links)
    first, width = len(told["head"]), len(told["widths"])
    sheet.repeat_rows(first - 1)
    for number, (height, *row) in enumerate(rows.iter_rows(), start=first):
        _write_row(sheet, number, height, row[:width], [formats[look] for look in row[width:]], links)
    header = [formats[look] for look in told["head"][-1][2]]
    columns = [
        {"header": name, "header_format": look} for name, look in zip(told["table"]["columns"], header, strict=True)
    ]
    sheet.add_table(told["table"]["ref"], {"name": told["table"]["name"], "columns": columns, "style": None})
    for area, options in told["validations"]:
        sheet.data_validation(area, options)
    for area, options in told["conditions"]:
        sheet.conditional_format(area, options | {"format": book.add_format(options.pop("look"))})
    sheet.ignore_errors({"number_stored_as_text": f"A1:{told['table']['ref'].split(':')[1]}"})
    book.close()


def _write_row(
    sheet: Any, number: int, height: float, values: Any, formats: list[Any], links: dict[tuple[int, int], str]
) -> None:
    sheet.set_row(number, height)
    for column, (value, look) in enumerate(zip(values, formats, strict=True)):
        if location := links.get((number, column)):
            sheet.write_url(number, column, f"internal:{location}", look, value)
        elif value is None:
            sheet.write_blank(number, column, None, look)
        elif isinstance(value, str):
            sheet.write_string(number, column, value, look)
        else:
            sheet.write_number(number, column, value, look)
