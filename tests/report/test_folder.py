"""The four files take their places together or not at all, whatever ends the process that writes them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checker.errors import ConservationError, ReportError
from checker.report.files import write_report
from checker.report.folder import FILES
from tests.report.made_up import finding, many_findings, run_of

ROOT = Path(__file__).parents[2]
on_posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


def contents(folder: Path) -> dict[str, bytes]:
    """What everything in a folder holds, hidden files too."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def previous_report(folder: Path) -> dict[str, bytes]:
    """A report with a file of the user's beside it."""
    write_report(run_of(many_findings(3), run_id="previous"), folder)
    (folder / "notes of mine.txt").write_text("keep me")
    return contents(folder)


def fail_after_a_while(*_: object) -> None:
    raise KeyError("stop here")


def killed_writers(folder: Path, previous: Path) -> list[Path]:
    """What processes left that were killed at each of their file operations; the last one got through."""
    command = [sys.executable, "-m", "tests.report.killed_writer", str(folder), str(previous)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    return sorted(folder.iterdir(), key=lambda place: int(place.name))


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], list[Path]]:
    """A report, and what processes left of it that were killed while they replaced it."""
    folder = tmp_path_factory.mktemp("left_behind")
    before = previous_report(folder / "previous")
    return before, killed_writers(folder / "killed", folder / "previous")


def test_a_report_is_four_files_in_a_folder_made_for_it(tmp_path: Path) -> None:
    workbook = write_report(run_of([finding()]), tmp_path / "new" / "out")
    assert workbook == tmp_path / "new" / "out" / "exceptions.xlsx"
    assert {entry.name for entry in workbook.parent.iterdir()} == set(FILES)


def test_the_next_report_replaces_the_four_and_nothing_else(tmp_path: Path) -> None:
    before = previous_report(tmp_path)
    write_report(run_of([finding()], run_id="next"), tmp_path)
    after = contents(tmp_path)
    assert after.keys() == before.keys()
    assert all((after[name] != before[name]) == (name in {*FILES} - {"rejected.csv"}) for name in before)
    assert list(tmp_path.glob(".*")) == []


def test_a_fault_while_writing_leaves_the_previous_report(tmp_path: Path) -> None:
    before = previous_report(tmp_path)
    with pytest.raises(KeyError, match="stop here"):
        write_report(run_of([finding()]), tmp_path, fail_after_a_while)
    assert contents(tmp_path) == before
    assert list(tmp_path.glob(".*")) == []


def test_a_run_that_does_not_add_up_is_not_reported(tmp_path: Path) -> None:
    run = run_of([finding()])
    lost = run.findings.clear()
    with pytest.raises(ConservationError, match="REF001: 1 counted as finding and 0 listed"):
        write_report(type(run)(run.record, run.rules, lost, run.rejected), tmp_path)
    with pytest.raises(ConservationError, match="children: 1 counted as rejected and 0 listed"):
        write_report(type(run)(run.record, run.rules, run.findings, run.rejected.clear()), tmp_path)
    assert list(tmp_path.iterdir()) == []


@on_posix
def test_wherever_a_process_is_killed_no_two_reports_are_mixed(
    left_behind: tuple[dict[str, bytes], list[Path]],
) -> None:
    before, places = left_behind
    assert len(places) > 30
    for place in places:
        left = contents(place)
        files = {name: left[name] for name in FILES if name in left}
        of_the_previous = {name for name in files if files[name] == before[name]}
        of_the_next = {name for name in files if files[name] != before[name] or name == "rejected.csv"}
        assert files.keys() in (of_the_previous, of_the_next), place.name
        assert "run.json" not in files or len(files) == 4, place.name
        assert left["notes of mine.txt"] == before["notes of mine.txt"]
    assert b'"run_id": "next"' in contents(places[-1])["run.json"]


@on_posix
def test_the_next_run_restores_the_previous_report_even_if_it_fails_itself(
    tmp_path: Path, left_behind: tuple[dict[str, bytes], list[Path]]
) -> None:
    before, places = left_behind
    restored = 0
    for place in places:
        copy = shutil.copytree(place, tmp_path / place.name)
        with pytest.raises(KeyError, match="stop here"):
            write_report(run_of([finding()]), copy, fail_after_a_while)
        after = contents(copy)
        assert after == before or b'"run_id": "next"' in after["run.json"], place.name
        assert after.keys() == before.keys()
        assert list(copy.glob(".*")) == []
        restored += after == before
    assert 25 < restored < len(places)


