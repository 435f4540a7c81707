"""What a rollover does to the players of a cycle, inside MongoDB: rank and seal, move, idle, end a season.

Every pipeline may be run again, by another worker, at the same time, and after the cycle that follows has
begun: whatever it writes is keyed by archive or guarded by the cycle it settles. Shards that share a
pipeline share its tier and its cuts, so that a thousand small shards cost what one large one does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from app.aggregations.stages import Pipeline, Stage, kept_once, merged_into

ACKNOWLEDGED, UNCHANGED, DEMOTED, PROMOTED = -1, 0, 1, 2
ARCHIVES_LISTED = 10
PAST_ANY_RANK = 2**53
UNRANKED, RECEIPTS = "unranked", "receipts"

Update = tuple[Stage, Pipeline]


class RankedEntry(TypedDict):
    """What `rank_and_seal` merges into an entry: `sealed`, if it still has the version that was ranked."""

    _id: str
    version: int
    sealed: Mapping[str, Any]


class Moved(TypedDict):
    """What `move_players` merges into an enrollment that this cycle has not settled yet."""

    account_id: str
    leaderboard_id: str
    tier: int
    promotion_status: int
    current_shard_id: str
    cycle: int


def rank_and_seal(shard_ids: Sequence[str]) -> Pipeline:
    """Competition ranks of all entries of these shards, each sealed at the version that was ranked.

    An entry that changed meanwhile stays open. Repeated until none is, the ranks are those of the sealed
    scores; what is right already is not written again.
    """
    return [
        {"$match": {"shard_id": {"$in": list(shard_ids)}, "state": {"$in": ["open", "sealed"]}}},
        {"$project": {"shard_id": 1, "score": 1, "version": 1, "rank": 1, "stored": {"$meta": "recordId"}}},
        {
            "$setWindowFields": {
                "partitionBy": "$shard_id",
                "sortBy": {"score": -1},
                "output": {"place": {"$rank": {}}},
            }
        },
        {"$match": {"$expr": {"$ne": ["$rank", "$place"]}}},
        # As they are stored and not as they are ranked: neighbours are written together, each page once.
        {"$sort": {"stored": 1}},
        {"$project": {"version": 1, "sealed": {"rank": "$place", "state": {"$literal": "sealed"}}}},
        merged_into("entries", on="_id", found=_sealed_if_unchanged()),
    ]


def _sealed_if_unchanged() -> Pipeline:
    # MongoDB reads this anew for every entry, so it is as short as it can be. Barring raises the version.
    unchanged = {"$eq": ["$version", "$$new.version"]}
    return [{"$replaceWith": {"$mergeObjects": ["$$ROOT", {"$cond": [unchanged, "$$new.sealed", None]}]}}]


def left_over(shard_ids: Sequence[str]) -> Pipeline:
    """Up to two rows, whose `_id` is `UNRANKED` or `RECEIPTS`: what there is to do after `rank_and_seal`.

    Both in one look, which is at every entry.
    """
    unranked = [{"state": "open"}, {"barred": True, "rank": None}]
    holding = {"receipts.0": {"$exists": True}}
    return [
        {"$match": {"shard_id": {"$in": list(shard_ids)}, "$or": [*unranked, holding]}},
        {"$group": {"_id": {"$cond": [{"$gt": ["$rank", None]}, RECEIPTS, UNRANKED]}}},
    ]


def copy_receipts(shard_ids: Sequence[str]) -> Pipeline:
    """The receipts that sealed entries still hold, into the receipts; one that is there stays."""
    return [
        {
            "$match": {
                "shard_id": {"$in": list(shard_ids)},
                "state": "sealed",
                "receipts.0": {"$exists": True},
            }
        },
        {"$unwind": "$receipts"},
        {"$replaceWith": "$receipts"},
        kept_once("receipts"),
    ]


def count_ranked(shard_ids: Sequence[str]) -> Pipeline:
    """Rows `{_id: shard id, players}` of ranked shards: all entries less the barred, counted in indexes."""
    wanted = {"shard_id": {"$in": list(shard_ids)}}
    barred = [
        {"$match": {**wanted, "barred": True}},
        {"$group": {"_id": "$shard_id", "players": {"$sum": -1}}},
    ]
    return [
        {"$match": wanted},
        {"$group": {"_id": "$shard_id", "players": {"$sum": 1}}},
        {"$unionWith": {"coll": "entries", "pipeline": barred}},
        {"$group": {"_id": "$_id", "players": {"$sum": "$players"}}},
    ]


@dataclass(frozen=True, slots=True)
class Moves:
    """Which ranks of a tier's public shards go up or down in one cycle; None: none.

    Who goes up has `promoted_score` or more, who goes down `demoted_score` or less: a large shard is read in
    part. None: any score.
    """

    cycle: int
    tier: int
    promote_through: int | None
    demote_from: int | None
    promoted_score: int | None = None
    demoted_score: int | None = None


def move_players(shard_ids: Sequence[str], moves: Moves) -> Pipeline:
    """`Moved` rows: who leaves the tier, set absolutely from the tier in which the shard played."""
    # Rank 0 is nobody's, and no shard has a rank past the last one there can be.
    up = {"rank": {"$lte": moves.promote_through or 0}, "score": {"$gte": max(1, moves.promoted_score or 0)}}
    down: Stage = {"rank": {"$gte": moves.demote_from or PAST_ANY_RANK}}
    if moves.demoted_score is not None:
        down["score"] = {"$lte": moves.demoted_score}
    goes_up = {"$and": [{"$lte": ["$rank", moves.promote_through or 0]}, {"$gt": ["$score", 0]}]}
    return [
        {"$match": {"shard_id": {"$in": list(shard_ids)}, "state": "sealed", "$or": [up, down]}},
        {
            "$project": {
                "_id": 0,
                "account_id": 1,
                "leaderboard_id": 1,
                "cycle": 1,
                "current_shard_id": "$shard_id",
                "tier": {"$cond": [goes_up, moves.tier + 1, moves.tier - 1]},
                "promotion_status": {"$cond": [goes_up, PROMOTED, DEMOTED]},
            }
        },
        merged_into("enrollments", on=["account_id", "leaderboard_id"], found=_moved_once()),
    ]


def _moved_once() -> Pipeline:
    moved = {
        "tier": "$$new.tier",
        "promotion_status": "$$new.promotion_status",
        # A promotion counts for the season, also the one in its last rollover.
        "seasonal_max_tier": {
            "$cond": [
                {"$eq": ["$$new.promotion_status", PROMOTED]},
                {"$max": ["$seasonal_max_tier", "$$new.tier"]},
                "$seasonal_max_tier",
            ]
        },
        "archives": _with_archive("$$new.current_shard_id"),
        "current_shard_id": None,
        "settled_cycle": "$$new.cycle",
    }
    unsettled = {"$lt": ["$settled_cycle", "$$new.cycle"]}
    return [{"$replaceWith": {"$mergeObjects": ["$$ROOT", {"$cond": [unsettled, moved, {}]}]}}]


def demote_idle(leaderboard_id: str, cycle: int) -> Update:
    """Who did not score in the cycle and is above tier 0 goes down one, in a shard or not.

    Comes after `move_players`, whose decision stands, and before `settle_others`.
    """
    idle = {
        "leaderboard_id": leaderboard_id,
        "tier": {"$gt": 0},
        "active_cycle": {"$not": {"$gte": cycle}},
        **_unsettled(cycle),
    }
    return idle, [
        {
            "$set": {
                "tier": {"$subtract": ["$tier", 1]},
                "promotion_status": DEMOTED,
                "archives": _with_archive("$current_shard_id"),
                "current_shard_id": None,
                "settled_cycle": cycle,
            }
        }
    ]


def settle_others(leaderboard_id: str, cycle: int) -> Update:
    """Everybody else who was in a public shard stays where they are, told that nothing changed."""
    others = {
        "leaderboard_id": leaderboard_id,
        "current_shard_id": {"$type": "string"},
        **_unsettled(cycle),
    }
    return others, [
        {
            "$set": {
                "promotion_status": UNCHANGED,
                "archives": _with_archive("$current_shard_id"),
                "current_shard_id": None,
                "settled_cycle": cycle,
            }
        }
    ]


def list_guild_archive(shard_id: str) -> Pipeline:
    """Rows that add a guild shard's archive to its players' enrollments; guild shards move nobody."""
    return [
        {"$match": {"shard_id": shard_id, "state": "sealed"}},
        {"$project": {"_id": 0, "account_id": 1, "leaderboard_id": 1, "shard_id": 1}},
        merged_into("enrollments", on=["account_id", "leaderboard_id"], found=_listed_once()),
    ]


def _listed_once() -> Pipeline:
    listed = {"$in": ["$$new.shard_id", "$archives"]}
    return [{"$set": {"archives": {"$cond": [listed, "$archives", _with_archive("$$new.shard_id")]}}}]


def _unsettled(cycle: int) -> Stage:
    return {"settled_cycle": {"$not": {"$gte": cycle}}}


def _with_archive(shard_id: str) -> Stage:
    """The enrollment's newest archives with one more in front, if there is one."""
    longer = {"$slice": [{"$concatArrays": [[shard_id], "$archives"]}, ARCHIVES_LISTED]}
    return {"$cond": [{"$eq": [{"$type": shard_id}, "string"]}, longer, "$archives"]}


