"""`laurel token`: signed tokens for the callers of a deployment that has a shared secret."""

import os
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import say
from app.cli.target import DataDir
from app.dev.environment import JWT_SECRET
from app.dev.visit import variables_at_rest
from app.kit.ids import is_object_id
from app.kit.tokens import sign_token
from app.settings import SHORTEST_SECRET, SettingsError

HOUR_S = 3600

Ttl = Annotated[int, typer.Option("--ttl", min=1, help="Seconds until it expires.")]

token = typer.Typer(help="Print a signed token.", no_args_is_help=True)


def _an_account(text: str) -> str:
    if not (is_object_id(text) or text.isdecimal()):
        raise typer.BadParameter("an account is 24 lower-case hexadecimal characters, or a decimal number")
    return text


@token.command()
def player(
    account_id: Annotated[str, typer.Argument(parser=_an_account, metavar="ACCOUNT_ID")],
    ttl: Ttl = HOUR_S,
    data_dir: DataDir = None,
) -> None:
    """A token that acts for one account."""
    _print_token(account_id, "player", ttl, data_dir)


@token.command()
def admin(ttl: Ttl = HOUR_S, data_dir: DataDir = None) -> None:
    """A token that may define leaderboards and correct scores."""
    _print_token("admin", "admin", ttl, data_dir)


@token.command()
def service(ttl: Ttl = HOUR_S, data_dir: DataDir = None) -> None:
    """A token that acts for any account it names."""
    _print_token("service", "service", ttl, data_dir)


def _print_token(subject: str, role: str, ttl_s: int, data_dir: Path | None) -> None:
    variables = dict(os.environ) if data_dir is None else variables_at_rest(data_dir)
    secret = variables.get(JWT_SECRET)
    if secret is None:
        raise SettingsError(f"{JWT_SECRET} is missing; tokens verified by public keys are signed elsewhere")
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(f"{JWT_SECRET} must have at least {SHORTEST_SECRET} characters")
    audience = variables.get("LAUREL_JWT_AUDIENCE", "laurel")
    say(sign_token(secret, subject=subject, role=role, audience=audience, ttl_s=ttl_s))
