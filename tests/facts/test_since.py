"""What has happened since to a child of a sweep: referrals, later incidents, plans, episodes, and what is not known."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from checker.config import Config
from checker.facts import SUBJECTS
from checker.facts.subjects.swept_child import MEANINGS, SWEPT_CHILD
from checker.models import SWEPT_CHILDREN, Since
from checker.pipeline.order import Order, prepare
from tests.facts.small import AS_OF, Swept, child, children_plan, incident, swept, write

REPORTED, EARLIER, LATER = "2026-11-10T10:00:00", "2026-11-01T10:00:00", "2026-11-15T10:00:00"
NOT_READ = {"status": "submitted", "submitted_at": "not a time"}


def form(ref: str, incident_ref: str, child_ref: str = "", submitted_at: str = "", **cells: str) -> dict[str, str]:
    row = {"referral_ref": ref, "incident_ref": incident_ref, "child_ref": child_ref, "submitted_at": submitted_at}
    return row | cells


def plan(child_ref: str, started_on: str, ended_on: str = "", kind: str = "CP") -> dict[str, str]:
    return {"child_ref": child_ref, "plan": kind, "started_on": started_on, "ended_on": ended_on}


def episode(ref: str, child_ref: str, **cells: str) -> dict[str, str]:
    return {"episode_ref": ref, "child_ref": child_ref, "reported_at": EARLIER} | cells


def cases(folder: Path, *names: str, other: str = EARLIER, **tables: Any) -> Swept:
    """Of each case one incident of 10 November and one of another day, `/o`, each with the only child of the case."""
    refs = [(name, f"{name}/o") for name in names]
    incidents = [incident(ref, at) for pair in refs for ref, at in zip(pair, (REPORTED, other), strict=True)]
    children = [child(pair[0], ref) for pair in refs for ref in pair]
    given = {"incidents": [*incidents, *tables.pop("incidents", ())], "children": children}
    return swept(folder, *names, **given, **tables)


def since(found: Swept) -> dict[str, str]:
    """What has become of the child of each case."""
    return {ref: told for (ref, _), told in found.of_children("since").items()}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_facts_are_those_of_the_sweep_and_none_that_a_rule_may_ask() -> None:
    assert list(SWEPT_CHILD.schema.items()) == list(SWEPT_CHILDREN.items())
    assert SWEPT_CHILD.name not in SUBJECTS
    assert set(MEANINGS) == set(Since)
    assert all(fact.description for fact in SWEPT_CHILD.facts)


def test_a_form_for_the_incident_refers_the_child_from_the_moment_of_the_report_on(tmp_path: Path) -> None:
    forms = [
        form("F1", "at", "at", REPORTED),
        form("F2", "before", "before", "2026-11-10T09:59:59"),
        form("F3", "for all", "", LATER),
        form("F4", "other child", "somebody", LATER),
        form("F5", "draft", "draft"),
        form("F6", "withdrawn", "withdrawn", LATER, status="withdrawn"),
    ]
    found = cases(tmp_path, *(row["incident_ref"] for row in forms), referrals=forms)
    assert found.of_children("is_referred", "since") == {
        ("at", "at"): (True, Since.REFERRED),
        ("before", "before"): (False, Since.UNSEEN),
        ("draft", "draft"): (False, Since.UNSEEN),
        ("for all", "for all"): (True, Since.REFERRED),
        ("other child", "other child"): (False, Since.UNSEEN),
        ("withdrawn", "withdrawn"): (False, Since.UNSEEN),
    }


def test_a_form_under_another_incident_refers_the_child_since_from_the_moment_of_the_report_on(tmp_path: Path) -> None:
    forms = [
        form("F1", "at/o", "at", REPORTED),
        form("F2", "before/o", "before", "2026-11-10T09:59:59"),
        form("F3", "for all/o", "", LATER),  # the children rows of the other incident have the child
        form("F4", "stranger", "without a row", LATER),  # it names the child, though none of its children rows does
        form("F5", "stranger", "", LATER),  # for all of an incident that has none of these children
        form("F6", "draft/o", "draft"),
    ]
    names = ("at", "before", "for all", "without a row", "draft")
    found = cases(tmp_path, *names, incidents=[incident("stranger", EARLIER)], referrals=forms)
    assert since(found) == {
        "at": Since.REFERRED_SINCE,
        "before": Since.UNSEEN,
        "draft": Since.UNSEEN,
        "for all": Since.REFERRED_SINCE,
        "without a row": Since.REFERRED_SINCE,
    }
    later = found.of_children("later_referral_ref", "later_referral_at")
    assert later["at", "at"] == ("F1", instant(REPORTED))
    assert later["before", "before"] == (None, None)
    assert later["for all", "for all"] == ("F3", instant(LATER))


def test_of_later_forms_the_first_counts_then_the_lower_reference_and_never_one_of_the_incident(tmp_path: Path) -> None:
    forms = [
        *(form("F9", f"{name}/o", name, LATER) for name in ("first", "same moment", "own before")),
        form("F8", "first/o", "first", "2026-11-14T10:00"),
        form("F7", "first/o", "first", "2026-11-09T10:00"),
        form("F2", "same moment/o", "same moment", LATER),
        form("F3", "same moment/o", "same moment", LATER),
        *(form(f"F{number}", "own before", "own before", f"2026-11-1{number}T10:00") for number in (1, 2, 3)),
        form("F1", "own and other", "own and other", LATER),
        form("F1", "own and other/o", "", LATER),
        form("F0", "own and other", "own and other", LATER),
        form("F5", "only own", "only own", LATER),
    ]
    names = ("first", "same moment", "own before", "own and other", "only own")
    found = cases(tmp_path, *names, referrals=forms).of_children("later_referral_ref", "since")
    assert {ref: told for (ref, _), told in found.items()} == {
        "first": ("F8", Since.REFERRED_SINCE),
        "own and other": ("F1", Since.REFERRED),
        "own before": ("F9", Since.REFERRED),
        "only own": (None, Since.REFERRED),
        "same moment": ("F2", Since.REFERRED_SINCE),
    }


def test_what_a_duplicate_holds_is_its_masters(tmp_path: Path) -> None:
    """A form under the duplicate is one for the master itself, and the duplicate is no later incident."""
    duplicate = incident("D", LATER, status="duplicate", duplicate_of="I1")
    nobodys = incident("N", LATER, status="duplicate", duplicate_of="gone")
    found = swept(
        tmp_path,
        incidents=[incident("I1", REPORTED), duplicate, nobodys],
        children=[child("C1"), child("C1", "D"), child("C2", "D"), child("C2", "N")],
        referrals=[form("F1", "D", "C1", LATER)],
    )
    assert found.of_children("since", "later_referral_ref", "later_incidents", "latest_incident_ref") == {
        ("I1", "C1"): (Since.REFERRED, None, 0, None),
        ("I1", "C2"): (Since.MET_SINCE, None, 1, "N"),
        ("N", "C2"): (Since.UNSEEN, None, 0, None),
    }


def test_a_later_incident_is_one_of_any_kind_reported_a_second_after(tmp_path: Path) -> None:
    found = {
        at: cases(tmp_path / at[-2:], "C", other=at).of_children("later_incidents", "latest_incident_at", "since")
        for at in (REPORTED, "2026-11-10T10:00:01")
    }
    assert found == {
        REPORTED: {("C", "C"): (0, None, Since.UNSEEN)},
        "2026-11-10T10:00:01": {("C", "C"): (1, instant("2026-11-10T10:00:01"), Since.MET_SINCE)},
    }


def test_the_latest_incident_is_the_last_by_time_and_then_by_reference(tmp_path: Path) -> None:
    rows = [
        incident("I1", REPORTED),
        incident("I4", LATER),
        incident("I3", LATER, domestic_abuse="no"),
        incident("I2", "2026-11-14T10:00"),
    ]
    children = [child("C1", row["incident_ref"]) for row in rows]
    found = swept(tmp_path, incidents=rows, children=children)
    assert found.of_children("later_incidents", "latest_incident_ref", "latest_incident_at") == {
        ("I1", "C1"): (3, "I4", instant(LATER)),
        ("I2", "C1"): (2, "I4", instant(LATER)),
        ("I3", "C1"): (0, None, None),
        ("I4", "C1"): (0, None, None),
    }


def test_a_plan_is_current_on_its_last_day_and_a_previous_one_the_day_after(tmp_path: Path) -> None:
    """The extract describes 22 November, in London."""
    plans = [
        plan("ends today", "2026-01-01", "2026-11-22"),
        plan("ended yesterday", "2026-01-01", "2026-11-21", "LAC"),
        plan("starts today", "2026-11-22", kind="CIN"),
        plan("starts tomorrow", "2026-11-23"),
        plan("one after the other", "2025-01-01", "2026-11-20"),
        plan("one after the other", "2026-11-21", kind="CIN"),
    ]
    names = dict.fromkeys(row["child_ref"] for row in plans)
    found = cases(tmp_path, *names, "none", plans=plans).of_children("current_plan", "previous_plan", "since")
    assert {ref: told for (ref, _), told in found.items()} == {
        "ended yesterday": (False, True, Since.UNSEEN),
        "ends today": (True, False, Since.ON_A_PLAN),
        "none": (False, False, Since.UNSEEN),
        "one after the other": (True, False, Since.ON_A_PLAN),
        "starts today": (True, False, Since.ON_A_PLAN),
        "starts tomorrow": (False, False, Since.UNSEEN),
    }


def test_a_plan_that_could_not_be_read_leaves_open_what_is_not_proved(tmp_path: Path) -> None:
    unread = [plan(name, "not a day") for name in ("nothing else", "current", "ended")]
    read = [plan("current", "2026-01-01"), plan("ended", "2026-01-01", "2026-02-01")]
    found = cases(tmp_path, "nothing else", "current", "ended", plans=[*unread, *read])
    told = found.of_children("current_plan", "previous_plan", "since", "since_in_words")
    nothing = "no submitted referral found; no later incident found"
    assert {ref: row for (ref, _), row in told.items()} == {
        "current": (
            *(True, False, Since.ON_A_PLAN),
            f"{nothing}; CP plan from 01/01/2026; 1 plan row could not be read",
        ),
        "ended": (
            *(None, True, Since.UNSEEN),
            f"{nothing}; CP plan from 01/01/2026 to 01/02/2026; 1 plan row could not be read",
        ),
        "nothing else": (None, None, Since.UNSEEN, f"{nothing}; 1 plan row could not be read"),
    }


def test_what_a_table_would_tell_that_is_not_there_is_not_known(tmp_path: Path) -> None:
    found = cases(tmp_path, "C")
    assert found.of_children("current_plan", "previous_plan", "missing_episodes", "since", "since_in_words") == {
        ("C", "C"): (None, None, None, Since.UNSEEN, "no submitted referral found; no later incident found")
    }


def test_missing_episodes_count_but_for_cancelled_ones(tmp_path: Path) -> None:
    episodes = [
        *(episode(f"M{number}", "two") for number in (1, 2)),
        episode("M3", "two", status="cancelled"),
        episode("M4", "one and one not read"),
        episode("M5", "one and one not read", returned_at="not a time"),
        episode("M6", "not read", returned_at="not a time"),
        episode("M7", "read after all"),
        episode("M7", "read after all", returned_at="not a time"),
        episode("M8", "cancelled", status="cancelled"),
    ]
    names = dict.fromkeys(row["child_ref"] for row in episodes)
    found = cases(tmp_path, *names, "none", missing_episodes=episodes).of_children("missing_episodes", "since_in_words")
    nothing = "no submitted referral found; no later incident found"
    assert {ref: told for (ref, _), told in found.items()} == {
        "cancelled": (0, nothing),
        "none": (0, nothing),
        "not read": (None, f"{nothing}; 1 episode could not be read"),
        "one and one not read": (1, f"{nothing}; missing once; 1 episode could not be read"),
        "read after all": (1, f"{nothing}; missing once"),
        "two": (2, f"{nothing}; missing 2 times"),
    }


def test_a_form_that_could_not_be_read_may_be_any_childs_that_it_names(tmp_path: Path) -> None:
    forms = [
        form("F1", "own", "own", **NOT_READ),
        form("F2", "own for all", "", **NOT_READ),
        form("F3", "other/o", "other", **NOT_READ),
        form("F4", "other for all/o", "", **NOT_READ),
        form("F5", "", "child alone", LATER),
        form("F6", "not there", "orphan", LATER),
        form("F7", "", "", **NOT_READ),  # it names nobody: it would be everybody's
        form("F8", "nobody's/o", "somebody", **NOT_READ),
    ]
    names = ("own", "own for all", "other", "other for all", "child alone", "orphan", "nobody's")
    found = cases(tmp_path, *names, other=LATER, referrals=forms).of_children("is_referred", "since")
    assert {ref: told for (ref, _), told in found.items()} == {
        "child alone": (False, Since.CANNOT_TELL),
        "nobody's": (False, Since.MET_SINCE),
        "orphan": (False, Since.CANNOT_TELL),
        "other": (False, Since.CANNOT_TELL),
        "other for all": (False, Since.CANNOT_TELL),
        "own": (None, Since.CANNOT_TELL),
        "own for all": (None, Since.CANNOT_TELL),
    }


def test_what_is_proved_is_so_whatever_could_not_be_read(tmp_path: Path) -> None:
    forms = [form(f"F/{name}", name, name, **NOT_READ) for name in ("referred", "since", "plan")]
    forms += [form("F1", "referred", "", LATER), form("F2", "since/o", "since", LATER)]
    found = cases(tmp_path, "referred", "since", "plan", referrals=forms, plans=[plan("plan", "2026-01-01")])
    assert since(found) == {"plan": Since.ON_A_PLAN, "referred": Since.REFERRED, "since": Since.REFERRED_SINCE}


def test_of_several_things_that_are_so_the_first_in_order_is_told(tmp_path: Path) -> None:
    """Each case has a plan and is met again; the first two were referred since, the first for the incident too."""
    names = ("all", "all but one", "plan")
    forms = [form("F1", "all", "", LATER), *(form(f"F/{name}", f"{name}/o", "", LATER) for name in names[:2])]
    plans = [plan(name, "2026-01-01") for name in names]
    found = cases(tmp_path, *names, other=LATER, referrals=forms, plans=plans)
    assert since(found) == {"all": Since.REFERRED, "all but one": Since.REFERRED_SINCE, "plan": Since.ON_A_PLAN}


def test_an_unnamed_rest_is_referred_by_a_form_for_all_or_cannot_be_told(tmp_path: Path) -> None:
    rows = [incident(ref, REPORTED, child_count="2") for ref in ("for all", "for one", "nothing")]
    children = [child(f"C/{row['incident_ref']}", row["incident_ref"]) for row in rows]
    forms = [form("F1", "for all", "", LATER), form("F2", "for one", "C/for one", LATER)]
    tables: dict[str, Any] = {"plans": [plan("C/nothing", "2026-01-01")], "missing_episodes": [episode("M1", "C9")]}
    found = swept(tmp_path, incidents=rows, children=children, referrals=forms, **tables)
    unknown = (None, None, None, None)
    names = ("age_band", "since", "later_incidents", "current_plan", "previous_plan", "missing_episodes")
    assert found.of_children(*names) == {
        ("for all", "C/for all"): ("5-11", Since.REFERRED, 0, False, False, 0),
        ("for all", None): ("unknown", Since.REFERRED, *unknown),
        ("for one", "C/for one"): ("5-11", Since.REFERRED, 0, False, False, 0),
        ("for one", None): ("unknown", Since.CANNOT_TELL, *unknown),
        ("nothing", "C/nothing"): ("5-11", Since.ON_A_PLAN, 0, True, False, 0),
        ("nothing", None): ("unknown", Since.CANNOT_TELL, *unknown),
    }
    assert found.children.get_column("child_ref").to_list()[:2] == ["C/for all", None]
    assert found.of_children("since_in_words")["for one", None] == (
        "no submitted referral found; without a name nobody can tell what happened since"
    )


def test_whoever_is_or_may_be_a_child_has_a_line(tmp_path: Path) -> None:
    rows = [
        child("adult", date_of_birth="2008-11-10"),  # 18 on the day of the report
        child("nearly", date_of_birth="2008-11-11"),
        child("unknown", date_of_birth=""),
        child("unborn", date_of_birth="", unborn="yes"),
    ]
    found = swept(tmp_path, incidents=[incident("I1", REPORTED)], children=rows)
    assert found.of_children("age_band", "since") == {
        ("I1", "nearly"): ("16-17", Since.UNSEEN),
        ("I1", "unborn"): ("unborn", Since.UNSEEN),
        ("I1", "unknown"): ("unknown", Since.UNSEEN),
    }


def test_the_words_tell_all_of_it_with_londons_days(tmp_path: Path) -> None:
    """23:30 UTC on a summer's night is the next day in London."""
    summer = "2026-07-01T10:00:00"
    rows = [incident("I1", summer), incident("I2", "2026-07-02T23:30:00Z"), incident("I3", "2026-07-01T09:00")]
    children = [child(ref, of["incident_ref"]) for of in rows for ref in ("C1", "C2")]
    forms = [form("F1", "I1", "C1", "2026-07-03T23:30:00Z"), form("F2", "I3", "C2", "2026-07-04T23:30:00Z")]
    plans = [plan("C1", "2025-03-01", "2026-07-04"), plan("C1", "2026-07-05", kind="CIN")]
    found = swept(tmp_path, "I1", incidents=rows, children=children, referrals=forms, plans=plans)
    assert found.of_children("since_in_words") == {
        ("I1", "C1"): "referred for this incident on 04/07/2026; met again in 1 later incident, I2 of 03/07/2026;"
        " CP plan from 01/03/2025 to 04/07/2026; CIN plan from 05/07/2026",
        ("I1", "C2"): "referred 05/07/2026 under I3 (F2); met again in 1 later incident, I2 of 03/07/2026;"
        " no plan found",
    }
    unread = form("F3", "I3", "C2", **NOT_READ)
    again = swept(tmp_path / "unread", "I3", incidents=rows, children=children, referrals=[unread], plans=plans)
    assert again.of_children("since_in_words")["I3", "C2"] == (
        "no submitted referral found; a form could not be read; met again in 2 later incidents, the latest I2 of"
        " 03/07/2026; no plan found"
    )


