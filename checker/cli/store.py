"""The commands that ask the store and tell it: runs, report, collect, findings, history, audit, purge, upgrade."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from checker.cli.options import AsJson, Out, PackConfigFile, configured, store_url, stored
from checker.errors import ConfigError, SourceError

FORMATS = ("table", "csv", "json")

runs_app = typer.Typer(
    help="List the runs of the store, or show one.\n\nExample: checker runs",
    invoke_without_command=True,
    rich_markup_mode=None,
)
upgrade_app = typer.Typer(
    help="The store itself.\n\nExample: checker store upgrade",
    no_args_is_help=True,
    rich_markup_mode=None,
)
store_app = typer.Typer()
store_app.add_typer(runs_app, name="runs")
store_app.add_typer(upgrade_app, name="store")
RunNumber = Annotated[int, typer.Argument(metavar="N", help="The number of the run, from `checker runs`.")]


@runs_app.callback()
def runs(context: typer.Context, config: PackConfigFile = None, json: AsJson = False) -> None:
    """List the runs of the store, or show one.

    Example: checker runs
    """
    from checker.console.store import print_runs

    if context.invoked_subcommand is None:
        with stored(config) as (store, _):
            print_runs(store.runs(), as_json=json)


@runs_app.command("show")
def runs_show(number: RunNumber, config: PackConfigFile = None, json: AsJson = False) -> None:
    """Show one run: what it read, what each rule found, how it ended.

    Example: checker runs show 1
    """
    from checker.console.store import print_stored_run

    with stored(config) as (store, _):
        print_stored_run(*store.record(number), as_json=json)


@store_app.command()
def report(number: RunNumber, out: Out = None, config: PackConfigFile = None) -> None:
    """Write the files of a past run again.

    They are just as they were, byte for byte, but for the time at which the workbook was put together.

    Example: checker report 1 --out out/run1
    """
    from checker.console.terminal import progress
    from checker.report.files import write_report

    with stored(config) as (store, settings), progress() as show:
        run = store.load(number, rebuilt=True)
        workbook = write_report(
            run,
            out or settings.report.folder / f"run{number}",
            lambda what, done, total: show(f"writing the {what}", done, total),
            settings.report,
        )
    typer.echo(f"Workbook: {workbook}")


@store_app.command()
def collect(
    workbooks: Annotated[
        list[Path], typer.Argument(metavar="WORKBOOK...", help="Workbooks that somebody has filled in.")
    ],
    out: Out = None,
    config: PackConfigFile = None,
) -> None:
    """Take decisions and reviews out of returned workbooks.

    Reads them by the id of each line, whatever was sorted, filtered, hidden or renamed. What was not taken, and why,
    stands in the return report, with sheet, row and remedy; nothing is guessed, and no decision or review overwritten.

    Example: checker collect returns/exceptions.xlsx

    Exit codes: 0 all were read, with or without lines to look at, 11 one of them could not be read.
    """
    from checker.console.returns import print_returns
    from checker.pipeline.returns import collect

    with stored(config) as (store, settings):
        report = collect(workbooks, settings, store, out or settings.report.folder)
    print_returns(report)
    if any(each.sha256 is None for each in report.collected.workbooks):
        raise typer.Exit(SourceError.exit_code)


@store_app.command()
def findings(
    rule: Annotated[
        str | None, typer.Option("--rule", metavar="ID", help="Only this rule, for example REF001.")
    ] = None,
    district: Annotated[str | None, typer.Option("--district", metavar="NAME", help="Only this district.")] = None,
    status: Annotated[
        str | None,
        typer.Option(
            "--status",
            metavar="WORD",
            help="Only open (to be worked), settled (by a decision), resolved, or one of new, still-open, reopened, "
            "under-review, evidence-changed, decision-expired, referral-not-found.",
        ),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option("--days", metavar="N", min=0, help="Only what was or has been open for N days or more."),
    ] = None,
    format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table, csv or json.")] = "table",
    config: PackConfigFile = None,
) -> None:
    """List the findings of the store, as they stand now.

    The most severe come first, and of these the longest open.

    Example: checker findings --status open --days 7
    """
    from checker.config import nearest
    from checker.console.store import print_findings
    from checker.models import TO_DO, FindingStatus
    from checker.store import Wanted

    word = status.lower().replace("-", " ").replace("_", " ") if status else None
    words = ["open", *(each.value for each in (*TO_DO, FindingStatus.SETTLED, FindingStatus.RESOLVED))]
    for option, stated, known in (("--status", word, words), ("--format", format, FORMATS)):
        if stated is not None and stated not in known:
            raise ConfigError(f"{option}: {stated!r} is none{nearest(stated, known)} (known: {', '.join(known)})")
    with stored(config) as (store, _):
        found, is_new = store.findings(Wanted(rule, district, word, days)), not store.runs()
    if is_new and format == "table":
        typer.echo("No run in the store yet.")
    else:
        print_findings(found, format)


@store_app.command()
def history(
    finding_id: Annotated[str, typer.Argument(metavar="FINDING_ID", help="From findings.csv or the workbook.")],
    config: PackConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show what became of one finding.

    Each step of its life, and each decision about it with who made it, when and where it was read.

    Example: checker history REF001-e1458b4f1282c01e
    """
    from checker.console.store import print_history

    with stored(config) as (store, _):
        print_history(finding_id.strip(), store.history(finding_id.strip()), as_json=json)


@store_app.command()
def audit(config: PackConfigFile = None, json: AsJson = False) -> None:
    """Show who did what, when and why.

    Nothing in this log can be changed.

    Example: checker audit
    """
    from checker.console.store import print_audit

    with stored(config) as (store, _):
        print_audit(store.audit(), as_json=json)


@store_app.command()
def purge(
    before: Annotated[
        datetime, typer.Option("--before", metavar="DATE", formats=["%Y-%m-%d"], help="London date; this day is kept.")
    ],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the audit log.")],
    config: PackConfigFile = None,
) -> None:
    """Remove old, closed cases for ever.

    Removes the findings that were resolved before a day with all that was listed of them, and the rejected rows and
    lists of older runs. Open findings, all counts and the audit log stay. Written reports are not in the store: delete
    their folders too.

    Example: checker purge --before 2020-01-01 --reason "retention schedule"
    """
    from zoneinfo import ZoneInfo

    from checker.config import LONDON
    from checker.console.store import print_purged

    if not reason.strip():
        raise ConfigError("--reason: state why, for the audit log")
    start = before.replace(tzinfo=ZoneInfo(LONDON))
    if start > datetime.now(UTC):
        raise ConfigError("--before: lies in the future; state a day that has begun")
    with stored(config) as (store, _):
        print_purged(store.purge(start, reason), start)


@upgrade_app.command("upgrade")
def store_upgrade(config: PackConfigFile = None) -> None:
    """Bring the store up to this release.

    A SQLite file is copied first, and upgraded by every other command too. Back a PostgreSQL database up yourself, and
    end every checker that uses it.

    Example: checker store upgrade
    """
    from checker.store import upgraded

    settings, _ = configured(config)
    place, copy = upgraded(store_url(settings))
    typer.echo(f"{place}: up to date" + (f"; as it was before: {copy}" if copy else ""))
