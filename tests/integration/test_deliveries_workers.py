"""Several workers that deliver, and workers that die."""

import asyncio
from datetime import timedelta

from grant_builders import NOW, a_grant, grant_id, owe, the_grant
from mailbox_stand_in import MailboxStandIn, Mood, killed_while_sending

from app.game.deliveries import LEASE, GrantDeliveries

pytest_plugins = ["delivery_fixtures"]

SECOND = timedelta(seconds=1)


async def test_workers_at_once_send_each_grant_once(
    deliveries: GrantDeliveries, other_workers: list[GrantDeliveries], mailbox: MailboxStandIn
) -> None:
    await owe(*(a_grant(archive, player) for archive in (1, 2) for player in range(150)))

    sent = await asyncio.gather(*(worker.deliver_due(NOW) for worker in (deliveries, *other_workers)))

    assert (sum(sent), len(mailbox.calls), len(mailbox.mail)) == (300, 150, 300)


async def test_what_a_worker_is_sending_is_no_other_workers_business(
    deliveries: GrantDeliveries, other_workers: list[GrantDeliveries], mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(1, 1))
    mailbox.moods_to_come = [Mood.WELL_THEN_SILENT]
    await killed_while_sending(deliveries, mailbox, NOW)

    await other_workers[0].deliver_due(NOW + LEASE - SECOND)

    assert len(mailbox.calls) == 1


async def test_another_worker_finishes_what_a_killed_one_had_not_sent(
    deliveries: GrantDeliveries, other_workers: list[GrantDeliveries], mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(1, 1), a_grant(1, 2))
    mailbox.moods_to_come = [Mood.SILENT, Mood.SILENT]
    await killed_while_sending(deliveries, mailbox, NOW, calls=2)

    await other_workers[0].deliver_due(NOW + LEASE)

    assert mailbox.mail == {grant_id(1, 1): 1, grant_id(1, 2): 1}


async def test_a_worker_that_wakes_up_late_does_not_undo_what_another_has_done(
    deliveries: GrantDeliveries, other_workers: list[GrantDeliveries], mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(1, 1))
    mailbox.moods_to_come = [Mood.WELL_THEN_SILENT]
    late = asyncio.create_task(deliveries.deliver_due(NOW))
    await mailbox.called(1)
    await other_workers[0].deliver_due(NOW + LEASE)
    mailbox.let_go()  # the first worker now learns that it was cut off

    await late

    grant = await the_grant()
    assert (grant["status"], grant["attempts"], mailbox.mail) == ("sent", 2, {grant["_id"]: 1})


async def test_a_worker_that_fails_late_does_not_end_the_lease_of_the_next(
    deliveries: GrantDeliveries, other_workers: list[GrantDeliveries], mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(1, 1))
    mailbox.moods_to_come = [Mood.SILENT, Mood.SILENT]
    late = asyncio.create_task(deliveries.deliver_due(NOW))
    await mailbox.called(1)
    left = mailbox.let_go_later()
    await killed_while_sending(other_workers[0], mailbox, NOW + LEASE)
    left.set()

    await late

    assert (await the_grant())["due_at"] == NOW + 2 * LEASE
