"""A worker that ends before or after any external effect of a rollover: what recovers does it all, once."""

import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import rollover_crash_points
from conftest import SECRET, HeadersBuilder, SettingsFactory
from fakes import GuildStandIn
from game_driver import Driver
from game_world import BOARD, GUILD, Json, Store, a_board, account, together
from mailbox_stand_in import MailboxStandIn, serving_mailbox
from mortals import Crew, Kind, Moment, Told, crew
from pymongo import MongoClient, WriteConcern
from redis import Redis
from rollover_aftermath import (
    GUILD_SCORES,
    IDLE,
    KEYED,
    KEYED_SCORE,
    LOOKING,
    MEMBERS,
    NEXT_CYCLE,
    RULES,
    SCORES,
    WAITING,
    WON,
    expected,
    picture,
)
from rollover_crash_points import CALLER, RolloverJob, Score
from rollover_driver import League, tiered

from app.game.documents import EnrollmentDocument
from app.game.rollovers.reopening import open_next_cycle
from app.game.rollovers.runs import claim, release
from app.game.score_round import ScoreOrder, keyed
from app.resources import Resources
from app.settings import Settings

pytest_plugins = ["game_fixtures", "rollover_fixtures"]

SLOTS = 2
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
#: The collections of which every point has a copy of its own.
SCENERY = ("leaderboards", "shards", "entries", "enrollments", "receipts", "writers", "rollovers", "grants")


@dataclass(frozen=True)
class Scenery:
    """What every point begins with, and the first answer to a score that was acknowledged before."""

    rows: dict[str, list[Json]]
    acknowledged: Json


@dataclass
class Stage:
    """One database, one Redis and one mailbox, in which points are tried one after the other."""

    mortals: Crew
    survivor: Crew
    mailbox: MailboxStandIn
    settings: Settings
    mongo: MongoClient[Json]
    scenery: Scenery

    @property
    def store(self) -> Store:
        return self.mongo[self.settings.mongodb_database]

    async def build(self) -> None:
        """Have the collections and indexes made."""
        await self.survivor.do(RolloverJob(settings=self._wire))

    async def crash_at(self, moment: Moment, number: int) -> tuple[Told, Told]:
        """What was told by a worker that was to end at this effect, and by the one that came after it."""
        self._set()
        waiting = _orders(*WAITING)
        first = await self.mortals.do(
            RolloverJob(settings=self._wire, scores=waiting, moment=moment, number=number)
        )
        first.end_transactions(self.mongo)
        self._let_time_pass()
        again = RolloverJob(settings=self._wire, scores=waiting, retries=_orders(KEYED, *WAITING))
        return first, await self.survivor.do(again)

    def found(self) -> Json:
        """All that the rollover has left."""
        return picture(self.store, self.mailbox)

    def expected(self) -> Json:
        """All that it was to leave."""
        (run,) = self.store["rollovers"].find()
        return expected(run["_id"], self.scenery.rows["shards"])

    @property
    def _wire(self) -> Json:
        return self.settings.model_dump(mode="json") | {"jwt_secret": SECRET}

    def _set(self) -> None:
        for name in SCENERY:
            collection = self.store[name].with_options(write_concern=WriteConcern(w=1))
            collection.delete_many({})
            if self.scenery.rows[name]:
                collection.insert_many(self.scenery.rows[name])
        with Redis.from_url(self.settings.redis_url) as redis:
            redis.flushdb()
        self.mailbox.calls.clear()
        self.mailbox.kept.clear()

    def _let_time_pass(self) -> None:
        """Leases end, and a silent writer counts as dead, after seconds nobody has to wait for."""
        self.store["rollovers"].update_many({"state": "running"}, {"$set": {"free_at": LONG_AGO}})
        self.store["grants"].update_many({"status": "owed"}, {"$set": {"due_at": LONG_AGO}})
        self.store["writers"].update_many({}, {"$set": {"seen_at": LONG_AGO}})


def _orders(*numbers: int) -> list[Score]:
    return [(account(number), BOARD, WAITING.get(number, KEYED_SCORE), _key(number)) for number in numbers]


def _key(number: int) -> str:
    return f"key of {number}"


@pytest.fixture
def settings(settings_for: SettingsFactory, guilds: GuildStandIn) -> Settings:
    guilds.guilds[GUILD] = MEMBERS
    return settings_for(guild_url=guilds.url)


