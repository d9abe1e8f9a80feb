"""Run the checker: `python3 scripts/run.py` checks the sample of one night; any arguments go to `checker` instead."""

import sys

import bootstrap

NIGHTLY = ("check", "sample_data/nightly", "--as-of", "2026-11-22T02:00", "--out", "out/nightly")


def main() -> int:
    """Prepare `.venv`, run the checker, and return its exit code."""
    bootstrap.prepare("run")
    if len(sys.argv) > 1:
        return bootstrap.run("checker", *sys.argv[1:])
    return bootstrap.run("checker", *NIGHTLY, folder=bootstrap.ROOT)


if __name__ == "__main__":
    sys.exit(main())
