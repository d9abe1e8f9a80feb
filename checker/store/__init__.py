"""The store: what was run, what came of it, the life of each finding, and an audit log that nobody can change."""

from checker.store.attempts import Attempt
from checker.store.audit import Entry
from checker.store.engine import missing_file
from checker.store.history import Step
from checker.store.known import Wanted
from checker.store.lease import Holder
from checker.store.purge import Purged
from checker.store.reviews import Reviewed
from checker.store.runs import RunStatus, StoredRun, printable
from checker.store.store import Store, opened, upgraded
from checker.store.sweeps import Begun, StoredSweep, Sweeps, SweptPart

__all__ = [
    "Attempt",
    "Begun",
    "Entry",
    "Holder",
    "Purged",
    "Reviewed",
    "RunStatus",
    "Step",
    "Store",
    "StoredRun",
    "StoredSweep",
    "Sweeps",
    "SweptPart",
    "Wanted",
    "missing_file",
    "opened",
    "printable",
    "upgraded",
]
