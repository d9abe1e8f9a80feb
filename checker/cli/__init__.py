"""The `checker` command: each subcommand parses, calls one plain function and prints what came back.

Whatever takes time to import stands inside the commands, so that `checker --help` answers at once.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from checker import __version__
from checker.cli.check import check_app
from checker.cli.rules import rules_app
from checker.cli.sample import sample_app
from checker.cli.service import service_app
from checker.cli.store import store_app
from checker.cli.sweep import sweep_app
from checker.errors import UNEXPECTED_EXIT_CODE, CheckerError

INTERRUPTED = 130  # as a shell has it: 128 + SIGINT

app = typer.Typer(
    help="Which children did the records miss? Checks a force's exported incidents against the rule pack.\n\n"
    "Example: checker check sample_data/nightly --out out/nightly",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(check_app)
app.add_typer(service_app)
app.add_typer(store_app)
app.add_typer(sweep_app, name="sweep")
app.add_typer(sample_app)
app.add_typer(rules_app, name="rules")


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,  # see main()
) -> None:
    """Options for every command."""
    if version:
        typer.echo(f"checker {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; an error is one line on stderr and the exit code of its kind."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a code page of Windows lacks becomes a question mark
            stream.reconfigure(errors="replace")
    debug = "--debug" in sys.argv
    try:
        app([argument for argument in sys.argv[1:] if argument != "--debug"], prog_name="checker")
    except (SystemExit, KeyboardInterrupt) as end:  # click makes an exit of Ctrl-C, but not yet while it begins
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        typer.echo("checker: interrupted; nothing half-written is left behind", err=True)
        sys.exit(INTERRUPTED)
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
        import traceback

        traceback.print_exception(fault)
    for line in message.splitlines():
        typer.echo(f"checker: {line}", err=True)
