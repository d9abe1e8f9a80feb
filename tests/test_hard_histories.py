"""What came before an incident (HIS) and how often a child went missing (MIS), worked out by hand.

The checker and the second reading must both come out so. All is invented.
"""

from tests.hand_rows import (
    REPORTED,
    by_child,
    by_incident,
    child,
    episode,
    incident,
    instant,
    of_several,
    outcomes,
    reading,
    referral,
)
from tests.second_reading import Row, Span, Verdict

LONG = Span(instant("2020-01-01T00:00:00Z"))
DUE = instant("2026-11-21T10:00:00Z")  # 24 hours after I1 was reported, 20 November 10:00Z
EXACTLY_365 = "2025-11-20T10:00:00Z"
EXACTLY_90 = "2026-08-22T10:00:00Z"


def history(*earlier: Row, span: Span | None = LONG, **tables: list[Row]) -> dict[str, str]:
    """The outcome of each HIS rule on I1, at V, by S, in L, with child C1, graded as a standard risk."""
    refs = {"victim_ref": "V", "suspect_ref": "S", "location_ref": "L"}
    children = [child(), *tables.pop("children", [])]
    read = reading(incident(risk_level="standard", **refs), *earlier, span=span, children=children, **tables)
    return {rule: read.verdicts[rule, "I1", ""].outcome for rule in ("HIS001", "HIS002")}


def before(ref: str = "I0", reported_at: str = "2026-11-01T10:00:00Z", **cells: str) -> Row:
    """An earlier incident."""
    return incident(ref, reported_at=reported_at, **cells)


def test_an_earlier_incident_shares_a_person_a_place_or_a_child_in_the_same_column() -> None:
    shared: dict[str, tuple[Row, str]] = {
        "victim": ({"victim_ref": "V"}, "finding"),
        "suspect": ({"suspect_ref": "S"}, "finding"),
        "location": ({"location_ref": "L"}, "finding"),
        "victim as suspect": ({"suspect_ref": "V"}, "out_of_scope"),
        "in small letters": ({"victim_ref": "v"}, "out_of_scope"),
        "concern": ({"victim_ref": "V", "domestic_abuse": "no", "concern_types": "neglect"}, "finding"),
        "neither": ({"victim_ref": "V", "domestic_abuse": "no"}, "out_of_scope"),
        "abuse?": ({"victim_ref": "V", "domestic_abuse": ""}, "undetermined"),
        "abuse? of others": ({"domestic_abuse": ""}, "out_of_scope"),
        "after": ({"victim_ref": "V", "reported_at": "2026-11-20T10:00:01Z"}, "out_of_scope"),
        "at once": ({"victim_ref": "V", "reported_at": REPORTED}, "out_of_scope"),
        "365 days": ({"victim_ref": "V", "reported_at": EXACTLY_365}, "finding"),
        "a second more": ({"victim_ref": "V", "reported_at": "2025-11-20T09:59:59Z"}, "out_of_scope"),
        # rejected rows
        "lost": ({"victim_ref": "V", "child_count": "31"}, "undetermined"),
        "lost in time": ({"victim_ref": "V", "reported_at": "soon"}, "undetermined"),
        "lost, another column": ({"suspect_ref": "V", "child_count": "31"}, "out_of_scope"),
        # a copy is no earlier incident, but a copy of nothing is judged like the rest
        "copy": ({"victim_ref": "V", "status": "duplicate", "duplicate_of": "now copy"}, "out_of_scope"),
        "copy of nothing": ({"victim_ref": "V", "status": "duplicate"}, "finding"),
    }
    rows = []
    for name, (cells, _) in shared.items():
        refs = {column: f"{value} {name}" for column, value in cells.items() if column.endswith("_ref")}
        rows.append(incident(f"now {name}", victim_ref=f"V {name}", suspect_ref=f"S {name}", location_ref=f"L {name}"))
        rows.append(before(f"then {name}", **cells | refs))
    read = by_incident(reading(*rows, span=LONG), "HIS001")
    assert {name: read[f"now {name}"] for name in shared} == {
        name: Verdict(outcome, DUE) for name, (_, outcome) in shared.items()
    }


