"""What comes back: the decisions that supervisors typed into the lists of a workbook."""

from checker.returns.workbook import Returned, read_workbook

__all__ = ["Returned", "read_workbook"]
