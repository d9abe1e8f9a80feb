"""The configuration: what the file states, the variables over it, and a line for whatever is wrong with either."""

import re
from pathlib import Path
from typing import Any

import pytest

from checker.config import Config, Policy, find_config, load_config, merge_policy
from checker.errors import ConfigError
from checker.models import TABLES

STATED: dict[str, Any] = {
    "domestic_abuse_codes": ["QL23"],
    "domestic_abuse_types": ["DOMESTIC"],
    "blank_domestic_abuse": "unknown",
    "search_code": "QL23",
    "referral_due_hours": 24,
    "closure_window_hours": 24,
    "flag_due_days": 1,
    "previous_plan_years": "unlimited",
    "referable_concerns": ["neglect", "physical", "sexual", "emotional", "exploitation"],
    "school_age_from": 4,
    "school_age_to": 17,
    "daily_search": {"run_time": "06:00", "keyed_on": "closed", "window_hours": 24},
    "systemic_share": 0.5,
    "systemic_least": 10,
    "workbook_retention_days": 90,
    "triage": {
        "unreferred_children": 30,
        "referred_later_children": 10,
        "current_plan_children": 15,
        "previous_plan_children": 8,
        "several_children": 5,
        "young_children": 10,
        "incidents_before": 3,
        "incidents_since": 5,
        "risk_raised_later": 20,
        "missing_episodes": 5,
        "no_risk_form": 10,
        "most_counted": 5,
    },
    "review_after_days": {
        "referral_now_submitted": 7,
        "referral_already_made": 7,
        "no_referral_required": 180,
        "record_corrected": 7,
        "not_an_exception": 90,
        "passed_to_another_team": 7,
        "under_review": 0,
    },
}


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("CHECKER_")]:
        monkeypatch.delenv(name)


def load(folder: Path, text: str) -> Config:
    file = folder / "checker.toml"
    file.write_text(text, encoding="utf-8")
    return load_config(file)


