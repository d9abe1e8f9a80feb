"""The commands that ask the store, as their user meets them, on a month of invented nights."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import time_machine

from checker.config import load_config
from tests.command import MESSY, ROOT, Done, checker, small_extract
from tests.nights import as_of, write_config, write_night

# By night: a is never put right, b is on night 2, c only appears on night 3, d cannot be read.
NIGHTS = ({"a": "F", "b": "F"}, {"a": "F", "b": "P"}, {"a": "F", "b": "P", "c": "F", "d": "X"})


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a service that has run three nights."""
    folder = tmp_path_factory.mktemp("service")
    file = write_config(folder, f"sqlite:///{folder}/store.db")
    for number, stories in enumerate(NIGHTS, start=1):
        write_night(folder / "inbox", as_of(number), stories)
    assert checker("nightly", "--config", file).code == 0
    return file


def asked(config: Path, *arguments: object) -> Done:
    done = checker(*arguments, "--config", config)
    assert (done.code, done.err) == (0, "")
    return done


def as_json(config: Path, *arguments: object) -> Any:
    return json.loads(asked(config, *arguments, "--json").out)


def findings(config: Path, *filters: object) -> list[tuple[str, str, str]]:
    """Rule, child and status of the findings in the order in which they are listed; CLO002 has no child."""
    listed = csv.DictReader(io.StringIO(asked(config, "findings", *filters, "--format", "csv").out))
    return [(row["rule_id"], row["incident_ref"], row["status"]) for row in listed]


def test_the_runs_are_listed_and_each_can_be_shown(config: Path) -> None:
    lines = asked(config, "runs").out.splitlines()
    assert [line.split()[:6] for line in lines[1:4]] == [
        [str(number), "nightly", f"{9 + number}/10/2026", "02:00", "BST", "finished"] for number in (1, 2, 3)
    ]
    assert [run["number"] for run in as_json(config, "runs")] == [1, 2, 3]
    shown = asked(config, "runs", "show", 3).out
    assert "incidents  incidents.csv     4         3         1" in shown
    assert [line.split() for line in shown.splitlines() if line.startswith("REF001")] == [
        ["REF001", "run", "2", "1", "0", "0", "0"]  # finding, pass, not due, undetermined, out of scope
    ]
    record = as_json(config, "runs", "show", 3)["record"]
    assert record["tables"]["children"]["rejected"] == 1
    assert checker("runs", "show", 9, "--config", config).err == (
        "checker: run 9: no such run in the store; the runs are 1 to 3, see `checker runs`\n"
    )


def test_findings_are_filtered_by_rule_district_status_and_age(config: Path) -> None:
    everything = [
        ("REF001", "Ia", "still open"),
        ("REF001", "Ib", "resolved"),
        ("REF001", "Ic", "new"),
        ("CLO002", "Ia", "still open"),
        ("CLO002", "Ib", "still open"),
        ("CLO002", "Ic", "new"),
    ]
    assert findings(config) == everything
    assert findings(config, "--rule", "REF001") == everything[:3]
    assert findings(config, "--status", "open") == [line for line in everything if line[2] != "resolved"]
    assert findings(config, "--status", "still-open") == [line for line in everything if line[2] == "still open"]
    assert findings(config, "--status", "resolved") == [everything[1]]
    assert findings(config, "--days", 2) == [everything[0], everything[3], everything[4]]
    assert findings(config, "--district", "North") == everything


def test_findings_come_as_a_table_and_as_json_too(config: Path) -> None:
    assert asked(config, "findings").out.endswith("6 findings.\n")
    table = asked(config, "findings", "--rule", "REF001", "--status", "resolved").out
    assert "1 finding.\n" in table
    (line,) = json.loads(asked(config, "findings", "--rule", "REF001", "--status", "resolved", "--format", "json").out)
    assert (line["child_ref"], line["days_open"], line["district"], line["resolved_at"]) == (
        "Cb",
        1,
        "North",
        "2026-10-11T02:00:00+01:00",
    )


