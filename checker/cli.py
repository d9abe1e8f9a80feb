"""The `checker` command: each subcommand parses, calls one plain function and prints what came back.

Whatever takes time to import stands inside the commands, so that `checker --help` answers at once.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker import __version__
from checker.errors import (
    FAIL_ON_EXIT_CODE,
    RULE_ERROR_EXIT_CODE,
    UNEXPECTED_EXIT_CODE,
    CheckerError,
    ConfigError,
    RulePackError,
)

if TYPE_CHECKING:
    from checker.models import Severity
    from checker.pipeline import Order
    from checker.rulepack import RulePack

INTERRUPTED = 130  # as a shell has it: 128 + SIGINT

app = typer.Typer(
    help="Which children did the records miss? Checks a force's exported incidents against the rule pack.\n\n"
    "Example: checker check sample_data/nightly --out out/nightly",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
rules_app = typer.Typer(
    help="The rule pack: list, show, test or start a rule.\n\nExample: checker rules list",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(rules_app, name="rules")

ExtractFolder = Annotated[Path, typer.Argument(metavar="EXTRACT", help="Folder of the exported tables.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="WHEN",
        envvar="CHECKER_AS_OF",
        help="The moment that the extract describes, in London time; default: extracted_at in its manifest.json.",
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar="CHECKER_CONFIG",
        help="Default: checker.toml in the working folder, else in EXTRACT, else none.",
    ),
]
PackConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar="CHECKER_CONFIG",
        help="Default: checker.toml in the working folder, else none.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help="Report folder; default: [report] folder of checker.toml, else out."),
]


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,  # see main()
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
        str | None,
        typer.Option(
            "--fail-on",
            metavar="SEVERITY",
            help="Exit with 1 where a finding is critical, high, medium or low, or more severe.",
        ),
    ] = None,
) -> None:
    """Check an extract and write the exception workbook.

    Example: checker check sample_data/nightly --out out/nightly

    Exit codes: 0 the run finished, 1 a finding at or above --fail-on, 2 usage or configuration, 11 the extract,
    12 the rule pack, 14 the report, 15 a rule failed and the others still reported.
    """
    from checker import console
    from checker.models import RuleStatus
    from checker.pipeline import run_check
    from checker.report import write_report

    order, threshold = _order(extract, as_of, config), _severity(fail_on)
    with console.progress() as show:
        run = run_check(order, show)
        workbook = write_report(
            run, out or order.config.report.folder, lambda what, done, total: show(f"writing the {what}", done, total)
        )
    console.print_run(run, workbook)
    if any(result.status is RuleStatus.ERROR for result in run.record.rules.values()):
        raise typer.Exit(RULE_ERROR_EXIT_CODE)
    if threshold and console.has_finding(run, threshold):
        raise typer.Exit(FAIL_ON_EXIT_CODE)


@app.command()
def validate(extract: ExtractFolder, as_of: AsOf = None, config: ConfigFile = None) -> None:
    """Say which rows are accepted or rejected, and why.

    Judges nothing and writes nothing.

    Example: checker validate sample_data/messy
    """
    from checker import console
    from checker.pipeline import prepare

    with console.progress() as show:
        prepared = prepare(_order(extract, as_of, config), show)
    console.print_validation(prepared)


@app.command()
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

    Example: checker explain REF001-68951f86f75a82ee --out out/nightly
    """
    from checker import console
    from checker.config import find_config, load_config
    from checker.pipeline import run_explain

    folder = out or load_config(config or find_config(None)).report.folder
    with console.progress() as show:
        explanation, as_of = run_explain(folder, config, finding_id.strip(), show)
    console.print_explanation(explanation, as_of)


@rules_app.command("list")
def rules_list(config: PackConfigFile = None) -> None:
    """List the rules in plain words.

    Example: checker rules list
    """
    from checker import console

    console.print_rules(_pack(config))


@rules_app.command("show")
def rules_show(
    rule_id: Annotated[str, typer.Argument(metavar="ID", help="For example REF001.")], config: PackConfigFile = None
) -> None:
    """Show one rule in full.

    What it says, its exact condition, its source and what to do.

    Example: checker rules show REF001
    """
    from checker import console

    console.print_rule(_pack(config).rule(rule_id))


@rules_app.command("test")
def rules_test(
    rule_id: Annotated[str | None, typer.Argument(metavar="ID", help="Default: every rule.")] = None,
    config: PackConfigFile = None,
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
    rule_id: Annotated[str, typer.Argument(metavar="ID", help="For example REF007: its letters name the area.")],
    config: PackConfigFile = None,
) -> None:
    """Start a rule: write a template to be filled in.

    Until that is done the rule pack does not load, so start it in a copy of a pack that is in use.

    Example: checker rules new REF007
    """
    from checker.rulepack import new_rule

    file = new_rule(_rules_folder(config), rule_id)
    typer.echo(f"{file}: fill it in, then run `checker rules test {rule_id}`; until then the rule pack does not load")


def main() -> None:
    """Run the command line; an error is one line on stderr and the exit code of its kind."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a code page of Windows lacks becomes a question mark
            stream.reconfigure(errors="replace")
    debug = "--debug" in sys.argv
    try:
        app([argument for argument in sys.argv[1:] if argument != "--debug"], prog_name="checker")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            typer.echo("checker: interrupted; nothing half-written is left behind", err=True)
        raise
    except CheckerError as fault:
        _report(fault, str(fault), debug)
        sys.exit(fault.exit_code)
    except BaseException as fault:  # noqa: BLE001 - no traceback reaches a user, and a panic of Polars is no Exception
        _report(fault, f"unexpected fault ({type(fault).__name__}); run again with --debug and report it", debug)
        with Path(os.devnull).open(
            "wb"
        ) as nowhere:  # what a full disk did not take of stdout must not spoil the exit code
            os.dup2(nowhere.fileno(), 1)
        sys.exit(UNEXPECTED_EXIT_CODE)


def _report(fault: BaseException, message: str, debug: bool) -> None:
    if debug:
        traceback.print_exception(fault)
    for line in message.splitlines():
        typer.echo(f"checker: {line}", err=True)


def _order(extract: Path, as_of: str | None, config: Path | None) -> Order:
    from checker.config import find_config, load_config
    from checker.pipeline import Order

    file = config or find_config(extract)
    return Order(extract, as_of, load_config(file), file)


def _severity(name: str | None) -> Severity | None:
    from checker.config import nearest
    from checker.models import Severity

    known = [severity.value for severity in Severity]
    if name is not None and name.lower() not in known:
        raise ConfigError(f"--fail-on: {name!r} is no severity{nearest(name, known)} (known: {', '.join(known)})")
    return None if name is None else Severity(name.lower())


def _pack(config: Path | None) -> RulePack:
    from checker.facts import FACT_TABLES
    from checker.rulepack import load_rules

    return load_rules(_rules_folder(config), FACT_TABLES)


def _rules_folder(config: Path | None) -> Path:
    from checker.config import find_config, load_config
    from checker.pipeline import rules_folder

    return rules_folder(load_config(config or find_config(None)))
