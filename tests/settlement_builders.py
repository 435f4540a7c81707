"""Entries and enrollments of one ended cycle as MongoDB holds them, and pipelines run on them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from game_world import BOARD, Json, Store, account

from app.aggregations.stages import Pipeline
from app.game.documents import EnrollmentDocument

CYCLE = 7
SHARD = f"{0xA1:024x}"
OTHER_SHARD = f"{0xA2:024x}"
NEXT_SHARD = f"{0xA8:024x}"
RUN = f"{0xB1:024x}"
ENDED = datetime(2026, 5, 1, 2, tzinfo=UTC)


def an_entry(number: int, score: int, **overrides: Any) -> Json:
    """An open entry of tier 1; sealed, if it has a rank."""
    state = "sealed" if "rank" in overrides else "open"
    return {
        "_id": f"{BOARD}/{CYCLE}/public/{account(number)}",
        "leaderboard_id": BOARD,
        "cycle": CYCLE,
        "tier": 1,
        "shard_id": SHARD,
        "guild_id": None,
        "account_id": account(number),
        "score": score,
        "version": 3,
        "last_updated": 1_000 + number,
        "state": state,
        "receipts": [],
    } | overrides


def an_enrollment(number: int, **overrides: Any) -> Json:
    """A player of tier 1 who scored in the cycle, in the shard, not yet settled."""
    return {
        "_id": f"{0xE0000 + number:024x}",
        "account_id": account(number),
        "leaderboard_id": BOARD,
        "tier": 1,
        "active_tier": 1,
        "seasonal_max_tier": 1,
        "scored_in_season": True,
        "active_cycle": CYCLE,
        "settled_cycle": CYCLE - 1,
        "season_cycle": CYCLE - 1,
        "promotion_status": -1,
        "season_ended": False,
        "current_shard_id": SHARD,
        "guild_id": None,
        "archives": [],
    } | overrides


def keep(store: Store, *, entries: Iterable[Json] = (), enrollments: Iterable[Json] = ()) -> None:
    """Put documents into the collections, with the indexes that merging needs."""
    store["enrollments"].create_indexes(EnrollmentDocument.Settings.indexes)
    for name, documents in (("entries", list(entries)), ("enrollments", list(enrollments))):
        if documents:
            store[name].insert_many(documents)


def ranked(points: Mapping[int, int], **overrides: Any) -> list[Json]:
    """Sealed entries of these players and scores."""
    return [
        an_entry(number, score, rank=1 + sum(other > score for other in points.values()), **overrides)
        for number, score in points.items()
    ]


def run(store: Store, pipeline: Pipeline) -> list[Json]:
    """The rows of a pipeline over the entries; none where it merges."""
    return list(store["entries"].aggregate(pipeline))


def run_late(store: Store, pipeline: Pipeline, *, meanwhile: Callable[[], object]) -> None:
    """A pipeline whose merge comes only after something else has happened to what it read."""
    *reading, merge = pipeline
    rows = run(store, reading)
    meanwhile()
    held: Pipeline = [
        {"$limit": 1},
        {"$project": {"rows": {"$literal": rows}}},
        {"$unwind": "$rows"},
        {"$replaceRoot": {"newRoot": "$rows"}},
    ]
    run(store, [*held, merge])


def column(store: Store, collection: str, *fields: str) -> dict[int, Any]:
    """These fields of every document by player; of one field, the bare value."""
    found = {int(row["account_id"], 16): _values(row, fields) for row in store[collection].find()}
    return dict(sorted(found.items()))


def _values(row: Json, fields: Sequence[str]) -> Any:
    values = tuple(row.get(field) for field in fields)
    return values if len(values) > 1 else values[0]
