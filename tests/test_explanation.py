"""`checker explain` takes apart the verdict that the run gave, or says that it would be another one today."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from checker.config import Config, SchoolsConfig
from checker.errors import ConfigError, SourceError
from checker.finding_ids import subject_ids
from checker.pipeline.explanation import run_explain
from checker.pipeline.order import Order
from checker.pipeline.run import run_report
from tests.facts.small import AS_OF, child, covering, incident, write

CAUSE = "the school calendar, the manifest or what the store remembers is no longer the same; run `checker check` again"
LOOKS_BACK = f"HIS001-{subject_ids(pl.DataFrame({'incident_ref': ['I1']})).item()}"
SCHOOL = f"ENC001-{subject_ids(pl.DataFrame({'incident_ref': ['I1'], 'child_ref': ['C1']})).item()}"


def reported(folder: Path, settings: Config | None = None, **cells: str) -> Path:
    """The report folder of a run over one incident, reported on Thursday 19 November at 10:00, with one child."""
    row = incident(victim_ref="V1", history_checked_at="", district="North", **cells)
    extract = write(folder / "extract", incidents=[row], children=[child()])
    (extract / "notifications.csv").write_text("notification_ref,incident_ref,child_ref,notified_at,outcome\n", "utf-8")
    run_report(Order(extract, AS_OF, settings or Config(), None), folder / "out", None)
    return folder / "out"


def refused(report: Path, finding_id: str, config: Path | None = None) -> str:
    with pytest.raises(ConfigError) as fault:
        run_explain(report, config, finding_id)
    return str(fault.value).replace(CAUSE, "CAUSE")


def test_what_the_manifest_covered_then_is_part_of_the_verdict(tmp_path: Path) -> None:
    report = reported(covering(tmp_path, "2024-01-01"))
    assert run_explain(report, None, LOOKS_BACK)[0].outcome == "out_of_scope"
    (tmp_path / "extract" / "manifest.json").unlink()
    not_listed = "was not listed by that run (pass or out of scope) and comes out as undetermined now"
    assert refused(report, LOOKS_BACK) == f"{LOOKS_BACK}: {not_listed}: CAUSE"
    reported(tmp_path)
    assert run_explain(report, None, LOOKS_BACK)[0].outcome == "undetermined"
    covering(tmp_path, "2024-01-01")
    other = "came out as undetermined in that run and as out of scope now"
    assert refused(report, LOOKS_BACK) == f"{LOOKS_BACK}: {other}: CAUSE"


def test_the_authority_of_a_district_is_part_of_the_due_time(tmp_path: Path) -> None:
    calendar = tmp_path / "school_calendar.csv"
    terms = "A,term,2026-09-03,2026-12-18\nB,term,2026-09-03,2026-12-18\nB,closed,2026-11-20,2026-11-20\n"
    calendar.write_text(f"local_authority,kind,first_day,last_day\n{terms}", encoding="utf-8")
    file = tmp_path / "checker.toml"
    stated = '[schools]\ncalendar = "school_calendar.csv"\n[schools.authorities]\nNorth = '
    file.write_text(f'{stated}"A"\n', encoding="utf-8")
    report = reported(tmp_path, Config(schools=SchoolsConfig(calendar=calendar, authorities={"North": "A"})))
    assert run_explain(report, file, SCHOOL)[0].outcome == "finding"
    file.write_text(f'{stated}"B"\n', encoding="utf-8")
    assert refused(report, SCHOOL, file) == (
        f"{SCHOOL}: came out as finding in that run and as not due now: CAUSE"  # on Monday now
    )


def test_another_due_time_is_another_verdict(tmp_path: Path) -> None:
    calendar = tmp_path / "school_calendar.csv"
    terms = "A,term,2026-09-03,2026-12-18\nB,term,2026-09-03,2026-12-18\nB,closed,2026-11-19,2026-11-19\n"
    calendar.write_text(f"local_authority,kind,first_day,last_day\n{terms}", encoding="utf-8")
    file = tmp_path / "checker.toml"
    file.write_text(
        '[schools]\ncalendar = "school_calendar.csv"\n[schools.authorities]\nNorth = "B"\n', encoding="utf-8"
    )
    schools = SchoolsConfig(calendar=calendar, authorities={"North": "A"})
    report = reported(tmp_path, Config(schools=schools), reported_at="2026-11-18T10:00")
    assert refused(report, SCHOOL, file) == (
        f"{SCHOOL}: was due 19/11/2026 09:00 in that run and is due 20/11/2026 09:00 now: CAUSE"
    )


def test_without_the_list_of_the_run_nothing_is_explained(tmp_path: Path) -> None:
    report = reported(tmp_path)
    (report / "findings.csv").write_text("rule_id\nREF001\n", encoding="utf-8")
    with pytest.raises(SourceError, match="is missing or no list of a run"):
        run_explain(report, None, SCHOOL)
    (report / "findings.csv").unlink()
    with pytest.raises(SourceError, match="is missing or no list of a run"):
        run_explain(report, None, SCHOOL)
