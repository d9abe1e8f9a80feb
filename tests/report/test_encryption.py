"""With a password every workbook opens with it alone, and nothing plain of it is left anywhere."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import msoffcrypto
import pytest
from openpyxl import load_workbook

from checker.config import Config, ReportConfig
from checker.encryption import encrypted, plain_bytes
from checker.errors import ConfigError, EncryptionError
from checker.pipeline.run import settings_digest
from checker.report.files import write_report
from tests.command import NIGHTLY, checker, process
from tests.nights import as_of, write_config, write_night
from tests.report.made_up import finding, many_findings, run_of
from tests.uno_session import REFUSED, Office

ROOT = Path(__file__).parents[2]
PASSWORD = "Schlüssel 鍵 😀 of the unit"  # noqa: S105 - invented
SETTINGS = ReportConfig.model_validate({"password": PASSWORD})
RUN = run_of([finding(incident_ref="INC-MARKED")])
PLAIN_MARKS = (b"PK\x03\x04", b"INC-MARKED", "INC-MARKED".encode("utf-16-le"), b"<worksheet")
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="no file modes")


def secret_file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    file = folder / "secret.txt"
    file.write_bytes(content)
    file.chmod(mode)
    return file


def plain_of_a_workbook(folder: Path) -> list[str]:
    """The files under a folder that hold something of a workbook unencrypted, the lists for machines apart."""
    lists = {"findings.csv", "rejected.csv", "run.json"}
    files = [file for file in folder.rglob("*") if file.is_file() and file.name not in lists]
    return [file.name for file in files if any(mark in file.read_bytes() for mark in PLAIN_MARKS)]


def test_what_is_encrypted_is_what_would_have_been_written(tmp_path: Path) -> None:
    locked = write_report(RUN, tmp_path / "locked", settings=SETTINGS)
    plain = write_report(RUN, tmp_path / "plain")
    with locked.open("rb") as file:
        office_file = msoffcrypto.OfficeFile(file)
        assert office_file.is_encrypted()
        assert office_file.type == "agile"
        assert office_file.info["passwordKeyBits"] == 256
        office_file.load_key(password=PASSWORD, verify_password=True)
        opened = io.BytesIO()
        office_file.decrypt(opened, verify_integrity=True)
    assert load_workbook(opened)["Exceptions"]["A5"].value == "INC-MARKED"
    with ZipFile(opened) as ours, ZipFile(plain) as theirs:
        assert ours.namelist() == theirs.namelist()
        sheets = [name for name in ours.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == len(load_workbook(plain).sheetnames)
        assert all(ours.read(name) == theirs.read(name) for name in sheets)


@pytest.mark.office
def test_an_office_program_opens_it_with_the_password_and_no_other_way(tmp_path: Path, libreoffice: Office) -> None:
    workbook = write_report(RUN, tmp_path / "out", settings=SETTINGS)
    assert libreoffice.shows(workbook, "Exceptions", "A5", PASSWORD) == "INC-MARKED"
    assert libreoffice.shows(workbook, "Exceptions", "A5") == REFUSED
    assert libreoffice.shows(workbook, "Exceptions", "A5", PASSWORD.upper()) == REFUSED
    assert libreoffice.shows(write_report(RUN, tmp_path / "plain"), "Exceptions", "A5") == "INC-MARKED"


def test_nothing_plain_of_the_workbook_is_left(tmp_path: Path) -> None:
    write_report(RUN, tmp_path, settings=SETTINGS)
    assert plain_of_a_workbook(tmp_path) == []
    write_report(RUN, tmp_path)
    assert plain_of_a_workbook(tmp_path) == ["exceptions.xlsx"]  # so the search can find it


def test_the_workbook_of_every_area_is_encrypted_too(tmp_path: Path) -> None:
    settings = ReportConfig.model_validate({"password": PASSWORD, "split_by": "district"})
    write_report(run_of(many_findings(20)), tmp_path, settings=settings)
    workbooks = list(tmp_path.rglob("*.xlsx"))
    assert len(workbooks) == 6
    assert plain_of_a_workbook(tmp_path) == []
    for workbook in workbooks:
        assert load_workbook(io.BytesIO(plain_bytes(workbook.read_bytes(), PASSWORD))).sheetnames[0] == "Summary"


def test_a_fault_in_mid_write_leaves_nothing_plain_and_the_previous_report(tmp_path: Path) -> None:
    previous = write_report(RUN, tmp_path, settings=SETTINGS).read_bytes()
    seen: list[list[str]] = []

    def fail(*_: object) -> None:
        seen.append(plain_of_a_workbook(tmp_path))
        raise KeyError("stop here")

    with pytest.raises(KeyError, match="stop here"):
        write_report(run_of([finding(incident_ref="INC-MARKED")] * 600), tmp_path, fail, SETTINGS)
    assert seen == [[]]
    assert (tmp_path / "exceptions.xlsx").read_bytes() == previous
    assert plain_of_a_workbook(tmp_path) == []


KILLED = """
import os, sys
from pathlib import Path
from checker.config import ReportConfig
from checker.report.files import write_report
from tests.report.made_up import finding, run_of

