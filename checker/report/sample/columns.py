"""The columns of the workbooks of a sample; by their headers they are known when they come back."""

from __future__ import annotations

from dataclasses import replace

from checker.report import lists
from checker.report.lists import Column
from checker.report.styles import NUMBER, QUIET, SET_IN, TO_FILL_IN

PLACE = Column("Place", "place", 6.5, 6.5, NUMBER)
INCIDENT = replace(lists.INCIDENT, widest=20)  # in one line: so are most of the others
REPORTED = lists.REPORTED
DISTRICT = lists.DISTRICT
TEAM = lists.TEAM
CHILDREN = Column("Children listed", "children", 22, 22, SET_IN, blank="none")

# Yellow: filled in by a reviewer, and by both where they differ.
ANSWER = Column("Answer", "answer", 25, 25, TO_FILL_IN)
REMARK = Column("Remark", "remark", 34, 34, TO_FILL_IN)
REVIEWED_BY = Column("Reviewed by", "reviewed_by", 13, 13, TO_FILL_IN)

AGREED_ANSWER = Column("Agreed answer", "answer", 25, 25, TO_FILL_IN)
AGREED_REMARK = Column("Agreed remark", "remark", 24, 24, TO_FILL_IN)
AGREED_BY = Column("Agreed by", "reviewed_by", 13, 13, TO_FILL_IN)

# What the checker needs when the workbook comes back.
SAMPLE = Column("Sample", "sample", 7.5, 7.5, QUIET.but(across="center", wrap=False))
REVIEWER = Column("Reviewer", "reviewer", 9, 9, QUIET.but(across="center", wrap=False))
SWEEP = Column("Sweep", "sweep", 10, 24, QUIET.but(indent=1))
LINE_ID = Column("Line id", "line_id", 16.5, 16.5, QUIET.but(indent=1))
