"""An API process whose MongoDB or Redis goes away and comes back."""

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from conftest import SECRET, HeadersBuilder
from definition_builders import a_definition
from dev_process import LAUREL, eventually

from app.dev.children import Child
from app.dev.servers import Server, start_mongod, start_redis

BOARD = "away"


@dataclass
class Stand:
    """One API process and servers of its own, to be killed."""

    mongod: Server
    redis: Server
    client: httpx.Client
    player: dict[str, str]

    def score(self) -> tuple[httpx.Response, float]:
        """The answer to one score, and how long it took in seconds."""
        started = time.monotonic()
        body = {"leaderboardId": BOARD, "score": 1}
        answer = self.client.patch("/leaderboard/score", headers=self.player, json=body)
        return answer, time.monotonic() - started

    def own_score(self) -> int:
        answer = self.client.get(
            "/leaderboard/rankings", params={"leaderboardId": BOARD}, headers=self.player
        )
        return int(answer.json()["leaderboards"][0]["nearbyScores"][0]["score"])

    def is_ready(self) -> bool | None:
        try:
            return self.client.get("/readyz").is_success or None
        except httpx.HTTPError:
            return None


@pytest.fixture(scope="module")
def stand(
    tmp_path_factory: pytest.TempPathFactory, player: HeadersBuilder, admin: HeadersBuilder
) -> Iterator[Stand]:
    directory = tmp_path_factory.mktemp("away")
    mongod, redis = start_mongod(directory / "mongod"), start_redis(directory / "redis")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "LAUREL_MONGODB_URI": mongod.uri,
        "LAUREL_REDIS_URL": redis.uri,
        "LAUREL_JWT_SECRET": SECRET,
    }
    api = Child(
        name="api",
        command=[*LAUREL, "api", "--port", str(port)],
        log=directory / "api.log",
        environment={**os.environ, **settings},
    )
    api.launch()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        opened = Stand(mongod, redis, client, player("a" * 24))
        eventually(opened.is_ready)
        client.post(
            "/leaderboard/admin/update",
            headers=admin("b" * 24),
            json={"leaderboard": a_definition(leaderboardId=BOARD)},
        ).raise_for_status()
        yield opened
    api.stop(10)
    mongod.kill()
    redis.kill()


def test_while_mongodb_is_away_a_score_is_refused_within_two_seconds_and_taken_soon_after(
    stand: Stand,
) -> None:
    stand.score()
    before = stand.own_score()
    stand.mongod.kill()

    refused, elapsed_s = stand.score()
    stand.mongod.start()
    eventually(lambda: stand.score()[0].is_success or None, within_s=15)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json()["type"] == "/problems/database-unavailable"
    assert elapsed_s < 2
    assert stand.own_score() == before + 1


def test_while_redis_is_away_scores_are_taken_and_rankings_come_from_mongodb(stand: Stand) -> None:
    stand.score()
    before = stand.own_score()
    stand.redis.kill()

    answers = [stand.score()[0].status_code for _ in range(3)]
    without_redis = stand.own_score()
    ready = stand.client.get("/readyz").status_code
    stand.redis.start()

    assert (answers, without_redis, ready) == ([204] * 3, before + 3, 503)
    eventually(stand.is_ready, within_s=10)
    assert stand.own_score() == before + 3
