"""The order of a run: extract, validation, facts, evaluation, store, report. Nothing else knows it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from checker import __version__
from checker.alarms import Earlier, systemic_alarms
from checker.config import LONDON, Config, Policy, load_config, merge_policy
from checker.errors import UNEXPECTED_EXIT_CODE, CheckerError, ConfigError, HeldError, SourceError, StoreError
from checker.evaluation import Explanation, Judged, evaluate, explain
from checker.facts import FACT_TABLES, Moment, build_facts, understated_masters
from checker.models import TABLES, Extract, RuleStatus, Run, RunKind, RunRecord
from checker.report import write_report
from checker.rulepack import RulePack, load_rules
from checker.schemas import EARLIEST, contract_columns, needed_columns
from checker.sources import extract_digest, read_extract
from checker.store import Attempt, Store
from checker.validation import Validated, validate
from checker.validation.parsing import ReadColumn, read_times

RUN_RECORD = "run.json"
CLOCKS_MAY_DIFFER = timedelta(days=1)

OnStage = Callable[[str], None]
OnRows = Callable[[str, int, int], None]


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
    """An extract that has been read and validated, and the moment that it describes."""

    validated: Validated
    moment: Moment
    pack: RulePack
    ignored_columns: dict[str, tuple[str, ...]]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Recorded:
    """What a run's record says that is needed to judge the same extract again."""

    extract: str
    as_of: str
    config_file: str | None
    digests: dict[str, str]
    not_run: dict[str, str]
    pack_digest: str
    policy_digest: str


@dataclass(frozen=True)
class Reported:
    """A run whose files are written: `repeated` where the store had it already, so that nothing changed."""

    run: Run
    workbook: Path
    repeated: bool = False


def run_check(order: Order, on_stage: OnStage = lambda _: None) -> Run:
    """The finished run: every row accounted for, every rule judged, ready for the report. Nothing is written.

    Raises:
        CheckerError: see checker.errors for which and its exit code.
    """
    return _judged(order, None, on_stage)[0]


def run_report(
    order: Order, folder: Path, store: Store | None, on_stage: OnStage = lambda _: None, on_rows: OnRows | None = None
) -> Reported:
    """The run with its files in `folder`; where there is a store it is recorded, or found there, failed or not.

    Raises:
        CheckerError: see checker.errors for which and its exit code.
    """
    if store is None:
        run = run_check(order, on_stage)
        return Reported(run, write_report(run, folder, on_rows))
    attempt, number = attempt_of(order), None
    try:
        run, judged = _judged(order, store, on_stage)
        if same := store.same_run(attempt, run.record.as_of):
            store.repeated(same.number, order.reason)
            if same.kind is RunKind.NIGHTLY:  # the files by which it counts as finished are those that a pass writes
                then = store.load(same.number)
                return Reported(then, write_report(then, folder, on_rows), repeated=True)
            return replace(_finished(store, same.number, lambda _: folder, None, on_rows), repeated=True)
        number = store.save(attempt, None, run, judged)
        return _finished(store, number, lambda _: folder, None, on_rows)
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
            run, judged = _judged(order, store, on_stage)
            store.save(attempt, number, run, judged)
            return _finished(store, number, folder_of, owner)
    except BaseException:
        with suppress(StoreError, HeldError):  # then whoever has the lease next gives the run up
            store.abandon(number, owner)
        raise


def finish_stored(
    store: Store, number: int, owner: str, folder_of: Callable[[Run], Path], retry_after: timedelta
) -> Reported:
    """A run that was stored and not finished, now with its files; see `run_nightly`.

    Raises:
        ReportError: they cannot be written.
        HeldError: another process has taken the lease over.
    """
    with _failures_recorded(store, number, owner, retry_after):
        return _finished(store, number, folder_of, owner)


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


def _finished(
    store: Store,
    number: int,
    folder_of: Callable[[Run], Path],
    owner: str | None,
    on_rows: OnRows | None = None,
) -> Reported:
    run = store.load(number)
    folder = folder_of(run)
    workbook = write_report(run, folder, on_rows)
    store.finish(number, folder.resolve(), owner)
    return Reported(run, workbook)


