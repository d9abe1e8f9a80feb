"""REF002 to REF006 worked out by hand: the checker and the second reading must both come out so. All is invented."""

from tests.hand_rows import (
    AS_OF,
    by_child,
    by_incident,
    child,
    incident,
    instant,
    of_several,
    reading,
    receipt,
    referral,
)
from tests.second_reading import Policy, Row, Verdict

DUE = instant("2026-11-21T10:00:00Z")  # 24 hours after the report of every incident here that is not told otherwise


def each(rows: dict[str, Row]) -> tuple[list[Row], list[Row]]:
    """The incidents under those references, with one child C1 each."""
    return [incident(ref, **cells) for ref, cells in rows.items()], [child("C1", ref) for ref in rows]


def test_a_concern_is_referred_like_domestic_abuse() -> None:
    concern: Row = {"domestic_abuse": "no", "concern_types": "neglect"}
    rows: dict[str, Row] = {
        "concern": concern,
        "in capitals": concern | {"concern_types": "other; NEGLECT"},
        "not referable": concern | {"concern_types": "missing;concern-for-safety"},
        "not the word": concern | {"concern_types": "neglected"},
        "none": concern | {"concern_types": ""},
        "abuse": concern | {"domestic_abuse": "yes"},  # REF001 asks
        "unknown": concern | {"domestic_abuse": ""},
        "unknown, none": {"domestic_abuse": "", "concern_types": ""},
        "risk form": concern | {"risk_form_ref": "D1"},  # so it is domestic abuse
        "exactly due": concern | {"reported_at": "2026-11-21T02:00:00Z"},
        "a second over": concern | {"reported_at": "2026-11-21T01:59:59Z"},
        "covered": concern,
        "maybe covered": concern,
    }
    incidents, children = each(rows)
    forms = [referral("C1", "F1", "covered"), referral("C1", "F2", "maybe covered", submitted_at="soon")]
    read = reading(*incidents, children=children, referrals=forms)
    assert by_incident(read, "REF002") == {
        "concern": Verdict("finding", DUE),
        "in capitals": Verdict("finding", DUE),
        "not referable": Verdict("out_of_scope", DUE),
        "not the word": Verdict("out_of_scope", DUE),
        "none": Verdict("out_of_scope", DUE),
        "abuse": Verdict("out_of_scope", DUE),
        "unknown": Verdict("undetermined", DUE),
        "unknown, none": Verdict("out_of_scope", DUE),
        "risk form": Verdict("out_of_scope", DUE),
        "exactly due": Verdict("not_due", AS_OF),
        "a second over": Verdict("finding", instant("2026-11-22T01:59:59Z")),
        "covered": Verdict("pass", DUE),
        "maybe covered": Verdict("undetermined", DUE),
    }


def test_a_force_says_which_concerns_it_refers() -> None:
    rows = [incident(ref, domestic_abuse="no", concern_types=ref) for ref in ("Missing", "neglect")]
    children = [child("C1", "Missing"), child("C1", "neglect")]
    read = reading(*rows, children=children, policy=Policy(referable_concerns=("missing",)))
    assert by_incident(read, "REF002") == {"Missing": Verdict("finding", DUE), "neglect": Verdict("out_of_scope", DUE)}


