"""Real processes killed, stopped or emptied in the middle of a rollover, and scores around its lock."""

import asyncio
import itertools
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from bson import ObjectId
from dev_process import LAUREL, Dev, eventually, running_dev
from game_world import Json, Store, account, together
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from redis import Redis
from rollover_driver import DEMOTED, PROMOTED, UNCHANGED, rank_rewards, tiered

from app.cli.target import settings_of
from app.dev.children import Child
from app.settings import Settings

SHARD, SHARDS, TIERS = 50, 400, 3
PROMOTED_THROUGH, DEMOTED_FROM = 5, 40
NEVER = 5
#: A worker that dies is replaced within 20 s; the rest is for the work itself on a busy machine.
REPLACED_WITHIN_S = 20.0
WORKS_FOR_S = 20.0
WORKER = " worker"
CLIENTS, HAMMERED_FOR_S = 8, 8.0
BOARDS = [f"hammered-{number}" for number in range(4)]
IN_THE_MIDDLE = {"rank", "archive", "reward", "move", "idle"}

Fault = Callable[[Dev], Any]


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with running_dev(tmp_path_factory.mktemp("rolling") / "data", "--no-demo", "--workers", "2") as running:
        yield running


@pytest.fixture(scope="module")
def settings(dev: Dev) -> Iterator[Settings]:
    with settings_of(dev.data_dir) as announced:
        yield announced


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[Store]:
    mongo: MongoClient[Json] = MongoClient(settings.mongodb_uri, tz_aware=True)
    with mongo:
        yield mongo[settings.mongodb_database]


@pytest.fixture(scope="module")
def admin(dev: Dev) -> dict[str, str]:
    return dev.caller("admin")


def define(dev: Dev, admin: dict[str, str], *boards: Json) -> None:
    body = {"leaderboards": boards}
    httpx.post(f"{dev.url}/leaderboard/admin/update", headers=admin, json=body).raise_for_status()


def begin(dev: Dev, admin: dict[str, str], board: str) -> None:
    body = {"leaderboardId": board}
    httpx.post(f"{dev.url}/leaderboard/admin/rollover", headers=admin, json=body).raise_for_status()


def large_board(board: str) -> Json:
    rule = {"promotionRank": PROMOTED_THROUGH, "playersPerShard": SHARD, "rewards": rank_rewards(1)}
    rules = [rule, *[{**rule, "demotionRank": DEMOTED_FROM}] * (TIERS - 1)]
    return tiered(*rules, leaderboard_id=board, rolloverType=NEVER)


def fill(store: Store, board: str) -> None:
    """Full shards in every tier, the account's number being its place; straight into MongoDB."""
    key = {"leaderboard_id": board, "cycle": 1, "guild_id": None}
    shards, entries, enrollments = [], [], []
    for number in range(SHARDS):
        tier, shard_id = number % TIERS, str(ObjectId())
        placed = {**key, "tier": tier}
        opened = {"opened_at": datetime.now(UTC), "stage": "open", "seats": SHARD}
        shards.append({"_id": shard_id, **placed, "number": number, **opened})
        for place in range(SHARD):
            who = {**key, "account_id": account(number * SHARD + place + 1)}
            at = {"last_updated": 1, "touched_at": 1, "version": 1, "state": "open"}
            scored = {"tier": tier, "shard_id": shard_id, "score": SHARD - place, **at}
            entries.append({"_id": f"{board}/1/public/{who['account_id']}", **who, **scored})
            enrollments.append(enrollment(who, tier, shard_id))
    for name, rows in (("shards", shards), ("entries", entries), ("enrollments", enrollments)):
        store[name].insert_many(rows, ordered=False)


def enrollment(who: Json, tier: int, shard_id: str) -> Json:
    never = {"settled_cycle": 0, "season_cycle": 0, "promotion_status": -1, "season_ended": False}
    return {
        "_id": str(ObjectId()),
        "account_id": who["account_id"],
        "leaderboard_id": who["leaderboard_id"],
        "tier": tier,
        "active_tier": tier,
        "seasonal_max_tier": tier,
        "scored_in_season": True,
        "active_cycle": 1,
        "current_shard_id": shard_id,
        "guild_id": None,
        "archives": [],
        **never,
    }


