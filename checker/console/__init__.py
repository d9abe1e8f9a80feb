"""What the terminal shows: progress while it works, and a few lines at the end."""

from checker.console.check import has_finding, print_explanation, print_run, print_validation
from checker.console.replay import print_replay
from checker.console.returns import print_returns
from checker.console.rules import print_difference, print_examples, print_rule, print_rules
from checker.console.sample import print_sample_size
from checker.console.service import print_pass, print_status
from checker.console.store import (
    print_audit,
    print_findings,
    print_history,
    print_purged,
    print_runs,
    print_stored_run,
)
from checker.console.sweep import print_closing, print_progress, print_sweep, print_sweeps
from checker.console.terminal import progress

__all__ = [
    "has_finding",
    "print_audit",
    "print_closing",
    "print_difference",
    "print_examples",
    "print_explanation",
    "print_findings",
    "print_history",
    "print_pass",
    "print_progress",
    "print_purged",
    "print_replay",
    "print_returns",
    "print_rule",
    "print_rules",
    "print_run",
    "print_runs",
    "print_sample_size",
    "print_status",
    "print_stored_run",
    "print_sweep",
    "print_sweeps",
    "print_validation",
    "progress",
]
