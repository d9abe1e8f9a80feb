"""Run by a Python that has LibreOffice's `uno`: takes the steps of an order on stdin in a workbook that is open there.

An order to `show` a cell of a sheet takes no step: it prints the text, or `refused` where the workbook does not open.

A step is a list: what to do, the name of the sheet, and

    fill, sheet, finding id, {header: text, number or "=formula"}    in the line of a finding
    hide, sheet, finding id                                          its row
    delete, sheet, finding id                                        its row
    sort, sheet, header                                              the list by a column
    filter, sheet, header, text                                      the list to the lines with that text
    rename, sheet, name                                              the sheet
    insert_column, sheet, header                                     before a column
    insert_rows, sheet, count                                        above everything
"""

import json
import os
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import IllegalArgumentException
from com.sun.star.table import TableSortField

PATIENCE = 90  # seconds


def main():
    order = json.load(sys.stdin)
    given = {"Hidden": True} | ({"Password": order["password"]} if order.get("password") else {})
    try:
        document = desktop(order["pipe"]).loadComponentFromURL(order["source"], "_blank", 0, properties(**given))
    except IllegalArgumentException:
        document = None
    if document is None:
        tell("refused")
        return
    try:
        if "show" in order:
            sheet, cell = order["show"]
            tell(document.Sheets.getByName(sheet).getCellRangeByName(cell).String)
            return
        for what, sheet, *arguments in order["steps"]:
            STEPS[what](document.Sheets.getByName(sheet), *arguments)
        document.storeToURL(order["target"], properties(FilterName="Calc MS Excel 2007 XML"))
    finally:
        document.close(True)


def tell(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def desktop(pipe):
    """The office behind a pipe, as soon as it has started."""
    context = uno.getComponentContext()
    resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
    give_up_at = time.monotonic() + PATIENCE
    while True:
        try:
            there = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return there.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", there)
        except NoConnectException:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.2)


def properties(**values):
    return tuple(PropertyValue(Name=name, Value=value) for name, value in values.items())


def last_cell(sheet):
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    return cursor.RangeAddress.EndRow, cursor.RangeAddress.EndColumn


# By which two headers each kind of list is known, that of its ids first.
LISTS = (("Finding id", "Decision"), ("Line id", "Answer"))


def header_row(sheet):
    """The row of the headers and the column of each."""
    last_row, last_column = last_cell(sheet)
    for row in range(last_row + 1):
        texts = [sheet.getCellByPosition(column, row).String.strip() for column in range(last_column + 1)]
        if any({*marks} <= {*texts} for marks in LISTS):
            return row, {text: column for column, text in enumerate(texts) if text}
    raise LookupError("no header row on the sheet " + sheet.Name)


def row_of(sheet, line_id):
    top, columns = header_row(sheet)
    ids = next(columns[header] for header, _ in LISTS if header in columns)
    for row in range(top + 1, last_cell(sheet)[0] + 1):
        if sheet.getCellByPosition(ids, row).String == line_id:
            return row
    raise LookupError("no line with that id on the sheet " + sheet.Name)


def whole_list(sheet):
    """The cells of the list with its headers, and the column of each header within them."""
    top, columns = header_row(sheet)
    left = min(columns.values())
    last_row, last_column = last_cell(sheet)
    cells = sheet.getCellRangeByPosition(left, top, last_column, last_row)
    return cells, {header: column - left for header, column in columns.items()}


def fill(sheet, finding_id, texts):
    columns, row = header_row(sheet)[1], row_of(sheet, finding_id)
    for header, text in texts.items():
        cell = sheet.getCellByPosition(columns[header], row)
        if not isinstance(text, str):
            cell.setValue(float(text))
        elif text.startswith("="):
            cell.setFormula(text)
        else:
            cell.setString(text)


def hide(sheet, finding_id):
    sheet.Rows.getByIndex(row_of(sheet, finding_id)).IsVisible = False


def delete(sheet, finding_id):
    sheet.Rows.removeByIndex(row_of(sheet, finding_id), 1)


def sort(sheet, header):
    cells, columns = whole_list(sheet)
    field = TableSortField(Field=columns[header], IsAscending=True)
    fields = uno.Any("[]com.sun.star.table.TableSortField", (field,))
    # UNO takes a sequence of structures only from `uno.invoke`.
    uno.invoke(cells, "sort", (properties(SortFields=fields, ContainsHeader=True),))


def filter_by(sheet, header, text):
    from com.sun.star.sheet import TableFilterField
    from com.sun.star.sheet.FilterOperator import EQUAL

    cells, columns = whole_list(sheet)
    wanted = cells.createFilterDescriptor(True)
    wanted.ContainsHeader = True
    wanted.setFilterFields((TableFilterField(Field=columns[header], Operator=EQUAL, StringValue=text),))
    cells.filter(wanted)


def rename(sheet, name):
    sheet.Name = name


def insert_column(sheet, header):
    sheet.Columns.insertByIndex(header_row(sheet)[1][header], 1)


def insert_rows(sheet, count):
    sheet.Rows.insertByIndex(0, count)


STEPS = {
    **{step.__name__: step for step in (fill, hide, delete, sort, rename, insert_column, insert_rows)},
    "filter": filter_by,
}

if __name__ == "__main__":
    main()
    os._exit(0)  # with the workbook saved: now and then uno crashes while Python ends
