"""Archives go when their time is over, and nothing else does."""

import asyncio
from datetime import datetime, timedelta

import pytest
from archive_builders import an_archive, ended
from conftest import SettingsFactory
from definition_builders import a_definition
from game_world import Store, account, fingerprint, store_of
from pymongo import MongoClient

from app.game.archives.retention import oldest_end, remove_expired
from app.ranking.index import RankIndex
from app.resources import Resources, open_resources
from app.workers.archives import sweep_archives

pytest_plugins = ["game_fixtures"]
pytestmark = pytest.mark.usefixtures("resources")

TEN = {number: number for number in range(1, 11)}


def left(store: Store) -> dict[str, int]:
    """How many entries each shard has that is still there."""
    return {
        shard["_id"]: store["entries"].count_documents({"shard_id": shard["_id"]})
        for shard in store["shards"].find()
    }


def is_whole(store: Store) -> bool:
    """True if no entry has lost its shard."""
    return set(store["entries"].distinct("shard_id")) <= set(store["shards"].distinct("_id"))


@pytest.fixture
def ranks(resources: Resources) -> RankIndex:
    return resources.ranks


@pytest.fixture
def ended_by() -> datetime:
    return ended(60)


async def test_an_archive_that_ended_long_enough_ago_goes_with_its_entries(
    store: Store, ended_by: datetime, ranks: RankIndex
) -> None:
    an_archive(store, TEN, ended_at=ended_by)

    removed = await remove_expired(ranks, ended_by=ended_by)

    assert (removed, left(store), store["entries"].count_documents({})) == (1, {}, 0)


async def test_a_millisecond_less_is_not_long_enough(
    store: Store, ended_by: datetime, ranks: RankIndex
) -> None:
    an_archive(store, TEN, ended_at=ended_by + timedelta(milliseconds=1))
    before = fingerprint(store)

    await remove_expired(ranks, ended_by=ended_by)

    assert fingerprint(store) == before


def test_retention_is_counted_in_days() -> None:
    assert oldest_end(datetime(2026, 3, 2), days=60) == datetime(2026, 1, 1)  # noqa: DTZ001 # any will do


@pytest.mark.parametrize("stage", ["open", "closed", "ranked"])
async def test_what_is_not_archived_stays_however_old(
    store: Store, ended_by: datetime, stage: str, ranks: RankIndex
) -> None:
    shard_id = an_archive(store, TEN, ended_at=ended(300))
    store["shards"].update_one({"_id": shard_id}, {"$set": {"stage": stage}, "$unset": {"archive": ""}})
    before = fingerprint(store)

    await remove_expired(ranks, ended_by=ended_by)

    assert fingerprint(store) == before


async def test_a_score_that_waits_for_its_cycle_stays(
    store: Store, ended_by: datetime, ranks: RankIndex
) -> None:
    an_archive(store, TEN, ended_at=ended(61))
    store["entries"].update_one(
        {"account_id": account(1)}, {"$set": {"shard_id": None, "tier": None, "state": "pending"}}
    )

    await remove_expired(ranks, ended_by=ended_by)

    assert store["entries"].distinct("account_id") == [account(1)]


@pytest.mark.parametrize("state", ["running", "stuck"])
async def test_a_rollover_that_is_not_done_keeps_its_archives(
    store: Store, ended_by: datetime, state: str, ranks: RankIndex
) -> None:
    an_archive(store, TEN, ended_at=ended(100))
    store["rollovers"].update_one({}, {"$set": {"state": state}})
    before = fingerprint(store)

    await remove_expired(ranks, ended_by=ended_by)

    assert fingerprint(store) == before


async def test_a_stuck_rollover_does_not_keep_the_archives_of_others(
    store: Store, ended_by: datetime, ranks: RankIndex
) -> None:
    stuck = [an_archive(store, {number: 5}, ended_at=ended(100), number=number) for number in range(3)]
    store["rollovers"].update_one({}, {"$set": {"state": "stuck"}})
    an_archive(store, TEN, cycle=2, ended_at=ended(99))

    await remove_expired(ranks, ended_by=ended_by)

    assert set(left(store)) == set(stuck)


async def test_a_sweep_removes_no_more_than_it_may_and_the_oldest_first(
    store: Store, ended_by: datetime, ranks: RankIndex
) -> None:
    days = [70, 90, 80]
    made = [an_archive(store, TEN, cycle=cycle, ended_at=ended(ago)) for cycle, ago in enumerate(days)]

    removed = await remove_expired(ranks, ended_by=ended_by, most=25)

    assert (removed, sum(left(store).values()), set(left(store))) == (0, 5, set(made))


@pytest.mark.parametrize("most", [1, 2, 10, 11, 12, 100])
async def test_sweeps_that_are_cut_off_anywhere_finish_in_the_end(
    store: Store, ended_by: datetime, most: int, ranks: RankIndex
) -> None:
    for cycle in range(3):
        an_archive(store, TEN, cycle=cycle, ended_at=ended(70 + cycle))
    kept = an_archive(store, TEN, cycle=3)
    whole = []
    for _ in range(34):
        await remove_expired(ranks, ended_by=ended_by, most=most)
        whole.append(is_whole(store))

    assert (left(store), all(whole)) == ({kept: 10}, True)


async def test_several_sweeps_at_once_do_what_one_does(
    store: Store, ended_by: datetime, ranks: RankIndex
) -> None:
    for cycle in range(5):
        an_archive(store, TEN, cycle=cycle, ended_at=ended(70))
    kept = an_archive(store, TEN, cycle=5)

    await asyncio.gather(*(remove_expired(ranks, ended_by=ended_by) for _ in range(4)))

    assert (left(store), store["entries"].count_documents({})) == ({kept: 10}, 10)


async def test_expired_archives_are_found_by_their_index(
    store: Store, ended_by: datetime, ranks: RankIndex
) -> None:
    for cycle in range(40):
        an_archive(store, cycle=cycle)
    an_archive(store, cycle=40, ended_at=ended(70))
    store.command({"profile": 2})
    await remove_expired(ranks, ended_by=ended_by)
    store.command({"profile": 0})

    looked = list(store["system.profile"].find({"command.find": "shards"}))
    assert max(question["docsExamined"] for question in looked) <= 1


async def test_the_worker_sweeps_by_the_settings(store: Store, resources: Resources) -> None:
    an_archive(store, cycle=1, ended_at=ended(60.01))
    kept = an_archive(store, cycle=2, ended_at=ended(59.99))

    await sweep_archives({"resources": resources})

    assert list(left(store)) == [kept]


async def test_a_shorter_retention_holds_for_archives_that_are_there(
    settings_for: SettingsFactory, mongo: MongoClient[dict[str, object]]
) -> None:
    settings = settings_for(archive_retention_days=1)
    store = store_of(mongo, settings)
    async with open_resources(settings) as resources:
        an_archive(store, cycle=1, ended_at=ended(1.01), definition=a_definition())
        kept = an_archive(store, cycle=2, ended_at=ended(0.99))
        await sweep_archives({"resources": resources})

    assert list(left(store)) == [kept]
