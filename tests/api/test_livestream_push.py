"""A session that starts, and the followers who hear of it, from the request to the devices."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from conftest import SettingsFactory
from fcm_stand_in import FcmStandIn, Mood
from game_world import Store, account
from livestream_world import STREAMER, Live, owed_by, work_off

from app.kit.clock import utc_now
from app.livestream import push_batches
from app.settings import Settings

pytest_plugins = ["game_fixtures", "livestream_fixtures", "push_fixtures"]

FOLLOWERS = range(100, 130)
IN_THE_FIRST_BATCH = range(100, 110)


@pytest.fixture
def settings(settings_for: SettingsFactory, fcm: FcmStandIn, tmp_path: Path) -> Settings:
    return settings_for(fcm_url=fcm.url, fcm_credentials=fcm.key_file(tmp_path))


async def test_20_9_what_fcm_refuses_holds_up_nothing_else_and_is_sent_later_once(
    api: Any, live: Live, store: Store, fcm: FcmStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Line 20.9."""
    monkeypatch.setattr(push_batches, "FOLLOWERS_A_BATCH", len(IN_THE_FIRST_BATCH))
    await live.tell_user(STREAMER, "badge:livestream_star")
    for number in FOLLOWERS:
        await live.tell("PUT", f"users/{account(STREAMER)}/followers/{account(number)}")
        await live.tell_device(number, f"phone-{number}", "push")
    fcm.moods_of = {f"phone-{number}": Mood.BROKEN for number in IN_THE_FIRST_BATCH}
    livestream = api.state.resources.livestream
    session = await live.open()
    await work_off(livestream.follow_ups)

    refused = await livestream.push.send_due(utc_now())
    found = store["sessions"].find_one({"_id": ObjectId(session["id"])}) or {}
    fcm.moods_of.clear()
    sent_later = await livestream.push.send_due(utc_now() + timedelta(seconds=2))

    assert (owed_by(store, session["id"]), found["metadata"]["name"]) == ([], "badge:livestream_star")
    assert (refused, sent_later) == (20, 10)
    assert fcm.shown == {f"phone-{number}": 1 for number in FOLLOWERS}
