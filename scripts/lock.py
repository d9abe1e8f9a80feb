"""Rewrite both locks from pyproject.toml with uv: `python3 scripts/lock.py [--upgrade]`.

Each lock holds exact versions with their hashes for Linux, Windows and macOS and Python 3.11 or newer, and no address.
Versions stay as they are where they can; `--upgrade`, or `--upgrade-package NAME`, takes newer ones.
"""

import shutil
import subprocess
import sys
import tomllib

from bootstrap import ROOT


def write_lock(name: str, *options: str) -> None:
    """Write one lock: the project's dependencies and what builds the project."""
    builders = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    command = ["uv", "pip", "compile", "pyproject.toml", "-", "--output-file", f"scripts/lock/{name}.txt", "--quiet"]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate"]
    command += ["--custom-compile-command", "python3 scripts/lock.py", *options]
    subprocess.run(command, cwd=ROOT, input="\n".join(builders), text=True, stdout=subprocess.DEVNULL, check=True)


def main() -> None:
    """Rewrite the lock of the checker, then the lock of the tests, which holds every line of the first."""
    if not shutil.which("uv"):
        sys.exit("uv is not installed: python3 -m pip install uv, then start again.")
    write_lock("run", *sys.argv[1:])
    write_lock("test", "--extra", "test", "--constraints", "scripts/lock/run.txt", *sys.argv[1:])


if __name__ == "__main__":
    main()
