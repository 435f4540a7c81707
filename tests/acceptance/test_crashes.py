"""Real processes killed or emptied in the middle of traffic: what was acknowledged stays, once."""

import asyncio
import json
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from definition_builders import a_definition
from dev_process import Dev, laurel, running_dev
from redis import Redis

from app.cli.target import settings_of

BOARD = "crash"
TRAFFIC_S = 4.0
RETRY_AFTER_S = 0.05
ANSWERED_WITHIN_S = 30.0


@dataclass
class History:
    """What one player sent and was told: the deltas, and (version, score) of each answer."""

    account_id: str
    headers: dict[str, str]
    deltas: list[int] = field(default_factory=list)
    answers: list[tuple[int, int]] = field(default_factory=list)


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with running_dev(tmp_path_factory.mktemp("crash") / "data", "--no-demo", "--workers", "2") as running:
        define(running)
        yield running


def define(dev: Dev) -> None:
    body = {"leaderboards": [a_definition(leaderboardId=BOARD)], "idsToDelete": [BOARD]}
    answer = httpx.post(f"{dev.url}/leaderboard/admin/update", headers=dev.caller("admin"), json=body)
    assert answer.is_success, answer.text


def players(dev: Dev, count: int, *, first: int) -> list[History]:
    accounts = [f"{number:024x}" for number in range(first, first + count)]
    return [History(account, dev.caller("player", account)) for account in accounts]


async def play(dev: Dev, history: History, until: float) -> None:
    """Send scores one after the other, each with a key and again with that key until it is answered."""
    rng = random.Random(history.account_id)
    async with httpx.AsyncClient(base_url=dev.url, timeout=5) as client:
        while time.monotonic() < until:
            delta = rng.randint(1, 1000)
            history.deltas.append(delta)
            history.answers.append(await score_until_answered(client, history, delta))


async def score_until_answered(client: httpx.AsyncClient, history: History, delta: int) -> tuple[int, int]:
    key = f"{history.account_id}-{len(history.deltas)}"
    headers = {**history.headers, "Idempotency-Key": key, "Prefer": "return=representation"}
    deadline = time.monotonic() + ANSWERED_WITHIN_S
    while time.monotonic() < deadline:
        try:
            answer = await client.patch(
                "/leaderboard/score", headers=headers, json={"leaderboardId": BOARD, "score": delta}
            )
        except httpx.HTTPError:
            await asyncio.sleep(RETRY_AFTER_S)
            continue
        if answer.status_code == httpx.codes.OK:
            return answer.json()["version"], answer.json()["score"]
        assert answer.status_code in {409, 503}, answer.text
        await asyncio.sleep(RETRY_AFTER_S)
    raise AssertionError("no answer in time")


async def traffic(dev: Dev, histories: list[History], fault: Callable[[], Awaitable[Any]]) -> None:
    until = time.monotonic() + TRAFFIC_S
    await asyncio.gather(*(play(dev, history, until) for history in histories), fault())


def kill_in_the_middle(dev: Dev, word: str) -> Callable[[], Awaitable[None]]:
    async def fault() -> None:
        await asyncio.sleep(TRAFFIC_S / 3)
        os.kill(dev.process(word), signal.SIGKILL)

    return fault


def stored(dev: Dev, history: History) -> int:
    answer = httpx.get(
        f"{dev.url}/leaderboard/rankings", params={"leaderboardId": BOARD}, headers=history.headers
    )
    lines = answer.json()["leaderboards"][0]["nearbyScores"]
    return int(next(line["score"] for line in lines if line["accountId"] == history.account_id))


def assert_counted_once(dev: Dev, histories: list[History]) -> None:
    for history in histories:
        total = 0
        for number, (delta, (version, score)) in enumerate(
            zip(history.deltas, history.answers, strict=True), 1
        ):
            total += delta
            assert (version, score) == (number, total)
        assert stored(dev, history) == total
    assert sum(len(history.answers) for history in histories) > len(histories)


@pytest.mark.parametrize(("word", "first"), [(" api", 0x100), ("mongod", 0x200)])
async def test_a_process_killed_in_the_middle_loses_and_doubles_nothing_acknowledged(
    dev: Dev, word: str, first: int
) -> None:
    histories = players(dev, 8, first=first)

    await traffic(dev, histories, kill_in_the_middle(dev, word))

    assert_counted_once(dev, histories)


async def test_after_a_flush_of_redis_under_load_the_index_has_no_drift(dev: Dev) -> None:
    histories = players(dev, 8, first=0x300)

    async def flush() -> None:
        await asyncio.sleep(TRAFFIC_S / 3)
        with settings_of(dev.data_dir) as settings, Redis.from_url(settings.redis_url) as redis:
            redis.flushall()

    await traffic(dev, histories, flush)

    assert_counted_once(dev, histories)
    report = drift_within(dev.data_dir, 60)
    assert (report["wrong"], report["missing"]) == (0, 0)
    assert report["entries"] >= len(histories)


async def test_a_hundred_simultaneous_first_scores_of_one_player_give_one_entry_of_their_sum(
    dev: Dev,
) -> None:
    (history,) = players(dev, 1, first=0x400)
    async with httpx.AsyncClient(base_url=dev.url, timeout=30) as client:
        answers = await asyncio.gather(
            *(
                client.patch(
                    "/leaderboard/score",
                    headers={**history.headers, "Prefer": "return=representation"},
                    json={"leaderboardId": BOARD, "score": 1},
                )
                for _ in range(100)
            )
        )

    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 101))
    assert stored(dev, history) == 100


def drift_within(data_dir: Path, seconds: float) -> dict[str, Any]:
    """What `laurel index check` finds once the boards are back, without help."""
    deadline = time.monotonic() + seconds
    while True:
        report: dict[str, Any] = json.loads(
            laurel("index", "check", "--json", "--data-dir", str(data_dir)).stdout
        )
        if not report["missing"] or time.monotonic() > deadline:
            return report
        time.sleep(1)