def test_an_earlier_incident_shares_a_child_that_its_rows_name() -> None:
    rows = [incident(ref) for ref in ("I1", "I2", "I3", "I4", "I5")]
    earlier = [before("I0"), before("copied"), before("copy", status="duplicate", duplicate_of="copied")]
    children = [
        *(child(f"C{number}", f"I{number}") for number in range(1, 6)),
        child("C1", "I0"),
        child("C2", "copy"),  # so it is on the incident that was copied
        child("C3", "I9"),  # of an incident that is not there
        child("C4", "I0", date_of_birth="soon"),
        child("C6", "I0", date_of_birth="soon"),
    ]
    read = reading(*rows, *earlier, children=children, span=LONG)
    assert {ref: verdict.outcome for ref, verdict in by_incident(read, "HIS001").items() if ref[1:].isdigit()} == {
        "I0": "out_of_scope",
        "I1": "finding",
        "I2": "finding",
        "I3": "undetermined",
        "I4": "undetermined",
        "I5": "out_of_scope",
    }


def test_who_researched_the_history_has_nothing_more_to_do() -> None:
    same: Row = {"location_ref": "L"}
    rows = [
        before(**same),
        incident("late", history_checked_at="2026-11-21T23:00:00Z", **same),  # whenever
        incident("not due", reported_at="2026-11-21T02:00:00Z", **same),
        incident("a second over", reported_at="2026-11-21T01:59:59Z", **same),
        incident("not such", domestic_abuse="no", **same),
        incident("unknown", domestic_abuse="", **same),
        incident("blank"),  # blanks are not shared
    ]
    read = reading(*rows, span=LONG)
    assert outcomes(read, "HIS001") == {
        ("I0", ""): "out_of_scope",
        ("late", ""): "pass",
        ("not due", ""): "not_due",
        ("a second over", ""): "finding",
        ("not such", ""): "out_of_scope",
        ("unknown", ""): "undetermined",
        ("blank", ""): "out_of_scope",
    }


def test_a_look_back_that_is_not_covered_cannot_say_no() -> None:
    ninety, whole = instant(EXACTLY_90), instant(EXACTLY_365)
    reported = instant("2026-11-20T10:00:00Z")
    neither, within_90, both = ("undetermined",) * 2, ("undetermined", "out_of_scope"), ("out_of_scope",) * 2
    for covered, expected in (
        (None, neither),
        (Span(whole), both),
        (Span(instant("2025-11-20T10:00:01Z")), within_90),
        (Span(ninety), within_90),
        (Span(instant("2026-08-22T10:00:01Z")), neither),
        (Span(whole, reported), both),
        (Span(whole, instant("2026-11-20T09:59:59Z")), neither),
    ):
        assert tuple(history(span=covered).values()) == expected, covered
    # what is there is there
    assert history(before(victim_ref="V"), span=None) == {"HIS001": "finding", "HIS002": "undetermined"}


def test_three_in_90_days_are_an_escalation() -> None:
    three = [
        before("I7", EXACTLY_90, victim_ref="V", suspect_ref="S", location_ref="L"),  # counts once
        before("I8", suspect_ref="S"),
        before("I9", location_ref="L"),
    ]

    def graded(*rows: Row) -> str:
        return history(*rows)["HIS002"]

    assert graded(*three) == "finding"
    assert graded(*three[:2]) == "out_of_scope"
    assert graded(three[0] | {"reported_at": "2026-08-22T09:59:59Z"}, *three[1:]) == "out_of_scope"
    assert graded(*three[:2], three[2] | {"domestic_abuse": ""}) == "undetermined"
    assert graded(*three[:2], three[2] | {"child_count": "31"}) == "undetermined"
    assert graded(three[0], three[2] | {"child_count": "31"}) == "out_of_scope"


def test_who_saw_the_escalation_has_graded_it() -> None:
    now: dict[str, Row] = {
        "standard": {"risk_level": "standard"},
        "medium": {"risk_level": "medium"},
        "again": {"risk_level": "standard", "reassessed_at": "2026-11-21T23:00:00Z"},
        "blank": {},
    }
    rows = [before(f"I{number}", suspect_ref="S") for number in range(3)]
    read = reading(*rows, *(incident(ref, suspect_ref="S", **cells) for ref, cells in now.items()), span=LONG)
    verdicts = by_incident(read, "HIS002")
    assert {ref: verdicts[ref] for ref in now} == {
        "standard": Verdict("finding", DUE),
        "medium": Verdict("pass", DUE),
        "again": Verdict("pass", DUE),
        "blank": Verdict("undetermined", DUE),
    }


# --- missing children ---


Times = tuple[str, ...]


