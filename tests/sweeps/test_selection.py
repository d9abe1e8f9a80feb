"""Which incidents a sweep is about: what is not known leaves an incident in, and what is left out has its reason."""

from datetime import date
from pathlib import Path

import pytest

from checker.config import Config
from checker.errors import ConfigError
from checker.models import Selection
from checker.pipeline.order import Order, prepare
from checker.pipeline.selection import Selected, reported_between, select_incidents
from tests.facts.small import AS_OF, Row, child, incident, write


def selected(folder: Path, selection: Selection, *incidents: Row, **tables: list[Row]) -> Selected:
    extract = write(folder / "extract", incidents=incidents, **tables)
    return select_incidents(prepare(Order(extract, AS_OF, Config(), None)), selection)


def chosen(found: Selected) -> dict[str, str | None]:
    """The references that were selected, with what is not known of each."""
    return dict(found.incidents.select("incident_ref", "not_known").iter_rows())


def left_out(found: Selected) -> dict[str, str]:
    return dict(found.excluded.iter_rows())


def test_days_are_those_of_london_both_included(tmp_path: Path) -> None:
    """1 August 2017 begins at 23:00 UTC of the day before."""
    found = selected(
        tmp_path,
        Selection(reported_from=date(2017, 8, 1), reported_to=date(2017, 11, 30)),
        incident("EVE", "2017-07-31T22:59:59+00:00"),
        incident("FIRST", "2017-07-31T23:00:00+00:00"),
        incident("LAST", "2017-11-30T23:59:59+00:00"),
        incident("AFTER", "2017-12-01T00:00:00+00:00"),
    )
    assert chosen(found) == {"FIRST": None, "LAST": None}
    assert left_out(found) == {"EVE": "reported before 01/08/2017", "AFTER": "reported after 30/11/2017"}


def test_what_is_not_known_leaves_an_incident_in_and_is_said(tmp_path: Path) -> None:
    found = selected(
        tmp_path,
        Selection(risk=("standard",), districts=("North", "South")),
        incident("A", risk_level="standard", district="North"),
        incident("B", risk_level="", district="South"),
        incident("C", risk_level="", district=""),
        incident("D", risk_level="high", district=""),
        incident("E", risk_level="", district="West"),
    )
    assert chosen(found) == {
        "A": None,
        "B": "risk level not recorded",
        "C": "risk level not recorded; district not recorded",
    }
    assert left_out(found) == {"D": "risk level is not standard", "E": "district is not North or South"}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("is_domestic_abuse", {"YES": None, "BLANK": "not known whether the condition holds"}),
        ("risk_level = 'standard' AND reassessed_at IS NULL", {"YES": None, "NO": None, "BLANK": None}),
        ("is_domestic_abuse IS NULL", {"BLANK": None}),
        ("has_expected_child AND is_domestic_abuse", {"YES": None}),
        # The store and the extract cover nothing: whether there was an earlier one is not known of any.
        (
            "earlier_incident_within_365_days",
            dict.fromkeys(("YES", "NO", "BLANK"), "not known whether the condition holds"),
        ),
    ],
)
def test_any_fact_of_an_incident_may_be_asked(tmp_path: Path, where: str, expected: dict[str, str | None]) -> None:
    rows = [
        incident("YES", risk_level="standard"),
        incident("NO", risk_level="standard", domestic_abuse="no"),
        incident("BLANK", risk_level="standard", domestic_abuse=""),
    ]
    found = selected(tmp_path, Selection(where=where), *rows, children=[child("C1", "YES")])
    assert chosen(found) == expected
    assert set(left_out(found).values()) <= {"the condition does not hold"}
    assert len(chosen(found)) + len(left_out(found)) == 3


def test_a_duplicate_is_answered_for_by_its_master_and_says_so(tmp_path: Path) -> None:
    found = selected(
        tmp_path,
        Selection(),
        incident("M"),
        incident("D", status="duplicate", duplicate_of="M"),
        incident("ALONE", status="duplicate", duplicate_of="nobody"),
    )
    assert set(chosen(found)) == {"M", "ALONE"}
    assert left_out(found) == {"D": "a duplicate: another incident answers for it"}


@pytest.mark.parametrize(
    ("selection", "fault"),
    [
        (Selection(risk=("standrad",)), "--risk: 'standrad' is no risk level; did you mean 'standard'"),
        (Selection(districts=("Nroth",)), "--district: no incident of the extract is of 'Nroth'; did you mean 'North'"),
        (Selection(rules=("REF01",)), "no rule 'REF01' in the pack; did you mean 'REF001'"),
        (Selection(where="is_domestic_abus"), "--where: .*is_domestic_abuse"),
        (Selection(where="incident_ref IN (SELECT 1)"), "--where: .*no table and no file"),
        (Selection(reported_to=date(2000, 1, 1)), "none of the 1 incidents of the extract is selected"),
    ],
)
def test_a_slip_of_the_pen_is_no_empty_sweep(tmp_path: Path, selection: Selection, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        selected(tmp_path, selection, incident(district="North"))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2017-08-01..2017-11-30", (date(2017, 8, 1), date(2017, 11, 30))),
        ("2017-08-01 .. 2017-08-01", (date(2017, 8, 1), date(2017, 8, 1))),
        ("2017-08-01..", (date(2017, 8, 1), None)),
        ("..2017-11-30", (None, date(2017, 11, 30))),
        ("2017-08-01", (date(2017, 8, 1), date(2017, 8, 1))),
    ],
)
def test_a_period_is_two_days_one_or_half_open(text: str, days: tuple[date | None, date | None]) -> None:
    assert reported_between(text) == days


@pytest.mark.parametrize(
    "text", ["", "..", "2017", "01/08/2017..", "2017-08-01...2017-11-30", "2017-11-30..2017-08-01"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--reported"):
        reported_between(text)


def test_who_answers_for_a_duplicate_that_belongs_is_in_the_sweep_for_its_children(tmp_path: Path) -> None:
    """C1 is known from D alone, which was reported within the period; its master M was not."""
    found = selected(
        tmp_path,
        Selection(reported_from=date(2026, 8, 1), risk=("standard",)),
        incident("M", "2026-07-31T10:00", risk_level="medium"),
        incident("D", "2026-08-02T10:00", risk_level="standard", status="duplicate", duplicate_of="M"),
        incident("N", "2026-07-31T10:00", risk_level="standard"),
        incident("E", "2026-08-02T10:00", risk_level="high", status="duplicate", duplicate_of="N"),
        children=[child("C1", "D")],
    )
    assert chosen(found) == {"M": "it answers for a duplicate that belongs or may belong"}
    assert left_out(found) == {
        "N": "reported before 01/08/2026",
        "D": "a duplicate: another incident answers for it",
        "E": "a duplicate: another incident answers for it",
    }
