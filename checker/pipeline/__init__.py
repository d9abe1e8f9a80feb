"""The order of things: an order is read and judged, stored and reported. Nothing but these modules knows it."""

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

__all__ = [
    "CLOCKS_MAY_DIFFER",
    "KINDS",
    "OPTIONS",
    "Difference",
    "Order",
    "Prepared",
    "Replayed",
    "Reported",
    "ReturnReport",
    "Side",
    "collect",
    "collect_new",
    "finish_stored",
    "moments_of",
    "prepare",
    "rejected_rows",
    "rules_folder",
    "run_check",
    "run_difference",
    "run_explain",
    "run_nightly",
    "run_replay",
    "run_report",
    "settings_digest",
    "write_difference",
]
