"""The two commands on a machine of their own: a tiny project with tiny packages, installed for real from a folder."""

import ast
import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tiny-checker"
version = "1"

[tool.ruff]
line-length = 120
"""
BACKEND = """
import os, shutil

def build_editable(folder, config_settings=None, metadata_directory=None):
    return os.path.basename(shutil.copy("tiny_checker-1-py3-none-any.whl", folder))
"""
# Prints what it was given, as JSON, then does what its first argument says.
COMMAND = """
import json, os, sys, time
import tiny_run

def main():
    try:
        print(json.dumps([sys.argv[1:], os.getcwd()]), flush=True)
        if sys.argv[1] == "exit":
            return int(sys.argv[2])
        if sys.argv[1] == "wait":
            time.sleep(60)
    except KeyboardInterrupt:
        return 7
"""


def write_wheel(folder: Path, name: str, code: str, commands: str = "", version: int = 1, metadata: str = "") -> str:
    """Write a wheel of one module and return the line of a lock that asks for it."""
    path, info = folder / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{commands}\n",
    }
    digests = {
        file: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        for file, text in files.items()
    }
    record = "".join(f"{file},sha256={digest},\n" for file, digest in digests.items()) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(file, text)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@dataclass(frozen=True)
class Checkout:
    """A checkout of the tiny project, and the folder from which pip takes its packages."""

    root: Path
    packages: Path

    def command(self, script: str, *arguments: str) -> list[str]:
        return [sys.executable, str(self.root / "scripts" / script), *arguments]

    def environment(self) -> dict[str, str]:
        pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.packages.as_uri()}
        return {**os.environ, **pip, "PYTHONPATH": "not-a-folder"}

    def start(self, script: str, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(script, *arguments),
            cwd=folder or self.root,
            env=self.environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    def begin(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(script, *arguments),
            cwd=self.root,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def is_ready(self, lock: str = "run", python: str = sys.implementation.cache_tag) -> bool:
        question = f"import sys; sys.implementation.cache_tag = {python!r}; import bootstrap; "
        question += f"sys.exit(0 if bootstrap.is_ready({lock!r}) else 9)"
        answer = subprocess.run([sys.executable, "-c", question], cwd=self.root / "scripts", check=False)
        assert answer.returncode in {0, 9}
        return answer.returncode == 0

    def lock(self, name: str) -> Path:
        return self.root / "scripts" / "lock" / f"{name}.txt"

    def stamp(self) -> Path:
        return self.root / ".venv" / "installed.txt"


def make_checkout(folder: Path) -> Checkout:
    """Return a checkout in which nothing is installed yet."""
    checkout = Checkout(folder / "Siân's checkout", folder / "packages")
    checkout.packages.mkdir(parents=True)
    (checkout.root / "scripts" / "lock").mkdir(parents=True)
    for script in ("bootstrap.py", "run.py", "test.py"):
        shutil.copy(ROOT / "scripts" / script, checkout.root / "scripts")
    (checkout.root / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    (checkout.root / "backend.py").write_text(BACKEND, "utf-8")
    write_wheel(checkout.root, "tiny_checker", COMMAND, "checker = tiny_checker:main")
    run = write_wheel(checkout.packages, "tiny_run", "")
    test = write_wheel(checkout.packages, "tiny_test", COMMAND, "pytest = tiny_test:main")
    checkout.lock("run").write_text(run, "utf-8")
    checkout.lock("test").write_text(run + test, "utf-8")
    return checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout in which nothing is installed yet."""
    return make_checkout(tmp_path)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose first start is done; a test leaves it as it found it."""
    checkout = make_checkout(tmp_path_factory.mktemp("installed"))
    first = checkout.start("run.py", "exit", "0")
    assert (first.returncode, first.stderr) == (0, "Installing the packages of scripts/lock/run.txt into .venv ...\n")
    return checkout


def test_arguments_folder_and_exit_code_pass_through(installed: Checkout, tmp_path: Path) -> None:
    done = installed.start("run.py", "exit", "15", "--as-of", "a b", "", folder=tmp_path)
    assert json.loads(done.stdout) == [["exit", "15", "--as-of", "a b", ""], str(tmp_path)]
    assert (done.returncode, done.stderr) == (15, "")


def test_without_arguments_the_sample_night_is_checked_from_the_root(installed: Checkout, tmp_path: Path) -> None:
    done = installed.start("run.py", folder=tmp_path)
    arguments = ["check", "sample_data/nightly", "--as-of", "2026-11-22T02:00", "--out", "out/nightly"]
    assert json.loads(done.stdout) == [arguments, str(installed.root)]
    assert done.returncode == 0


def test_a_second_start_installs_nothing(installed: Checkout) -> None:
    before = installed.stamp().stat().st_mtime_ns
    assert installed.start("run.py", "exit", "0").stderr == ""
    assert installed.stamp().stat().st_mtime_ns == before


def test_the_environment_of_the_checker_lacks_the_packages_of_the_tests(installed: Checkout) -> None:
    assert installed.is_ready("run")
    assert not installed.is_ready("test")


@pytest.fixture
def changed(installed: Checkout, request: pytest.FixtureRequest) -> Iterator[Checkout]:
    """The installed checkout with one file's text changed, until the test is over."""
    file, old, new = request.param
    path = installed.root / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    yield installed
    path.write_text(text, "utf-8")


