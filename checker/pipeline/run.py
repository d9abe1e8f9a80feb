"""The order of a run: extract, validation, facts, evaluation, store, report. Nothing else knows it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from checker import __version__
from checker.alarms import Earlier, systemic_alarms
from checker.calendars import calendar_digest
from checker.config import Config, ReportConfig, password_of
from checker.errors import UNEXPECTED_EXIT_CODE, CheckerError, ConfigError, HeldError, SourceError, StoreError
from checker.evaluation import Judged, evaluate, first_reported
from checker.facts import SUBJECTS, Tables
from checker.facts.hub_reconciliation import reconcile
from checker.facts.joins.expected_children import fully_named
from checker.facts.observations import observed, observed_referrals
from checker.facts.safeguarding import understated_masters
from checker.measures import own_weeks
from checker.models import TABLES, HubReconciliation, ReportPart, RuleResult, Run, RunKind, RunRecord
from checker.pipeline.order import (
    OnStage,
    Order,
    Prepared,
    areas,
    policy_digest,
    prepare,
    rejected_rows,
    rules_folder,
    with_past,
)
from checker.pipeline.replay import facts_replayed, search_replay
from checker.rulepack import load_rules
from checker.sources import extract_digest

if TYPE_CHECKING:
    from checker.store import Attempt, Store

CLOCKS_MAY_DIFFER = timedelta(days=1)

OnRows = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Reported:
    """A run whose files are written: `repeated` where the store had it already, so that nothing changed."""

    run: Run
    workbook: Path
    repeated: bool = False


@dataclass(frozen=True)
class _Judgement:
    """A run and what only the store needs from it: see `Store.save`."""

    run: Run
    judged: tuple[Judged, ...]
    tables: Tables


def run_check(order: Order, on_stage: OnStage = lambda _: None) -> Run:
    """The finished run: every row accounted for, every rule judged, ready for the report. Nothing is written.

    Raises:
        CheckerError: see checker.errors for which and its exit code.
    """
    return _judged(order, None, on_stage).run


def run_report(
    order: Order, folder: Path, store: Store | None, on_stage: OnStage = lambda _: None, on_rows: OnRows | None = None
) -> Reported:
    """The run with its files in `folder`; where there is a store it is recorded, or found there, failed or not.

    Raises:
        CheckerError: see checker.errors for which and its exit code.
    """
    from checker.report.files import write_report  # with it the Excel library

    if store is None:
        run = run_check(order, on_stage)
        return Reported(run, write_report(run, folder, on_rows, order.config.report))
    attempt, number, settings = attempt_of(order), None, order.config.report
    try:
        judgement = _judged(order, store, on_stage)
        if same := store.same_run(attempt, judgement.run.record.as_of):
            store.repeated(same.number, order.reason)
            if same.kind is RunKind.NIGHTLY:  # the files by which it counts as finished are those that a pass writes
                then = store.load(same.number)
                return Reported(then, write_report(then, folder, on_rows, settings), repeated=True)
            return replace(_finished(store, same.number, lambda _: folder, settings, None, on_rows), repeated=True)
        number = _saved(store, attempt, None, judgement)
        return _finished(store, number, lambda _: folder, settings, None, on_rows)
    except StoreError:
        raise
    except CheckerError as fault:
        store.fail(number or store.begin(attempt), str(fault), fault.exit_code)
        raise


def run_nightly(
    order: Order,
    store: Store,
    owner: str,
    folder_of: Callable[[Run], Path],
    retry_after: timedelta,
    on_stage: OnStage = lambda _: None,
) -> Reported:
    """The nightly run, recorded from its beginning, with its files in the folder that `folder_of` names.

    Args:
        owner: The name under which this process holds the lease.
        folder_of: The folder of a run's files.
        retry_after: How long to wait until it is tried again, should it fail.
        on_stage: Told each stage; what it raises ends the run, which is then put down as abandoned.

    Raises:
        CheckerError: see checker.errors for which and its exit code.
        HeldError: another process has taken the lease and the run over.
    """
    attempt = attempt_of(order, owner)
    number = store.begin(attempt)
    try:
        with _failures_recorded(store, number, owner, retry_after):
            judgement = _judged(order, store, on_stage)
            _saved(store, attempt, number, judgement)
            return _finished(store, number, folder_of, order.config.report, owner)
    except BaseException:
        with suppress(StoreError, HeldError):  # then whoever has the lease next gives the run up
            store.abandon(number, owner)
        raise


def finish_stored(
    store: Store,
    number: int,
    owner: str,
    folder_of: Callable[[Run], Path],
    settings: ReportConfig,
    retry_after: timedelta,
) -> Reported:
    """A run that was stored and not finished, now with its files; see `run_nightly`.

    Raises:
        ReportError: they cannot be written.
        HeldError: another process has taken the lease over.
    """
    with _failures_recorded(store, number, owner, retry_after):
        return _finished(store, number, folder_of, settings, owner)


@contextmanager
def _failures_recorded(store: Store, number: int, owner: str, retry_after: timedelta) -> Iterator[None]:
    """Put down why the run failed, unless it is the store that failed."""
    try:
        yield
    except (StoreError, HeldError):
        raise
    except CheckerError as fault:
        store.fail(number, str(fault), fault.exit_code, owner, retry_after)
        raise
    except (Exception, pl.exceptions.PanicException) as fault:
        what = f"unexpected fault ({type(fault).__name__}); run `checker check` on it with --debug and report it"
        store.fail(number, what, UNEXPECTED_EXIT_CODE, owner, retry_after)
        raise


def _saved(store: Store, attempt: Attempt, number: int | None, judged: _Judgement) -> int:
    tables = judged.tables
    seen = (fully_named(tables), observed_referrals(tables), observed(tables))
    return store.save(attempt, number, judged.run, judged.judged, *seen)


def _finished(
    store: Store,
    number: int,
    folder_of: Callable[[Run], Path],
    settings: ReportConfig,
    owner: str | None,
    on_rows: OnRows | None = None,
) -> Reported:
    from checker.report.files import write_report

    run = store.load(number)
    folder = folder_of(run)
    workbook = write_report(run, folder, on_rows, settings)
    store.finish(number, folder.resolve(), owner)
    return Reported(run, workbook)


def attempt_of(order: Order, owner: str | None = None) -> Attempt:
    """What the store is told of an order before it is carried out."""
    from checker.store import Attempt

    extract = str(order.extract.resolve())
    digest, settings = extract_digest(order.extract), settings_digest(order.config)
    return Attempt(order.kind, extract, digest, settings, order.reason, owner)


def settings_digest(config: Config) -> str:
    """SHA-256 of all that decides how an extract is read, judged and marked: another one gives another run."""
    told = config.model_dump(mode="json", include={"source": True, "policy": True, "report": {"marking"}})
    schools = [config.schools.authorities, calendar_digest(config.schools)]
    try:
        pack = load_rules(rules_folder(config), SUBJECTS).digest
    except CheckerError:
        pack = "cannot be loaded"
    return hashlib.sha256(json.dumps([__version__, told, pack, schools], sort_keys=True).encode()).hexdigest()


def _judged(order: Order, store: Store | None, on_stage: OnStage) -> _Judgement:
    password_of(order.config.report)  # a report that could not be written is not worth judging an extract for
    started_at = datetime.now(UTC)
    prepared = prepare(order, on_stage)
    if store is not None:
        refuse_the_future(order, prepared.context.as_of)
        prepared = with_past(prepared, store)
    evaluation = evaluate(
        prepared.pack,
        prepared.tables,
        prepared.context,
        lambda subject: on_stage(f"judging each {subject.replace('_', ' and ')}"),
        also=facts_replayed(prepared.pack),
    )
    of_search = prepared.pack.rule_counted_in(ReportPart.DAILY_SEARCH)
    record = replace(
        record_of(order, prepared, evaluation.results, started_at),
        hub=_reconciled(prepared, evaluation.results),
        daily_search=search_replay(of_search, evaluation.judged, prepared.tables, prepared.context),
    )
    # Only one night is like another: what somebody checks now and then has no usual size.
    earlier = store.earlier(order.kind, record.as_of) if store and order.kind is RunKind.NIGHTLY else Earlier()
    record = replace(record, alarms=systemic_alarms(record, earlier))
    rules = tuple(rule.rule for rule in prepared.pack.rules)
    ran = [rule_id for rule_id, result in record.rules.items() if result.counts is not None]
    first = first_reported(evaluation.judged, record.covers_from)
    weeks = own_weeks(evaluation.measures, ran, first, record.as_of)
    lists = (evaluation.findings, rejected_rows(prepared))
    run = Run(record, rules, *lists, measures=evaluation.measures, weeks=weeks)
    return _Judgement(run, evaluation.judged, prepared.tables)


def record_of(order: Order, prepared: Prepared, results: dict[str, RuleResult], started_at: datetime) -> RunRecord:
    """The record of a run that is judged, without what is worked out from all of the extract's verdicts together."""
    return RunRecord(
        run_id=f"{started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}",
        kind=order.kind,
        as_of=prepared.context.as_of,
        started_at=started_at,
        finished_at=datetime.now(UTC),
        extract=str(order.extract.resolve()),
        config_file=str(order.config_file.resolve()) if order.config_file else None,
        tool_version=__version__,
        rule_pack_version=prepared.pack.version,
        rule_pack_digest=prepared.pack.digest,
        policy_digest=policy_digest(prepared.context.policy),
        policy=prepared.context.policy.model_dump(mode="json"),
        tables={name: table.counts for name, table in prepared.validated.tables.items()},
        missing_tables=tuple(name for name in TABLES if name not in prepared.validated.tables),
        ignored_columns=prepared.ignored_columns,
        rules=results,
        warnings=(*prepared.warnings, *_about_masters(prepared)),
        marking=order.config.report.marking,
        reason=order.reason,
        areas=areas(prepared),
        covers_from=prepared.covered.start if prepared.covered else None,
        covers_to=prepared.covered.end if prepared.covered else None,
        school_calendar=prepared.context.schools.file,
    )


