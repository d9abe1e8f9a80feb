"""The sweeps of the store: begun under a name, judged part by part, stored apart from the nightly life, signed off."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from checker.config import LONDON, nearest
from checker.errors import ConfigError, HeldError
from checker.evaluation import FINDING_SCHEMA
from checker.london_time import UTC_TIME
from checker.models import FindingStatus, RuleResult, Run, Selection, Sweep
from checker.store import known, runs
from checker.store.attempts import Attempt, begin, last_sequence, next_sequence, one_at_a_time
from checker.store.audit import Act, log
from checker.store.engine import reading, writing
from checker.store.frames import from_parquet, insert_frame, read_frame, to_parquet
from checker.store.life import RESOLVED
from checker.store.runs import RunStatus, StoredRun, row_of, stored_run
from checker.store.samples import read_samples
from checker.store.standing import decided_in
from checker.store.tables import DispositionRow, FindingRow, RunRow, SweepPartRow, SweepRow, VerdictRow

NIGHTLY_SCHEMA = pl.Schema(dict.fromkeys(("finding_id", "standing"), pl.String()))

_DECIDED = pl.Schema(
    {
        **dict.fromkeys(("name", "finding_id", "decision", "reason", "reference", "decided_by"), pl.String()),
        "recorded_at": UTC_TIME,
    }
)
_DECIDED_THERE = pl.Schema({"finding_id": pl.String(), "decision": pl.String(), "recorded_at": UTC_TIME})
_STANDS_SCHEMA = pl.Schema(
    {
        **dict.fromkeys(("finding_id", "state"), pl.String()),
        **dict.fromkeys(("opened_at", "resolved_at"), UTC_TIME),
    }
)


@dataclass(frozen=True)
class SweptPart:
    """What came of one part of a sweep: see checker.evaluation.Evaluation.

    `passed` has the references of the incidents of which some verdict is a pass.
    """

    results: dict[str, RuleResult]
    findings: pl.DataFrame
    measures: pl.DataFrame
    passed: pl.Series


@dataclass(frozen=True)
class Begun:
    """A sweep that begins or goes on: its number, the parts that are done, and up to which sequence it looks back.

    Where it `is_stored` there is nothing left to judge. What comes of it is taken only from its last `holder`.
    """

    number: int
    is_stored: bool
    known_to: int
    done: dict[str, SweptPart]
    holder: str


@dataclass(frozen=True)
class StoredSweep:
    """One sweep as a list of them shows it: `parts` says how many are judged of one that is not stored yet."""

    name: str
    run: StoredRun
    selection: Selection
    is_stored: bool
    parts: int
    signed_off_by: str | None
    signed_off_at: datetime | None


class Sweeps:
    """The sweeps in one database; each method is one transaction, which takes place or does not."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, attempt: Attempt, name: str, selection: Selection) -> Begun:
        """A new sweep, or the one of that name where it is the same, to go on with.

        Raises:
            ConfigError: no reason is stated, or the name is that of another sweep.
        """
        holder = secrets.token_hex(16)
        with writing(self._engine) as connection:
            one_at_a_time(connection)
            row = connection.execute(select(SweepRow.__table__).where(SweepRow.name == name)).one_or_none()
            if row is None:
                number, known_to = begin(connection, attempt), last_sequence(connection)
                values = {"run": number, "name": name, "selection": _in_json(selection), "known_to": known_to}
                connection.execute(insert(SweepRow), values | {"holder": holder})
                return Begun(number, False, known_to, {}, holder)
            run, done = row_of(connection, row.run), _parts(connection, row.run)
            is_stored, differs = run.sequence is not None, _difference(run, row, attempt, selection)
            if differs is not None and (is_stored or done):
                raise ConfigError(f"--name: {name!r} is the sweep of run {row.run}, of {differs}; give another name")
            if not is_stored:
                _begin_again(connection, row.run, attempt, selection, holder)
            log(connection, Act.REPEATED if is_stored else Act.RESUMED, row.run, attempt.reason)
            return Begun(row.run, is_stored, row.known_to, done, holder)

    def put_part(self, begun: Begun, name: str, part: SweptPart) -> None:
        """Keep what came of one part.

        Raises:
            HeldError: another process has gone on with the sweep since.
        """
        number = begun.number
        results = {rule_id: runs.result_in_json(result) for rule_id, result in part.results.items()}
        frames = (part.findings, part.measures, part.passed.to_frame("incident_ref"))
        values = {"run": number, "part": name, "results": results}
        values |= dict(zip(("findings", "measures", "passed"), map(to_parquet, frames), strict=True))
        with writing(self._engine) as connection:
            _confirm(connection, begun)
            same = (SweepPartRow.run == number, SweepPartRow.part == name)
            connection.execute(delete(SweepPartRow).where(*same))
            connection.execute(insert(SweepPartRow), values)

    def interrupted(self, begun: Begun, why: str, exit_code: int | None = None) -> None:
        """Put down that a sweep was given up before it was stored, or why it failed; its parts are kept.

        Raises:
            HeldError: another process has gone on with it since.
        """
        number = begun.number
        with writing(self._engine) as connection:
            _confirm(connection, begun)
            row = row_of(connection, number)
            status = RunStatus.ABANDONED if exit_code is None else RunStatus.FAILED
            values: dict[str, Any] = {"status": status.value, "ended_at": datetime.now(UTC), "error": why}
            values |= {"exit_code": exit_code}
            connection.execute(update(RunRow).where(RunRow.id == number).values(runs.all_printable(values)))
            log(connection, Act.ABANDONED if exit_code is None else Act.FAILED, number, row.reason)
            if exit_code == ConfigError.exit_code and not _parts(connection, number):
                # It was asked for in wrong words: the run stays on record, and the name is free.
                connection.execute(delete(SweepRow).where(SweepRow.run == number))

    def save(self, begun: Begun, run: Run, order: pl.DataFrame, children: pl.DataFrame, excluded: pl.DataFrame) -> None:
        """Store a sweep that is judged; nothing of the nightly life of findings is changed by it.

        Raises:
            HeldError: another process has gone on with the sweep since.
        """
        number = begun.number
        with writing(self._engine) as connection:
            sequence = next_sequence(connection)
            _confirm(connection, begun)
            row = row_of(connection, number)
            runs.insert_run(connection, number, sequence, run, ())
            lines = run.findings.with_columns(status=pl.lit(FindingStatus.SWEPT.value), sequence=pl.lit(sequence))
            insert_frame(connection, VerdictRow, lines.with_row_index("position"))
            frames = {"incidents": order, "children": children, "excluded": excluded}
            values = {name: to_parquet(frame) for name, frame in frames.items()}
            connection.execute(update(SweepRow).where(SweepRow.run == number).values(values))
            connection.execute(delete(SweepPartRow).where(SweepPartRow.run == number))
            files = {name: {"file": table.file, "sha256": table.sha256} for name, table in run.record.tables.items()}
            log(connection, Act.STORED, number, row.reason, extract=row.extract, files=files)

    def load(self, name: str) -> Sweep:
        """The sweep of that name, with what was decided since.

        Raises:
            ConfigError: there is none, it is not all judged, or its lists were purged.
        """
        with reading(self._engine) as connection:
            row = _row(connection, name)
            run = row_of(connection, row.run)
            if run.sequence is None:
                again = "type the command that began it once more, and it goes on"
                raise ConfigError(f"sweep {name!r}: it {run.status} and is not all judged; {again}")
            if run.purged_at is not None:
                raise ConfigError(f"sweep {name!r}: its lists were purged; see `checker runs show {row.run}`")
            record, rules = runs.read_record(connection, run)
            lines = known.listed(connection, run.sequence)
            decisions = decided_in(connection, row.run)
            return Sweep(
                name,
                _from_json(row.selection),
                Run(record, rules, lines, runs.read_rejected(connection, row.run), decisions=decisions),
                from_parquet(row.incidents),
                from_parquet(row.children),
                from_parquet(row.excluded),
                _nightly(connection, lines),
                read_samples(connection, row.run),
                signed_off_by=row.signed_off_by,
                signed_off_at=row.signed_off_at,
                sign_off_reason=row.sign_off_reason,
            )

    def names(self) -> list[StoredSweep]:
        """Every sweep, the oldest first."""
        with reading(self._engine) as connection:
            parts = select(SweepPartRow.run, func.count().label("parts")).group_by(SweepPartRow.run).subquery()
            columns = (SweepRow.name, SweepRow.selection, SweepRow.signed_off_by, SweepRow.signed_off_at)
            chosen = select(RunRow.__table__, *columns, parts.c.parts).join(SweepRow, SweepRow.run == RunRow.id)
            rows = connection.execute(chosen.outerjoin(parts, parts.c.run == RunRow.id).order_by(RunRow.id)).all()
            return [
                StoredSweep(
                    row.name,
                    stored_run(row),
                    _from_json(row.selection),
                    row.sequence is not None,
                    row.parts or 0,
                    row.signed_off_by,
                    row.signed_off_at,
                )
                for row in rows
            ]

    def sign_off(self, name: str, by: str, reason: str | None) -> None:
        """Put down who signs a sweep off; from then on no decision about its lines is taken.

        Raises:
            ConfigError: there is no such sweep, it is not all judged, or it was signed off before.
        """
        with writing(self._engine) as connection:
            row = _row(connection, name)
            if row.incidents is None:
                raise ConfigError(f"sweep {name!r}: it is not all judged; there is nothing to sign off")
            if row.signed_off_at is not None:
                raise ConfigError(f"sweep {name!r}: {row.signed_off_by} has signed it off already")
            values = {"signed_off_by": by, "signed_off_at": datetime.now(UTC), "sign_off_reason": reason}
            connection.execute(update(SweepRow).where(SweepRow.run == row.run).values(runs.all_printable(values)))
            log(connection, Act.SIGNED_OFF, row.run, reason, by=runs.printable(by))


