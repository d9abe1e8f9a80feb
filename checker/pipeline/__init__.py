"""The order of things: an order is read and judged, stored and reported. Nothing but these modules knows it."""

from checker.pipeline.closing import next_batch, report_sweep, sign_sweep_off
from checker.pipeline.difference import KINDS, Difference, Side, run_difference, write_difference
from checker.pipeline.explanation import run_explain
from checker.pipeline.order import Order, Prepared, moments_of, prepare, rejected_rows, rules_folder
from checker.pipeline.replay import OPTIONS, Replayed, run_replay
from checker.pipeline.returns import ReturnReport, collect, collect_new
from checker.pipeline.run import (
    CLOCKS_MAY_DIFFER,
    Reported,
    finish_stored,
    run_check,
    run_nightly,
    run_report,
    settings_digest,
)
from checker.pipeline.sample import Drawn, draw_sample, strata
from checker.pipeline.selection import Selected, reported_between, select_incidents
from checker.pipeline.sweep import Swept, run_sweep

__all__ = [
    "CLOCKS_MAY_DIFFER",
    "KINDS",
    "OPTIONS",
    "Difference",
    "Drawn",
    "Order",
    "Prepared",
    "Replayed",
    "Reported",
    "ReturnReport",
    "Selected",
    "Side",
    "Swept",
    "collect",
    "collect_new",
    "draw_sample",
    "finish_stored",
    "moments_of",
    "next_batch",
    "prepare",
    "rejected_rows",
    "report_sweep",
    "reported_between",
    "rules_folder",
    "run_check",
    "run_difference",
    "run_explain",
    "run_nightly",
    "run_replay",
    "run_report",
    "run_sweep",
    "select_incidents",
    "settings_digest",
    "sign_sweep_off",
    "strata",
    "write_difference",
]