def test_a_referral_is_late_one_second_after_it_was_due() -> None:
    late, in_time = "2026-11-21T10:00:01Z", "2026-11-21T10:00:00Z"
    rows: dict[str, Row] = {
        "in time": {},
        "late": {},
        "late, then none": {"domestic_abuse": "no"},
        "late, concern": {"domestic_abuse": "no", "concern_types": "physical"},
        "late, unknown": {"domestic_abuse": ""},
        "first in time": {},
        "late and maybe": {},
        "only maybe": {},
        "never": {},
        "too early": {},
    }
    incidents, children = each(rows)
    forms = [
        referral("C1", "F1", "in time", submitted_at=in_time),
        *(referral("C1", "F2", ref, submitted_at=late) for ref in ("late",)),
        referral("C1", "F3", "late, then none", submitted_at=late),
        referral("C1", "F4", "late, concern", submitted_at=late),
        referral("C1", "F5", "late, unknown", submitted_at=late),
        referral("C1", "F6", "first in time", submitted_at=late),
        referral("", "F6", "first in time", submitted_at=in_time),  # for every child
        referral("C1", "F7", "late and maybe", submitted_at=late),
        referral("C1", "F8", "late and maybe", submitted_at="soon"),  # perhaps in time
        referral("C1", "F9", "only maybe", submitted_at="soon"),
        referral("C1", "F10", "too early", submitted_at="2026-11-20T09:59:59Z"),  # belongs to something earlier
    ]
    read = reading(*incidents, children=children, referrals=forms)
    assert {ref: verdict.outcome for ref, verdict in by_incident(read, "REF003").items()} == {
        "in time": "pass",
        "late": "finding",
        "late, then none": "out_of_scope",
        "late, concern": "finding",
        "late, unknown": "undetermined",
        "first in time": "pass",
        "late and maybe": "undetermined",
        "only maybe": "undetermined",
        "never": "out_of_scope",  # REF001 asks
        "too early": "out_of_scope",
    }
    assert {verdict.due_at for verdict in by_incident(read, "REF003").values()} == {DUE}


def test_a_form_left_in_draft_is_found_unless_another_covers_the_child() -> None:
    draft: Row = {"status": "draft", "submitted_at": ""}
    children = [child("C1"), child("C2"), child("C3")]
    forms = [
        referral("C1", "F1", **draft),
        referral("C1", "F2", **draft),  # two forms for one child are two lines
        referral("C2", "F3", **draft),
        referral("C2", "F4"),
        referral("C3", "F5", status="rejected"),
        referral("C3", "F6", status="withdrawn"),
        referral("C9", "F7", **draft),  # a child that no row names
        referral("C2", "F8", "I2", **draft),  # covered elsewhere, not here
    ]
    rows = [incident(), incident("I2", reported_at="2026-11-21T02:00:00Z", domestic_abuse="no")]
    read = reading(*rows, children=children, referrals=forms)
    assert of_several(read, "REF004") == {
        ("I1", "C1"): {"finding": 2},
        ("I1", "C2"): {"pass": 1, "out_of_scope": 1},  # the submitted one is no draft
        ("I1", "C3"): {"finding": 1, "out_of_scope": 1},
        ("I1", "C9"): {"finding": 1},
        ("I2", "C2"): {"not_due": 1},  # exactly 24 hours after the report
    }


def test_a_draft_for_every_child_is_covered_where_each_of_them_is() -> None:
    draft: Row = {"status": "draft", "submitted_at": ""}
    names = ("all", "one left", "one maybe", "adult left", "rest left", "nobody", "nobody, maybe", "sent for all")
    rows = [incident(ref, child_count="2" if ref == "rest left" else "") for ref in names]
    children = [child("C1", ref) for ref in names if "nobody" not in ref]
    children += [child("C2", ref) for ref in ("all", "one left", "one maybe")]
    children += [child("C2", "adult left", date_of_birth="1990-01-01")]
    forms = [referral("", f"D {ref}", ref, **draft) for ref in names]
    forms += [referral("C1", f"F {ref}", ref) for ref in names if "nobody" not in ref and ref != "sent for all"]
    forms += [
        referral("C2", "F all", "all"),
        referral("C2", "F maybe", "one maybe", submitted_at="soon"),
        referral("", "F nobody", "nobody, maybe", submitted_at="soon"),
        referral("", "F sent", "sent for all"),
    ]
    read = reading(*rows, children=children, referrals=forms)
    # the form that was sent for all is no draft itself, and out of scope
    drafts = {
        ref: set(counts) - {"out_of_scope"} for (ref, name), counts in of_several(read, "REF004").items() if not name
    }
    assert drafts == {
        "all": {"pass"},
        "one left": {"finding"},
        "one maybe": {"undetermined"},
        "adult left": {"pass"},
        "rest left": {"finding"},
        "nobody": {"finding"},
        "nobody, maybe": {"undetermined"},
        "sent for all": {"pass"},
    }


