"""`laurel apikey`: keys for machines that send or read statistics."""

from datetime import datetime
from typing import Annotated

import typer

from app.access.keys import create_key, list_keys, revoke_key
from app.cli.output import say, say_json, warn
from app.cli.target import AsJson, DataDir
from app.cli.work import with_resources
from app.kit.clock import utc_now

SCOPES = ("stats",)

apikey = typer.Typer(help="API keys.", no_args_is_help=True)


def _a_scope(text: str) -> str:
    if text not in SCOPES:
        raise typer.BadParameter(f"must be one of {', '.join(SCOPES)}")
    return text


@apikey.command()
def create(
    name: Annotated[str, typer.Argument(help="For whom it is.")],
    scope: Annotated[list[str], typer.Option("--scope", parser=_a_scope, help="What it opens: stats.")],
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it, this once: only its hash is stored."""
    key, text = with_resources(data_dir, lambda _: create_key(name, scope, now=utc_now()))
    warn(f"key {key.id} for {key.name}")
    say(text)


@apikey.command(name="list")
def show(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Every key, by its id and its last four characters."""
    keys = with_resources(data_dir, lambda _: list_keys())
    if as_json:
        say_json([key.model_dump(mode="json", exclude={"hash"}) for key in keys])
        return
    for key in keys:
        state = f"revoked {_day(key.revoked_at)}" if key.revoked_at else f"since {_day(key.created_at)}"
        say(f"{key.id}  …{key.ending}  {','.join(key.scopes)}  {state}  {key.name}")


@apikey.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID")], data_dir: DataDir = None) -> None:
    """Make a key open nothing any more."""
    with_resources(data_dir, lambda _: revoke_key(key_id, now=utc_now()))
    say(f"revoked {key_id}")


def _day(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d}"
