"""What the commands of the nightly service say."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from checker.console.returns import print_returns
from checker.console.store import print_json
from checker.console.terminal import london, moment, table, terminal
from checker.models import Outcome
from checker.report.words import counted, in_digits, life, to_do
from checker.schedule.nightly import Pass, Pending
from checker.schedule.status import Status


def print_pass(result: Pass) -> None:
    """A line for each extract that was run, failed or was left, and where the workbooks are."""
    console = terminal()
    if result.returned:
        print_returns(result.returned)
    if result.not_collected:
        console.print(f"RETURNED WORKBOOKS NOT READ: {result.not_collected}", style="bold", soft_wrap=True)
    for reported in result.finished:
        run = reported.run
        console.print(
            f"Run {run.record.number} as of {london(run.record.as_of)}: "
            f"{counted(to_do(run, Outcome.FINDING), 'exception')}, "
            f"{in_digits(to_do(run, Outcome.UNDETERMINED))} cannot tell. {life(run)}",
            soft_wrap=True,
        )
        for alarm in run.record.alarms:
            console.print(f"CHECK THE EXTRACT BEFORE WORKING THIS LIST: {alarm}.", style="bold", soft_wrap=True)
        console.print(f"Workbook: {reported.workbook}", soft_wrap=True)
    for failure in (*result.failed, *result.left):
        again = f"again after {moment(failure.again_at)}"
        console.print(f"NOT CHECKED: {failure.extract}: {failure.fault}; {again}", style="bold", soft_wrap=True)
    for name in result.waiting:
        console.print(f"Still arriving: {name}; it is run by a later pass.", soft_wrap=True)
    for name in result.loose:
        console.print(_loose(name), style="bold", soft_wrap=True)
    if result.stopped:
        console.print("Stopped before the end; the next pass does the rest.", style="bold")
    elif not (result.finished or result.failed or result.left or result.waiting or result.fault):
        console.print("Nothing to run: every extract of the inbox has been run.")


def print_status(status: Status, as_json: bool) -> None:
    """How the service stands, and first whether someone has to look after it."""
    if as_json:
        print_json(_for_programs(status))
        return
    state = "OVERDUE" if status.is_stale else "all is well" if status.is_well else "in time, but look below"
    console, lines = terminal(), table("Service", state)
    if status.last_good is None or status.last_good.as_of is None or status.age is None:
        lines.add_row("last good run", "none yet")
    else:
        run = status.last_good
        lines.add_row("last good run", f"run {run.number}, extract {Path(run.extract).name}, workbook in {run.report}")
        lines.add_row("its data", f"to {london(status.last_good.as_of)}, {_age(status.age)} old")
        for alarm in run.alarms:
            lines.add_row("check first", alarm)
        for rule_id in status.rule_errors:
            lines.add_row("rule failed", f"{rule_id}: its findings are not in that list; see `checker runs show`")
    for each in status.overdue:
        lines.add_row("not run", f"{each.arrival.folder.name}: {_why(each)}")
    written = "are being written" if status.holder else "are written by the next pass"
    for run in status.unreported:
        lines.add_row("no files", f"run {run.number}: {run.error or f'its files {written}'}")
    for name in status.loose:
        lines.add_row("not read", _loose(name))
    if status.holder:
        lines.add_row("at work", str(status.holder))
    lines.add_row("store", status.store)
    console.print(lines)


def _loose(name: str) -> str:
    """What is wrong with a data file that lies in the inbox itself."""
    return f"{name} lies in the inbox itself and is not read; give each extract a folder of its own there"


def _why(pending: Pending) -> str:
    """Why an extract is not run yet."""
    if last := pending.last_failed:
        tries = counted(len(pending.attempts), "attempt")
        again = f"; again after {moment(last.retry_at)}" if last.retry_at else ""
        return f"failed ({tries}, exit code {last.exit_code}): {last.error}{again}"
    if not pending.arrival.is_whole:
        return "still arriving"
    crashed = f"; {counted(pending.crashes, 'attempt')} ended with the process" if pending.crashes else ""
    return f"waits for the next pass{crashed}"


def _age(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    return f"{hours:,.1f} hours"


def _for_programs(status: Status) -> dict[str, Any]:
    return {
        "now": status.now,
        "is_stale": status.is_stale,
        "is_well": status.is_well,
        "age_hours": None if status.age is None else round(status.age.total_seconds() / 3600, 2),
        "last_good": None if status.last_good is None else asdict(status.last_good),
        "rule_errors": status.rule_errors,
        "not_run": [
            {
                "extract": each.arrival.folder.name,
                "as_of": each.arrival.as_of,
                "is_whole": each.arrival.is_whole,
                "attempts": len(each.attempts),
                "retry_at": each.last.retry_at if each.last else None,
                "why": _why(each),
            }
            for each in status.overdue
        ],
        "loose": status.loose,
        "unreported": [asdict(run) for run in status.unreported],
        "at_work": None if status.holder is None else asdict(status.holder),
        "store": status.store,
    }
