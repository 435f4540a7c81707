"""Archived shards: a player's own, and any for administrators."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import Field

from app.game.archives.of_players import read_archives
from app.game.archives.reading import read_archive
from app.game.archives.retention import oldest_end
from app.game.errors import OtherAccount, UnknownArchive, UnknownLeaderboard
from app.kit.ids import OBJECT_ID_PATTERN
from app.routers.archive_views import archive_view, player_archive_view
from app.routers.auth import AdminCaller, PlayerCaller, acting_account
from app.routers.dependencies import AccountIdText, LeaderboardIdText, Now, Opened
from app.routers.game_views import Json
from app.routers.refusals import refusals
from app.routers.schemas.archives import ArchiveOut, PlayerArchivesOut
from app.routers.strict import StrictRoute

MOST_ARCHIVES = 50
MOST_LINES = 1_000

router = APIRouter(prefix="/leaderboard", route_class=StrictRoute)

ArchiveIdText = Annotated[str, Field(pattern=OBJECT_ID_PATTERN, examples=["6680f2f4a1d3c5b7e9f01234"])]


@router.get(
    "/archive",
    tags=["archives"],
    response_model=PlayerArchivesOut,
    responses=refusals(OtherAccount, UnknownLeaderboard),
)
async def get_archives(  # one argument per parameter
    caller: PlayerCaller,
    resources: Opened,
    now: Now,
    leaderboard_id: Annotated[LeaderboardIdText, Query(alias="leaderboardId")],
    count: Annotated[int, Query(ge=1, le=MOST_ARCHIVES, description="how many, at most")] = 1,
    account_id: Annotated[
        AccountIdText | None, Query(alias="accountId", description="for whom, with a service token")
    ] = None,
) -> Response:
    """The shards the player took part in as they ended, the newest first.

    Each with its final ranks, where it put the player and what the player won.
    """
    archives = await read_archives(
        resources.game.leaderboards,
        acting_account(caller, account_id),
        leaderboard_id,
        count=count,
        ended_after=oldest_end(now, days=resources.settings.archive_retention_days),
    )
    # As it is: a response model would look at each of some thousand lines.
    return _json({"success": True, "leaderboards": [player_archive_view(archive) for archive in archives]})


@router.get("/admin/archive", tags=["admin"], response_model=ArchiveOut, responses=refusals(UnknownArchive))
async def get_archive(
    _: AdminCaller,
    resources: Opened,
    now: Now,
    archive_id: Annotated[ArchiveIdText, Query(alias="id")],
    limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = MOST_LINES,
) -> Response:
    """A shard as it ended, with its best lines."""
    ended_after = oldest_end(now, days=resources.settings.archive_retention_days)
    shard, lines = await read_archive(archive_id, limit=limit, ended_after=ended_after)
    return _json(archive_view(shard, lines))


def _json(view: Json) -> Response:
    return Response(orjson.dumps(view), media_type="application/json")
