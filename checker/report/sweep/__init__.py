"""What a sweep looks like for people: its workbook and lists, its batches, its closing report, and how far it is."""

from checker.report.sweep.closing import write_closing
from checker.report.sweep.files import write_sweep
from checker.report.sweep.progress import Progress, placed, progress, with_incident
from checker.report.sweep.still_open import left_open
from checker.report.sweep.words import in_a_file_name
from checker.report.sweep.workbook import WORKBOOK, write_batch

__all__ = [
    "WORKBOOK",
    "Progress",
    "in_a_file_name",
    "left_open",
    "placed",
    "progress",
    "with_incident",
    "write_batch",
    "write_closing",
    "write_sweep",
]