@pytest.mark.parametrize(
    ("option", "word", "fault"),
    [
        (
            "--status",
            "opne",
            "'opne' is none; did you mean 'open'? (known: "
            "open, new, still open, reopened, under review, evidence changed, decision expired, referral not found, "
            "settled, resolved)",
        ),
        ("--format", "xlsx", "'xlsx' is none (known: table, csv, json)"),
        ("--rule", "REF010", "no run has had 'REF010'; did you mean 'REF001'?; see `checker rules list`"),
        ("--district", "South", "no finding is of that district; see `checker findings --format csv`"),
    ],
)
def test_a_word_that_is_none_names_the_nearest(config: Path, option: str, word: str, fault: str) -> None:
    done = checker("findings", option, word, "--config", config)
    assert (done.code, done.err) == (2, f"checker: {option}: {fault}\n")


def test_the_audit_log_tells_who_did_what(config: Path) -> None:
    entries = as_json(config, "audit")
    assert [(entry["act"], entry["run"]) for entry in entries[:4]] == [
        ("store created", None),
        ("run begun", 1),
        ("run stored", 1),
        ("run finished", 1),
    ]
    assert set(entries[2]["details"]["files"]) == {"incidents", "children", "referrals"}
    assert entries[2]["details"]["files"]["children"]["file"] == "children.csv"
    assert len(asked(config, "audit").out.splitlines()) > len(entries)


def test_status_is_well_on_the_morning_after(config: Path) -> None:
    with time_machine.travel(as_of(3).replace(hour=7)):
        done = asked(config, "status")
    assert done.out.splitlines()[0].split() == ["Service", "all", "is", "well"]
    assert "run 3, extract 2026-10-12T0200, workbook in" in done.out
    assert "5.0 hours old" in done.out


def test_a_purge_says_what_it_removed_and_needs_a_reason(config: Path, tmp_path: Path) -> None:
    done = checker("purge", "--before", "2026-10-12", "--reason", " ", "--config", config)
    assert (done.code, done.err) == (2, "checker: --reason: state why, for the audit log\n")
    done = checker("purge", "--before", "2026-10-12", "--config", config)
    assert (done.code, "--reason" in done.err) == (2, True)
    done = checker("purge", "--before", "2126-10-12", "--reason", "a slip of the pen", "--config", config)
    assert (done.code, done.err) == (2, "checker: --before: lies in the future; state a day that has begun\n")
    copy = tmp_path / "store.db"
    copy.write_bytes((config.parent / "store.db").read_bytes())
    done = checker(
        *("purge", "--before", "2026-10-12", "--reason", "retention"),
        variables={"CHECKER_STORE__URL": f"sqlite:///{copy}"},
    )
    assert (done.code, " ".join(done.out.split())) == (
        0,
        "Removed for ever: 1 closed finding, 1 line of past lists, 0 rejected rows, 0 decisions, of 2 runs, "
        "and 3 lines of what later runs look back on. Counts and the audit log are kept.",
    )
    listed = checker("runs", variables={"CHECKER_STORE__URL": f"sqlite:///{copy}"}).out.splitlines()
    assert ["purged" in line for line in listed if "nightly" in line] == [True, True, False]
    done = checker(
        *("purge", "--before", "2026-10-20", "--reason", "retention"),
        variables={"CHECKER_STORE__URL": f"sqlite:///{copy}"},
    )
    kept = "the newest list, and what is still to be written, are kept"
    assert done.out.startswith(f"Gone by what is before 12/10/2026 02:00 BST: {kept}.\nRemoved for ever: 0 ")


def test_a_check_is_recorded_where_somebody_chose_a_store(tmp_path: Path) -> None:
    extract = small_extract(tmp_path / "extract")
    url = {"CHECKER_STORE__URL": f"sqlite:///{tmp_path}/store.db"}
    first = ("check", extract, "--as-of", "2026-11-22T02:00", "--out", tmp_path / "out", "--reason", "a complaint")
    done = checker(*first, variables=url)
    assert (
        "\nRun 1 in the store. Since the last run: 3 new, 0 still open, 0 reopened, 0 resolved, 0 carried over; "
        in done.out
    )
    again = checker(*first, variables=url)
    assert "Run 1 in the store: the same extract under the same rules, so nothing changed." in again.out
    later = checker("check", extract, "--as-of", "2026-11-23T02:00", "--out", tmp_path / "out", variables=url)
    assert "Run 2 in the store. Since the last run: 0 new, 3 still open" in later.out
    runs = json.loads(checker("runs", "--json", variables=url).out)
    assert [(run["kind"], run["reason"]) for run in runs] == [("adhoc", "a complaint"), ("adhoc", None)]


