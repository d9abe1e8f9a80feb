"""The whole reading of one extract."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tests.second_reading.cases import cases, latest_incidents
from tests.second_reading.cells import LONDON
from tests.second_reading.days import local_date
from tests.second_reading.flag_rules import judge_child
from tests.second_reading.history import Span, judge_history
from tests.second_reading.incident_rules import judge_incident, judge_notifications
from tests.second_reading.logic import Judged, Verdict, verdict
from tests.second_reading.missing_rules import judge_missing
from tests.second_reading.policy import Policy
from tests.second_reading.referral_rules import judge_children, judge_referrals
from tests.second_reading.rows import Counts, Extract, Tables, validate

RULES = frozenset(
    f"{area}{number:03}"
    for area, last in {"REF": 6, "CLO": 3, "RSK": 1, "CHD": 1, "HIS": 2, "ENC": 1, "MIS": 3, "FLG": 4}.items()
    for number in range(1, last + 1)
)
# The rules that a missing table stops; REF006 needs a table or a column
RULES_OF_TABLE = {
    "plans": {"FLG001", "FLG002", "FLG003", "FLG004"},
    "flags": {"FLG001", "FLG002", "FLG003", "FLG004"},
    "notifications": {"ENC001"},
    "missing_episodes": {"MIS001", "MIS002", "MIS003"},
}
# Their subjects are a referral and a missing episode: one incident and child may have several
RULES_OF_SEVERAL = frozenset({"REF004", "REF006", "MIS002", "MIS003"})
RECEIPTS = "referrals.hub_received_at"
DEFAULTS = Policy()
Key = tuple[str, str, str]  # rule, incident_ref, child_ref


@dataclass(frozen=True)
class Reading:
    """What the specification says of one extract: counts, rejections with reasons, verdicts, and the rules not run.

    `verdicts` has those of the rules whose subject is one for each incident and child; `several` those of the others,
    sorted.
    """

    counts: dict[str, Counts]
    rejected: dict[tuple[str, int], tuple[str, ...]]
    verdicts: dict[Key, Verdict]
    several: dict[Key, list[Verdict]]
    not_run: frozenset[str]

    def all_verdicts(self) -> Iterator[tuple[Key, Verdict]]:
        """Every verdict with its key."""
        yield from self.verdicts.items()
        for key, verdicts in self.several.items():
            yield from ((key, one) for one in verdicts)


def rules_not_run(tables: Tables, absent: Collection[str]) -> frozenset[str]:
    """The rules for which a table is missing: "the rules that read it are not run"."""
    stopped = [rules for table, rules in RULES_OF_TABLE.items() if table not in tables]
    if "hub_receipts" not in tables and RECEIPTS in absent:
        stopped.append({"REF006"})
    return frozenset().union(*stopped)


def judge(
    extract: Extract, as_of: datetime, policy: Policy, span: Span | None, not_run: frozenset[str]
) -> Iterator[Judged]:
    """Every subject of every rule that can be run."""
    every = list(cases(extract))
    for case in every:
        yield from judge_children(case, policy)
        yield from judge_referrals(case, extract, policy, "REF006" not in not_run)
        yield from judge_incident(case, policy)
        yield from judge_history(case, every, extract, policy, span, as_of)
        if "ENC001" not in not_run:
            yield from judge_notifications(case, policy)
    if "MIS001" not in not_run:
        yield from judge_missing(extract, every, span, as_of)
    for child_ref, ref in latest_incidents(extract).items() if "FLG001" not in not_run else ():
        yield from judge_child(ref, child_ref, extract, local_date(as_of), policy)


def second_reading(
    tables: Tables,
    as_of: datetime,
    policy: Policy = DEFAULTS,
    zone: ZoneInfo = LONDON,
    span: Span | None = None,
    absent: Collection[str] = (),
) -> Reading:
    """The reading of the tables as of an aware moment.

    `zone` is the time zone of values without an offset, `span` what the manifest says that the extract covers, `absent`
    the optional columns that the files lack, as "referrals.hub_received_at".
    """
    extract, not_run = validate(tables, as_of, zone), rules_not_run(tables, absent)
    verdicts: dict[Key, Verdict] = {}
    several: dict[Key, list[Verdict]] = {}
    for one in judge(extract, as_of, policy, span, not_run):
        key, told = (one.rule, one.incident_ref, one.child_ref), verdict(one, as_of)
        if one.rule in RULES_OF_SEVERAL:
            several.setdefault(key, []).append(told)
        else:
            assert key not in verdicts, key
            verdicts[key] = told
    for told_of_key in several.values():
        told_of_key.sort(key=repr)
    rejected = {(line.table, line.row): tuple(line.reasons) for lines in extract.rejected.values() for line in lines}
    return Reading(extract.counts, rejected, verdicts, several, not_run)
