"""Every command in one tree, and how each ends when it cannot do its work."""

import sys

import typer
from pymongo.errors import PyMongoError

from app.cli import apikeys, doctor, imports, index, leaderboards, rollover, serving, stats, tokens
from app.cli.output import warn
from app.dev.binaries import ServerUnavailable
from app.dev.directory import DirectoryInUse
from app.dev.running import PortInUse
from app.dev.visit import NoSuchDirectory
from app.kit.errors import LaurelError
from app.settings import SettingsError

#: The text of each of these is one line for whoever typed the command.
REFUSALS = (ServerUnavailable, DirectoryInUse, PortInUse, NoSuchDirectory, LaurelError, PyMongoError)
REFUSED = 1
MISCONFIGURED = 2

laurel = typer.Typer(
    name="laurel",
    help="Laurel ranks people.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
laurel.command()(serving.dev)
laurel.command()(serving.api)
laurel.command()(serving.worker)
laurel.command()(doctor.doctor)
laurel.add_typer(tokens.token, name="token")
laurel.add_typer(apikeys.apikey, name="apikey")
laurel.add_typer(leaderboards.leaderboards, name="leaderboards")
laurel.add_typer(imports.imports, name="import")
laurel.add_typer(index.index, name="index")
laurel.add_typer(stats.stats, name="stats")
laurel.add_typer(rollover.rollover, name="rollover")


def main() -> None:
    """Run the command line; a refusal is one line on stderr, a bad setting ends with code 2."""
    try:
        laurel()
    except SettingsError as error:
        warn(str(error))
        sys.exit(MISCONFIGURED)
    except REFUSALS as error:
        warn(str(error))
        sys.exit(REFUSED)