def _reconciled(prepared: Prepared, results: dict[str, RuleResult]) -> HubReconciliation | None:
    """The reconciliation with the children's hub, where a rule says of each form whether the hub received it."""
    rule = prepared.pack.rule_counted_in(ReportPart.HUB)
    if rule is None or results[rule.rule.id].counts is None:
        return None
    return reconcile(prepared.tables, prepared.context, prepared.covered)


def refuse_the_future(order: Order, as_of: datetime) -> None:
    """Keep a mistyped year out of the store: until then it would pass for newer than all that is told of a finding."""
    if as_of > datetime.now(UTC) + CLOCKS_MAY_DIFFER:
        place = "manifest.json: extracted_at" if order.as_of is None else "--as-of"
        fault = f"{place} lies in the future, by the clock of this machine; mend it, or the clock"
        raise SourceError(fault) if order.as_of is None else ConfigError(fault)


def _about_masters(prepared: Prepared) -> list[str]:
    rows = understated_masters(prepared.tables, prepared.context)
    if not rows:
        return []
    file = prepared.validated.tables["incidents"].counts.file
    what = "a duplicate is domestic abuse and the master that answers for it is not marked so; look at both"
    return [f"{file}: {what}: {len(rows)} (row {', '.join(str(row) for row in rows)})"]
