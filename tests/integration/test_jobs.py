"""Wake-ups in the queue: each of them once, whoever asks."""

from datetime import timedelta

import pytest
from arq.utils import timestamp_ms

from app.jobs import BUILD_FEED, FOLLOW_UP, QUEUE
from app.resources import Resources

SESSION = "a" * 24


@pytest.fixture(autouse=True)
def _one_period(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked for again under another id while a test runs."""
    monkeypatch.setattr("app.jobs.NEW_ID_EVERY_S", 10**9)


async def test_every_follow_up_is_a_job_of_its_own(resources: Resources) -> None:
    await resources.jobs.follow_ups(SESSION, ["x/a", "x/b"])

    jobs = await resources.queue.queued_jobs()
    assert sorted((job.function, *job.args) for job in jobs) == [
        (FOLLOW_UP, SESSION, "x/a"),
        (FOLLOW_UP, SESSION, "x/b"),
    ]


async def test_what_is_in_the_queue_already_stays_as_it_is(resources: Resources) -> None:
    await resources.jobs.follow_ups(SESSION, ["x/a"])
    (before,) = await resources.queue.queued_jobs()

    await resources.jobs.follow_ups(SESSION, ["x/a", "x/b"])

    first, second = await resources.queue.queued_jobs()
    assert before in (first, second)


async def test_a_feed_wanted_twice_in_a_minute_is_one_job_that_waits(resources: Resources) -> None:
    now = timestamp_ms()
    for _ in range(2):
        await resources.jobs.build_feeds_later(["asia", "asia-filtered"], after=timedelta(seconds=15))

    jobs = {job.args[0]: job for job in await resources.queue.queued_jobs()}
    assert {job.function for job in jobs.values()} == {BUILD_FEED}
    assert sorted(jobs) == ["asia", "asia-filtered"]
    minute = jobs["asia"].job_id.rpartition(":")[2]
    assert jobs["asia"].job_id == f"feature.feeds:user_livestream:asia:{minute}"
    assert abs(int(minute) - now // 60_000) <= 1
    assert all(15_000 <= job.score - now < 17_000 for job in jobs.values())


async def test_a_feed_that_waits_can_be_wanted_at_once(resources: Resources) -> None:
    await resources.jobs.build_feeds_later(["asia"], after=timedelta(seconds=15))

    await resources.jobs.build_feeds(["asia"])

    assert await resources.queue.zcount(QUEUE, 0, timestamp_ms()) == 1


async def test_nothing_to_wake_anybody_for_asks_redis_nothing(resources: Resources) -> None:
    await resources.jobs.follow_ups(SESSION, [])

    assert await resources.queue.queued_jobs() == []
