"""Who calls XP routes: users, who are positive whole numbers, or services for the user they name."""

from typing import Annotated

from fastapi import Path, Query, Security

from app.kit.errors import Invalid, Problem
from app.kit.ids import USER_ID_PATTERN, is_user_id
from app.kit.tokens import Role
from app.routers.auth import CallerOf, acting_account
from app.routers.tokens import Caller

#: Users for themselves, services and admins for the user they name.
any_user = CallerOf(Role.PLAYER, Role.SERVICE, Role.ADMIN, is_player=is_user_id)

UserCaller = Annotated[Caller, Security(any_user)]

#: Ids on the path, as text, because the framework would take "+5" and " 5" for numbers.
IdText = Annotated[str, Path(pattern=USER_ID_PATTERN, examples=["42"])]
NamedUser = Annotated[
    str | None, Query(pattern=USER_ID_PATTERN, description="for whom, with a service token", examples=["42"])
]


def acting_user(caller: Caller, named: str | None) -> int:
    """The user a request is about: the caller, or the one a service or an admin names."""
    return int(acting_account(caller, named, parameter="user_id"))


def seeing_user(caller: Caller, named: str | None) -> int | None:
    """The user a request is answered for; nobody, if a service names none."""
    if caller.role is not Role.PLAYER and named is None:
        return None
    return acting_user(caller, named)


def read_user_id(text: str | None) -> str | None:
    """A user's id as a parameter gives it, or Invalid."""
    if text is not None and not is_user_id(text):
        raise Invalid(problems=[Problem("must be a positive whole number", parameter="user_id")])
    return text
