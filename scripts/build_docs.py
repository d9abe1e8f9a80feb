"""Writes `rules/README.md`, the page about the rules, from the rule files, the facts and the policy.

`--check` writes nothing and exits with 1 where the page is out of date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from checker.config import Policy
from checker.facts import SUBJECTS, Context, Fact, Subject, needs_in_words
from checker.facts.subjects.swept_child import MEANINGS, SWEPT_CHILD
from checker.facts.subjects.swept_incident import PART_NEEDS, PARTS
from checker.models import PROTECTED, Outcome, ReportPart, Rule, Severity
from checker.rulepack import EXAMPLE_AS_OF, CompiledRule, RulePack, load_rules
from checker.rulepack.keys import AREAS, KEYS
from checker.rulepack.predicate import Kind

RULES = Path(__file__).resolve().parents[1] / "rules"
PAGE = RULES / "README.md"
COMMAND = ".venv/bin/python scripts/build_docs.py"

INTRODUCTION = """\
# The rules

<!-- Written by `{command}` from the rule files, the facts and the policy: change those, not this page. -->

A rule asks one question of one **subject** (an incident, say, a child of an incident, or a referral form) and gives one
of five answers. Each rule is a small text file in this folder that a supervisor can read and approve on one screen:
what it checks, why, when it is due, what to do, and worked examples that are tested every time. This is version
{version} of the rules; [CHANGELOG.md](CHANGELOG.md) says what changed.

The lists that come out of the rules are a prompt for a person. They decide nothing about a child or an officer.