@on_posix
def test_a_process_killed_while_it_restores_loses_nothing_either(
    tmp_path: Path, left_behind: tuple[dict[str, bytes], list[Path]]
) -> None:
    before, places = left_behind
    half_way = [place for place in places if "run.json" not in contents(place)]
    assert len(half_way) == 7  # after the first of eight renames and before the last
    emptied = next(place for place in half_way if contents(place).keys() == {"notes of mine.txt"})
    for place in killed_writers(tmp_path, emptied):
        with pytest.raises(KeyError, match="stop here"):
            write_report(run_of([finding()]), place, fail_after_a_while)
        after = contents(place)
        assert after == before or b'"run_id": "next"' in after["run.json"], place.name


@on_posix
def test_a_first_report_that_was_killed_leaves_four_files_or_none_after_the_next_run(tmp_path: Path) -> None:
    for place in killed_writers(tmp_path / "killed", tmp_path / "no such report"):
        with pytest.raises(KeyError, match="stop here"):
            write_report(run_of([finding()]), place, fail_after_a_while)
        assert {entry.name for entry in place.iterdir()} in (set(), set(FILES))


WRITER = """
import sys
from pathlib import Path
from checker.report.files import write_report
from tests.report.made_up import many_findings, run_of

def tell(step, done, total):
    print(done, total, flush=True)
    if len(sys.argv) > 2:
        sys.stdin.readline()

write_report(run_of(many_findings(5000), run_id="next"), Path(sys.argv[1]), tell)
"""


def writer(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_process_killed_from_outside_in_the_middle_leaves_the_previous_report(tmp_path: Path) -> None:
    before = previous_report(tmp_path)
    with writer(str(tmp_path)) as process:
        assert process.stdout is not None
        assert process.stdout.readline().split()[0] == "500"
        process.kill()
    assert process.returncode != 0
    assert contents(tmp_path) == before
    assert [entry.name for entry in tmp_path.glob(".*")] == [".checker-report"]
    write_report(run_of([finding()], run_id="next"), tmp_path)
    assert list(tmp_path.glob(".*")) == []


def test_two_runs_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    with writer(str(tmp_path), "wait") as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(ReportError, match="another run is writing its report there; wait"):
            write_report(run_of([finding()]), tmp_path)
        process.communicate("\n" * 100, timeout=60)
    assert process.returncode == 0
    assert b'"run_id": "next"' in contents(tmp_path)["run.json"]
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("limit", [1_000, 8_000, 30_000])
@on_posix
def test_a_full_disk_is_a_report_error_and_leaves_the_previous_report(tmp_path: Path, limit: int) -> None:
    before = previous_report(tmp_path)
    command = (
        "import resource, sys\nfrom pathlib import Path\nfrom checker.errors import ReportError\n"
        "from checker.report.files import write_report\nfrom tests.report.made_up import many_findings, run_of\n"
        "run = run_of(many_findings(40))\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"  # as a disk with as much room, for each file
        "try:\n    write_report(run, Path(sys.argv[1]))\n"
        "except ReportError as fault:\n    print(fault)\n    sys.exit(fault.exit_code)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, len(ended.stdout.splitlines())) == (14, 1), ended.stderr
    assert contents(tmp_path) == before
    assert list(tmp_path.glob(".*")) == []


def test_a_folder_that_cannot_be_written_to_is_one_line_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(ReportError) as caught:
            write_report(run_of(), folder)
        assert str(caught.value).startswith(f"{folder}: the report cannot be written there (")
        assert "\n" not in str(caught.value)
        assert caught.value.exit_code == 14


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_without_permission_is_left_as_it_was(tmp_path: Path) -> None:
    before = previous_report(tmp_path)
    tmp_path.chmod(0o500)
    with pytest.raises(ReportError, match="Permission denied"):
        write_report(run_of([finding()]), tmp_path)
    tmp_path.chmod(0o700)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["exceptions.xlsx", "findings.csv", "rejected.csv"])
def test_a_file_that_is_open_in_another_program_leaves_the_previous_report(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = previous_report(tmp_path)
    replace = os.replace

    def as_windows_does(source: Path, target: Path) -> None:
        if Path(source) == tmp_path / name:
            raise PermissionError(13, "The process cannot access the file because it is being used by another process")
        replace(source, target)

    monkeypatch.setattr(os, "replace", as_windows_does)
    with pytest.raises(ReportError) as caught:
        write_report(run_of([finding()]), tmp_path)
    assert str(caught.value) == f"{tmp_path / name} is open in another program; close it and run again"
    assert contents(tmp_path) == before
    assert list(tmp_path.glob(".*")) == []


def test_a_folder_in_the_place_of_a_file_is_not_swept_away(tmp_path: Path) -> None:
    (tmp_path / "findings.csv").mkdir()
    (tmp_path / "findings.csv" / "mine.txt").write_text("keep me")
    with pytest.raises(ReportError, match=r"findings\.csv is a folder; move it elsewhere"):
        write_report(run_of(), tmp_path)
    assert [str(entry.relative_to(tmp_path)) for entry in tmp_path.rglob("*")] == [
        "findings.csv",
        str(Path("findings.csv", "mine.txt")),
    ]
