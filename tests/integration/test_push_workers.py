"""Several workers that send push messages, and workers that die: each device gets one message."""

import asyncio
from datetime import datetime

import pytest
from fcm_stand_in import FcmStandIn, Mood
from push_world import NOW, SECOND, add_followers, batches, notify, phone

from app.livestream import push_batches
from app.livestream.push import PushNotifications
from app.livestream.push_batches import LEASE

pytest_plugins = ["push_fixtures"]


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


async def test_workers_at_once_send_each_message_once(
    push: PushNotifications, other_senders: list[PushNotifications], fcm: FcmStandIn, small_batches: int
) -> None:
    await add_followers(range(10 * small_batches))
    await notify(push)

    sent = await asyncio.gather(*(worker.send_due(NOW) for worker in (push, *other_senders)))

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
    push: PushNotifications, other_senders: list[PushNotifications], fcm: FcmStandIn
) -> None:
    await add_followers([1])
    await notify(push)
    fcm.moods_to_come = [Mood.SILENT]
    await killed_while_sending(push, fcm, NOW)

    await other_senders[0].send_due(NOW + LEASE - SECOND)

    assert len(fcm.calls) == 1


async def test_another_worker_sends_what_a_killed_one_had_not(
    push: PushNotifications, other_senders: list[PushNotifications], fcm: FcmStandIn
) -> None:
    await add_followers(range(30))
    await notify(push)
    fcm.moods_to_come = [Mood.WELL] * 25 + [Mood.SILENT] * 5
    await killed_while_sending(push, fcm, NOW, calls=30)

    await other_senders[0].send_due(NOW + LEASE)

    assert fcm.shown == dict.fromkeys(map(phone, range(30)), 1)


async def test_of_what_a_killed_worker_had_sent_only_one_part_comes_twice(
    push: PushNotifications, other_senders: list[PushNotifications], fcm: FcmStandIn
) -> None:
    await add_followers(range(60))
    await notify(push)
    fcm.moods_to_come = [Mood.WELL] * 25 + [Mood.WELL_THEN_SILENT] * 25
    await killed_while_sending(push, fcm, NOW, calls=50)

    await other_senders[0].send_due(NOW + LEASE)

    twice = [device for device, times in fcm.shown.items() if times == 2]
    assert (len(fcm.shown), len(twice), max(fcm.shown.values())) == (60, 25, 2)


async def test_a_worker_that_wakes_up_late_does_not_undo_what_another_has_done(
    push: PushNotifications, other_senders: list[PushNotifications], fcm: FcmStandIn
) -> None:
    await add_followers([1])
    await notify(push)
    fcm.moods_to_come = [Mood.SILENT]
    late = asyncio.create_task(push.send_due(NOW))
    await fcm.called(1)
    await other_senders[0].send_due(NOW + LEASE)
    fcm.let_go()  # the first worker now learns that it was cut off

    await late

    (batch,) = await batches()
    assert (batch["finished_at"], batch.get("due_at"), fcm.shown) == (NOW + LEASE, None, {phone(1): 1})


async def test_a_worker_that_fails_late_does_not_end_the_lease_of_the_next(
    push: PushNotifications, other_senders: list[PushNotifications], fcm: FcmStandIn
) -> None:
    await add_followers([1])
    await notify(push)
    fcm.moods_to_come = [Mood.SILENT, Mood.SILENT]
    late = asyncio.create_task(push.send_due(NOW))
    await fcm.called(1)
    next_one = asyncio.create_task(other_senders[0].send_due(NOW + LEASE))
    await fcm.called(2)
    (taken,) = await batches()
    next_one.cancel()
    await asyncio.gather(next_one, return_exceptions=True)
    fcm.let_go()

    await late

    (batch,) = await batches()
    assert (taken["due_at"], batch["due_at"]) == (NOW + 2 * LEASE, NOW + 2 * LEASE)


async def test_a_device_a_late_worker_did_reach_is_not_sent_to_again(
    push: PushNotifications, other_senders: list[PushNotifications], fcm: FcmStandIn
) -> None:
    await add_followers(range(2))
    await notify(push)
    fcm.moods_to_come = [Mood.WELL, Mood.SILENT]
    late = asyncio.create_task(push.send_due(NOW))
    await fcm.called(2)
    fcm.moods_to_come = [Mood.BROKEN, Mood.BROKEN]
    await other_senders[0].send_due(NOW + LEASE)
    fcm.let_go()
    await late

    await other_senders[0].send_due(NOW + LEASE + SECOND)

    assert set(fcm.shown.values()) == {1}
