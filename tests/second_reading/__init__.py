"""A second, plain reading of contract sections 1 and 2 and of every rule, for comparison with the checker.

Slow on purpose: row by row, standard library only, nothing of the checker imported. Quotations are the specification's;
where it leaves a choice, "Reading:" says which was taken.

A table is a list of rows; a row is a dict of column -> cell text with two marks that are no columns: `row`, its number
in the file (header = row 1; without the mark, its place), and `cells`, the number of cells, on a ragged line only.
"""

from tests.second_reading.cells import COLUMNS, KEYS, LONDON, Row, Unreadable, read_cell
from tests.second_reading.days import local_date
from tests.second_reading.files import read_folder
from tests.second_reading.history import Span
from tests.second_reading.logic import Verdict
from tests.second_reading.policy import DailySearch, Policy
from tests.second_reading.reading import RULES, Key, Reading, second_reading
from tests.second_reading.rows import Counts, StoppedError, Tables

__all__ = [
    "COLUMNS",
    "KEYS",
    "LONDON",
    "RULES",
    "Counts",
    "DailySearch",
    "Key",
    "Policy",
    "Reading",
    "Row",
    "Span",
    "StoppedError",
    "Tables",
    "Unreadable",
    "Verdict",
    "local_date",
    "read_cell",
    "read_folder",
    "second_reading",
]
