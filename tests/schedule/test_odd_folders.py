"""What may lie in an inbox: each content is run once, and no odd folder keeps the others from being run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import time_machine

from checker.config import load_config
from checker.store import Wanted, opened
from tests.command import environment
from tests.nights import as_of, write_config, write_night
from tests.schedule.passes import events, night, nightly, status


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


def test_an_extract_whose_moment_nobody_states_fails_and_says_how_to_state_it(tmp_path: Path, config: Path) -> None:
    (night(tmp_path, 1) / "manifest.json").unlink()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        done = nightly(config)
    assert done.code == 11
    remedy = "State extracted_at in its manifest.json, or name the folder after it, as 2026-11-22T0200"
    assert f"NOT CHECKED: 1: 1: as of when? {remedy}; again after " in done.out


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
