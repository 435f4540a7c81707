"""Leaderboards as administrators define and watch them."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Response

from app.game.audit import read_records
from app.game.definitions import UpdateRequest
from app.game.errors import DefinitionChanged, InvalidDefinition, TierInUse, UnknownLeaderboard
from app.game.inspection import describe, list_ids, tier_stats, top_of_first_shard
from app.game.rules.definition_example import EXAMPLE
from app.game.rules.definitions import to_wire
from app.kit.clock import to_millis
from app.kit.errors import Invalid, Problem
from app.routers.auth import AdminCaller
from app.routers.dependencies import LeaderboardIdText, Now, Opened
from app.routers.game_views import Json, closing, lines_view, tier_stats_view
from app.routers.refusals import refusals
from app.routers.schemas.game import (
    AuditsOut,
    LeaderboardIdsOut,
    LeaderboardOut,
    ShardStatsOut,
    TopShardOut,
    UpdateIn,
    UpdateOut,
)
from app.routers.strict import StrictRoute

router = APIRouter(prefix="/leaderboard/admin", tags=["admin"], route_class=StrictRoute)

_UPDATE_REFUSALS = refusals(InvalidDefinition, TierInUse, DefinitionChanged)
_UPDATE_DOCS = {
    "requestBody": {"content": {"application/json": {"example": {"leaderboards": [EXAMPLE]}}}},
}

LeaderboardQuery = Annotated[LeaderboardIdText, Query(alias="leaderboardId")]
LeaderboardFilter = Annotated[LeaderboardIdText | None, Query(alias="leaderboardId")]


@router.get("/list", response_model=LeaderboardIdsOut)
async def get_list(_: AdminCaller) -> Json:
    """Every leaderboard id, sorted."""
    return {"leaderboardIds": await list_ids()}


@router.post("/update", response_model=UpdateOut, responses=_UPDATE_REFUSALS, openapi_extra=_UPDATE_DOCS)
@router.patch("/update", response_model=UpdateOut, responses=_UPDATE_REFUSALS, openapi_extra=_UPDATE_DOCS)
async def update(
    caller: AdminCaller,
    resources: Opened,
    now: Now,
    body: UpdateIn,
    if_match: Annotated[str | None, Header(description="the `ETag` the one definition was read with")] = None,
) -> Json:
    """Create or change leaderboards, all of them or none; ids to delete go first.

    Every fault of every definition is reported at once. Deleting and defining an id in one request
    empties it without a rollover. New rules hold for seats at once and for the rollover from the end
    of the running cycle on.
    """
    request = UpdateRequest(
        several=body.leaderboards,
        single=body.leaderboard,
        ids_to_delete=body.ids_to_delete,
        expected_version=_expected_version(if_match),
    )
    done = await resources.game.definitions.apply(request, actor=caller.subject, now=now)
    return {"deleted": done.deleted, "created": done.created, "updated": done.updated}


@router.get(
    "/leaderboards/{leaderboard_id}",
    response_model=LeaderboardOut,
    responses=refusals(UnknownLeaderboard),
)
async def get_leaderboard(
    _: AdminCaller, resources: Opened, now: Now, leaderboard_id: LeaderboardIdText
) -> Response:
    """One leaderboard: its rules, its running cycle, its next rollovers and its tiers."""
    described = await describe(resources.game.leaderboards, leaderboard_id, times=resources.times, now=now)
    leaderboard = described.leaderboard
    view = {
        "leaderboardId": leaderboard.leaderboard_id,
        "definition": to_wire(leaderboard.definition),
        "rulesVersion": leaderboard.rules_version,
        "cycle": leaderboard.cycle,
        "state": leaderboard.state,
        "openedAt": to_millis(leaderboard.opened_at),
        "closesAt": closing(leaderboard),
        "rolloversRemaining": leaderboard.rollovers_remaining,
        "nextRollovers": [f"{instant:%Y-%m-%dT%H:%M:%SZ}" for instant in described.next_rollovers],
        "tiers": [tier_stats_view(tier) for tier in described.tiers],
    }
    # As posted: the response model would spell out what the definition leaves open.
    return Response(
        orjson.dumps(view),
        media_type="application/json",
        headers={"ETag": f'"{leaderboard.rules_version}"'},
    )


@router.get("/shardStats", response_model=ShardStatsOut)
async def get_shard_stats(_: AdminCaller, leaderboard_id: LeaderboardFilter = None) -> Json:
    """How players are spread over tiers and shards."""
    return {"stats": [tier_stats_view(tier) for tier in await tier_stats(leaderboard_id)]}


@router.get("/topShard", response_model=TopShardOut, responses=refusals(UnknownLeaderboard))
async def get_top_shard(
    _: AdminCaller,
    resources: Opened,
    leaderboard_id: LeaderboardQuery,
    tier: Annotated[int, Query(ge=0, le=1_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
) -> Json:
    """The best lines of a tier's first public shard."""
    shard_id, lines = await top_of_first_shard(
        resources.game.leaderboards, leaderboard_id, tier=tier, limit=limit
    )
    return {
        "leaderboardId": leaderboard_id,
        "tier": tier,
        "shardId": shard_id,
        "topScores": lines_view(lines),
    }


@router.get("/audit", response_model=AuditsOut)
async def get_audit(_: AdminCaller, leaderboard_id: LeaderboardFilter = None) -> Json:
    """Who changed what, the newest 200 first."""
    records = await read_records(leaderboard_id)
    return {
        "records": [
            {
                "at": to_millis(record.at),
                "actor": record.actor,
                "action": record.action,
                "leaderboardId": record.leaderboard_id,
                "accountId": record.account_id,
                "details": record.details,
            }
            for record in records
        ]
    }


def _expected_version(if_match: str | None) -> int | None:
    if if_match is None:
        return None
    text = if_match.strip().strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 # no version has ten digits
        raise Invalid(problems=[Problem("must be an ETag of this leaderboard", parameter="If-Match")])
    return int(text)
