"""The workbooks of a sample: one for each of its two reviewers, and one with what came of it."""

from checker.report.sample.results import results_file, write_sample_results
from checker.report.sample.review import reviewers_files, write_sample
from checker.report.sample.words import agreement_in_words, estimate_in_words, how_drawn, kappa_in_words

__all__ = [
    "agreement_in_words",
    "estimate_in_words",
    "how_drawn",
    "kappa_in_words",
    "results_file",
    "reviewers_files",
    "write_sample",
    "write_sample_results",
]
