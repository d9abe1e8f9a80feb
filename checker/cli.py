"""The `checker` command: each subcommand parses, calls one plain function and prints what came back.

Heavy imports stand inside the commands, so that `checker --help` answers at once.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker import __version__
from checker.config import find_config, load_config
from checker.errors import FAIL_ON_EXIT_CODE, RULE_ERROR_EXIT_CODE, CheckerError, RulePackError
from checker.models import Severity

if TYPE_CHECKING:
    from checker.pipeline import Order
    from checker.rulepack import RulePack

app = typer.Typer(
    help="Which children did the records miss? Checks a force's exported incidents against the rule pack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
rules_app = typer.Typer(
    help="The rule pack: list, show, test or start a rule.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(rules_app, name="rules")

ExtractFolder = Annotated[Path, typer.Argument(metavar="EXTRACT", help="folder of exported tables")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="WHEN", envvar="CHECKER_AS_OF", help="the moment that the extract describes, London time"
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", envvar="CHECKER_CONFIG", help="default: ./checker.toml, else EXTRACT/checker.toml"
    ),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FOLDER", help="report folder; default: [report] folder, else ./out")
]


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help="print the version and stop")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="show the traceback of an error")] = False,  # see main()
) -> None:
    """Options for every command."""
    if version:
        typer.echo(f"checker {__version__}")
        raise typer.Exit


@app.command()
def check(
    extract: ExtractFolder,
    as_of: AsOf = None,
    out: Out = None,
    config: ConfigFile = None,
    fail_on: Annotated[
        Severity | None,
        typer.Option(
            "--fail-on", metavar="SEVERITY", help="exit 1 where a finding is this severe or more", case_sensitive=False
        ),
    ] = None,
) -> None:
    """Check an extract and write the exception workbook.

    Example: checker check sample_data/nightly --as-of 2026-11-22T02:00 --out out/nightly
    """
    from checker import console
    from checker.pipeline import run_check
    from checker.report import write_report

    order = _order(extract, as_of, config)
    folder = out or order.config.report.folder
    with console.progress() as stage:
        run = run_check(order, stage)
        workbook = write_report(run, folder, lambda what, done, total: stage(f"writing {what} {done}/{total}"))
    console.print_run(run, workbook)
    if any(result.status == "error" for result in run.record.rules.values()):
        raise typer.Exit(RULE_ERROR_EXIT_CODE)
    if fail_on and console.worst_at_least(run, fail_on):
        raise typer.Exit(FAIL_ON_EXIT_CODE)


@app.command()
def validate(extract: ExtractFolder, as_of: AsOf = None, config: ConfigFile = None) -> None:
    """Read and validate an extract: what is accepted, rejected and why. Judges nothing, writes nothing.

    Example: checker validate sample_data/messy
    """
    from checker import console
    from checker.pipeline import prepare, rejected_rows

    with console.progress() as stage:
        prepared = prepare(_order(extract, as_of, config), stage)
    counts = {name: table.counts for name, table in prepared.validated.tables.items()}
    console.print_validation(counts, rejected_rows(prepared), prepared.warnings)


@app.command()
def explain(
    finding_id: Annotated[str, typer.Argument(metavar="FINDING_ID", help="from findings.csv or the workbook")],
    out: Out = None,
    config: ConfigFile = None,
) -> None:
    """Take one verdict apart: every clause of its rule, true, false or unknown, and the facts behind it.

    Reads which extract was checked from run.json in the report folder, and judges it again.

    Example: checker explain REF001-0123456789abcdef --out out/nightly
    """
    from checker import console
    from checker.pipeline import run_explain

    folder = out or load_config(config or find_config(None)).report.folder
    with console.progress() as stage:
        explanation, as_of = run_explain(folder, config, finding_id, stage)
    console.print_explanation(explanation, as_of)


@rules_app.command("list")
def rules_list(config: ConfigFile = None) -> None:
    """List the rules in plain words.

    Example: checker rules list
    """
    from checker import console

    console.print_rules(_pack(config))


@rules_app.command("show")
def rules_show(
    rule_id: Annotated[str, typer.Argument(metavar="ID", help="for example REF001")], config: ConfigFile = None
) -> None:
    """Show one rule: what it says, its exact condition, its source, what to do.

    Example: checker rules show REF001
    """
    from checker import console

    console.print_rule(_pack(config).rule(rule_id))


@rules_app.command("test")
def rules_test(
    rule_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="default: every rule")] = None,
    config: ConfigFile = None,
) -> None:
    """Run the examples that stand in the rule files.

    Example: checker rules test REF001
    """
    from checker import console
    from checker.facts import FACT_TABLES
    from checker.rulepack import check_examples

    pack = _pack(config)
    chosen = [pack.rule(rule_id)] if rule_id else list(pack.rules)
    faults = check_examples(pack, FACT_TABLES, [rule.rule.id for rule in chosen])
    console.print_examples(chosen, faults)
    if faults:
        raise typer.Exit(RulePackError.exit_code)


@rules_app.command("new")
def rules_new(
    rule_id: Annotated[str, typer.Argument(metavar="ID", help="for example REF007; its prefix names the area")],
    config: ConfigFile = None,
) -> None:
    """Start a rule: write a template into the rule pack, to be filled in.

    Example: checker rules new REF007
    """
    from checker.rulepack import new_rule

    file = new_rule(_rules_folder(config), rule_id)
    typer.echo(f"{file}: fill it in, then run `checker rules test {rule_id}`")


def main() -> None:
    """Run the command line; an error is one line on stderr and the exit code of its kind."""
    debug = "--debug" in sys.argv
    try:
        app([argument for argument in sys.argv[1:] if argument != "--debug"], prog_name="checker")
    except CheckerError as fault:
        _report(fault, str(fault), debug)
        sys.exit(fault.exit_code)
    except Exception as fault:  # noqa: BLE001 - the last line of defence: no traceback reaches a user
        _report(fault, f"unexpected fault ({type(fault).__name__}); run again with --debug and report it", debug)
        sys.exit(1)


def _report(fault: Exception, message: str, debug: bool) -> None:
    if debug:
        traceback.print_exception(fault)
    for line in message.splitlines():
        typer.echo(f"checker: {line}", err=True)


def _order(extract: Path, as_of: str | None, config: Path | None) -> Order:
    from checker.pipeline import Order

    file = config or find_config(extract)
    return Order(extract, as_of, load_config(file), file)


def _pack(config: Path | None) -> RulePack:
    from checker.facts import FACT_TABLES
    from checker.rulepack import load_rules

    return load_rules(_rules_folder(config), FACT_TABLES)


def _rules_folder(config: Path | None) -> Path:
    from checker.pipeline import rules_folder

    return rules_folder(load_config(config or find_config(None)))
