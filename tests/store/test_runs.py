"""What the store keeps of a run, what it makes of an older or a repeated extract, and what a purge leaves."""

from __future__ import annotations

import sqlite3
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from checker.config import Config
from checker.errors import ConfigError, ReportError, SourceError
from checker.models import Run, RunKind
from checker.pipeline import Order, Reported, run_nightly, run_report
from checker.report.words import life_counts
from checker.store import Attempt, RunStatus, Store, Wanted, opened
from tests.command import TABLES, checker, small_extract
from tests.nights import as_of, write_night

RULE = "REF001"


def run(store: Store, folder: Path, night: int, name: str | None = None, **stories: str) -> Reported:
    """Check the extract of a night with these stories; it is named after the night unless another name is given."""
    name = name or f"night{night}"
    extract = folder / "extracts" / name
    if not extract.exists():
        write_night(folder / "extracts", as_of(night), stories, name)
    return run_report(Order(extract, None, Config(), None), folder / "reports" / name, store)


def statuses(done: Run) -> dict[str, str | None]:
    """The status of each line of the rule, by the story."""
    lines = done.findings.filter(pl.col("rule_id") == RULE).to_dicts()
    return {line["child_ref"][1:]: line["status"] for line in lines}


def of_rule(lines: pl.DataFrame | None) -> set[str]:
    assert lines is not None
    return {line["child_ref"][1:] for line in lines.to_dicts() if line["rule_id"] == RULE}


def now(store: Store) -> dict[str, tuple[str, datetime, datetime]]:
    """Status, first seen and last examined of each finding of the rule."""
    lines = store.findings(Wanted(rule=RULE)).to_dicts()
    return {line["child_ref"][1:]: (line["status"], line["first_seen"], line["last_examined"]) for line in lines}


