"""`laurel rollover`, as a process of its own, on a deployment without a worker."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from subprocess import CompletedProcess

import pytest
from conftest import SECRET
from dev_process import laurel
from game_world import BOARD, Json, Store, World, account
from rollover_driver import rank_rewards, tiered

from app.settings import Settings

pytest_plugins = ["game_fixtures"]

Rollover = Callable[..., Awaitable[CompletedProcess[str]]]


@pytest.fixture
def rollover(settings: Settings) -> Rollover:
    """Runs `laurel rollover` with these arguments on the test's database."""
    environment = {
        "LAUREL_ENVIRONMENT": "test",
        "LAUREL_MONGODB_URI": settings.mongodb_uri,
        "LAUREL_MONGODB_DATABASE": settings.mongodb_database,
        "LAUREL_REDIS_URL": settings.redis_url,
        "LAUREL_JWT_SECRET": SECRET,
    }

    async def run(*arguments: str) -> CompletedProcess[str]:
        return await asyncio.to_thread(laurel, "rollover", *arguments, **environment)

    return run


@pytest.fixture
async def played(world: World) -> World:
    """Scores 30, 20, 10 on a board of two tiers: the best goes up, the two best win."""
    await world.define(tiered({"promotionRank": 1, "rewards": rank_rewards(2)}, {}))
    await world.scores({1: 30, 2: 20, 3: 10})
    return world


async def begun(world: World) -> str:
    answer = await world.do_admin("POST", "rollover", leaderboardId=BOARD)
    return str(answer.json()["runs"][0]["runId"])


def closing_fails(store: Store) -> None:
    """MongoDB takes no change of a shard."""
    store.command("collMod", "shards", validator={"$jsonSchema": {"required": ["nothing has this"]}})


@pytest.mark.usefixtures("played")
async def test_a_rollover_is_finished_without_a_worker(rollover: Rollover, store: Store) -> None:
    ended = await rollover("run", BOARD)

    run = store["rollovers"].find_one() or {}
    assert (ended.returncode, ended.stdout) == (
        0,
        f"{run['_id']} arena cycle 1: done at reopen, 1 of 1 shards, 2 rewards owed, 0 sent\n",
    )
    assert ended.stderr.splitlines()[-1] == "laurel: steps: 8 of 8"


async def test_a_rollover_that_is_going_on_is_joined(played: World, rollover: Rollover) -> None:
    run_id = await begun(played)

    shown: Json = json.loads((await rollover("run", BOARD, "--json")).stdout)

    assert shown == await played.ask_admin(f"rollovers/{run_id}")
    assert shown["state"] == "done"


async def test_a_dry_run_tells_and_changes_nothing(rollover: Rollover, store: Store, played: World) -> None:
    told = (await rollover("run", BOARD, "--dry-run")).stdout.splitlines()
    shown = json.loads((await rollover("run", BOARD, "--dry-run", "--json")).stdout)

    assert told[0] == "tier 0: 3 players in 1 shards; 1 up, 0 down, 0 down for being idle, 2 rewarded"
    assert [line["accountId"] for line in shown["tiers"][0]["promotions"]] == [account(1)]
    assert store["rollovers"].count_documents({}) == 0
    assert (await played.view(1))["cycle"] == 1


async def test_a_stuck_rollover_ends_with_its_error_and_can_be_run_again(
    rollover: Rollover, store: Store, played: World
) -> None:
    run_id = await begun(played)
    store["rollovers"].update_one({"_id": run_id}, {"$set": {"attempts": 9}})
    closing_fails(store)

    stuck = await rollover("run", BOARD)
    store.command("collMod", "shards", validator={})
    again = await rollover("run", BOARD)

    assert (stuck.returncode, again.returncode) == (1, 0)
    assert "stuck at lock" in stuck.stdout
    assert "Document failed validation" in stuck.stderr.splitlines()[-1]


async def test_rollovers_are_listed(rollover: Rollover, played: World) -> None:
    run_id = await begun(played)

    listed = await rollover("list", BOARD)
    of_another = await rollover("list", "another")

    assert listed.stdout.startswith(f"{run_id} arena cycle 1: running at lock, 0 of 1 shards")
    assert of_another.stdout == "no rollovers\n"


async def test_an_unknown_leaderboard_is_refused_in_one_line(rollover: Rollover) -> None:
    ended = await rollover("run", "nope")

    assert (ended.returncode, ended.stderr) == (1, "laurel: No leaderboard has this id.\n")
