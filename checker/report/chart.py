"""The one chart: a bar a rule, in one colour, each with its figure."""

from __future__ import annotations

from openpyxl.chart import BarChart, Series
from openpyxl.chart.data_source import AxDataSource, StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties

from checker.report.cells import Sheet
from checker.report.styles import BLUE, FONT, LINE

_CENTIMETRES_A_POINT = 2.54 / 72


def bar_chart(
    sheet: Sheet, categories: int, figures: int, first_row: int, bars: int, size: tuple[float, float]
) -> BarChart:
    """A chart of flat bars, `size` points wide and high.

    Args:
        categories: The column of the sheet that names the bars.
        figures: The column that says how long they are.
        first_row: The row of the first bar.
        bars: How many rows.
    """
    chart = BarChart()
    chart.type, chart.legend, chart.gapWidth = "bar", None, 45
    series = Series(sheet.column(figures, first_row, bars))
    series.graphicalProperties = GraphicalProperties(solidFill=BLUE)
    series.dLbls = DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False)
    series.dLbls.numFmt = "#,##0"
    series.dLbls.txPr = _letters()
    series.cat = AxDataSource(strRef=StrRef(str(sheet.column(categories, first_row, bars))))
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


def _letters() -> RichText:
    letters = CharacterProperties(sz=900, latin=Font(typeface=FONT))
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=letters), endParaRPr=letters)])
