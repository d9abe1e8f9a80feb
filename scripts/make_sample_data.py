"""Writes the invented extracts of sample_data/, each with the verdicts that it must come to.

Every run writes the same bytes: each extract has a fixed seed, and nothing here reads the clock.
"""

from pathlib import Path

from sample_data import backlog, force_export, messy, nightly

SAMPLE_DATA = Path(__file__).resolve().parent.parent / "sample_data"


def main() -> None:
    """Write the four extracts, each in place of what was there."""
    nightly.build().write(SAMPLE_DATA / "nightly")
    backlog.build().write(SAMPLE_DATA / "backlog-580")
    messy.build().write(SAMPLE_DATA / "messy")
    force_export.write(SAMPLE_DATA / "force_export")


if __name__ == "__main__":
    main()
