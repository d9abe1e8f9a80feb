"""The run of one area: what is of its own, and nothing of the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import polars as pl

from checker.config import LONDON, ReportConfig
from checker.errors import ConservationError
from checker.evaluation import LISTED
from checker.measures import of_area
from checker.models import AREA_COLUMNS, TO_DO, FindingStatus, Outcome, RuleResult, Run

_LONGEST_NAME = 80
_UNFIT = re.compile(
    r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+'
)  # in the name of a file, on some system
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)  # what Windows keeps for itself


@dataclass(frozen=True)
class Area:
    """A district, team or supervisor; `name` None is of what bears none."""

    kind: str
    name: str | None

    @property
    def title(self) -> str:
        """How the workbook calls it."""
        return f"{self.kind} {self.name}" if self.name is not None else f"no {self.kind}"


def areas_of(run: Run, settings: ReportConfig) -> list[Area]:
    """The areas for which there is a workbook of its own, in the order of their names, what bears none last.

    That is each where there is something to do, and with `empty_areas` each that the extract or a list has.
    """
    if settings.split_by is None:
        return []
    column = AREA_COLUMNS[settings.split_by]
    lists = [rows for rows in (run.findings, run.carried_over) if rows is not None]
    listed = [rows if settings.empty_areas else _to_do(rows) for rows in lists]
    names = set(pl.concat([rows.select(column) for rows in listed]).to_series())
    if settings.empty_areas:
        names |= set(run.record.areas.get(settings.split_by, ()))
    return [Area(settings.split_by, name) for name in sorted(names, key=lambda name: (name is None, name or ""))]


def parts(run: Run, settings: ReportConfig) -> list[tuple[Run, str]]:
    """The part of each area, and the name of the file of its workbook.

    Raises:
        ConservationError: a line that needs a person is in none of the parts, or in two.
    """
    areas = areas_of(run, settings)
    found = [part_of(run, area) for area in areas]
    placed = sum(_work(part) for part in found)
    if areas and placed != _work(run):
        fault = f"{_work(run)} lines need a person and {placed} are in a workbook of an area"
        raise ConservationError(f"{fault}; nothing was reported, please report this")
    return list(zip(found, file_names(run, areas), strict=True))


def part_of(run: Run, area: Area) -> Run:
    """The run as if there were nothing but this area; its record keeps how the extract was read, and by what.

    What a rule has listed is counted for the area alone; of what passed or is out of scope there is no line, so that
    these counts stay those of the force and are not to be shown. Rejected records belong to no area.
    """
    own = pl.col(AREA_COLUMNS[area.kind]).eq_missing(pl.lit(area.name, pl.String))
    findings = run.findings.filter(own)
    resolved, carried_over = (None if rows is None else rows.filter(own) for rows in (run.resolved, run.carried_over))
    ids = pl.concat([rows.select("finding_id") for rows in (findings, carried_over) if rows is not None]).to_series()
    decisions = None if run.decisions is None else run.decisions.filter(pl.col("finding_id").is_in(ids.implode()))
    measures, weeks = (
        of_area(rows, area.kind, area.name) if rows is not None and area.kind in rows.columns else None
        for rows in (run.measures, run.weeks)
    )
    rules = {rule_id: _own_result(result, findings) for rule_id, result in run.record.rules.items()}
    return replace(
        run,
        record=replace(run.record, rules=rules),
        findings=findings,
        rejected=run.rejected.clear(),
        resolved=resolved,
        carried_over=carried_over,
        decisions=decisions,
        area=area.title,
        force={rule_id: result.counts for rule_id, result in run.record.rules.items()},
        measures=measures,
        weeks=weeks,
    )


def file_names(run: Run, areas: Sequence[Area]) -> list[str]:
    """The file name of each area's workbook: marking, area and as_of (London); none is another's, even without case."""
    moment = f"{run.record.as_of.astimezone(ZoneInfo(LONDON)):%Y-%m-%dT%H%M}"
    taken: set[str] = set()
    names = []
    for area in areas:
        stem = f"{_fit(run.record.marking)}_{_fit(area.name or area.title)}"
        name, number = f"{stem}_{moment}.xlsx", 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem} ({number})_{moment}.xlsx"
        taken.add(name.casefold())
        names.append(name)
    return names


def _fit(text: str) -> str:
    """The text as part of a file name, on every system."""
    fit = _UNFIT.sub("-", text).strip(" .")[:_LONGEST_NAME].strip(" .") or "-"
    return f"-{fit}" if _DEVICE.match(fit) else fit


def _to_do(rows: pl.DataFrame) -> pl.DataFrame:
    """The lines that a person is to work: those that need one, and no decision settles."""
    needs_one = pl.col("outcome").is_in([Outcome.FINDING.value, Outcome.UNDETERMINED.value])
    known = (*TO_DO, FindingStatus.SUPERSEDED)
    return rows.filter(
        needs_one & (pl.col("status").is_null() | pl.col("status").is_in([each.value for each in known]))
    )


def _work(run: Run) -> int:
    return sum(_to_do(rows).height for rows in (run.findings, run.carried_over) if rows is not None)


def _own_result(result: RuleResult, findings: pl.DataFrame) -> RuleResult:
    if result.counts is None:
        return result
    own = findings.filter(pl.col("rule_id") == result.rule_id).get_column("outcome")
    return replace(result, counts=result.counts | {each: int(own.eq(each.value).sum()) for each in LISTED})
