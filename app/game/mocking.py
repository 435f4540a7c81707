"""Made-up players for trying a leaderboard out; outside production only."""

import asyncio
import random
from datetime import datetime

from app.game import audit
from app.game.documents import new_id
from app.game.score_round import ScoreOrder
from app.game.scoring import ScoreWriter


async def add_mock_scores(  # the request's fields and who sent it
    scores: ScoreWriter,
    leaderboard_id: str,
    *,
    user_count: int,
    lowest: int,
    highest: int,
    actor: str,
    now: datetime,
) -> list[str]:
    """Enter new accounts with random scores of `lowest` to `highest`; returns the accounts."""
    account_ids = [new_id() for _ in range(user_count)]
    await asyncio.gather(
        *(
            scores.add(
                ScoreOrder(account_id, leaderboard_id, None, random.randint(lowest, highest))  # noqa: S311 # made-up scores
            )
            for account_id in account_ids
        )
    )
    await audit.record(
        actor=actor,
        action="scores.mocked",
        leaderboard_id=leaderboard_id,
        now=now,
        details={"userCount": user_count},
    )
    return account_ids
