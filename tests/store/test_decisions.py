"""What a decision makes of a finding: off the list while it holds, back when its evidence changes or it expires."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
import time_machine

from checker.config import Config
from checker.errors import ConfigError
from checker.models import Decision, Disposition, Run
from checker.store import Store, Wanted, opened
from tests.first_rules import first_rules
from tests.nights import as_of, write_night
from tests.store.decided import disposition
from tests.store.told import RULE, run, statuses

NOT_REQUIRED = Decision.NO_REFERRAL_REQUIRED
MADE = Decision.REFERRAL_ALREADY_MADE
SUBMITTED = Decision.REFERRAL_NOW_SUBMITTED


def decided_about(done: Run, story: str) -> dict[str, object]:
    assert done.decisions is not None
    ids = done.findings.filter(rule_id=RULE, child_ref=f"C{story}").get_column("finding_id").to_list()
    (line,) = done.decisions.filter(pl.col("finding_id").is_in(ids)).to_dicts()
    return line


def carried(done: Run) -> dict[str, str]:
    assert done.carried_over is not None
    return {line["child_ref"][1:]: line["status"] for line in done.carried_over.filter(rule_id=RULE).to_dicts()}


def decide_on(night: int, store: Store, *said: Disposition) -> None:
    """Collect decisions at nine in the morning after a night."""
    with time_machine.travel(as_of(night) + timedelta(hours=7)):
        assert {*store.decide(said).taken} == {*said}


def test_a_settled_finding_leaves_the_list_of_the_next_run_and_no_other_finding_does(
    store_url: str, tmp_path: Path
) -> None:
    """Neither that of another child, nor that of another rule about the same incident (none of them is closed)."""
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F", b="F").run
        decide_on(1, store, disposition(first, "a", NOT_REQUIRED, reason="seen by the hub"))
        second = run(store, tmp_path, 2, a="F", b="F").run
        assert statuses(second) == {"a": "settled", "b": "still open"}
        others = second.findings.filter(pl.col("rule_id") != RULE)
        assert set(others["status"]) == {"still open"}
        assert others.filter(incident_ref="Ia").height == 1  # CLO002
        line = decided_about(second, "a")
        assert (line["decision"], line["reason"]) == ("no referral required, reason given", "seen by the hub")
        # 180 days after 10 October 2026, the day on which it was read
        assert (line["decided_on"], line["settled_until"]) == (date(2026, 10, 10), date(2027, 4, 8))
        assert second.decisions is not None
        assert second.decisions.height == 1


def test_a_past_run_is_loaded_as_it_was_before_the_decision(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F").run
        store.decide([disposition(first, "a", SUBMITTED)])
        assert first.record.number is not None
        again = store.load(first.record.number)
        assert statuses(again) == {"a": "new"}
        assert again.decisions is not None
        assert again.decisions.is_empty()


@pytest.mark.parametrize(
    ("decision", "last_night", "word"),
    [
        # read on the day of night 1; the seventh day after it is that of night 8, which is still within a week
        (SUBMITTED, 8, "decision expired"),
        (MADE, 8, "referral not found"),
        (Decision.RECORD_CORRECTED, 8, "decision expired"),
        (Decision.PASSED_TO_ANOTHER_TEAM, 8, "decision expired"),
    ],
)
def test_a_decision_settles_to_the_last_of_its_days_and_then_the_finding_comes_back(
    tmp_path: Path, decision: Decision, last_night: int, word: str
) -> None:
    with opened(f"sqlite:///{tmp_path}/store.db") as store:
        first = run(store, tmp_path, 1, a="F").run
        decide_on(1, store, disposition(first, "a", decision, reason="a reason", reference="R-OTHER"))
        assert statuses(run(store, tmp_path, last_night, a="F").run) == {"a": "settled"}
        assert statuses(run(store, tmp_path, last_night + 1, a="F").run) == {"a": word}


def test_a_force_may_say_otherwise_for_how_long_one_of_the_decisions_settles(tmp_path: Path) -> None:
    config = Config(rules=first_rules(), policy={"review_after_days": {"not_an_exception": 1, "record_corrected": 0}})
    with opened(f"sqlite:///{tmp_path}/store.db") as store:
        first = run(store, tmp_path, 1, config=config, a="F", b="F", c="F").run
        said = (("a", Decision.NOT_AN_EXCEPTION), ("b", Decision.RECORD_CORRECTED), ("c", SUBMITTED))
        decide_on(1, store, *(disposition(first, story, decision, reason="a reason") for story, decision in said))
        second = run(store, tmp_path, 2, config=config, a="F", b="F", c="F").run
        assert statuses(second) == {"a": "settled", "b": "still open", "c": "settled"}
        third = run(store, tmp_path, 3, config=config, a="F", b="F", c="F").run
        assert statuses(third) == {"a": "decision expired", "b": "still open", "c": "settled"}


def test_under_review_stays_on_the_list_and_says_so(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F").run
        store.decide([disposition(first, "a", Decision.UNDER_REVIEW)])
        second = run(store, tmp_path, 2, a="F").run
        assert statuses(second) == {"a": "under review"}
        assert decided_about(second, "a")["settled_until"] is None


def test_changed_evidence_brings_a_settled_finding_back(store_url: str, tmp_path: Path) -> None:
    """It was marked as domestic abuse; then the marker is blank, so that it cannot be told."""
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F").run
        store.decide([disposition(first, "a", NOT_REQUIRED, reason="a reason")])
        assert statuses(run(store, tmp_path, 2, a="U").run) == {"a": "evidence changed"}
        # and as it was decided upon it is settled again
        assert statuses(run(store, tmp_path, 3, a="F").run) == {"a": "settled"}


def test_a_finding_that_was_put_right_and_came_back_is_not_settled_by_what_was_decided_before(
    store_url: str, tmp_path: Path
) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F").run
        store.decide([disposition(first, "a", NOT_REQUIRED, reason="a reason")])
        assert statuses(run(store, tmp_path, 2, a="P").run) == {}
        assert statuses(run(store, tmp_path, 3, a="F").run) == {"a": "evidence changed"}


def test_the_referral_that_a_decision_names_settles_it_once_an_extract_has_it_for_that_child(
    store_url: str, tmp_path: Path
) -> None:
    """R9 is of the child of a and there on night 3 only; R8, of the child of c, was submitted before the incident."""
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F", b="F", c="F").run
        named = (("a", " r9 "), ("b", "R9"), ("c", "R8"))
        decide_on(1, store, *(disposition(first, story, MADE, reference=reference) for story, reference in named))
        all_settled = {"a": "settled", "b": "settled", "c": "settled"}
        assert statuses(run(store, tmp_path, 2, a="F", b="F", c="F").run) == all_settled
        with_forms(tmp_path, 3, "R9,Iz,Ca,2026-09-01T12:00", "R8,Iz,Cc,2026-09-01T09:59")
        assert statuses(run(store, tmp_path, 3).run) == all_settled
        later = run(store, tmp_path, 40, a="F", b="F", c="F").run
        assert statuses(later) == {"a": "settled", "b": "referral not found", "c": "referral not found"}
        assert decided_about(later, "a")["settled_until"] is None


def with_forms(folder: Path, night: int, *referrals: str) -> None:
    """Write the extract of a night with stories a, b and c, and more referrals under the incident Iz, no abuse."""
    extract = write_night(folder / "extracts", as_of(night), dict.fromkeys("abc", "F"), f"night{night}")
    with (extract / "incidents.csv").open("a") as file:
        file.write("Iz,2026-09-01T09:00,2026-09-01T09:30,QL24,no,,North\n")
    with (extract / "referrals.csv").open("a") as file:
        file.writelines(f"{referral}\n" for referral in referrals)
    (extract / "manifest.json").write_text(f'{{"extracted_at": "{as_of(night).isoformat()}"}}')


def test_what_is_settled_can_be_taken_back_from_the_next_list(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F").run
        decide_on(1, store, disposition(first, "a", NOT_REQUIRED, reason="a reason"))
        second = run(store, tmp_path, 2, a="F").run
        assert statuses(second) == {"a": "settled"}
        decide_on(2, store, disposition(second, "a", Decision.UNDER_REVIEW, file="second.xlsx", sheet="Settled"))
        assert statuses(run(store, tmp_path, 3, a="F").run) == {"a": "under review"}


def test_days_are_counted_from_the_day_of_reading_however_old_the_list_is(tmp_path: Path) -> None:
    """Nights 2 to 9 were not delivered: what was read after night 9 does not expire at once."""
    with opened(f"sqlite:///{tmp_path}/store.db") as store:
        first = run(store, tmp_path, 1, a="F").run
        decide_on(9, store, disposition(first, "a", SUBMITTED))
        assert statuses(run(store, tmp_path, 10, a="F").run) == {"a": "settled"}
        assert statuses(run(store, tmp_path, 17, a="F").run) == {"a": "decision expired"}


def test_a_referral_that_is_withdrawn_after_it_was_seen_confirms_nothing_any_more(
    store_url: str, tmp_path: Path
) -> None:
    """R9 is submitted on night 3, not there on night 20, withdrawn on night 30 and submitted again on night 31."""
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F", b="P", c="P").run
        decide_on(1, store, disposition(first, "a", MADE, reference="R9"))
        told = {}
        for night, state in ((3, "submitted"), (20, None), (30, "withdrawn"), (31, "submitted")):
            with_forms(tmp_path, night, *([f"R9,Iz,Ca,2026-09-01T12:00,{state}"] if state else []))
            table = tmp_path / "extracts" / f"night{night}" / "referrals.csv"
            table.write_text(table.read_text().replace("submitted_at\n", "submitted_at,status\n"))
            told[night] = statuses(run(store, tmp_path, night).run)["a"]
        assert told == {3: "settled", 20: "settled", 30: "referral not found", 31: "settled"}
        again = store.load([each.number for each in store.runs()][2])
        assert statuses(again)["a"] == "settled"


def test_a_form_for_a_sibling_brings_no_settled_child_back(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        for night in (1, 2, 3):
            extract = write_night(tmp_path / "extracts", as_of(night), {"a": "F"}, f"night{night}")
            with (extract / "children.csv").open("a") as file:
                file.write("Ia,Cb,2019-03-04\nIa,Cc,2020-03-04\n")
            with (extract / "referrals.csv").open("a") as file:
                file.writelines(f"R{child},Ia,C{child},2026-10-10T12:00\n" for child in "bc"[: night - 1])
            (extract / "manifest.json").write_text(f'{{"extracted_at": "{as_of(night).isoformat()}"}}')
            done = run(store, tmp_path, night).run
            assert statuses(done)["a"] == ("new" if night == 1 else "settled")
            if night == 1:
                decide_on(1, store, disposition(done, "a", NOT_REQUIRED, reason="a reason"))
        (line,) = done.findings.filter(rule_id=RULE).to_dicts()
        assert line["evidence"].endswith("; 2 forms for other children of the incident")


def test_a_referral_for_a_named_child_does_not_confirm_that_one_was_made_for_those_without_a_name(
    store_url: str, tmp_path: Path
) -> None:
    """R9 is for every child of its incident, R8 for the one that is named."""
    statuses_of = {}
    with opened(store_url) as store:
        for night in (1, 2, 9):
            extract = write_night(tmp_path / "extracts", as_of(night), {"a": "F", "b": "F"}, f"night{night}")
            incidents = "\n".join(f"I{story},2026-09-01T10:00,yes,3" for story in "ab")
            (extract / "incidents.csv").write_text(
                f"incident_ref,reported_at,domestic_abuse,child_count\n{incidents}\n"
            )
            forms = "R8,Ia,Ca,2026-09-01T12:00\n" + ("R9,Ib,,2026-09-01T12:00\n" if night == 2 else "")
            (extract / "referrals.csv").write_text(f"referral_ref,incident_ref,child_ref,submitted_at\n{forms}")
            (extract / "manifest.json").write_text(f'{{"extracted_at": "{as_of(night).isoformat()}"}}')
            done = run(store, tmp_path, night).run
            lines = done.findings.filter(pl.col("rule_id") == RULE, pl.col("child_ref").is_null())
            statuses_of[night] = dict(lines.select("incident_ref", "status").iter_rows())
            if night == 1:
                ids = dict(lines.select("incident_ref", "finding_id").iter_rows())
                said = (
                    disposition(done, story, MADE, "CLO002", reference=reference)
                    for story, reference in (("a", "R8"), ("b", "R9"))
                )
                decide_on(
                    1, store, *(replace(each, finding_id=ids[str(each.incident_ref)], rule_id=RULE) for each in said)
                )
    assert statuses_of[2] == {"Ia": "settled"}
    assert statuses_of[9] == {"Ia": "referral not found", "Ib": "evidence changed"}


def test_a_carried_over_finding_can_be_settled_too(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="F")
        second = run(store, tmp_path, 2, a=".", b="F").run
        assert carried(second) == {"a": "still open"}
        said = disposition(second, "a", NOT_REQUIRED, reason="duplicate of another")
        assert store.decide([said]).problems == ()
        assert carried(run(store, tmp_path, 3, a=".", b="F").run) == {"a": "settled"}
        assert statuses(run(store, tmp_path, 4, a="F", b="F").run) == {"a": "settled", "b": "still open"}


def test_the_findings_of_the_store_say_what_was_decided_at_once(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F", b="F").run
        store.decide([disposition(first, "a", NOT_REQUIRED, reason="a reason")])
        settled = store.findings(Wanted(rule=RULE, status="settled")).get_column("child_ref").to_list()
        open_ = store.findings(Wanted(rule=RULE, status="open")).get_column("child_ref").to_list()
        assert (settled, open_) == (["Ca"], ["Cb"])


def problems_of(store: Store, *said: object) -> list[tuple[str | None, int | None, str]]:
    found = store.decide(said)  # type: ignore[arg-type]
    return [(problem.file, problem.row, problem.fault) for problem in found.problems]


def test_the_same_workbook_again_changes_nothing(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        said = disposition(run(store, tmp_path, 1, a="F").run, "a", SUBMITTED)
        assert store.decide([said]).taken == (said,)
        again = store.decide([said])
        assert (again.taken, again.repeated, again.problems) == ((), (said,), ())


def test_a_changed_mind_in_the_same_workbook_is_taken_and_said_and_the_earlier_decision_kept(
    store_url: str, tmp_path: Path
) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F").run
        store.decide([disposition(first, "a", SUBMITTED)])
        changed = disposition(first, "a", NOT_REQUIRED, reason="an adult after all", row=9)
        found = store.decide([changed])
        assert found.taken == (changed,)
        assert [(problem.row, problem.fault) for problem in found.problems] == [
            (9, "the decision was changed since this workbook was last read; it was taken, the earlier one is kept")
        ]
        second = run(store, tmp_path, 2, a="F").run
        assert decided_about(second, "a")["decision"] == NOT_REQUIRED.value
        finding_id = changed.finding_id
        run(store, tmp_path, 3, a="P")
        assert [(step.what, step.run, step.reason) for step in store.history(finding_id)] == [
            ("opened", first.record.number, None),
            (SUBMITTED.value, first.record.number, None),
            (NOT_REQUIRED.value, first.record.number, "an adult after all"),
            ("resolved", second.record.number + 1, None),
        ]
        with pytest.raises(ConfigError, match="REF001-0: the store has no finding with this id"):
            store.history("REF001-0")


def test_a_workbook_that_is_collected_once_more_undoes_nothing_that_was_decided_since(
    store_url: str, tmp_path: Path
) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F", b="F").run
        said = [disposition(first, story, SUBMITTED, file_sha256="11" * 32) for story in "ab"]
        store.decide(said)
        changed = disposition(first, "a", Decision.UNDER_REVIEW, file_sha256="22" * 32)
        assert store.decide([changed]).taken == (changed,)
        second = run(store, tmp_path, 2, a="F", b="F").run
        assert statuses(second) == {"a": "under review", "b": "settled"}
        again = store.decide(said)
        assert (again.taken, again.repeated, again.problems) == ((), tuple(said), ())
        assert statuses(run(store, tmp_path, 3, a="F", b="F").run) == {"a": "under review", "b": "settled"}


def test_a_workbook_of_the_same_name_that_somebody_else_filled_in_overrules_nobody(
    store_url: str, tmp_path: Path
) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F").run
        one = disposition(first, "a", Decision.UNDER_REVIEW, decided_by="PS North", file_sha256="11" * 32)
        other = disposition(first, "a", SUBMITTED, decided_by="PS South", file_sha256="22" * 32, row=8)
        assert store.decide([one]).taken == (one,)
        assert problems_of(store, other) == [
            ("exceptions.xlsx", 8, "exceptions.xlsx of the same run decided otherwise before; that decision stands")
        ]


def test_two_workbooks_that_disagree_decide_nothing(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F", b="F").run
        one = disposition(first, "a", SUBMITTED, file="north.xlsx", row=6)
        other = disposition(first, "a", Decision.UNDER_REVIEW, file="south.xlsx", row=8)
        agreed = disposition(first, "b", SUBMITTED, file="north.xlsx", row=7)
        same = replace(agreed, file="south.xlsx", row=9)
        found = store.decide([one, other, agreed, same])
        assert (found.taken, found.repeated) == ((agreed,), (same,))
        fault = "workbooks disagree about this finding: north.xlsx, south.xlsx"
        assert [(problem.file, problem.row, problem.fault) for problem in found.problems] == [
            ("north.xlsx", 6, fault),
            ("south.xlsx", 8, fault),
        ]
        # one of them comes first: what it decided stands, and the other is told
        store.decide([one])
        assert problems_of(store, other) == [
            ("south.xlsx", 8, "north.xlsx of the same run decided otherwise before; that decision stands")
        ]
        assert statuses(run(store, tmp_path, 2, a="F", b="F").run) == {"a": "settled", "b": "settled"}


def test_a_workbook_of_an_older_run_is_taken_where_nothing_has_changed_and_said_to_be_old(
    store_url: str, tmp_path: Path
) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F", b="F", c="F", d="F").run
        second = run(store, tmp_path, 2, a="F", b="U", c="P", d="F").run
        newer = disposition(second, "d", Decision.UNDER_REVIEW, file="second.xlsx")
        store.decide([newer])
        old = [disposition(first, story, SUBMITTED, row=row) for row, story in enumerate(("a", "b", "c", "d"), start=6)]
        found = store.decide(old)
        assert found.taken == (old[0],)
        one, two = first.record.number, second.record.number
        assert {(problem.sheet, problem.row, problem.fault) for problem in found.problems} == {
            (
                None,
                None,
                f"is of run {one}, and run {two} is the newest; decisions taken, their evidence is the same: 1",
            ),
            ("Exceptions", 7, f"its evidence has changed since run {one}"),
            ("Exceptions", 8, "a newer extract has shown it put right: there is nothing to decide"),
            ("Exceptions", 9, f"run {two}, which is newer, has a decision about this finding already"),
        }


def test_a_line_of_a_late_list_that_a_newer_extract_supersedes_decides_nothing(store_url: str, tmp_path: Path) -> None:
    """It says something else than the newer list, or speaks of what the newer one no longer lists."""
    with opened(store_url) as store:
        newer = run(store, tmp_path, 3, a="F", b="P").run
        late = run(store, tmp_path, 2, a="U", b="F").run
        assert statuses(late) == {"a": "superseded", "b": "superseded"}
        said = disposition(newer, "a", Decision.UNDER_REVIEW)
        assert store.decide([said]).taken == (said,)
        fault = f"an extract newer than that of run {late.record.number} has told more of this finding"
        for story in "ab":
            told = problems_of(store, disposition(late, story, NOT_REQUIRED, reason="a reason", file="late.xlsx"))
            assert told == [("late.xlsx", 6, fault)]
        assert statuses(run(store, tmp_path, 4, a="F", b="P").run) == {"a": "under review"}


def test_a_line_that_no_list_of_the_store_has_decides_nothing(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        done = run(store, tmp_path, 1, a="F", b="F", z="P").run
        said = disposition(done, "a", SUBMITTED)
        number = done.record.number
        unknown = f"run {number} did not list a finding with this id"
        moved = "of this line are not those of the finding with its id: cells were moved"
        assert problems_of(store, replace(said, run=77)) == [
            ("exceptions.xlsx", 6, "the store has no results of run 77")
        ]
        assert problems_of(store, replace(said, finding_id="REF001-0123456789abcdef"))[0][2] == unknown
        assert (
            problems_of(store, replace(said, incident_ref="Ib", child_ref="Cb"))[0][2] == f"Incident and Child {moved}"
        )
        assert problems_of(store, replace(said, rule_id="CLO001"))[0][2] == f"Rule {moved}"
        assert store.decide([replace(said, incident_ref=" Ia ")]).taken != ()


def test_a_finding_of_a_later_run_was_not_in_the_older_list(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F").run
        second = run(store, tmp_path, 2, a="F", b="F").run
        said = replace(disposition(second, "b", SUBMITTED), run=first.record.number)
        assert problems_of(store, said)[0][2] == f"run {first.record.number} did not list a finding with this id"


def test_a_purge_takes_the_decisions_about_what_it_removes_with_it(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        first = run(store, tmp_path, 1, a="F", b="F").run
        decide_on(1, store, disposition(first, "a", MADE, reference="R1"), disposition(first, "b", SUBMITTED))
        run(store, tmp_path, 2, a="P", b="F")
        run(store, tmp_path, 30, b="F")
        assert store.purge(as_of(20), "retention").decisions == 1
        assert statuses(run(store, tmp_path, 31, a="F", b="F").run) == {"a": "new", "b": "decision expired"}