def faults(folder: Path, text: str = "") -> list[str]:
    """The lines of the error, each without the name of the file."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    return [line.removeprefix(f"{folder / 'checker.toml'}: ") for line in str(caught.value).splitlines()]


def test_no_file_is_the_defaults() -> None:
    assert load_config(None) == Config()
    assert load_config(None).report.folder == Path("out")
    assert load_config(None).report.marking == "OFFICIAL-SENSITIVE"
    assert load_config(None).source.time_zone == "Europe/London"


def test_paths_are_relative_to_the_file_that_states_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    config = load(tmp_path, 'rules = "pack"\n[report]\nfolder = "../reports"')
    assert config.rules == tmp_path / "pack"
    assert config.report.folder == tmp_path / ".." / "reports"


def test_a_path_from_the_root_stays_as_it_is(tmp_path: Path) -> None:
    config = load(tmp_path, f"rules = '{tmp_path / 'pack'}'\n[report]\nfolder = '{tmp_path / 'reports'}'")
    assert (config.rules, config.report.folder) == (tmp_path / "pack", tmp_path / "reports")


def test_the_default_report_folder_is_of_the_working_folder_even_where_there_is_a_file(tmp_path: Path) -> None:
    assert load(tmp_path, '[policy]\nsearch_code = "QL24"').report.folder == Path("out")


def test_a_variable_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKER_REPORT__FOLDER", "elsewhere")
    monkeypatch.setenv("CHECKER_RULES", "other")
    monkeypatch.setenv("CHECKER_POLICY__SEARCH_CODE", "QL25")
    monkeypatch.setenv("CHECKER_POLICY__REFERRAL_DUE_HOURS", "48")
    text = (
        'rules = "pack"\n[report]\nfolder = "here"\nmarking = "OURS"\n[policy]\nsearch_code = "QL24"\nflag_due_days = 2'
    )
    config = load(tmp_path, text)
    assert config.report.folder == Path("elsewhere")  # of the working folder: no file states it
    assert config.rules == Path("other")
    assert config.report.marking == "OURS"
    policy = merge_policy(STATED, config.policy, "policy")
    assert (policy.search_code, policy.referral_due_hours, policy.flag_due_days) == ("QL25", 48.0, 2)


def test_a_variable_states_a_list_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKER_POLICY__DOMESTIC_ABUSE_CODES", '["DV1", "DV2"]')
    policy = merge_policy(STATED, load_config(None).policy, "policy")
    assert policy.domestic_abuse_codes == ("DV1", "DV2")


def test_an_empty_variable_states_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKER_REPORT__FOLDER", "")
    assert load(tmp_path, '[report]\nfolder = "here"').report.folder == tmp_path / "here"


def test_the_variables_of_flags_are_left_to_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKER_AS_OF", "2026-11-22T02:00")
    monkeypatch.setenv("CHECKER_CONFIG", "checker.toml")
    assert load_config(None) == Config()


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("CHECKER_POLICY__SERCH_CODE", "CHECKER_POLICY__SEARCH_CODE"),
        ("CHECKER_POLICY_SEARCH_CODE", "CHECKER_POLICY__SEARCH_CODE"),
        ("CHECKER_SEARCH_CODE", "CHECKER_POLICY__SEARCH_CODE"),
        ("CHECKER_REPORT__FOLDR", "CHECKER_REPORT__FOLDER"),
        ("CHECKER_ASOF", "CHECKER_AS_OF"),
    ],
)
def test_an_unknown_variable_is_refused_and_the_nearest_named(
    monkeypatch: pytest.MonkeyPatch, name: str, nearest: str
) -> None:
    monkeypatch.setenv(name, "QL24")
    fault = f"{name}: is no variable of the checker; did you mean {nearest!r}?"
    with pytest.raises(ConfigError, match=f"^{re.escape(fault)}$"):
        load_config(None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "[polcy]",
            "unknown key 'polcy'; did you mean 'policy'? "
            "(known: source, report, store, schedule, email, schools, policy, rules)",
        ),
        (
            "[report]\nfoldr = 'x'",
            "unknown key 'report.foldr'; did you mean 'report.folder'? "
            "(known: folder, marking, split_by, empty_areas, password, password_file)",
        ),
        (
            "[report]\nzzz = 'x'",
            "unknown key 'report.zzz' (known: folder, marking, split_by, empty_areas, password, password_file)",
        ),
        ("[store]\nuri = 'x'", "unknown key 'store.uri'; did you mean 'store.url'? (known: url)"),
        (
            "[schedule]\nsettle_minute = 5",
            "unknown key 'schedule.settle_minute'; did you mean 'schedule.settle_minutes'? "
            "(known: inbox, returns, cron, settle_minutes, retry_minutes, stale_after_hours)",
        ),
    ],
)
def test_an_unknown_key_is_refused_and_the_nearest_named(tmp_path: Path, text: str, fault: str) -> None:
    assert faults(tmp_path, text) == [fault]


@pytest.mark.parametrize(
    ("text", "unknown", "nearest"),
    [
        ("search_code = 'QL24'", "search_code", "policy.search_code"),  # under no heading
        ("[policy]\nserch_code = 'QL24'", "policy.serch_code", "policy.search_code"),
        ("[source]\ntimezone = 'UTC'", "source.timezone", "source.time_zone"),
        ("[source.tables.plans]\ncolum = {}", "source.tables.plans.colum", "source.tables.plans.columns"),
    ],
)
def test_the_nearest_key_is_named_with_its_headings(tmp_path: Path, text: str, unknown: str, nearest: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert fault.startswith(f"unknown key {unknown!r}; did you mean {nearest!r}? (known: ")


def test_a_table_that_the_contract_does_not_have_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = "source.tables.incidnts: is no table of the contract; did you mean 'incidents'?"
    assert faults(tmp_path, "[source.tables.incidnts]\nfile = 'log.csv'") == [fault]
    monkeypatch.setenv("CHECKER_SOURCE__TABLES__INCIDNTS__FILE", "log.csv")
    assert faults(tmp_path) == [f"CHECKER_SOURCE__TABLES__INCIDNTS__FILE: {fault}"]


@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_the_contract_may_be_profiled(tmp_path: Path, table: str) -> None:
    config = load(tmp_path, f"[source]\ndelimiter = ';'\n[source.tables.{table}]\nfile = 'log.csv'\nencoding = 'utf-8'")
    profile = config.source.table(table)
    assert (profile.file, profile.delimiter, profile.encoding, profile.time_zone) == (
        "log.csv",
        ";",
        "utf-8",
        "Europe/London",
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[report]\nfolder = 5", "report.folder: write it in quotation marks"),
        ("report = 'out'", "report: has keys of its own; state them one by one"),
        ("policy = 'QL24'", "policy: has keys of its own; state them one by one"),
        ("[source]\ndelimiter = '|'", r"source.delimiter: Input should be ',', ';' or '\t'"),
        ("[source]\ntime_zone = 'London'", "source.time_zone: is no known time zone; write it as 'Europe/London'"),
        ("[policy]\nsearch_code = 23", "policy.search_code: write it in quotation marks"),
        ("[policy]\ndomestic_abuse_codes = 'QL23'", 'policy.domestic_abuse_codes: write a list, for example ["QL23"]'),
        ("[policy]\ndomestic_abuse_codes = [23]", "policy.domestic_abuse_codes: write it in quotation marks"),
        ("[policy]\nblank_domestic_abuse = 'yes'", "policy.blank_domestic_abuse: Input should be 'unknown' or 'no'"),
        (
            "[policy]\nprevious_plan_years = 0",
            "policy.previous_plan_years: Input should be greater than 0 or 'unlimited'",
        ),
        # Beyond the calendar a due time would wrap round in silence, or end the run.
        ("[policy]\nreferral_due_hours = 9e9", "policy.referral_due_hours: Input should be less than or equal to 8784"),
        ("[policy]\nclosure_window_hours = inf", "policy.closure_window_hours: Input should be a finite number"),
        ("[policy]\nflag_due_days = 99999999", "policy.flag_due_days: Input should be less than or equal to 366"),
    ],
)
def test_a_value_that_is_not_allowed_says_what_is(tmp_path: Path, text: str, fault: str) -> None:
    assert faults(tmp_path, text) == [fault]


NO_STORE = "store.url: is no store; write sqlite:///checker.db, or postgresql://USER@HOST/DATABASE"
HOUR_ONE = (
    "schedule.cron: fires between 01:00 and 01:59, which on the nights of the clock changes comes twice or not at all; "
    'take another hour, for example "15 3 * * *"'
)
NUMBERED = "schedule.cron: names the days of the week, mon to sun: their numbers mean other days in other programs"
FIVE = 'schedule.cron: has five fields: minute, hour, day, month, day of the week, for example "15 3 * * *"'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[store]\nurl = 'mysql://checker:secret@host/db'", NO_STORE),  # which must not show the password
        ("[store]\nurl = 'sqlite://'", NO_STORE),
        ("[schedule]\ncron = '30 1 * * *'", HOUR_ONE),
        ("[schedule]\ncron = '0 * * * *'", HOUR_ONE),
        ("[schedule]\ncron = '0 0-5 * * *'", HOUR_ONE),
        ("[schedule]\ncron = '0 1/2 * * mon-fri'", HOUR_ONE),
        ("[schedule]\ncron = '0 3 * * 1-5'", NUMBERED),
        ("[schedule]\ncron = '3 o clock'", FIVE),
        ("[schedule]\ncron = '61 3 * * *'", 'schedule.cron: cannot be read; write it like "15 3 * * *"'),
        ("[schedule]\nsettle_minutes = -1", "schedule.settle_minutes: Input should be greater than or equal to 0"),
        ("[schedule]\nretry_minutes = 0", "schedule.retry_minutes: Input should be greater than 0"),
        ("[email]\nhost = 'mail'", 'email: host needs sender = "…" and recipients = ["…"] beside it'),
        ("[email]\nuser = 'checker'", "email: user needs its password in the variable CHECKER_EMAIL__PASSWORD"),
        ("[email]\npassword = 'secret'", "email.password: belongs in no file; give it in CHECKER_EMAIL__PASSWORD"),
        ("[email]\nsender = 'PVP unit'", "email.sender: is no e-mail address; write one like pvp@example.org"),
        ("[email]\nsender = 'pvp@['", "email.sender: is no e-mail address; write one like pvp@example.org"),
        ("[email]\nsender = 'a,b@force.example'", "email.sender: is no e-mail address; write one like pvp@example.org"),
        (
            '[email]\nrecipients = ["a@force.example", "b@force.example\\nBcc: c@force.example"]',
            "email.recipients: is no e-mail address; write one like pvp@example.org",
        ),
    ],
)
def test_a_service_that_could_not_work_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    assert faults(tmp_path, text) == [fault]


@pytest.mark.parametrize("cron", ["15 3 * * *", "0 0,2 * * mon-fri", "0 */2 * * *", "45 23 1 * *"])
def test_a_night_that_comes_once_on_every_night_is_taken(tmp_path: Path, cron: str) -> None:
    assert load(tmp_path, f"[schedule]\ncron = '{cron}'").schedule.cron == cron


@pytest.mark.parametrize(
    ("stated", "url"),
    [
        ("postgresql://checker@host/db", "postgresql+psycopg://checker@host/db"),
        ("postgres://checker@host/db", "postgresql+psycopg://checker@host/db"),
        ("postgresql+psycopg://checker@/db?host=/run", "postgresql+psycopg://checker@/db?host=/run"),
        ("sqlite:////srv/checker@1.db", "sqlite:////srv/checker@1.db"),
    ],
)
def test_a_store_is_a_file_or_a_postgresql_database(tmp_path: Path, stated: str, url: str) -> None:
    config = load(tmp_path, f"[store]\nurl = '{stated}'")
    assert (config.store.url.get_secret_value(), config.has_store) == (url, True)
    assert "checker@" not in repr(config)


def test_a_store_and_an_inbox_lie_beside_the_file_that_names_them(tmp_path: Path) -> None:
    config = load(tmp_path, "[store]\nurl = 'sqlite:///data/runs.db'\n[schedule]\ninbox = 'inbox'")
    assert config.store.url.get_secret_value() == f"sqlite:///{tmp_path}/data/runs.db"
    assert config.schedule.inbox == tmp_path / "inbox"


def test_a_school_calendar_lies_beside_the_file_that_names_it(tmp_path: Path) -> None:
    stated = "[schools]\ncalendar = 'school_calendar.csv'\n[schools.authorities]\nNorth = 'Northshire'"
    config = load(tmp_path, stated)
    assert config.schools.calendar == tmp_path / "school_calendar.csv"
    assert config.schools.authorities == {"North": "Northshire"}
    assert faults(tmp_path, "[schools]\ncalender = 'x.csv'") == [
        "unknown key 'schools.calender'; did you mean 'schools.calendar'? (known: calendar, authorities)"
    ]
    assert faults(tmp_path, "[schools.authorities]\nNorth = 'Northshire'") == [
        'schools: authorities needs calendar = "school_calendar.csv" beside it'
    ]


def test_without_a_url_the_store_lies_beside_the_file_and_nobody_has_chosen_it(tmp_path: Path) -> None:
    config = load(tmp_path, "")
    assert (config.store.url.get_secret_value(), config.has_store) == (f"sqlite:///{tmp_path}/checker.db", False)
    assert (Config().store.url.get_secret_value(), Config().has_store) == ("sqlite:///checker.db", False)


def test_the_password_of_the_mail_server_comes_from_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKER_EMAIL__PASSWORD", "secret")
    monkeypatch.setenv("CHECKER_EMAIL__RECIPIENTS", '["a@force.example", "b@force.example"]')
    email = load(tmp_path, "[email]\nhost = 'mail'\nsender = 'checker@force.example'\nuser = 'checker'").email
    assert email.is_on
    assert email.recipients == ("a@force.example", "b@force.example")
    assert email.password is not None
    assert email.password.get_secret_value() == "secret"
    assert "secret" not in repr(email)


def test_a_wrong_value_of_a_variable_is_laid_to_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKER_POLICY__FLAG_DUE_DAYS", "-1")
    assert faults(tmp_path, "[policy]\nreferral_due_hours = -1") == [
        "policy.referral_due_hours: Input should be greater than 0",
        "CHECKER_POLICY__FLAG_DUE_DAYS: policy.flag_due_days: Input should be greater than or equal to 0",
    ]


def test_a_variable_below_a_key_that_has_a_value_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKER_RULES__FOLDER", "pack")
    (fault,) = faults(tmp_path, 'rules = "pack"')
    assert fault == "CHECKER_RULES__FOLDER: 'rules' is already given a value of its own; leave out one of them"


def test_every_fault_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    assert len(faults(tmp_path, "[report]\nfoldr = 'x'\nmarking = 5\n[source]\ndelimiter = '|'")) == 3


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"[report", "is no TOML"),
        (b'[report]\nmarking = "\xff"', "is no text in UTF-8"),
        (b"\xff\xfe[\0", "is no text"),
    ],
)
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / "checker.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=fault):
        load_config(tmp_path / "checker.toml")


def test_a_byte_order_mark_of_windows_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "checker.toml").write_bytes(b'\xef\xbb\xbf[report]\r\nmarking = "OURS"\r\n')
    assert load_config(tmp_path / "checker.toml").report.marking == "OURS"


def test_the_working_folder_s_file_is_found_before_the_extract_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "extract").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_config(Path("extract")) is None
    (tmp_path / "extract" / "checker.toml").touch()
    assert find_config(Path("extract")) == Path("extract") / "checker.toml"
    assert find_config(None) is None
    (tmp_path / "checker.toml").touch()
    assert find_config(Path("extract")) == find_config(None) == Path("checker.toml")


def test_a_policy_is_what_the_pack_states_where_nothing_overrides_it() -> None:
    policy = merge_policy(STATED, {"search_code": "QL24"}, "policy")
    assert policy == Policy.model_validate(STATED | {"search_code": "QL24"})
    assert policy.domestic_abuse_codes == ("QL23",)


@pytest.mark.parametrize("ages", [{"school_age_from": 17, "school_age_to": 4}, {"school_age_from": 18}])
def test_school_does_not_end_before_it_begins(ages: dict[str, int]) -> None:
    with pytest.raises(ConfigError) as fault:
        merge_policy(STATED, ages, "[policy]")
    assert str(fault.value) == (
        "[policy]: school_age_to: is below school_age_from, so that no child would be of school age; mend one of them"
    )
    assert merge_policy(STATED, {"school_age_from": 17}, "[policy]").school_age_to == 17


def test_a_policy_that_states_too_little_or_too_much_is_refused() -> None:
    stated = {name: value for name, value in STATED.items() if name != "search_code"} | {"serch_code": "QL23"}
    with pytest.raises(ConfigError) as caught:
        merge_policy(stated, {}, "rules/policy.toml")
    missing, unknown = str(caught.value).splitlines()
    assert missing.startswith("rules/policy.toml: search_code: ")
    assert unknown.startswith(
        "rules/policy.toml: unknown key 'serch_code'; did you mean 'search_code'? (known: domestic_"
    )
