"""Leaderboards as a page shows them to a player."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.game.errors import LeaderboardNotStarted, OtherAccount, UnknownEnrollment, UnknownLeaderboard
from app.game.zones import list_started, read_zones
from app.routers.auth import PlayerCaller, acting_account
from app.routers.dependencies import AccountIdText, LeaderboardIdText, Now, Opened
from app.routers.refusals import refusals
from app.routers.schemas.zones import LeaderboardsOut, StandingOut
from app.routers.strict import StrictRoute
from app.routers.zone_views import Json, leaderboards_view, standing_view

router = APIRouter(prefix="/leaderboard", tags=["rankings"], route_class=StrictRoute)


@router.get("/list", response_model=LeaderboardsOut)
async def get_leaderboards(_: PlayerCaller, now: Now) -> Json:
    """Leaderboards that take scores at present, by title; at most 500."""
    return leaderboards_view(await list_started(now))


@router.get(
    "/standing",
    response_model=StandingOut,
    responses=refusals(OtherAccount, UnknownLeaderboard, LeaderboardNotStarted, UnknownEnrollment),
)
async def get_standing(
    caller: PlayerCaller,
    resources: Opened,
    now: Now,
    leaderboard_id: Annotated[LeaderboardIdText, Query(alias="leaderboardId")],
    account_id: Annotated[
        AccountIdText | None, Query(alias="accountId", description="for whom, with a service token")
    ] = None,
) -> Json:
    """The player's shard with its zones: who would be promoted or demoted if the cycle ended now.

    Like rankings this places a player who is not yet entered. Guild shards have no zones.
    """
    account = acting_account(caller, account_id)
    return standing_view(await read_zones(resources.game.rankings, account, leaderboard_id), now)
