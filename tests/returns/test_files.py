"""A file that is no workbook, or a damaged one, is one problem with a remedy; never an error."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl import load_workbook

from checker.models import Decision, Problem
from checker.returns import read_workbook
from tests.returns.written import finding_id, line, write

SAVE_AGAIN = "open it in Excel or LibreOffice, save it as .xlsx and return that"
DECIDED = line(1, decision="under review", decided_by="PS 244")


def sound(folder: Path) -> bytes:
    return write(folder / "sound.xlsx", {"Exceptions": [DECIDED]}).read_bytes()


def encrypted(folder: Path) -> bytes:
    target = io.BytesIO()
    OOXMLFile(io.BytesIO(sound(folder))).encrypt("correct horse", target)
    return target.getvalue()


CONTAINER = bytes.fromhex("d0cf11e0a1b11ae1")
PROTECTED = ("is encrypted", "give its password in CHECKER_REPORT__PASSWORD or report.password_file")


@pytest.mark.parametrize(
    ("make", "password", "fault", "remedy"),
    [
        (lambda _: b"", None, "is an empty file", "have the workbook sent again"),
        (lambda _: b"Finding id,Decision\n", None, "is no Excel workbook", SAVE_AGAIN),
        (lambda _: CONTAINER + bytes(2000), None, "is an old .xls workbook under another name", SAVE_AGAIN),
        (lambda folder: sound(folder)[:3000], None, "is truncated or damaged, or no workbook", SAVE_AGAIN),
        (lambda folder: sound(folder)[:-1], None, "is truncated or damaged, or no workbook", SAVE_AGAIN),
        (encrypted, None, *PROTECTED),
        (
            encrypted,
            "wrong",
            "is encrypted with another password",
            "save it with that of the reports",
        ),
        (
            lambda folder: encrypted(folder)[:-4000],
            "correct horse",
            "is damaged, or no workbook",
            "copy it again or save it as .xlsx",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(
    tmp_path: Path, make: Callable[[Path], bytes], password: str | None, fault: str, remedy: str
) -> None:
    file = tmp_path / "back.xlsx"
    file.write_bytes(make(tmp_path))
    returned = read_workbook(file, password, ())
    assert returned.problems == (Problem("back.xlsx", None, None, None, fault, remedy),)
    assert (returned.dispositions, returned.lines) == ((), 0)


@pytest.mark.parametrize("password", ["correct horse", None])
def test_a_workbook_is_read_with_our_password_or_without_any(tmp_path: Path, password: str | None) -> None:
    file = tmp_path / "back.xlsx"
    file.write_bytes(sound(tmp_path) if password is None else encrypted(tmp_path))
    for given in {password, "correct horse"}:
        assert [each.finding_id for each in read_workbook(file, given, ()).dispositions] == [finding_id(1)]


def test_a_workbook_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / ("n" * 300 + ".xlsx")  # a name that no disk takes: what is refused, and to root too
    fault = read_workbook(file, None, ()).problems[0]
    assert (fault.fault, fault.remedy) == (
        "cannot be read (File name too long)",
        "close it where it is open and collect again",
    )


@pytest.mark.parametrize("name", ["~$back.xlsx", ".~lock.back.xlsx#"])
def test_the_mark_of_an_open_workbook_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x06PS 244")
    remedy = "close that workbook and collect it instead"
    fault = "is the mark of a workbook that is open somewhere"
    assert read_workbook(tmp_path / name, None, ()).problems == (Problem(name, None, None, None, fault, remedy),)


@pytest.mark.skipif(sys.platform == "win32", reason="has no named pipes among its files")
def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    os.mkfifo(tmp_path / "pipe.xlsx")
    told = [read_workbook(tmp_path / name, None, ()) for name in ("folder.xlsx", "pipe.xlsx", "gone.xlsx")]
    assert [(each.problems[0].fault, each.problems[0].remedy, each.sha256) for each in told] == [
        ("is a folder", "name the workbooks in it", None),
        ("is no file", "name a workbook", None),
        ("is not there", "put it back, or collect the others without it", None),
    ]


@pytest.mark.parametrize("seed", range(40))
def test_no_damage_inside_a_workbook_is_an_error_or_another_decision(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    file = tmp_path / "back.xlsx"
    with zipfile.ZipFile(io.BytesIO(sound(tmp_path))) as source, zipfile.ZipFile(file, "w") as target:
        spoilt = dice.choice(source.namelist())
        for name in source.namelist():
            part = bytearray(source.read(name))
            if name == spoilt:
                at = dice.randrange(len(part))
                part[at : at + dice.randrange(1, 30)] = dice.randbytes(dice.randrange(3))
            target.writestr(name, bytes(part))
    returned = read_workbook(file, None, ())
    assert [each for each in returned.dispositions if each.decision is not Decision.UNDER_REVIEW] == []


def test_the_file_is_left_as_it_was(tmp_path: Path) -> None:
    file = write(tmp_path / "back.xlsx", {"Exceptions": [DECIDED]})
    before = file.read_bytes()
    read_workbook(file, None, ())
    assert file.read_bytes() == before
    assert load_workbook(file).sheetnames == ["Summary", "Exceptions", "Rules"]


@pytest.mark.parametrize(("cell", "is_read"), [("XFD1048576", False), ("ZZ300000", False), ("A1048576", True)])
def test_a_cell_typed_far_away_from_the_list_does_not_end_the_process(tmp_path: Path, cell: str, is_read: bool) -> None:
    """Ctrl and an arrow lead there. It is read in a process of its own, which too much memory would end by a signal."""
    file = write(tmp_path / "sound.xlsx", {"Exceptions": [DECIDED]})
    book = load_workbook(file)
    book["Exceptions"][cell] = "x"
    book.save(file)
    program = "import sys; from pathlib import Path; from checker.returns import read_workbook as read; "
    program += "back = read(Path(sys.argv[1]), None, ()); print(len(back.dispositions), back.problems)"
    done = subprocess.run([sys.executable, "-c", program, file], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith("1 ()" if is_read else "0 (Problem(file='sound.xlsx', sheet=None, row=None")
    assert is_read != ("sheet 'Exceptions' has cells far away from the others" in done.stdout)
