"""The commands of a sweep: its beginning, its state, its next batch, its closing report, its sign-off."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from checker.cli.options import AsJson, AsOf, ConfigFile, ExtractFolder, Out, PackConfigFile, configured, stored
from checker.errors import RULE_ERROR_EXIT_CODE, ConfigError

if TYPE_CHECKING:
    from checker.config import Config
    from checker.models import Selection

LIMIT = 1_000  # incidents in a workbook: more than anybody looks at before the next one is issued

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the sweep, from `checker sweep status`.")]


class _ExtractFirst(TyperGroup):
    """Takes a word that is none of the commands for the extract: `sweep EXTRACT` is `sweep begin EXTRACT`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """What is left of the arguments."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            _refuse_a_misspelt_command(args[0], self.commands)
            args = ["begin", *args]
        return super().parse_args(ctx, args)


def _refuse_a_misspelt_command(word: str, commands: Iterable[str]) -> None:
    from difflib import get_close_matches

    close = get_close_matches(word, list(commands), n=1)
    if close and not Path(word).exists():
        raise ConfigError(f"{word}: is no command of a sweep and no extract; did you mean {close[0]!r}?")


sweep_app = typer.Typer(
    cls=_ExtractFirst,
    help="Look at a backlog again.\n\n"
    "`checker sweep EXTRACT` is short for `checker sweep begin EXTRACT`, whose --help has all options.\n\n"
    "Example: checker sweep sample_data/backlog-580 --name old --reason why",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@sweep_app.command()
def begin(
    extract: ExtractFolder,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What to call the sweep by.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why people are looked at again.")],
    reported: Annotated[
        str | None,
        typer.Option("--reported", metavar="DAY..DAY", help="Reported on these London days, both included."),
    ] = None,
    risk: Annotated[
        list[str] | None, typer.Option("--risk", metavar="LEVEL", help="Of this risk level; may be repeated.")
    ] = None,
    district: Annotated[
        list[str] | None, typer.Option("--district", metavar="NAME", help="Of this district; may be repeated.")
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", metavar="ID", help="Judge by this rule alone; may be repeated.")
    ] = None,
    where: Annotated[
        str | None,
        typer.Option("--where", metavar="SQL", help="For which this holds: a condition as in a rule about incidents."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=50_000, help="Incidents in the workbook at most.")
    ] = LIMIT,
    sample: Annotated[
        int | None, typer.Option("--sample", metavar="N", min=1, help="Draw N incidents for two reviewers.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", metavar="N", min=0, max=2**31 - 1, help="Any number, by which the draw can be repeated."
        ),
    ] = None,
    stratify: Annotated[
        str | None,
        typer.Option("--stratify", metavar="BY", help="Stratify the sample by district, risk, verdict or several."),
    ] = None,
    as_of: AsOf = None,
    out: Out = None,
    config: ConfigFile = None,
) -> None:
    """Judge a backlog and put it in the order of looking.

    Takes what is selected, judges it by the same rules as every night, and says what has happened since. The nightly
    lists stay as they are. Ended before its end, the same command goes on where it was; typed again it draws samples
    and writes the files anew.

    Example: checker sweep begin sample_data/backlog-580 --name old --reason why

    Exit codes: as those of `check`.
    """
    from checker.console.sweep import print_sweep
    from checker.console.terminal import progress
    from checker.models import RuleStatus
    from checker.pipeline.order import Order
    from checker.pipeline.sample import draw_sample, strata
    from checker.pipeline.sweep import run_sweep
    from checker.store import opened

    settings, file = configured(config, extract)
    order = Order(extract, as_of, settings, file, reason=reason.strip() or None)
    selection = _selection(reported, risk, district, rule, where)
    if (sample is None) != (seed is None):
        raise ConfigError("--sample and --seed: give both, for example --sample 65 --seed 7")
    by = strata(stratify or "")
    if by and sample is None:
        raise ConfigError("--stratify: says how a sample is drawn; give --sample and --seed with it")
    folder, drawn = _folder(out, settings, name), None
    with progress() as show, opened(settings.store.url.get_secret_value()) as store:
        swept = run_sweep(order, name, selection, store, folder, limit, show)
        if sample is not None and seed is not None:
            drawn = draw_sample(store, name, sample, seed, by, folder, settings.report)
    print_sweep(swept, drawn)
    if any(result.status is RuleStatus.ERROR for result in swept.sweep.run.record.rules.values()):
        raise typer.Exit(RULE_ERROR_EXIT_CODE)


@sweep_app.command()
def status(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Default: all sweeps, a line each.")] = None,
    config: PackConfigFile = None,
    json: AsJson = False,
) -> None:
    """Say how far a sweep is: what is left, by whom, decisions.

    Example: checker sweep status old
    """
    from checker.console.sweep import print_progress, print_sweeps

    with stored(config) as (store, _):
        if name is None:
            print_sweeps(store.sweeps.names(), as_json=json)
        else:
            print_progress(store.sweeps.load(name), as_json=json)


@sweep_app.command("next")
def next_(
    name: Name,
    batch: Annotated[int, typer.Option("--batch", metavar="N", min=1, max=50_000, help="How many incidents.")],
    out: Out = None,
    config: PackConfigFile = None,
) -> None:
    """Write a workbook of the next incidents to look at.

    Example: checker sweep next old --batch 50
    """
    from checker.pipeline.closing import next_batch

    with stored(config) as (store, settings):
        workbook = next_batch(store, name, batch, _folder(out, settings, name), settings.report)
    typer.echo(f"Workbook: {workbook}")


@sweep_app.command()
def report(name: Name, out: Out = None, config: PackConfigFile = None) -> None:
    """Write the closing report and its summary sheet.

    Example: checker sweep report old
    """
    from checker.console.sweep import print_closing
    from checker.pipeline.closing import report_sweep

    with stored(config) as (store, settings):
        print_closing(report_sweep(store, name, _folder(out, settings, name), settings.report))


@sweep_app.command("sign-off")
def sign_off(
    name: Name,
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who signs it off.")],
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why, where something is not looked at.")
    ] = None,
    out: Out = None,
    config: PackConfigFile = None,
) -> None:
    """Sign a sweep off, and write its closing report.

    From then on no decision about it is taken. What is not looked at needs a reason.

    Example: checker sweep sign-off old --by "DI Example" --reason "rest to hub"
    """
    from checker.console.sweep import print_closing
    from checker.pipeline.closing import report_sweep, sign_sweep_off

    with stored(config) as (store, settings):
        sign_sweep_off(store, name, by, reason)
        print_closing(report_sweep(store, name, _folder(out, settings, name), settings.report))


def _folder(out: Path | None, settings: Config, name: str) -> Path:
    from checker.report.sweep import in_a_file_name

    return out or settings.report.folder / f"sweep_{in_a_file_name(name)}"


def _selection(
    reported: str | None,
    risk: list[str] | None,
    districts: list[str] | None,
    rules: list[str] | None,
    where: str | None,
) -> Selection:
    from checker.models import Selection
    from checker.pipeline.selection import reported_between

    first, last = reported_between(reported) if reported is not None else (None, None)
    levels = tuple(level.strip().lower() for level in risk or ())
    return Selection(
        first, last, levels, tuple(districts or ()), tuple(rule.strip().upper() for rule in rules or ()), where
    )
