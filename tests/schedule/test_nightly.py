"""A pass runs what is due, each extract by itself, and comes again for what failed."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest
import time_machine

from checker.config import load_config
from checker.models import RunKind
from checker.pipeline.order import Order
from checker.pipeline.run import attempt_of
from checker.schedule.nightly import run_pass
from checker.store import RunStatus, opened
from tests.command import checker, process
from tests.nights import as_of, write_config, write_night
from tests.schedule.passes import events, night, nightly, status

FILES = {"exceptions.xlsx", "findings.csv", "rejected.csv", "run.json"}
BROKEN = "inbox/2: no file for table 'children'"


def test_every_extract_is_run_once_in_the_order_of_its_moment(tmp_path: Path, config: Path) -> None:
    for number in (3, 1, 2):
        night(tmp_path, number)
    done = nightly(config)
    assert done.code == 0
    reports = sorted(folder.name for folder in (tmp_path / "reports").iterdir())
    assert reports == ["2026-10-10T0200_run1", "2026-10-11T0200_run2", "2026-10-12T0200_run3"]
    assert all({file.name for file in folder.iterdir()} == FILES for folder in (tmp_path / "reports").iterdir())
    assert [event["event"] for event in events(done)] == [
        "pass begun",
        *["run begun", "run finished"] * 3,
        "pass ended",
    ]
    again = nightly(config)
    assert (again.code, [event["event"] for event in events(again)]) == (0, ["pass begun", "pass ended"])
    assert again.out.startswith("Nothing to run")


def test_the_log_is_json_and_holds_no_value_of_a_row(tmp_path: Path, config: Path) -> None:
    night(tmp_path, 1, a="F", b="X")
    done = nightly(config)
    finished = next(event for event in events(done) if event["event"] == "run finished")
    # REF001 and CLO002 for a; b's row has a cell too many, and its child is an orphan by that
    assert {key: finished[key] for key in ("level", "extract", "run", "finding", "rejected", "alarms")} == {
        "level": "INFO",
        "extract": "1",
        "run": 1,
        "finding": 2,
        "rejected": 2,
        "alarms": 2,
    }
    assert not {"Ia", "Ib", "Ca", "Cb"} & set(done.err.replace('"', " ").split())


def test_a_failed_extract_is_left_where_it_is_and_does_not_stop_the_others(tmp_path: Path, config: Path) -> None:
    night(tmp_path, 1)
    (night(tmp_path, 2) / "children.csv").unlink()
    (tmp_path / "inbox" / "2" / "manifest.json").write_text('{"extracted_at": "2026-10-11T02:00"}', encoding="utf-8")
    config.write_text(config.read_text().replace("inbox = 'inbox'", "inbox = 'inbox'\nsettle_minutes = 0"))
    night(tmp_path, 3)
    done = nightly(config)
    assert done.code == 11
    assert f"NOT CHECKED: 2: {tmp_path}/{BROKEN}" in done.out
    assert (tmp_path / "inbox" / "2").is_dir()
    code, told = status(config)
    assert code == 17  # the newest good extract is of October
    (left,) = told["not_run"]  # type: ignore[misc]
    assert (left["extract"], left["attempts"]) == ("2", 1)
    assert left["why"].startswith(f"failed (1 attempt, exit code 11): {tmp_path}/{BROKEN}")


def test_a_failed_extract_is_tried_again_after_a_pause_that_doubles_up_to_half_a_day(
    tmp_path: Path, config: Path
) -> None:
    (night(tmp_path, 1) / "children.csv").write_text("child_ref\nC1\n", encoding="utf-8")
    attempts = []
    start = datetime.now(UTC) + timedelta(hours=1)  # by when the extract has settled
    for minutes in range(0, 60 * 48, 15):
        with (
            time_machine.travel(start + timedelta(minutes=minutes), tick=False),
            opened(load_config(config).store.url.get_secret_value()) as store,
        ):
            before = len(store.runs())
            run_pass(load_config(config), config, store)
            if len(store.runs()) > before:
                attempts.append(minutes)
    pauses = [later - earlier for earlier, later in pairwise(attempts)]
    assert pauses == [15, 30, 60, 120, 240, 480, 720, 720]


@pytest.mark.parametrize("mend", ["the files", "the settings"])
def test_whoever_mends_a_failed_extract_need_not_wait(tmp_path: Path, config: Path, mend: str) -> None:
    config.write_text(config.read_text().replace("inbox = 'inbox'", "inbox = 'inbox'\nsettle_minutes = 0"))
    folder = night(tmp_path, 1)
    children = folder / "children.csv"
    right = children.read_text()
    children.write_text(right.replace("child_ref", "kid"), encoding="utf-8")
    (folder / "manifest.json").write_text('{"extracted_at": "2026-10-10T02:00"}', encoding="utf-8")
    assert nightly(config).code == 11
    again = nightly(config)  # too early: it says still what is not checked, and never that all is well
    assert (again.code, again.out.startswith("NOT CHECKED: 1: ")) == (11, True)
    assert "; again after " in again.out
    if mend == "the files":
        children.write_text(right, encoding="utf-8")
    else:
        config.write_text(config.read_text() + "[source.tables.children.columns]\nchild_ref = 'kid'\n")
    assert nightly(config).code == 0


def test_an_extract_that_is_still_arriving_waits_for_a_later_pass(tmp_path: Path, config: Path) -> None:
    folder = night(tmp_path, 1)
    whole = (folder / "children.csv").read_text()
    (folder / "children.csv").write_text(whole[:20], encoding="utf-8")
    done = nightly(config)
    assert (done.code, done.out) == (0, "Still arriving: 1; it is run by a later pass.\n")
    assert status(config)[1]["not_run"][0]["why"] == "still arriving"  # type: ignore[index]
    (folder / "children.csv").write_text(whole, encoding="utf-8")
    assert nightly(config).code == 0
    assert status(config)[1]["not_run"] == []


def test_a_report_folder_that_stays_unwritable_is_tried_less_and_less_often(tmp_path: Path, config: Path) -> None:
    night(tmp_path, 1)
    (tmp_path / "reports").write_text("a file where the folder should be", encoding="utf-8")
    settings, start, attempts = load_config(config), datetime.now(UTC), []
    for minutes in range(0, 60 * 48, 15):
        with (
            time_machine.travel(start + timedelta(minutes=minutes), tick=False),
            opened(settings.store.url.get_secret_value()) as store,
        ):
            result = run_pass(settings, config, store)
            assert len(result.failed) + len(result.left) == 1
            if result.failed:
                attempts.append(minutes)
    pauses = [later - earlier for earlier, later in pairwise(attempts)]
    assert pauses == [15, 30, 60, 120, 240, 480, 720, 720]


def test_a_clock_that_was_years_ahead_keeps_no_failed_extract_waiting(tmp_path: Path, config: Path) -> None:
    (night(tmp_path, 1) / "children.csv").write_text("child_ref\nC1\n", encoding="utf-8")
    with time_machine.travel(datetime(2031, 1, 1, tzinfo=UTC)):
        assert nightly(config).out.startswith("NOT CHECKED: 1: ")
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        assert [event["event"] for event in events(nightly(config))].count("run failed") == 1


def test_a_report_that_cannot_be_written_is_written_by_a_later_pass(tmp_path: Path, config: Path) -> None:
    night(tmp_path, 1)
    (tmp_path / "reports").write_text("a file where the folder should be", encoding="utf-8")
    done = nightly(config)
    assert done.code == 14
    code, told = status(config)
    assert (code, told["last_good"]) == (17, None)  # a run is good only when its files are there too
    (unreported,) = told["unreported"]  # type: ignore[misc]
    assert (unreported["status"], unreported["exit_code"]) == ("stored", 14)
    (tmp_path / "reports").unlink()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        assert nightly(config).code == 0
    (report,) = (tmp_path / "reports").iterdir()
    assert {file.name for file in report.iterdir()} == FILES
    with opened(load_config(config).store.url.get_secret_value()) as store:
        (run,) = store.runs()
        assert (run.status, run.error, run.report) == (RunStatus.FINISHED, None, str(report))


def test_whoever_asks_a_pass_to_stop_finds_no_trace_of_the_run_in_hand(tmp_path: Path, config: Path) -> None:
    for number in (1, 2):
        night(tmp_path, number)
    stop, settings = Event(), load_config(config)

    def on_stage(stage: str) -> None:
        if stage.startswith("judging"):
            stop.set()

    with opened(settings.store.url.get_secret_value()) as store:
        result = run_pass(settings, config, store, stop, on_stage)
        assert (result.stopped, result.finished, result.failed) == (True, (), ())
        assert [run.status for run in store.runs()] == [RunStatus.ABANDONED]
        assert not (tmp_path / "reports").exists()
        assert len(run_pass(settings, config, store).finished) == 2


def given_up(config: Path, night: Path, times: int) -> None:
    """Let the process that runs an extract end in the middle, again and again."""
    settings = load_config(config)
    with opened(settings.store.url.get_secret_value()) as store:
        for _ in range(times):
            with store.lease() as owner:
                store.begin(attempt_of(Order(night, None, settings, config, RunKind.NIGHTLY), owner))
        with store.lease():
            assert [run.status for run in store.runs()] == [RunStatus.ABANDONED] * times


def test_an_extract_that_ends_its_process_each_time_does_not_keep_the_others_waiting(
    tmp_path: Path, config: Path
) -> None:
    first = night(tmp_path, 1)
    night(tmp_path, 2)
    given_up(config, first, 5)  # as often as it takes until it is clear that the first one does it
    assert "1: waits for the next pass; 5 attempts ended with the process" in checker("status", "--config", config).out
    assert status(config)[1]["is_well"] is False
    settings = load_config(config)
    with opened(settings.store.url.get_secret_value()) as store:
        result = run_pass(settings, config, store)
    assert [reported.run.record.as_of.day for reported in result.finished] == [11, 10]


def test_being_asked_to_stop_is_no_crash_however_often(tmp_path: Path, config: Path) -> None:
    for number in (1, 2):
        night(tmp_path, number)
    settings = load_config(config)
    with opened(settings.store.url.get_secret_value()) as store:
        for _ in range(6):
            stop = Event()
            run_pass(settings, config, store, stop, lambda _: stop.set())  # noqa: B023
        assert {run.error for run in store.runs()} == {"given up before it was stored; the next pass does it"}
        result = run_pass(settings, config, store)
    assert [reported.run.record.as_of.day for reported in result.finished] == [10, 11]


def test_a_single_check_alarms_nobody_about_last_night(tmp_path: Path, config: Path) -> None:
    night(tmp_path, 1, **{f"{number:02}": "F" for number in range(10)})
    assert nightly(config).code == 0
    write_night(tmp_path / "elsewhere", as_of(2), {"a": "F"}, "few")
    done = checker("check", tmp_path / "elsewhere" / "few", "--config", config, "--out", tmp_path / "out")
    assert (done.code, "CHECK THE EXTRACT" in done.out) == (0, False)
    with opened(load_config(config).store.url.get_secret_value()) as store:
        assert [run.kind for run in store.runs()] == [RunKind.NIGHTLY, RunKind.ADHOC]


def test_two_that_start_together_never_run_the_same_extract_twice(tmp_path: Path, config: Path) -> None:
    """Eight times; one of them does the work, and the other says who does it, or comes when all is done."""
    for number in range(1, 9):
        night(tmp_path, number)
        both = [process("nightly", "--config", config) for _ in range(2)]
        ended = [(each.communicate(), each.returncode) for each in both]
        codes = sorted(code for _, code in ended)
        assert codes in ([0, 0], [0, 16]), ended
        for (_, err), code in ended:
            assert (b"are in the hands of process" in err) == (code == 16)
        with opened(load_config(config).store.url.get_secret_value()) as store:
            runs = store.runs()
            assert [run.as_of for run in runs if run.status is RunStatus.FINISHED] == [
                as_of(each) for each in range(1, number + 1)
            ]
            assert len(runs) == number


@pytest.mark.skipif(sys.platform != "linux", reason="needs a tmpfs of its own")
@pytest.mark.parametrize(
    ("left", "fault"),
    [
        (0, "the store cannot be read or written (SQLITE_IOERR_SHMSIZE); nothing was stored, free its disk or"),
        (160, "the disk is full; nothing was stored, free some space and run again"),  # in the middle of the run
    ],
)
def test_a_full_disk_is_told_with_its_code_and_the_next_pass_does_the_work(
    tmp_path: Path, left: int, fault: str
) -> None:
    config = write_config(tmp_path, "sqlite:///disk/store.db")
    disk = tmp_path / "disk"
    disk.mkdir()
    night(tmp_path, 1, **{f"{number:03}": "F" for number in range(300)})
    script = f"""
        mount -t tmpfs -o size=1m tmpfs {disk} || exit 99
        {sys.executable} -m checker status --config {config} >/dev/null  # makes the store
        free=$(df --output=avail -k {disk} | tail -1)
        head -c $((free - {left}))k /dev/zero >{disk}/filler
        {sys.executable} -m checker nightly --config {config}
        echo "code $?"
        rm {disk}/filler
        {sys.executable} -m checker nightly --config {config} 2>/dev/null
        echo "code $?"
        {sys.executable} -m checker runs --config {config}
    """
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", script], capture_output=True, text=True, check=False
    )
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip("this system lets nobody mount a tmpfs")
    assert [line for line in done.stdout.splitlines() if line.startswith("code")] == ["code 13", "code 0"]
    assert f"store.db: {fault}" in done.stderr
    assert ("run begun" in done.stderr) == (left > 0)
    assert "finished" in done.stdout.splitlines()[-1]
