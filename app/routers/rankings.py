"""Rankings out: the hottest reading route."""

import orjson
from fastapi import APIRouter, Request, Response, Security

from app.game.errors import LeaderboardNotStarted, OtherAccount, UnknownLeaderboard
from app.game.rankings import RankingsQuery
from app.kit.errors import Invalid, Problem
from app.kit.ids import is_object_id
from app.routers.auth import acting_account, any_player
from app.routers.dependencies import read_leaderboard_ids, resources_of
from app.routers.game_views import rankings_view
from app.routers.refusals import refusals
from app.routers.schemas.game import RankingsOut
from app.routers.strict import StrictRoute

router = APIRouter(prefix="/leaderboard", tags=["rankings"], route_class=StrictRoute)

_ID = {"type": "string", "pattern": "^[0-9a-f]{24}$"}
_RANKINGS_DOCS = {
    "parameters": [
        {
            "name": "leaderboardId",
            "in": "query",
            "required": True,
            "schema": {"type": "string"},
            "description": "1 to 25 ids, separated by commas",
        },
        {"name": "guildId", "in": "query", "schema": _ID, "description": "show this guild's shards too"},
        {"name": "accountId", "in": "query", "schema": _ID, "description": "for whom, with a service token"},
    ]
}


@router.get(
    "/rankings",
    responses={
        200: {"model": RankingsOut},
        **refusals(OtherAccount, UnknownLeaderboard, LeaderboardNotStarted),
    },
    openapi_extra=_RANKINGS_DOCS,
    dependencies=[Security(any_player)],
)
async def get_rankings(request: Request) -> Response:
    """The player's enrollments and shards: the best 50 lines and the 50 around the player.

    A player who is not yet entered is placed with a score of 0. A guild's shard is left out for whoever
    is not a member, and while the guild service is away.
    """
    caller = await any_player(request)
    account_id = acting_account(caller, _id_parameter(request, "accountId"))
    leaderboard_ids = read_leaderboard_ids(_parameter(request, "leaderboardId"), parameter="leaderboardId")
    guild_id = _id_parameter(request, "guildId")
    game = resources_of(request).game
    if guild_id is not None:
        token = caller.player_token
        guild_id = guild_id if await game.guilds.is_member(account_id, guild_id, player_token=token) else None
    rankings = await game.rankings.read(RankingsQuery(account_id, leaderboard_ids, guild_id))
    return Response(orjson.dumps(rankings_view(rankings)), media_type="application/json")


def _parameter(request: Request, name: str) -> str:
    text = request.query_params.get(name)
    if text is None:
        raise Invalid(problems=[Problem("is missing", parameter=name)])
    return text


def _id_parameter(request: Request, name: str) -> str | None:
    text = request.query_params.get(name)
    if text is not None and not is_object_id(text):
        raise Invalid(problems=[Problem("must be 24 hexadecimal characters", parameter=name)])
    return text
