"""The headers by which the columns of a returned list are known, wherever somebody moved them."""

from checker.report import lists
from checker.report.sample import columns

INCIDENT = lists.INCIDENT.header
CHILD = lists.CHILD.header
RULE = lists.RULE.header
FINDING_ID = lists.FINDING_ID.header
RUN = lists.RUN.header

DECISION = lists.DECISION.header
REFERENCE = lists.REFERENCE.header
REASON = lists.REASON.header
DECIDED_BY = lists.DECIDED_BY.header

TYPED = (DECISION, REFERENCE, REASON, DECIDED_BY)  # the yellow columns, filled by a person
PRINTED = (FINDING_ID, RUN, RULE, INCIDENT, CHILD)  # filled by the checker: of what finding a line speaks
NEEDED = (*TYPED, *PRINTED)

ANSWER = columns.ANSWER.header
REMARK = columns.REMARK.header
REVIEWED_BY = columns.REVIEWED_BY.header
AGREED_ANSWER = columns.AGREED_ANSWER.header
AGREED_REMARK = columns.AGREED_REMARK.header
AGREED_BY = columns.AGREED_BY.header
SAMPLE = columns.SAMPLE.header
REVIEWER = columns.REVIEWER.header
SWEEP = columns.SWEEP.header
LINE_ID = columns.LINE_ID.header