@pytest.fixture
async def scenery(
    api: Any,
    client: httpx.AsyncClient,
    player: HeadersBuilder,
    admin: HeadersBuilder,
    service: HeadersBuilder,
    store: Store,
) -> Scenery:
    """A board at the end of its cycle."""
    game = api.state.resources.game
    league = League(client, player, admin, service, api.state.resources, store)
    await league.define(tiered(*RULES, seasons=1))
    for tier, scores in enumerate(SCORES[1:], 1):
        await league.put(tier, scores)
    await league.scores(dict(itertools.islice(SCORES[0].items(), 2)))
    order = ScoreOrder(account(KEYED), BOARD, None, KEYED_SCORE)
    acknowledged = await game.scores.add(keyed(order, caller=CALLER, key=_key(KEYED)))
    await league.view(LOOKING)
    for number in (5, 6):
        await league.scores({number: SCORES[0][number]})
    for number, score in GUILD_SCORES.items():
        await game.scores.add(ScoreOrder(account(number), BOARD, GUILD, score))
    league.ends_at(datetime.now(UTC) - timedelta(minutes=1))
    rows = {name: list(store[name].find()) for name in SCENERY}
    idle = EnrollmentDocument(account_id=account(IDLE), leaderboard_id=BOARD, tier=2)
    rows["enrollments"].append({"_id": idle.id, **idle.model_dump(exclude={"id", "revision_id"})})
    # The process died before it copied the receipt that the entry holds.
    return Scenery(rows | {"receipts": [], "writers": []}, acknowledged._asdict())


@pytest.fixture(scope="module")
async def crews() -> AsyncIterator[list[tuple[Crew, Crew]]]:
    """Mortals and a survivor for each stage."""
    async with AsyncExitStack() as exits:
        kinds = [Kind.MORTALS, Kind.SURVIVOR] * SLOTS
        opened = await together(
            *(exits.enter_async_context(crew(rollover_crash_points.__file__, kind)) for kind in kinds)
        )
        yield list(zip(opened[::2], opened[1::2], strict=True))


@pytest.fixture
async def stages(
    crews: list[tuple[Crew, Crew]],
    settings: Settings,
    settings_for: SettingsFactory,
    mongo: MongoClient[Json],
    scenery: Scenery,
) -> AsyncIterator[list[Stage]]:
    async with AsyncExitStack() as exits:
        opened = []
        for number, (mortals, survivor) in enumerate(crews, 1):
            mailbox = await exits.enter_async_context(serving_mailbox())
            own = settings_for(
                redis_url=settings.redis_url.removesuffix("/0") + f"/{number}",
                guild_url=settings.guild_url,
                mailbox_url=mailbox.url,
            )
            opened.append(Stage(mortals, survivor, mailbox, own, mongo, scenery))
        await together(*(stage.build() for stage in opened))
        yield opened


@pytest.mark.parametrize("moment", Moment)
async def test_a_worker_killed_at_any_effect_of_a_rollover_loses_and_doubles_nothing(
    stages: list[Stage], moment: Moment
) -> None:
    numbers = itertools.count(1)
    finished: list[Told] = []

    async def sweep(stage: Stage) -> None:
        while not finished:
            number = next(numbers)
            first, second = await stage.crash_at(moment, number)
            if not first.crashed:
                finished.append(first)
            where = f"{moment} effect {number}, {first.effects[number - 1 : number]}"
            assert stage.found() == stage.expected(), where
            assert told(second) == expected_told(stage), where

    await together(*(sweep(stage) for stage in stages))

    kinds = Counter(effect.split()[0] for effect in finished[0].effects)
    assert kinds["mongodb"] > 60, kinds
    assert kinds["redis"] > 2, kinds
    assert kinds["http"] > len(WON), kinds


async def test_a_cycle_does_not_end_before_everybody_who_waited_for_it_has_a_place(
    driver: Driver, resources: Resources
) -> None:
    await driver.define(a_board())
    game, now = resources.game, datetime.now(UTC)
    begun = await game.rollovers.begin(BOARD, actor="test", now=now)
    await driver.add(1, 7)
    run = await claim(begun["_id"])
    assert run
    await open_next_cycle(run, resources.times, now=now)

    again = await game.rollovers.begin(BOARD, actor="test", now=now)

    await release(run)
    await game.rollovers.run(begun["_id"])
    assert again["_id"] == begun["_id"]
    assert [(line.account_id, line.score) for line in (await driver.view(1)).view.top] == [(account(1), 7)]


def told(second: Told) -> Json:
    """What the process that recovered said: its answers to retries, and how the rank index differs."""
    return {
        "answers": [
            (answer["cycle"], answer["score"], answer["version"]) for answer in second.said["answers"]
        ],
        "drift": [(board["ready"], board["wrong"], board["entries"]) for board in second.said["drift"]],
    }


def expected_told(stage: Stage) -> Json:
    before = stage.scenery.acknowledged
    return {
        "answers": [
            (1, before["score"], before["version"]),
            *((2, score, 1) for score in WAITING.values()),
        ],
        "drift": [(True, 0, 1)] * len(NEXT_CYCLE),
    }
