"""What the commands of a sweep say on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path

from checker.console.store import print_json
from checker.console.terminal import london, moment, table, terminal
from checker.models import Decision, Sweep
from checker.pipeline.sample import Drawn
from checker.pipeline.sweep import Swept
from checker.report.sample import agreement_in_words, estimate_in_words
from checker.report.sweep import Progress, progress
from checker.report.sweep.words import selection_facts, verdicts
from checker.report.words import NO_VALUE, counted, in_digits, not_run
from checker.sampling import result
from checker.store import StoredSweep


def print_sweep(swept: Swept, drawn: Drawn | None) -> None:
    """What was selected and why the rest was not, what came of it, and where everything is."""
    sweep, console = swept.sweep, terminal()
    record, chosen = sweep.run.record, sweep.order.height
    console.print(f"Swept {counted(chosen, 'incident')} as of {london(record.as_of)}: sweep {sweep.name!r}.")
    for label, value in selection_facts(sweep):
        console.print(f"{label}: {value}.", soft_wrap=True)
    if sweep.run.rejected.height:
        rejected = counted(sweep.run.rejected.height, "record")
        console.print(f"{rejected} rejected, so that no rule could use them; rejected.csv says why.")
    lines = table("Incidents, by their gravest line", "#Number")
    for words, number in verdicts(sweep):
        lines.add_row(words, in_digits(number))
    console.print(lines)
    if unchecked := not_run(sweep.run):
        console.print(unchecked, style="bold")
    again = ": the same extract and selection, so nothing was judged again" if swept.repeated else ""
    console.print(f"Run {record.number} in the store{again}; the nightly lists are as they were.")
    console.print(f"Workbook: {swept.workbook}", soft_wrap=True)
    if drawn is not None:
        console.print(f"Sample {drawn.sample.number}: {counted(drawn.sample.rows.height, 'incident')} drawn.")
        for file in drawn.workbooks:
            console.print(f"For a reviewer: {file}", soft_wrap=True)


def print_sweeps(sweeps: Sequence[StoredSweep], as_json: bool) -> None:
    """A line a sweep, the oldest first."""
    if as_json:
        print_json([asdict(sweep) for sweep in sweeps])
        return
    lines = table("Sweep", "#Run", "As of (London)", "Status", "Begun (London)", "Reason")
    for sweep in sweeps:
        run = sweep.run
        as_of = moment(run.as_of) if run.as_of else NO_VALUE
        lines.add_row(sweep.name, str(run.number), as_of, _state(sweep), moment(run.begun_at), run.reason or "")
    terminal().print(lines if sweeps else "No sweep in the store yet.")


def print_progress(sweep: Sweep, as_json: bool) -> None:
    """How far the looking is: what is left, by whom, what was decided, and what its samples say."""
    done = progress(sweep)
    results = [result(sample) for sample in sweep.samples]
    if as_json:
        signed = {"signed_off_by": sweep.signed_off_by, "signed_off_at": sweep.signed_off_at}
        as_told = asdict(done) | {"decisions": {each.value: number for each, number in done.decisions.items()}}
        print_json({"name": sweep.name} | as_told | signed | {"samples": [asdict(each) for each in results]})
        return
    console, head = terminal(), table("Sweep", sweep.name)
    pace = NO_VALUE if done.days_per_hundred is None else f"{done.days_per_hundred:.1f}"
    by_whom = ", ".join(f"{name} ({in_digits(number)})" for name, number in done.by_whom.items())
    for label, value in {
        "incidents": in_digits(done.population),
        "looked at": in_digits(done.looked_at),
        "begun": in_digits(done.begun),
        "left": in_digits(done.left),
        "nothing to decide": in_digits(done.nothing_to_decide),
        "lines decided": f"{in_digits(done.decided)} of {in_digits(done.lines)}",
        "looked at by": by_whom or NO_VALUE,
        "days per hundred": pace,
        "children newly referred": in_digits(done.newly_referred),
        "signed off": _signed_off(sweep),
    }.items():
        head.add_row(label, value)
    console.print(head)
    _print_decisions(done)
    for sample, came in zip(sweep.samples, results, strict=True):
        said = f"No estimate: {came.why_none}" if came.whole is None else estimate_in_words(came.whole)
        told = f"Sample {sample.number} of {counted(sample.rows.height, 'incident')}: {said} {agreement_in_words(came)}"
        console.print(told, soft_wrap=True)


def print_closing(files: Sequence[Path]) -> None:
    """Where the closing report, its summary sheet and the results of samples are."""
    for what, file in zip_longest(("Closing report", "Summary sheet"), files, fillvalue="Results of a sample"):
        terminal().print(f"{what}: {file}", soft_wrap=True)


def _print_decisions(done: Progress) -> None:
    made = {decision: number for decision, number in done.decisions.items() if number}
    if not made:
        return
    lines = table("Decision", "#Lines")
    for decision in Decision:
        if decision in made:
            lines.add_row(decision.value, in_digits(made[decision]))
    terminal().print(lines)


def _state(sweep: StoredSweep) -> str:
    if sweep.signed_off_by:
        return f"signed off by {sweep.signed_off_by}"
    if sweep.is_stored:
        return "to be looked at"
    return f"{sweep.run.status}, {counted(sweep.parts, 'part')} judged; its command goes on with it"


def _signed_off(sweep: Sweep) -> str:
    return f"by {sweep.signed_off_by}, {moment(sweep.signed_off_at)}" if sweep.signed_off_at else "no"
