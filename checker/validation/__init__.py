"""Validation: every row of every table ends as accepted, rejected with every reason, or collapsed into its twin."""

from checker.validation.split import ORPHAN, REFERENCES, Validated, ValidatedTable, validate

__all__ = ["ORPHAN", "REFERENCES", "Validated", "ValidatedTable", "validate"]
