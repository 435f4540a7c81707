"""Rolling leaderboards over: begun over HTTP as an administrator does, finished as a worker does."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from definition_builders import a_definition, a_reward, a_tier_rule
from game_world import BOARD, Json, Store, World, account

from app.game.rollovers.rollover import Rollovers
from app.resources import Game, Resources

ACKNOWLEDGED, UNCHANGED, DEMOTED, PROMOTED = -1, 0, 1, 2
#: A step that failed is tried again within moments.
MOST_TRIES = 400
TRIED_EVERY_S = 0.05


@dataclass(frozen=True)
class League(World):
    """The service over HTTP, and what a worker does, in the same process."""

    resources: Resources
    store: Store

    @property
    def game(self) -> Game:
        """The acts of the game."""
        return self.resources.game

    @property
    def rollovers(self) -> Rollovers:
        """What carries runs on."""
        return self.game.rollovers

    async def begin(self, board: str = BOARD) -> str:
        """An administrator ends the running cycle; the run."""
        answer = await self.do_admin("POST", "rollover", leaderboardId=board)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        (run,) = answer.json()["runs"]
        return str(run["runId"])

    async def finish(self, run_id: str) -> Json:
        """Carry a run on until there is nothing left to do; how it ended."""
        for _ in range(MOST_TRIES):
            row = await self.rollovers.run(run_id)
            if row["state"] != "running":
                return row
            await asyncio.sleep(TRIED_EVERY_S)
        raise AssertionError(row)

    async def roll_over(self, board: str = BOARD) -> Json:
        """One whole rollover."""
        row = await self.finish(await self.begin(board))
        assert row["state"] == "done", row
        return row

    async def roll_over_due(self, now: datetime) -> list[Json]:
        """What a worker does when it looks at the clock."""
        return [await self.finish(run_id) for run_id in await self.rollovers.begin_due(now)]

    async def attempts(self, run_id: str, count: int) -> Json:
        """Try a run until its step has failed that often; the run as it then stands."""
        for _ in range(MOST_TRIES):
            row = await self.rollovers.run(run_id)
            if row["attempts"] >= count:
                return row
            await asyncio.sleep(TRIED_EVERY_S)
        raise AssertionError(row)

    async def put(self, tier: int, points: Mapping[int, int], board: str = BOARD) -> None:
        """Players of one tier with these scores."""
        for number, score in points.items():
            answer = await self.do_admin(
                "PATCH",
                "enrollment",
                accountId=account(number),
                leaderboardId=board,
                tier=tier,
                **({"score": score} if score else {}),
            )
            assert answer.status_code == httpx.codes.OK, answer.text

    async def acknowledge(self, number: int, board: str = BOARD) -> None:
        """A player has seen what the last rollover did."""
        answer = await self.http.delete(
            "/leaderboard/notification",
            params={"leaderboardId": board},
            headers=self.player(account(number)),
        )
        assert answer.status_code == httpx.codes.NO_CONTENT, answer.text

    async def tiers(self, *numbers: int) -> dict[int, tuple[int, int]]:
        """Tier and promotion status of these players."""
        records = {number: await self.enrollment(number) for number in numbers}
        return {n: (record["tier"], record["promotionStatus"]) for n, record in records.items()}

    async def cycle(self, board: str = BOARD) -> Json:
        """The leaderboard as an administrator sees it."""
        return await self.ask_admin(f"leaderboards/{board}")

    def ends_at(self, closes_at: datetime, board: str = BOARD) -> None:
        """Let the running cycle have another end."""
        self.store["leaderboards"].update_one({"_id": board}, {"$set": {"cycle.closes_at": closes_at}})

    def archived(self, shard_id: str) -> dict[int, tuple[int, int]]:
        """Rank and score of every player in an archive."""
        lines = self.store["entries"].find({"shard_id": shard_id, "state": "sealed"})
        return {int(line["account_id"], 16): (line["rank"], line["score"]) for line in lines}

    def archives(self) -> list[Json]:
        """Every archived shard, oldest first."""
        return list(self.store["shards"].find({"archive": {"$ne": None}}).sort("cycle"))

    def grants(self) -> dict[int, list[str]]:
        """What each player is owed or was sent, by subject."""
        won: dict[int, list[str]] = {}
        for grant in self.store["grants"].find().sort("_id"):
            won.setdefault(int(grant["account_id"], 16), []).append(grant["message"]["subject"])
        return won

    @contextmanager
    def refusing(self, collection: str) -> Iterator[None]:
        """MongoDB takes no document of this collection meanwhile."""
        never = {"$jsonSchema": {"required": ["nothing has this"]}}
        self.store.command("collMod", collection, validator=never)
        yield
        self.store.command("collMod", collection, validator={})


def tiered(
    *rules: Mapping[str, Any], leaderboard_id: str = BOARD, seasons: int | None = None, **more: Any
) -> Json:
    """A board with these tiers, the lowest first; with seasons each tier has a reward named after it."""
    wires = [
        a_tier_rule(tier, **({} if seasons is None else {"seasonalReward": season_reward(tier)}), **rule)
        for tier, rule in enumerate(rules)
    ]
    lasting = {} if seasons is None else {"rolloversInSeason": seasons}
    return a_definition(
        leaderboardId=leaderboard_id, tierCount=len(wires), tierRules=wires, **lasting, **more
    )


def season_reward(tier: int) -> Json:
    """What a tier is worth at a season's end."""
    return a_reward(subject=f"season {tier}", minimumRank=-1)


def rank_rewards(*ranks: int, **more: Any) -> list[Json]:
    """A reward for each of these ranks and better."""
    return [a_reward(subject=f"rank {rank}", minimumRank=rank, **more) for rank in ranks]


def percentile_rewards(*percentiles: int, **more: Any) -> list[Json]:
    """A reward for each of these percentiles."""
    return [
        a_reward(subject=f"percentile {one}", minimumRank=-1, minimumPercentile=one, **more)
        for one in percentiles
    ]


def rewarded(rewards: Sequence[Json]) -> Json:
    """A board of one unlimited tier with these rewards."""
    return tiered({"rewards": rewards})
