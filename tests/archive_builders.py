"""Archives as rollovers leave them in MongoDB, valid unless a test says otherwise."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from definition_builders import a_definition
from game_world import BOARD, GUILD, Json, Store, account

from app.game.documents import new_id
from app.kit.clock import to_millis, utc_now

NOTE = "for support only"
RULES_VERSION = 3


def ended(days: float = 1) -> datetime:
    """An instant that many days ago, as precise as MongoDB keeps it."""
    instant = utc_now() - timedelta(days=days)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def an_archive(  # the parts of an archive that tests are about
    store: Store,
    scores: Mapping[int, int] | Iterable[tuple[int, int]] = ((1, 10),),
    *,
    cycle: int = 1,
    ended_at: datetime | None = None,
    definition: Json | None = None,
    untouched: Iterable[int] = (),
    **shard: Any,
) -> str:
    """An archived shard with its run and its sealed entries, best first among equals; its id.

    `untouched`: players who only looked. `shard` is what its document says otherwise.
    """
    points = list(scores.items() if isinstance(scores, Mapping) else scores)
    ended_at = ended_at or ended()
    run_id = a_run(store, cycle=cycle, started_at=ended_at, definition=definition or a_definition())
    document = a_shard(cycle=cycle, ended_at=ended_at, run_id=run_id, players=len(points)) | shard
    store["shards"].insert_one(document)
    store["entries"].insert_many(sealed(document, points, untouched=set(untouched)))
    return str(document["_id"])


def a_run(
    store: Store, *, cycle: int = 1, started_at: datetime | None = None, definition: Json, state: str = "done"
) -> str:
    """The run that ended the cycle, one however many of its shards there are; its id."""
    started_at = started_at or ended()
    board = definition["leaderboardId"]
    known = store["rollovers"].find_one({"leaderboard_id": board, "cycle": cycle})
    if known is not None:
        return str(known["_id"])
    run = {
        "_id": new_id(),
        "leaderboard_id": board,
        "cycle": cycle,
        "state": state,
        "step": "reopen",
        "definition": definition,
        "rules_version": RULES_VERSION,
        "ends_season": False,
        "rollovers_remaining": 4,
        "started_at": started_at,
        "actor": "clock",
        "free_at": started_at,
        "fence": 1,
        "attempts": 0,
        "last_error": None,
        "shards": 1,
        "timings": {},
        "finished_at": started_at if state == "done" else None,
    }
    store["rollovers"].insert_one(run)
    return str(run["_id"])


def a_shard(*, cycle: int = 1, ended_at: datetime, run_id: str, players: int) -> Json:
    """An archived public shard of tier 0."""
    return {
        "_id": new_id(),
        "leaderboard_id": BOARD,
        "cycle": cycle,
        "tier": 0,
        "guild_id": None,
        "number": 1,
        "seats": players,
        "opened_at": ended_at - timedelta(days=1),
        "stage": "moved",
        "archive": {
            "run_id": run_id,
            "ended_at": ended_at,
            "players": players,
            "rules_version": RULES_VERSION,
            "title": "Arena",
            "members": None,
        },
    }


def sealed(shard: Json, points: Iterable[tuple[int, int]], *, untouched: Iterable[int] = ()) -> list[Json]:
    """The shard's entries with their final ranks; of equal scores the first was there first."""
    points = list(points)
    began = to_millis(datetime(2026, 5, 1, tzinfo=UTC))
    return [
        {
            "_id": f"{shard['leaderboard_id']}/{shard['cycle']}/{shard['guild_id'] or 'public'}/{account(n)}",
            **{name: shard[name] for name in ("leaderboard_id", "cycle", "tier", "guild_id")},
            "shard_id": shard["_id"],
            "account_id": account(n),
            "score": score,
            "version": 0 if n in untouched else 1,
            "scored": n not in untouched,
            "last_updated": began + place,
            "touched_at": began + place,
            "state": "sealed",
            "rank": 1 + sum(other > score for _, other in points),
            "receipts": [],
        }
        for place, (n, score) in enumerate(points)
    ]


def a_guild_archive(store: Store, scores: Mapping[int, int], *, members: list[int], cycle: int = 1) -> str:
    """The same of a guild, of whose players only these were members at the end."""
    archive_id = an_archive(store, scores, cycle=cycle, guild_id=GUILD)
    store["shards"].update_one(
        {"_id": archive_id}, {"$set": {"archive.members": [account(number) for number in members]}}
    )
    return archive_id


def won(store: Store, archive_id: str, number: int, **overrides: Any) -> None:
    """The player's reward in that shard: sent, a hundred coins."""
    shard = store["shards"].find_one({"_id": archive_id})
    assert shard is not None
    ended_at = shard["archive"]["ended_at"]
    message = {
        "subject": "Well played",
        "body": "Here is your reward.",
        "banner": None,
        "icon": "coins.png",
        "internalNote": NOTE,
        "attachments": [{"type": "currency", "rewardId": "coins", "quantity": 100}],
        "visibleFrom": to_millis(ended_at) // 1000,
        "expiration": to_millis(ended_at) // 1000 + 86_400,
    }
    grant = {
        "_id": f"{archive_id}-{account(number)}",
        "account_id": account(number),
        "leaderboard_id": shard["leaderboard_id"],
        "run_id": shard["archive"]["run_id"],
        "message": message,
        "data": {"rewardType": "standard", "leaderboardArchiveId": archive_id},
        "status": "sent",
        "created_at": ended_at,
        "due_at": ended_at,
        "attempts": 1,
        "last_error": None,
        "delivery_id": None,
        "sent_at": ended_at,
    }
    store["grants"].insert_one(grant | overrides)
