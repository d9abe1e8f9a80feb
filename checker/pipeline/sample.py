"""A sample of a sweep: drawn, put down, and given to its two reviewers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from checker.config import ReportConfig, nearest
from checker.errors import ConfigError
from checker.models import STRATIFY_BY, Sample
from checker.pipeline.closing import open_sweep
from checker.report.sample import write_sample
from checker.sampling import draw
from checker.store import Store

_WORDS = {column.removesuffix("_level"): column for column in STRATIFY_BY}  # risk for risk_level


@dataclass(frozen=True)
class Drawn:
    """A sample, and the workbook of each reviewer."""

    sample: Sample
    workbooks: tuple[Path, ...]


def strata(text: str) -> tuple[str, ...]:
    """The columns by which `district,risk,verdict`, or some of these, stratifies a sample.

    Raises:
        ConfigError: one of the words is none of them.
    """
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in _WORDS:
            known = ", ".join(_WORDS)
            raise ConfigError(f"--stratify: {word!r} is none{nearest(word, _WORDS)} (known: {known}, joined by commas)")
    return tuple(column for word, column in _WORDS.items() if word in words)


def draw_sample(
    store: Store, name: str, size: int, seed: int, by: tuple[str, ...], folder: Path, settings: ReportConfig
) -> Drawn:
    """The sample of a sweep, drawn now or before, and the workbooks of its reviewers in `folder`.

    Those that are there already are left alone: somebody may have filled them in.

    Raises:
        ConfigError: the sample is larger than the sweep, or has more strata than incidents.
        ReportError: the folder cannot be written to.
    """
    sweep = open_sweep(store, name)
    assert sweep.run.record.number is not None  # noqa: S101 - it comes out of the store
    rows = draw(sweep.order, size, seed, by)
    number = store.put_sample(sweep.run.record.number, size, seed, by, rows)
    (sample,) = [each for each in store.samples(sweep.run.record.number) if each.number == number]
    return Drawn(sample, write_sample(sweep, sample, folder, settings))