- [The rules at a glance](#the-rules-at-a-glance)
- [The five answers](#the-five-answers)
- [Each rule in full](#each-rule-in-full)
- [How to add a rule, in five steps](#how-to-add-a-rule-in-five-steps)
- [How to change a rule, and how to retire one](#how-to-change-a-rule-and-how-to-retire-one)
- [The conditions: permitted SQL, and its traps](#the-conditions-permitted-sql-and-its-traps)
- [The facts that a condition may use](#the-facts-that-a-condition-may-use)
- [The order of looking](#the-order-of-looking)
- [The policy](#the-policy)
"""

ANSWERS = """\
## The five answers

Every rule has two conditions. **In scope** says whom it is about; **found** states the fault. A condition is true,
false or unknown, for an extract does not always say. The answers are judged in this order:

| Answer | When |
| --- | --- |
| out of scope | *in scope* is false; or *found* is false and *in scope* is unknown: nothing to find either way |
| pass | *in scope* is true and *found* is false |
| cannot tell | the due time is unknown |
| not due | the moment that the extract describes is not later than the due time: exactly on time is on time |
| finding | it is later, and both conditions are true |
| cannot tell | it is later, and one of the conditions is unknown |

An unknown is never a pass. "Cannot tell" (in the files: `undetermined`) is put before a person, like a finding.
"""

STEPS = """\
## How to add a rule, in five steps

1. **Start the file.** Copy this folder, name the copy under `rules` in your `checker.toml`, and run
   `checker rules new REF007`. The letters name the area:
   {areas}.
   While a rule is unfinished its pack cannot be used, so nobody works in the folder that the nightly run reads.
2. **Say what it is about,** in the words of the people who will read it: the sentence that it enforces and its source,
   what it checks, what to do now, what it cannot see. A message tells what the extract shows, never what somebody
   failed to do.
3. **Write the two conditions** from the [facts](#the-facts-that-a-condition-may-use), and choose the due time among
   the date-times. Is there no such fact? Whatever looks across rows, tables or texts is a fact first: ask a developer
   to add it, with its description, in `checker/facts/`.
4. **Write the examples** before you believe the conditions: what must be found, what must pass, what cannot be told,
   and each boundary, a second to either side. Run `checker rules test REF007` until nothing is left to say.
5. **Have it approved and take it over.** The owner reads the file. Then raise `version` in `policy.toml`, say in
   `CHANGELOG.md` what supervisors will see differently, put the folder in its place, and run
   `{command}`.

What a rule file holds:

{keys}

In an example, give only the facts that matter, and list under `unknown` those that nobody knows. The others are as in
the sample column of the facts, and the moment that the extract describes is {as_of} unless `as_of` says
otherwise.
"""

CHANGES = """\
## How to change a rule, and how to retire one

An incident is judged by the version of a rule that was in force on the day on which it was reported (London date), so
that no change reaches back to what was done before it. Work in a copy of this folder, as for a new rule, and see what
the change would do before anyone adopts it: `checker rules diff OLD NEW EXTRACT` judges one extract under both folders
and shows which findings appear, disappear or come out otherwise.

**To change a rule** from a day on, 1 April 2026 for example:

1. Copy `referral/REF001.toml` to `referral/REF001.until-2026-03-31.toml` and give the copy
   `effective_to = 2026-03-31`, its last day. The name and the day must agree.
2. Change `referral/REF001.toml`, always the newest version, and give it `effective_from = 2026-04-01`. Id, name and
   subject stay, and so does every finding's id. No two versions may count on one day; a day on which none counts may be
   left between them, and what was reported on it is out of scope.
3. Each version keeps its own examples, and `checker rules test REF001` runs them all.

What was wrong from the beginning is corrected in its place, with no second file.

**To retire a rule,** leave its file where it is, with `effective_to`, its last day, and `retired_because`, the reason.
It goes on judging what was reported until that day, and is not run once the extract reaches back no further. To count
anew later it becomes an earlier version, as above.

Either way raise `version` in `policy.toml` and say in `CHANGELOG.md` what supervisors will see differently, and why.
"""

# What may be written, here about an incident, and what it means.
PERMITTED = (
    ("is_domestic_abuse", "a yes/no fact by itself"),
    ("NOT has_search_code", "the opposite; the opposite of unknown is unknown"),
    ("is_domestic_abuse AND is_closed", "both; false as soon as one is false, whatever else is unknown"),
    ("is_closed OR status = 'cancelled'", "one or both; true as soon as one is true"),
    (
        "is_closed AND (has_search_code OR has_lookalike_code)",
        "AND comes before OR; brackets say otherwise",
    ),
    ("status = 'open'", "the text is exactly this, capitals and all; `<>` is the opposite"),
    ("status IN ('open', 'transferred')", "one of these texts or numbers; `NOT IN` is the opposite"),
    ("hours_to_close > 72", "`<`, `<=`, `>`, `>=`, `=`, `<>` between numbers, or between date-times"),
    ("hours_to_close BETWEEN 24 AND 48", "both ends included; `NOT BETWEEN` is the opposite"),
    ("closed_at IS NULL", "the fact is unknown; `IS NOT NULL` is the opposite; neither is ever unknown"),
    ("closed_at > reported_at + INTERVAL '72 hours'", "elapsed hours, also when the clocks change"),
    ("hours_to_close - 24 > 2 * 24", "`+`, `-` and `*` between numbers"),
    ("COALESCE(is_domestic_abuse, FALSE)", "the first that is known; see the traps before you use it"),
)

# What is refused, here about an incident, what to write instead, and why.
REFUSED = (
    ("closed_at = NULL", "`closed_at IS NULL`", "nothing equals unknown, not even unknown"),
    (
        "is_domestic_abuse IS TRUE",
        "`is_domestic_abuse`",
        "readers of SQL disagree on what it says of unknown",
    ),
    (
        "is_closed = hours_to_close > 24",
        "`is_closed = (hours_to_close > 24)`",
        "they disagree on the order too",
    ),
    ("risk_level > 'medium'", "`risk_level = 'high'`", 'text has no order: "high" comes before "medium"'),
    ("reported_at >= '2026-01-01'", "`effective_from`", "text is no date-time"),
    (
        "closed_at > reported_at + INTERVAL '1 day'",
        "`INTERVAL '24 hours'`",
        "a day can have 23 or 25 hours",
    ),
    ("hours_to_close / 24 > 3", "`hours_to_close > 72`", "a number divided by nothing has no sound answer"),
    ("incident_type LIKE 'DOM%'", "`=` or `IN`", "a pattern finds what nobody meant; make it a fact"),
    ("CASE WHEN is_closed THEN has_search_code END", "`AND`, `OR`, `NOT`", "what is left out is unknown"),
    ("COUNT(*) > 3", "a fact", "a rule sees one subject at a time"),
    ("incident_ref IN (SELECT incident_ref FROM referrals)", "a fact", "a rule reads no table and no file"),
    ("closure_due_at < NOW()", "`due_at`", "the same extract must always give the same answers"),
    (
        "NOT is_closed -- for now",
        "a line that starts with `#`",
        "what is not judged must not look as if it were",
    ),
)

TRAPS = """\
### Traps

- **Unknown is no third kind of no.** `status <> 'closed'`, `NOT IN` and `NOT …` are unknown where the fact is unknown.
  To include what is not known, say so: `risk_level <> 'high' OR risk_level IS NULL`.
- **`COALESCE(fact, FALSE)` turns "we do not know" into "no".** Under *found* it can turn an unknown into a pass, and a
  child is lost without a trace. Use it only where the basis of the rule says that unknown means no.
- **State the fault, do not rely on its opposite.** *Found* is never turned round by the checker.
- **A misspelt fact is refused, a misspelt text is not.** `status <> 'Closed'` is true of every incident, for the word
  is `closed`. An example for each text in a condition shows it.
- **Times are instants.** Date-times compare to the microsecond, in UTC; what depends on the local day is a fact.
- **The due time is not part of a condition.** The checker compares it with the moment that the extract describes.
"""

LOOKING = """\
## The order of looking

A sweep looks again at incidents of long ago, and says which to look at sooner. The order decides nothing: every
incident that was selected is on the list. Of each incident the parts below are counted. A part adds its weight for each
that is counted, up to {most} of them, and the score is the sum of all:

    points = weight x min(count, {most})        score = the sum of the points

So anybody can work it out again from the row. Only what the extract holds is counted. The highest score comes first; of
incidents with the same score the one that was reported earlier, then the one with the lower reference. A part whose
table is not in the extract is blank and adds nothing. The weights, and `most_counted`, which is {most}, stand in
`policy.toml` under `[policy.triage]`.

The example is an incident with two children: one, under 5 and once on a plan, has no referral; the other has been
referred since. Two such incidents before it and seven after it have the same victim, and one of the later was graded
higher.
"""

SINCE = """\
### What has happened since

Of each expected child of an incident who is or may be a child, an unnamed rest being one line, the extract tells what
has become of the child: the first of these that is so. "Not seen" is about the extract: one that ends early, or lacks a
table, shows less than there was.
"""


def page(pack: RulePack, subjects: Mapping[str, Subject]) -> str:
    """The whole page, the same on every machine for the same rules, facts and policy."""
    context = Context(EXAMPLE_AS_OF, Policy.model_validate(pack.policy))
    parts = [
        INTRODUCTION.format(command=COMMAND, version=pack.version),
        _glance(pack),
        ANSWERS,
        "## Each rule in full\n",
        *(_rule(rule, subjects[rule.rule.subject]) for rule in _by_area(pack)),
        _steps(),
        CHANGES,
        _sql(),
        TRAPS,
        "## The facts that a condition may use\n",
        "Each subject has its own facts. *Needs* names a table that a force need not supply: without it, the rules\n"
        "that read the fact are not run, and the summary says so.\n",
        *(_facts(subject, context) for subject in subjects.values()),
        _looking(pack),
        _since(pack, context),
        _policy(pack),
    ]
    return "\n".join(parts)


def _by_area(pack: RulePack) -> list[CompiledRule]:
    order = list(AREAS.values())
    return sorted(pack.rules, key=lambda rule: (order.index(rule.rule.area), rule.rule.id))


def _glance(pack: RulePack) -> str:
    rows = [
        (rule.area, f"[{rule.id}](#{rule.id.lower()}-{rule.name})", rule.severity.value, _summary(rule))
        for rule in (compiled.rule for compiled in _by_area(pack))
    ]
    severities = ", ".join(Severity)
    return (
        "## The rules at a glance\n\n"
        + _table(("Area", "Rule", "How urgent", "What it checks"), rows)
        + f"\nHow urgent a finding is, the most urgent first: {severities}.\n"
    )


def _summary(rule: Rule) -> str:
    return f"{rule.summary} *In force {rule.in_force}.*" if rule.retired_because else rule.summary


def _rule(compiled: CompiledRule, subject: Subject) -> str:
    rule = compiled.rule
    facts = dict.fromkeys((*compiled.applies.facts, *compiled.violation.facts))
    meanings = [f"  - `{name}`: {subject.by_name[name].description}" for name in facts]
    earlier = [
        f"- **Earlier version,** in force {version.in_force}: in scope `{version.applies}`, found "
        f"`{version.violation}`, due `{version.due_at}`. [{version.file}]({version.file})"
        for version in reversed(rule.earlier)
    ]
    about = f"- **About** a {rule.about}: a decision that names one can answer a finding of it."
    counted = f"- **Counted** once more in the report, in the part {rule.counted_in}."
    special = [*([about] if rule.about else []), *([counted] if rule.counted_in else [])]
    needs = [f"- **Needs** the {needs_in_words(rule.tables)}; not run without."] if rule.tables else []
    lines = [
        f"### {rule.id} {rule.name}",
        "",
        f"**{rule.summary}** How urgent: {rule.severity.value}.",
        "",
        f"- **Judged for each** {rule.subject.replace('_', ' ')}: {_sentence(subject.description)}",
        f"- **In scope:** `{rule.applies}`",
        f"- **Found:** `{rule.violation}`, where",
        *meanings,
        f"- **Due** (`{rule.due_at}`): {_sentence(subject.by_name[rule.due_at].description)}",
        f"- **A finding says:** {rule.message[Outcome.FINDING]}",
        f"- **What to do:** {rule.guidance}",
        f"- **What it cannot see:** {rule.known_limits}",
        f"- **Why:** {rule.basis} ({rule.source}).",
        *special,
        *needs,
        f"- **Owner:** {rule.owner}. Counts {rule.in_force}. [{rule.file}]({rule.file})",
        *earlier,
    ]
    return "\n".join(lines) + "\n"


def _steps() -> str:
    areas = ", ".join(f"{letters} {area}" for letters, area in AREAS.items())
    rows = [(f"`{key.name}`", key.meaning + ("" if key.required else "; may be left out")) for key in KEYS]
    keys = _table(("Key", "What it says"), rows).rstrip()
    return STEPS.format(areas=areas, command=COMMAND, keys=keys, as_of=_instant(EXAMPLE_AS_OF))


def _sql() -> str:
    permitted = [(f"`{text}`", meaning) for text, meaning in PERMITTED]
    refused = [(f"`{text}`", instead, why) for text, instead, why in REFUSED]
    return (
        "## The conditions: permitted SQL, and its traps\n\n"
        "A condition is written in a small part of SQL. Whatever is not in this table is refused when the rules are\n"
        "read, before anything is checked, and the refusal says what to write instead.\n\n"
        + _table(("You may write", "It means"), permitted)
        + "\n### What is refused\n\n"
        + _table(("Not", "But", "Because"), refused)
    )


def _facts(subject: Subject, context: Context) -> str:
    heading = f"### Subject `{subject.name}`\n\n{_sentence(subject.description)}\n\n"
    return heading + _fact_table(subject, context)


def _fact_table(subject: Subject, context: Context) -> str:
    rows = [
        (
            f"`{fact.name}`",
            Kind.of(fact.dtype).removeprefix("a "),
            "yes" if fact.nullable else "",
            needs_in_words(subject.needs_of(context, [fact.name])),
            _sample(fact),
            fact.description,
        )
        for fact in subject.facts
    ]
    return _table(("Fact", "Kind", "Can be unknown", "Needs", "Sample", "What it is"), rows)


def _looking(pack: RulePack) -> str:
    """The parts of the triage score, their weights, and the row of the sample worked out."""
    triage = Policy.model_validate(pack.policy).triage
    weights, most = triage.model_dump(), triage.most_counted
    points = {part.name: weights[part.name] * min(int(str(part.sample)), most) for part in PARTS}
    rows = [
        (
            f"`{part.name}`",
            part.description,
            needs_in_words([need for each, need in PART_NEEDS.items() if each == part.name]),
            *(str(number) for number in (weights[part.name], part.sample, points[part.name])),
        )
        for part in PARTS
    ]
    rows.append(("**score**", "the sum of all points", "", "", "", f"**{sum(points.values())}**"))
    headings = ("Part", "What it counts", "Needs", "Weight", "Example", "Points")
    return f"{LOOKING.format(most=most)}\n{_table(headings, rows)}"


def _since(pack: RulePack, context: Context) -> str:
    meanings = _table(("In the list", "When"), [(word.value, meaning) for word, meaning in MEANINGS.items()])
    protected = ", ".join(f'"{word.value}"' for word in PROTECTED)
    hub = pack.rule_counted_in(ReportPart.HUB)
    of_hub = f" Whether the\nchildren's hub received a form is what {hub.rule.id} asks." if hub else ""
    counted = f"A child counts as protected by {protected}.{of_hub}\n"
    return f"{SINCE}\n{meanings}\n{counted}\nWhat is told of each child:\n\n{_fact_table(SWEPT_CHILD, context)}"


def _sample(fact: Fact) -> str:
    if fact.sample is None:
        return "unknown"
    if isinstance(fact.sample, datetime):
        return _instant(fact.sample)
    return str(fact.sample).lower() if isinstance(fact.sample, bool) else str(fact.sample)


def _policy(pack: RulePack) -> str:
    rows = [
        (f"`{name}`", _value(value), Policy.model_fields[name].description or "") for name, value in pack.policy.items()
    ]
    return (
        "## The policy\n\n"
        "What a force may decide for itself. `policy.toml` states these values and their sources; a force states its\n"
        "own under `[policy]` in its `checker.toml`. The record of a run says which values it used.\n\n"
        + _table(("Value", "Stated", "What it is"), rows)
    )


def _value(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _instant(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:].rstrip(".") + "."


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` say whether it is up to date; 1 where it is not."""
    parser = argparse.ArgumentParser(description="Write rules/README.md from the rules, the facts and the policy.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the page is out of date")
    check = parser.parse_args(arguments).check
    text = page(load_rules(RULES, SUBJECTS), SUBJECTS)
    if not check:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"rules/README.md is out of date; run `{COMMAND}` and commit the page", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
