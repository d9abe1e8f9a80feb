"""Write England's bank holidays into the checker: `.venv/bin/python scripts/bank_holidays.py`.

They come from the library `holidays`, which takes a third of a second to import: too long for every check. The tests
compare the file with the library.
"""

import csv
from io import StringIO
from pathlib import Path

import holidays

FILE = Path(__file__).parents[1] / "checker" / "england_bank_holidays.csv"
YEARS = range(1995, 2101)  # no older incident is still judged by a working day


def table() -> str:
    """The file: a row for each bank holiday, `day` and `name`, in order.

    Those that are proclaimed once (a jubilee, a coronation) are known as far as the release of the library knows them.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("day", "name"))
    writer.writerows(sorted(holidays.country_holidays("GB", subdiv="ENG", years=YEARS).items()))
    return text.getvalue()


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8", newline="\n")