def moved(tier: int, rank: int) -> tuple[int, int]:
    """Where a rank leads, and what the player is told."""
    if rank <= PROMOTED_THROUGH and tier < TIERS - 1:
        return tier + 1, PROMOTED
    if rank >= DEMOTED_FROM and tier > 0:
        return tier - 1, DEMOTED
    return tier, UNCHANGED


@contextmanager
def worker_killed(dev: Dev) -> Iterator[None]:
    os.kill(dev.process(WORKER), signal.SIGKILL)
    yield


@contextmanager
def worker_stopped_while_another_takes_over(dev: Dev) -> Iterator[None]:
    first = dev.process(WORKER)
    os.kill(first, signal.SIGSTOP)
    log = dev.data_dir / "other-worker.log"
    other = Child(name="worker", command=[*LAUREL, "worker", "--data-dir", str(dev.data_dir)], log=log)
    other.launch()
    try:
        yield
    finally:
        os.kill(first, signal.SIGCONT)
        other.stop()
    eventually(lambda: "rollover.lease_lost" in (dev.data_dir / "logs/worker.log").read_text() or None)


@contextmanager
def redis_flushed(dev: Dev) -> Iterator[None]:
    with settings_of(dev.data_dir) as settings, Redis.from_url(settings.redis_url) as redis:
        redis.flushall()
    yield


@contextmanager
def mongod_killed(dev: Dev) -> Iterator[None]:
    os.kill(dev.process("mongod"), signal.SIGKILL)
    yield


@pytest.mark.parametrize(
    "fault", [worker_killed, worker_stopped_while_another_takes_over, redis_flushed, mongod_killed]
)
def test_a_run_is_done_once_whatever_happens_in_its_middle(
    dev: Dev, store: Store, admin: dict[str, str], fault: Fault
) -> None:
    board = fault.__name__
    define(dev, admin, large_board(board))
    fill(store, board)

    begin(dev, admin, board)
    eventually(lambda: run_of(store, board)["step"] in IN_THE_MIDDLE or None)
    with fault(dev):
        eventually(lambda: is_done(store, board), within_s=REPLACED_WITHIN_S + WORKS_FOR_S)

    assert_settled(store, board)
    assert_delivered(dev, store, board)


def run_of(store: Store, board: str) -> Json:
    (run,) = store["rollovers"].find({"leaderboard_id": board})
    return dict(run)


def is_done(store: Store, board: str) -> bool | None:
    try:
        return run_of(store, board)["state"] == "done" or None
    except PyMongoError:
        return None


def assert_settled(store: Store, board: str) -> None:
    """Every entry ranked, everybody moved, every winner owed one reward, each once."""
    (leaderboard,) = store["leaderboards"].find({"_id": board})
    assert (leaderboard["cycle"]["number"], leaderboard["cycle"]["state"]) == (2, "open")
    shards = {shard["_id"]: shard for shard in store["shards"].find({"leaderboard_id": board})}
    assert {(shard["stage"], shard["archive"]["players"]) for shard in shards.values()} == {("moved", SHARD)}
    entries = list(store["entries"].find({"leaderboard_id": board}))
    assert {(entry["state"], entry["rank"] + entry["score"]) for entry in entries} == {("sealed", SHARD + 1)}
    records = {row["account_id"]: row for row in store["enrollments"].find({"leaderboard_id": board})}
    assert len(entries) == len(records) == SHARDS * SHARD
    for entry in entries:
        record = records[entry["account_id"]]
        assert (record["tier"], record["promotion_status"]) == moved(entry["tier"], entry["rank"])
        assert record["archives"] == [entry["shard_id"]]
    winners = {f"{entry['shard_id']}-{entry['account_id']}" for entry in entries if entry["rank"] == 1}
    assert {grant["_id"] for grant in store["grants"].find({"leaderboard_id": board})} == winners


