"""A sweep that was killed goes on where it was, and comes to what it would have come to."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import bench_extract
import pytest

from checker.cli.options import store_url
from checker.config import load_config
from checker.pipeline.sweep import A_PART
from checker.store import opened
from tests.command import Done, checker, process

A_LITTLE_MORE = 1_500  # incidents than one part holds
TABLES = ("findings.csv", "order.csv", "children.csv", "excluded.csv", "rejected.csv")


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invented extract of two parts."""
    folder = tmp_path_factory.mktemp("large")
    bench_extract.write(round((A_PART + A_LITTLE_MORE) * 1.02), folder)  # some are rejected, some are duplicates
    return folder / "extract"


def arguments(extract: Path, folder: Path, name: str) -> list[str]:
    (folder / "checker.toml").write_text("store.url = 'sqlite:///checker.db'\n")
    told = ["--name", name, "--reason", "a test", "--as-of", bench_extract.AS_OF.isoformat(), "--limit", "50"]
    return ["sweep", str(extract), *told, "--out", str(folder / name), "--config", str(folder / "checker.toml")]


def sweep(extract: Path, folder: Path, name: str) -> Done:
    return checker(*arguments(extract, folder, name), folder=folder)


def parts_of(folder: Path) -> int:
    if not (folder / "checker.db").exists():
        return 0
    with opened(store_url(load_config(folder / "checker.toml"))) as store:
        return sum(told.parts for told in store.sweeps.names())


def killed_after_a_part(extract: Path, folder: Path, name: str) -> subprocess.Popen[bytes]:
    running = process(*arguments(extract, folder, name))
    while parts_of(folder) < 1 and running.poll() is None:
        time.sleep(0.05)
    running.kill()
    running.communicate()
    return running


def test_a_killed_sweep_goes_on_with_what_is_not_judged(extract: Path, tmp_path: Path) -> None:
    killed = killed_after_a_part(extract, tmp_path, "killed")
    assert killed.returncode == -9
    assert not (tmp_path / "killed").exists()
    status = checker("sweep", "status", "--config", tmp_path / "checker.toml", folder=tmp_path)
    assert "running, 1 part judged; its command goes on with it" in " ".join(status.out.split())
    for name in ("killed", "at once"):
        done = sweep(extract, tmp_path, name)
        assert (done.code, done.err) == (0, "")
    for table in TABLES:
        went_on, at_once = ((tmp_path / name / table).read_bytes() for name in ("killed", "at once"))
        assert went_on == at_once, table
    of_killed, of_other = (json.loads((tmp_path / name / "run.json").read_text()) for name in ("killed", "at once"))
    assert of_killed["rules"] == of_other["rules"]
    assert of_killed["sweep"]["population"] == of_other["sweep"]["population"] > A_PART
