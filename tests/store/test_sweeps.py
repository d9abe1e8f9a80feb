"""A sweep is kept under its name, apart from the nightly life of findings, and is gone on with where it was ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from checker.errors import ConfigError, HeldError, SourceError
from checker.evaluation import FINDING_SCHEMA
from checker.measures import MEASURES
from checker.models import Decision, Disposition, RunKind, Selection, Sweep
from checker.pipeline.closing import sign_sweep_off
from checker.pipeline.order import Order
from checker.pipeline.sweep import Swept, run_sweep
from checker.report.words import life_counts
from checker.report.worklist import in_order
from checker.store import Attempt, Begun, Store, SweptPart, Wanted, opened
from tests.nights import as_of, write_night
from tests.store.decided import disposition
from tests.store.told import DEFAULTS, RULE, now, of_rule, run, statuses

ALL = Selection()
TOLD = "Decided in the sweep old cases, {}, by DS Example: no referral required, reason given (moved abroad)"


def extract_of(folder: Path, night: int, **stories: str) -> Path:
    extract = folder / "extracts" / f"sweep{night}"
    if not extract.exists():
        write_night(folder / "extracts", as_of(night), stories, f"sweep{night}")
    return extract


def sweep(store: Store, folder: Path, extract: Path, selection: Selection = ALL, name: str = "old cases") -> Swept:
    order = Order(extract, None, DEFAULTS, None, reason="an inspection")
    return run_sweep(order, name, selection, store, folder / name, 100)


def decided(swept: Sweep, story: str, decision: Decision = Decision.NO_REFERRAL_REQUIRED, **values: str) -> Disposition:
    run = replace(swept.run, carried_over=swept.run.findings.clear())
    return disposition(run, story, decision, **({"reason": "moved abroad"} | values))


def test_a_sweep_changes_nothing_of_what_the_nights_tell(store_url: str, tmp_path: Path) -> None:
    """It opens no finding that it sees, resolves none that it sees pass, and is no newest extract of anything."""
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="F", c="P")
        before = (now(store), store.findings(Wanted()))
        sweep(store, tmp_path, extract_of(tmp_path, 3, a="P", b="F", c="F", d="F"))
        assert now(store) == before[0]
        assert store.findings(Wanted()).equals(before[1])
        night = run(store, tmp_path, 2, a="F", b="P", c="F", d="P").run
        assert statuses(night) == {"a": "still open", "c": "new"}
        assert of_rule(night.resolved) == {"b"}
        assert of_rule(night.carried_over) == set()
        assert (life_counts(night) or {})["superseded"] == 0


def test_a_sweep_says_how_the_nightly_lists_have_its_lines(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="F")
        run(store, tmp_path, 2, a="F", b="P")
        swept = sweep(store, tmp_path, extract_of(tmp_path, 3, a="F", b="F", c="F")).sweep
    lines = swept.run.findings.filter(pl.col("rule_id") == RULE)
    assert lines.get_column("status").unique().to_list() == ["swept"]
    told = lines.join(swept.nightly, on="finding_id", how="left").select("child_ref", "standing").rows()
    assert sorted(told) == [("Ca", "open since 10/10/2026"), ("Cb", "resolved 11/10/2026"), ("Cc", None)]


def test_what_was_decided_in_a_sweep_is_told_in_the_nightly_list_and_settles_nothing_there(
    store_url: str, tmp_path: Path
) -> None:
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F", b="F")
        swept = sweep(store, tmp_path, extract_of(tmp_path, 2, a="F", b="F")).sweep
        assert len(store.decide([decided(swept, "a")]).taken) == 1
        night = run(store, tmp_path, 3, a="F", b="F").run
        assert statuses(night) == {"a": "still open", "b": "still open"}
        lines = in_order(night, night.findings.filter(pl.col("rule_id") == RULE))
        evidence = dict(lines.select("child_ref", "evidence").iter_rows())
        today = datetime.now(UTC).strftime("%d/%m/%Y")
        assert evidence["Ca"].endswith("\n" + TOLD.format(today))
        assert "sweep" not in evidence["Cb"]
        # and the other way round: what a night decides is none of the sweep's business
        assert len(store.decide([disposition(night, "b", Decision.NOT_AN_EXCEPTION, reason="a test")]).taken) == 1
        decisions = store.sweeps.load("old cases").run.decisions
        assert decisions is not None
        assert decisions.select("decision", "reason", "decided_by").rows() == [
            ("no referral required, reason given", "moved abroad", "DS Example")
        ]


def test_a_later_word_in_the_same_sweep_is_the_one_that_counts(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        swept = sweep(store, tmp_path, extract_of(tmp_path, 1, a="F")).sweep
        first = decided(swept, "a", Decision.UNDER_REVIEW, reason="to be asked")
        later = decided(swept, "a", file_sha256="cd" * 32)
        assert len(store.decide([first]).taken) == 1
        assert len(store.decide([later]).taken) == 1
        assert len(store.decide([later]).repeated) == 1
        decisions = store.sweeps.load("old cases").run.decisions
        assert decisions is not None
        assert decisions.get_column("decision").to_list() == ["no referral required, reason given"]
        steps = [step.what for step in store.history(swept.run.findings.item(0, "finding_id"))]
        assert steps == ["listed in the sweep 'old cases'", *[each.decision.value for each in (first, later)]]


def test_the_same_command_again_judges_nothing_again(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        extract = extract_of(tmp_path, 1, a="F", b="P")
        first, second = (sweep(store, tmp_path, extract) for _ in range(2))
        assert (first.repeated, second.repeated) == (False, True)
        assert second.sweep.order.equals(first.sweep.order)
        assert [each.kind.value for each in store.runs()] == ["sweep"]


@pytest.mark.parametrize(
    ("night", "selection", "what"),
    [(2, ALL, "another extract"), (1, Selection(districts=("North",)), "another selection")],
)
def test_a_name_is_that_of_one_sweep(
    store_url: str, tmp_path: Path, night: int, selection: Selection, what: str
) -> None:
    with opened(store_url) as store:
        sweep(store, tmp_path, extract_of(tmp_path, 1, a="F"))
        with pytest.raises(ConfigError, match=f"'old cases' is the sweep of run 1, of {what}; give another name"):
            sweep(store, tmp_path, extract_of(tmp_path, night, a="P"), selection)


def test_a_sweep_that_failed_before_anything_was_judged_takes_the_mended_extract(
    store_url: str, tmp_path: Path
) -> None:
    extract = extract_of(tmp_path, 1, a="F")
    children = (extract / "children.csv").read_bytes()
    (extract / "children.csv").write_bytes(children + b"I2,C2,2018-03-04\n")
    with opened(store_url) as store:
        with pytest.raises(SourceError, match="children"):
            sweep(store, tmp_path, extract)
        (told,) = store.sweeps.names()
        assert (told.run.status, told.is_stored, told.parts) == ("failed", False, 0)
        (extract / "children.csv").write_bytes(children)
        assert sweep(store, tmp_path, extract).sweep.order.height == 1
        (told,) = store.sweeps.names()
        assert (told.run.number, told.is_stored, told.run.error) == (1, True, None)


def test_after_the_sign_off_no_decision_is_taken(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        swept = sweep(store, tmp_path, extract_of(tmp_path, 1, a="F")).sweep
        with pytest.raises(ConfigError, match=r"--reason: still open: Exception, no decision \(2\)"):
            sign_sweep_off(store, "old cases", "DI Example", None)
        sign_sweep_off(store, "old cases", "DI Example", "passed to the hub")
        (problem,) = store.decide([decided(swept, "a")]).problems
        assert problem.fault == "DI Example has signed off the sweep of run 1"
        signed = store.sweeps.load("old cases")
        assert signed.signed_off_by == "DI Example"
        assert signed.signed_off_at is not None
        assert store.audit()[-1].reason == "passed to the hub"
        with pytest.raises(ConfigError, match="DI Example has signed it off"):
            sign_sweep_off(store, "old cases", "DI Other", "again")


def test_a_purge_takes_a_sweep_that_was_signed_off_and_no_other(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        run(store, tmp_path, 40, z="F")
        for name in ("signed", "open"):
            swept = sweep(store, tmp_path, extract_of(tmp_path, 1, a="F"), name=name).sweep
            store.decide([decided(swept, "a")])
        sign_sweep_off(store, "signed", "DI Example", "the rest is known")
        later = datetime.now(UTC) + timedelta(seconds=1)
        assert store.purge(later, "retention").decisions == 1
        with pytest.raises(ConfigError, match="'signed': its lists were purged"):
            store.sweeps.load("signed")
        assert store.sweeps.load("open").order.height == 1
        (signed, still_open) = store.sweeps.names()
        assert (signed.signed_off_by, still_open.signed_off_by) == ("DI Example", None)


def test_a_sweep_that_is_not_there_is_named_with_those_that_are(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        with pytest.raises(ConfigError, match="'old': no such sweep; there is none yet"):
            store.sweeps.load("old")
        sweep(store, tmp_path, extract_of(tmp_path, 1, a="F"))
        with pytest.raises(ConfigError, match="'old case': no such sweep; did you mean 'old cases'"):
            store.sweeps.load("old case")


def test_a_sweep_looks_back_on_what_was_known_when_it_began(store_url: str, tmp_path: Path) -> None:
    """However often it goes on: a night that comes in between changes nothing for its later parts."""
    with opened(store_url) as store:
        run(store, tmp_path, 1, a="F")
        swept = sweep(store, tmp_path, extract_of(tmp_path, 2, b="F"))
        run_id = swept.sweep.run.record.run_id
        since = as_of(1) - timedelta(days=400)
        run(store, tmp_path, 3, c="F")
        assert store.past(since, run_id).incidents.get_column("incident_ref").to_list() == ["Ia"]


def begun(store: Store, extract: str, digest: str) -> Begun:
    attempt = Attempt(RunKind.SWEEP, extract, digest, "settings", "an inspection")
    return store.sweeps.begin(attempt, "old cases", ALL)


def test_what_comes_of_a_sweep_is_taken_only_from_whoever_went_on_with_it_last(store_url: str) -> None:
    """Two processes under one name, perhaps over two extracts: a part of one never passes for a part of the other."""
    nothing = SweptPart(
        {}, pl.DataFrame(schema=FINDING_SCHEMA), pl.DataFrame(schema=MEASURES), pl.Series([], dtype=pl.String)
    )
    with opened(store_url) as store:
        first = begun(store, "one", "digest of one")
        second = begun(store, "two", "digest of two")
        assert first.number == second.number
        for act in (
            lambda: store.sweeps.put_part(first, "incidents 1 to 2", nothing),
            lambda: store.sweeps.interrupted(first, "killed"),
        ):
            with pytest.raises(HeldError, match="another process has gone on with this sweep"):
                act()
        store.sweeps.put_part(second, "incidents 1 to 2", nothing)
        assert list(begun(store, "two", "digest of two").done) == ["incidents 1 to 2"]
        with pytest.raises(ConfigError, match="of another extract"):
            begun(store, "one", "digest of one")


def test_a_sweep_is_no_word_on_what_a_check_of_the_same_extract_has_told(store_url: str, tmp_path: Path) -> None:
    """The folder held F, then P, then F again, and was swept between: the check of the last is a run of its own."""
    with opened(store_url) as store:
        run(store, tmp_path, 1, "e", a="F")
        first = tmp_path / "extracts" / "e"
        kept = {file.name: file.read_bytes() for file in first.iterdir()}
        for file in first.iterdir():
            file.unlink()
        first.rmdir()
        run(store, tmp_path, 1, "e", a="P")
        for name, content in kept.items():
            (first / name).write_bytes(content)
        sweep(store, tmp_path, first)
        again = run(store, tmp_path, 1, "e", a="F")
        assert not again.repeated
        assert statuses(again.run) == {"a": "new"}