def went_missing(children: dict[str, Times], span: Span | None = LONG, **cells: Row) -> dict[str, Verdict]:
    """MIS001 for children who went missing at these times; `cells` says otherwise of all episodes M1, M2, ..."""
    rows = [
        episode(f"{name} M{number}", name, reported_at=time) | cells.get(f"M{number}", {})
        for name, times in children.items()
        for number, time in enumerate(times, start=1)
    ]
    read = reading(span=span, missing_episodes=rows)
    return {key[2]: verdict for key, verdict in read.verdicts.items() if key[0] == "MIS001"}


THREE = ("2026-08-22T10:00:00Z", "2026-10-01T10:00:00Z", REPORTED)  # in exactly 90 days


def test_a_child_that_went_missing_three_times_has_a_coordinator() -> None:
    january = ("2026-01-01T10:00:00Z", "2026-01-11T10:00:00Z", "2026-01-21T10:00:00Z")
    assert went_missing(
        {
            "90 days": THREE,
            "a second more": ("2026-08-22T09:59:59Z", *THREE[1:]),
            "exactly due": (*THREE[1:], "2026-11-21T02:00:00Z"),
            "a second over": (*THREE[1:], "2026-11-21T01:59:59Z"),
            "at one moment": (REPORTED, REPORTED, REPORTED),
            # due by the third of those in the 90 days up to the last, though a fourth followed
            "four": ("2026-10-01T10:00:00Z", "2026-10-11T10:00:00Z", "2026-10-21T10:00:00Z", REPORTED),
            # the three of January are found still: the one of November is the third of nothing
            "January": (*january, REPORTED),
        }
    ) == {
        "90 days": Verdict("finding", DUE),
        "a second more": Verdict("out_of_scope", DUE),
        "exactly due": Verdict("not_due", instant("2026-11-22T02:00:00Z")),
        "a second over": Verdict("finding", instant("2026-11-22T01:59:59Z")),
        "at one moment": Verdict("finding", DUE),
        "four": Verdict("finding", instant("2026-10-22T10:00:00Z")),
        "January": Verdict("finding", instant("2026-01-22T10:00:00Z")),
    }
    assert went_missing({"C1": THREE}, M2={"status": "cancelled"}) == {"C1": Verdict("out_of_scope", DUE)}
    assert went_missing({"C1": THREE[:1]}, M1={"status": "cancelled"})["C1"].outcome == "out_of_scope"


def test_a_coordinator_of_any_of_the_three_is_one() -> None:
    coordinator: Row = {"coordinator_allocated_at": "2026-11-21T23:00:00Z"}  # whenever
    assert went_missing(
        {"three": THREE, "older": ("2026-08-01T10:00:00Z", *THREE), "once": THREE[2:]}, M1=coordinator
    ) == {
        "three": Verdict("pass", DUE),
        "older": Verdict("finding", DUE),  # it is of an episode before these
        "once": Verdict("out_of_scope", DUE),
    }


def test_episodes_that_nobody_can_count_are_not_a_no() -> None:
    two = THREE[1:]
    assert went_missing(
        {
            "two and one lost": (*two, "soon"),
            "one and one lost": (REPORTED, "soon"),
            "one and two lost": (REPORTED, "soon", "later"),
            "three and one lost": (*THREE, "soon"),  # perhaps that one has a coordinator
        }
    ) == {
        "two and one lost": Verdict("undetermined", DUE),
        "one and one lost": Verdict("out_of_scope", DUE),
        "one and two lost": Verdict("undetermined", DUE),
        "three and one lost": Verdict("undetermined", DUE),
    }
    for covered, outcome in (
        (None, "undetermined"),
        (Span(instant(EXACTLY_90)), "out_of_scope"),
        (Span(instant("2026-08-22T10:00:01Z")), "undetermined"),
    ):
        assert went_missing({"C1": two}, covered) == {"C1": Verdict(outcome, DUE)}
    allocated: Row = {"coordinator_allocated_at": "2026-11-20T11:00:00Z"}
    assert went_missing({"C1": two}, None, M2=allocated)["C1"].outcome == "out_of_scope"  # nothing to find either way
    assert went_missing({"C1": THREE}, None) == {"C1": Verdict("finding", DUE)}  # what is there is there


def test_a_missing_child_is_shown_under_its_latest_incident() -> None:
    rows = [incident("I0"), incident("I2"), incident("I1", reported_at="2026-11-19T10:00:00Z")]
    children = [child("C1", row["incident_ref"]) for row in rows]
    cells: Row = {"cause_for_concern": "yes", "returned_at": "2026-11-20T11:00:00Z"}
    read = reading(
        *rows, children=children, missing_episodes=[episode(**cells), episode("M2", "C2", **cells)], span=LONG
    )
    for rule in ("MIS001", "MIS002", "MIS003"):
        assert {key for key, _ in read.all_verdicts() if key[0] == rule} == {(rule, "I2", "C1"), (rule, "", "C2")}