def assert_delivered(dev: Dev, store: Store, board: str) -> None:
    """Every grant comes into the mailbox, once."""
    owed = {"leaderboard_id": board, "status": "owed"}
    eventually(lambda: store["grants"].find_one(owed) is None or None)
    lines = (line for line in (dev.data_dir / "mail.jsonl").read_text().splitlines() if line)
    mail = Counter(
        message["id"]
        for line in lines
        for message in json.loads(line)["messages"]
        if message["data"]["leaderboardId"] == board
    )
    assert set(mail.values()) == {1}
    assert len(mail) == SHARDS


class Scorer:
    """One player who sends scores with keys, and what was acknowledged: points by board and cycle."""

    def __init__(self, account_id: str, headers: dict[str, str]) -> None:
        self.account_id = account_id
        self.headers = headers
        self.points: Counter[tuple[str, int]] = Counter()
        self.statuses: Counter[int] = Counter()
        self._draw = random.Random(account_id)
        self._keys = itertools.count()

    async def play(self, client: httpx.AsyncClient, until: float) -> None:
        """Send one score after the other."""
        while time.monotonic() < until:
            board, points = self._draw.choice(BOARDS), self._draw.randint(1, 1000)
            cycle = await self._score(client, board, points)
            self.points[board, cycle] += points

    async def _score(self, client: httpx.AsyncClient, board: str, points: int) -> int:
        """The cycle in which the score was counted; the same key is sent until there is an answer."""
        key = f"{self.account_id}-{next(self._keys)}"
        headers = {**self.headers, "Idempotency-Key": key, "Prefer": "return=representation"}
        while True:
            answer = await client.patch(
                "/leaderboard/score", headers=headers, json={"leaderboardId": board, "score": points}
            )
            self.statuses[answer.status_code] += 1
            if answer.is_success:
                return int(answer.json()["cycle"])
            assert answer.status_code in {409, 503}, answer.text
            await asyncio.sleep(0.02)


async def test_a_score_around_a_lock_is_in_exactly_one_cycle(
    dev: Dev, store: Store, admin: dict[str, str]
) -> None:
    define(dev, admin, *(tiered({}, {}, leaderboard_id=board, rolloverType=NEVER) for board in BOARDS))
    accounts = [account(number) for number in range(1, CLIENTS + 1)]
    scorers = [Scorer(one, dev.caller("player", one)) for one in accounts]

    until = time.monotonic() + HAMMERED_FOR_S
    async with httpx.AsyncClient(base_url=dev.url, timeout=10) as client:
        await together(*(scorer.play(client, until) for scorer in scorers), keep_closing(store, until))
    eventually(lambda: store["rollovers"].find_one({"state": "running"}) is None or None)

    entries = {
        (entry["account_id"], entry["leaderboard_id"], entry["cycle"]): entry["score"]
        for entry in store["entries"].find({"leaderboard_id": {"$in": BOARDS}})
    }
    assert entries == {
        (scorer.account_id, board, cycle): points
        for scorer in scorers
        for (board, cycle), points in scorer.points.items()
    }
    assert store["entries"].find_one({"state": "pending"}) is None
    assert len({place for scorer in scorers for place in scorer.points}) > 2 * len(BOARDS)
    assert {200, 202} <= {status for scorer in scorers for status in scorer.statuses}


async def keep_closing(store: Store, until: float) -> None:
    """Let every board that has no end have one soon."""
    endless = {"cycle.state": "open", "cycle.closes_at": None}
    while time.monotonic() < until:
        for board in BOARDS:
            soon = datetime.now(UTC) + timedelta(seconds=random.uniform(0.1, 1))
            store["leaderboards"].update_one({"_id": board, **endless}, {"$set": {"cycle.closes_at": soon}})
        await asyncio.sleep(0.05)
    store["leaderboards"].update_many(
        {"_id": {"$in": BOARDS}, "cycle.state": "open"}, {"$set": {"cycle.closes_at": None}}
    )
