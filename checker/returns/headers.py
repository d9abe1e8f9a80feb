"""The headers by which the columns of a returned list are known, wherever somebody moved them."""

INCIDENT = "Incident"
CHILD = "Child"
RULE = "Rule"
FINDING_ID = "Finding id"
RUN = "Run"

DECISION = "Decision"
REFERENCE = "Reference"
REASON = "Reason"
DECIDED_BY = "Decided by"

TYPED = (DECISION, REFERENCE, REASON, DECIDED_BY)  # the yellow columns, filled by a person
PRINTED = (FINDING_ID, RUN, RULE, INCIDENT, CHILD)  # filled by the checker: of what finding a line speaks
NEEDED = (*TYPED, *PRINTED)