def test_a_check_without_a_store_leaves_none_behind(tmp_path: Path) -> None:
    extract = small_extract(tmp_path / "extract")
    done = checker("check", extract, "--as-of", "2026-11-22T02:00", "--out", "out", folder=tmp_path)
    assert (done.code, "in the store" in done.out) == (0, False)
    assert {path.name for path in tmp_path.iterdir()} == {"extract", "out"}


def test_a_check_that_failed_is_recorded_as_failed(tmp_path: Path) -> None:
    url = {"CHECKER_STORE__URL": f"sqlite:///{tmp_path}/store.db"}
    extract = small_extract(tmp_path / "extract", referrals=None)
    done = checker("check", extract, "--as-of", "2026-11-22T02:00", "--out", tmp_path / "out", variables=url)
    assert done.code == 11
    (run,) = json.loads(checker("runs", "--json", variables=url).out)
    assert (run["status"], run["exit_code"], f"checker: {run['error']}\n") == ("failed", 11, done.err)
    shown = checker("report", 1, variables=url)
    assert (shown.code, shown.err) == (
        2,
        "checker: run 1: it failed and has no results; see `checker runs show 1`\n",
    )


def test_an_alarm_is_on_the_terminal_of_a_single_check_too(tmp_path: Path) -> None:
    done = checker("check", MESSY, "--out", tmp_path / "out")
    assert "CHECK THE EXTRACT BEFORE WORKING THIS LIST: incidents lost " in done.out


@pytest.mark.parametrize(
    "command",
    [("runs",), ("findings",), ("audit",), ("report", 1), ("purge", "--before", "2020-01-01", "--reason", "x")],
)
def test_where_no_store_is_nothing_looks_clean_and_none_is_made(tmp_path: Path, command: tuple[object, ...]) -> None:
    done = checker(*command, folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    told = "there is no store; run this where checker.toml is, or name it with --config"
    assert done.err == f"checker: checker.db: {told}\n"
    assert list(tmp_path.iterdir()) == []


def test_status_makes_no_store_where_no_service_is(tmp_path: Path) -> None:
    done = checker("status", folder=tmp_path)
    assert (done.code, done.err.startswith("checker: checker.toml: [schedule] inbox is missing; ")) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_before_the_first_run_there_is_nothing_to_list(tmp_path: Path) -> None:
    config = write_config(tmp_path, f"sqlite:///{tmp_path}/store.db")
    assert checker("nightly", "--config", config).code == 0
    assert asked(config, "runs").out == "No run in the store yet.\n"
    assert asked(config, "findings").out == "No run in the store yet.\n"
    assert checker("report", 1, "--config", config).err == (
        "checker: run 1: no such run in the store; there is none yet, see `checker runs`\n"
    )


def test_a_moment_in_the_future_is_kept_out_of_the_store(tmp_path: Path) -> None:
    config = write_config(tmp_path, f"sqlite:///{tmp_path}/store.db")
    write_night(tmp_path / "inbox", as_of(1).replace(year=2062), {"a": "F"})
    fault = "extracted_at lies in the future, by the clock of this machine; mend it, or the clock"
    done = checker("nightly", "--config", config)
    assert (done.code, f"manifest.json: {fault}" in done.out) == (11, True)
    extract = small_extract(tmp_path / "extract")
    told = ("check", extract, "--as-of", "2062-11-22T02:00", "--out", tmp_path / "out")
    assert checker(*told, "--config", config).code == 2
    assert checker(*told).code == 0  # what is not recorded can do no harm


def test_the_settings_of_the_readme_are_understood(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (settings,) = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    (tmp_path / "checker.toml").write_text(settings, encoding="utf-8")
    config = load_config(tmp_path / "checker.toml")
    assert config.schedule.inbox == tmp_path / "inbox"
    assert config.has_store
    assert config.email.is_on
