"""Sessions that start and end, builders that stop, die and come late, against a model in plain Python."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from conftest import SettingsFactory
from feed_builders import NOW, ends, goes_live, keep_user, shown, tasks, user_id
from feed_fixtures import RULES, StoppedBuild, begin_build, feeds_of
from feed_model import Begun, Task
from game_world import Json, Store, store_of
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from pymongo import MongoClient

from app.resources import open_resources

COUNTRY_OF = {1: "tw", 2: "hk", 3: "fr"}
KEYS = ("global", "asia-filtered")
STATE = ("wanted", "built", "begun", "due_at", "begun_at", "building_until")

streamers = st.sampled_from(sorted(COUNTRY_OF))
keys = st.sampled_from(KEYS)
pauses = st.sampled_from([0.5, 1, 4, 5, 7, 8, 15, 31, 60]).map(lambda seconds: timedelta(seconds=seconds))


@dataclass(frozen=True)
class Stage:
    """What all examples share."""

    runner: asyncio.Runner
    store: Store


class FeedMachine(RuleBasedStateMachine):
    """Each example begins with nobody live and nothing wanted."""

    stage: Stage

    @initialize()
    def begin(self) -> None:
        self.feeds = feeds_of()
        self.now = NOW
        self.live: set[int] = set()
        self.model = {key: Task() for key in KEYS}
        self.stopped: list[tuple[str, StoppedBuild, Begun]] = []
        for collection in ("sessions", "feeds", "feed_tasks"):
            self.stage.store[collection].delete_many({})
        for number, country in COUNTRY_OF.items():
            keep_user(self.stage.store, number, f"country:{country}")

    @rule(streamer=streamers)
    def a_session_starts(self, streamer: int) -> None:
        if streamer not in self.live:
            goes_live(self.stage.store, streamer, f"country:{COUNTRY_OF[streamer]}")
            self.live.add(streamer)
            self._want(streamer)

    @rule(streamer=streamers)
    def a_start_is_told_again(self, streamer: int) -> None:
        self._want(streamer)

    @rule(streamer=streamers)
    def a_session_ends(self, streamer: int) -> None:
        if streamer in self.live:
            ends(self.stage.store, streamer)
            self.live.remove(streamer)
            self._do(self.feeds.want_soon(user_id(streamer), now=self.now))
            for task in self.model.values():
                task.want_soon(streamer, self.now)

    @rule(pause=pauses)
    def time_passes(self, pause: timedelta) -> None:
        self.now += pause

    @rule(key=keys)
    def a_worker_builds(self, key: str) -> None:
        build = self.model[key].begin(self.now)

        built = self._do(self.feeds.build(key, now=self.now))

        assert built == (build is not None)
        self._finish(key, build)

    @rule(key=keys)
    def two_workers_build_at_once(self, key: str) -> None:
        build = self.model[key].begin(self.now)

        built = self._do(_all(self.feeds.build(key, now=self.now), feeds_of().build(key, now=self.now)))

        assert sum(built) == (build is not None)
        self._finish(key, build)

    @rule(key=keys)
    def a_worker_stops_in_a_build(self, key: str) -> None:
        build = self.model[key].begin(self.now)

        stopped = self._do(begin_build(key, self.now))

        assert (stopped is None) == (build is None)
        if stopped is not None and build is not None:
            self.stopped.append((key, stopped, build))

    @rule(which=st.integers(0, 5))
    def a_stopped_worker_goes_on(self, which: int) -> None:
        if self.stopped:
            key, stopped, build = self.stopped.pop(which % len(self.stopped))
            self._do(stopped.go_on())
            self._finish(key, build)

    @rule(which=st.integers(0, 5))
    def a_stopped_worker_dies(self, which: int) -> None:
        if self.stopped:
            _, stopped, _ = self.stopped.pop(which % len(self.stopped))
            self._do(stopped.die())

    @invariant()
    def the_tasks_are_as_in_the_model(self) -> None:
        rows = tasks(self.stage.store)
        for key, task in self.model.items():
            assert _state(rows[key]) == _state(vars(task)) if key in rows else task.wanted == 0

    @invariant()
    def readers_see_the_feed_of_the_build_that_began_last(self) -> None:
        for key, task in self.model.items():
            seen = shown(self.stage.store, _alias(key))
            assert (set(seen) if seen is not None else None) == (task.shown if task.shown_version else None)

    @invariant()
    def nothing_wanted_is_forgotten(self) -> None:
        for task in self.model.values():
            assert task.wanted == task.built or task.due_at or task.building_until

    @invariant()
    def starts_alone_have_one_build_a_minute(self) -> None:
        for task in self.model.values():
            assert len(set(task.minutes)) == len(task.minutes)

    def teardown(self) -> None:
        """Once workers have some time, feeds show who is live, and nothing is wanted any more."""
        for _, stopped, _ in self.stopped:
            self._do(stopped.die())
        for seconds in (61, 5):
            self.now += timedelta(seconds=seconds)
            for key in self._do(self.feeds.due(self.now)):
                self._do(self.feeds.build(key, now=self.now))
        assert self._do(self.feeds.due(self.now + timedelta(days=1))) == []
        for key, kind in RULES.groupings.kinds.items():
            wanted = tasks(self.stage.store).get(key)
            seen = shown(self.stage.store, _alias(key))
            assert seen is None if wanted is None else set(seen or ()) == self._live_in(kind.countries)

    def _want(self, streamer: int) -> None:
        self._do(self.feeds.want(user_id(streamer), now=self.now))
        for key, task in self.model.items():
            if key == "global" or COUNTRY_OF[streamer] != "fr":
                task.want(self.now)

    def _finish(self, key: str, build: Begun | None) -> None:
        if build is not None:
            self.model[key].finish(build, self._live_in(RULES.groupings.kinds[key].countries))

    def _live_in(self, countries: tuple[str, ...]) -> set[int]:
        return {number for number in self.live if not countries or COUNTRY_OF[number] in countries}

    def _do(self, work: Any) -> Any:
        return self.stage.runner.run(_awaited(work))


def _alias(key: str) -> str:
    return f"user_livestream-{key}"


def _state(task: Json) -> list[int | datetime | None]:
    return [task.get(name) for name in STATE]


async def _awaited(work: Any) -> Any:
    return await work


async def _all(*work: Any) -> list[bool]:
    return list(await asyncio.gather(*work))


@pytest.fixture
def stage(settings_for: SettingsFactory, mongo: MongoClient[Json]) -> Iterator[Stage]:
    settings = settings_for()
    with asyncio.Runner() as runner:
        exits = AsyncExitStack()
        runner.run(exits.enter_async_context(open_resources(settings)))
        yield Stage(runner, store_of(mongo, settings))
        runner.run(exits.aclose())


def test_whatever_happens_feeds_come_to_show_who_is_live(stage: Stage) -> None:
    FeedMachine.stage = stage
    run_state_machine_as_test(
        FeedMachine,
        settings=hypothesis_settings(
            max_examples=50,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