@pytest.mark.parametrize(
    "changed",
    [
        ("scripts/lock/run.txt", "tiny_run==1", "tiny_run==2"),
        ("scripts/lock/test.txt", "tiny_test==1", "tiny_test==2"),
        ("pyproject.toml", 'name = "tiny-checker"', 'name = "other-checker"'),
        (".venv/installed.txt", "run", ""),
    ],
    indirect=True,
)
def test_another_lock_or_project_or_an_unfinished_stamp_asks_for_an_installation(changed: Checkout) -> None:
    assert not changed.is_ready()


@pytest.mark.parametrize("changed", [("pyproject.toml", "line-length = 120", "line-length = 99")], indirect=True)
def test_a_setting_of_a_tool_asks_for_no_installation(changed: Checkout) -> None:
    assert changed.is_ready()


@POSIX_ONLY
def test_a_python_that_is_gone_asks_for_an_installation(installed: Checkout) -> None:
    python = installed.root / ".venv" / "bin" / "python"
    target = python.readlink()
    python.unlink()
    python.symlink_to("no-such-python")
    assert not installed.is_ready()
    python.unlink()
    python.symlink_to(target)
    assert installed.is_ready()


def test_a_start_by_another_python_asks_for_an_installation(installed: Checkout) -> None:
    assert not installed.is_ready(python="cpython-399")


def test_a_moved_checkout_asks_for_an_installation(installed: Checkout, tmp_path: Path) -> None:
    shutil.copytree(installed.root, tmp_path / "moved", symlinks=True)
    assert not Checkout(tmp_path / "moved", installed.packages).is_ready()


@POSIX_ONLY
def test_ctrl_c_leaves_the_exit_code_to_the_command(installed: Checkout) -> None:
    process = installed.begin("run.py", "wait")
    assert process.stdout is not None
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (7, "")


@POSIX_ONLY
def test_a_request_to_end_reaches_the_command(installed: Checkout) -> None:
    process = installed.begin("run.py", "wait")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM


@POSIX_ONLY
def test_a_start_after_a_killed_first_start_makes_the_environment_anew(checkout: Checkout) -> None:
    first = checkout.begin("run.py", "exit", "0")
    while not (checkout.root / ".venv" / "pyvenv.cfg").exists():
        assert first.poll() is None
        time.sleep(0.01)
    first.kill()
    first.communicate()
    left_behind = checkout.root / ".venv" / "left-behind.txt"
    left_behind.touch()
    assert not checkout.is_ready()
    done = checkout.start("run.py", "exit", "3")
    assert done.returncode == 3
    assert not left_behind.exists()


def test_a_python_without_ensurepip_installs_with_its_own_pip(checkout: Checkout) -> None:
    start = "import sys; sys.modules['ensurepip'] = None; import run; sys.exit(run.main())"
    command = [sys.executable, "-c", start, "exit", "3"]
    done = subprocess.run(command, cwd=checkout.root / "scripts", env=checkout.environment(), check=False)
    assert done.returncode == 3
    assert not (checkout.root / ".venv" / "bin" / "pip").exists()