def members(workbook: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(workbook) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_any_past_report_is_rebuilt_as_it_was_whatever_has_become_of_its_findings(
    store_url: str, tmp_path: Path
) -> None:
    stories = {"a": "FFFPF", "b": "FPPFF", "c": "UF.F.", "d": "F....", "e": "DFFOF", "f": "XFFXP"}
    with opened(store_url) as store:
        for night in range(1, 6):
            run(store, tmp_path, night, **{name: story[night - 1] for name, story in stories.items()})
    for number in range(1, 6):
        again, then = tmp_path / "again", tmp_path / "reports" / f"night{number}"
        done = checker("report", number, "--out", again, variables={"CHECKER_STORE__URL": store_url})
        assert (done.code, done.out) == (0, f"Workbook: {again}/exceptions.xlsx\n")
        for name in ("findings.csv", "rejected.csv", "run.json"):
            assert (again / name).read_bytes() == (then / name).read_bytes(), (number, name)
        assert members(again / "exceptions.xlsx") == members(then / "exceptions.xlsx"), number


def test_the_same_extract_run_again_changes_nothing(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F", b="P")
        run(store, tmp_path, 2, a="P", b="F")
        before = now(store), store.runs()
        again = run(store, tmp_path, 1)
        assert (now(store), store.runs()) == before
        assert (again.repeated, again.run.record) == (True, first.run.record)
        assert again.run.findings.equals(first.run.findings)
        assert [entry.act for entry in store.audit()][-1] == "run repeated"


def test_the_same_extract_under_another_policy_is_another_run(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F")
        longer = Config(policy={"referral_due_hours": 8784.0})
        order = Order(tmp_path / "extracts" / "night1", None, longer, None)
        done = run_report(order, tmp_path / "reports" / "longer", store)
        assert done.run.record.number == 2
        assert now(store)["a"][0] == "new"  # not yet due under this policy, which resolves nothing
        assert of_rule(done.run.carried_over) == {"a"}
        assert done.run.carried_over is not None
        assert "by what its record now says it is not yet due" in done.run.carried_over["why"].to_list()


def test_an_older_extract_never_rewrites_what_a_newer_one_has_told(store_url: str, tmp_path: Path) -> None:
    """Night 3 comes late: what night 5 examined stands, and what it did not examine is told by night 3."""
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="F", c="F", d="P", e="P", f=".")
        run(store, tmp_path, 5, a="F", b="P", c=".", d="P", e=".", f=".")
        late = run(store, tmp_path, 3, a="P", b="F", c="P", d="F", e="F", f="F").run
        # a is open by night 5, b resolved by it, d passed in it: night 3 changes none of them.
        # c, e and f were not in night 5, so night 3 is the newest to tell of them.
        assert statuses(late) == {"b": "superseded", "d": "superseded", "e": "new", "f": "new"}
        assert of_rule(late.resolved) == {"c"}
        assert of_rule(late.carried_over) == set()
        assert now(store) == {
            "a": ("still open", as_of(1), as_of(5)),
            "b": ("resolved", as_of(1), as_of(5)),
            "c": ("resolved", as_of(1), as_of(3)),
            "e": ("still open", as_of(3), as_of(3)),
            "f": ("still open", as_of(3), as_of(3)),
        }
        after = run(store, tmp_path, 6, a="P", b="F", d="F", e="F").run
        assert statuses(after) == {"b": "reopened", "d": "new", "e": "still open"}
        assert of_rule(after.resolved) == {"a"}
        assert of_rule(after.carried_over) == {"f"}


def test_a_verdict_that_is_not_yet_due_keeps_no_older_finding_from_being_opened(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        run(store, tmp_path, 2, a="D", b="P")
        late = run(store, tmp_path, 1, a="F", b="F").run
        assert statuses(late) == {"a": "new", "b": "superseded"}
        after = run(store, tmp_path, 3, a=".", b=".").run
        assert of_rule(after.carried_over) == {"a"}
        assert now(store)["a"] == ("still open", as_of(1), as_of(1))


def test_an_open_finding_that_is_not_due_by_a_corrected_record_is_counted_once(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        (first,) = run(store, tmp_path, 1, a="F").run.findings.filter(pl.col("rule_id") == RULE).to_dicts()
        second = run(store, tmp_path, 2, a="D").run
        # CLO002 too: the corrected record says that it was reported an hour ago
        assert life_counts(second) == {
            **dict.fromkeys(("new", "still open", "reopened", "resolved", "superseded"), 0),
            "carried over": 2,
        }
        third = run(store, tmp_path, 3, a=".").run
        for told, since in ((second, 1), (third, 2)):
            assert told.carried_over is not None
            (line,) = told.carried_over.filter(pl.col("rule_id") == RULE).to_dicts()
            assert (line["message"], line["last_examined"]) == (first["message"], as_of(1))
            assert (line["days_open"], line["first_seen"]) == (since, as_of(1))


def children_of_one_incident(store: Store, folder: Path, night: int, counted: str, *children: str) -> Run:
    """A night on which the incident I1 has these rows of children, and one form for C1.

    `counted` is its `child_count`, with `/` and `children_in_household` behind it where that is not blank.
    """
    count, _, household = counted.partition("/")
    write_night(folder / "extracts", as_of(night), {}, f"{night}")
    tables = {
        "incidents": f"incident_ref,reported_at,closed_at,closure_codes,domestic_abuse,child_count,"
        f"children_in_household\nI1,2026-09-01T10:00,2026-09-01T12:00,QL23,yes,{count},{household}\n",
        "children": "incident_ref,child_ref,date_of_birth\n" + "".join(f"{row}\n" for row in children),
        "referrals": "referral_ref,incident_ref,child_ref,submitted_at\nR1,I1,C1,2026-09-01T12:00\n",
    }
    extract = folder / "extracts" / f"{night}"
    for table, text in tables.items():
        (extract / f"{table}.csv").write_text(text, encoding="utf-8")
    (extract / "manifest.json").unlink()
    order = Order(extract, as_of(night).isoformat(), Config(), None)
    return run_report(order, folder / "reports" / f"{night}", store).run


def test_children_who_were_unnamed_leave_the_list_once_all_are_named(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        children_of_one_incident(store, tmp_path, 1, "2", "I1,C1,2018-03-04")
        # of the second child the row cannot be read, so whether anybody is unnamed cannot be told
        unread = children_of_one_incident(store, tmp_path, 2, "2", "I1,C1,2018-03-04", "I1,C2,2018-13-04")
        assert [(line["outcome"], line["status"]) for line in unread.findings.to_dicts()] == [
            ("undetermined", "still open")
        ]
        named = children_of_one_incident(store, tmp_path, 3, "2", "I1,C1,2018-03-04", "I1,C2,2018-03-04")
        assert named.resolved is not None
        (ended,) = named.resolved.to_dicts()
        assert (ended["incident_ref"], ended["child_ref"], ended["outcome"]) == ("I1", None, "out_of_scope")
        assert [(line["child_ref"], line["status"]) for line in named.findings.to_dicts()] == [("C2", "new")]
        assert named.carried_over is not None
        assert named.carried_over.is_empty()


@pytest.mark.parametrize(
    "row",
    ["I1,C2,2018-13-04", "I1,,2018-03-04", ",C2,2018-03-04", ",C/2,2018-03-04", ",,2018-03-04", "I1,C2,2018-03-04,,"],
)
def test_unnamed_children_stay_open_while_a_row_that_may_be_one_of_them_is_rejected(
    store_url: str, tmp_path: Path, row: str
) -> None:
    with opened(store_url) as store:
        children_of_one_incident(store, tmp_path, 1, "2", "I1,C1,2018-03-04")
        after = children_of_one_incident(store, tmp_path, 2, "1", "I1,C1,2018-03-04", row)
        assert after.resolved is not None
        assert after.resolved.is_empty()
        assert after.carried_over is not None
        assert after.carried_over["child_ref"].to_list() == [None]
        counted = children_of_one_incident(store, tmp_path, 3, "1", "I1,C1,2018-03-04", "I9,C9,2018-13-04")
        assert counted.resolved is not None
        assert counted.resolved["child_ref"].to_list() == [None]


@pytest.mark.parametrize(
    ("before", "after", "ends"),
    [
        ("2", "", False),
        ("2", "/yes", False),
        ("2", "/unknown", False),
        ("2", "/no", True),
        ("2", "1", True),
        ("2", "1/unknown", True),
        ("3", "2", False),  # one is still unnamed, and has a verdict
    ],
)
def test_a_blank_count_closes_no_case_of_unnamed_children(
    store_url: str, tmp_path: Path, before: str, after: str, ends: bool
) -> None:
    with opened(store_url) as store:
        children_of_one_incident(store, tmp_path, 1, before, "I1,C1,2018-03-04")
        then = children_of_one_incident(store, tmp_path, 2, after, "I1,C1,2018-03-04")
        assert then.resolved is not None
        assert then.resolved["child_ref"].to_list() == ([None] if ends else [])
        assert store.findings(Wanted(status="open")).height == (not ends)


def test_a_child_in_the_household_whom_nobody_named_stays_open_until_they_are_counted(
    store_url: str, tmp_path: Path
) -> None:
    with opened(store_url) as store:
        children_of_one_incident(store, tmp_path, 1, "/yes")
        named = children_of_one_incident(store, tmp_path, 2, "/yes", "I1,C1,2018-03-04")
        assert named.carried_over is not None
        (line,) = named.carried_over.to_dicts()
        assert line["why"].endswith("or one that does not say whether every child is named")
        counted = children_of_one_incident(store, tmp_path, 3, "1/yes", "I1,C1,2018-03-04")
        assert counted.resolved is not None
        assert counted.resolved["child_ref"].to_list() == [None]


def test_the_life_of_a_finding_does_not_depend_on_the_order_of_arrival(store_url: str, tmp_path: Path) -> None:
    """Found, put right, found again, corrected to not yet due: whichever comes last, it is open."""
    nights = {1: "F", 2: "P", 3: "F", 4: "D"}
    with opened(store_url) as store:
        for night in (1, 2, 4, 3):
            last = run(store, tmp_path, night, a=nights[night]).run
        assert statuses(last) == {"a": "reopened"}
        assert now(store)["a"] == ("still open", as_of(1), as_of(3))
        assert of_rule(run(store, tmp_path, 5, a=".").run.carried_over) == {"a"}


def test_a_named_child_whose_row_is_gone_stays_open_though_its_incident_is_there(
    store_url: str, tmp_path: Path
) -> None:
    with opened(store_url) as store:
        children_of_one_incident(store, tmp_path, 1, "2", "I1,C1,2018-03-04", "I1,C2,2018-03-04")
        after = children_of_one_incident(store, tmp_path, 2, "1", "I1,C1,2018-03-04")
        assert after.carried_over is not None
        assert after.carried_over["child_ref"].to_list() == ["C2"]


def test_a_corrected_extract_of_the_same_moment_replaces_what_the_first_told(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="P", c="F")
        corrected = run(store, tmp_path, 1, name="corrected", a="P", b="F", c="F").run
        assert statuses(corrected) == {"b": "new", "c": "new"}
        assert of_rule(corrected.resolved) == {"a"}


def test_a_rule_that_did_not_run_resolves_nothing(store_url: str, tmp_path: Path) -> None:
    plans = "child_ref,plan,started_on,ended_on\nC1,CP,2026-01-01,\n"
    with opened(store_url) as store:
        for name, tables in (("with", {"plans": plans}), ("without", {"plans": None})):
            small_extract(tmp_path / name, **tables)
            when = "2026-11-22T02:00" if name == "with" else "2026-11-23T02:00"
            done = run_report(Order(tmp_path / name, when, Config(), None), tmp_path / "out", store).run
        assert done.carried_over is not None
        (line,) = done.carried_over.filter(pl.col("rule_id") == "FLG001").to_dicts()
        assert (line["status"], line["days_open"]) == ("still open", 1)
        assert line["why"] == "FLG001 gave no verdicts: the extract has no plans table"
        assert store.findings(Wanted(rule="FLG001"))["status"].to_list() == ["still open"]


def test_of_each_rule_the_last_runs_in_which_it_ran_are_its_range(store_url: str, tmp_path: Path) -> None:
    """Night n has n children with neither form nor flag; on four nights there are no plans, so FLG001 does not run."""
    gaps = {3, 9, 14, 20}
    with opened(store_url) as store:
        for night in range(1, 21):
            children = [f"I{number},C{number},2018-03-04" for number in range(night)]
            rows = [f"{child.split(',')[1]},CP,2026-01-01," for child in children]
            incidents = [f"I{number},2026-11-20T10:00,2026-11-20T12:00,QL23,yes" for number in range(len(children))]
            extract = small_extract(
                tmp_path / f"{night}",
                incidents="\n".join([TABLES["incidents"].splitlines()[0], *incidents]) + "\n",
                children="\n".join(["incident_ref,child_ref,date_of_birth", *children]) + "\n",
                referrals="referral_ref,incident_ref,child_ref,submitted_at\n",
                plans=None if night in gaps else "\n".join(["child_ref,plan,started_on,ended_on", *rows]) + "\n",
            )
            moment = (datetime(2026, 11, 22, 2, tzinfo=UTC) + timedelta(hours=night)).isoformat()
            attempt = Order(extract, moment, Config(), None, RunKind.NIGHTLY)
            with store.lease() as owner:
                run_nightly(attempt, store, owner, lambda _: tmp_path / "out", timedelta(minutes=1))
        earlier = store.earlier(RunKind.NIGHTLY, datetime(2026, 11, 22, 22, tzinfo=UTC))  # as of night 20 itself
    ran = [night for night in range(19, 0, -1) if night not in gaps]
    assert sorted(earlier.findings["FLG001"]) == sorted(ran[:14])
    assert sorted(earlier.findings["REF001"]) == list(range(6, 20))  # it ran each night, and none has a form
    assert earlier.rows_read == {"incidents": 19, "children": 19, "referrals": 0, "plans": 19, "flags": 0}


def test_a_failed_run_is_recorded_with_its_reason(store_url: str, tmp_path: Path) -> None:
    extract = small_extract(tmp_path / "extract", children=None)
    with opened(store_url) as store:
        with pytest.raises(SourceError) as fault:
            run_report(Order(extract, "2026-11-22T02:00", Config(), None), tmp_path / "out", store)
        (only,) = store.runs()
        assert (only.status, only.exit_code, only.error) == (RunStatus.FAILED, 11, str(fault.value))
        assert [entry.act for entry in store.audit()] == ["store created", "run begun", "run failed"]
        with pytest.raises(ConfigError, match=r"^run 1: it failed and has no results; see `checker runs show 1`$"):
            store.load(1)
    assert not (tmp_path / "out").exists()


def test_combining_police_and_local_authority_data_is_an_act_of_its_own(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        for name, plans in (("with", "child_ref,plan,started_on,ended_on\n"), ("without", None)):
            extract = small_extract(tmp_path / name, plans=plans)
            order = Order(extract, "2026-11-22T02:00", Config(), None, reason="asked by the inspector")
            run_report(order, tmp_path / "out", store)
        acts = [(entry.act, entry.run, entry.reason, entry.details.get("tables")) for entry in store.audit()]
        combined = "police and local authority data combined"
        assert [act for act in acts if act[0] == combined] == [(combined, 1, "asked by the inspector", ["plans"])]


def test_a_sweep_needs_a_reason(store_url: str) -> None:
    with opened(store_url) as store:
        for reason in (None, ""):
            with pytest.raises(ConfigError, match="state it with --reason"):
                store.begin(Attempt(RunKind.SWEEP, "backlog", "digest", "settings", reason))
        store.begin(Attempt(RunKind.SWEEP, "backlog", "digest", "settings", "580 incidents of 2017"))
        assert [run.reason for run in store.runs()] == ["580 incidents of 2017"]


def test_the_store_holds_references_and_nothing_else_about_a_person(tmp_path: Path) -> None:
    children = (
        "incident_ref,child_ref,date_of_birth,school_ref,role\nI1,C1,2018-03-04,SCHOOL-9,witness\nI2,C2,bad,SCHOOL-9,\n"
    )
    extract = small_extract(tmp_path / "extract", children=children)
    with opened(f"sqlite:///{tmp_path}/store.db") as store:
        run_report(Order(extract, "2026-11-22T02:00", Config(), None), tmp_path / "out", store)
    with sqlite3.connect(tmp_path / "store.db") as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert "C2" in dump  # else this would prove nothing
    for told in ("2018-03-04", "SCHOOL-9", "witness"):
        assert told not in dump


def purge(store: Store, night: int) -> dict[str, int]:
    return store.purge(as_of(night), "retention schedule").counts()


def test_a_purge_removes_closed_cases_and_old_lists_and_says_what(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="F", c="D", x="X")
        run(store, tmp_path, 2, a="P", b="F", c="P")
        run(store, tmp_path, 3, a="P", b="F", c="P", d="F", x="X")
        counted = store.record(1)[1]
        # None of the incidents is ever closed, so CLO002 finds each of them to the end: all that stays. Of REF001 goes
        # a, resolved on night 2, with its line of night 1, and the line of night 1 that says c is not yet due, which
        # never became a finding. The rejected rows of night 1 are the incident of x and its child, an orphan by that.
        assert purge(store, 3) == {"findings": 1, "lines": 2, "rejected_rows": 2, "decisions": 0, "runs": 2}
        assert set(now(store)) == {"b", "d"}
        assert store.record(1)[1] == counted
        assert [line.reason for line in store.audit()][-1] == "retention schedule"
        with pytest.raises(ConfigError, match=r"^run 2: its lists were purged; `checker runs show 2` has its counts$"):
            store.load(2)
        newest = store.load(3)
        assert statuses(newest) == {"b": "still open", "d": "new"}
        assert newest.rejected.height == 2
        assert purge(store, 3) == {"findings": 0, "lines": 0, "rejected_rows": 0, "decisions": 0, "runs": 0}


def test_the_newest_list_is_kept_however_far_a_purge_reaches(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="F")
        before = run(store, tmp_path, 2, a="P", b="F").run
        store.purge(datetime(2030, 1, 1, tzinfo=UTC), "retention schedule")
        kept = store.load(2)
        assert kept.findings.equals(before.findings)
        assert kept.resolved is not None
        assert before.resolved is not None
        assert kept.resolved.equals(before.resolved)


def test_a_purge_leaves_every_report_that_it_leaves_just_as_it_was(store_url: str, tmp_path: Path) -> None:
    """Runs 3 and 4 have the older extracts: by the dates alone, what runs 2 and 5 tell of a would be gone."""
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="F")
        run(store, tmp_path, 5, a=".", b="F")  # carries a over
        run(store, tmp_path, 3, a="P", b="F")
        run(store, tmp_path, 4, a="P", b="F")
        run(store, tmp_path, 6, a="D", b="F")  # lists a as not yet due
        kept = {number: store.load(number) for number in (2, 4, 5)}
        assert "a" in of_rule(kept[2].carried_over) & set(statuses(kept[5]))
        purge(store, 4)
        for number, before in kept.items():
            after = store.load(number)
            for name in ("findings", "rejected", "resolved", "carried_over"):
                assert getattr(after, name).equals(getattr(before, name)), (number, name)


def test_a_nightly_run_whose_files_are_still_to_be_written_is_kept_from_a_purge(store_url: str, tmp_path: Path) -> None:
    (tmp_path / "full").touch()
    with opened(store_url) as store:
        extract = write_night(tmp_path / "extracts", as_of(1), {"a": "F", "b": "F"}, "night1")
        order = Order(extract, None, Config(), None, RunKind.NIGHTLY)
        with store.lease() as owner, pytest.raises(ReportError):
            run_nightly(order, store, owner, lambda _: tmp_path / "full", timedelta(minutes=1))
        run(store, tmp_path, 2, a="P", b="F")
        run(store, tmp_path, 3, a="P", b="F")
        assert purge(store, 3)["runs"] == 0
        assert store.audit()[-1].details["before"] == as_of(1).astimezone(UTC).isoformat()
        assert statuses(store.load(1)) == {"a": "new", "b": "new"}


def test_a_single_check_whose_files_could_not_be_written_is_in_no_purges_way(store_url: str, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "night1").touch()
    with opened(store_url) as store:
        with pytest.raises(ReportError):
            run(store, tmp_path, 1, a="F", b="F")
        run(store, tmp_path, 2, a="P", b="F")
        run(store, tmp_path, 3, a="P", b="F")
        assert purge(store, 3)["runs"] == 2


def test_a_check_of_a_nightly_extract_leaves_the_nightly_files_to_the_next_pass(store_url: str, tmp_path: Path) -> None:
    (tmp_path / "full").touch()
    extract = write_night(tmp_path / "extracts", as_of(1), {"a": "F"}, "night1")
    order = Order(extract, None, Config(), None, RunKind.NIGHTLY)
    with opened(store_url) as store:
        with store.lease() as owner, pytest.raises(ReportError):
            run_nightly(order, store, owner, lambda _: tmp_path / "full", timedelta(minutes=1))
        again = run(store, tmp_path, 1)
        assert (again.repeated, again.workbook) == (True, tmp_path / "reports" / "night1" / "exceptions.xlsx")
        assert [(only.status, only.report) for only in store.runs()] == [(RunStatus.STORED, None)]


def test_what_a_folder_held_first_is_judged_again_once_it_is_put_back(store_url: str, tmp_path: Path) -> None:
    extract = tmp_path / "extracts" / "night1"
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F")
        for letter in "PF":
            extract.rename(tmp_path / f"before {letter}")
            done = run(store, tmp_path, 1, a=letter)
            assert not done.repeated
        assert run(store, tmp_path, 1).repeated
        assert now(store)["a"][0] == "new"  # it was opened again as of the one moment that there is
