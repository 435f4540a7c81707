"""What a rollover would do, read from the open entries of a running cycle; nothing is written."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypedDict

from app.aggregations.settlement import PAST_ANY_RANK, SeasonEnd, tier_after
from app.aggregations.stages import Pipeline, Stage

NO_TIER = -1
NO_BAND = -1


class PreviewedLine(TypedDict):
    """One player who would move or win; `band` is the place of the reward among the bands, -1 for none."""

    account_id: str
    rank: int
    score: int
    band: int


class PreviewedCounts(TypedDict):
    """How many of some shards would move and win."""

    promoted: int
    demoted: int
    rewarded: int


class PreviewedShards(TypedDict):
    """The one row of `preview_shards`; no counts if no entry is open."""

    counts: list[PreviewedCounts]
    promotions: list[PreviewedLine]
    demotions: list[PreviewedLine]
    rewards: list[PreviewedLine]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Public shards of one tier with the ranks that leave it; None: none."""

    shard_ids: Sequence[str]
    tier: int
    promote_through: int | None
    demote_from: int | None


class IdleTier(TypedDict):
    """How many players of a tier would go down for not having scored."""

    _id: int
    players: int


class SeasonTier(TypedDict):
    """Players by the highest tier that a season's end would reward, -1 for none; how many of them drop."""

    _id: int
    players: int
    dropped: int


def count_open(shard_ids: Sequence[str]) -> Pipeline:
    """Rows `{_id: shard id, players}`; a shard without an open entry has no row."""
    return [
        {"$match": _open(shard_ids)},
        {"$group": {"_id": "$shard_id", "players": {"$sum": 1}}},
    ]


def preview_shards(leaving: Leaving, bands: Sequence[tuple[int, int]], *, listed: int) -> Pipeline:
    """A `PreviewedShards`: the best ranks of each kind are listed, all are counted.

    `bands` are the first and last ranks that win; the shards must all have the same number of players.
    """
    return [
        *_ranked(leaving.shard_ids),
        {"$set": {"move": _move(leaving), "band": _band(bands)}},
        {
            "$facet": {
                "counts": _counted(),
                "promotions": _listed({"move": 1}, listed),
                "demotions": _listed({"move": -1}, listed),
                "rewards": _listed({"band": {"$gte": 0}}, listed),
            }
        },
    ]


def count_idle(leaderboard_id: str, cycle: int, leaving: Sequence[Leaving], *, top_tier: int) -> Pipeline:
    """`IdleTier` rows over enrollments, without those whose rank already moves them."""
    idle = {
        "leaderboard_id": leaderboard_id,
        "tier": {"$gt": 0},
        "active_cycle": {"$not": {"$gte": cycle}},
    }
    return [
        *_outcomes(idle, [group for group in leaving if group.tier > 0]),
        {"$match": {"to": None}},
        {"$group": {"_id": {"$min": ["$tier", top_tier]}, "players": {"$sum": 1}}},
    ]


def count_season(
    leaderboard_id: str, end: SeasonEnd, leaving: Sequence[Leaving], *, without: Collection[str]
) -> Pipeline:
    """`SeasonTier` rows over all enrollments as the cycle would leave them; `without` these winning."""
    wins_higher = {"$and": ["$up", {"$gt": ["$highest", NO_TIER]}]}
    highest = {"$cond": [wins_higher, {"$max": ["$highest", "$to"]}, "$highest"]}
    is_idle = {"$and": [{"$gt": ["$tier", 0]}, {"$lt": ["$active_cycle", end.cycle]}]}
    unmoved = {"$cond": [is_idle, {"$subtract": ["$tier", 1]}, "$tier"]}
    top_tier = len(end.tiers_after) - 1
    return [
        *_outcomes({"leaderboard_id": leaderboard_id}, leaving),
        {"$set": {"highest": {"$min": [highest, top_tier]}, "tier": {"$ifNull": ["$to", unmoved]}}},
        {"$set": {"highest": {"$cond": [{"$in": ["$_id", list(without)]}, NO_TIER, "$highest"]}}},
        {
            "$group": {
                "_id": "$highest",
                "players": {"$sum": 1},
                "dropped": {"$sum": {"$cond": [{"$lt": [tier_after(end), "$tier"]}, 1, 0]}},
            }
        },
    ]