run, done = run_of([finding(incident_ref="INC-MARKED")] * 2_000), 0
def kill(step, written, total):
    global done
    done = written
    if written >= 1_500:
        os.kill(os.getpid(), 9)
write_report(run, Path(sys.argv[1]), kill, ReportConfig.model_validate({"password": "secret"}))
"""


@on_posix
def test_a_killed_process_leaves_nothing_plain_of_the_workbook(tmp_path: Path) -> None:
    command, variables = [sys.executable, "-c", KILLED, tmp_path], {**os.environ, "TMPDIR": str(tmp_path)}
    ended = subprocess.run(command, cwd=ROOT, env=variables, check=False)
    assert ended.returncode == -9
    assert (tmp_path / ".checker-report" / "new" / "findings.csv").is_file()
    assert plain_of_a_workbook(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"secret", "secret"),
        (b"secret\n", "secret"),
        (b"secret\r\n", "secret"),
        (b" secret \nsecond line\n", " secret "),
        (b"\xef\xbb\xbfsecret", "secret"),
        (f"{PASSWORD}\n".encode(), PASSWORD),
        (b"x" * 255, "x" * 255),
    ],
)
def test_the_first_line_of_the_file_is_the_password(tmp_path: Path, content: bytes, password: str) -> None:
    settings = ReportConfig(password_file=secret_file(tmp_path, content))
    workbook = write_report(RUN, tmp_path / "out", settings=settings)
    assert load_workbook(io.BytesIO(plain_bytes(workbook.read_bytes(), password))).sheetnames[0] == "Summary"


@pytest.mark.parametrize(
    ("content", "mode", "fault"),
    [
        (b"", 0o600, "its first line is empty; write the password there"),
        (b"\nsecret", 0o600, "its first line is empty; write the password there"),
        (b"\xff\xfes\0e\0", 0o600, "is no text in UTF-8; save it as UTF-8"),
        (b"x" * 256, 0o600, "is longer than the 255 characters that Excel takes; shorten it"),
        pytest.param(b"secret", 0o640, "is open to other users; chmod 600 it", marks=on_posix),
        pytest.param(b"secret", 0o604, "is open to other users; chmod 600 it", marks=on_posix),
        (None, None, "cannot be read (No such file or directory); name a file that can"),
    ],
)
def test_a_password_file_that_does_not_serve_is_told_with_the_remedy(
    tmp_path: Path, content: bytes | None, mode: int | None, fault: str
) -> None:
    file = tmp_path / "secret.txt"
    if content is not None and mode is not None:
        secret_file(tmp_path, content, mode)
    with pytest.raises(ConfigError) as caught:
        write_report(RUN, tmp_path / "out", settings=ReportConfig(password_file=file))
    assert str(caught.value) == f"report.password_file: {file}: {fault}"
    assert not (tmp_path / "out").exists()


def check(folder: Path, *arguments: str, **variables: str) -> tuple[int, str, str]:
    done = checker("check", NIGHTLY, "--out", folder, *arguments, variables=variables)
    return done.code, done.out, done.err


def test_the_command_takes_the_password_from_its_variable_and_never_shows_it(tmp_path: Path) -> None:
    code, out, err = check(tmp_path / "out", CHECKER_REPORT__PASSWORD=PASSWORD)
    assert code == 0
    told = [out, err, *((tmp_path / "out" / name).read_text("utf-8") for name in ("run.json", "findings.csv"))]
    assert not [text for text in told if PASSWORD in text or json.dumps(PASSWORD)[1:-1] in text]
    opened = plain_bytes((tmp_path / "out" / "exceptions.xlsx").read_bytes(), PASSWORD)
    assert load_workbook(io.BytesIO(opened)).sheetnames[:2] == ["Summary", "Exceptions"]
    with ZipFile(io.BytesIO(opened)) as archive:
        assert not [name for name in archive.namelist() if PASSWORD.encode() in archive.read(name)]


def test_the_file_that_checker_toml_names_lies_beside_it(tmp_path: Path) -> None:
    secret_file(tmp_path, b"from the file\n")
    (tmp_path / "checker.toml").write_text("[report]\npassword_file = 'secret.txt'\n")
    assert check(tmp_path / "out", "--config", str(tmp_path / "checker.toml"))[0] == 0
    plain_bytes((tmp_path / "out" / "exceptions.xlsx").read_bytes(), "from the file")


def test_both_ways_at_once_and_an_empty_variable_are_refused_before_the_extract_is_read(tmp_path: Path) -> None:
    file = secret_file(tmp_path, b"hush\n")
    nowhere = tmp_path / "no such extract"
    for variables, fault in (
        (
            {"CHECKER_REPORT__PASSWORD": "hush", "CHECKER_REPORT__PASSWORD_FILE": str(file)},
            "CHECKER_REPORT__PASSWORD and report.password_file are both given; leave out one of them",
        ),
        (
            {"CHECKER_REPORT__PASSWORD": ""},
            "CHECKER_REPORT__PASSWORD: is empty; give the password in it, or take the variable away",
        ),
    ):
        done = checker("check", nowhere, "--out", tmp_path / "out", variables=variables)
        assert (done.code, done.out, done.err) == (2, "", f"checker: {fault}\n")
    assert not (tmp_path / "out").exists()


@on_posix
def test_a_variable_that_is_no_text_is_told(tmp_path: Path) -> None:
    variables = {"CHECKER_REPORT__PASSWORD": "a\udcffb"}
    with process("check", NIGHTLY, "--out", tmp_path / "out", **variables) as done:
        _, err = done.communicate(timeout=60)
    assert done.returncode == 2
    assert err.decode() == "checker: CHECKER_REPORT__PASSWORD: is no text in UTF-8; give it as UTF-8\n"


def test_a_nightly_pass_encrypts_and_without_the_file_does_not_begin(tmp_path: Path) -> None:
    config = write_config(tmp_path, f"sqlite:///{tmp_path}/store.db")
    config.write_text(config.read_text().replace("[report]\n", "[report]\npassword_file = 'secret.txt'\n"))
    write_night(tmp_path / "inbox", as_of(1), {"a": "F"}, "1")
    done = checker("nightly", "--config", config)
    fault = f"report.password_file: {tmp_path / 'secret.txt'}: cannot be read (No such file or directory)"
    assert done.code == 2
    assert fault in done.err
    assert not list(tmp_path.rglob("*.xlsx"))
    secret_file(tmp_path, b"quite secret\n")
    done = checker("nightly", "--config", config)
    assert (done.code, "quite secret" in done.out + done.err) == (0, False)
    (workbook,) = tmp_path.rglob("*.xlsx")
    plain_bytes(workbook.read_bytes(), "quite secret")
    assert plain_of_a_workbook(tmp_path / "reports") == []
    assert [file.name for file in tmp_path.rglob("*") if file.is_file() and b"quite secret" in file.read_bytes()] == [
        "secret.txt"
    ]


def test_the_password_is_in_no_log_repr_or_digest(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    data = write_report(run_of(many_findings(3)), tmp_path, settings=SETTINGS).read_bytes()
    with pytest.raises(EncryptionError) as caught:
        plain_bytes(data, PASSWORD + "?")
    plain_bytes(data, PASSWORD)
    config = Config.model_validate({"report": {"password": PASSWORD}})
    shown = [caplog.text, str(caught.value), repr(config), str(config), config.model_dump_json()]
    assert not [text for text in shown if PASSWORD in text]
    assert settings_digest(config) == settings_digest(Config())


def test_a_plain_workbook_is_opened_as_it_is_with_and_without_a_password() -> None:
    assert plain_bytes(b"PK\x03\x04 and so on", None) == b"PK\x03\x04 and so on"
    assert plain_bytes(b"PK\x03\x04 and so on", "secret") == b"PK\x03\x04 and so on"


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        (None, "is encrypted; give its password in CHECKER_REPORT__PASSWORD or report.password_file"),
        ("Secret", "is encrypted with another password; save it with that of the reports"),
    ],
)
def test_a_locked_workbook_says_what_it_needs(tmp_path: Path, password: str | None, fault: str) -> None:
    data = encrypted(write_report(RUN, tmp_path).read_bytes(), "secret")
    with pytest.raises(EncryptionError) as caught:
        plain_bytes(data, password)
    assert (str(caught.value), caught.value.exit_code) == (fault, 11)


def test_a_damaged_or_altered_workbook_is_never_taken_for_whole(tmp_path: Path) -> None:
    data = encrypted(write_report(RUN, tmp_path).read_bytes(), "secret")
    altered = bytearray(data)
    altered[len(data) // 2] ^= 1
    for spoilt in (bytes(altered), data[: len(data) // 2], data[:600], data[:8]):
        with pytest.raises(EncryptionError, match="is damaged, or no workbook; copy it again"):
            plain_bytes(spoilt, "secret")
