"""The commands of the nightly service: nightly, serve, status."""

from __future__ import annotations

import typer

from checker.cli.options import AsJson, PackConfigFile, configured
from checker.errors import RULE_ERROR_EXIT_CODE, STALE_EXIT_CODE

STOPPED = 143  # as a shell has it: 128 + SIGTERM


service_app = typer.Typer()


@service_app.command()
def nightly(config: PackConfigFile = None) -> None:
    """Run what has arrived in the inbox, and exit.

    For cron, systemd or Windows Task Scheduler: takes the decisions out of new workbooks in the returns folder, then
    runs every extract that has not been run, the oldest first.

    Example: checker nightly --config checker.toml

    Exit codes: 0 all was run, or there was nothing to run; else that of the first extract that failed, now or before
    (11, 12, 14, 70), 13 the store, 15 a rule failed, 16 another process is at it, 143 it was stopped.
    """
    from threading import Event

    from checker.console.service import print_pass
    from checker.models import RuleStatus
    from checker.schedule.logs import log_in_json
    from checker.schedule.service import one_pass, stopping, tell_once

    settings, file = configured(config)
    log_in_json()
    stop = Event()
    with stopping(stop):
        result = one_pass(settings, file, stop)
        tell_once(settings, result)
    print_pass(result)
    if result.fault:
        raise result.fault
    if not_checked := (*result.failed, *result.left):
        raise typer.Exit(not_checked[0].exit_code)
    if result.not_collected:
        raise typer.Exit(result.not_collected.exit_code)
    if result.stopped:
        raise typer.Exit(STOPPED)
    results = (each for reported in result.finished for each in reported.run.record.rules.values())
    if any(each.status is RuleStatus.ERROR for each in results):
        raise typer.Exit(RULE_ERROR_EXIT_CODE)


@service_app.command()
def serve(config: PackConfigFile = None) -> None:
    """Stay, and run what has arrived each night.

    Does at once, and at the time of [schedule] cron, what `nightly` does; SIGTERM or Ctrl-C ends it.

    Example: checker serve --config checker.toml
    """
    from checker.schedule.logs import log_in_json
    from checker.schedule.service import serve

    settings, file = configured(config)
    log_in_json()
    serve(settings, file)


@service_app.command()
def status(config: PackConfigFile = None, json: AsJson = False) -> None:
    """Say whether the nightly service is well.

    Shows the last good run, how old its data is, which extracts are not run, and what failed and why.

    Example: checker status --config checker.toml

    Exit codes: 0 all is well, 17 the newest extract that was run is older than [schedule] stale_after_hours.
    """
    from checker.console.service import print_status
    from checker.schedule.inbox import inbox_of
    from checker.schedule.status import status
    from checker.store import opened

    settings, _ = configured(config)
    inbox_of(settings)  # or it would be asked of a new store in whatever folder this is
    with opened(settings.store.url.get_secret_value()) as store:
        state = status(settings, store)
    print_status(state, as_json=json)
    if state.is_stale:
        raise typer.Exit(STALE_EXIT_CODE)
