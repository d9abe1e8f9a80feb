"""Thirty nights in which incidents appear, are referred, corrected, disappear and come back: a hand-written table."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.store import Wanted, opened
from tests.command import checker
from tests.nights import as_of, lines_of, write_config, write_night

# By story: what the extract of each night says of it (tests.nights), and below it where its finding then stands:
# n new, s still open, o reopened, r resolved tonight, c carried over, - nothing. Night 16 is the end of summer time.
TABLE = """\
     123456789012345678901234567890
a    FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
     nsssssssssssssssssssssssssssss
b    FFFFPPPPPPPPPPPPPPPPPPPPPPPPPP
     nsssr-------------------------
c    ..FF...FFP....................
     --nscccssr--------------------
d    .F............................
     -ncccccccccccccccccccccccccccc
e    FPFFP.F.......................
     nrosr-occccccccccccccccccccccc
f    UUFFP.........................
     nsssr-------------------------
g    FOFO..........................
     nror--------------------------
h    PPPPPPPPPPPPPPPPPPPPPPPPPPPPPP
     ------------------------------
i    DFFP..........................
     -nsr--------------------------
j    FDDFP.........................
     nccsr-------------------------
k    FXXFX.P.......................
     nccsccr-----------------------
l    ...............FFP............
     ---------------nsr------------
m    F....................P........
     nccccccccccccccccccccr--------
n    .UOUO.........................
     -nror-------------------------
o    P..FFFFFFFFFFFFFFFFFFFFFFFFFFF
     ---nssssssssssssssssssssssssss
p    ............................DF
     -----------------------------n
"""
_LINES = [line[5:] for line in TABLE.splitlines()[1:]]
NAMES = [line[0] for line in TABLE.splitlines()[1::2]]
STORIES, LIVES = dict(zip(NAMES, _LINES[::2], strict=True)), dict(zip(NAMES, _LINES[1::2], strict=True))
NIGHTS = 30
LETTERS = {"new": "n", "still open": "s", "reopened": "o"}


def night_of(inbox: Path, night: int) -> None:
    write_night(inbox, as_of(night), {name: story[night - 1] for name, story in STORIES.items()})


@pytest.mark.parametrize(
    "passes", [[range(n, n + 1) for n in range(1, 31)], [range(1, 4), range(4, 25), range(25, 31)]]
)
def test_the_life_of_every_finding_is_that_of_the_table(
    tmp_path: Path, store_url: str, passes: list[range], subtests: pytest.Subtests
) -> None:
    config = write_config(tmp_path, store_url)
    for nights in passes:
        for night in reversed(nights):  # the order in which they arrive is nothing to go by
            night_of(tmp_path / "inbox", night)
        assert checker("nightly", "--config", config).code == 0
    seen = dict.fromkeys(NAMES, "")
    with opened(store_url) as store:
        for run in store.runs():
            told = store.load(run.number)
            assert told.resolved is not None
            assert told.carried_over is not None
            listed = told.findings.filter(told.findings["rule_id"] == "REF001")
            letters = {row["child_ref"][1:]: LETTERS.get(row["status"]) for row in listed.to_dicts()}
            letters |= {row["child_ref"][1:]: "r" for row in told.resolved.to_dicts() if row["rule_id"] == "REF001"}
            letters |= {row["child_ref"][1:]: "c" for row in told.carried_over.to_dicts() if row["rule_id"] == "REF001"}
            seen = {name: life + (letters.get(name) or "-") for name, life in seen.items()}
        assert seen == LIVES
        assert [run.as_of for run in store.runs()] == [as_of(night) for night in range(1, NIGHTS + 1)]
        now = store.findings(Wanted(rule="REF001"))
    open_now = {
        row["child_ref"][1:]: (row["status"], row["days_open"]) for row in now.to_dicts() if row["status"] != "resolved"
    }
    # d was seen in night 2 and e last opened in night 7; a month later, on night 30, that is 28 and 23 days ago.
    assert open_now == {
        "a": ("still open", 29),
        "d": ("still open", 28),
        "e": ("still open", 23),
        "o": ("still open", 26),
        "p": ("new", 0),
    }
    closed = {row["child_ref"][1:]: row["days_open"] for row in now.to_dicts() if row["status"] == "resolved"}
    assert closed == {"b": 4, "c": 7, "f": 4, "g": 1, "i": 2, "j": 4, "k": 6, "l": 2, "m": 21, "n": 1}
    with subtests.test("the files of the 17th night"):
        (report,) = (tmp_path / "reports").glob("2026-10-26T0200_run*")
        rows = lines_of(report)
        assert {name: (row["first_seen"], row["status"]) for name, row in rows.items()} == {
            "a": ("2026-10-10T02:00:00+01:00", "still open"),
            "l": ("2026-10-25T02:00:00+00:00", "still open"),
            "o": ("2026-10-13T02:00:00+01:00", "still open"),
        }
