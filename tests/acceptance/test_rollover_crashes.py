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
from conftest import SECRET, HeadersBuilder, SettingsFactory
from crash_points import CALLER, Crew, Job, Kind, Moment, Score, Told, crew
from fakes import GuildStandIn
from game_driver import Driver
from game_world import BOARD, GUILD, Json, Store, a_board, account, together
from mailbox_stand_in import MailboxStandIn, serving_mailbox
from pymongo import MongoClient, WriteConcern
from redis import Redis
from rollover_driver import (
    ACKNOWLEDGED,
    DEMOTED,
    PROMOTED,
    UNCHANGED,
    League,
    percentile_rewards,
    rank_rewards,
    tiered,
)

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

#: By tier. Tier 0 fills two shards of three; the guild has three as well.
SCORES = ({1: 70, 2: 60, 5: 40, 6: 40}, {7: 30, 8: 20, 9: 5}, {10: 9, 11: 8})
#: Whose receipt is only in the entry, who only looked, and who did neither.
KEYED, LOOKING, IDLE = 3, 4, 12
KEYED_SCORE = 50
GUILD_SCORES = {13: 5, 14: 4, 15: 3}
#: 15 has left since.
MEMBERS = {account(13): 1, account(14): 1, account(17): 1}
#: Sent while the board is locked: by a player who is promoted, and by a stranger.
WAITING = {2: 6, 16: 4}
STRANGER = 16

RULES = (
    {
        "promotionRank": 2,
        "playersPerShard": 3,
        "rewards": [
            *rank_rewards(1),
            *percentile_rewards(30),
            *rank_rewards(1, guildReward=True),
            *percentile_rewards(0, guildReward=True),
        ],
    },
    {"promotionRank": 1, "demotionRank": 3, "maxTierOnSeasonEnd": 1, "rewards": rank_rewards(2)},
    {"demotionRank": 2, "maxTierOnSeasonEnd": 1, "rewards": percentile_rewards(0)},
)

PUBLIC = "public"
ONE, TWO, MIDDLE, TOP, OWLS = (0, PUBLIC, 1), (0, PUBLIC, 2), (1, PUBLIC, 1), (2, PUBLIC, 1), (0, GUILD, 1)
#: Rank and score of each player, by the shard's tier, scope and number.
RANKS = {
    ONE: {1: (1, 70), 2: (2, 60), 3: (3, 50)},
    TWO: {4: (3, 0), 5: (1, 40), 6: (1, 40)},
    MIDDLE: {7: (1, 30), 8: (2, 20), 9: (3, 5)},
    TOP: {10: (1, 9), 11: (2, 8)},
    OWLS: {13: (1, 5), 14: (2, 4), 15: (3, 3)},
}
#: The season counts the highest tier, also one reached by this rollover.
WON = {
    1: ["rank 1", "season 1"],
    2: ["percentile 30", "season 1"],
    3: ["season 0"],
    5: ["rank 1", "season 1"],
    6: ["rank 1", "season 1"],
    7: ["rank 2", "season 2"],
    8: ["rank 2", "season 1"],
    9: ["season 1"],
    10: ["percentile 0", "season 2"],
    11: ["percentile 0", "season 2"],
    13: ["rank 1", "season 0"],
    14: ["percentile 0", "season 0"],
    15: ["season 0"],
}
#: Tier, status, highest tier of the new season, and archives. The season's end moves 7 and 10 down again.
RECORDS = {
    1: (1, PROMOTED, -1, [ONE]),
    2: (1, PROMOTED, 1, [ONE]),
    3: (0, UNCHANGED, -1, [ONE]),
    4: (0, UNCHANGED, -1, [TWO]),
    5: (1, PROMOTED, -1, [TWO]),
    6: (1, PROMOTED, -1, [TWO]),
    7: (1, DEMOTED, -1, [MIDDLE]),
    8: (1, UNCHANGED, -1, [MIDDLE]),
    9: (0, DEMOTED, -1, [MIDDLE]),
    10: (1, DEMOTED, -1, [TOP]),
    11: (1, DEMOTED, -1, [TOP]),
    12: (1, DEMOTED, -1, []),
    13: (0, ACKNOWLEDGED, -1, [OWLS]),
    14: (0, ACKNOWLEDGED, -1, [OWLS]),
    15: (0, ACKNOWLEDGED, -1, [OWLS]),
    16: (0, ACKNOWLEDGED, 0, []),
}
#: Tier, score, version, and how many are in the shard.
NEXT_CYCLE = {2: (1, 6, 1, 1), 16: (0, 4, 1, 1)}


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
        await self.survivor.do(Job(self._wire))

    async def crash_at(self, moment: Moment, number: int) -> tuple[Told, Told]:
        """What was told by a worker that was to end at this effect, and by the one that came after it."""
        self._set()
        waiting = _orders(*WAITING)
        first = await self.mortals.do(Job(self._wire, waiting, moment=moment, number=number))
        first.end_transactions(self.mongo)
        self._let_time_pass()
        return first, await self.survivor.do(Job(self._wire, waiting, _orders(KEYED, *WAITING)))

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
        opened = await together(*(exits.enter_async_context(crew(kind)) for kind in kinds))
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
            assert picture(stage) == expected(stage), where
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


