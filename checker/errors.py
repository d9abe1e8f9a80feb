"""The errors that a user can act on, each with the exit code that tells a scheduler what went wrong.

A message is one line: the place, the fault, the remedy. It never carries a value of a row.
"""


class CheckerError(Exception):
    """A fault that the user can mend; the base of all others."""

    exit_code = 70


class ConfigError(CheckerError):
    """The command line, the environment or `checker.toml` is wrong."""

    exit_code = 2


class SourceError(CheckerError):
    """The extract cannot be read as a whole: a file, a column or the manifest is missing or wrong."""

    exit_code = 11


class RulePackError(CheckerError):
    """The rule pack cannot be loaded; the message holds one line for each fault found."""

    exit_code = 12


class StoreError(CheckerError):
    """The store cannot be opened, read or written; what was begun in it did not take place."""

    exit_code = 13


class HeldError(CheckerError):
    """Another process holds the lease on the nightly extracts; the message says which."""

    exit_code = 16


class ReportError(CheckerError):
    """A report could not be written; the previous report, if any, is untouched."""

    exit_code = 14


class EncryptionError(CheckerError):
    """A workbook is encrypted, and not with the password at hand; the message has neither."""

    exit_code = 11


class MailError(CheckerError):
    """The message could not be sent; the run that it tells of is not touched."""


class ConservationError(CheckerError):
    """Rows or verdicts do not add up: the run is stopped, for a row that is lost is a child that is lost."""

    exit_code = 70


STALE_EXIT_CODE = 17
UNEXPECTED_EXIT_CODE = 70  # a fault of ours: none of the contract's codes, so that no scheduler takes it for findings
RULE_ERROR_EXIT_CODE = 15
FAIL_ON_EXIT_CODE = 1
