"""The triage of a sweep: what each part counts, what it weighs, and how the score is worked out from the row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.config import Config
from checker.config.parts import Triage
from checker.facts import SUBJECTS
from checker.facts.joins import ordered_groups
from checker.facts.subjects.swept_incident import PARTS, SWEPT_INCIDENT
from checker.models import TRIAGE, Since, TriagePart
from checker.pipeline.order import Order, Prepared, prepare
from tests.facts.small import AS_OF, child, children_plan, incident, swept, swept_of, triage_plan, write
from tests.strategies import Drawn, mostly_valid_extracts, nasty_extracts, write_extract

REPORTED, EARLIER, LATER = "2026-11-10T10:00:00", "2026-11-01T10:00:00", "2026-11-15T10:00:00"
COUNTS = [part.value for part in TriagePart]
POINTS = [part.points for part in TriagePart]


def form(ref: str, incident_ref: str, child_ref: str = "", submitted_at: str = LATER) -> dict[str, str]:
    return {"referral_ref": ref, "incident_ref": incident_ref, "child_ref": child_ref, "submitted_at": submitted_at}


def plan(child_ref: str, started_on: str, ended_on: str = "") -> dict[str, str]:
    return {"child_ref": child_ref, "plan": "CIN", "started_on": started_on, "ended_on": ended_on}


def graded(ref: str, reported_at: str, risk_level: str = "", victim_ref: str = "V1", **cells: str) -> dict[str, str]:
    return incident(ref, reported_at, risk_level=risk_level, victim_ref=victim_ref, **cells)


# The row of rules/README.md, worked out there: of the two children C1 is under 5, was once on a plan and has no
# referral; C2 was referred since.
INCIDENTS = [
    graded("I1", REPORTED, "standard", risk_form_ref="DASH-1"),
    *(graded(f"B{number}", EARLIER) for number in (1, 2)),
    *(graded(f"S{number}", LATER, "high" if number == 7 else "standard") for number in range(1, 8)),
    incident("O", EARLIER),
]
EXAMPLE: dict[str, list[dict[str, str]]] = {
    "incidents": INCIDENTS,
    "children": [child("C1", date_of_birth="2024-01-01"), child("C2"), child("C2", "O")],
    "referrals": [form("F1", "O", "C2")],
    "plans": [plan("C1", "2025-03-01", "2026-07-04")],
    "missing_episodes": [],
}


def test_the_facts_are_those_of_the_sweep_and_none_that_a_rule_may_ask() -> None:
    assert list(SWEPT_INCIDENT.schema.items()) == list(TRIAGE.items())
    assert SWEPT_INCIDENT.name not in SUBJECTS
    assert all(fact.description for fact in SWEPT_INCIDENT.facts)


def test_every_part_has_its_weight_in_the_policy_and_every_weight_its_part() -> None:
    assert [part.name for part in PARTS] == COUNTS
    assert set(COUNTS) == set(Triage.model_fields) - {"most_counted"}


def test_the_score_is_the_sum_of_weight_times_count_up_to_the_most_that_counts(tmp_path: Path) -> None:
    found = swept(tmp_path, "I1", **EXAMPLE)
    (row,) = found.triage.to_dicts()
    assert [row[name] for name in COUNTS] == [1, 1, 0, 1, 1, 1, 2, 7, 1, 0, 0]
    assert [row[name] for name in COUNTS] == [part.sample for part in PARTS]  # as the page has them
    assert [row[name] for name in POINTS] == [30, 10, 0, 8, 5, 10, 6, 25, 20, 0, 0]
    assert row["score"] == 114
    assert (row["children"], row["protected_children"], row["unseen_children"]) == (2, 1, 1)
    assert row["since_in_words"] == (
        "C1: no submitted referral found; no later incident found; CIN plan from 01/03/2025 to 04/07/2026\n"
        "C2: referred 15/11/2026 under O (F1); no later incident found; no plan found"
    )


def test_a_force_gives_other_weights(tmp_path: Path) -> None:
    policy = {"triage": {"incidents_since": 7, "most_counted": 6, "unreferred_children": 0}}
    found = swept(tmp_path, "I1", policy=policy, **EXAMPLE).of_incidents(*POINTS, "score")
    assert found == {"I1": (0, 10, 0, 8, 5, 10, 6, 42, 20, 0, 0, 101)}


def test_what_a_table_would_tell_that_is_not_there_is_null_and_adds_nothing(tmp_path: Path) -> None:
    tables = {name: rows for name, rows in EXAMPLE.items() if name not in ("plans", "missing_episodes")}
    (row,) = swept(tmp_path, "I1", **tables).triage.to_dicts()
    assert [row[name] for name in COUNTS] == [1, 1, None, None, 1, 1, 2, 7, 1, None, 0]
    assert [row[name] for name in POINTS] == [30, 10, None, None, 5, 10, 6, 25, 20, None, 0]
    assert row["score"] == 106


def test_an_incident_without_children_or_references_scores_by_itself(tmp_path: Path) -> None:
    tables: dict[str, Any] = {"plans": [], "missing_episodes": []}
    (row,) = swept(tmp_path, incidents=[incident()], **tables).triage.to_dicts()
    assert [row[name] for name in COUNTS] == [0] * 10 + [1]
    assert (row["children"], row["score"], row["since_in_words"]) == (0, 10, None)


def test_an_extract_without_a_row_has_no_triage(tmp_path: Path) -> None:
    found = swept(tmp_path)
    assert found.triage.schema == TRIAGE
    assert found.triage.is_empty()


def test_children_are_to_be_referred_unless_surely_the_incident_is_not_of_the_kind(tmp_path: Path) -> None:
    rows = [
        incident("abuse", REPORTED),
        incident("not known", REPORTED, domestic_abuse=""),
        incident("concern", REPORTED, domestic_abuse="no", concern_types="Neglect"),
        incident("neither", REPORTED, domestic_abuse="no", concern_types="missing"),
    ]
    other = incident("O", EARLIER)
    children = [child(f"{ref}{row['incident_ref']}", row["incident_ref"]) for row in rows for ref in ("A", "B")]
    later = [child(f"B{row['incident_ref']}", "O") for row in rows]
    tables: dict[str, Any] = {"incidents": [*rows, other], "children": [*children, *later]}
    found = swept(tmp_path, *(row["incident_ref"] for row in rows), referrals=[form("F1", "O")], **tables)
    assert found.of_incidents("unreferred_children", "referred_later_children", "unseen_children") == {
        "abuse": (1, 1, 1),
        "not known": (1, 1, 1),
        "concern": (1, 1, 1),
        "neither": (0, 0, 1),
    }


def test_a_child_counts_as_unreferred_by_what_has_become_of_it(tmp_path: Path) -> None:
    """A child each: on a plan, met since, not seen since, of an unreadable form, referred for it, referred since."""
    names = ("plan", "met", "unseen", "unread", "referred", "later")
    forms = [form("F1", "I1", "referred"), form("F2", "O", "later"), form("F3", "O", "unread", "not a time")]
    of_others = [child("met", "S"), child("later", "O"), child("unread", "O")]
    rows = [incident("I1", REPORTED), incident("S", LATER), incident("O", EARLIER)]
    children = [child(name) for name in names] + of_others
    found = swept(
        tmp_path, "I1", incidents=rows, children=children, referrals=forms, plans=[plan("plan", "2026-01-01")]
    )
    assert {ref: since for (_, ref), since in found.of_children("since").items()} == {
        "plan": Since.ON_A_PLAN,
        "met": Since.MET_SINCE,
        "unseen": Since.UNSEEN,
        "unread": Since.CANNOT_TELL,
        "referred": Since.REFERRED,
        "later": Since.REFERRED_SINCE,
    }
    counted = ("unreferred_children", "referred_later_children", "protected_children", "unseen_children")
    assert found.of_incidents(*counted) == {"I1": (4, 1, 3, 1)}


def test_an_unnamed_rest_counts_as_all_of_its_children_but_is_one_line(tmp_path: Path) -> None:
    rows = [
        incident("three", REPORTED, child_count="3"),
        incident("one more", REPORTED, child_count="2"),
        incident("a number unknown", REPORTED, children_in_household="yes"),
        incident("all listed", REPORTED, child_count="1"),
        incident("more listed", REPORTED, child_count="1"),
    ]
    children = [child("C1", "one more"), child("C2", "all listed"), child("C3", "more listed")]
    children.append(child("C4", "more listed"))
    found = swept(tmp_path, incidents=rows, children=children)
    assert found.of_incidents("children", "several_children", "unreferred_children", "young_children") == {
        "three": (3, 1, 1, 1),
        "one more": (2, 1, 2, 1),
        "a number unknown": (1, 0, 1, 1),
        "all listed": (1, 0, 1, 0),
        "more listed": (2, 1, 2, 0),
    }
    assert found.of_incidents("since_in_words")["one more"] == (
        "C1: no submitted referral found; no later incident found\n"
        "unnamed: no submitted referral found; without a name nobody can tell what happened since"
    )


def test_a_child_is_young_before_its_fifth_birthday_unborn_or_of_unknown_age(tmp_path: Path) -> None:
    rows = {
        "five the day after": child(incident_ref="five the day after", date_of_birth="2021-11-11"),
        "fifth birthday": child(incident_ref="fifth birthday", date_of_birth="2021-11-10"),
        "unborn": child(incident_ref="unborn", date_of_birth="", unborn="yes"),
        "unknown": child(incident_ref="unknown", date_of_birth=""),
    }
    found = swept(tmp_path, incidents=[incident(ref, REPORTED) for ref in rows], children=list(rows.values()))
    young = {"five the day after": 1, "fifth birthday": 0, "unborn": 1, "unknown": 1}
    assert found.of_incidents("young_children") == young


def test_plans_and_episodes_of_all_children_are_counted(tmp_path: Path) -> None:
    names = ("now", "once", "never")
    episodes = [
        {"episode_ref": f"M{number}", "child_ref": ref, "reported_at": EARLIER}
        for number, ref in enumerate(("now", "now", "once", "somebody else"))
    ]
    found = swept(
        tmp_path,
        incidents=[incident("I1", REPORTED)],
        children=[child(name) for name in names],
        plans=[
            plan("now", "2026-11-22"),
            plan("now", "2025-01-01", "2025-02-01"),
            plan("once", "2025-01-01", "2026-11-21"),
        ],
        missing_episodes=episodes,
    )
    assert found.of_incidents("current_plan_children", "previous_plan_children", "missing_episodes") == {
        "I1": (1, 1, 3)
    }


REPEATS = ("incidents_before", "incidents_since")


def test_an_incident_is_before_or_after_to_the_second(tmp_path: Path) -> None:
    rows = [
        graded("I1", REPORTED),
        graded("same second", REPORTED),
        graded("before", "2026-11-10T09:59:59"),
        graded("after", "2026-11-10T10:00:01"),
    ]
    assert swept(tmp_path, incidents=rows).of_incidents(*REPEATS) == {
        "I1": (1, 1),
        "same second": (1, 1),
        "before": (0, 3),
        "after": (3, 0),
    }


def test_of_victim_suspect_and_child_that_with_the_most_counts_and_a_place_counts_nothing(tmp_path: Path) -> None:
    rows = [
        incident("I1", REPORTED, victim_ref="V1", suspect_ref="S1", location_ref="L1"),
        *(incident(f"V{number}", EARLIER, victim_ref="V1") for number in range(2)),
        *(incident(f"S{number}", EARLIER, suspect_ref="S1") for number in range(3)),
        *(incident(f"L{number}", EARLIER, location_ref="L1") for number in range(5)),
        incident("X", EARLIER, victim_ref="S1", suspect_ref="V1"),  # the same reference in another part
        *(incident(f"C{number}", LATER) for number in range(4)),
        incident("D", LATER, victim_ref="V1"),
    ]
    children = [child("a"), child("b"), *(child("a", f"C{number}") for number in range(2))]
    children += [child("b", f"C{number}", date_of_birth="2000-01-01") for number in range(1, 4)]
    found = swept(tmp_path, "I1", incidents=rows, children=children)
    assert found.of_incidents(*REPEATS) == {"I1": (3, 3)}


def test_what_counts_is_of_the_kind_or_may_be_and_answers_for_itself(tmp_path: Path) -> None:
    rows = [
        graded("I1", REPORTED, domestic_abuse="no"),  # whatever it is itself
        graded("not of it", EARLIER, domestic_abuse="no"),
        graded("not known", EARLIER, domestic_abuse=""),
        graded("concern", EARLIER, domestic_abuse="no", concern_types="neglect"),
        graded("duplicate", LATER, status="duplicate", duplicate_of="concern"),
        graded("nobody's duplicate", LATER, status="duplicate", duplicate_of="gone"),
        graded("cancelled", LATER, status="cancelled"),
    ]
    assert swept(tmp_path, "I1", incidents=rows).of_incidents(*REPEATS) == {"I1": (2, 2)}


def test_risk_is_raised_by_a_higher_grade_since(tmp_path: Path) -> None:
    """Of each pair the second was graded a second after the first; a blank one of its own counts as standard."""
    raised = {
        ("standard", "medium"): 1,
        ("standard", "high"): 1,
        ("medium", "high"): 1,
        ("standard", "standard"): 0,
        ("high", "medium"): 0,
        ("high", "high"): 0,
        ("standard", ""): 0,
        ("", "standard"): 0,
        ("", "medium"): 1,
        ("", "high"): 1,
        ("", ""): 0,
    }
    rows = []
    for own, later in raised:
        ref = f"{own or 'blank'} then {later or 'blank'}"
        rows += [
            graded(ref, REPORTED, own, ref),
            graded(f"{ref}/2", "2026-11-10T10:00:01", later, ref),
            graded(f"{ref}/3", LATER, "", ref),
        ]
    found = swept(tmp_path, incidents=rows).of_incidents("risk_raised_later")
    assert {pair: found[f"{pair[0] or 'blank'} then {pair[1] or 'blank'}"] for pair in raised} == raised


def test_risk_is_raised_only_since_and_only_by_what_counts(tmp_path: Path) -> None:
    def pair(ref: str, reported_at: str, **cells: str) -> list[dict[str, str]]:
        return [graded(ref, REPORTED, "standard", ref), graded(f"{ref}/2", reported_at, "high", ref, **cells)]

    rows = [
        *pair("before", EARLIER),
        *pair("same second", REPORTED),
        *pair("not of the kind", LATER, domestic_abuse="no"),
        *pair("duplicate", LATER, status="duplicate", duplicate_of="duplicate"),
        *pair("since", LATER),
        graded("same place", REPORTED, "standard", "", location_ref="L1"),
        graded("same place/2", LATER, "high", "", location_ref="L1"),
        graded("same suspect", REPORTED, "standard", "", suspect_ref="S1"),
        graded("same suspect/2", LATER, "high", "", suspect_ref="S1"),
        graded("same child", REPORTED, "standard", ""),
        graded("same child/2", LATER, "high", ""),
    ]
    refs = [row["incident_ref"] for row in rows if "/" not in row["incident_ref"]]
    children = [child("C1", "same child"), child("C1", "same child/2")]
    found = swept(tmp_path, *refs, incidents=rows, children=children).of_incidents("risk_raised_later")
    assert [ref for ref in refs if found[ref]] == ["since", "same suspect", "same child"]


def test_a_risk_form_is_there_by_its_reference_or_its_time(tmp_path: Path) -> None:
    rows = [
        incident("none", REPORTED),
        incident("reference", REPORTED, risk_form_ref="DASH-1"),
        incident("time", REPORTED, risk_form_at=LATER),
    ]
    assert swept(tmp_path, incidents=rows).of_incidents("no_risk_form") == {"none": 1, "reference": 0, "time": 0}


def test_the_plan_holds_no_python_function_and_can_be_sent_elsewhere(tmp_path: Path) -> None:
    prepared = prepare(Order(write(tmp_path, **EXAMPLE), AS_OF, Config(), None))
    refs = pl.Series(["I1", "S1", "S7"])
    children = children_plan(prepared, refs).collect()
    plan_ = triage_plan(prepared, refs, children)
    assert "PYTHON" not in plan_.explain().upper()
    again = pl.LazyFrame.deserialize(plan_.serialize())
    assert again.collect().equals(plan_.collect())
    assert plan_.collect(engine="streaming").sort("incident_ref").equals(plan_.collect().sort("incident_ref"))


# --- lines against comparing each with all others ---

MOMENT = datetime(2026, 11, 10, tzinfo=UTC)
in_line = st.tuples(
    st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 4), st.integers(0, 2), st.integers(0, 3)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(in_line, max_size=12))
def test_lines_tell_what_comparing_each_with_all_others_tells(drawn: list[tuple[str, str, int, int, int]]) -> None:
    names = ("link", "ref", "minute", "counted", "number")
    rows = pl.DataFrame(
        drawn, schema=dict(zip(names, (pl.String, pl.String, *[pl.Int64] * 3), strict=True)), orient="row"
    )
    told = rows.with_row_index("place").with_columns(reported_at=pl.lit(MOMENT) + pl.duration(minutes="minute"))
    found = (
        ordered_groups.in_groups(told.lazy(), ["link", "ref"], then_by=["place"])
        .with_columns(
            before=ordered_groups.before(pl.col("counted")),
            after=ordered_groups.after(pl.col("counted")),
            greatest=ordered_groups.greatest_after(pl.col("number"), 3),
            latest=ordered_groups.last("place"),
        )
        .sort("place")
        .select("before", "after", "greatest", "latest")
        .collect()
    )
    expected = []
    for link, ref, minute, _, _ in drawn:
        line = [(other[2], place, other) for place, other in enumerate(drawn) if other[:2] == (link, ref)]
        since = [other for at, _, other in line if at > minute]
        before = sum(other[3] for at, _, other in line if at < minute)
        greatest = max((other[4] for other in since), default=0)
        expected.append((before, sum(other[3] for other in since), greatest, max(line)[1]))
    assert found.rows() == expected


@settings(max_examples=8, deadline=None)
@given(mostly_valid_extracts() | nasty_extracts())
def test_an_extract_is_counted_as_comparing_each_incident_with_all_others_counts_it(drawn: Drawn) -> None:
    with TemporaryDirectory() as folder:
        extract = write_extract(Path(folder), drawn.tables, drawn.span, drawn.absent)
        prepared = prepare(Order(extract, drawn.as_of.isoformat(), Config(), None))
    found = swept_of(prepared)
    columns = ("incidents_before", "incidents_since", "risk_raised_later")
    assert found.of_incidents(*columns) == repeats_of(prepared)
    told = ("later_referral_ref", "later_referral_at", "later_incidents", "latest_incident_ref", "latest_incident_at")
    named = {key: row for key, row in found.of_children(*told).items() if key[1] is not None}
    assert named == {key: later_of(prepared, *key) for key in named}
    assert (
        found.triage.get_column("score").to_list()
        == found.triage.select(pl.sum_horizontal(POINTS)).to_series().to_list()
    )


def rows_of(prepared: Prepared) -> tuple[list[dict[str, Any]], set[tuple[str, str]]]:
    """The incidents that answer for themselves, with `is_such`, and the pairs of them and their children."""
    tables, signs = prepared.tables, ("incident_ref", "is_domestic_abuse", "has_referable_concern")
    such = (
        SUBJECTS["incident"]
        .plan(tables, prepared.context, signs)
        .select("incident_ref", is_such=pl.col("is_domestic_abuse") | pl.col("has_referable_concern"))
    )
    incidents = tables.incidents.join(such, on="incident_ref").collect().to_dicts()
    return incidents, set(tables.children.select("primary_ref", "child_ref").collect().rows())


def repeats_of(prepared: Prepared) -> dict[str, tuple[int, int, int]]:
    """By comparing each incident with all others: how many before and since, and whether the risk was raised."""
    incidents, children = rows_of(prepared)
    grades = {"standard": 1, "medium": 2, "high": 3, None: 0}

    def links(row: dict[str, Any]) -> set[tuple[str, str]]:
        shared = {(name, row[name]) for name in ("victim_ref", "suspect_ref") if row[name] is not None}
        return shared | {("child", child_ref) for ref, child_ref in children if ref == row["incident_ref"]}

    def counted(row: dict[str, Any], when: Callable[[datetime], bool]) -> tuple[int, int]:
        others = [other for other in incidents if other["is_such"] is not False and when(other["reported_at"])]
        sharing = [[other for other in others if link in links(other)] for link in links(row)]
        grade = max((grades[other["risk_level"]] for of_link in sharing for other in of_link), default=0)
        return max(map(len, sharing), default=0), grade

    found = {}
    for row in incidents:
        at, own = row["reported_at"], max(grades[row["risk_level"]], 1)
        before, _ = counted(row, lambda other, at=at: other < at)
        since, grade = counted(row, lambda other, at=at: other > at)
        found[row["incident_ref"]] = (before, since, int(grade > own))
    return found


def later_of(prepared: Prepared, incident_ref: str, child_ref: str) -> tuple[object, ...]:
    """By comparing with all others: the first later referral of the child, how many later incidents, and the latest."""
    incidents, children = rows_of(prepared)
    at = {row["incident_ref"]: row["reported_at"] for row in incidents}
    own = at[incident_ref]
    forms = prepared.tables.referrals.filter(pl.col("status") == "submitted").collect().to_dicts()
    speaking = [
        (row["submitted_at"], row["referral_ref"])
        for row in forms
        if (row["child_ref"] or child_ref) == child_ref
        and (row["child_ref"] is not None or (row["primary_ref"], child_ref) in children)
        and row["primary_ref"] != incident_ref
        and row["submitted_at"] >= own
    ]
    submitted_at, referral_ref = min(speaking, default=(None, None))
    later = [(at[ref], ref) for ref, of in children if of == child_ref and at[ref] > own]
    latest_at, latest = max(later, default=(None, None))
    return referral_ref, submitted_at, len(later), latest, latest_at


def test_a_children_row_that_could_not_be_read_is_a_child_who_may_be_missed(tmp_path: Path) -> None:
    """It counts as unreferred (30) and, its age being unknown, as young (10); so no incident is last for want of it."""
    rows = [child("C1", "A", date_of_birth="not a day"), child("C2", "B"), child("C3", "B", date_of_birth="not a day")]
    found = swept(tmp_path, incidents=[graded("A", REPORTED), graded("B", REPORTED, victim_ref="V2")], children=rows)
    told = found.children.select("incident_ref", "child_ref", "since").rows()
    assert told == [("A", None, "cannot tell"), ("B", "C2", "not seen since"), ("B", None, "cannot tell")]
    counts = found.triage.select("incident_ref", "children", "unreferred_children", "young_children").rows()
    assert counts == [("A", 1, 1, 1), ("B", 2, 2, 1)]
