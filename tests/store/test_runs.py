"""What the store keeps of a run, and what it makes of one that it knows already."""

from __future__ import annotations

import sqlite3
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest

from checker.config import Config
from checker.errors import ConfigError, ReportError, SourceError
from checker.models import About, RunKind
from checker.pipeline.order import Order
from checker.pipeline.run import run_nightly, run_report
from checker.store import Attempt, RunStatus, opened
from tests.command import TABLES, checker, small_extract
from tests.first_rules import first_rules
from tests.nights import as_of, write_night
from tests.store.told import now, of_rule, run


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
        longer = Config(rules=first_rules(), policy={"referral_due_hours": 8784.0})
        order = Order(tmp_path / "extracts" / "night1", None, longer, None)
        done = run_report(order, tmp_path / "reports" / "longer", store)
        assert done.run.record.number == 2
        assert now(store)["a"][0] == "new"  # not yet due under this policy, which resolves nothing
        assert of_rule(done.run.carried_over) == {"a"}
        assert done.run.carried_over is not None
        assert "by what its record now says it is not yet due" in done.run.carried_over["why"].to_list()


def test_the_rules_of_the_store_are_those_of_the_newest_run_that_has_each(store_url: str, tmp_path: Path) -> None:
    newer = copytree(first_rules(), tmp_path / "rules")
    text = (newer / "closure" / "CLO001.toml").read_text("utf-8")
    (newer / "closure" / "CLO001.toml").write_text(text.replace('about = "referral"\n', ""), "utf-8")
    (newer / "closure" / "CLO002.toml").unlink()
    with opened(store_url) as store:
        assert store.rules() == []
        run(store, tmp_path, 1, a="F")
        before = {rule.id: rule.about for rule in store.rules()}
        run(store, tmp_path, 2, config=Config(rules=newer), a="F")
        after = {rule.id: rule.about for rule in store.rules()}
    asking, others = ("REF001", "CLO001", "CLO002"), ("FLG001", "FLG002", "FLG003")
    assert before == dict.fromkeys(asking, About.REFERRAL) | dict.fromkeys(others)
    assert after == before | {"CLO001": None}


def test_of_each_rule_the_last_runs_in_which_it_ran_are_its_range(store_url: str, tmp_path: Path) -> None:
    """Night n has n children with neither form nor flag; on four nights there are no plans, so FLG001 does not run."""
    gaps = {3, 9, 14, 20}
    with opened(store_url) as store:
        for night in range(1, 21):
            children = [f"I{number},C{number},2018-03-04" for number in range(night)]
            rows = [f"{child.split(',')[1]},CP,2026-01-01," for child in children]
            incidents = [f"I{number},2026-11-20T10:00,2026-11-20T12:00,QL23,yes,,,," for number in range(len(children))]
            extract = small_extract(
                tmp_path / f"{night}",
                incidents="\n".join([TABLES["incidents"].splitlines()[0], *incidents]) + "\n",
                children="\n".join(["incident_ref,child_ref,date_of_birth", *children]) + "\n",
                referrals="referral_ref,incident_ref,child_ref,submitted_at\n",
                plans=None if night in gaps else "\n".join(["child_ref,plan,started_on,ended_on", *rows]) + "\n",
            )
            moment = (datetime(2026, 11, 22, 2, tzinfo=UTC) + timedelta(hours=night)).isoformat()
            attempt = Order(extract, moment, Config(rules=first_rules()), None, RunKind.NIGHTLY)
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


def test_a_check_of_a_nightly_extract_leaves_the_nightly_files_to_the_next_pass(store_url: str, tmp_path: Path) -> None:
    (tmp_path / "full").touch()
    extract = write_night(tmp_path / "extracts", as_of(1), {"a": "F"}, "night1")
    order = Order(extract, None, Config(rules=first_rules()), None, RunKind.NIGHTLY)
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
