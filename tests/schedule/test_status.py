"""`status` says what is left and why, and never that all is well where something is not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import update

from checker.config import load_config
from checker.store.engine import connect, writing
from checker.store.tables import RuleResultRow
from tests.command import checker
from tests.nights import as_of
from tests.schedule.passes import night, nightly, status


def test_status_does_not_call_it_well_while_something_failed(tmp_path: Path, config: Path) -> None:
    config.write_text(config.read_text().replace("inbox = 'inbox'", "inbox = 'inbox'\nstale_after_hours = 8784"))
    night(tmp_path, 1)
    (night(tmp_path, 2) / "children.csv").unlink()
    assert nightly(config).code == 0  # the second is still arriving
    assert checker("status", "--config", config).out.splitlines()[0].split() == ["Service", "all", "is", "well"]
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11)):
        assert nightly(config).code == 11
    done = checker("status", "--config", config)
    assert (done.code, " ".join(done.out.splitlines()[0].split())) == (0, "Service in time, but look below")


@pytest.mark.parametrize(("hours", "code"), [(29.9, 0), (30.1, 17)])
def test_status_warns_when_the_newest_good_extract_is_too_old(
    tmp_path: Path, config: Path, hours: float, code: int
) -> None:
    night(tmp_path, 1)
    assert nightly(config).code == 0
    with time_machine.travel(as_of(1) + timedelta(hours=hours)):
        found, told = status(config)
    assert (found, told["is_stale"], told["age_hours"]) == (code, code == 17, pytest.approx(hours, abs=0.01))


def test_status_before_the_first_run_is_no_good_news(config: Path) -> None:
    done = checker("status", "--config", config)
    assert done.code == 17
    assert "OVERDUE" in done.out
    assert "none yet" in done.out


def test_a_rule_that_failed_in_the_last_good_run_is_no_good_news(tmp_path: Path, config: Path) -> None:
    config.write_text(config.read_text().replace("inbox = 'inbox'", "inbox = 'inbox'\nstale_after_hours = 8784"))
    night(tmp_path, 1)
    assert nightly(config).code == 0
    assert status(config)[1]["is_well"] is True
    engine = connect(load_config(config).store.url.get_secret_value())
    with writing(engine) as connection:
        connection.execute(update(RuleResultRow).where(RuleResultRow.rule_id == "REF001").values(status="error"))
    engine.dispose()
    told = status(config)[1]
    assert (told["is_well"], told["rule_errors"]) == (False, ["REF001"])
    assert "REF001: its findings are not in that list" in checker("status", "--config", config).out


def test_an_alarm_stands_first_wherever_the_list_is_told_of(tmp_path: Path, config: Path) -> None:
    night(tmp_path, 1, **{f"{number:02}": "F" for number in range(10)})
    night(tmp_path, 2, **{f"{number:02}": "F" for number in range(4)})
    done = nightly(config)
    told = "incidents has 4 rows and had 10 in the last run"
    assert f"CHECK THE EXTRACT BEFORE WORKING THIS LIST: {told}." in done.out
    (report,) = (tmp_path / "reports").glob("*_run2")
    assert told in json.loads((report / "run.json").read_text())["alarms"]
    assert told in checker("status", "--config", config).out