def _open(shard_ids: Sequence[str]) -> Stage:
    return {"shard_id": {"$in": list(shard_ids)}, "state": "open"}


def _ranked(shard_ids: Sequence[str]) -> Pipeline:
    return [
        {"$match": _open(shard_ids)},
        {"$project": {"_id": 0, "shard_id": 1, "account_id": 1, "score": 1}},
        {
            "$setWindowFields": {
                "partitionBy": "$shard_id",
                "sortBy": {"score": -1},
                "output": {"rank": {"$rank": {}}},
            }
        },
    ]


def _move(leaving: Leaving) -> Stage:
    """By how many tiers a rank and score move; going up comes before going down."""
    up = {"$and": [{"$lte": ["$rank", leaving.promote_through or 0]}, {"$gt": ["$score", 0]}]}
    down = {"$gte": ["$rank", leaving.demote_from or PAST_ANY_RANK]}
    return {"$cond": [up, 1, {"$cond": [down, -1, 0]}]}


def _band(bands: Sequence[tuple[int, int]]) -> Stage:
    if not bands:
        return {"$literal": NO_BAND}
    return {
        "$switch": {
            "branches": [
                {"case": _within(first, last), "then": at} for at, (first, last) in enumerate(bands)
            ],
            "default": NO_BAND,
        }
    }


def _within(first: int, last: int) -> Stage:
    return {"$and": [{"$gte": ["$rank", first]}, {"$lte": ["$rank", last]}, {"$gt": ["$score", 0]}]}


def _counted() -> Pipeline:
    def how_many(condition: Stage) -> Stage:
        return {"$sum": {"$cond": [condition, 1, 0]}}

    return [
        {
            "$group": {
                "_id": None,
                "promoted": how_many({"$eq": ["$move", 1]}),
                "demoted": how_many({"$eq": ["$move", -1]}),
                "rewarded": how_many({"$gte": ["$band", 0]}),
            }
        }
    ]


def _listed(wanted: Stage, most: int) -> Pipeline:
    return [
        {"$match": wanted},
        {"$sort": {"rank": 1, "account_id": 1}},
        {"$limit": most},
        {"$project": {"account_id": 1, "rank": 1, "score": 1, "band": 1}},
    ]


def _outcomes(enrolled: Stage, leaving: Sequence[Leaving]) -> Pipeline:
    """Rows `{_id: account, tier, highest, active_cycle, to, up}`: where ranks lead players, if anywhere."""
    return [
        {"$match": enrolled},
        {
            "$project": {
                "_id": 0,
                "account_id": 1,
                "tier": 1,
                "highest": {"$cond": ["$scored_in_season", "$seasonal_max_tier", NO_TIER]},
                "active_cycle": 1,
            }
        },
        *({"$unionWith": {"coll": "entries", "pipeline": _leavers(group)}} for group in leaving),
        {
            "$group": {
                "_id": "$account_id",
                **{name: {"$max": f"${name}"} for name in ("tier", "highest", "active_cycle", "to", "up")},
            }
        },
        # Who leaves and is not among the enrolled that were asked for has no tier here.
        {"$match": {"tier": {"$ne": None}}},
    ]


def _leavers(leaving: Leaving) -> Pipeline:
    return [
        *_ranked(leaving.shard_ids),
        {"$set": {"move": _move(leaving)}},
        {"$match": {"move": {"$ne": 0}}},
        {
            "$project": {
                "account_id": 1,
                "to": {"$add": [leaving.tier, "$move"]},
                "up": {"$eq": ["$move", 1]},
            }
        },
    ]