@dataclass(frozen=True, slots=True)
class SeasonEnd:
    """The end of a season with one cycle: per tier the message it wins and the tier it leads to."""

    cycle: int
    messages: Sequence[Mapping[str, Any]]
    tiers_after: Sequence[int]


def finish_season(leaderboard_id: str, end: SeasonEnd) -> Update:
    """Everybody learns that the season is over; whoever is above the tier it leads to drops there."""
    after = tier_after(end)
    return {"leaderboard_id": leaderboard_id, **unfinished(end.cycle)}, [
        {
            "$set": {
                "tier": after,
                "promotion_status": {"$cond": [{"$lt": [after, "$tier"]}, DEMOTED, "$promotion_status"]},
                "season_ended": True,
                "seasonal_max_tier": -1,
                "scored_in_season": False,
                "season_cycle": end.cycle,
            }
        }
    ]


def tier_after(end: SeasonEnd) -> Stage:
    """Where the end of the season leads from an enrollment's present tier."""
    present = {"$min": ["$tier", len(end.tiers_after) - 1]}
    return {"$arrayElemAt": [list(end.tiers_after), present]}


def unfinished(cycle: int) -> Stage:
    """Enrollments that have not seen the end of this cycle's season."""
    return {"season_cycle": {"$not": {"$gte": cycle}}}