def test_only_the_swept_incidents_have_lines_and_all_count_as_later_ones(tmp_path: Path) -> None:
    rows = [incident("I1", EARLIER), incident("I2", REPORTED), incident("I3", LATER)]
    children = [child("C1", row["incident_ref"]) for row in rows]
    found = swept(tmp_path, "I2", incidents=rows, children=children)
    assert found.of_children("later_incidents", "latest_incident_ref") == {("I2", "C1"): (1, "I3")}


def test_an_extract_without_a_row_has_no_children(tmp_path: Path) -> None:
    found = swept(tmp_path)
    assert found.children.schema == SWEPT_CHILDREN
    assert found.children.is_empty()


def test_the_plan_holds_no_python_function_and_can_be_sent_elsewhere(tmp_path: Path) -> None:
    rows = [incident("I1", REPORTED, child_count="3"), incident("I2", LATER)]
    extract = write(
        tmp_path, incidents=rows, children=[child("C1"), child("C1", "I2")], plans=[plan("C1", "2026-01-01")]
    )
    prepared = prepare(Order(extract, AS_OF, Config(), None))
    plan_ = children_plan(prepared, pl.Series(["I1", "I2"]))
    assert "PYTHON" not in plan_.explain().upper()
    again = pl.LazyFrame.deserialize(plan_.serialize())
    assert again.collect().equals(plan_.collect())
    assert plan_.collect(engine="streaming").equals(plan_.collect())
