"""What was asked for, and the extract that it is about: read, validated, with the moment that it describes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

import checker
from checker.calendars import SchoolCalendar, read_school_calendar
from checker.config import LONDON, Config, Policy, merge_policy
from checker.errors import ConfigError, SourceError
from checker.facts import SUBJECTS, Context, KnownHistory, Span, Tables, merge_spans, prepare_tables
from checker.facts.observations import looks_back_from
from checker.models import AREA_COLUMNS, EARLIEST, Extract, RunKind
from checker.rulepack import RulePack, load_rules
from checker.schemas import CONCERN_TYPES, contract_columns, needed_columns
from checker.sources import read_extract
from checker.validation import Validated, validate
from checker.validation.parsing import ReadColumn, read_times

if TYPE_CHECKING:
    from checker.store import Store

OnStage = Callable[[str], None]

_COVERS = ("covers_from", "covers_to")


@dataclass(frozen=True)
class Order:
    """What the user asked for: which extract, as of when (None: as its manifest says), under which configuration."""

    extract: Path
    as_of: str | None
    config: Config
    config_file: Path | None
    kind: RunKind = RunKind.ADHOC
    reason: str | None = None


@dataclass(frozen=True)
class Prepared:
    """An extract that has been read and validated, its tables as the facts read them, and the context of the run.

    `covered` is the stretch of time of which it says that it holds everything, None where it does not say.
    """

    validated: Validated
    tables: Tables
    context: Context
    pack: RulePack
    covered: Span | None
    ignored_columns: dict[str, tuple[str, ...]]
    warnings: tuple[str, ...]


def prepare(order: Order, on_stage: OnStage = lambda _: None) -> Prepared:
    """The extract, read and validated: where `checker validate` stops."""
    pack = load_rules(rules_folder(order.config), SUBJECTS)
    policy = policy_of(pack, order.config)
    schools = read_school_calendar(order.config.schools)
    on_stage("reading the extract")
    extract = read_extract(order.extract, order.config.source, contract_columns(), needed_columns())
    as_of, notes = moment_described(order, extract)
    covered, unread = _covered(extract, as_of)
    validated = validate(extract, as_of, lambda table: on_stage(f"validating {table.replace('_', ' ')}"))
    own = {order.config.schools.calendar.name} if order.config.schools.calendar else set()
    unused = [f"{file}: not a table of the contract; not read" for file in extract.unused_files if file not in own]
    ignored = {name: table.extra_columns for name, table in extract.tables.items() if table.extra_columns}
    # Tables that share a file share its warnings: each is said once.
    unmapped = [*_unknown_concerns(validated, policy), *_districts_without_authority(validated, schools)]
    warnings = tuple(dict.fromkeys((*notes, *unread, *validated.warnings, *unused, *unmapped)))
    history = _own_history(validated, covered)
    context = Context(as_of, policy, schools, history)
    return Prepared(validated, prepare_tables(validated), context, pack, covered, ignored, warnings)


def _unknown_concerns(validated: Validated, policy: Policy) -> list[str]:
    """A warning that counts the incidents of whose concern types one is a word that no rule can ask for.

    A concern under the force's own word would never be referable, and so never be missed.
    """
    known = [*CONCERN_TYPES, *(name.strip().lower() for name in policy.referable_concerns)]
    incidents = validated.tables["incidents"]
    is_known = pl.element().str.to_lowercase().is_in(known)
    number = incidents.accepted.select(pl.col("concern_types").list.eval(~is_known).list.any().sum()).item()
    have = "1 incident has" if number == 1 else f"{number} incidents have"
    what = f"{have} a concern type that is none of the contract's; map it in checker.toml"
    return [f"{incidents.counts.file}: concern_types: {what}"] if number else []


def _districts_without_authority(validated: Validated, schools: SchoolCalendar) -> list[str]:
    """A warning that counts the districts whose school days the calendar would know, if it knew whose they are."""
    if len(schools.authorities) < 2:
        return []
    named = validated.tables["incidents"].accepted.get_column("district").drop_nulls().unique()
    unknown = sum(district not in schools.districts for district in named)
    are = "1 district of the incidents belongs" if unknown == 1 else f"{unknown} districts of the incidents belong"
    what = f"{are} to no local authority in [schools.authorities]: their school days are assumed"
    return [what] if unknown else []


def _own_history(validated: Validated, covered: Span | None) -> KnownHistory:
    """What the extract says about the time that it covers itself."""
    if covered is None:
        return KnownHistory()
    of_episodes = (covered,) if "missing_episodes" in validated.tables else ()
    return KnownHistory(covered=(covered,), covered_episodes=of_episodes)


def moment_described(order: Order, extract: Extract) -> tuple[datetime, list[str]]:
    """The instant in UTC that the extract describes, and notes on a clock change: `--as-of`, else the manifest's word.

    Raises:
        ConfigError: neither is given, or `--as-of` cannot be read.
        SourceError: the manifest's `extracted_at` cannot be read, or a nightly extract states no moment.
    """
    if order.as_of is None and extract.extracted_at is None:
        if order.kind is RunKind.NIGHTLY:
            remedy = "State extracted_at in its manifest.json, or name the folder after it, as 2026-11-22T0200"
            raise SourceError(f"{order.extract.name}: as of when? {remedy}")
        raise ConfigError("as of when? Give --as-of 2026-11-22T02:00, or extracted_at in the extract's manifest.json")
    read = _read_moments([extract.extracted_at if order.as_of is None else order.as_of])
    if read.values.has_nulls():
        place = "manifest.json: extracted_at" if order.as_of is None else "--as-of"
        fault = f"{place} is not a date-time; write it as 2026-11-22T02:00 (London time) or with an offset"
        raise SourceError(fault) if order.as_of is None else ConfigError(fault)
    notes = []
    if read.ambiguous is not None and read.ambiguous.any():
        notes.append("as_of: a wall time that happened twice; read as its first occurrence")
    if read.non_existent is not None and read.non_existent.any():
        notes.append("as_of: a wall time that did not exist; moved on by one hour")
    return read.values.item(), notes


def _covered(extract: Extract, as_of: datetime) -> tuple[Span | None, list[str]]:
    """What the manifest says that the extract covers, up to `as_of`; and notes on what of it cannot be read."""
    if extract.covers_from is None:
        return None, []
    # A day alone is meant whole.
    bounds = ((extract.covers_from, " 00:00:00"), (extract.covers_to, " 23:59:59"))
    stated = [f"{text}{at}" if text and len(text) == len("2026-11-22") else text for text, at in bounds]
    start, end = moments_of(stated)
    unread = [name for name, text, at in zip(_COVERS, stated, (start, end), strict=True) if text and at is None]
    remedy = "write it as 2026-09-01 or 2026-09-01T00:00; until then what the extract covers counts as not stated"
    notes = [f"manifest.json: {name} is neither a day nor a date-time; {remedy}" for name in unread]
    if unread or start is None:
        return None, notes
    end = min(end or as_of, as_of)
    if start > end:
        return None, ["manifest.json: covers_from lies after covers_to; what it covers counts as not stated"]
    return Span(start, end), []


def moments_of(stated: Sequence[str | None]) -> list[datetime | None]:
    """The instants in UTC that texts state, London time where one has no offset; None where it cannot be read."""
    return _read_moments(stated).values.to_list()


def _read_moments(stated: Sequence[str | None]) -> ReadColumn:
    read = read_times(pl.Series(stated, dtype=pl.String).str.strip_chars(), LONDON)
    is_possible = read.values.dt.year().is_between(EARLIEST.year, 9998).fill_null(value=False)  # in every time zone
    return replace(read, values=read.values.set(~is_possible, None))


def rules_folder(config: Config) -> Path:
    """The folder of the rule pack: the configured one, else the one beside the installed tool or in its checkout."""
    package = Path(checker.__file__).parent
    installed = package / "rules"
    return config.rules or (installed if installed.is_dir() else package.parent / "rules")


def policy_of(pack: RulePack, config: Config) -> Policy:
    """What the pack's policy states, with the force's overrides on top."""
    return merge_policy(pack.policy, config.policy, "[policy]")


def with_past(prepared: Prepared, store: Store, run_id: str | None = None, known_to: int | None = None) -> Prepared:
    """The extract with what the store knows of the time before it, beside what it covers itself.

    Args:
        prepared: The extract.
        store: Where earlier runs are recorded.
        run_id: As the run with that id knew it; None: as it is known now.
        known_to: As the runs up to that sequence have told it; None: as all have.

    Raises:
        ConfigError: the store has no results of that run.
    """
    own, known = prepared.context.history, store.past(looks_back_from(prepared.tables), run_id, known_to)
    history = replace(
        known,
        covered=merge_spans((*known.covered, *own.covered)),
        covered_episodes=merge_spans((*known.covered_episodes, *own.covered_episodes)),
    )
    return replace(prepared, context=replace(prepared.context, history=history))


def policy_digest(policy: Policy) -> str:
    """SHA-256 of the policy's values, the same on every machine."""
    return hashlib.sha256(json.dumps(policy.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


def areas(prepared: Prepared) -> dict[str, tuple[str, ...]]:
    """Every district, team and supervisor that an accepted incident bears, in the order of their names."""
    incidents = prepared.validated.tables["incidents"].accepted
    return {kind: tuple(incidents[column].drop_nulls().unique().sort()) for kind, column in AREA_COLUMNS.items()}


def rejected_rows(prepared: Prepared) -> pl.DataFrame:
    """Every rejected and orphaned row, in the order of the contract's tables: table, file, row, key, reasons."""
    return pl.concat(
        table.rejected.select(
            pl.lit(name).alias("table"),
            pl.col("source_file").alias("file"),
            pl.col("source_row").alias("row"),
            "key",
            "reasons",
        )
        for name, table in prepared.validated.tables.items()
    )
