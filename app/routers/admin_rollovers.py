"""Rollovers as administrators begin, foresee, follow and repeat them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.game.adjustments import SeasonChange
from app.game.errors import (
    InvalidDefinition,
    LeaderboardChanged,
    NothingToCopy,
    NotInProduction,
    RolloverRunning,
    UnknownArchive,
    UnknownLeaderboard,
    UnknownRun,
)
from app.game.rollovers.preview import preview_rollover
from app.game.rollovers.progress import run_progress, runs_progress
from app.game.rollovers.requests import request_all_rollovers, request_rollover
from app.game.rules.seasons import season_length
from app.kit.clock import to_millis
from app.kit.errors import Invalid, Problem
from app.kit.ids import OBJECT_ID_PATTERN
from app.routers.auth import AdminCaller
from app.routers.dependencies import OUTSIDE_PRODUCTION, LeaderboardIdText, Now, Opened
from app.routers.game_views import Json
from app.routers.refusals import refusals
from app.routers.rollover_views import preview_view, progress_view, runs_view
from app.routers.schemas.rollovers import (
    DebugRolloverIn,
    DebugRolloverOut,
    PreviewIn,
    PreviewOut,
    RolloverIn,
    RolloverOut,
    RolloversOut,
    RunsOut,
    SeasonIn,
    SeasonOut,
    StartTimeIn,
    StartTimeOut,
)
from app.routers.strict import StrictRoute

router = APIRouter(prefix="/leaderboard/admin", tags=["admin"], route_class=StrictRoute)


@router.post("/rollover", status_code=202, response_model=RunsOut, responses=refusals(UnknownLeaderboard))
async def post_rollover(caller: AdminCaller, resources: Opened, now: Now, body: RolloverIn) -> Json:
    """End the running cycle of a leaderboard, or of all.

    A rollover that is going on is answered and not doubled; one that is stuck is tried again.
    """
    leaderboards = resources.game.leaderboards
    if body.leaderboard_id is None:
        runs = await request_all_rollovers(leaderboards, actor=caller.subject, now=now)
    else:
        runs = [await request_rollover(leaderboards, body.leaderboard_id, actor=caller.subject, now=now)]
    await resources.jobs.roll_over([run["_id"] for run in runs])
    return runs_view(runs)


@router.get("/rollovers", response_model=RolloversOut)
async def get_rollovers(
    _: AdminCaller, leaderboard_id: Annotated[LeaderboardIdText | None, Query(alias="leaderboardId")] = None
) -> Json:
    """The newest 100 rollovers, of one leaderboard or of all."""
    return {"runs": [progress_view(progress) for progress in await runs_progress(leaderboard_id)]}


@router.get("/rollovers/{run_id}", response_model=RolloverOut, responses=refusals(UnknownRun))
async def get_rollover(
    _: AdminCaller,
    resources: Opened,
    run_id: Annotated[str, Path(pattern=OBJECT_ID_PATTERN, examples=["62e841925030343c6079e78d"])],
) -> Json:
    """One rollover: how far it is, what it owes, what went wrong last."""
    return progress_view(await run_progress(resources.game.leaderboards, run_id))


@router.post(
    "/rollover/preview",
    response_model=PreviewOut,
    responses=refusals(UnknownLeaderboard, RolloverRunning),
)
async def post_preview(_: AdminCaller, resources: Opened, body: PreviewIn) -> Json:
    """Who would be promoted, demoted and rewarded if the rollover began now. Nothing changes.

    All are counted; of each tier and kind the 1,000 with the best ranks are listed. Guild rewards are told
    as if everybody were still a member.
    """
    return preview_view(await preview_rollover(resources.game.leaderboards, body.leaderboard_id))


@router.patch(
    "/season",
    response_model=SeasonOut,
    responses=refusals(UnknownLeaderboard, RolloverRunning, InvalidDefinition),
)
async def patch_season(caller: AdminCaller, resources: Opened, now: Now, body: SeasonIn) -> Json:
    """Set how many rollovers a season has, or how many the present one still has, or both."""
    if body.rollovers_in_season is None and body.rollovers_remaining is None:
        raise Invalid(
            problems=[Problem("is missing, as is rolloversRemaining", pointer="/rolloversInSeason")]
        )
    change = SeasonChange(body.leaderboard_id, body.rollovers_in_season, body.rollovers_remaining)
    adjusted = await resources.game.adjustments.set_season(change, actor=caller.subject, now=now)
    return {
        "leaderboardId": body.leaderboard_id,
        "rolloversInSeason": season_length(adjusted.definition),
        "rolloversRemaining": adjusted.cycle.rollovers_remaining,
        "rulesVersion": adjusted.rules_version,
    }


@router.patch(
    "/startTime",
    response_model=StartTimeOut,
    responses=refusals(NotInProduction, UnknownLeaderboard, RolloverRunning, InvalidDefinition),
    dependencies=[OUTSIDE_PRODUCTION],
)
async def patch_start_time(caller: AdminCaller, resources: Opened, now: Now, body: StartTimeIn) -> Json:
    """Set when a leaderboard starts; outside production only. A start that is to come moves the cycle too."""
    adjusted = await resources.game.adjustments.set_start(
        body.leaderboard_id, body.start_time, actor=caller.subject, now=now
    )
    cycle = adjusted.cycle
    return {
        "leaderboardId": body.leaderboard_id,
        "startTime": adjusted.definition.start_time,
        "openedAt": to_millis(cycle.opened_at),
        "closesAt": to_millis(cycle.closes_at) if cycle.closes_at else None,
        "rulesVersion": adjusted.rules_version,
    }


@router.post(
    "/debugRollover",
    status_code=202,
    response_model=DebugRolloverOut,
    responses=refusals(
        NotInProduction,
        UnknownArchive,
        UnknownLeaderboard,
        RolloverRunning,
        LeaderboardChanged,
        NothingToCopy,
    ),
    dependencies=[OUTSIDE_PRODUCTION],
)
async def post_debug_rollover(
    caller: AdminCaller, resources: Opened, now: Now, body: DebugRolloverIn
) -> Json:
    """Copy an archive back as a live shard and roll its leaderboard over; outside production only."""
    copy = await resources.game.replays.copy_back(body.archive_id, actor=caller.subject, now=now)
    run = await request_rollover(
        resources.game.leaderboards, copy.leaderboard.leaderboard_id, actor=caller.subject, now=now
    )
    await resources.jobs.roll_over([run["_id"]])
    copied = {"shardId": copy.shard_id, "copied": copy.copied, "leftOut": copy.left_out}
    return {**runs_view([run]), **copied}
