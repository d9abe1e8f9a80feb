"""The keys of a rule file: one statement for the loader, the template of a new rule and the documentation."""

from __future__ import annotations

from dataclasses import dataclass

from checker.models import About, Outcome, ReportPart, Severity

# The prefix of a rule's id and the folder where its file lies.
AREAS = {
    "REF": "referral",
    "CLO": "closure",
    "FLG": "flag",
    "RSK": "risk",
    "CHD": "child",
    "HIS": "history",
    "ENC": "encompass",
    "MIS": "missing",
}
RULE_ID = rf"(?:{'|'.join(AREAS)})[0-9]{{3}}"
MESSAGES = (Outcome.FINDING, Outcome.UNDETERMINED, Outcome.NOT_DUE)
# The parts of the report that count a rule, and the subject of such a rule.
COUNTED_IN = {
    ReportPart.COVERAGE: "incident_child",
    ReportPart.DAILY_SEARCH: "incident",
    ReportPart.HUB: "referral",
}
OF_ONE_RULE = (ReportPart.DAILY_SEARCH, ReportPart.HUB)
_PARTS = ", ".join(f"{part} (judged for each {subject})" for part, subject in COUNTED_IN.items())


@dataclass(frozen=True)
class Key:
    """One key of a rule file: its name, what TOML calls its kind, and what it means."""

    name: str
    kind: str
    meaning: str
    required: bool = True


KEYS = (
    Key("id", "text", f"three letters of the area ({', '.join(AREAS)}) and three digits; the file bears it too"),
    Key("name", "text", "a short name in small letters, joined by hyphens"),
    Key("severity", "text", f"how urgent a finding is: {', '.join(Severity)}"),
    Key("owner", "text", "who answers for the rule and approves changes to it"),
    Key("basis", "text", "the sentence that the rule enforces, quoted"),
    Key("source", "text", "where that sentence stands"),
    Key("subject", "text", "what the rule judges, one verdict for each: a subject that rules/README.md lists"),
    Key(
        "about",
        "text",
        f"what a finding comes down to: {', '.join(About)} where that is whether a child was referred; only then can a "
        "decision that names a referral answer it",
        required=False,
    ),
    Key(
        "counted_in",
        "text",
        f"the part of the report that counts the rule once more: {_PARTS}; of {' and of '.join(OF_ONE_RULE)} a pack "
        "has one rule at most",
        required=False,
    ),
    Key(
        "needs",
        "list of texts",
        "columns of the extract without which the rule is not run, each as `table.column`; of several joined by | one "
        "is enough",
        required=False,
    ),
    Key("summary", "text", "what the rule checks, one line in plain words"),
    Key("applies", "text", "the condition that brings a subject into scope"),
    Key("violation", "text", "the condition that states the fault"),
    Key("due_at", "text", "the date-time fact until which there is still time"),
    Key("evidence", "list of texts", "the facts in words (their names end in _in_words) that a person is shown"),
    Key("guidance", "text", "what to do now, one or two sentences"),
    Key("known_limits", "text", "what the rule cannot see"),
    Key("likely_cause", "text", "what to look for first where most subjects of an area have the fault", required=False),
    Key(
        "effective_from",
        "date",
        "the first day on which the rule counts, by the date of the incident; 1900-01-01 is always",
    ),
    Key("effective_to", "date", "the last day on which the rule counts, by the date of the incident", required=False),
    Key("retired_because", "text", "why the rule does not count any more after effective_to", required=False),
    Key("message", "table", "a plain sentence for each of finding, undetermined and not_due"),
    Key("example", "list of tables", "worked cases: name, facts, unknown, outcome and, where it matters, as_of"),
)
