"""A strict reader of workbooks: the rules that Excel enforces when it opens one, and some of our own.

Where Excel finds one of them broken it offers to repair the workbook, and drops what it does not like. No program that
opens workbooks here is as strict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from checker.report.cells import CREATOR
from tests.report.areas import Area, areas_of, references
from tests.report.package import RELATION, Package, every, package_faults
from tests.report.worksheet import Names, Styles, Worksheet, text_of, worksheet_faults

_NAME = re.compile(r"[^\W\d][\w.]*|\\[\w.]*|_xlnm\.\w+")
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}\d+|[RrCc]|[Rr]\d*[Cc]\d*")
_BUILT_IN_FORMATS = 164


def faults(file: Path) -> list[str]:
    """What is wrong with a workbook: a line for each fault, the place first."""
    package = Package.read(file)
    return [*package_faults(package), *_workbook_faults(package), *_property_faults(package)]


@dataclass(frozen=True)
class _Table:
    part: str
    tree: Any
    sheet: Worksheet

    @property
    def area(self) -> Area:
        return Area.read(self.tree.get("ref"))


def _workbook_faults(package: Package) -> Iterator[str]:
    (part,) = package.related("", "officeDocument")
    tree = package.trees[part]
    styles = _styles(package.trees[package.related(part, "styles")[0]])
    strings = [package.trees[each] for each in package.related(part, "sharedStrings")]
    shared = [text_of(item) for each in strings for item in every(each, "si")]
    targets = {each.id: each.target for each in package.relations(part)}
    sheets = []
    for element in every(tree, "sheet"):
        place = targets[element.get(RELATION)]
        sheets.append(Worksheet(element.get("name"), place, package.trees[place], shared))
    yield from styles.faults
    yield from _sheet_name_faults(tree)
    names = Names({sheet.name for sheet in sheets}, {each.get("name") for each in every(tree, "definedName")})
    yield from _defined_name_faults(tree, names)
    tables = []
    for sheet in sheets:
        here = [_Table(each, package.trees[each], sheet) for each in package.related(sheet.part, "table")]
        tables += here
        yield from worksheet_faults(sheet, [table.area for table in here], styles, names)
        for drawing in package.related(sheet.part, "drawing"):
            for chart in package.related(drawing, "chart"):
                yield from _chart_faults(chart, package.trees[chart], {each.name: each for each in sheets})
    yield from _table_faults(tables, names)


def _styles(tree: Any) -> Styles:
    def size(name: str) -> int:
        return sum(len(each) for each in tree.findall(f"{{*}}{name}"))

    faults = []
    formats = {int(each.get("numFmtId")) for each in every(tree, "numFmt") if each.getparent().getparent() is tree}
    for xf in tree.findall("{*}cellXfs/{*}xf"):
        for key, kind in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders"), ("xfId", "cellStyleXfs")):
            if int(xf.get(key, 0)) >= size(kind):
                faults.append(f"styles: {key} {xf.get(key)} is none of the {kind}")
        number = int(xf.get("numFmtId", 0))
        if number >= _BUILT_IN_FORMATS and number not in formats:
            faults.append(f"styles: there is no number format {number}")
    if size("cellXfs") >= 64_000:
        faults.append("styles: more cell styles than Excel holds")
    return Styles(size("cellXfs"), size("dxfs"), tuple(faults))


def _sheet_name_faults(tree: Any) -> Iterator[str]:
    elements = every(tree, "sheet")
    names = [each.get("name") for each in elements]
    if len({name.casefold() for name in names}) < len(names):
        yield "workbook: two sheets have one name"
    if len({each.get("sheetId") for each in elements}) < len(elements):
        yield "workbook: two sheets have one id"
    for element, name in zip(elements, names, strict=True):
        is_name = 0 < len(name.encode("utf-16-le")) // 2 <= 31 and not re.search(r"[\[\]:*?/\\\x00-\x1f]|^'|'$", name)
        if not is_name or name.casefold() == "history":
            yield f"workbook: {name!r} is no name for a sheet"
        if element.get("state", "visible") != "visible":
            yield f"{name}: is hidden"


def _defined_name_faults(tree: Any, names: Names) -> Iterator[str]:
    seen = set()
    for each in every(tree, "definedName"):
        name, scope = each.get("name"), each.get("localSheetId")
        if (name.casefold(), scope) in seen:
            yield f"workbook: the name {name} is defined twice"
        seen.add((name.casefold(), scope))
        if not _NAME.fullmatch(name) or _LIKE_A_CELL.fullmatch(name):
            yield f"workbook: {name!r} cannot be defined"
        if scope is not None and int(scope) >= len(names.sheets):
            yield f"workbook: {name} belongs to a sheet that is not there"
        if each.get("hidden") in ("1", "true"):
            yield f"workbook: {name} is hidden"
        pointed = references(each.text or "")
        if not pointed or any(sheet not in names.sheets for sheet, _ in pointed):
            yield f"workbook: {name} points to nothing"


def _table_faults(tables: list[_Table], names: Names) -> Iterator[str]:
    ids = [table.tree.get("id") for table in tables]
    if len(set(ids)) < len(ids):
        yield "workbook: two tables have one id"
    taken = [table.tree.get("displayName").casefold() for table in tables]
    if len({*taken}) < len(taken) or {*taken} & {name.casefold() for name in names.defined}:
        yield "workbook: two tables, or a table and a defined name, have one name"
    for table in tables:
        yield from (f"{table.part}: {fault}" for fault in _faults_of_table(table))
    for one, other in combinations(tables, 2):
        if one.sheet is other.sheet and one.area.touches(other.area):
            yield f"{one.part}: shares cells with {other.part}"


def _faults_of_table(table: _Table) -> Iterator[str]:
    name, area, columns = table.tree.get("displayName"), table.area, every(table.tree, "tableColumn")
    if not _NAME.fullmatch(name) or _LIKE_A_CELL.fullmatch(name) or len(name) > 255:
        yield f"{name!r} is no name for a table"
    if not area.is_within(table.sheet.extent):
        yield "reaches beyond the cells of its sheet"
    if area.last_row == area.first_row:
        yield "has no row of data"
    named = [_unescaped(each.get("name")) for each in columns]
    if len({each.casefold() for each in named}) < len(named):
        yield "two columns have one name"
    if not all(named) or len({each.get("id") for each in columns}) < len(columns):
        yield "a column has no name, or the id of another"
    if int(table.tree.find("{*}tableColumns").get("count")) != len(columns) or len(columns) != area.width:
        yield "has not as many columns as it is wide"
    shown = [table.sheet.texts.get((area.first_row, column)) for column in area.columns]
    if shown != named:
        yield "its columns are not named as its header cells"
    auto_filter = table.tree.find("{*}autoFilter")
    if auto_filter is not None and Area.read(auto_filter.get("ref")) != area:
        yield "its filter is not over the table"


def _chart_faults(part: str, tree: Any, sheets: dict[str, Worksheet]) -> Iterator[str]:
    for element in every(tree, "f"):
        for sheet, text in references(element.text or "") or [("", "")]:
            if sheet not in sheets or not all(area.is_within(sheets[sheet].extent) for area in areas_of(text)):
                yield f"{part}: draws {element.text}, which is not there"


def _property_faults(package: Package) -> Iterator[str]:
    for kind in ("core-properties", "extended-properties"):
        for part in package.related("", kind):
            for name in ("creator", "lastModifiedBy", "Manager", "Company"):
                if any(each.text != CREATOR for each in every(package.trees[part], name)):
                    yield f"{part}: {name} is not the checker"


def _unescaped(text: str) -> str:
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda escape: chr(int(escape[1], 16)), text)
