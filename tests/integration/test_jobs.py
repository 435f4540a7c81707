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

    jobs = await resources.queue.queued_jobs()
    minutes = {int(str(job.job_id).rpartition(":")[2]) for job in jobs}
    assert {(job.function, job.args[0], str(job.job_id).rpartition(":")[0]) for job in jobs} == {
        (BUILD_FEED, key, f"feature.feeds:user_livestream:{key}") for key in ("asia", "asia-filtered")
    }
    assert all(abs(minute - now // 60_000) <= 1 for minute in minutes)
    assert all(15_000 <= (job.score or 0) - now < 17_000 for job in jobs)


async def test_a_feed_that_waits_can_be_wanted_at_once(resources: Resources) -> None:
    await resources.jobs.build_feeds_later(["asia"], after=timedelta(seconds=15))

    await resources.jobs.build_feeds(["asia"])

    assert await resources.queue.zcount(QUEUE, 0, timestamp_ms()) == 1


async def test_nothing_to_wake_anybody_for_asks_redis_nothing(resources: Resources) -> None:
    await resources.jobs.follow_ups(SESSION, [])

    assert await resources.queue.queued_jobs() == []