def told_by_sweeps(connection: Connection, sequence: int, findings: pl.DataFrame) -> pl.DataFrame:
    """What was decided in sweeps about some findings before the run of that sequence: `finding_id` and `told`."""
    last = select(func.max(DispositionRow.id)).where(DispositionRow.known_to < sequence)
    of_each = last.group_by(DispositionRow.finding_id, DispositionRow.run)
    columns = [getattr(DispositionRow, name) for name in _DECIDED if name != "name"]
    chosen = select(SweepRow.name, *columns).join(SweepRow, SweepRow.run == DispositionRow.run)
    rows = read_frame(connection, chosen.where(DispositionRow.id.in_(of_each)).order_by(DispositionRow.id), _DECIDED)
    reference = pl.format("reference {}", "reference")
    why = pl.concat_str("reason", reference, separator="; ", ignore_nulls=True)
    in_brackets = pl.when(why == "").then(pl.lit("")).otherwise(pl.format(" ({})", why))
    told = pl.format(
        "Decided in the sweep {}, {}, by {}: {}{}", "name", _day("recorded_at"), "decided_by", "decision", in_brackets
    )
    return rows.join(findings, on="finding_id", how="semi").select("finding_id", told.alias("told"))


def _row(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(select(SweepRow.__table__).where(SweepRow.name == name)).one_or_none()
    if row is None:
        names = connection.execute(select(SweepRow.name).order_by(SweepRow.run)).scalars().all()
        there = f"there are {', '.join(map(repr, names))}" if names else "there is none yet"
        raise ConfigError(f"sweep {name!r}: no such sweep{nearest(name, names)}; {there}")
    return row


def _confirm(connection: Connection, begun: Begun) -> None:
    """Refuse what comes of a sweep that another process has taken over, perhaps for another extract."""
    holder = connection.execute(select(SweepRow.holder).where(SweepRow.run == begun.number)).scalar_one_or_none()
    if holder != begun.holder:
        raise HeldError("another process has gone on with this sweep; wait for it, or type the command again after it")


def _begin_again(connection: Connection, number: int, attempt: Attempt, selection: Selection, holder: str) -> None:
    """Put down that a sweep goes on; where nothing of it was judged, for what is in its extract and asked of it now."""
    told = {name: getattr(attempt, name) for name in ("extract", "digest", "settings_digest", "reason")}
    told |= {"status": RunStatus.RUNNING.value, "begun_at": datetime.now(UTC)}
    told |= dict.fromkeys(("ended_at", "error", "exit_code"))
    connection.execute(update(RunRow).where(RunRow.id == number).values(runs.all_printable(told)))
    values = {"selection": _in_json(selection), "holder": holder}
    connection.execute(update(SweepRow).where(SweepRow.run == number).values(values))


def _difference(run: Row[Any], row: Row[Any], attempt: Attempt, selection: Selection) -> str | None:
    """In what a sweep of the same name is another one, or None."""
    if run.digest != attempt.digest:
        return "another extract"
    if row.selection != _in_json(selection):
        return "another selection"
    return "another policy, rule pack, release or --as-of" if run.settings_digest != attempt.settings_digest else None


def _parts(connection: Connection, number: int) -> dict[str, SweptPart]:
    rows = connection.execute(select(SweepPartRow.__table__).where(SweepPartRow.run == number)).all()
    nothing = pl.DataFrame(schema=FINDING_SCHEMA)  # a part may be from before one of these columns
    return {
        row.part: SweptPart(
            {rule_id: runs.result_from_json(result) for rule_id, result in row.results.items()},
            pl.concat([nothing, from_parquet(row.findings)], how="diagonal"),
            from_parquet(row.measures),
            from_parquet(row.passed).to_series(),
        )
        for row in rows
    }


def _nightly(connection: Connection, lines: pl.DataFrame) -> pl.DataFrame:
    """How the nightly lists have the findings among some lines, where they have them (NIGHTLY_SCHEMA)."""
    columns = [getattr(FindingRow, name) for name in _STANDS_SCHEMA]
    stands = read_frame(connection, select(*columns), _STANDS_SCHEMA)
    open_since = pl.format("open since {}", _day("opened_at"))
    resolved = pl.format("resolved {}", _day("resolved_at"))
    standing = pl.when(pl.col("state") == RESOLVED).then(resolved).otherwise(open_since)
    last = select(func.max(DispositionRow.id)).where(DispositionRow.run.not_in(runs.SWEEPS))
    of_nights = (getattr(DispositionRow, name) for name in _DECIDED_THERE)
    chosen = select(*of_nights).where(DispositionRow.id.in_(last.group_by(DispositionRow.finding_id)))
    decided = read_frame(connection, chosen, _DECIDED_THERE)
    said = pl.format("decided there {}: {}", _day("recorded_at"), "decision")
    told = pl.concat_str(standing, said, separator="; ", ignore_nulls=True).alias("standing")
    joined = stands.join(lines, on="finding_id", how="semi").join(decided, on="finding_id", how="left")
    return joined.select("finding_id", told)


def _day(column: str) -> pl.Expr:
    return pl.col(column).dt.convert_time_zone(LONDON).dt.strftime("%d/%m/%Y")


def _in_json(selection: Selection) -> dict[str, Any]:
    stated = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(selection).items()}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in stated.items()}


def _from_json(stored: dict[str, Any]) -> Selection:
    days = {
        name: date.fromisoformat(stored[name]) if stored[name] else None for name in ("reported_from", "reported_to")
    }
    return Selection(**stored | days | {name: tuple(stored[name]) for name in ("risk", "districts", "rules")})
