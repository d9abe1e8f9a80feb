"""What is done with a sweep that is judged: its next batch, its closing report, its sign-off."""

from __future__ import annotations

import hashlib
from pathlib import Path

from checker.config import ReportConfig, password_of
from checker.errors import ConfigError, ReportError
from checker.models import Sweep
from checker.report.sample import results_file, write_sample_results
from checker.report.sweep import left_open, write_batch, write_closing
from checker.returns import read_workbook
from checker.store import Store


def report_sweep(store: Store, name: str, folder: Path, settings: ReportConfig) -> tuple[Path, ...]:
    """The closing report, its summary sheet, and what came of each sample, as they stand now, written into `folder`.

    Raises:
        ConfigError: there is no such sweep, or it is not all judged.
        ReportError: they cannot be written.
    """
    sweep = store.sweeps.load(name)
    for sample in sweep.samples:
        _keep_what_was_settled(results_file(sample, folder), store, settings)
    closing = write_closing(sweep, folder, settings)
    return (*closing, *(write_sample_results(sweep, sample, folder, settings) for sample in sweep.samples))


def _keep_what_was_settled(results: Path, store: Store, settings: ReportConfig) -> None:
    """Refuse to replace the results of a sample in which somebody has typed what nobody has read yet."""
    if not results.is_file() or hashlib.sha256(results.read_bytes()).hexdigest() in store.read_returns():
        return
    typed = read_workbook(results, password_of(settings), ())
    if typed.reviews or typed.problems:
        raise ReportError(f"{results}: was filled in and not yet collected; collect it, or give another --out")


def next_batch(store: Store, name: str, batch: int, folder: Path, settings: ReportConfig) -> Path:
    """The workbook of the next incidents of a sweep that are not looked at, written into `folder`.

    Raises:
        ConfigError: there is no such sweep, it is not all judged, or it is signed off.
        ReportError: it cannot be written.
    """
    return write_batch(open_sweep(store, name), folder, settings, batch)


def open_sweep(store: Store, name: str) -> Sweep:
    """The sweep of that name, of which something can still be decided.

    Raises:
        ConfigError: there is no such sweep, it is not all judged, or it is signed off.
    """
    sweep = store.sweeps.load(name)
    if sweep.signed_off_by is not None:
        again = "`checker sweep report` has its report, and another sweep may look again"
        raise ConfigError(f"sweep {name!r}: {sweep.signed_off_by} has signed it off; {again}")
    return sweep


def sign_sweep_off(store: Store, name: str, by: str, reason: str | None) -> None:
    """Put down who signs the sweep off.

    Raises:
        ConfigError: no name is given, something is left open and no reason stated, or it is signed off already.
    """
    sweep = open_sweep(store, name)
    if not by.strip():
        raise ConfigError("--by: is blank; state who signs the sweep off")
    why, left = (reason or "").strip() or None, left_open(sweep)
    if left and why is None:
        raise ConfigError(f"--reason: still open: {left}; state why it is signed off all the same")
    store.sweeps.sign_off(name, by.strip(), why)