def test_a_cause_for_concern_is_acted_on_within_a_day() -> None:
    concern: Row = {"cause_for_concern": "yes"}
    cells: dict[str, Row] = {
        "nothing": concern,
        "no concern": {"cause_for_concern": "no"},
        "blank": {},
        "coordinator": concern | {"coordinator_allocated_at": "2026-11-21T10:00:00Z"},
        "coordinator late": concern | {"coordinator_allocated_at": "2026-11-21T10:00:01Z"},
        "cancelled": concern | {"status": "cancelled"},
        "not due": concern | {"reported_at": "2026-11-21T02:00:00Z"},
        "a second over": concern | {"reported_at": "2026-11-21T01:59:59Z"},
        "form": concern,
        "form late": concern,
        "form before": concern,
        "form in draft": concern,
        "form for all": concern,
        "form for others": concern,
        "form lost": concern,
        "form for all lost": concern,
    }
    incidents = [incident(ref) for ref in ("with it", "without it", "with another", "elsewhere")]
    children = [child("form for all", "with it"), child("form for all lost", "with another"), child("?", "without it")]
    forms = [
        referral("form", "F1", "elsewhere", submitted_at="2026-11-21T10:00:00Z"),
        referral("form late", "F2", "elsewhere", submitted_at="2026-11-21T10:00:01Z"),
        referral("form before", "F3", "elsewhere", submitted_at="2026-11-20T09:59:59Z"),
        referral("form in draft", "F4", "elsewhere", status="draft"),
        referral("", "F5", "with it"),
        referral("", "F6", "without it"),
        referral("form lost", "F7", "elsewhere", submitted_at="soon"),
        referral("", "F8", "with another", submitted_at="soon"),
    ]
    episodes = [episode(name, name, **more) for name, more in cells.items()]
    read = reading(*incidents, children=children, referrals=forms, missing_episodes=episodes)
    assert {name: set(counts) for (_, name), counts in of_several(read, "MIS002").items()} == {
        "nothing": {"finding"},
        "no concern": {"out_of_scope"},
        "blank": {"undetermined"},
        "coordinator": {"pass"},
        "coordinator late": {"finding"},
        "cancelled": {"finding"},
        "not due": {"not_due"},
        "a second over": {"finding"},
        "form": {"pass"},
        "form late": {"finding"},
        "form before": {"finding"},
        "form in draft": {"finding"},
        "form for all": {"pass"},
        "form for others": {"finding"},
        "form lost": {"undetermined"},
        "form for all lost": {"undetermined"},
    }


def test_a_returned_child_is_visited_within_72_hours() -> None:
    as_of = instant("2026-11-25T02:00:00Z")
    cells: dict[str, Row] = {
        "72 hours": {"returned_at": "2026-11-22T02:00:00Z"},
        "a second more": {"returned_at": "2026-11-22T01:59:59Z"},
        "visited": {"returned_at": "2026-11-20T12:00:00Z", "return_interview_at": "2026-11-24T12:00:00Z"},
        "away": {},
        "closed": {"status": "closed"},
        "closed, visited": {"status": "closed", "return_interview_at": "2026-11-24T12:00:00Z"},
        "cancelled": {"status": "cancelled"},
    }
    episodes = [episode(name, name, **more) for name, more in cells.items()]
    episodes += [episode("again", "a second more", returned_at="2026-11-24T10:00:00Z")]
    read = reading(as_of=as_of, missing_episodes=episodes)
    assert {key[2]: verdicts for key, verdicts in read.several.items() if key[0] == "MIS003"} == {
        "72 hours": [Verdict("not_due", as_of)],
        "a second more": [
            Verdict("finding", instant("2026-11-25T01:59:59Z")),
            Verdict("not_due", instant("2026-11-27T10:00:00Z")),
        ],
        "visited": [Verdict("pass", instant("2026-11-23T12:00:00Z"))],
        "away": [Verdict("out_of_scope", None)],
        "closed": [Verdict("undetermined", None)],
        "closed, visited": [Verdict("out_of_scope", None)],
        "cancelled": [Verdict("out_of_scope", None)],
    }
    assert set(by_child(read, "MIS001").values()) == {"undetermined", "out_of_scope"}
