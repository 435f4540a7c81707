"""Who won what, as grants: one document per winner, whatever is repeated.

A grant is keyed by what it was won in and by whom, and one that exists stays as it is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from app.aggregations.settlement import SeasonEnd, tier_after, unfinished
from app.aggregations.stages import Pipeline, Stage, inserted_into, kept_once


class GrantRow(TypedDict):
    """What these pipelines merge into the grants."""

    _id: str
    account_id: str
    leaderboard_id: str
    run_id: str
    message: Mapping[str, Any]
    data: Mapping[str, Any]
    status: str
    created_at: datetime
    due_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Prize:
    """Ranks `first` to `last` of a shard win this message."""

    first: int
    last: int
    message: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Giving:
    """On whose behalf grants are made: a run of a leaderboard, at an instant."""

    leaderboard_id: str
    run_id: str
    at: datetime


def reward_players(
    shard_ids: Sequence[str], prizes: Sequence[Prize], giving: Giving, *, least_score: int | None = None
) -> Pipeline:
    """`GrantRow`s for the winners of public shards, which must all have the same number of players.

    All of them have `least_score` or more: a large shard is read in part. None: any score.
    """
    winners = {
        "shard_id": {"$in": list(shard_ids)},
        "state": "sealed",
        "score": {"$gte": max(1, least_score or 0)},
        "rank": {"$lte": prizes[-1].last},
    }
    return [{"$match": winners}, *_granted(prizes, giving)]


def reward_members(
    shard_id: str, members: Collection[str], prizes: Sequence[Prize], giving: Giving
) -> Pipeline:
    """`GrantRow`s for the winners of a guild shard: ranked again among those who are members now."""
    return [
        {"$match": {"shard_id": shard_id, "state": "sealed", "account_id": {"$in": list(members)}}},
        {"$setWindowFields": {"sortBy": {"score": -1}, "output": {"rank": {"$rank": {}}}}},
        {"$match": {"score": {"$gt": 0}}},
        *_granted(prizes, giving),
    ]


def first_time(rewarding: Pipeline) -> Pipeline:
    """A reward pipeline for when none of its grants should be there yet; a duplicate key ends it early."""
    return [*rewarding[:-1], inserted_into("grants")]


def _granted(prizes: Sequence[Prize], giving: Giving) -> Pipeline:
    won = {
        "$switch": {
            "branches": [
                {
                    "case": {"$and": [{"$gte": ["$rank", prize.first]}, {"$lte": ["$rank", prize.last]}]},
                    "then": {"$literal": prize.message},
                }
                for prize in prizes
            ],
            "default": None,
        }
    }
    data = {
        "rewardType": "standard",
        "leaderboardId": giving.leaderboard_id,
        "leaderboardRank": "$rank",
        "leaderboardScore": "$score",
        "leaderboardTier": "$tier",
        "leaderboardArchiveId": "$shard_id",
    }
    return [
        {"$set": {"message": won}},
        {"$match": {"message": {"$ne": None}}},
        _grant({"$concat": ["$shard_id", "-", "$account_id"]}, data, giving),
        kept_once("grants"),
    ]


def _grant(grant_id: Any, data: Stage, giving: Giving) -> Stage:
    return {
        "$project": {
            "_id": grant_id,
            "account_id": 1,
            "leaderboard_id": 1,
            "run_id": {"$literal": giving.run_id},
            "message": 1,
            "data": data,
            "status": {"$literal": "owed"},
            "created_at": {"$literal": giving.at},
            "due_at": {"$literal": giving.at},
            "attempts": {"$literal": 0},
        }
    }


def reward_season(end: SeasonEnd, giving: Giving, *, without: Collection[str]) -> Pipeline:
    """`GrantRow`s for all who scored in the season, by the highest tier they reached; `without` these."""
    highest = {"$min": ["$seasonal_max_tier", len(end.messages) - 1]}
    data = {
        "rewardType": "season",
        "leaderboardId": giving.leaderboard_id,
        "leaderboardSeasonalMaxTier": highest,
        "leaderboardSeasonalResetTier": tier_after(end),
    }
    return [
        {
            "$match": {
                "leaderboard_id": giving.leaderboard_id,
                "scored_in_season": True,
                "account_id": {"$nin": list(without)},
                **unfinished(end.cycle),
            }
        },
        {"$set": {"message": {"$arrayElemAt": [{"$literal": list(end.messages)}, highest]}}},
        _grant({"$concat": [giving.run_id, "-", "$account_id"]}, data, giving),
        kept_once("grants"),
    ]
