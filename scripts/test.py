"""Run all tests: `python3 scripts/test.py`; any arguments go to pytest, and paths are read from the repository root."""

import sys

import bootstrap


def main() -> int:
    """Prepare `.venv`, run the tests on every core, and return pytest's exit code."""
    bootstrap.prepare("test")
    return bootstrap.run("pytest", "--numprocesses=auto", *sys.argv[1:], folder=bootstrap.ROOT)


if __name__ == "__main__":
    sys.exit(main())
