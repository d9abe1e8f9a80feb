"""Samples of a backlog: how they are drawn, how large they must be, and what they say of the whole backlog."""

from checker.sampling.drawing import draw
from checker.sampling.interval import interval
from checker.sampling.line import letters, line_id
from checker.sampling.result import Estimate, SampleResult, answered, result
from checker.sampling.size import LARGEST, SampleSize, sample_size

__all__ = [
    "LARGEST",
    "Estimate",
    "SampleResult",
    "SampleSize",
    "answered",
    "draw",
    "interval",
    "letters",
    "line_id",
    "result",
    "sample_size",
]
