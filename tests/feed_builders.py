"""Users, sessions and earnings as they are stored, and feeds as they come out."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from game_world import Json, Store, account
from livestream_world import a_session

from app.aggregations.stages import Pipeline

#: Half a minute before a minute is full.
NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GLOBAL = "user_livestream-global"
ASIA = "user_livestream-asia"


def user_id(number: int) -> ObjectId:
    """The id of a user."""
    return ObjectId(account(number))


def a_user(number: int, *tags: str, biography: str = "") -> Json:
    """A user as stored."""
    return {
        "_id": user_id(number),
        "username": f"user-{number}",
        "profile": {"biography": biography},
        "tags": list(tags),
    }


def keep_user(store: Store, number: int, *tags: str) -> None:
    """The user, stored; one that is there is replaced."""
    store["users"].replace_one({"_id": user_id(number)}, a_user(number, *tags), upsert=True)


def goes_live(store: Store, number: int, *tags: str, **session: Any) -> None:
    """A user with an active session."""
    keep_user(store, number, *tags)
    store["sessions"].insert_one(a_session(number, **({"statuses__started": NOW} | session)))


def ends(store: Store, number: int) -> None:
    """The user's session is over."""
    store["sessions"].update_one({"user": user_id(number), "active": True}, {"$set": {"active": False}})


def earns(store: Store, number: int, revenue: int, *, hours_ago: int = 0) -> None:
    """What a user received in one hour."""
    time = NOW.replace(minute=0, second=0) - timedelta(hours=hours_ago)
    row = {"user": user_id(number), "time": time, "breakdown": {}, "revenue": revenue}
    store["earnings"].insert_one(row)


def run(store: Store, collection: str, stages: Pipeline) -> list[Json]:
    """The rows that some stages make of a collection."""
    return list(store[collection].aggregate(stages))


def shown(store: Store, alias: str = GLOBAL) -> list[int] | None:
    """The users of the newest feed of an alias, by number, in order; None if there is no feed."""
    feed = store["feeds"].find_one({"aliases": alias}, sort=[("version", -1)])
    return None if feed is None else [number_of(item["id"]) for item in feed["items"]]


def number_of(user: object) -> int:
    """The number of a user, by id."""
    return int(str(user), 16)


def by_user(rows: Iterable[Json], *path: str) -> dict[int, Any]:
    """One value of each row, or of a part of it, by the user's number."""
    found = {}
    for row in rows:
        value: Any = row
        for name in path:
            value = value[name]
        found[number_of(row["id"])] = value
    return found


def numbers(rows: Iterable[Json], field: str = "id") -> list[int]:
    """The users of rows in order, by number."""
    return [number_of(row[field]) for row in rows]


def tasks(store: Store) -> dict[str, Json]:
    """What is known of each feed's builds."""
    return {row["_id"]: row for row in store["feed_tasks"].find()}


def due(store: Store) -> dict[str, datetime | None]:
    """When each feed is to be built."""
    return {key: task["due_at"] for key, task in tasks(store).items()}


def versions(store: Store, alias: str = GLOBAL) -> Sequence[int]:
    """The versions there are of a feed, oldest first."""
    found = store["feeds"].find({"aliases": alias}).sort("version")
    return [feed["version"] for feed in found]
