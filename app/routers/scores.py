"""Scores in: one player's, or many at once."""

import re
import time
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response, Security
from pydantic import ValidationError

from app.clients.guild import GuildAway
from app.game.errors import (
    AccountDisqualified,
    IdempotencyKeyReused,
    LeaderboardNotStarted,
    NotInGuild,
    OtherAccount,
    RequestStillRunning,
    ScoreOverflow,
    TooContended,
    UnknownLeaderboard,
)
from app.game.receipts import RequestKey, ScoreAnswer, write_rank
from app.game.score_round import ScoreOrder, keyed
from app.kit.errors import Invalid, Problem
from app.resources import Resources
from app.routers.auth import ServiceCaller, acting_account, any_player
from app.routers.dependencies import Opened, resources_of
from app.routers.errors import invalid_body, problem_fields
from app.routers.game_views import pending_view, score_view
from app.routers.refusals import refusals
from app.routers.schemas.game import (
    BulkScoreIn,
    BulkScoresIn,
    BulkScoresOut,
    PendingScoreOut,
    ScoreIn,
    ScoreOut,
)
from app.routers.strict import StrictRoute, read_json
from app.routers.tokens import Caller

router = APIRouter(prefix="/leaderboard", tags=["scores"], route_class=StrictRoute)

#: Made once: this is the answer of the busiest route.
_NO_CONTENT = Response(status_code=204)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_SCORE_DOCS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ScoreIn"}}},
    },
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$"},
            "description": "A retry with the same key within 48 hours changes nothing.",
        },
        {
            "name": "Prefer",
            "in": "header",
            "schema": {"type": "string"},
            "description": "`return=representation` answers with the entry.",
        },
    ],
}


@router.patch(
    "/score",
    status_code=204,
    responses={
        200: {"model": ScoreOut, "description": "With `Prefer: return=representation`."},
        202: {"model": PendingScoreOut, "description": "A rollover is going on: the next cycle counts it."},
        204: {"description": "Done."},
        **refusals(
            OtherAccount,
            AccountDisqualified,
            NotInGuild,
            UnknownLeaderboard,
            LeaderboardNotStarted,
            RequestStillRunning,
            IdempotencyKeyReused,
            ScoreOverflow,
            TooContended,
            GuildAway,
        ),
    },
    openapi_extra=_SCORE_DOCS,
    dependencies=[Security(any_player)],
)
async def patch_score(request: Request) -> Response:
    """Add to a player's score, or subtract; it never falls below 0. A score of 0 changes nothing.

    The answer comes when the score is stored durably and ranked. While the leaderboard rolls over the score
    is stored for the next cycle.
    """
    caller = await any_player(request)
    order = _order(request, caller, await read_json(request))
    resources = resources_of(request)
    answer = await resources.game.submissions.submit(
        order, player_token=caller.player_token, now_ms=_now_ms()
    )
    if answer is None:
        return _NO_CONTENT
    wants_entry = "return=representation" in request.headers.get("prefer", "")
    if answer.is_pending:
        return Response(orjson.dumps(pending_view(answer)), 202, media_type="application/json")
    return await _representation(resources, answer, order.key) if wants_entry else _NO_CONTENT


@router.patch("/scores", response_model=BulkScoresOut, response_model_exclude_none=True)
async def patch_scores(caller: ServiceCaller, resources: Opened, body: BulkScoresIn) -> Response:
    """Add scores of many players; each succeeds or fails by itself, as `/leaderboard/score` would."""
    read = [_bulk_order(caller, item, index) for index, item in enumerate(body.scores)]
    orders = [order for order in read if isinstance(order, ScoreOrder)]
    answers = iter(await resources.game.submissions.submit_all(orders, now_ms=_now_ms()))
    outcomes = [next(answers) if isinstance(one, ScoreOrder) else one for one in read]
    results = [_bulk_result(index, outcome) for index, outcome in enumerate(outcomes)]
    failed = sum("type" in result for result in results)
    content = {"results": results, "applied": len(results) - failed, "failed": failed}
    return Response(orjson.dumps(content), media_type="application/json")


def _order(request: Request, caller: Caller, body: object) -> ScoreOrder:
    try:
        score = ScoreIn.model_validate(body)
    except ValidationError as error:
        raise invalid_body(error) from None
    account_id = acting_account(caller, score.account_id)
    order = ScoreOrder(account_id, score.leaderboard_id, score.guild_id, score.score)
    key = request.headers.get("idempotency-key")
    if key is None:
        return order
    if _KEY.fullmatch(key) is None:
        problem = Problem("must be 1 to 255 visible ASCII characters", parameter="Idempotency-Key")
        raise Invalid(problems=[problem])
    return keyed(order, caller=_name_of(caller), key=key)


def _bulk_order(caller: Caller, item: object, index: int) -> ScoreOrder | Invalid:
    try:
        score = BulkScoreIn.model_validate(item)
    except ValidationError as error:
        return invalid_body(error, pointer=f"/scores/{index}")
    order = ScoreOrder(score.account_id, score.leaderboard_id, score.guild_id, score.score)
    return order if score.request_id is None else keyed(order, caller=_name_of(caller), key=score.request_id)


def _name_of(caller: Caller) -> str:
    """Whose idempotency keys these are."""
    return f"{caller.role}/{caller.subject}"


def _bulk_result(index: int, outcome: ScoreAnswer | BaseException | None) -> dict[str, Any]:
    if outcome is None:
        return {"index": index, "status": 204}
    if isinstance(outcome, BaseException):
        return {"index": index, **problem_fields(outcome)}
    pending = {"status": 202, "pending": True} if outcome.is_pending else {"status": 204}
    return {
        "index": index,
        **pending,
        "cycle": outcome.cycle,
        "score": outcome.score,
        "version": outcome.version,
    }


async def _representation(resources: Resources, answer: ScoreAnswer, key: RequestKey | None) -> Response:
    rank = answer.rank
    if rank is None:
        rank = await resources.game.rankings.rank_of(answer.shard_id or "", answer.account_id, answer.score)
        if key is not None:
            await write_rank(key, rank)
    return Response(orjson.dumps(score_view(answer, rank)), media_type="application/json")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
