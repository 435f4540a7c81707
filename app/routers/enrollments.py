"""A player's service records."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.game.enrollments import acknowledge, read_enrollments
from app.game.errors import OtherAccount, UnknownLeaderboard
from app.game.leaderboards import Leaderboards
from app.routers.auth import PlayerCaller, acting_account
from app.routers.dependencies import AccountIdText, LeaderboardIdText, Opened, read_leaderboard_ids
from app.routers.game_views import Json, enrollment_view
from app.routers.refusals import refusals
from app.routers.schemas.game import EnrollmentsOut
from app.routers.strict import StrictRoute

router = APIRouter(prefix="/leaderboard", tags=["enrollments"], route_class=StrictRoute)


@router.get(
    "/enrollments",
    response_model=EnrollmentsOut,
    response_model_exclude_unset=True,
    responses=refusals(OtherAccount),
)
async def get_enrollments(
    caller: PlayerCaller,
    resources: Opened,
    leaderboard_ids: Annotated[
        str | None, Query(alias="leaderboardIds", description="separated by commas; absent: all")
    ] = None,
    account_id: Annotated[
        AccountIdText | None, Query(alias="accountId", description="for whom, with a service token")
    ] = None,
) -> Json:
    """The player's enrollments; leaderboards the player never entered are left out."""
    ids = (
        None if leaderboard_ids is None else read_leaderboard_ids(leaderboard_ids, parameter="leaderboardIds")
    )
    records = await read_enrollments([acting_account(caller, account_id)], ids)
    return {"enrollments": await enrollment_views(resources.game.leaderboards, records)}


@router.delete("/notification", status_code=204, responses=refusals(OtherAccount, UnknownLeaderboard))
async def delete_notification(
    caller: PlayerCaller,
    leaderboard_id: Annotated[LeaderboardIdText, Query(alias="leaderboardId")],
    resources: Opened,
    account_id: Annotated[
        AccountIdText | None, Query(alias="accountId", description="for whom, with a service token")
    ] = None,
) -> Response:
    """The player has seen what the last rollover did: promotion status and season's end are cleared."""
    await resources.game.leaderboards.get(leaderboard_id)
    await acknowledge(acting_account(caller, account_id), leaderboard_id)
    return Response(status_code=204)


async def enrollment_views(leaderboards: Leaderboards, records: list[Json]) -> list[Json]:
    """Enrollments on the wire; one of a deleted leaderboard is not active."""
    return [
        enrollment_view(record, await _running_cycle(leaderboards, record["leaderboard_id"]))
        for record in records
    ]


async def _running_cycle(leaderboards: Leaderboards, leaderboard_id: str) -> int | None:
    try:
        return (await leaderboards.get(leaderboard_id)).cycle
    except UnknownLeaderboard:
        return None
