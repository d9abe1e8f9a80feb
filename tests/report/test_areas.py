"""A workbook for each district, team or supervisor: its own lines, all of them, and nothing of the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from openpyxl import load_workbook

from checker.config import ReportConfig
from checker.models import Run
from checker.report.areas import Area, areas_of, file_names, part_of
from checker.report.files import write_report
from tests.report.made_up import finding, opened, recorded, run_of

BY_DISTRICT = ReportConfig(split_by="district")


def run_of_districts(*districts: str | None, **values: object) -> Run:
    """A run with a finding in each of these districts."""
    return run_of([finding(incident_ref=f"INC-{n}", district=name, **values) for n, name in enumerate(districts, 1)])


def folder_of(run: Run, folder: Path, settings: ReportConfig = BY_DISTRICT) -> Path:
    write_report(run, folder, settings=settings)
    return folder / "exceptions_by_area"


def words_of(file: Path) -> set[str]:
    """Every text in a workbook."""
    book = load_workbook(file)
    return {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}


def test_each_area_has_a_workbook_with_its_own_lines_and_nothing_of_the_others(tmp_path: Path) -> None:
    folder = folder_of(run_of_districts("Harbour", "Moorland", None), tmp_path)
    assert sorted(file.name for file in folder.iterdir()) == [
        "OFFICIAL-SENSITIVE_Harbour_2026-11-22T0200.xlsx",
        "OFFICIAL-SENSITIVE_Moorland_2026-11-22T0200.xlsx",
        "OFFICIAL-SENSITIVE_no district_2026-11-22T0200.xlsx",
    ]
    for own, file in zip(("INC-1", "INC-2", "INC-3"), sorted(folder.iterdir()), strict=True):
        text = " ".join(words_of(file))
        assert [ref for ref in ("INC-1", "INC-2", "INC-3") if ref in text] == [own]
        assert ("Moorland" in text) == (own == "INC-2")
        assert "INC-2026-000017" not in text  # a rejected record, of whatever area


def test_the_whole_workbook_and_the_lists_for_machines_stay_as_they_are(tmp_path: Path) -> None:
    run = run_of_districts("Harbour", "Moorland")
    write_report(run, tmp_path / "whole")
    write_report(run, tmp_path / "split", settings=BY_DISTRICT)
    assert (tmp_path / "whole" / "findings.csv").read_bytes() == (tmp_path / "split" / "findings.csv").read_bytes()
    assert {"INC-1", "INC-2"} <= words_of(tmp_path / "split" / "exceptions.xlsx")


@pytest.mark.parametrize(("kind", "names"), [("team", ["Response 1"]), ("supervisor", ["PS-244"])])
def test_it_may_be_by_team_or_by_supervisor(kind: str, names: list[str]) -> None:
    settings = ReportConfig(split_by=kind)
    assert areas_of(run_of_districts("Harbour", "Moorland"), settings) == [Area(kind, name) for name in names]


def test_nothing_is_written_for_an_area_with_nothing_to_do_unless_asked() -> None:
    """Moorland's one finding is settled, Harbour's is not yet due; Riverside has incidents and no line."""
    settled = finding(incident_ref="INC-1", district="Moorland", **opened(3, "settled"))
    not_due = finding(incident_ref="INC-2", district="Harbour", outcome="not_due", hours_overdue=None)
    carried = finding(incident_ref="INC-3", district="Northgate", **opened(3)) | {"why": "gone", "last_examined": None}
    run = recorded(run_of([settled, not_due]), carried=[carried])
    run = replace(run, record=replace(run.record, areas={"district": ("Riverside", "Harbour")}))
    assert [area.name for area in areas_of(run, BY_DISTRICT)] == ["Northgate"]
    everything = ReportConfig(split_by="district", empty_areas=True)
    assert [area.name for area in areas_of(run, everything)] == ["Harbour", "Moorland", "Northgate", "Riverside"]


def test_the_next_report_without_areas_leaves_no_workbook_of_one_behind(tmp_path: Path) -> None:
    folder = folder_of(run_of_districts("Harbour"), tmp_path)
    assert folder.is_dir()
    write_report(run_of_districts("Harbour"), tmp_path)
    assert not folder.exists()


def test_a_fault_while_an_area_is_written_leaves_the_previous_report(tmp_path: Path) -> None:
    folder = folder_of(run_of_districts("Harbour"), tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    def fail_at_the_end(_: str, done: int, total: int) -> None:
        if done == total:
            raise KeyError("stop here")

    with pytest.raises(KeyError):
        write_report(run_of_districts("Harbour", "Moorland"), tmp_path, fail_at_the_end, BY_DISTRICT)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    assert len(list(folder.iterdir())) == 1


def test_a_name_that_no_system_allows_becomes_one_that_each_does_and_none_is_lost() -> None:
    run = run_of_districts("A/B", "a?b", "A:B", "CON", "..", "x" * 300, " ")
    areas = areas_of(run, BY_DISTRICT)
    names = file_names(run, areas)
    stems = [name.removeprefix("OFFICIAL-SENSITIVE_").removesuffix("_2026-11-22T0200.xlsx") for name in names]
    by_name = {area.name: stem for area, stem in zip(areas, stems, strict=True)}
    assert by_name == {
        " ": "-",
        "..": "- (2)",
        "A/B": "A-B",
        "A:B": "A-B (2)",
        "CON": "-CON",
        "a?b": "a-b (3)",
        "x" * 300: "x" * 80,
    }
    assert len({name.casefold() for name in names}) == 7


def test_the_part_of_an_area_counts_its_own_lines_and_keeps_the_counts_of_the_force() -> None:
    run = run_of_districts("Harbour", "Harbour", "Moorland")
    part = part_of(run, Area("district", "Harbour"))
    (own, force) = part.record.rules["REF001"].counts, part.force["REF001"]
    assert own is not None
    assert force is not None
    assert (own["finding"], force["finding"], force["pass"]) == (2, 3, 210)
    assert part.rejected.is_empty()
    assert part.area == "district Harbour"
    assert part.findings.get_column("district").unique().to_list() == ["Harbour"]


def test_the_decisions_of_an_area_are_those_about_its_own_findings() -> None:
    run = recorded(run_of_districts("Harbour", "Moorland", **opened(2, "settled")))
    ids = run.findings.get_column("finding_id").to_list()
    decisions = pl.DataFrame({"finding_id": ids, "decision": ["under review"] * 2})
    part = part_of(replace(run, decisions=decisions), Area("district", "Moorland"))
    assert part.decisions is not None
    assert part.decisions.get_column("finding_id").to_list() == [
        row["finding_id"] for row in run.findings.to_dicts() if row["district"] == "Moorland"
    ]


def test_the_front_sheet_of_an_area_has_its_own_counts_and_of_the_force_nothing_under_five(tmp_path: Path) -> None:
    """Six findings and two that cannot be told in all; Harbour has two and one of them."""
    rows = [finding(incident_ref=f"INC-{n}", district="Harbour" if n < 3 else "Moorland") for n in range(1, 7)]
    rows += [
        finding(incident_ref=f"INC-{n}", district=district, outcome="undetermined", hours_overdue=None)
        for n, district in ((7, "Harbour"), (8, "Moorland"))
    ]
    folder = folder_of(run_of(rows), tmp_path)
    sheet = load_workbook(folder / "OFFICIAL-SENSITIVE_Harbour_2026-11-22T0200.xlsx")["Summary"]
    lines = [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows()]
    assert ["Referral compliance: exceptions of district Harbour"] in lines
    (header,) = [line for line in lines if line and line[0] == "Rule"]
    assert header[3:] == [
        "Exceptions",
        "Not yet\ndue",
        "Cannot tell",
        "Whole force: exceptions",
        "Whole force: cannot tell",
        "Status",
    ]
    (ref001,) = [line for line in lines if line and line[0] == "REF001"]
    assert ref001[3:] == [2, 0, 1, 6, "<5", "run"]
    (total,) = [line for line in lines if line and line[0] == "Total"]
    assert total == ["Total", 2, 0, 1]
