"""One verdict of a past run taken apart, by judging the same extract again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from checker.config import LONDON, Config, load_config
from checker.errors import ConfigError, SourceError
from checker.evaluation import Explanation, explain
from checker.facts import SUBJECTS
from checker.finding_ids import split
from checker.models import TABLES, Outcome, RuleStatus
from checker.pipeline.order import OnStage, Order, Prepared, policy_digest, prepare, with_past

RUN_RECORD, FINDINGS = "run.json", "findings.csv"
_NOT_LISTED = (Outcome.PASS, Outcome.OUT_OF_SCOPE)


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
    school_calendar: str | None
    run_id: str
    is_stored: bool


def run_explain(
    folder: Path, config_file: Path | None, finding_id: str, on_stage: OnStage = lambda _: None
) -> tuple[Explanation, datetime]:
    """One verdict of the run that wrote `folder`, taken apart by judging the same extract again, and that run's as_of.

    `config_file` is the configuration to use; None is the one that the run used.

    Raises:
        SourceError: the folder holds no run, or a file of its extract has changed since.
        ConfigError: no verdict has that id, its rule did not run, the rules or the policy are not those of the run,
            its rule looks back on what only the store of that run knows, or it is judged otherwise now.
    """
    recorded, (rule_id, _) = _recorded(folder), split(finding_id)
    if rule_id in recorded.not_run:
        raise ConfigError(f"{finding_id}: {rule_id} gave no verdict in that run: {recorded.not_run[rule_id]}")
    file = config_file or (Path(recorded.config_file) if recorded.config_file else None)
    config = load_config(file)
    prepared = prepare(Order(Path(recorded.extract), recorded.as_of, config, file), on_stage)
    digests = {name: table.counts.sha256 for name, table in prepared.validated.tables.items()}
    for name in TABLES:
        if recorded.digests.get(name) != digests.get(name):
            fault = "its file changed since that run; run `checker check` again and explain its finding"
            raise SourceError(f"{name}: {fault}")
    if (prepared.pack.digest, policy_digest(prepared.context.policy)) != (recorded.pack_digest, recorded.policy_digest):
        raise ConfigError("the rules or the policy changed since that run; run `checker check` again")
    if prepared.context.schools.file != recorded.school_calendar:
        raise ConfigError("the school calendar changed since that run; run `checker check` again")
    prepared = _as_then(prepared, config, recorded, rule_id)
    explanation = explain(prepared.pack, prepared.tables, prepared.context, finding_id)
    _same_verdict(explanation, folder / FINDINGS)
    return explanation, prepared.context.as_of


def _same_verdict(explanation: Explanation, file: Path) -> None:
    """Refuse to take apart another verdict than the run gave: what it knew beside its extract may have changed."""
    try:
        listed = pl.read_csv(file, columns=["finding_id", "outcome", "due_at"], infer_schema=False)
        lines = listed.filter(pl.col("finding_id") == explanation.finding_id)
        outcome, due_at = lines.select("outcome", "due_at").row(0) if lines.height else (None, None)
        due = due_at and datetime.fromisoformat(due_at)
    except (OSError, ValueError, TypeError, pl.exceptions.PolarsError):
        fault = "is missing or no list of a run; give the report folder of a run with --out"
        raise SourceError(f"{file}: {fault}") from None
    now = explanation.outcome.replace("_", " ")
    if outcome is None and explanation.outcome not in _NOT_LISTED:
        fault = f"was not listed by that run (pass or out of scope) and comes out as {now} now"
    elif outcome not in (None, explanation.outcome):
        fault = f"came out as {outcome.replace('_', ' ')} in that run and as {now} now"
    elif outcome is not None and due != explanation.due_at:
        fault = f"was due {_in_words(due)} in that run and is due {_in_words(explanation.due_at)} now"
    else:
        return
    cause = "the school calendar, the manifest or what the store remembers is no longer the same"
    raise ConfigError(f"{explanation.finding_id}: {fault}: {cause}; run `checker check` again")


def _in_words(instant: datetime | None) -> str:
    return f"{instant.astimezone(ZoneInfo(LONDON)):%d/%m/%Y %H:%M}" if instant else "at no known time"


def _as_then(prepared: Prepared, config: Config, recorded: Recorded, rule_id: str) -> Prepared:
    """The extract with what the run knew of the time before it; only rules that look back need its store."""
    looks_back = any(
        source.reads_history
        for rule in prepared.pack.rules
        for version in rule.versions
        for source in SUBJECTS[rule.rule.subject].sources_of(prepared.context, version.facts)
        if rule.rule.id == rule_id
    )
    if not recorded.is_stored or not looks_back:
        return prepared
    if not config.has_store:
        fault = "that run looked back through its store, and the configuration names none"
        raise ConfigError(f"{rule_id}: {fault}; give the checker.toml of the run with --config")
    from checker.store import opened

    with opened(config.store.url.get_secret_value()) as store:
        return with_past(prepared, store, recorded.run_id)


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
            school_calendar=record.get("school_calendar"),
            run_id=str(record["run_id"]),
            is_stored=record["number"] is not None,
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        fault = "is missing or no record of a run; give the report folder of a run with --out"
        raise SourceError(f"{file}: {fault}") from None
