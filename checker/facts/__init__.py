"""Facts: what rules may ask about each subject, as lazy plans without any Python function in them."""

from checker.facts.context import Context, KnownHistory, Span, merge_spans
from checker.facts.engine import Fact, Source, Subject, needs_in_words
from checker.facts.subjects import SUBJECTS
from checker.facts.tables import Tables, part_of, prepare_tables

__all__ = [
    "SUBJECTS",
    "Context",
    "Fact",
    "KnownHistory",
    "Source",
    "Span",
    "Subject",
    "Tables",
    "merge_spans",
    "needs_in_words",
    "part_of",
    "prepare_tables",
]
