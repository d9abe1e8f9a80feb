"""Where most of a district has one fault, one line above the list says so before anybody works through it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checker.models import Run
from checker.report.systemic import banners
from tests.report.made_up import decided, finding, measure, recorded, run_of
from tests.report.test_workbook import book_of, table_rows, words

CAUSE = "\nThe code is not in use there:\nask whoever closes incidents there.\n"


def run(*measures: dict[str, Any]) -> Run:
    whole = decided(recorded(run_of([finding()])), [], measures)
    rules = tuple(replace(each, likely_cause=CAUSE if each.id == "CLO001" else "") for each in whole.rules)
    return replace(whole, rules=rules)


def test_a_banner_gives_the_rule_the_district_the_share_and_what_to_look_for(tmp_path: Path) -> None:
    some = measure("CLO001", "Harbour", 40, 5, team="Response 1")
    more = measure("CLO001", "Harbour", 2, 1, team="Response 2", not_due=1, undetermined=1)
    said = (
        "LIKELY ONE CAUSE: CLO001 in Harbour: 42 of 50 incidents (84%). "
        "The code is not in use there: ask whoever closes incidents there."
    )
    assert banners(run(some, more, measure("CLO001", "Moorland", 3, 40))) == [said]
    book = book_of(run(some, more), tmp_path)
    assert words(book["Exceptions"])[3] == said
    assert said in words(book["Summary"])
    assert not any("LIKELY ONE CAUSE" in word for name in ("Cannot tell", "Rules") for word in words(book[name]))
    sheet = book["Exceptions"]
    assert (sheet.freeze_panes, sheet.print_title_rows, len(table_rows(sheet))) == ("B6", "$5:$5", 1)


@pytest.mark.parametrize(
    ("found", "passed", "announced"),
    [(10, 9, True), (10, 10, False), (9, 0, False), (11, 10, True), (1000, 1000, False), (1001, 1000, True)],
)
def test_it_takes_more_than_half_and_at_least_ten(found: int, passed: int, announced: bool) -> None:
    assert len(banners(run(measure("REF001", "Harbour", found, passed)))) == announced


def test_all_but_one_is_never_a_hundred_per_cent() -> None:
    (said,) = banners(run(measure("REF001", "Harbour", 1999, 1)))
    assert said == "LIKELY ONE CAUSE: REF001 in Harbour: 1,999 of 2,000 children (99%)."


def test_where_no_district_is_recorded_that_is_said() -> None:
    (said,) = banners(run(measure("FLG001", None, 12, 0)))
    assert said == "LIKELY ONE CAUSE: FLG001 where no district is recorded: 12 of 12 children (100%)."


def test_the_most_severe_come_first_and_more_than_five_are_counted() -> None:
    measures = [
        measure("FLG003", "Harbour", 90, 0),
        *(measure("CLO001", district, 20 + place, 0) for place, district in enumerate(("A", "B", "C", "D", "E", "F"))),
        measure("REF001", "Harbour", 10, 0),
    ]
    said = banners(run(*measures))
    assert [line.split(": ")[1] for line in said[:5]] == [
        *("REF001 in Harbour", "CLO001 in F", "CLO001 in E", "CLO001 in D", "CLO001 in C"),
    ]
    assert said[5:] == ["and 3 more"]
    assert [line.endswith("closes incidents there.") for line in said] == [False, True, False, False, False, False]


def test_without_measures_or_a_policy_of_it_there_is_no_banner() -> None:
    told = run(measure("REF001", "Harbour", 50, 0))
    assert banners(replace(told, measures=None)) == []
    assert banners(replace(told, record=replace(told.record, policy={}))) == []