def test_of_two_starts_at_once_one_installs_and_both_run(checkout: Checkout) -> None:
    starts = [checkout.begin("run.py", "exit", code) for code in ("3", "4")]
    errors = "".join(start.communicate(timeout=120)[1] for start in starts)
    assert [start.returncode for start in starts] == [3, 4]
    assert errors.count("Installing") == 1


def test_the_tests_add_to_the_environment_and_the_checker_goes_on_using_it(checkout: Checkout) -> None:
    assert checkout.start("run.py", "exit", "0").returncode == 0
    kept = checkout.root / ".venv" / "kept.txt"
    kept.touch()
    done = checkout.start("test.py", "-k", "REF001", folder=checkout.packages)
    assert json.loads(done.stdout) == [["--numprocesses=auto", "-k", "REF001"], str(checkout.root)]
    assert kept.exists()
    assert checkout.start("run.py", "exit", "0").stderr == ""


def test_a_newer_release_of_a_locked_package_changes_nothing(checkout: Checkout) -> None:
    needs = "Requires-Dist: tiny-part[toml]>=1\n"
    lock = write_wheel(checkout.packages, "tiny_run", "", metadata=needs)
    lock += write_wheel(checkout.packages, "tiny_part", "", metadata="Provides-Extra: toml\n")
    write_wheel(checkout.packages, "tiny_part", "", version=2, metadata="Provides-Extra: toml\n")
    checkout.lock("run").write_text(lock, "utf-8")
    assert checkout.start("run.py", "exit", "0").returncode == 0
    assert [folder.name for folder in checkout.root.glob(".venv/**/tiny_part-*")] == ["tiny_part-1.dist-info"]


def test_a_failed_installation_is_one_line_with_its_remedy_and_leaves_no_stamp(checkout: Checkout) -> None:
    lock = checkout.lock("run").read_text("utf-8")
    checkout.lock("run").write_text(re.sub("sha256:.{8}", "sha256:00000000", lock), "utf-8")
    failed = checkout.start("run.py", "exit", "0")
    _, line, end = failed.stderr.split("\n")
    assert line.startswith("Could not install scripts/lock/run.txt (ERROR: ")
    assert line.endswith("then start again; the whole output is in .venv/failure.txt.")
    assert (failed.returncode, failed.stdout, end) == (2, "", "")
    assert not checkout.stamp().exists()


@pytest.mark.parametrize("script", ["bootstrap.py", "run.py", "test.py", "check"])
def test_an_older_python_can_read_the_scripts_far_enough_to_be_told(script: str) -> None:
    ast.parse((ROOT / "scripts" / script).read_text("utf-8"), feature_version=(3, 7))


@pytest.mark.parametrize("lock", ["run", "test"])
def test_a_lock_has_a_hash_for_each_exact_version_and_no_address(lock: str) -> None:
    text = (ROOT / "scripts" / "lock" / f"{lock}.txt").read_text("utf-8")
    entries = [entry for entry in text.replace("\\\n", "").splitlines() if not entry.startswith("#")]
    assert all(re.match(r"[a-z0-9-]+==[0-9.]+(?:post[0-9]+)? .*--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert "://" not in text
    assert " @ " not in text


def test_the_lock_of_the_tests_holds_the_packages_of_the_checker() -> None:
    locks = [(ROOT / "scripts" / "lock" / f"{name}.txt").read_text("utf-8") for name in ("run", "test")]
    run, test = [{line.split()[0] for line in text.splitlines() if "==" in line} for text in locks]
    assert run < test


def test_london_time_needs_no_database_of_the_system() -> None:
    question = """
from datetime import datetime
from zoneinfo import ZoneInfo
print([datetime(2026, 10, 25, 1, 30, fold=fold, tzinfo=ZoneInfo("Europe/London")).isoformat() for fold in (0, 1)])
"""
    environment = {**os.environ, "PYTHONTZPATH": ""}
    answer = subprocess.run(
        [sys.executable, "-c", question], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout == "['2026-10-25T01:30:00+01:00', '2026-10-25T01:30:00+00:00']\n"


def test_a_wheel_carries_the_whole_rule_pack_inside_the_package(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (path,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        packed = {name.removeprefix("checker/") for name in wheel.namelist() if name.startswith("checker/rules/")}
    assert packed == {file.relative_to(ROOT).as_posix() for file in (ROOT / "rules").rglob("*") if file.is_file()}
    assert "rules/policy.toml" in packed
