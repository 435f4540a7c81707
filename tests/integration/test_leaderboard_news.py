"""Those who watch are told of another first page: seldom, once, and also when somebody has died over it."""

import asyncio
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from bson import ObjectId
from game_world import Json, Store, account
from livestream_world import stored_session
from receiver_fakes import Away, Calls

from app.aggregations.earnings import Category
from app.earnings.changes import due_changes
from app.earnings.rules.changes import AT_MOST_EVERY, LEASE
from app.earnings.rules.earning import Earning
from app.kit.clock import utc_now
from app.reactions import LEADERBOARD_UPDATED, LeaderboardNews
from app.resources import Resources
from app.workers.earnings import tell_leaderboards

pytest_plugins = ["game_fixtures"]

NUMBERS = count()


class Watched:
    """A session on whose channel is written down what is told, at times of the test's choosing."""

    def __init__(self, resources: Resources, session: Json) -> None:
        self.session = session
        self.now = utc_now()
        self.calls = Calls()
        self._resources = resources

    @property
    def told(self) -> list[Any]:
        """The first pages that were told: viewers by number, with their totals."""
        return [
            [(int(line["id"], 16), line["total"]) for line in data["leaderboard"]]
            for _, _, data in self.calls.published
        ]

    async def give(self, viewer: int, diamonds: int = 1, category: Category = Category.GIFTS) -> None:
        earning = Earning(
            event_id=f"news-{next(NUMBERS)}",
            streamer=self.session["user"],
            session=self.session["_id"],
            viewer=ObjectId(account(viewer)),
            category=category,
            diamonds=diamonds,
            time=self.now,
        )
        await self._resources.earnings.recording.record([earning], now=self.now)

    async def look(self, calls: Calls | None = None) -> None:
        """What a worker does now, on its own."""
        news = LeaderboardNews(
            self._resources.earnings.leaderboards, calls or self.calls, clock=lambda: self.now
        )
        for session in await due_changes(self.now):
            await news.tell(session)

    def later(self, by: timedelta = AT_MOST_EVERY) -> None:
        self.now += by


@pytest.fixture
def watched(resources: Resources, store: Store) -> Watched:
    return Watched(resources, stored_session(store, statuses__started=utc_now()))


async def test_the_first_page_is_told_on_the_channel_of_the_session(watched: Watched) -> None:
    await watched.give(7, 5)
    await watched.look()

    ((channel, event, data),) = watched.calls.published
    session_id = str(watched.session["_id"])
    assert (channel, event) == (f"presence-session@{session_id}", LEADERBOARD_UPDATED)
    assert data["session_id"] == session_id
    assert data["leaderboard"][0]["summary"]["total.diamonds.gifts"] == 5
    assert watched.told == [[(7, 5)]]


async def test_what_has_not_changed_is_not_looked_at(watched: Watched) -> None:
    await watched.give(7)
    await watched.look()
    watched.later()
    await watched.look()

    assert len(watched.told) == 1
    assert await due_changes(watched.now + timedelta(days=1)) == []


async def test_changes_of_a_second_are_told_together_after_it(watched: Watched) -> None:
    await watched.give(7)
    await watched.look()
    for _ in range(3):
        await watched.give(7)
        await watched.look()
    too_soon = len(watched.told)
    watched.later()
    await watched.look()

    assert too_soon == 1
    assert watched.told == [[(7, 1)], [(7, 4)]]


async def test_what_leaves_the_first_page_as_it_is_is_not_told(watched: Watched) -> None:
    for viewer in range(1, 16):
        await watched.give(viewer, 10)
    await watched.look()
    watched.later()
    await watched.give(99)
    await watched.look()
    watched.later()
    await watched.give(7, 50, Category.EXCLUSIVE)
    await watched.look()

    assert len(watched.told) == 1
    assert len(watched.told[0]) == 15


async def test_a_session_that_was_never_shown_tells_nothing(
    watched: Watched, store: Store, resources: Resources
) -> None:
    assert resources
    store["sessions"].update_one({"_id": watched.session["_id"]}, {"$unset": {"statuses.started": ""}})
    await watched.give(7)
    await watched.look()

    assert watched.told == []


async def test_a_session_that_is_gone_tells_nothing_and_owes_nothing(watched: Watched, store: Store) -> None:
    await watched.give(7)
    store["sessions"].delete_one({"_id": watched.session["_id"]})
    await watched.look()

    assert watched.told == []
    assert await due_changes(watched.now + timedelta(days=1)) == []


async def test_two_who_look_at_once_tell_once(watched: Watched) -> None:
    await watched.give(7)
    await asyncio.gather(watched.look(), watched.look(), watched.look())

    assert len(watched.told) == 1


async def test_what_could_not_be_told_is_told_after_a_while(watched: Watched) -> None:
    await watched.give(7)
    with pytest.raises(Away):
        await watched.look(Calls(away={"publish"}))
    await watched.look()
    nothing_yet = list(watched.told)
    watched.later(LEASE)
    await watched.look()

    assert nothing_yet == []
    assert watched.told == [[(7, 1)]]


async def test_one_who_comes_late_tells_nothing_and_undoes_nothing(watched: Watched) -> None:
    """A look that took longer than it may: another has told meanwhile, and its end is not this one's."""

    class Slow(Calls):
        async def publish(self, channel: str, event: str, data: object) -> None:
            watched.later(LEASE)
            await watched.give(7)
            await watched.look()
            await super().publish(channel, event, data)

    await watched.give(7)
    await watched.look(Slow())
    watched.later(LEASE)
    await watched.look()

    assert watched.told == [[(7, 2)]]
    assert await due_changes(watched.now + timedelta(days=1)) == []


async def test_what_changes_during_a_look_is_due_after_it(watched: Watched) -> None:
    class Busy(Calls):
        async def publish(self, channel: str, event: str, data: object) -> None:
            await watched.give(8, 3)
            await super().publish(channel, event, data)

    await watched.give(7)
    await watched.look(Busy())
    watched.later()
    await watched.look()

    assert watched.told == [[(8, 3), (7, 1)]]


async def test_a_worker_tells_of_every_session_that_is_due(
    resources: Resources, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[datetime] = []
    watched = [
        Watched(resources, stored_session(store, number, statuses__started=utc_now()))
        for number in range(1, 9)
    ]
    for one in watched:
        await one.give(7)

    async def publish(*_: object) -> None:
        heard.append(utc_now())

    monkeypatch.setattr(resources.livestream.channels, "publish", publish)
    await tell_leaderboards({"resources": resources, "telling": asyncio.Lock()})

    assert len(heard) == len(watched)
