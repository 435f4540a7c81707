"""Which deployment a command works on: the environment's, or that of a `laurel dev` data directory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.dev.environment import variables_set
from app.dev.visit import visiting
from app.settings import Settings, read_settings

#: The option that every command has.
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Work on the laurel dev of this directory, running or stopped."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextmanager
def settings_of(data_dir: Path | None) -> Iterator[Settings]:
    """The settings to work with; databases of a stopped `laurel dev` run for as long as this is open.

    Raises SettingsError, NoSuchDirectory, DirectoryInUse or ServerUnavailable, each with one line.
    """
    if data_dir is None:
        yield read_settings()
        return
    with visiting(data_dir) as variables:
        with variables_set(variables):
            settings = read_settings()
        yield settings