def attempt_of(order: Order, owner: str | None = None) -> Attempt:
    """What the store is told of an order before it is carried out."""
    extract = str(order.extract.resolve())
    digest, settings = extract_digest(order.extract), settings_digest(order.config)
    return Attempt(order.kind, extract, digest, settings, order.reason, owner)


def settings_digest(config: Config) -> str:
    """SHA-256 of all that decides how an extract is read, judged and marked: another one gives another run."""
    told = config.model_dump(mode="json", include={"source": True, "policy": True, "report": {"marking"}})
    try:
        pack = load_rules(rules_folder(config), FACT_TABLES).digest
    except CheckerError:
        pack = "cannot be loaded"
    return hashlib.sha256(json.dumps([__version__, told, pack], sort_keys=True).encode()).hexdigest()


def _judged(order: Order, store: Store | None, on_stage: OnStage) -> tuple[Run, tuple[Judged, ...]]:
    """The run, and every subject that it judged."""
    started_at = datetime.now(UTC)
    prepared = prepare(order, on_stage)
    if store is not None:
        _refuse_the_future(order, prepared.moment.as_of)
    plans = build_facts(prepared.validated, prepared.moment)
    evaluation = evaluate(
        prepared.pack,
        plans,
        prepared.validated.tables,
        prepared.moment.as_of,
        lambda subject: on_stage(f"judging each {subject.replace('_', ' and ')}"),
    )
    record = RunRecord(
        run_id=f"{started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}",
        kind=order.kind,
        as_of=prepared.moment.as_of,
        started_at=started_at,
        finished_at=datetime.now(UTC),
        extract=str(order.extract.resolve()),
        config_file=str(order.config_file.resolve()) if order.config_file else None,
        tool_version=__version__,
        rule_pack_version=prepared.pack.version,
        rule_pack_digest=prepared.pack.digest,
        policy_digest=policy_digest(prepared.moment.policy),
        policy=prepared.moment.policy.model_dump(mode="json"),
        tables={name: table.counts for name, table in prepared.validated.tables.items()},
        missing_tables=tuple(name for name in TABLES if name not in prepared.validated.tables),
        ignored_columns=prepared.ignored_columns,
        rules=evaluation.results,
        warnings=(*prepared.warnings, *_about_masters(prepared)),
        marking=order.config.report.marking,
        reason=order.reason,
    )
    # Only one night is like another: what somebody checks now and then has no usual size.
    earlier = store.earlier(order.kind, record.as_of) if store and order.kind is RunKind.NIGHTLY else Earlier()
    record = replace(record, alarms=systemic_alarms(record, earlier))
    rules = tuple(rule.rule for rule in prepared.pack.rules)
    return Run(record, rules, evaluation.findings, rejected_rows(prepared)), evaluation.judged


def _refuse_the_future(order: Order, as_of: datetime) -> None:
    """Keep a mistyped year out of the store: until then it would pass for newer than all that is told of a finding."""
    if as_of > datetime.now(UTC) + CLOCKS_MAY_DIFFER:
        place = "manifest.json: extracted_at" if order.as_of is None else "--as-of"
        fault = f"{place} lies in the future, by the clock of this machine; mend it, or the clock"
        raise SourceError(fault) if order.as_of is None else ConfigError(fault)


