"""The e-mail after a pass: counts and where the workbook is, and never what is in it."""

from __future__ import annotations

from pathlib import Path

from checker.config import EmailConfig
from checker.errors import CheckerError, HeldError, MailError
from checker.models import MARKING, FindingStatus, Outcome, Run
from checker.report.london import in_words
from checker.report.words import counted, life_counts, not_run, taken_in_words, to_do
from checker.schedule.logs import LOG
from checker.schedule.nightly import Pass

SUBJECT = "Referral compliance"


def tell(email: EmailConfig, result: Pass) -> bool:
    """Send word of a pass in which something was finished or failed, or that a fault has ended; whether it was sent.

    A message that cannot be sent is a line in the log and nothing else: the work is done.
    """
    returned = result.returned or result.not_collected
    if not email.is_on or not (result.finished or result.failed or returned or _ended_by(result)):
        return False
    from checker.mail import send

    subject, lines = message(result)
    try:
        send(email, f"{SUBJECT}: {subject}", lines)
    except MailError as fault:
        LOG.error("mail not sent", extra={"fault": str(fault)})
        return False
    LOG.info("mail sent")
    return True


def _ended_by(result: Pass) -> CheckerError | None:
    """The fault that ended the pass; of another holder of the lease, who does the work, no word need be sent."""
    return None if isinstance(result.fault, HeldError) else result.fault


def message(result: Pass) -> tuple[str, list[str]]:
    """The subject and the lines of the message."""
    lines = []
    if fault := _ended_by(result):
        lines.append(f"The nightly pass ended with exit code {fault.exit_code}. Run `checker status` to see why.")
    for failure in result.failed:
        lines.append(
            f"NOT CHECKED: {failure.extract} (exit code {failure.exit_code}). Run `checker status` to see why."
        )
    lines += _about_returns(result)
    for reported in result.finished:
        lines += ["", *_about(reported.run, reported.workbook)]
    found = sum(to_do(reported.run, Outcome.FINDING) for reported in result.finished)
    to_look_at = len(result.returned.collected.problems) if result.returned else 0
    alarm = any(reported.run.record.alarms for reported in result.finished)
    subject = ", ".join(
        part
        for part in (
            f"{counted(len(result.failed), 'extract')} NOT CHECKED" if result.failed else "",
            "the pass ended before its time" if fault and (result.finished or result.failed) else "",
            "NOT CHECKED" if fault and not (result.finished or result.failed) else "",
            "check the extract before working this list" if alarm else "",
            "returned workbooks NOT READ" if result.not_collected else "",
            f"{counted(to_look_at, 'returned line')} to look at" if to_look_at else "",
            f"{counted(found, 'exception')} in {counted(len(result.finished), 'extract')}" if result.finished else "",
        )
        if part
    )
    if not subject:
        subject = "returned workbooks read"
    if result.finished or result.failed:
        lines += ["", f"Counts only; the workbook is {MARKING}."]
    return subject, lines


def _about_returns(result: Pass) -> list[str]:
    if result.not_collected:
        return [f"RETURNED WORKBOOKS NOT READ: exit code {result.not_collected.exit_code}. The log says why."]
    if result.returned is None:
        return []
    workbooks = result.returned.collected.workbooks
    problems = len(result.returned.collected.problems)
    return [
        f"{counted(len(workbooks), 'workbook')} returned: {taken_in_words(workbooks)} taken, {problems:,} to look at.",
        f"Return report: {result.returned.file}",
    ]


def _about(run: Run, workbook: Path) -> list[str]:
    status = run.findings.filter(run.findings["outcome"] == Outcome.FINDING.value)["status"]
    new, carried = (status == "new").sum(), (life_counts(run) or {}).get("carried over", 0)
    resolved = 0 if run.resolved is None else run.resolved.height
    settled = (life_counts(run) or {}).get(FindingStatus.SETTLED.value, 0)
    kept_off = f"{settled:,} settled by a decision; " if settled else ""
    lines = [
        f"Run {run.record.number}, data to {in_words(run.record.as_of)} (London time)",
        f"{counted(to_do(run, Outcome.FINDING), 'exception')}, {new:,} of them new; "
        f"{to_do(run, Outcome.UNDETERMINED):,} cannot tell; {kept_off}{resolved:,} resolved; {carried:,} carried over; "
        f"{counted(run.rejected.height, 'record')} rejected",
    ]
    lines += [f"CHECK THE EXTRACT BEFORE WORKING THIS LIST: {alarm}." for alarm in run.record.alarms]
    if unchecked := not_run(run):
        lines.append(unchecked)
    return [*lines, f"Workbook: {workbook.resolve()}"]
