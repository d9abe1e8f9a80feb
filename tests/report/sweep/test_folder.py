"""The files of a sweep take their places together or not at all, and never those of something else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checker.errors import ReportError
from checker.report.files import write_report
from checker.report.folder import FILES, SWEEP_FILES, replaced_together
from tests.report.made_up import run_of

ROOT = Path(__file__).parents[3]
on_posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
OTHERS = {"exceptions.csv": "mine", "notes.txt": "mine"}


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir() if file.is_file()}


def written(folder: Path, word: str) -> dict[str, str]:
    with replaced_together(folder, SWEEP_FILES) as staging:
        for name in SWEEP_FILES:
            (staging / name).write_text(word)
    return contents(folder)


def stopped(folder: Path) -> None:
    with pytest.raises(KeyError, match="stop here"), replaced_together(folder, SWEEP_FILES):
        raise KeyError("stop here")


@on_posix
@pytest.mark.parametrize("is_first", [True, False])
def test_wherever_a_process_is_killed_no_two_sweeps_are_mixed_and_the_next_puts_the_previous_back(
    tmp_path: Path, is_first: bool
) -> None:
    previous = tmp_path / "previous"
    before: dict[str, str] = {} if is_first else OTHERS | written(previous, "previous")
    for name in OTHERS if before else ():
        (previous / name).write_text("mine")
    command = [sys.executable, "-m", "tests.report.killed_writer", tmp_path / "killed", previous, "sweep"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    places = sorted((tmp_path / "killed").iterdir(), key=lambda place: int(place.name))
    assert len(places) > 40
    after = OTHERS | dict.fromkeys(SWEEP_FILES, "next") if before else dict.fromkeys(SWEEP_FILES, "next")
    restored = 0
    for place in places:
        left = {name: word for name, word in contents(place).items() if name in SWEEP_FILES}
        assert len({*left.values()}) < 2, place.name
        assert "run.json" not in left or len(left) == len(SWEEP_FILES), place.name
        stopped(place)
        assert contents(place) in (before, after), place.name
        assert list(place.glob(".*")) == []
        restored += contents(place) == before
    assert len(places) * 2 // 3 < restored < len(places)


@on_posix
def test_a_report_that_comes_after_a_killed_sweep_puts_it_back_and_goes_elsewhere(tmp_path: Path) -> None:
    before = written(tmp_path, "previous")
    work = tmp_path / ".checker-report"
    for word, names in (("new", SWEEP_FILES[:3]), ("old", SWEEP_FILES)):  # killed when three of the new had still to go
        (work / word).mkdir(parents=True)
        for name in names:
            (tmp_path / name).replace(work / word / name) if word == "old" else (work / word / name).write_text("next")
    for name in SWEEP_FILES[3:]:
        (tmp_path / name).write_text("next")
    (tmp_path / "exceptions.csv").write_text("mine")
    with pytest.raises(ReportError, match=r"holds sweep\.xlsx, of another kind of report; give another --out"):
        write_report(run_of(), tmp_path)
    assert contents(tmp_path) == before | {"exceptions.csv": "mine"}


def test_a_sweep_does_not_take_the_place_of_a_report(tmp_path: Path) -> None:
    write_report(run_of(), tmp_path)
    before = sorted(tmp_path.iterdir())
    with (
        pytest.raises(ReportError, match=r"holds exceptions\.xlsx, of another kind of report"),
        replaced_together(tmp_path, SWEEP_FILES),
    ):
        raise AssertionError("nothing is to be written")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["children.csv", "children.parquet", "order.csv"])
def test_a_file_of_an_extract_is_not_swept_away_though_it_bears_the_name_of_ours(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("the extract's")
    with pytest.raises(ReportError) as told, replaced_together(tmp_path, SWEEP_FILES):
        raise AssertionError("nothing is to be written")
    assert str(told.value) == (
        f"{tmp_path / name} is there without sweep.xlsx, so it may be somebody else's; move it elsewhere or give "
        "another --out"
    )
    assert contents(tmp_path) == {name: "the extract's"}


def test_a_killed_report_beside_an_extract_is_undone_without_the_extract(tmp_path: Path) -> None:
    work = tmp_path / ".checker-report"
    for word in ("new", "old"):  # killed when only the seal had still to go
        (work / word).mkdir(parents=True)
    for place, names in ((work / "new", FILES[:1]), (tmp_path, FILES[1:]), (work / "old", FILES)):
        for name in names:
            (place / name).write_text("previous" if place.name == "old" else "next")
    (tmp_path / "children.csv").write_text("the extract's")
    with pytest.raises(KeyError, match="stop here"), replaced_together(tmp_path):
        raise KeyError("stop here")
    assert contents(tmp_path) == dict.fromkeys(FILES, "previous") | {"children.csv": "the extract's"}
