"""kill -9 at any moment: the store stays consistent, every report whole, and the next pass completes the work."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl

from checker.config import load_config
from checker.models import Run
from checker.schedule.nightly import run_pass
from checker.store import RunStatus, Store, Wanted, opened
from tests.command import environment, process
from tests.nights import as_of, write_config, write_night
from tests.postgres import Server
from tests.schedule.test_thirty_nights import NIGHTS, STORIES

KILLS = 12  # each within a pass, for the clock starts when it has begun
FILES = {"exceptions.xlsx", "findings.csv", "rejected.csv", "run.json"}
FIRST = date(2025, 10, 11)  # long ago, for nobody knows how many nights it takes
AHEAD = 3  # nights that wait at each start


def arrive(inbox: Path, night: int) -> None:
    """The thirty nights, over and over."""
    stories = {name: story[(night - 1) % NIGHTS] for name, story in STORIES.items()}
    write_night(inbox, as_of(night, FIRST), stories)


def told(run: Run) -> tuple[object, ...]:
    """What a run says of its findings, without what is its own: the number, and when it ran."""
    assert run.resolved is not None
    assert run.carried_over is not None
    lists = (run.findings, run.resolved, run.carried_over, run.rejected)
    return (
        run.record.as_of,
        run.record.rules,
        *(lines.sort(pl.all()).to_dicts() for lines in lists[:3]),
        lists[3].to_dicts(),
    )


def is_unlucky(store: Store) -> bool:
    """Whether the last three runs were killed."""
    last = [run.status for run in store.runs()][-3:]
    return last == [RunStatus.ABANDONED, RunStatus.ABANDONED, RunStatus.RUNNING]


def look_around(reports: Path, store: Store) -> None:
    """Whatever a kill has left: no report is half of one, and no run is called finished without its report."""
    for run in store.runs():
        if run.status is RunStatus.FINISHED:
            assert run.report is not None
            assert {file.name for file in Path(run.report).iterdir() if not file.name.startswith(".")} == FILES
    for seal in reports.glob("*/run.json"):
        assert {file.name for file in seal.parent.iterdir()} >= FILES
        number = json.loads(seal.read_text())["number"]
        assert store.record(number)[0].status in (RunStatus.STORED, RunStatus.FINISHED)


def test_nothing_is_lost_and_nothing_is_done_twice(tmp_path: Path, store_url: str) -> None:
    config, dice = write_config(tmp_path, store_url), random.Random(9)
    settings, arrived, moments = load_config(config), 0, {"killed": 0, "done": 0}
    with opened(store_url) as store:
        while moments["killed"] < KILLS:
            finished = sum(run.status is RunStatus.FINISHED for run in store.runs())
            while arrived < finished + AHEAD:
                arrived += 1
                arrive(tmp_path / "inbox", arrived)
            night = process("nightly", "--config", config)
            if not is_unlucky(store):  # what ends its process again and again is passed over for a while
                assert night.stderr is not None
                assert b"pass begun" in night.stderr.readline()  # a busy machine takes seconds to come so far
                time.sleep(dice.uniform(0.0, 0.8))
                night.send_signal(signal.SIGKILL)
            night.communicate()
            moments["killed" if night.returncode == -signal.SIGKILL else "done"] += 1
            look_around(tmp_path / "reports", store)
        assert run_pass(settings, config, store).failed == ()
        look_around(tmp_path / "reports", store)
        runs = store.runs()
        good = [run for run in runs if run.status is RunStatus.FINISHED]
        assert {run.status for run in runs} == {RunStatus.FINISHED, RunStatus.ABANDONED}
        assert [run.as_of for run in good] == [as_of(night, FIRST) for night in range(1, arrived + 1)]
        after = [told(store.load(run.number)) for run in good]
        now = store.findings(Wanted())

    calm = tmp_path / "calm"
    config = write_config(calm, f"sqlite:///{calm}/store.db")
    for night in range(1, arrived + 1):
        arrive(calm / "inbox", night)
    with opened(f"sqlite:///{calm}/store.db") as store:
        assert len(run_pass(load_config(config), config, store).finished) == arrived
        assert after == [told(store.load(run.number)) for run in store.runs()]
        assert now.equals(store.findings(Wanted()))


GOES_AWAY = """
from pathlib import Path, PosixPath
from checker.config import load_config
from checker.schedule.nightly import run_pass
from checker.store import opened
from tests.postgres import Server

server, file = {server!r}, Path({str_config!r})
stages = []

def on_stage(stage):
    if stage.startswith("judging") and not stages:
        stages.append(stage)
        server.stop()

with opened(server.url) as store:
    fault = run_pass(load_config(file), file, store, on_stage=on_stage).fault
    print(fault.exit_code, fault)
"""


def test_a_database_that_goes_away_in_mid_run_is_told_with_its_code_and_the_next_pass_does_the_work(
    tmp_path: Path, own_postgres: Server
) -> None:
    config = write_config(tmp_path, own_postgres.url)
    arrive(tmp_path / "inbox", 1)
    with opened(own_postgres.url):
        pass
    # A process of its own, for the lease of one that lives on is respected until it has been silent for minutes.
    began = subprocess.run(
        [sys.executable, "-c", GOES_AWAY.format(str_config=str(config), server=own_postgres)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert began.stdout.startswith("13 PostgreSQL database 'postgres' on "), began.stderr
    assert "the database cannot be reached or ended the connection" in began.stdout
    night = process("nightly", "--config", config)
    _, err = night.communicate()
    assert night.returncode == 13
    assert b"PostgreSQL database 'postgres' on " in err
    assert err.decode().splitlines()[-1].endswith("start it or mend [store] url")
    own_postgres.start()
    with opened(own_postgres.url) as store:
        assert [run.status for run in store.runs()] == [RunStatus.RUNNING]
    night = process("nightly", "--config", config)
    night.communicate()
    assert night.returncode == 0
    with opened(own_postgres.url) as store:
        assert [run.status for run in store.runs()] == [RunStatus.ABANDONED, RunStatus.FINISHED]
