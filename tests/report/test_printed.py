"""The workbook on paper, by way of a real office program."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from checker.models import RuleStatus, Run
from checker.report import write_report
from tests.report.made_up import finding, many_findings, run_of

pytestmark = pytest.mark.office

IDLE = {"FLG001": RuleStatus.NOT_RUN, "FLG002": RuleStatus.NOT_RUN, "FLG003": RuleStatus.ERROR}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that converts a workbook to PDF, with a profile of its own."""
    missing = [program for program in ("soffice", "pdftotext", "pdfinfo") if shutil.which(program) is None]
    if missing:
        message = f"NOT TESTED ON PAPER: no {', '.join(missing)}; apt-get install libreoffice-calc poppler-utils"
        if os.environ.get("REQUIRE_OFFICE") == "1":
            pytest.fail(message)
        pytest.skip(message)
    profile = tmp_path_factory.mktemp("profile").as_uri()
    return ["soffice", "--headless", f"-env:UserInstallation={profile}", "--convert-to", "pdf", "--outdir"]


def pages_of(run: Run, folder: Path, office: list[str]) -> list[str]:
    """The text of each printed page."""
    workbook = write_report(run, folder)
    subprocess.run([*office, str(folder), str(workbook)], check=True, capture_output=True, timeout=120)
    pdf = folder / "exceptions.pdf"
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
    return text.split("\f")[:-1]


@pytest.mark.parametrize(
    ("run", "summary_pages"),
    [(run_of(many_findings(40)), 2), (run_of([finding()] * 0, idle=IDLE), 2)],
    ids=["forty findings", "no findings, rules not run"],
)
def test_every_page_bears_the_marking_twice_and_its_number(
    tmp_path: Path, office: list[str], run: Run, summary_pages: int
) -> None:
    pages = pages_of(run, tmp_path, office)
    for number, page in enumerate(pages, start=1):
        assert page.count("OFFICIAL-SENSITIVE") >= 2, number
        assert f"Page {number} of {len(pages)}" in page
    assert sum("Referral compliance: Summary" in page for page in pages) == summary_pages
    assert "Files that were read" not in pages[0]
    assert "How to read it" in pages[0]
    assert "#####" not in "".join(pages)


def test_headers_are_repeated_on_every_page_of_a_list(tmp_path: Path, office: list[str]) -> None:
    pages = [page for page in pages_of(run_of(many_findings(60)), tmp_path, office) if "compliance: Exceptions" in page]
    assert len(pages) > 1
    assert all("What is missing" in page and "Supervisor" in page for page in pages)


def test_no_text_of_a_row_is_cut_on_paper(tmp_path: Path, office: list[str]) -> None:
    words = [f"word{number:03}" for number in range(120)]
    pages = pages_of(run_of([finding(evidence=" ".join(words), message=" ".join(words))]), tmp_path, office)
    printed = " ".join(pages)
    assert [word for word in words if printed.count(word) < 2] == []
