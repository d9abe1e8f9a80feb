"""The workbook on paper, by way of a real office program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from openpyxl import load_workbook

from checker.models import RuleStatus, Run
from checker.report.files import write_report
from tests.report.made_up import finding, many_decided, many_findings, recorded, run_of
from tests.report.test_workbook import table_rows

pytestmark = pytest.mark.office

IDLE = {"FLG001": RuleStatus.NOT_RUN, "FLG002": RuleStatus.NOT_RUN, "FLG003": RuleStatus.ERROR}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that converts a workbook to the format named next, with a profile of its own."""
    missing = [program for program in ("soffice", "pdftotext", "pdfinfo") if shutil.which(program) is None]
    if missing:
        message = f"NOT TESTED ON PAPER: no {', '.join(missing)}; apt-get install libreoffice-calc poppler-utils"
        if os.environ.get("REQUIRE_OFFICE") == "1":
            pytest.fail(message)
        pytest.skip(message)
    profile = tmp_path_factory.mktemp("profile").as_uri()
    return ["soffice", "--headless", f"-env:UserInstallation={profile}", "--convert-to"]


def converted(workbook: Path, ending: str, office: list[str]) -> Path:
    """What the office program makes of a workbook in another format, in a folder of its own."""
    folder = workbook.parent / f"as {ending}"
    command = [*office, ending, "--outdir", str(folder), str(workbook)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / f"{workbook.stem}.{ending}"


def pages_of(run: Run, folder: Path, office: list[str]) -> list[str]:
    """The text of each printed page."""
    pdf = converted(write_report(run, folder), "pdf", office)
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
    return text.split("\f")[:-1]


@pytest.mark.parametrize(
    ("run", "summary_pages"),
    [(run_of(many_findings(40)), 2), (run_of([finding()] * 0, idle=IDLE), 2), (many_decided(40), 2)],
    ids=["forty findings", "no findings, rules not run", "forty findings with decisions and a banner"],
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


def filled_in(run: Run, folder: Path) -> Path:
    """A workbook of which a supervisor has filled in some yellow cells of Exceptions."""
    file = write_report(run, folder)
    book = load_workbook(file)
    sheet = book["Exceptions"]
    columns = {cell.value: cell.column for cell in sheet[4]}
    written = {
        5: {"Decision": "No referral required, reason given", "Decided by": "DS Hall"},
        6: {"Decision": "Referral already made, reference given", "Reference": " "},
        7: {"Reason": "seen"},
        8: {"Decision": "Under review", "Decided by": "DS Hall"},
    }
    for row, cells in written.items():
        for header, text in cells.items():
            sheet.cell(row, columns[header], text)
    book.save(file)
    return file


def test_an_office_program_greys_what_is_decided_and_shows_what_it_lacks(tmp_path: Path, office: list[str]) -> None:
    run = recorded(run_of([finding(incident_ref=f"INC-{number}") for number in range(5)], policy={}))
    html = converted(filled_in(run, tmp_path), "html", office).read_text(encoding="utf-8", errors="replace")
    (exceptions,) = [sheet for sheet in html.split("<table") if "Exceptions (5)" in sheet]
    colours = Counter(re.findall('bgcolor="#([0-9A-F]{6})"', exceptions))
    # lacking: a reason; a reference and a name; the decision. Grey: three lines of 21 cells but for those that lack.
    assert colours["F8CBAD"] == 4
    assert colours["F2F2F2"] == 3 * 21 - 3
    assert colours["FFFBE6"] == 4 + 3


def test_an_office_program_keeps_the_drop_down_and_what_was_filled_in(tmp_path: Path, office: list[str]) -> None:
    run = recorded(run_of([finding(incident_ref=f"INC-{number}") for number in range(5)]))
    book = load_workbook(converted(filled_in(run, tmp_path), "xlsx", office))
    sheet = book["Exceptions"]
    (choice,) = sheet.data_validations.dataValidation
    assert (choice.type, choice.formula1, str(choice.sqref)) == ("list", "DecisionList", "L5:L9")
    assert book.defined_names["DecisionList"].attr_text == "Decisions!$A$5:$A$11"
    rows = table_rows(sheet)
    assert [(row["Decision"], row["Decided by"], row["Run"]) for row in rows] == [
        ("No referral required, reason given", "DS Hall", 12),
        ("Referral already made, reference given", None, 12),
        (None, None, 12),
        ("Under review", "DS Hall", 12),
        (None, None, 12),
    ]
