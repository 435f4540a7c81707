"""What handlers ask for, by name."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import Field

from app.game.errors import NotInProduction
from app.kit.clock import utc_now
from app.kit.errors import Invalid, Problem
from app.kit.ids import LEADERBOARD_ID_PATTERN, OBJECT_ID_PATTERN, is_leaderboard_id
from app.resources import Resources
from app.settings import Environment

MOST_LEADERBOARDS = 25


def resources_of(request: Request) -> Resources:
    """What the process has open."""
    resources: Resources = request.app.state.resources
    return resources


# Coroutines, though they wait for nothing: the framework sends any other dependency through a thread.


async def _opened(request: Request) -> Resources:
    return resources_of(request)


async def _now() -> datetime:
    return utc_now()


Opened = Annotated[Resources, Depends(_opened)]
Now = Annotated[datetime, Depends(_now)]


async def _outside_production(resources: Opened) -> None:
    if resources.settings.environment is Environment.PRODUCTION:
        raise NotInProduction


OUTSIDE_PRODUCTION = Depends(_outside_production)

LeaderboardIdText = Annotated[str, Field(pattern=LEADERBOARD_ID_PATTERN, examples=["pvp_daily"])]
AccountIdText = Annotated[str, Field(pattern=OBJECT_ID_PATTERN, examples=["62e841925030343c6079e78d"])]


def read_leaderboard_ids(text: str, *, parameter: str) -> tuple[str, ...]:
    """Comma-separated ids, 1 to 25, no empty one, none twice. Raises Invalid naming the parameter."""
    ids = text.split(",")
    if len(ids) > MOST_LEADERBOARDS:
        detail = f"may name at most {MOST_LEADERBOARDS} leaderboards"
    elif not all(is_leaderboard_id(leaderboard_id) for leaderboard_id in ids):
        detail = "must be leaderboard ids separated by commas"
    elif len(set(ids)) < len(ids):
        detail = "names a leaderboard twice"
    else:
        return tuple(ids)
    raise Invalid(problems=[Problem(detail, parameter=parameter)])
