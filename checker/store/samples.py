"""Samples of a sweep are put down, and read back with what their reviewers have said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl
from sqlalchemy import Connection, func, insert, select

from checker.models import REVIEWS, Sample
from checker.store.audit import Act, log
from checker.store.frames import from_parquet, read_frame, to_parquet
from checker.store.tables import ReviewRow, SampleRow


def insert_sample(
    connection: Connection, run: int, size: int, seed: int, stratified_by: Sequence[str], rows: pl.DataFrame
) -> int:
    """Put down a drawn sample (SAMPLED); its number. The same draw again is the same sample, with the number it had."""
    by = list(stratified_by)
    alike = select(SampleRow.id, SampleRow.stratified_by).where(
        SampleRow.run == run, SampleRow.size == size, SampleRow.seed == seed
    )
    for number, there in connection.execute(alike.order_by(SampleRow.id)):
        if sorted(there) == sorted(by):
            return int(number)
    values = {"run": run, "size": size, "seed": seed, "stratified_by": by, "drawn_at": datetime.now(UTC)}
    drawn = insert(SampleRow).values(values | {"rows": to_parquet(rows)}).returning(SampleRow.id)
    new: int = connection.execute(drawn).scalar_one()
    log(connection, Act.DRAWN, run, sample=new, size=size, seed=seed, stratified_by=by)
    return new


def read_samples(connection: Connection, run: int) -> tuple[Sample, ...]:
    """The samples of a sweep, the first drawn first, each with the last word of each reviewer on each incident."""
    chosen = select(SampleRow.__table__).where(SampleRow.run == run).order_by(SampleRow.id)
    return tuple(
        Sample(
            row.id,
            row.size,
            row.seed,
            tuple(row.stratified_by),
            row.drawn_at,
            from_parquet(row.rows),
            _last_words(connection, row.id),
        )
        for row in connection.execute(chosen).all()
    )


def _last_words(connection: Connection, sample: int) -> pl.DataFrame:
    last = select(func.max(ReviewRow.id)).where(ReviewRow.sample == sample)
    last = last.group_by(ReviewRow.incident_ref, ReviewRow.reviewer)
    columns = (getattr(ReviewRow, name) for name in REVIEWS)
    chosen = select(*columns).where(ReviewRow.id.in_(last))
    return read_frame(connection, chosen, REVIEWS).sort("incident_ref", "reviewer")
