"""Push messages that are owed, on their way through the push service."""

import pytest
import structlog
from fakes import http_answer
from fcm_stand_in import FcmStandIn, Mood
from push_world import NOW, SECOND, SESSION, STREAMER, add_followers, batches, devices, notify, phone

from app.livestream.documents import DeviceDocument, SessionDocument, UserDocument
from app.livestream.push import TOO_LATE_AFTER, PushNotifications
from app.livestream.rules.announcements import online

pytest_plugins = ["push_fixtures"]


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