def test_a_draft_is_judged_by_the_master_of_its_incident() -> None:
    # due 24 hours after the master was reported, and covered by the form of the other duplicate
    master = incident("M", reported_at="2026-11-20T08:00:00Z")
    copies = [incident(ref, status="duplicate", duplicate_of="M") for ref in ("D1", "D2")]
    draft: Row = {"status": "draft", "submitted_at": ""}
    forms = [referral("C1", "F1", "D1", **draft), referral("C2", "F2", "D1", **draft), referral("C2", "F3", "D2")]
    read = reading(master, *copies, children=[child("C1", "D1")], referrals=forms)
    due_at = instant("2026-11-21T08:00:00Z")
    assert {key[1:]: verdicts for key, verdicts in read.several.items() if key[0] == "REF004"} == {
        ("M", "C1"): [Verdict("finding", due_at)],
        ("M", "C2"): [Verdict("out_of_scope", due_at), Verdict("pass", due_at)],
    }


def test_the_gatekeeper_completes_the_form_that_the_officer_did_not() -> None:
    standard: Row = {"risk_level": "Standard"}
    rows: dict[str, Row] = {
        "nobody": standard,
        "gatekeeper": standard,
        "officer": standard,
        "another": standard,
        "somebody": standard,
        "maybe": standard,
        "somebody, gatekeeper": standard,
        "reassessed": standard | {"reassessed_at": "2026-11-20T11:00:00Z"},
        "medium": {"risk_level": "medium"},
        "no level": {},
        "concern": standard | {"domestic_abuse": "no", "concern_types": "neglect"},
    }
    incidents, children = each(rows)
    forms = [
        referral("C1", "F1", "gatekeeper", submitted_by="cpso"),
        referral("C1", "F2", "officer", submitted_by="officer", submitted_at="2026-11-27T12:00:00Z"),  # at any time
        referral("C1", "F3", "another", submitted_by="other"),
        referral("C1", "F4", "somebody", submitted_by=""),
        referral("C1", "F5", "maybe", submitted_by="officer", submitted_at="soon"),
        referral("C1", "F6", "somebody, gatekeeper", submitted_by=""),
        referral("C1", "F7", "somebody, gatekeeper", submitted_by="CPSO"),
    ]
    read = reading(*incidents, as_of=instant("2026-11-30T02:00:00Z"), children=children, referrals=forms)
    assert {ref: verdict.outcome for ref, verdict in by_incident(read, "REF005").items()} == {
        "nobody": "finding",
        "gatekeeper": "pass",
        "officer": "out_of_scope",
        "another": "finding",
        "somebody": "undetermined",
        "maybe": "undetermined",
        "somebody, gatekeeper": "out_of_scope",  # nothing to find either way
        "reassessed": "out_of_scope",
        "medium": "out_of_scope",
        "no level": "undetermined",
        "concern": "out_of_scope",
    }


def test_what_was_sent_is_received_whenever_the_hub_says_so() -> None:
    sent = "2026-11-21T02:00:00Z"  # due exactly as of
    forms = [
        referral("C1", "F1"),
        referral("C1", "F2"),
        referral("C1", "F3", submitted_at=sent),
        referral("C1", "F4", submitted_at="2026-11-21T01:59:59Z"),
        referral("C2", "F5", hub_received_at="2026-11-22T01:00:00Z"),  # late, but there
        referral("C3", "F6"),
        referral("C4", "F7"),
        referral("C5", "F8", status="withdrawn"),
        referral("C6", "F9", status="draft", submitted_at=""),
    ]
    receipts = [receipt("F6", "2026-11-22T01:00:00Z"), receipt("F7", "soon"), receipt("f1"), receipt("F9")]
    read = reading(incident(), referrals=forms, hub_receipts=receipts)
    assert of_several(read, "REF006") == {
        ("I1", "C1"): {"finding": 3, "not_due": 1},
        ("I1", "C2"): {"pass": 1},
        ("I1", "C3"): {"pass": 1},
        ("I1", "C4"): {"undetermined": 1},
        ("I1", "C5"): {"out_of_scope": 1},
        ("I1", "C6"): {"out_of_scope": 1},
    }
    assert Verdict("finding", instant("2026-11-22T01:59:59Z")) in read.several["REF006", "I1", "C1"]
    assert by_child(read, "REF001") == {}
