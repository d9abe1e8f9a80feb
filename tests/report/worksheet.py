"""One sheet of a workbook and what may be wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from typing import Any

from openpyxl.formula import Tokenizer

from tests.report.areas import LAST_COLUMN, LAST_ROW, Area, areas_of, references
from tests.report.package import RELATION, every, local

# As the schema of CT_Worksheet has them; Excel repairs a sheet that has them in another order.
_ORDER = (
    *("sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection"),
    *("protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells"),
    *("phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins"),
    *("pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors"),
    *("smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls"),
    *("webPublishItems", "tableParts", "extLst"),
)
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_LONGEST_TEXT, _MOST_LINKS, _MOST_VALIDATIONS = 32_767, 65_530, 65_534
_TYPES = {"n": "v", "s": "v", "b": "v", "inlineStr": "is"}  # errors and results of formulas are no values of ours


@dataclass(frozen=True)
class Styles:
    """How many styles there are for cells and for conditions, and what is wrong with them."""

    cells: int
    conditions: int
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Names:
    """What a formula may refer to."""

    sheets: set[str]
    defined: set[str]

    def has(self, formula: str) -> bool:
        """Whether a formula is one reference to what is there."""
        found = references(formula)
        return formula in self.defined or (len(found) == 1 and found[0][0] in self.sheets)


@dataclass(frozen=True)
class Worksheet:
    """A sheet: its name, its part, what is in it, and the texts that sheets share."""

    name: str
    part: str
    tree: Any
    shared: Sequence[str]

    @cached_property
    def cells(self) -> list[tuple[Area, Any]]:
        return [(Area.read(each.get("r")), each) for each in every(self.tree.find("{*}sheetData"), "c")]

    @cached_property
    def texts(self) -> dict[tuple[int, int], str]:
        """The text of each cell that holds one, by its row and column."""
        return {(place.first_row, place.first_column): text for place, each in self.cells if (text := self._text(each))}

    @cached_property
    def extent(self) -> Area:
        places = [place for place, _ in self.cells] or [Area(1, 1, 1, 1)]
        return Area(1, 1, max(place.last_row for place in places), max(place.last_column for place in places))

    def _text(self, cell: Any) -> str | None:
        if cell.get("t") == "s":
            number = int(cell.findtext("{*}v"))
            return self.shared[number] if number < len(self.shared) else None
        inline = cell.find("{*}is")
        return None if inline is None else text_of(inline)


def text_of(item: Any) -> str:
    """The text of a string item, all its runs together."""
    return "".join(each.text or "" for each in every(item, "t"))


def worksheet_faults(sheet: Worksheet, tables: Sequence[Area], styles: Styles, names: Names) -> Iterator[str]:
    """What is wrong with one sheet; `tables` are the areas of those on it."""
    checks: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _order(sheet.tree),
        lambda: _columns(sheet.tree),
        lambda: _rows(sheet.tree),
        lambda: _cells(sheet, styles),
        lambda: _areas(sheet.tree, tables),
        lambda: _validations(sheet.tree, names),
        lambda: _conditions(sheet.tree, styles),
        lambda: _links(sheet.tree, names),
        lambda: _print_texts(sheet.tree),
    )
    for check in checks:
        yield from (f"{sheet.name}: {fault}" for fault in check())


def _order(tree: Any) -> Iterator[str]:
    names = [local(each) for each in tree]
    yield from (f"{name} is no part of a sheet" for name in names if name not in _ORDER)
    places = [(name, _ORDER.index(name)) for name in names if name in _ORDER]
    for (before, first), (after, second) in pairwise(places):
        if first > second or (first == second and after != "conditionalFormatting"):
            yield f"{after} comes after {before}"
    for name in ("mergeCells", "dataValidations", "tableParts", "hyperlinks"):
        for each in tree.findall(f"{{*}}{name}"):
            if len(each) == 0 or int(each.get("count", len(each))) != len(each):
                yield f"{name} does not hold what it counts"


def _columns(tree: Any) -> Iterator[str]:
    last = 0
    for each in tree.findall("{*}cols/{*}col"):
        first, to, width = int(each.get("min")), int(each.get("max")), float(each.get("width", 8))
        if not last < first <= to <= LAST_COLUMN:
            yield f"column {first} is out of order"
        if not 0 < width <= 255 or each.get("hidden") in ("1", "true"):
            yield f"column {first} is hidden or too wide"
        last = to


def _rows(tree: Any) -> Iterator[str]:
    last = 0
    for each in tree.findall("{*}sheetData/{*}row"):
        number, height = int(each.get("r")), float(each.get("ht", 15))
        if not last < number <= LAST_ROW:
            yield f"row {number} is out of order"
        if not 0 < height <= 409.5 or each.get("hidden") in ("1", "true"):
            yield f"row {number} is hidden or too high"
        last = number
        columns = [Area.read(cell.get("r")) for cell in each]
        if any(place.first_row != number for place in columns):
            yield f"row {number} holds a cell of another"
        if any(a.first_column >= b.first_column for a, b in pairwise(columns)):
            yield f"row {number}: its cells are out of order"


def _cells(sheet: Worksheet, styles: Styles) -> Iterator[str]:
    for place, cell in sheet.cells:
        here, kind = cell.get("r"), cell.get("t", "n")
        if not place.is_possible:
            yield f"{here} is beyond the last cell"
        if int(cell.get("s", 0)) >= styles.cells:
            yield f"{here} has a style that is not there"
        if every(cell, "f"):
            yield f"{here} is a formula"
        if kind not in _TYPES or any(local(each) not in (_TYPES[kind], "f") for each in cell):
            yield f"{here} is no number and no text"
        elif kind == "n" and len(cell) and not _is_number(cell.findtext("{*}v")):
            yield f"{here} is no number"
        elif kind == "s" and int(cell.findtext("{*}v")) >= len(sheet.shared):
            yield f"{here} shows a text that is not there"
        for text in every(cell, "t"):
            if text.text and text.text != text.text.strip() and text.get(_SPACE) != "preserve":
                yield f"{here} loses the blanks around its text"
    for (row, column), text in sheet.texts.items():
        if len(text.encode("utf-16-le")) // 2 > _LONGEST_TEXT:
            yield f"the text in row {row}, column {column} is longer than a cell"


def _is_number(text: str | None) -> bool:
    try:
        return text is not None and math.isfinite(float(text))
    except ValueError:
        return False


def _areas(tree: Any, tables: Sequence[Area]) -> Iterator[str]:
    merged = [Area.read(each.get("ref")) for each in every(tree, "mergeCell")]
    yield from ("merges what is no area" for area in merged if not area.is_possible)
    if any(one.touches(other) for one, other in combinations(merged, 2)):
        yield "merged cells overlap"
    if any(area.touches(table) for area in merged for table in tables):
        yield "merged cells touch a table"
    for each in tree.findall("{*}autoFilter"):
        if any(Area.read(each.get("ref")).touches(table) for table in tables):
            yield "has a filter of its own over that of a table"


def _validations(tree: Any, names: Names) -> Iterator[str]:
    every_one = every(tree, "dataValidation")
    if len(every_one) > _MOST_VALIDATIONS:
        yield "has more validations than Excel holds"
    taken: list[Area] = []
    for each in every_one:
        here, formula = each.get("sqref"), each.findtext("{*}formula1") or ""
        areas = areas_of(here)
        if not areas or not all(area.is_possible for area in areas):
            yield f"validation of {here}: is of no cells"
        if any(area.touches(other) for area in areas for other in taken):
            yield f"validation of {here}: another is there already"
        taken += areas
        if not formula or len(formula) > 255 or formula.startswith("="):
            yield f"validation of {here}: its formula is missing, too long or begins with ="
        elif each.get("type") == "list" and not re.fullmatch('"[^"]+"', formula) and not names.has(formula):
            yield f"validation of {here}: its list is not there"
        for key, most in (("prompt", 255), ("error", 255), ("promptTitle", 32), ("errorTitle", 32)):
            if len(each.get(key, "")) > most:
                yield f"validation of {here}: its {key} is too long"


def _conditions(tree: Any, styles: Styles) -> Iterator[str]:
    rules = every(tree, "cfRule")
    priorities = [int(each.get("priority")) for each in rules]
    if len(set(priorities)) < len(priorities) or any(priority < 1 for priority in priorities):
        yield "two conditions have one priority, or one below 1"
    for each in rules:
        here = each.getparent().get("sqref")
        if not here or not all(area.is_possible for area in areas_of(here)):
            yield f"condition of {here}: is of no cells"
        if int(each.get("dxfId", 0)) >= styles.conditions:
            yield f"condition of {here}: has a style that is not there"
        if not all(_is_formula(formula.text or "") for formula in every(each, "formula")):
            yield f"condition of {here}: its formula cannot be read"


def _is_formula(text: str) -> bool:
    if not text or text.startswith("="):
        return False
    try:
        tokens = Tokenizer(f"={text}").items
    except Exception:  # noqa: BLE001 - it has no error of its own
        return False
    return sum({"OPEN": 1, "CLOSE": -1}.get(token.subtype, 0) for token in tokens) == 0


def _links(tree: Any, names: Names) -> Iterator[str]:
    links = every(tree, "hyperlink")
    if len(links) > _MOST_LINKS:
        yield "has more links than Excel holds"
    for each in links:
        if each.get(RELATION) is not None or not names.has(each.get("location", "")):
            yield f"the link in {each.get('ref')} leads nowhere in this workbook"


def _print_texts(tree: Any) -> Iterator[str]:
    for edge in tree.findall("{*}headerFooter/*"):
        if len(edge.text or "") > 255:
            yield f"{local(edge)} is longer than Excel prints"
