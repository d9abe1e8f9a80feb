"""Which incidents of an extract a sweep is about, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from checker.config import nearest
from checker.errors import ConfigError
from checker.facts import SUBJECTS
from checker.london_time import local_date
from checker.models import EXCLUDED, Selection
from checker.pipeline.order import Prepared, areas
from checker.rulepack import Predicate, PredicateError, compile_predicate
from checker.schemas import RISK_LEVELS

FOR_A_DUPLICATE = "it answers for a duplicate that belongs or may belong"
TOLD = ("reported_at", "district", "team", "risk_level")


@dataclass(frozen=True)
class Selected:
    """The incidents that were selected, in the order of the extract, and those that were not (EXCLUDED).

    `incidents` has `incident_ref`, the columns of TOLD and `not_known`: what leaves open whether it belongs.
    """

    incidents: pl.DataFrame
    excluded: pl.DataFrame


@dataclass(frozen=True)
class _Criterion:
    """One thing that is asked of an incident: null where it is not known."""

    holds: pl.Expr
    otherwise: str
    not_known: str


def select_incidents(prepared: Prepared, selection: Selection) -> Selected:
    """The incidents of the extract that answer for themselves, by whether they are selected.

    One of which a criterion is not known, and no other is against it, is selected: it may be one that is looked for. So
    is one that answers for a duplicate which is, or may be: the children of the duplicate are judged with it.

    Raises:
        ConfigError: a risk level, a district, a rule or the predicate is not one; or no incident is selected.
    """
    _known_words(prepared, selection)
    criteria = list(_criteria(selection))
    wanted = ("incident_ref", *TOLD, *_facts_read(selection))
    facts = SUBJECTS["incident"].plan(prepared.tables, prepared.context, wanted)
    asked = [criterion.holds.alias(str(place)) for place, criterion in enumerate(criteria)]
    rows = facts.select("incident_ref", *TOLD, *asked).collect()
    duplicates = _answered_for(prepared, rows)
    reasons = [pl.when(~pl.col(str(place))).then(pl.lit(each.otherwise)) for place, each in enumerate(criteria)]
    unknown = [
        pl.when(pl.col(str(place)).is_null()).then(pl.lit(each.not_known)) for place, each in enumerate(criteria)
    ]
    rows = rows.with_columns(
        pl.coalesce(*reasons, pl.lit(None, pl.String)).alias("reason"),
        pl.concat_str(*unknown, pl.lit(None, pl.String), separator="; ", ignore_nulls=True)
        .replace("", None)
        .alias("not_known"),
    )
    for_duplicates = pl.col("incident_ref").is_in(_masters_of_selected(duplicates, selection).implode())
    rows = rows.with_columns(
        pl.when(~for_duplicates).then("reason").alias("reason"),
        pl.when(for_duplicates & pl.col("reason").is_not_null())
        .then(pl.lit(FOR_A_DUPLICATE))
        .otherwise("not_known")
        .alias("not_known"),
    )
    incidents = rows.filter(pl.col("reason").is_null()).select("incident_ref", *TOLD, "not_known")
    if incidents.is_empty():
        raise ConfigError(f"none of the {rows.height:,} incidents of the extract is selected; widen the selection")
    excluded = rows.filter(pl.col("reason").is_not_null()).select(EXCLUDED.names())
    reason = pl.lit("a duplicate: another incident answers for it").alias("reason")
    return Selected(incidents, pl.concat([excluded, duplicates.select("incident_ref", reason)]))


def reported_between(text: str) -> tuple[date | None, date | None]:
    """The first and the last day of `2017-08-01..2017-11-30`; either may be left out, and a day alone is meant whole.

    Raises:
        ConfigError: it is no such period.
    """
    first, dots, last = (part.strip() for part in text.partition(".."))
    try:
        days = [date.fromisoformat(part) if part else None for part in ((first, last) if dots else (first, first))]
    except ValueError:
        days = []
    if not any(days):
        raise ConfigError(f"--reported: {text!r} is no period; write it as 2017-08-01..2017-11-30")
    begin, end = days
    if begin is not None and end is not None and begin > end:
        raise ConfigError(f"--reported: {text!r} ends before it begins; write the earlier day first")
    return begin, end


def _criteria(selection: Selection) -> Iterator[_Criterion]:
    """What is asked, in the order in which reasons are given; when it was reported is known of every incident."""
    day, first, last = local_date(pl.col("reported_at")), selection.reported_from, selection.reported_to
    if first is not None:
        yield _Criterion(day >= first, f"reported before {first:%d/%m/%Y}", "")
    if last is not None:
        yield _Criterion(day <= last, f"reported after {last:%d/%m/%Y}", "")
    for column, wanted, name in (
        ("risk_level", selection.risk, "risk level"),
        ("district", selection.districts, "district"),
    ):
        if wanted:
            is_one = pl.col(column).is_in(list(wanted))
            yield _Criterion(is_one, f"{name} is not {' or '.join(wanted)}", f"{name} not recorded")
    if selection.where is not None:
        where = _compiled(selection.where).expression
        yield _Criterion(where, "the condition does not hold", "not known whether the condition holds")


def _facts_read(selection: Selection) -> tuple[str, ...]:
    return () if selection.where is None else _compiled(selection.where).facts


def _compiled(where: str) -> Predicate:
    try:
        return compile_predicate(where, SUBJECTS["incident"])
    except PredicateError as fault:
        raise ConfigError("\n".join(f"--where: {each}" for each in fault.faults)) from None


def _known_words(prepared: Prepared, selection: Selection) -> None:
    """Refuse what no incident can have: a slip of the pen must not look as if there were none."""
    for word in selection.risk:
        if word not in RISK_LEVELS:
            hint = nearest(word, RISK_LEVELS)
            raise ConfigError(f"--risk: {word!r} is no risk level{hint} (known: {', '.join(RISK_LEVELS)})")
    districts = areas(prepared)["district"]
    for word in selection.districts:
        if word not in districts:
            raise ConfigError(f"--district: no incident of the extract is of {word!r}{nearest(word, districts)}")
    for rule_id in selection.rules:
        prepared.pack.rule(rule_id)


def _answered_for(prepared: Prepared, subjects: pl.DataFrame) -> pl.DataFrame:
    """The duplicates that another incident answers for, with `duplicate_of`."""
    every = prepared.validated.tables["incidents"].accepted
    return every.join(subjects, on="incident_ref", how="anti").select("incident_ref", *TOLD, "duplicate_of")


def _masters_of_selected(duplicates: pl.DataFrame, selection: Selection) -> pl.Series:
    """The incidents that answer for a duplicate which is, or may be, one of those that are looked for.

    Its children are theirs. Whether the condition of --where holds for a duplicate nobody has worked out.
    """
    own = [each.holds for each in _criteria(replace(selection, where=None))]
    may_be = pl.all_horizontal(pl.lit(value=True), *(holds.fill_null(value=True) for holds in own))
    return duplicates.filter(may_be).get_column("duplicate_of").unique()
