"""The commands about the rule pack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli.options import AsOf, ConfigFile, ExtractFolder, PackConfigFile, configured
from checker.errors import RulePackError

if TYPE_CHECKING:
    from checker.rulepack import RulePack

rules_app = typer.Typer(
    help="The rule pack: list, show, test, start or compare rules.\n\nExample: checker rules list",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@rules_app.command("list")
def rules_list(config: PackConfigFile = None) -> None:
    """List the rules in plain words.

    Example: checker rules list
    """
    from checker.console.rules import print_rules

    print_rules(_pack(config))


@rules_app.command("show")
def rules_show(
    rule_id: Annotated[str, typer.Argument(metavar="ID", help="For example REF001.")], config: PackConfigFile = None
) -> None:
    """Show one rule in full.

    What it says, its exact condition, its source and what to do.

    Example: checker rules show REF001
    """
    from checker.console.rules import print_rule

    print_rule(_pack(config).rule(rule_id))


@rules_app.command("test")
def rules_test(
    rule_id: Annotated[str | None, typer.Argument(metavar="ID", help="Default: every rule.")] = None,
    config: PackConfigFile = None,
) -> None:
    """Run the examples that stand in the rule files.

    Example: checker rules test REF001
    """
    from checker.console.rules import print_examples
    from checker.facts import SUBJECTS
    from checker.rulepack import check_examples

    pack = _pack(config)
    chosen = [pack.rule(rule_id)] if rule_id else list(pack.rules)
    faults = check_examples(pack, SUBJECTS, [rule.rule.id for rule in chosen])
    print_examples(chosen, faults)
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


@rules_app.command("diff")
def rules_diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Folder of rules, or a checker.toml.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The same, to compare with it.")],
    extract: ExtractFolder,
    as_of: AsOf = None,
    config: ConfigFile = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.csv", help="Every line that differs; default: the first ones.")
    ] = None,
) -> None:
    """Show what other rules or another policy change.

    Judges one extract under both and shows which findings appear, disappear or come out otherwise. Of a checker.toml
    its `rules` and its [policy] count; how the extract is read is told by --config. Nothing is stored.

    Example: checker rules diff rules rules sample_data/nightly
    """
    from checker.console.rules import print_difference
    from checker.console.terminal import progress
    from checker.pipeline.difference import run_difference, write_difference
    from checker.pipeline.order import Order

    settings, file = configured(config, extract)
    with progress() as show:
        difference = run_difference(old, new, Order(extract, as_of, settings, file), show)
    if out is not None:
        write_difference(difference, out)
    print_difference(difference, out)


def _pack(config: Path | None) -> RulePack:
    from checker.facts import SUBJECTS
    from checker.rulepack import load_rules

    return load_rules(_rules_folder(config), SUBJECTS)


def _rules_folder(config: Path | None) -> Path:
    from checker.config import find_config, load_config
    from checker.pipeline.order import rules_folder

    return rules_folder(load_config(config or find_config(None)))
