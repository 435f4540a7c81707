"""Players as administrators see, correct and bar them."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.game.corrections import TierChange
from app.game.enrollments import read_enrollments
from app.game.errors import (
    AccountDisqualified,
    InvalidDefinition,
    LeaderboardChanged,
    LeaderboardNotStarted,
    NotInProduction,
    TooContended,
    UnknownLeaderboard,
)
from app.game.mocking import add_mock_scores
from app.kit.errors import Invalid, LaurelError, Problem
from app.routers.auth import AdminCaller
from app.routers.dependencies import OUTSIDE_PRODUCTION, AccountIdText, LeaderboardIdText, Now, Opened
from app.routers.enrollments import enrollment_views
from app.routers.errors import problem_fields
from app.routers.game_views import Json
from app.routers.refusals import refusals
from app.routers.schemas.game import (
    BulkScoresOut,
    DisqualifyIn,
    EnrollmentsOut,
    MockScoresIn,
    MockScoresOut,
    ReinstateIn,
    SetEnrollmentIn,
    SetScoresIn,
    Success,
)
from app.routers.strict import StrictRoute

router = APIRouter(prefix="/leaderboard/admin", tags=["admin"], route_class=StrictRoute)


@router.patch(
    "/scores",
    response_model=BulkScoresOut,
    response_model_exclude_none=True,
    responses=refusals(UnknownLeaderboard),
)
async def patch_scores(caller: AdminCaller, resources: Opened, now: Now, body: SetScoresIn) -> Json:
    """Set scores of entered players; each item succeeds or fails by itself."""
    scores = [(item.account_id, item.score) for item in body.scores]
    outcomes = await resources.game.corrections.set_scores(
        body.leaderboard_id, scores, actor=caller.subject, now=now
    )
    results = [_set_result(index, outcome) for index, outcome in enumerate(outcomes)]
    failed = sum("type" in result for result in results)
    return {"results": results, "applied": len(results) - failed, "failed": failed}


@router.get("/enrollments", response_model=EnrollmentsOut, response_model_exclude_unset=True)
async def get_enrollments(
    _: AdminCaller, resources: Opened, account_id: Annotated[AccountIdText, Query(alias="accountId")]
) -> Json:
    """Every enrollment of one account."""
    records = await read_enrollments([account_id])
    return {"enrollments": await enrollment_views(resources.game.leaderboards, records)}


@router.patch(
    "/enrollment",
    response_model=EnrollmentsOut,
    response_model_exclude_unset=True,
    responses=refusals(AccountDisqualified, UnknownLeaderboard, LeaderboardChanged, InvalidDefinition),
)
async def patch_enrollment(caller: AdminCaller, resources: Opened, now: Now, body: SetEnrollmentIn) -> Json:
    """Put a player into a shard of a tier, with a score if one is given; answers the new enrollment."""
    change = TierChange(body.account_id, body.leaderboard_id, body.tier, body.score)
    await resources.game.corrections.set_tier(change, actor=caller.subject, now=now)
    records = await read_enrollments([body.account_id], [body.leaderboard_id])
    return {"enrollments": await enrollment_views(resources.game.leaderboards, records)}


@router.post("/disqualify", response_model=Success, responses=refusals(UnknownLeaderboard))
async def disqualify(caller: AdminCaller, resources: Opened, now: Now, body: DisqualifyIn) -> Json:
    """Bar an account: no more scores, its lines vanish and ranks close up. Nothing is deleted."""
    await resources.game.moderation.disqualify(
        body.account_id, body.leaderboard_id, reason=body.reason, actor=caller.subject, now=now
    )
    return {"success": True}


@router.delete("/disqualify", response_model=Success, responses=refusals(UnknownLeaderboard))
async def reinstate(  # the same three fields, in the body or in the query
    caller: AdminCaller,
    resources: Opened,
    now: Now,
    body: ReinstateIn | None = None,
    account_id: Annotated[AccountIdText | None, Query(alias="accountId")] = None,
    leaderboard_id: Annotated[LeaderboardIdText | None, Query(alias="leaderboardId")] = None,
) -> Json:
    """Undo a disqualification; named in the query or, for clients that can send one, in a body."""
    account_id = body.account_id if body else account_id
    if account_id is None:
        raise Invalid(problems=[Problem("is missing", parameter="accountId")])
    await resources.game.moderation.reinstate(
        account_id, body.leaderboard_id if body else leaderboard_id, actor=caller.subject, now=now
    )
    return {"success": True}


@router.post(
    "/mockScores",
    response_model=MockScoresOut,
    responses=refusals(NotInProduction, UnknownLeaderboard, LeaderboardNotStarted, TooContended),
    dependencies=[OUTSIDE_PRODUCTION],
)
async def mock_scores(caller: AdminCaller, resources: Opened, now: Now, body: MockScoresIn) -> Json:
    """Enter made-up players with random scores; outside production only."""
    if body.min_score > body.max_score:
        raise Invalid(problems=[Problem("must not be below minScore", pointer="/maxScore")])
    await resources.game.leaderboards.get(body.leaderboard_id)
    account_ids = await add_mock_scores(
        resources.game.scores,
        body.leaderboard_id,
        user_count=body.user_count,
        lowest=body.min_score,
        highest=body.max_score,
        actor=caller.subject,
        now=now,
    )
    return {"accountIds": account_ids}


def _set_result(index: int, outcome: int | LaurelError) -> Json:
    if isinstance(outcome, LaurelError):
        return {"index": index, **problem_fields(outcome)}
    return {"index": index, "status": 204, "version": outcome}
