"""The commands that look at an extract: check, validate, replay, explain."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli.options import AsOf, ConfigFile, ExtractFolder, Out, Reason, configured
from checker.errors import FAIL_ON_EXIT_CODE, RULE_ERROR_EXIT_CODE, ConfigError

if TYPE_CHECKING:
    from checker.config import Config
    from checker.models import Severity
    from checker.pipeline.order import Order
    from checker.store import Store


check_app = typer.Typer()


@check_app.command()
def check(
    extract: ExtractFolder,
    as_of: AsOf = None,
    out: Out = None,
    config: ConfigFile = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="SEVERITY",
            help="Exit with 1 where a finding is critical, high, medium or low, or more severe.",
        ),
    ] = None,
    reason: Reason = None,
) -> None:
    """Check an extract and write the exception workbook.

    Where checker.toml names a [store], the run is recorded there, and the lists say since when a finding is open.

    Example: checker check sample_data/nightly --out out/nightly

    Exit codes: 0 the run finished, 1 a finding at or above --fail-on, 2 usage or configuration, 11 the extract,
    12 the rule pack, 13 the store, 14 the report, 15 a rule failed and the others still reported.
    """
    from checker.console.check import has_finding, print_run
    from checker.console.terminal import progress
    from checker.models import RuleStatus
    from checker.pipeline.run import run_report

    order, threshold = _order(extract, as_of, config, reason), _severity(fail_on)
    with progress() as show, _store(order.config) as store:
        reported = run_report(
            order,
            out or order.config.report.folder,
            store,
            show,
            lambda what, done, total: show(f"writing the {what}", done, total),
        )
    print_run(reported)
    if any(result.status is RuleStatus.ERROR for result in reported.run.record.rules.values()):
        raise typer.Exit(RULE_ERROR_EXIT_CODE)
    if threshold and has_finding(reported.run, threshold):
        raise typer.Exit(FAIL_ON_EXIT_CODE)


@check_app.command()
def validate(extract: ExtractFolder, as_of: AsOf = None, config: ConfigFile = None) -> None:
    """Say which rows are accepted or rejected, and why.

    Judges nothing and writes nothing.

    Example: checker validate sample_data/messy
    """
    from checker.console.check import print_validation
    from checker.console.terminal import progress
    from checker.pipeline.order import prepare

    with progress() as show:
        prepared = prepare(_order(extract, as_of, config), show)
    print_validation(prepared)


@check_app.command()
def replay(
    extract: ExtractFolder,
    as_of: AsOf = None,
    config: ConfigFile = None,
    run_time: Annotated[
        str | None, typer.Option("--run-time", metavar="HH:MM", help="When the search runs every day, London time.")
    ] = None,
    keyed_on: Annotated[
        str | None, typer.Option("--keyed-on", metavar="closed|created", help="By which time it looks for an incident.")
    ] = None,
    window_hours: Annotated[
        str | None, typer.Option("--window-hours", metavar="HOURS", help="How far back it looks, up to 168 hours.")
    ] = None,
    code: Annotated[
        str | None, typer.Option("--code", metavar="CODE", help="The closure code that it looks for.")
    ] = None,
) -> None:
    """Ask what the daily search would miss if it were another.

    Shows which domestic abuse incidents with a child the search would have returned, as the policy has it and as asked;
    an option that is left out is as the policy has it. Stores and writes nothing.

    Example: checker replay sample_data/nightly --keyed-on created
    """
    from checker.console.replay import print_replay
    from checker.console.terminal import progress
    from checker.pipeline.replay import OPTIONS, run_replay

    given = dict(zip(OPTIONS, (run_time, keyed_on, window_hours, code), strict=True))
    asked = {option: value for option, value in given.items() if value is not None}
    with progress() as show:
        replayed = run_replay(_order(extract, as_of, config), asked, show)
    print_replay(replayed)


@check_app.command()
def explain(
    finding_id: Annotated[str, typer.Argument(metavar="FINDING_ID", help="From findings.csv or the workbook.")],
    out: Out = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="FILE", envvar="CHECKER_CONFIG", help="Default: the file that the run was told by."
        ),
    ] = None,
) -> None:
    """Take one verdict apart: how do we know?

    Shows the due time, every clause of the rule as true, false or unknown, and the facts behind it. Reads from run.json
    in the report folder which extract was checked, and judges it again.

    Example: checker explain REF001-e1458b4f1282c01e --out out/nightly
    """
    from checker.config import find_config, load_config
    from checker.console.check import print_explanation
    from checker.console.terminal import progress
    from checker.pipeline.explanation import run_explain

    folder = out or load_config(config or find_config(None)).report.folder
    with progress() as show:
        explanation, as_of = run_explain(folder, config, finding_id.strip(), show)
    print_explanation(explanation, as_of)


def _order(extract: Path, as_of: str | None, config: Path | None, reason: str | None = None) -> Order:
    from checker.pipeline.order import Order

    settings, file = configured(config, extract)
    return Order(extract, as_of, settings, file, reason=reason)


def _store(settings: Config) -> AbstractContextManager[Store | None]:
    """The store where one is configured, else None."""
    if not settings.has_store:
        return nullcontext()
    from checker.store import opened

    return opened(settings.store.url.get_secret_value())


def _severity(name: str | None) -> Severity | None:
    from checker.config import nearest
    from checker.models import Severity

    known = [severity.value for severity in Severity]
    if name is not None and name.lower() not in known:
        raise ConfigError(f"--fail-on: {name!r} is no severity{nearest(name, known)} (known: {', '.join(known)})")
    return None if name is None else Severity(name.lower())
