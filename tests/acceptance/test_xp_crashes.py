"""A process that ends before or after any external effect of a photo: it counts once, in every place."""

import itertools
from collections.abc import AsyncIterator

import pytest
from conftest import SECRET, SettingsFactory
from crash_points import Crew, Job, Kind, Moment
from game_world import Json
from pymongo import MongoClient
from xp_crash_points import TAGS_XP, UPLOAD_XP, USER, photo_crew

from app.resources import open_resources
from app.settings import Settings

#: Rows, the note about them, the photo and the commit; then the index.
FEWEST_EFFECTS = 4 + 1
ROWS_A_PERSON = 20


@pytest.fixture
def settings(settings_for: SettingsFactory) -> Settings:
    return settings_for(database="test_xp_crashes")


@pytest.fixture
async def crews(settings: Settings) -> AsyncIterator[tuple[Crew, Crew]]:
    async with (
        open_resources(settings),
        photo_crew(Kind.MORTALS) as mortals,
        photo_crew(Kind.SURVIVOR) as survivor,
    ):
        yield mortals, survivor


@pytest.mark.parametrize("moment", Moment)
async def test_whatever_a_process_is_doing_when_it_ends_the_photo_counts_once(
    crews: tuple[Crew, Crew], settings: Settings, mongo: MongoClient[Json], moment: Moment
) -> None:
    mortals, survivor = crews
    store = mongo[settings.mongodb_database]
    arguments = {
        "environment": "test",
        "mongodb_uri": settings.mongodb_uri,
        "mongodb_database": settings.mongodb_database,
        "redis_url": settings.redis_url,
        "jwt_secret": SECRET,
    }
    await survivor.do(Job(arguments))
    for number in itertools.count(1):
        told = await mortals.do(Job(arguments, moment=moment, number=number))
        told.end_transactions(mongo)
        recovered = await survivor.do(Job(arguments, number=number))

        assert [line for line in recovered.drift if line["wrong"]] == []
        assert store["xp_owed_lines"].count_documents({}) == 0
        for user_id in (USER, 0):
            rows = [row["xp"] for row in store["metrics"].find({"user_id": user_id})]
            assert rows == [(number + 1) * (UPLOAD_XP + TAGS_XP) + UPLOAD_XP] * ROWS_A_PERSON
        if not told.crashed:
            break

    assert number > FEWEST_EFFECTS
