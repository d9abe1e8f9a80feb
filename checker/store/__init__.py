"""The store: what was run, what came of it, the life of each finding, and an audit log that nobody can change."""

from checker.store.audit import Entry
from checker.store.engine import missing_file
from checker.store.history import Step
from checker.store.known import Wanted
from checker.store.lease import Holder
from checker.store.purge import Purged
from checker.store.runs import RunStatus, StoredRun, printable
from checker.store.store import Attempt, Store, opened, upgraded

__all__ = [
    "Attempt",
    "Entry",
    "Holder",
    "Purged",
    "RunStatus",
    "Step",
    "Store",
    "StoredRun",
    "Wanted",
    "missing_file",
    "opened",
    "printable",
    "upgraded",
]
