"""To whom a push message is owed: every device of every follower, in batches, once for a session."""

import asyncio
from datetime import UTC, datetime

from bson import ObjectId
from conftest import SettingsFactory
from fcm_stand_in import FcmStandIn
from push_world import NOW, SECOND, SESSION, STREAMER, add_followers, batches, notify, phone, user

from app.livestream.documents import DeviceDocument, FollowerDocument
from app.livestream.push import PushNotifications
from app.livestream.push_documents import PushBatchDocument
from app.resources import Resources, open_resources
from app.workers.push import send_pushes

pytest_plugins = ["push_fixtures"]


async def test_every_push_device_of_every_follower_gets_one(push: PushNotifications, fcm: FcmStandIn) -> None:
    await add_followers(range(3), devices=2)
    await notify(push)

    sent = await push.send_due(NOW)

    assert (sent, fcm.shown) == (
        6,
        dict.fromkeys((phone(n) + mark for n in range(3) for mark in ("", "'")), 1),
    )


async def test_other_devices_and_other_people_get_none(push: PushNotifications, fcm: FcmStandIn) -> None:
    await add_followers([1])
    await DeviceDocument.get_motor_collection().insert_many(
        [
            {"user": user(1), "kind": "lovense", "token": "toy", "online": True},
            {"user": user(2), "kind": "push", "token": "stranger", "online": True},
            {"user": STREAMER, "kind": "push", "token": "own", "online": True},
        ]
    )
    await notify(push)

    await push.send_due(NOW)

    assert fcm.shown == {phone(1): 1}


async def test_followers_of_many_batches_all_get_one(
    push: PushNotifications, fcm: FcmStandIn, small_batches: int
) -> None:
    await add_followers(range(4 * small_batches))
    await notify(push)

    await push.send_due(NOW)

    assert (len(await batches()), fcm.shown) == (4, dict.fromkeys(map(phone, range(40)), 1))


async def test_a_batch_has_five_hundred_followers(push: PushNotifications) -> None:
    await add_followers(range(501))

    await notify(push)

    assert [len(batch["tokens"]) for batch in await batches()] == [500, 1]


async def test_without_followers_nothing_is_owed(push: PushNotifications) -> None:
    await notify(push)

    assert await batches() == []


async def test_followers_without_a_device_are_owed_nothing(push: PushNotifications, fcm: FcmStandIn) -> None:
    await add_followers(range(3), devices=0)
    await notify(push)

    await push.send_due(NOW)

    (batch,) = await batches()
    assert (batch["finished_at"], batch.get("due_at"), fcm.calls) == (NOW, None, [])


async def test_without_an_account_nothing_is_stored(settings_for: SettingsFactory) -> None:
    async with open_resources(settings_for()) as resources:
        await add_followers([1])

        await notify(resources.livestream.push)

        assert (await batches(), await resources.livestream.push.send_due(NOW)) == ([], 0)


# Asked for more than once


async def test_notifying_again_owes_nothing_new(
    push: PushNotifications, fcm: FcmStandIn, small_batches: int
) -> None:
    await add_followers(range(small_batches + 5))
    for _ in range(3):
        await notify(push)
    await push.send_due(NOW)

    await notify(push)
    await push.send_due(NOW + SECOND)

    assert (len(await batches()), set(fcm.shown.values()), len(fcm.shown)) == (2, {1}, 15)


async def test_many_who_notify_at_once_owe_each_device_one(
    push: PushNotifications, other_senders: list[PushNotifications], fcm: FcmStandIn, small_batches: int
) -> None:
    await add_followers(range(5 * small_batches + 1))

    await asyncio.gather(*(notify(one) for one in (push, *other_senders) * 5))
    await push.send_due(NOW)

    assert (set(fcm.shown.values()), len(fcm.shown)) == ({1}, 51)


async def test_batches_that_a_killed_worker_did_not_store_are_stored_by_the_next(
    push: PushNotifications, fcm: FcmStandIn, small_batches: int
) -> None:
    await add_followers(range(4 * small_batches))
    await notify(push)
    await PushBatchDocument.get_motor_collection().delete_many({"_id": {"$gt": f"{SESSION}/000001"}})

    await notify(push)
    await push.send_due(NOW)

    assert (set(fcm.shown.values()), len(fcm.shown)) == ({1}, 40)


async def test_who_follows_between_two_attempts_shifts_nobody_into_a_second_batch(
    push: PushNotifications, fcm: FcmStandIn, small_batches: int
) -> None:
    await add_followers(range(100, 100 + 3 * small_batches))
    await notify(push)
    await PushBatchDocument.get_motor_collection().delete_many({"_id": {"$gt": f"{SESSION}/000000"}})
    await add_followers(range(5))

    await notify(push)
    await push.send_due(NOW)

    assert (set(fcm.shown.values()), len(fcm.shown)) == ({1}, 30)


async def test_who_stops_following_between_two_attempts_shifts_nobody_out(
    push: PushNotifications, fcm: FcmStandIn, small_batches: int
) -> None:
    await add_followers(range(3 * small_batches))
    await notify(push)
    await PushBatchDocument.get_motor_collection().delete_many({"_id": {"$gt": f"{SESSION}/000000"}})
    await FollowerDocument.get_motor_collection().delete_many({"follower": {"$lt": user(5)}})

    await notify(push)
    await push.send_due(NOW)

    assert len(fcm.shown) == 30


async def test_another_session_is_told_of_on_its_own(push: PushNotifications, fcm: FcmStandIn) -> None:
    await add_followers([1])
    await notify(push)

    await notify(push, ObjectId(f"{0x5F:024x}"))
    await push.send_due(NOW)

    assert fcm.shown == {phone(1): 2}


# The worker, and what it costs


async def test_the_task_sends_what_is_owed(opened: Resources, fcm: FcmStandIn) -> None:
    await add_followers([1])
    await opened.livestream.push.notify_followers(SESSION, STREAMER, now=datetime.now(UTC))

    await send_pushes({"resources": opened, "pushing": asyncio.Lock()})

    assert fcm.shown == {phone(1): 1}


async def test_notifying_wakes_a_worker(opened: Resources) -> None:
    await add_followers([1])

    await notify(opened.livestream.push)

    assert [job.function for job in await opened.queue.queued_jobs()] == ["send_pushes"]


async def test_a_finished_batch_goes_by_itself_and_no_other_does(push: PushNotifications) -> None:
    await add_followers([1])
    await notify(push)

    indexes = await PushBatchDocument.get_motor_collection().index_information()

    expiring = [index["key"] for index in indexes.values() if "expireAfterSeconds" in index]
    assert (expiring, "finished_at" in (await batches())[0]) == ([[("finished_at", 1)]], False)


async def test_due_batches_are_found_by_index(push: PushNotifications) -> None:
    await add_followers([1])
    await notify(push)
    finished = [{"_id": f"{number:024x}/0", "finished_at": NOW, "tokens": []} for number in range(300)]
    await PushBatchDocument.get_motor_collection().insert_many(finished)

    plan = (
        await PushBatchDocument.get_motor_collection()
        .find({"due_at": {"$lte": NOW}})
        .sort("due_at")
        .explain()
    )

    assert plan["executionStats"]["totalDocsExamined"] == 1
