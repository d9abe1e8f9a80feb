"""The order of a sweep: extract, selection, verdicts part by part, what has happened since, order of looking, store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from checker.config import password_of
from checker.errors import CheckerError, ConfigError, HeldError, ReportError, StoreError
from checker.evaluation import Evaluation, idle_rules, judge, merged, share, together
from checker.facts import SUBJECTS, Subject, Tables, part_of
from checker.facts.subjects.swept_child import swept_child
from checker.facts.subjects.swept_incident import swept_incident
from checker.models import Outcome, RuleResult, RuleStatus, Run, RunKind, Selection, Sweep
from checker.pipeline.looking import order_of_looking
from checker.pipeline.order import Order, Prepared, prepare, rejected_rows, with_past
from checker.pipeline.run import attempt_of, record_of, refuse_the_future
from checker.pipeline.selection import select_incidents
from checker.report.sweep import WORKBOOK, with_incident, write_sweep
from checker.rulepack import CompiledRule
from checker.store import Begun, Store, SweptPart

A_PART = 50_000  # incidents that are judged at once: some seconds, after which an interruption goes on
THEIR_CHILDREN = "their children"
OF_INCIDENTS = tuple(subject for subject in SUBJECTS.values() if subject.within_incident)
INTERRUPTED = "interrupted; type the same command once more, and it goes on"
LONGEST_NAME = 100
NOT_ASKED_FOR = "not asked for in this sweep"

OnProgress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Part:
    """Some subjects of a sweep: `name` says which, `before` is how many of its incidents come before them."""

    name: str
    before: int
    subjects: tuple[Subject, ...]
    tables: Tables


@dataclass(frozen=True)
class Swept:
    """A sweep whose files are written: `repeated` where the store had it already."""

    sweep: Sweep
    workbook: Path
    repeated: bool


def run_sweep(
    order: Order,
    name: str,
    selection: Selection,
    store: Store,
    folder: Path,
    limit: int,
    on_progress: OnProgress = lambda _what, _done, _total: None,
) -> Swept:
    """The sweep of that name, judged as far as it was not before, stored, and with its files in `folder`.

    Whatever ends it, what was judged is kept: the same order goes on where it was.

    Args:
        order: The extract, as of when, and why somebody looks at it again.
        name: By which people call it; it is that of one extract and one selection.
        selection: Which incidents it is about.
        store: Where it is recorded.
        folder: Where its files go.
        limit: How many incidents its workbook has at most.
        on_progress: Told what is done, and how much of how much of it (None: nobody knows).

    Raises:
        CheckerError: see checker.errors for which and its exit code.
    """
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        fault = "is blank, longer than a line, or holds what cannot be printed"
        raise ConfigError(f"--name: {fault}; give the sweep a short name to call it by")
    password_of(order.config.report)  # a report that could not be written is not worth judging an extract for
    order = replace(order, kind=RunKind.SWEEP)
    attempt = attempt_of(order)
    asked = json.dumps([attempt.settings_digest, order.as_of])
    attempt = replace(attempt, settings_digest=hashlib.sha256(asked.encode()).hexdigest())
    begun = store.sweeps.begin(attempt, name, selection)
    if not begun.is_stored:
        with _interruption_recorded(store, begun):
            _judge_and_store(order, selection, store, begun, on_progress)
    sweep = store.sweeps.load(name)
    _keep_what_was_typed(folder, store)
    workbook = write_sweep(sweep, folder, order.config.report, limit, on_progress)
    store.finish(begun.number, folder.resolve())
    return Swept(sweep, workbook, begun.is_stored)


def _keep_what_was_typed(folder: Path, store: Store) -> None:
    """Refuse to replace a workbook of the sweep in which somebody may have typed what nobody has read yet."""
    workbook, record = folder / WORKBOOK, folder / "run.json"
    if not workbook.is_file():
        return
    digest = hashlib.sha256(workbook.read_bytes()).hexdigest()
    try:
        written = json.loads(record.read_text("utf-8"))["sweep"]["workbook_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        written = None  # nobody knows how it was sent
    if digest != written and digest not in store.read_returns():
        raise ReportError(f"{workbook}: was changed and not yet collected; collect it, or give another --out")


def _judge_and_store(order: Order, selection: Selection, store: Store, begun: Begun, on_progress: OnProgress) -> None:
    started_at = datetime.now(UTC)
    prepared = prepare(order, lambda stage: on_progress(stage, 0, None))
    refuse_the_future(order, prepared.context.as_of)
    prepared = with_past(prepared, store, known_to=begun.known_to)
    on_progress("selecting incidents", 0, None)
    selected = select_incidents(prepared, selection)
    incidents = selected.incidents
    refs = incidents.get_column("incident_ref")
    idle = _idle(prepared, selection)
    if len(idle) == len(prepared.pack.rules):
        asked = [result for rule_id, result in idle.items() if result.reason != NOT_ASKED_FOR]
        why = "; ".join(f"{result.rule_id}: {result.reason}" for result in asked)
        raise ConfigError(f"no rule can be run, so that every incident would look clean: {why}")
    parts = _judged(prepared, refs, idle, store, begun, on_progress)
    passed = pl.concat(part.passed for part in parts).unique()
    evaluation = together(prepared.pack, idle, [Evaluation(p.findings, p.results, (), p.measures) for p in parts])
    del parts  # of a million incidents their lines take as much memory as the extract
    on_progress("looking for what has happened since", 0, None)
    children = _children_since(prepared, refs)
    scored = _scored(prepared, refs, children)
    record = record_of(order, prepared, evaluation.results, started_at)
    rules = tuple(rule.rule for rule in prepared.pack.rules)
    lines = with_incident(evaluation.findings, rules, children, incidents)
    looked_at = order_of_looking(incidents, scored, lines, passed, record.as_of)
    run = Run(record, rules, evaluation.findings, rejected_rows(prepared))
    on_progress("storing the sweep", 0, None)
    store.sweeps.save(begun, run, looked_at, children, selected.excluded)


def _idle(prepared: Prepared, selection: Selection) -> dict[str, RuleResult]:
    """The rules that are not run, each with the reason."""
    pack = prepared.pack
    idle = idle_rules(pack, prepared.tables, prepared.context)
    if selection.rules:
        others = (rule.rule.id for rule in pack.rules if rule.rule.id not in selection.rules)
        idle |= {rule_id: RuleResult(rule_id, RuleStatus.NOT_RUN, NOT_ASKED_FOR) for rule_id in others}
    return idle


def _judged(
    prepared: Prepared,
    swept: pl.Series,
    idle: Mapping[str, RuleResult],
    store: Store,
    begun: Begun,
    on_progress: OnProgress,
) -> list[SweptPart]:
    """What came of each part, judged now or before; a part that is judged now is kept at once."""
    running = [rule for rule in prepared.pack.rules if rule.rule.id not in idle]
    judged = dict(begun.done)
    for part in parts_of_sweep(prepared, running, swept, A_PART, begun.done):
        on_progress(f"judging {part.name}", part.before, swept.len())
        if part.subjects:
            judged[part.name] = _part(judge(running, part.subjects, part.tables, prepared.context))
            store.sweeps.put_part(begun, part.name, judged[part.name])
    return list(judged.values())


def parts_of_sweep(
    prepared: Prepared, running: Sequence[CompiledRule], swept: pl.Series, size: int, done: Collection[str] = ()
) -> Iterator[Part]:
    """The parts that are still to be judged, so that no more is in memory than one part needs.

    First comes a part without subjects, after which the rows are found that all parts look into; then the subjects of
    `size` incidents each, in the order of `swept`; then those about their children, which are judged in one part.

    Args:
        prepared: The whole extract.
        running: The rules that are run.
        swept: The references of incidents that answer for themselves.
        size: How many of them are in a part.
        done: The names of the parts that were judged before.
    """
    tables, context = prepared.tables, prepared.context
    starts = {
        f"incidents {start + 1:,} to {min(start + size, swept.len()):,}": start for start in range(0, swept.len(), size)
    }
    if wanted := {name: start for name, start in starts.items() if name not in done}:
        yield Part("their history", 0, (), tables)
        tables = share(running, OF_INCIDENTS, tables, context)
    for name, start in wanted.items():
        yield Part(name, start, OF_INCIDENTS, part_of(tables, swept.slice(start, size)))
    if THEIR_CHILDREN not in done:
        yield Part(THEIR_CHILDREN, swept.len(), _of_swept_children(tables, swept), tables)


def _of_swept_children(tables: Tables, swept: pl.Series) -> tuple[Subject, ...]:
    """The subjects about children, for the children of the swept incidents alone."""
    theirs = tables.children.filter(pl.col("primary_ref").is_in(swept.implode())).select("child_ref").unique()
    met = theirs.collect().lazy()

    def restricted(subject: Subject) -> Subject:
        return subject.with_base(
            lambda tables, context: subject.base(tables, context).join(met, on="child_ref", how="semi")
        )

    return tuple(restricted(subject) for subject in SUBJECTS.values() if not subject.within_incident)


def _part(judged: Sequence[Evaluation]) -> SweptPart:
    evaluation = merged(judged)
    of_incidents = [each for each in evaluation.judged if "incident_ref" in each.keys.columns]
    passes = [
        each.keys.get_column("incident_ref").filter(
            each.outcomes.select(pl.any_horizontal(pl.all() == Outcome.PASS.value)).to_series()
        )
        for each in of_incidents
    ]
    passed = pl.concat([pl.Series("incident_ref", [], pl.String), *passes]).unique()
    return SweptPart(evaluation.results, evaluation.findings, evaluation.measures, passed)


def _children_since(prepared: Prepared, swept: pl.Series) -> pl.DataFrame:
    """What has happened since to each child of the swept incidents, by incident and by child."""
    subject = swept_child(swept)
    plan = subject.plan(prepared.tables, prepared.context, subject.by_name)
    return plan.sort("incident_ref", "child_ref", nulls_last=True).collect()


def _scored(prepared: Prepared, swept: pl.Series, children: pl.DataFrame) -> pl.DataFrame:
    """What is counted for each swept incident, and its score, in the order of the extract."""
    subject = swept_incident(prepared.tables, prepared.context, swept, children)
    return subject.plan(prepared.tables, prepared.context, subject.by_name).collect()


@contextmanager
def _interruption_recorded(store: Store, begun: Begun) -> Iterator[None]:
    """Put down why the sweep ended before it was stored, unless it is the store that failed."""
    try:
        yield
    except (StoreError, HeldError):
        raise
    except CheckerError as fault:
        store.sweeps.interrupted(begun, str(fault), fault.exit_code)
        raise
    except BaseException:
        with suppress(StoreError, HeldError):
            store.sweeps.interrupted(begun, INTERRUPTED)
        raise