def picture(stage: Stage) -> Json:
    """All that a rollover decides, as it is stored and delivered."""
    store = stage.store
    shards = {shard["_id"]: shard for shard in store["shards"].find()}
    labels = {
        name: (shard["tier"], shard["guild_id"] or PUBLIC, shard["number"]) for name, shard in shards.items()
    }
    entries = list(store["entries"].find())
    grants = list(store["grants"].find())
    (leaderboard,) = store["leaderboards"].find()
    return {
        "cycle": (leaderboard["cycle"]["number"], leaderboard["cycle"]["state"]),
        "remaining": leaderboard["cycle"]["rollovers_remaining"],
        "runs": [(run["cycle"], run["state"], run["step"]) for run in store["rollovers"].find()],
        "archives": {
            labels[name]: (shard["stage"], shard["archive"]["players"], shard["archive"]["members"])
            for name, shard in shards.items()
            if shard["cycle"] == 1
        },
        "ranks": {
            label: {
                _number(entry): (entry["rank"], entry["score"])
                for entry in entries
                if entry["shard_id"] == name and entry["state"] == "sealed"
            }
            for name, label in labels.items()
            if shards[name]["cycle"] == 1
        },
        "next": {
            _number(entry): (
                entry["tier"],
                entry["score"],
                entry["version"],
                shards[entry["shard_id"]]["seats"],
            )
            for entry in entries
            if entry["cycle"] == 2
        },
        "entries": Counter((entry["cycle"], entry["state"]) for entry in entries),
        "won": _won(grants),
        "grants": {(grant["_id"], grant["status"]) for grant in grants},
        "mail": stage.mailbox.mail,
        "records": {
            _number(row): (
                row["tier"],
                row["promotion_status"],
                row["seasonal_max_tier"],
                [labels[archive] for archive in row["archives"]],
            )
            for row in store["enrollments"].find()
        },
        "season ended": {_number(row): row["season_ended"] for row in store["enrollments"].find()},
    }


def expected(stage: Stage) -> Json:
    """The same, from the rules as a reader understands them."""
    (run,) = stage.store["rollovers"].find()
    shards = {
        (shard["tier"], shard["guild_id"] or PUBLIC, shard["number"]): shard["_id"]
        for shard in stage.scenery.rows["shards"]
    }
    where = {number: label for label, lines in RANKS.items() for number in lines}
    ids = [
        f"{run['_id'] if subject.startswith('season') else shards[where[number]]}-{account(number)}"
        for number, subjects in WON.items()
        for subject in subjects
    ]
    return {
        "cycle": (2, "open"),
        "remaining": 1,
        "runs": [(1, "done", "reopen")],
        "archives": {
            label: ("moved", len(lines), sorted(MEMBERS) if label[1] == GUILD else None)
            for label, lines in RANKS.items()
        },
        "ranks": RANKS,
        "next": NEXT_CYCLE,
        "entries": Counter({(1, "sealed"): sum(map(len, RANKS.values())), (2, "open"): len(NEXT_CYCLE)}),
        "won": WON,
        "grants": {(grant_id, "sent") for grant_id in ids},
        "mail": Counter(ids),
        "records": RECORDS,
        "season ended": {number: number != STRANGER for number in RECORDS},
    }


def told(second: Told) -> Json:
    """What the process that recovered said: its answers to retries, and how the rank index differs."""
    return {
        "answers": [(answer["cycle"], answer["score"], answer["version"]) for answer in second.answers],
        "drift": [(board["ready"], board["wrong"], board["entries"]) for board in second.drift],
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


def _won(grants: list[Json]) -> dict[int, list[str]]:
    won: dict[int, list[str]] = {}
    for grant in sorted(grants, key=lambda grant: str(grant["message"]["subject"])):
        won.setdefault(_number(grant), []).append(grant["message"]["subject"])
    return dict(sorted(won.items()))


def _number(row: Json) -> int:
    return int(row["account_id"], 16)
