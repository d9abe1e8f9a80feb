"""A pass runs what is due, each extract by itself, and `status` says what is left and why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event

import polars as pl
import pytest
import time_machine
from sqlalchemy import update

from checker.config import load_config
from checker.models import RunKind
from checker.pipeline import Order
from checker.pipeline.run import attempt_of
from checker.schedule.nightly import run_pass
from checker.store import RunStatus, Wanted, opened
from checker.store.engine import connect, writing
from checker.store.tables import RuleResultRow
from tests.command import Done, checker, environment, process
from tests.nights import as_of, write_config, write_night

FILES = {"exceptions.xlsx", "findings.csv", "rejected.csv", "run.json"}
BROKEN = "inbox/2: no file for table 'children'"


def night(folder: Path, number: int, **stories: str) -> Path:
    return write_night(folder / "inbox", as_of(number), stories or {"a": "F"}, str(number))


def nightly(config: Path) -> Done:
    return checker("nightly", "--config", config)


def status(config: Path) -> tuple[int, dict[str, object]]:
    done = checker("status", "--json", "--config", config)
    return done.code, json.loads(done.out)


def events(done: Done) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.err.splitlines()]


@pytest.fixture
def config(tmp_path: Path, store_url: str) -> Path:
    return write_config(tmp_path, store_url)


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


def test_an_extract_whose_moment_nobody_states_fails_and_says_how_to_state_it(tmp_path: Path, config: Path) -> None:
    (night(tmp_path, 1) / "manifest.json").unlink()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        done = nightly(config)
    assert done.code == 11
    remedy = "State extracted_at in its manifest.json, or name the folder after it, as 2026-11-22T0200"
    assert f"NOT CHECKED: 1: 1: as of when? {remedy}; again after " in done.out


def test_the_same_content_under_another_name_is_not_run_again(tmp_path: Path, config: Path) -> None:
    night(tmp_path, 1)
    assert nightly(config).code == 0
    (tmp_path / "inbox" / "1").rename(tmp_path / "inbox" / "copied")
    assert nightly(config).out.startswith("Nothing to run")


def test_one_content_in_two_folders_is_run_once(tmp_path: Path, config: Path) -> None:
    (tmp_path / "inbox" / "latest").symlink_to(night(tmp_path, 1), target_is_directory=True)
    done = nightly(config)
    assert (done.code, done.out.count("Workbook: ")) == (0, 1)
    assert nightly(config).out.startswith("Nothing to run")


def test_what_was_replaced_by_mistake_and_put_back_is_run_again(tmp_path: Path, config: Path) -> None:
    right, wrong = night(tmp_path, 1, a="F"), write_night(tmp_path / "elsewhere", as_of(1), {"a": "P"})
    kept = tmp_path / "kept"
    assert nightly(config).code == 0
    for folder in (wrong, kept):
        if folder == wrong:
            right.rename(kept)
        else:
            (tmp_path / "inbox" / "1").rename(tmp_path / "gone")
        folder.rename(tmp_path / "inbox" / "1")
        assert nightly(config).code == 0
    with opened(load_config(config).store.url.get_secret_value()) as store:
        assert len(store.runs()) == 3
        assert store.findings(Wanted(rule="REF001"))["status"].to_list() == ["new"]  # for its moment is the newest
    assert nightly(config).out.startswith("Nothing to run")


@pytest.mark.parametrize(
    ("extracted_at", "name"),
    [("9999-12-31T23:30-05:00", "2"), ("0000-01-01T00:00", "2"), ("1899-12-31T02:00", "2"), (None, "0000-01-01T0000")],
)
def test_a_moment_outside_the_calendar_fails_its_extract_alone(
    tmp_path: Path, config: Path, extracted_at: str | None, name: str
) -> None:
    night(tmp_path, 1)
    odd = write_night(tmp_path / "inbox", as_of(2), {"a": "F"}, name)
    manifest = json.loads((odd / "manifest.json").read_text()) | {"extracted_at": extracted_at}
    (odd / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = nightly(config)
    assert (done.code, f"NOT CHECKED: {name}: " in done.out, "Run 1 as of 10/10/2026" in done.out) == (11, True, True)
    assert status(config)[1]["not_run"][0]["extract"] == name  # type: ignore[index]


def test_a_table_that_makes_its_reader_panic_fails_its_extract_alone(tmp_path: Path, config: Path) -> None:
    night(tmp_path, 1)
    odd = night(tmp_path, 2)
    (odd / "incidents.csv").unlink()
    impossible = pl.Series([2**63 - 1]).cast(pl.Datetime("us"))
    pl.DataFrame({"incident_ref": ["I1"], "reported_at": impossible}).write_parquet(odd / "incidents.parquet")
    manifest = json.loads((odd / "manifest.json").read_text())
    manifest["tables"]["incidents"] = {"rows": 1}
    (odd / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = nightly(config)
    assert (done.code, done.out.splitlines()[-1]) == (0, "Still arriving: 2; it is run by a later pass.")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11)):
        done = nightly(config)
    assert (done.code, "NOT CHECKED: 2: incidents.parquet: column 'reported_at'" in done.out) == (11, True)


@pytest.mark.skipif(sys.platform != "linux", reason="needs setpriv")
def test_a_folder_that_nobody_may_read_fails_alone(tmp_path: Path) -> None:
    config = write_config(tmp_path, f"sqlite:///{tmp_path}/store.db", "settle_minutes = 0")
    for number in (1, 2):
        night(tmp_path, number)
    (tmp_path / "inbox" / "2").chmod(0)
    without = (
        ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"] if os.geteuid() == 0 else []
    )
    done = subprocess.run(
        [*without, sys.executable, "-m", "checker", "nightly", "--config", str(config)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 11, done.stderr
    assert "Run 1 as of 10/10/2026 02:00 BST" in done.stdout
    assert "NOT CHECKED: 2: " in done.stdout
    assert "cannot be read (Permission denied)" in done.stdout


def test_files_that_lie_in_the_inbox_itself_are_named(tmp_path: Path, config: Path) -> None:
    (tmp_path / "inbox" / "incidents.csv").write_text("incident_ref\n", encoding="utf-8")
    (tmp_path / "inbox" / "2026-10-10T0200.zip").write_bytes(b"PK")
    (tmp_path / "inbox" / "README.txt").touch()
    done = nightly(config)
    for name in ("incidents.csv", "2026-10-10T0200.zip"):
        assert f"{name} lies in the inbox itself and is not read; give each extract a folder" in done.out
    assert "README" not in done.out
    assert [event.get("file") for event in events(done)][1:3] == ["2026-10-10T0200.zip", "incidents.csv"]
    assert status(config)[1]["loose"] == ["2026-10-10T0200.zip", "incidents.csv"]


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


def test_folders_that_move_on_each_night_are_run_once_each(tmp_path: Path, config: Path) -> None:
    """extract.0 is tonight's, extract.1 yesterday's; the second night nobody looked."""
    inbox, finished = tmp_path / "inbox", []
    for number in range(1, 6):
        for age in reversed(range(number - 1)):
            (inbox / f"extract.{age}").rename(inbox / f"extract.{age + 1}")
        write_night(inbox, as_of(number), {"a": "F", f"{number}": "P"}, "extract.0")
        if number != 2:
            finished.append(nightly(config).out.count("Workbook: "))
    assert finished == [1, 2, 1, 1]


def test_two_dates_of_one_folder_are_run_once_each_and_a_name_without_one_never(tmp_path: Path, config: Path) -> None:
    config.write_text(config.read_text().replace("inbox = 'inbox'", "inbox = 'inbox'\nsettle_minutes = 0"))
    folder = write_night(tmp_path / "elsewhere", as_of(1), {"a": "F"}, "extract")
    (folder / "manifest.json").unlink()
    for name in ("2026-10-10T0200", "2026-10-11T0200", "latest"):
        (tmp_path / "inbox" / name).symlink_to(folder, target_is_directory=True)
    assert nightly(config).out.count("Workbook: ") == 2
    for _ in range(2):
        assert nightly(config).out.startswith("Nothing to run")


def test_a_folder_that_was_given_the_name_it_needs_need_not_wait(tmp_path: Path, config: Path) -> None:
    config.write_text(config.read_text().replace("inbox = 'inbox'", "inbox = 'inbox'\nsettle_minutes = 0"))
    folder = night(tmp_path, 1)
    (folder / "manifest.json").unlink()
    assert "NOT CHECKED: 1: 1: as of when?" in nightly(config).out
    folder.rename(tmp_path / "inbox" / "2026-10-10T0200")
    done = nightly(config)
    assert (done.code, done.out.startswith("Run 2 as of 10/10/2026 02:00 BST")) == (0, True)


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


def test_an_alarm_stands_first_wherever_the_list_is_told_of(tmp_path: Path, config: Path) -> None:
    night(tmp_path, 1, **{f"{number:02}": "F" for number in range(10)})
    night(tmp_path, 2, **{f"{number:02}": "F" for number in range(4)})
    done = nightly(config)
    told = "incidents has 4 rows and had 10 in the last run"
    assert f"CHECK THE EXTRACT BEFORE WORKING THIS LIST: {told}." in done.out
    (report,) = (tmp_path / "reports").glob("*_run2")
    assert told in json.loads((report / "run.json").read_text())["alarms"]
    assert told in checker("status", "--config", config).out


def test_a_single_check_alarms_nobody_about_last_night(tmp_path: Path, config: Path) -> None:
    night(tmp_path, 1, **{f"{number:02}": "F" for number in range(10)})
    assert nightly(config).code == 0
    write_night(tmp_path / "elsewhere", as_of(2), {"a": "F"}, "few")
    done = checker("check", tmp_path / "elsewhere" / "few", "--config", config, "--out", tmp_path / "out")
    assert (done.code, "CHECK THE EXTRACT" in done.out) == (0, False)
    with opened(load_config(config).store.url.get_secret_value()) as store:
        assert [run.kind for run in store.runs()] == [RunKind.NIGHTLY, RunKind.ADHOC]


def test_two_that_start_together_never_run_the_same_extract_twice(tmp_path: Path, config: Path) -> None:
    """Twenty times; one of them does the work, and the other says who does it, or comes when all is done."""
    for number in range(1, 21):
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
