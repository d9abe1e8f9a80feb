"""The options that commands share, and what they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.errors import ConfigError

if TYPE_CHECKING:
    from checker.config import Config
    from checker.store import Store

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
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why, for the record and the audit log.")]
AsJson = Annotated[bool, typer.Option("--json", help="For a program: JSON on stdout.")]


def configured(config: Path | None, extract: Path | None = None) -> tuple[Config, Path | None]:
    """The configuration that a command runs under, and its file."""
    from checker.config import find_config, load_config

    file = config or find_config(extract)
    return load_config(file), file


@contextmanager
def stored(config: Path | None) -> Iterator[tuple[Store, Config]]:
    """The store that the configuration names, which must be there already, and the configuration."""
    from checker.store import opened

    settings, _ = configured(config)
    with opened(store_url(settings)) as store:
        yield store, settings


def store_url(settings: Config) -> str:
    """Where the store is.

    Raises:
        ConfigError: it is a file that is not there: a question in a wrong folder must not make an empty store.
    """
    from checker.store import missing_file

    url = settings.store.url.get_secret_value()
    if (missing := missing_file(url)) is not None:
        raise ConfigError(f"{missing}: there is no store; run this where checker.toml is, or name it with --config")
    return url
