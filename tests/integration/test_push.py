"""Push messages on their way to followers: each device gets one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from bson import ObjectId
from conftest import SettingsFactory
from fakes import http_answer
from fcm_stand_in import FcmStandIn, Mood, serving_fcm

from app.clients.fcm import FcmClient
from app.clients.transport import open_http
from app.kit.service_account import service_account
from app.livestream import push_batches
from app.livestream.documents import DeviceDocument, FollowerDocument, SessionDocument, UserDocument
from app.livestream.push import TOO_LATE_AFTER, PushNotifications
from app.livestream.push_batches import LEASE, pause_after
from app.livestream.push_documents import PushBatchDocument
from app.livestream.rules.announcements import online
from app.resources import Resources, open_resources
from app.workers.push import send_pushes

Json = dict[str, Any]

NOW = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SESSION = ObjectId(f"{0x5E:024x}")
STREAMER = ObjectId(f"{0xA:024x}")


@pytest.fixture
async def fcm() -> AsyncIterator[FcmStandIn]:
    async with serving_fcm() as stand_in:
        yield stand_in


@pytest.fixture
async def opened(settings_for: SettingsFactory, fcm: FcmStandIn, tmp_path: Path) -> AsyncIterator[Resources]:
    settings = settings_for(fcm_url=fcm.url, fcm_credentials=fcm.key_file(tmp_path))
    async with open_resources(settings) as resources:
        yield resources


@pytest.fixture
def push(opened: Resources) -> PushNotifications:
    return opened.livestream.push


@pytest.fixture
async def others(
    opened: Resources, fcm: FcmStandIn, tmp_path: Path
) -> AsyncIterator[list[PushNotifications]]:
    """What three more workers send with."""
    account = service_account(fcm.key_file(tmp_path).read_bytes())
    async with open_http() as http:
        clients = (FcmClient(fcm.url, account, http) for _ in range(3))
        yield [PushNotifications(client, opened.jobs.send_pushes) for client in clients]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(push_batches, "FOLLOWERS_A_BATCH", 10)
    return 10


def user(number: int) -> ObjectId:
    return ObjectId(f"{0xF0_0000 + number:024x}")


def phone(number: int) -> str:
    return f"phone-{number}"


async def add_followers(numbers: Sequence[int], *, devices: int = 1) -> None:
    """Followers of the streamer; the first device of each is named after its number."""
    await FollowerDocument.get_motor_collection().insert_many(
        [{"streamer": STREAMER, "follower": user(number)} for number in numbers]
    )
    tokens = [(number, phone(number) + "'" * device) for number in numbers for device in range(devices)]
    if tokens:
        await DeviceDocument.get_motor_collection().insert_many(
            [
                {"user": user(number), "kind": "push", "token": token, "online": True}
                for number, token in tokens
            ]
        )


async def notify(push: PushNotifications, session_id: ObjectId = SESSION) -> None:
    await push.notify_followers(session_id, STREAMER, now=NOW)


async def batches() -> list[Json]:
    rows: list[Json] = await PushBatchDocument.get_motor_collection().find().sort("_id").to_list(None)
    return rows


async def devices() -> set[str]:
    return {row["token"] async for row in DeviceDocument.get_motor_collection().find()}


async def killed_while_sending(
    push: PushNotifications, fcm: FcmStandIn, now: datetime, *, calls: int = 1
) -> None:
    """Send, and die once FCM has been called so often and before it has answered."""
    before = len(fcm.calls)
    sending = asyncio.create_task(push.send_due(now))
    await fcm.called(before + calls)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    fcm.let_go()


# Spec 20, section 6, line 9


async def test_20_9_a_batch_that_meets_500_is_sent_later_and_once(
    push: PushNotifications, fcm: FcmStandIn, small_batches: int
) -> None:
    """Line 20.9."""
    await add_followers(range(2 * small_batches))
    fcm.moods_of = {phone(number): Mood.BROKEN for number in range(small_batches)}
    await notify(push)
    first = await push.send_due(NOW)
    fcm.moods_of.clear()

    second = await push.send_due(NOW + SECOND)

    assert (first, second, set(fcm.shown.values()), len(fcm.shown)) == (10, 10, {1}, 20)


# Whom it goes to


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


# What it says


async def test_the_message_names_the_streamer_the_title_and_the_session(
    push: PushNotifications, fcm: FcmStandIn
) -> None:
    await UserDocument.get_motor_collection().insert_one({"_id": STREAMER, "username": "ann", "tags": []})
    await SessionDocument.get_motor_collection().insert_one({"_id": SESSION, "title": "Late show"})
    await add_followers([1])
    await notify(push)

    await push.send_due(NOW)

    assert [call.message for call in fcm.calls] == [
        {
            "token": phone(1),
            "notification": {"title": "ann is live", "body": "Late show"},
            "data": {
                "type": "livestream.online",
                "session_id": str(SESSION),
                "streamer_id": str(STREAMER),
            },
        }
    ]


def test_a_message_has_words_also_where_nobody_has_given_any() -> None:
    message = online(session_id="s", streamer_id="u", username="", title=None)

    assert (message["title"], message["body"]) == ("Somebody you follow is live", "Watch now")


def test_a_message_of_the_longest_words_is_within_what_fcm_takes() -> None:
    message = online(session_id="s" * 24, streamer_id="u" * 24, username="😀" * 5_000, title="😀" * 5_000)

    assert len(repr(message).encode()) < 4096


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
    push: PushNotifications, others: list[PushNotifications], fcm: FcmStandIn, small_batches: int
) -> None:
    await add_followers(range(5 * small_batches + 1))

    await asyncio.gather(*(notify(one) for one in (push, *others) * 5))
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


# What FCM does not take


@pytest.mark.parametrize(
    "mood",
    [Mood.BROKEN, Mood.NO_GATEWAY, Mood.BUSY, Mood.ELSEWHERE, Mood.CUT, Mood.NONSENSE, Mood.ENDLESS],
)
async def test_whatever_else_fcm_does_it_is_sent_again_later_and_once(
    push: PushNotifications, fcm: FcmStandIn, mood: Mood
) -> None:
    await add_followers([1])
    await notify(push)
    fcm.moods_to_come = [mood, mood]

    sent = [await push.send_due(NOW + waited * SECOND) for waited in (0, 1, 3)]

    assert (sent, fcm.shown) == ([0, 0, 1], {phone(1): 1})


async def test_only_those_that_failed_are_sent_again(push: PushNotifications, fcm: FcmStandIn) -> None:
    await add_followers(range(20))
    await notify(push)
    fcm.moods_of = {phone(7): Mood.BROKEN, phone(9): Mood.BUSY}
    await push.send_due(NOW)
    fcm.moods_of.clear()
    fcm.calls.clear()

    await push.send_due(NOW + SECOND)

    assert sorted(call.device for call in fcm.calls) == [phone(7), phone(9)]


async def test_a_device_that_always_fails_holds_up_none_of_its_batch(
    push: PushNotifications, fcm: FcmStandIn
) -> None:
    await add_followers(range(60))
    await notify(push)
    fcm.moods_of = {phone(0): Mood.BROKEN}
    await push.send_due(NOW)

    await push.send_due(NOW + SECOND)

    assert (len(fcm.shown), (await batches())[0]["tokens"]) == (59, [phone(0)])


@pytest.mark.parametrize("mood", [Mood.UNREGISTERED, Mood.NO_TOKEN_AT_ALL, Mood.BAD_TOKEN_FIELD])
async def test_a_device_that_is_no_more_is_deleted(
    push: PushNotifications, fcm: FcmStandIn, mood: Mood
) -> None:
    await add_followers([1, 2])
    await notify(push)
    fcm.moods_of = {phone(1): mood}

    await push.send_due(NOW)

    (batch,) = await batches()
    assert (await devices(), batch["tokens"], batch["finished_at"]) == ({phone(2)}, [], NOW)


@pytest.mark.parametrize("mood", [Mood.BAD_FIELD, Mood.UNKNOWN_PROJECT, Mood.MISMATCH, Mood.NO_APPLE_KEY])
async def test_a_refusal_for_good_is_logged_and_the_device_stays(
    push: PushNotifications, fcm: FcmStandIn, mood: Mood
) -> None:
    await add_followers([1])
    await notify(push)
    fcm.mood = mood
    with structlog.testing.capture_logs() as events:
        await push.send_due(NOW)

    (batch,) = await batches()
    logged = [event["event"] for event in events]
    assert (logged, await devices(), batch["tokens"]) == (["push.refused"], {phone(1)}, [])


@pytest.mark.parametrize(("status", "mood"), [(429, Mood.TOO_MANY), (503, Mood.BUSY)])
async def test_a_batch_rests_as_long_as_fcm_asks(
    push: PushNotifications, fcm: FcmStandIn, status: int, mood: Mood
) -> None:
    await add_followers([1])
    await notify(push)
    fcm.answers[mood] = http_answer(status, b"{}", "Retry-After: 40")
    fcm.moods_to_come = [mood]

    sent = [await push.send_due(NOW + waited * SECOND) for waited in (0, 39, 40)]

    assert sent == [0, 0, 1]


@pytest.mark.parametrize(
    ("faults", "seconds"), [(1, 1), (2, 2), (3, 4), (10, 512), (11, 600), (100_000, 600)]
)
def test_pauses_double_up_to_ten_minutes(faults: int, seconds: int) -> None:
    assert pause_after(faults) == seconds * SECOND


async def test_progress_ends_the_doubling(push: PushNotifications, fcm: FcmStandIn) -> None:
    await add_followers(range(30))
    await notify(push)
    fcm.moods_to_come = [Mood.BROKEN] * 25
    await push.send_due(NOW)
    fcm.mood, fcm.moods_of = Mood.WELL, {phone(number): Mood.BROKEN for number in range(5)}

    await push.send_due(NOW + SECOND)

    (batch,) = await batches()
    assert (len(batch["tokens"]), batch["faults"]) == (10, 1)


async def test_where_nothing_works_one_part_of_a_batch_tries(
    push: PushNotifications, fcm: FcmStandIn
) -> None:
    await add_followers(range(200))
    await notify(push)
    fcm.mood = Mood.BROKEN

    await push.send_due(NOW)

    assert len(fcm.calls) == 25


async def test_the_last_error_says_what_happened_in_a_few_words(
    push: PushNotifications, fcm: FcmStandIn
) -> None:
    await add_followers([1])
    await notify(push)
    fcm.mood = Mood.BROKEN

    await push.send_due(NOW)

    assert (await batches())[0]["last_error"] == "It answered 500."


async def test_a_token_that_reads_like_an_expression_is_only_a_token(
    push: PushNotifications, fcm: FcmStandIn
) -> None:
    await add_followers([1])
    await DeviceDocument.get_motor_collection().update_one({}, {"$set": {"token": "$message"}})
    await notify(push)
    fcm.moods_to_come = [Mood.BROKEN]

    sent = [await push.send_due(NOW + waited * SECOND) for waited in (0, 1, 2)]

    assert (sent, fcm.shown) == ([0, 1, 0], {"$message": 1})


async def test_after_a_day_it_is_no_news_and_goes_to_nobody(push: PushNotifications, fcm: FcmStandIn) -> None:
    await add_followers([1])
    await notify(push)

    await push.send_due(NOW + TOO_LATE_AFTER)

    (batch,) = await batches()
    assert (fcm.calls, batch["last_error"], batch["finished_at"]) == ([], "too late", NOW + TOO_LATE_AFTER)


# Several workers, and workers that die


async def test_workers_at_once_send_each_message_once(
    push: PushNotifications, others: list[PushNotifications], fcm: FcmStandIn, small_batches: int
) -> None:
    await add_followers(range(10 * small_batches))
    await notify(push)

    sent = await asyncio.gather(*(worker.send_due(NOW) for worker in (push, *others)))

    assert (sum(sent), len(fcm.calls), len(fcm.shown)) == (100, 100, 100)


async def test_at_most_fifty_calls_of_one_worker_are_under_way(
    push: PushNotifications, fcm: FcmStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_batches, "FOLLOWERS_A_BATCH", 60)
    await add_followers(range(240))
    await notify(push)
    fcm.delay_s = 0.02

    await push.send_due(NOW)

    assert 26 <= fcm.most_at_once <= 50


async def test_what_a_worker_is_sending_is_no_other_workers_business(
    push: PushNotifications, others: list[PushNotifications], fcm: FcmStandIn
) -> None:
    await add_followers([1])
    await notify(push)
    fcm.moods_to_come = [Mood.SILENT]
    await killed_while_sending(push, fcm, NOW)

    await others[0].send_due(NOW + LEASE - SECOND)

    assert len(fcm.calls) == 1


async def test_another_worker_sends_what_a_killed_one_had_not(
    push: PushNotifications, others: list[PushNotifications], fcm: FcmStandIn
) -> None:
    await add_followers(range(30))
    await notify(push)
    fcm.moods_to_come = [Mood.WELL] * 25 + [Mood.SILENT] * 5
    await killed_while_sending(push, fcm, NOW, calls=30)

    await others[0].send_due(NOW + LEASE)

    assert fcm.shown == dict.fromkeys(map(phone, range(30)), 1)


async def test_of_what_a_killed_worker_had_sent_only_one_part_comes_twice(
    push: PushNotifications, others: list[PushNotifications], fcm: FcmStandIn
) -> None:
    await add_followers(range(60))
    await notify(push)
    fcm.moods_to_come = [Mood.WELL] * 25 + [Mood.WELL_THEN_SILENT] * 25
    await killed_while_sending(push, fcm, NOW, calls=50)

    await others[0].send_due(NOW + LEASE)

    twice = [device for device, times in fcm.shown.items() if times == 2]
    assert (len(fcm.shown), len(twice), max(fcm.shown.values())) == (60, 25, 2)


async def test_a_worker_that_wakes_up_late_does_not_undo_what_another_has_done(
    push: PushNotifications, others: list[PushNotifications], fcm: FcmStandIn
) -> None:
    await add_followers([1])
    await notify(push)
    fcm.moods_to_come = [Mood.SILENT]
    late = asyncio.create_task(push.send_due(NOW))
    await fcm.called(1)
    await others[0].send_due(NOW + LEASE)
    fcm.let_go()  # the first worker now learns that it was cut off

    await late

    (batch,) = await batches()
    assert (batch["finished_at"], batch.get("due_at"), fcm.shown) == (NOW + LEASE, None, {phone(1): 1})


async def test_a_worker_that_fails_late_does_not_end_the_lease_of_the_next(
    push: PushNotifications, others: list[PushNotifications], fcm: FcmStandIn
) -> None:
    await add_followers([1])
    await notify(push)
    fcm.moods_to_come = [Mood.SILENT, Mood.SILENT]
    late = asyncio.create_task(push.send_due(NOW))
    await fcm.called(1)
    next_one = asyncio.create_task(others[0].send_due(NOW + LEASE))
    await fcm.called(2)
    (taken,) = await batches()
    next_one.cancel()
    await asyncio.gather(next_one, return_exceptions=True)
    fcm.let_go()

    await late

    (batch,) = await batches()
    assert (taken["due_at"], batch["due_at"]) == (NOW + 2 * LEASE, NOW + 2 * LEASE)


async def test_a_device_a_late_worker_did_reach_is_not_sent_to_again(
    push: PushNotifications, others: list[PushNotifications], fcm: FcmStandIn
) -> None:
    await add_followers(range(2))
    await notify(push)
    fcm.moods_to_come = [Mood.WELL, Mood.SILENT]
    late = asyncio.create_task(push.send_due(NOW))
    await fcm.called(2)
    fcm.moods_to_come = [Mood.BROKEN, Mood.BROKEN]
    await others[0].send_due(NOW + LEASE)
    fcm.let_go()
    await late

    await others[0].send_due(NOW + LEASE + SECOND)

    assert set(fcm.shown.values()) == {1}


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
