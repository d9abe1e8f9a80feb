"""Keeps `.venv` at the repository root equal to a lock, and starts commands in it; standard library only.

A stamp inside `.venv` is written last. Where it does not match the locks, the project's metadata, the folder of this
checkout and this Python, or where the environment's own Python does not start, `.venv` is made anew.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts an older Python reads this instead of a SyntaxError
    sys.stderr.write("Python 3.11 or newer is needed; this is Python %d.%d.\n" % sys.version_info[:2])  # noqa: UP031
    sys.exit(2)

import hashlib
import importlib.util
import json
import os
import signal
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "installed.txt"
FAILURE = VENV / "failure.txt"
LOCKS = {name: ROOT / "scripts" / "lock" / f"{name}.txt" for name in ("run", "test")}


def executable(name: str) -> Path:
    """Return the path of a command of the environment, such as `python` or `checker`."""
    return VENV / "Scripts" / f"{name}.exe" if sys.platform == "win32" else VENV / "bin" / name


def prepare(lock: str) -> None:
    """Install the lock `run` or `test` unless that is done; exit with code 2 and one line where it cannot be."""
    try:
        if not is_ready(lock):
            with _one_at_a_time() as guard:
                if not is_ready(lock):
                    _install(lock, guard)
    except OSError as error:
        _fail(f"Cannot prepare .venv: {error}. End what is using it, delete .venv, then start again.")
    except KeyboardInterrupt:
        sys.exit(130)


def run(name: str, *arguments: str, folder: Path | None = None) -> int:
    """Run a command of the environment, in `folder` or else the caller's, and return its exit code."""

    def leave_it_to_the_command(_signal: int, _frame: FrameType | None) -> None:
        """Do nothing: Ctrl-C reaches the command by itself, and this process waits for what it makes of it."""

    def pass_on(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    signal.signal(signal.SIGINT, leave_it_to_the_command)
    process = subprocess.Popen([executable(name), *arguments], cwd=folder, env=_environment())
    signal.signal(signal.SIGTERM, pass_on)
    code = process.wait()
    return code if code >= 0 else 128 - code  # ended by signal n: 128 + n, as a shell has it


def is_ready(lock: str) -> bool:
    """Return whether `.venv` holds the lock and its Python starts; `test` holds everything of `run`."""
    if not STAMP.is_file() or STAMP.read_text("utf-8", "replace") not in {_stamp(lock), _stamp("test")}:
        return False
    try:
        started = subprocess.run([executable("python"), "-I", "-c", ""], capture_output=True, check=False)
    except OSError:
        return False
    return started.returncode == 0 and executable("checker").is_file()


def _stamp(lock: str) -> str:
    """Return what the stamp says where `.venv` holds this lock and nothing that it depends on has changed since."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    grounds = {
        "root": str(ROOT),  # the commands in `.venv/bin` carry this path
        "python": sys.implementation.cache_tag,
        "locks": [path.read_text("utf-8") for path in LOCKS.values()],
        "project": [pyproject["project"], pyproject["build-system"], pyproject.get("tool", {}).get("hatch")],
    }
    return f"{lock} {hashlib.sha256(json.dumps(grounds).encode()).hexdigest()}\n"


def _install(lock: str, guard: IO[str]) -> None:
    """Bring `.venv` to the lock: by adding to one that holds `run`, else by making it anew."""
    path = LOCKS[lock].relative_to(ROOT).as_posix()
    _say(f"Installing the packages of {path} into .venv ...")
    is_addition = is_ready("run")
    STAMP.unlink(missing_ok=True)
    if importlib.util.find_spec("ensurepip"):
        make, pip = ["venv", "--clear"], [str(executable("python")), "-I", "-m", "pip"]
    else:  # Debian's Python without python3-venv: this Python's own pip installs into `.venv`
        make, pip = ["venv", "--clear", "--without-pip"], [sys.executable, "-m", "pip", "--python", str(VENV)]
    pip += ["install", "--quiet", "--no-input", "--no-user", "--disable-pip-version-check"]
    if not is_addition:
        _call([sys.executable, "-I", "-m", *make, str(VENV)], guard, "make .venv", "End what is using it, delete it")
    # The lock names every package, so pip resolves nothing: an older pip takes `coverage[toml]`, with an extra, for a
    # package that the lock lacks, and stops as soon as there is a newer release than the locked one.
    _call(
        [*pip, "--require-hashes", "--no-deps", "--only-binary=:all:", "--requirement", path],
        guard,
        f"install {path}",
        "Check the network and the settings of pip",
    )
    if not is_addition:
        project = ["--no-index", "--no-deps", "--no-build-isolation", "--editable", "."]
        _call([*pip, *project], guard, "install the project", "Check pyproject.toml")
    STAMP.write_text(_stamp(lock), "utf-8")


def _call(command: list[str], guard: IO[str], aim: str, remedy: str) -> None:
    """Run one step of an installation at the repository root, in silence unless it fails."""
    # A step that outlives a killed start keeps the guard open, so the next start waits until the step has ended.
    kept_open = () if sys.platform == "win32" else (guard.fileno(),)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=_environment(),
        pass_fds=kept_open,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        VENV.mkdir(exist_ok=True)
        FAILURE.write_text(done.stdout, "utf-8")
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()] or ["no output"]
        reason = next((line for line in lines if line.startswith("ERROR")), lines[-1])
        _fail(f"Could not {aim} ({reason}). {remedy}, then start again; the whole output is in .venv/{FAILURE.name}.")


@contextmanager
def _one_at_a_time() -> Iterator[IO[str]]:
    """Hold the guard that lets one start at a time change `.venv`; the system lets go of it when its holders end."""
    with (ROOT / ".venv.lock").open("a") as guard:
        if not _take(guard):
            _say("Another start is preparing .venv; waiting for it ...")
            while not _take(guard):
                time.sleep(0.2)
        yield guard


def _take(guard: IO[str]) -> bool:
    """Return whether the guard could be taken."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(guard.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _environment() -> dict[str, str]:
    """Return this process's environment variables less those that would mix other packages into `.venv`."""
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _fail(line: str) -> NoReturn:
    _say(line)
    sys.exit(2)
