"""Only whole extracts are taken, in the order of the moments that they describe."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checker.config import Config, load_config
from checker.errors import ConfigError, SourceError
from checker.schedule.inbox import arrivals
from tests.command import small_extract
from tests.nights import as_of, write_config, write_night

LATER = timedelta(minutes=11)  # than the ten minutes in which an extract settles


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load_config(write_config(tmp_path, f"sqlite:///{tmp_path}/store.db"))


@pytest.fixture
def inbox(config: Config) -> Path:
    assert config.schedule.inbox is not None
    return config.schedule.inbox


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=5)


def state(config: Config, now: datetime) -> dict[str, bool]:
    return {arrival.folder.name: arrival.is_whole for arrival in arrivals(config, now)}


def test_an_extract_whose_manifest_matches_is_whole_at_once(config: Config, inbox: Path) -> None:
    write_night(inbox, as_of(1), {"a": "F"}, "night")
    assert state(config, soon()) == {"night": True}


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "children.csv").unlink(),
        lambda folder: (folder / "children.csv").write_text("incident_ref,child_ref\nIa,", encoding="utf-8"),
        lambda folder: (folder / "manifest.json").write_text('{"extracted_at": "2026-', encoding="utf-8"),
        lambda folder: (folder / "manifest.json").write_text('{"extracted_at": "2026-10-10T02:00"}', encoding="utf-8"),
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "plans.csv").write_text("child_ref,plan,started_on\n", encoding="utf-8"),
    ],
    ids=["a file is missing", "a file is cut", "the manifest is cut", "it vouches for none", "none", "not for one"],
)
def test_any_other_is_whole_once_nothing_in_it_changed_for_a_while(config: Config, inbox: Path, change: object) -> None:
    assert callable(change)
    change(write_night(inbox, as_of(1), {"a": "F"}, "night"))
    assert state(config, soon()) == {"night": False}
    assert state(config, datetime.now(UTC) + LATER) == {"night": True}


def test_a_copy_that_keeps_the_times_of_its_files_is_not_taken_for_an_old_one(config: Config, inbox: Path) -> None:
    folder = small_extract(inbox / "2026-11-22T0200")
    for path in (*folder.iterdir(), folder):
        os.utime(path, (0, 0))
    assert state(config, soon()) == {"2026-11-22T0200": False}


def test_a_time_far_in_the_future_keeps_no_extract_waiting(config: Config, inbox: Path) -> None:
    folder = small_extract(inbox / "2026-11-22T0200")
    for path in (*folder.iterdir(), folder):
        os.utime(path, (2e9, 2e9))  # in 2033
    assert state(config, soon()) == {"2026-11-22T0200": False}
    assert state(config, datetime.now(UTC) + LATER) == {"2026-11-22T0200": True}


def test_the_oldest_moment_comes_first_whatever_the_folders_are_called(config: Config, inbox: Path) -> None:
    write_night(inbox, as_of(3), {"a": "F"}, "a")
    write_night(inbox, as_of(1), {"a": "F"}, "b")
    small_extract(inbox / "extract 2026-10-11T0200")  # night 2, by its name
    small_extract(inbox / "c")
    found = arrivals(config, soon())
    assert [arrival.folder.name for arrival in found] == ["b", "extract 2026-10-11T0200", "a", "c"]
    assert [arrival.as_of for arrival in found] == [as_of(1), as_of(2), as_of(3), None]


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("2026-11-22T0200", datetime(2026, 11, 22, 2, tzinfo=UTC)),
        ("20260701_0330", datetime(2026, 7, 1, 2, 30, tzinfo=UTC)),
        ("pvp 2026-07-01 03-30 final", datetime(2026, 7, 1, 2, 30, tzinfo=UTC)),
        ("2026-10-25T01.30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # twice that night: the first
        ("2026-11-22", None),  # the moment is not the day
        ("2026-13-22T0200", None),
        ("2026-11-22T02-00-41", datetime(2026, 11, 22, 2, tzinfo=UTC)),
        ("20261122020041", datetime(2026, 11, 22, 2, tzinfo=UTC)),
        ("2026-11-22T0200_2", datetime(2026, 11, 22, 2, tzinfo=UTC)),
        ("2026-01-01_2026-10-10", None),  # from when to when it covers
        ("20260101-20261010", None),
        ("2026-11-21T0200 to 2026-11-22T0200", None),
        ("12026-11-22T0200", None),
        ("2026-11-22T02001", None),
    ],
)
def test_without_a_manifest_the_name_of_the_folder_may_state_the_moment(
    config: Config, inbox: Path, name: str, moment: datetime | None
) -> None:
    small_extract(inbox / name)
    (found,) = arrivals(config, soon())
    assert found.as_of == moment


def test_the_word_of_the_manifest_goes_before_the_name(config: Config, inbox: Path) -> None:
    write_night(inbox, as_of(1), {"a": "F"}, "2026-11-22T0200")
    (found,) = arrivals(config, soon())
    assert (found.as_of, found.stated) == (as_of(1), None)


def test_the_digest_is_of_the_content_and_not_of_the_place(config: Config, inbox: Path) -> None:
    write_night(inbox, as_of(1), {"a": "F"}, "one")
    write_night(inbox, as_of(1), {"a": "F"}, "two")
    write_night(inbox, as_of(1), {"a": "P"}, "three")
    digests = {arrival.folder.name: arrival.digest for arrival in arrivals(config, soon())}
    assert digests["one"] == digests["two"] != digests["three"]
    manifest = inbox / "one" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text())) + "\n", encoding="utf-8")
    (inbox / "two" / ".DS_Store").write_bytes(b"of a Macintosh")
    (inbox / "two" / "~$children.xlsx").write_bytes(b"open in Excel")
    now = {arrival.folder.name: arrival.digest for arrival in arrivals(config, soon())}
    assert (now["one"] == digests["one"], now["two"] == digests["two"]) == (False, True)


def test_a_table_in_a_file_of_any_name_is_of_the_digest(config: Config, inbox: Path) -> None:
    folder = small_extract(inbox / "night")
    (folder / "referrals.csv").rename(folder / "expected_referrals.csv")
    (before,) = arrivals(config, soon())
    (folder / "expected_referrals.csv").write_text("referral_ref,incident_ref\n", encoding="utf-8")
    (after,) = arrivals(config, soon())
    assert before.digest != after.digest


def test_what_is_no_extract_is_passed_over(config: Config, inbox: Path) -> None:
    (inbox / "empty").mkdir()
    (inbox / ".hidden").mkdir()
    (inbox / ".hidden" / "incidents.csv").touch()
    (inbox / "README.txt").touch()
    assert arrivals(config, soon()) == []


def test_without_an_inbox_the_file_to_mend_is_named(config: Config, inbox: Path) -> None:
    with pytest.raises(ConfigError, match=r"^checker.toml: \[schedule\] inbox is missing; "):
        arrivals(Config(), soon())
    inbox.rmdir()
    with pytest.raises(SourceError, match=r"inbox: the inbox cannot be read \(No such file or directory\)"):
        arrivals(config, soon())
