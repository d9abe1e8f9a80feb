"""The charts: a bar a rule in one colour, each with its figure; and lines over weeks that can be told in grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl.chart import BarChart, LineChart, Reference, Series
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.data_source import AxDataSource, StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.marker import Marker
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties

from checker.report.cells import Sheet
from checker.report.styles import BLUE, FONT, LINE

_CENTIMETRES_A_POINT = 2.54 / 72
_EMU_A_POINT = 12_700

# Colours that differ for whoever sees fewer of them, and a dash and a mark each for a printer without any.
_STROKES = (
    ("0072B2", "solid", "circle"),
    ("D55E00", "dash", "square"),
    ("009E73", "sysDot", "triangle"),
    ("CC79A7", "dashDot", "diamond"),
    ("000000", "lgDash", "x"),
    ("E69F00", "lgDashDot", "star"),
)
MOST_LINES = len(_STROKES)


@dataclass(frozen=True)
class Line:
    """One line of a chart: the cell that names it, the cells that name its points, and those that say how high."""

    name: Reference
    points: Reference
    figures: Reference


def bar_chart(sheet: Sheet, categories: int, figures: int, rows: Sequence[int], size: tuple[float, float]) -> BarChart:
    """A chart of flat bars, `size` points wide and high.

    Args:
        categories: The column of the sheet that names the bars.
        figures: The column that says how long they are.
        rows: The row of each bar, from the top down.
    """
    chart = BarChart()
    chart.type, chart.legend, chart.gapWidth = "bar", None, 45
    series = Series(sheet.column(figures, rows[0], 1))
    series.val.numRef.f = _cells(sheet, figures, rows)
    series.graphicalProperties = GraphicalProperties(solidFill=BLUE)
    series.dLbls = DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False)
    series.dLbls.numFmt = "#,##0"
    series.dLbls.txPr = _letters()
    series.cat = AxDataSource(strRef=StrRef(_cells(sheet, categories, rows)))
    chart.append(series)
    chart.x_axis.scaling.orientation = "maxMin"  # the first rule on top, as in the table
    chart.x_axis.delete, chart.y_axis.delete = False, True
    chart.x_axis.txPr = _letters()
    chart.x_axis.majorTickMark = "none"
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=LINE))
    chart.y_axis.majorGridlines = None
    chart.y_axis.scaling.min = 0
    chart.graphical_properties = GraphicalProperties(noFill=True, ln=LineProperties(noFill=True))
    chart.width, chart.height = (points * _CENTIMETRES_A_POINT for points in size)
    return chart


def _cells(sheet: Sheet, column: int, rows: Sequence[int]) -> str:
    """The cells of a column in some rows as a chart names them: a list of ranges in brackets, where they lie apart."""
    starts = [row for row in rows if row - 1 not in rows]
    ends = [row for row in rows if row + 1 not in rows]
    ranges = [str(sheet.column(column, first, last - first + 1)) for first, last in zip(starts, ends, strict=True)]
    return ranges[0] if len(ranges) == 1 else f"({','.join(ranges)})"


def line_chart(lines: Sequence[Line], size: tuple[float, float]) -> LineChart:
    """A chart of shares from 0 to 1, `size` points wide and high, of at most MOST_LINES; an empty cell is a gap."""
    chart = LineChart()
    for line, (colour, dash, mark) in zip(lines, _STROKES[: len(lines)], strict=True):
        series = Series(line.figures)
        series.tx = SeriesLabel(strRef=StrRef(str(line.name)))
        series.cat = AxDataSource(strRef=StrRef(str(line.points)))
        stroke = LineProperties(solidFill=colour, prstDash=dash, w=int(1.75 * _EMU_A_POINT))
        series.graphicalProperties = GraphicalProperties(ln=stroke)
        ink = LineProperties(solidFill=colour)
        series.marker = Marker(symbol=mark, size=6, spPr=GraphicalProperties(solidFill=colour, ln=ink))
        series.smooth = False
        chart.append(series)
    chart.display_blanks = "gap"
    chart.legend.position, chart.legend.txPr = "b", _letters()
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.txPr = chart.y_axis.txPr = _letters()
    chart.x_axis.majorTickMark = chart.y_axis.majorTickMark = "none"
    axis = GraphicalProperties(ln=LineProperties(solidFill=LINE))
    chart.x_axis.graphicalProperties = axis
    chart.y_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    chart.y_axis.majorGridlines = ChartLines(spPr=axis)
    chart.y_axis.scaling.min, chart.y_axis.scaling.max, chart.y_axis.majorUnit = 0, 1, 0.25
    chart.y_axis.number_format = "0%"
    chart.graphical_properties = GraphicalProperties(noFill=True, ln=LineProperties(noFill=True))
    chart.width, chart.height = (points * _CENTIMETRES_A_POINT for points in size)
    return chart


def _letters() -> RichText:
    letters = CharacterProperties(sz=900, latin=Font(typeface=FONT))
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=letters), endParaRPr=letters)])