def run_explain(
    folder: Path, config_file: Path | None, finding_id: str, on_stage: OnStage = lambda _: None
) -> tuple[Explanation, datetime]:
    """One verdict of the run that wrote `folder`, taken apart by judging the same extract again, and that run's as_of.

    `config_file` is the configuration to use; None is the one that the run used.

    Raises:
        SourceError: the folder holds no run, or a file of its extract has changed since.
        ConfigError: no verdict has that id, its rule did not run, or the rules or the policy are not those of the run.
    """
    recorded, rule_id = _recorded(folder), finding_id.partition("-")[0]
    if rule_id in recorded.not_run:
        raise ConfigError(f"{finding_id}: {rule_id} gave no verdict in that run: {recorded.not_run[rule_id]}")
    file = config_file or (Path(recorded.config_file) if recorded.config_file else None)
    prepared = prepare(Order(Path(recorded.extract), recorded.as_of, load_config(file), file), on_stage)
    digests = {name: table.counts.sha256 for name, table in prepared.validated.tables.items()}
    for name in TABLES:
        if recorded.digests.get(name) != digests.get(name):
            fault = "its file changed since that run; run `checker check` again and explain its finding"
            raise SourceError(f"{name}: {fault}")
    if (prepared.pack.digest, policy_digest(prepared.moment.policy)) != (recorded.pack_digest, recorded.policy_digest):
        raise ConfigError("the rules or the policy changed since that run; run `checker check` again")
    plans = build_facts(prepared.validated, prepared.moment)
    return explain(prepared.pack, plans, finding_id, prepared.moment.as_of), prepared.moment.as_of


def _recorded(folder: Path) -> Recorded:
    file = folder / RUN_RECORD
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        return Recorded(
            extract=str(record["extract"]),
            as_of=str(record["as_of"]),
            config_file=str(record["config_file"]) if record["config_file"] else None,
            digests={name: table["sha256"] for name, table in record["tables"].items()},
            not_run={
                name: rule["reason"] for name, rule in record["rules"].items() if rule["status"] != RuleStatus.RUN
            },
            pack_digest=record["rule_pack_digest"],
            policy_digest=record["policy_digest"],
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        fault = "is missing or no record of a run; give the report folder of a run with --out"
        raise SourceError(f"{file}: {fault}") from None


def prepare(order: Order, on_stage: OnStage = lambda _: None) -> Prepared:
    """The extract, read and validated: where `checker validate` stops."""
    pack = load_rules(rules_folder(order.config), FACT_TABLES)
    policy = policy_of(pack, order.config)
    on_stage("reading the extract")
    extract = read_extract(order.extract, order.config.source, contract_columns(), needed_columns())
    as_of, notes = moment_described(order, extract)
    validated = validate(extract, as_of, lambda table: on_stage(f"validating {table.replace('_', ' ')}"))
    unused = [f"{file}: not a table of the contract; not read" for file in extract.unused_files]
    ignored = {name: table.extra_columns for name, table in extract.tables.items() if table.extra_columns}
    # Tables that share a file share its warnings: each is said once.
    warnings = tuple(dict.fromkeys((*notes, *validated.warnings, *unused)))
    return Prepared(validated, Moment(as_of, policy), pack, ignored, warnings)


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


def moments_of(stated: Sequence[str | None]) -> list[datetime | None]:
    """The instants in UTC that texts state, London time where one has no offset; None where it cannot be read."""
    return _read_moments(stated).values.to_list()


def _read_moments(stated: Sequence[str | None]) -> ReadColumn:
    read = read_times(pl.Series(stated, dtype=pl.String).str.strip_chars(), LONDON)
    is_possible = read.values.dt.year().is_between(EARLIEST.year, 9998).fill_null(value=False)  # in every time zone
    return replace(read, values=read.values.set(~is_possible, None))


def rules_folder(config: Config) -> Path:
    """The folder of the rule pack: the configured one, else the one beside the installed tool or in its checkout."""
    package = Path(__file__).parent
    installed = package / "rules"
    return config.rules or (installed if installed.is_dir() else package.parent / "rules")


def policy_of(pack: RulePack, config: Config) -> Policy:
    """What the pack's policy states, with the force's overrides on top."""
    return merge_policy(pack.policy, config.policy, "[policy]")


def _about_masters(prepared: Prepared) -> list[str]:
    rows = understated_masters(prepared.validated, prepared.moment)
    if not rows:
        return []
    file = prepared.validated.tables["incidents"].counts.file
    what = "a duplicate is domestic abuse and the master that answers for it is not marked so; look at both"
    return [f"{file}: {what}: {len(rows)} (row {', '.join(str(row) for row in rows)})"]


def policy_digest(policy: Policy) -> str:
    """SHA-256 of the policy's values, the same on every machine."""
    return hashlib.sha256(json.dumps(policy.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


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
