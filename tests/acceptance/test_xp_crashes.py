"""A process that ends before or after any external effect of a photo: it counts once, in every place."""

import itertools
from datetime import timedelta

import pytest
import xp_crash_points
from conftest import SECRET, SettingsFactory
from game_world import Json, Store
from mortals import Kind, Moment, crew
from pymongo import MongoClient
from xp_crash_points import TAGS_XP, UPLOAD_XP, USER, Job, tag, upload

from app.kit.clock import utc_now
from app.resources import Resources
from app.settings import Settings
from app.xp.board_building import live_board_ids
from app.xp.board_checks import check_board
from app.xp.indexing import repair_owed

pytest_plugins = ["game_fixtures"]

#: Rows, the note about them, the photo and the commit; then the index.
FEWEST_EFFECTS = 4 + 1
ROWS_A_PERSON = 20


@pytest.fixture
def settings(settings_for: SettingsFactory) -> Settings:
    return settings_for(database="test_xp_crashes")


async def assert_indexed(store: Store, resources: Resources) -> None:
    """After a worker has looked for what was left, every board is as MongoDB has it."""
    await repair_owed(resources.ranks, utc_now() + timedelta(minutes=1))
    drifts = [await check_board(resources.ranks, board_id) async for board_id in live_board_ids(utc_now())]
    assert [drift for drift in drifts if drift.wrong or not drift.ready] == []
    assert store["xp_owed_lines"].count_documents({}) == 0


@pytest.mark.parametrize("moment", Moment)
async def test_whatever_a_process_is_doing_when_it_ends_the_photo_counts_once(
    resources: Resources, settings: Settings, store: Store, mongo: MongoClient[Json], moment: Moment
) -> None:
    arguments = {
        "environment": "test",
        "mongodb_uri": settings.mongodb_uri,
        "mongodb_database": settings.mongodb_database,
        "redis_url": settings.redis_url,
        "jwt_secret": SECRET,
    }
    async with crew(xp_crash_points.__file__, Kind.MORTALS) as mortals:
        for number in itertools.count(1):
            await upload(resources, number)
            told = await mortals.do(Job(settings=arguments, moment=moment, number=number, photo_id=number))
            told.end_transactions(mongo)
            await assert_indexed(store, resources)
            # Without an answer, a client tries again.
            await tag(resources, number)

            for user_id in (USER, 0):
                rows = [row["xp"] for row in store["metrics"].find({"user_id": user_id})]
                assert rows == [number * (UPLOAD_XP + TAGS_XP)] * ROWS_A_PERSON
            if not told.crashed:
                break

    assert number > FEWEST_EFFECTS
