"""Grants on their way into mailboxes: each arrives, and arrives once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import structlog
from conftest import SettingsFactory
from game_world import account
from grant_builders import NOW, a_grant, grant_id, owe, the_grant
from mailbox_stand_in import MailboxStandIn, Mood, serving_mailbox

from app.clients import transport
from app.clients.mailbox import MailboxClient
from app.clients.transport import open_http
from app.game.deliveries import LEASE, GrantDeliveries, count_overdue
from app.game.ledgers import GrantDocument
from app.kit.clock import utc_now
from app.resources import open_resources
from app.workers.rewards import OVERDUE, report_overdue_grants

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
async def mailbox() -> AsyncIterator[MailboxStandIn]:
    async with serving_mailbox() as stand_in:
        yield stand_in


@pytest.fixture
async def deliveries(
    settings_for: SettingsFactory, mailbox: MailboxStandIn
) -> AsyncIterator[GrantDeliveries]:
    async with open_resources(settings_for(mailbox_url=mailbox.url)) as resources:
        yield resources.game.deliveries


@pytest.fixture
async def others(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> AsyncIterator[list[GrantDeliveries]]:
    """What three more workers deliver with."""
    assert deliveries
    async with open_http() as http:
        yield [GrantDeliveries(MailboxClient(mailbox.url, http, lambda: "token")) for _ in range(3)]


async def killed_while_sending(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn, now: datetime, *, calls: int = 1
) -> None:
    """Deliver, and die once the mailbox has been called so often and before it has answered."""
    before = len(mailbox.calls)
    sending = asyncio.create_task(deliveries.deliver_due(now))
    await mailbox.called(before + calls)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    mailbox.let_go()


# Spec 10, section 8, line 16


async def test_10_16_two_refusals_and_it_arrives_once_at_the_third_attempt(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    """Line 10.16."""
    await owe(a_grant(1, 1))
    mailbox.moods_to_come = [Mood.BROKEN, Mood.BROKEN]

    for waited in (0, 1, 3):
        await deliveries.deliver_due(NOW + waited * SECOND)

    grant = await the_grant()
    assert (grant["status"], grant["attempts"], mailbox.mail) == ("sent", 3, {grant["_id"]: 1})


async def test_10_16_killed_after_the_mailbox_took_it_and_before_the_mark_it_is_not_there_twice(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    """Line 10.16."""
    await owe(a_grant(1, 1))
    mailbox.moods_to_come = [Mood.WELL_THEN_SILENT]
    await killed_while_sending(deliveries, mailbox, NOW)

    await deliveries.deliver_due(NOW + LEASE)

    grant = await the_grant()
    assert (grant["status"], mailbox.mail) == ("sent", {grant["_id"]: 1})


@pytest.mark.parametrize("mood", [Mood.WELL_THEN_CUT, Mood.WELL_THEN_BROKEN])
async def test_10_16_an_answer_lost_after_the_mailbox_took_it_does_not_double_it(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn, mood: Mood
) -> None:
    """Line 10.16."""
    await owe(a_grant(1, 1))
    mailbox.moods_to_come = [mood]

    await deliveries.deliver_due(NOW)
    await deliveries.deliver_due(NOW + SECOND)

    grant = await the_grant()
    assert (grant["status"], mailbox.mail) == ("sent", {grant["_id"]: 1})


# What is sent


async def test_the_message_is_the_reward_with_its_id_its_owner_and_its_data(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    grant = a_grant(1, 1)
    await owe(grant)

    await deliveries.deliver_due(NOW)

    message = {**grant["message"], "id": grant["_id"], "accountId": account(1), "data": grant["data"]}
    assert [call.body for call in mailbox.calls] == [{"accountIds": [account(1)], "messages": [message]}]


async def test_all_that_one_account_is_owed_goes_in_one_call(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    await owe(*(a_grant(archive, 1) for archive in (3, 1, 2)))

    sent = await deliveries.deliver_due(NOW)

    assert (sent, [call.ids for call in mailbox.calls]) == (3, [[grant_id(n, 1) for n in (1, 2, 3)]])


async def test_the_key_is_the_id_of_a_grant_that_is_sent(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(2, 1), a_grant(1, 1))

    await deliveries.deliver_due(NOW)

    assert [call.key for call in mailbox.calls] == [grant_id(1, 1)]


async def test_each_account_has_a_call_of_its_own(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(1, 1), a_grant(1, 2))

    await deliveries.deliver_due(NOW)

    assert sorted(call.body["accountIds"] for call in mailbox.calls) == [[account(1)], [account(2)]]


async def test_what_is_not_due_yet_is_left_alone(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(1, 1, at=NOW + SECOND))

    assert (await deliveries.deliver_due(NOW), mailbox.calls) == (0, [])


async def test_what_is_not_due_yet_does_not_go_with_what_is(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(1, 1, at=NOW + SECOND), a_grant(2, 1))

    await deliveries.deliver_due(NOW)

    assert [call.ids for call in mailbox.calls] == [[grant_id(2, 1)]]


async def test_what_was_sent_is_not_sent_again(deliveries: GrantDeliveries, mailbox: MailboxStandIn) -> None:
    await owe(a_grant(1, 1))
    await deliveries.deliver_due(NOW)

    assert (await deliveries.deliver_due(NOW + DAY), len(mailbox.calls)) == (0, 1)


async def test_more_accounts_than_a_batch_has_are_all_served(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    await owe(*(a_grant(1, player) for player in range(250)))

    assert (await deliveries.deliver_due(NOW), len(mailbox.mail)) == (250, 250)


async def test_sends_go_on_at_the_same_time_but_not_too_many(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    await owe(*(a_grant(1, player) for player in range(100)))

    await deliveries.deliver_due(NOW)

    assert 2 <= mailbox.most_at_once <= 25


async def test_a_pile_for_one_account_goes_in_several_calls(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    await owe(*(a_grant(archive, 1) for archive in range(250)))

    await deliveries.deliver_due(NOW)

    assert ([len(call.ids) for call in mailbox.calls], len(mailbox.mail)) == ([100, 100, 50], 250)


# What the mailbox does not take


@pytest.mark.parametrize("mood", [mood for mood in Mood if mood.answers and mood is not Mood.WELL])
async def test_whatever_else_the_mailbox_does_it_is_sent_again_later_and_is_there_once(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn, mood: Mood
) -> None:
    await owe(a_grant(1, 1))
    mailbox.moods_to_come = [mood, mood]

    sent = [await deliveries.deliver_due(NOW + waited * SECOND) for waited in (0, 1, 3)]

    assert (sent, mailbox.mail) == ([0, 0, 1], {grant_id(1, 1): 1})


async def test_a_mailbox_that_never_answers_is_put_off(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "ANSWER_WITHIN_S", 0.2)
    mailbox.mood = Mood.SILENT
    await owe(a_grant(1, 1))

    await deliveries.deliver_due(NOW)

    grant = await the_grant()
    assert (grant["status"], grant["last_error"]) == ("owed", "TimeoutError")


async def test_the_last_error_says_what_happened_in_a_few_words(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    mailbox.mood = Mood.BROKEN
    await owe(a_grant(1, 1))

    await deliveries.deliver_due(NOW)

    assert (await the_grant())["last_error"] == "It answered 500."


async def test_nothing_is_attempted_before_the_pause_is_over(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    mailbox.mood = Mood.BROKEN
    await owe(a_grant(1, 1))
    await deliveries.deliver_due(NOW)

    await deliveries.deliver_due(NOW + 0.9 * SECOND)

    assert len(mailbox.calls) == 1


async def test_after_many_failures_it_is_still_sent(deliveries: GrantDeliveries) -> None:
    await owe({**a_grant(1, 1), "attempts": 5_000, "delivery_id": grant_id(1, 1)})

    assert await deliveries.deliver_due(NOW + 40 * DAY) == 1


async def test_an_account_that_fails_does_not_hold_up_others(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    mailbox.moods_of[account(1)] = Mood.BROKEN
    await owe(a_grant(1, 1), a_grant(1, 2))

    await deliveries.deliver_due(NOW)

    assert mailbox.mail == {grant_id(1, 2): 1}


async def test_a_retry_has_the_same_key_and_the_same_body(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(1, 1), a_grant(2, 1))
    mailbox.moods_to_come = [Mood.WELL_THEN_CUT]
    await deliveries.deliver_due(NOW)

    await deliveries.deliver_due(NOW + SECOND)

    first, second = mailbox.calls
    assert first == second


async def test_what_is_won_while_a_delivery_is_retried_goes_in_a_delivery_of_its_own(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(2, 1))
    mailbox.moods_to_come = [Mood.WELL_THEN_CUT]
    await deliveries.deliver_due(NOW)
    await owe(a_grant(1, 1), a_grant(3, 1))

    await deliveries.deliver_due(NOW + SECOND)

    ids = [grant_id(2, 1)], [grant_id(2, 1)], [grant_id(1, 1), grant_id(3, 1)]
    assert tuple(call.ids for call in mailbox.calls) == ids


async def test_what_the_mailbox_never_takes_does_not_hold_up_what_the_account_wins_later(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(1, 1))
    mailbox.moods_to_come = [Mood.REFUSING] * 2
    for waited in (0, 1):
        await deliveries.deliver_due(NOW + waited * SECOND)
    await owe(a_grant(2, 1))

    await deliveries.deliver_due(NOW + 2 * SECOND)

    assert mailbox.mail == {grant_id(2, 1): 1}


async def test_the_order_in_which_grants_are_made_does_not_matter(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(2, 1))
    await deliveries.deliver_due(NOW)
    await owe(a_grant(1, 1, at=NOW - DAY))

    await deliveries.deliver_due(NOW)

    assert mailbox.mail == {grant_id(1, 1): 1, grant_id(2, 1): 1}


# Several workers, and workers that die


async def test_workers_at_once_send_each_grant_once(
    deliveries: GrantDeliveries, others: list[GrantDeliveries], mailbox: MailboxStandIn
) -> None:
    await owe(*(a_grant(archive, player) for archive in (1, 2) for player in range(150)))

    sent = await asyncio.gather(*(worker.deliver_due(NOW) for worker in (deliveries, *others)))

    assert (sum(sent), len(mailbox.calls), len(mailbox.mail)) == (300, 150, 300)


async def test_what_a_worker_is_sending_is_no_other_workers_business(
    deliveries: GrantDeliveries, others: list[GrantDeliveries], mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(1, 1))
    mailbox.moods_to_come = [Mood.WELL_THEN_SILENT]
    await killed_while_sending(deliveries, mailbox, NOW)

    await others[0].deliver_due(NOW + LEASE - SECOND)

    assert len(mailbox.calls) == 1


async def test_another_worker_finishes_what_a_killed_one_had_not_sent(
    deliveries: GrantDeliveries, others: list[GrantDeliveries], mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(1, 1), a_grant(1, 2))
    mailbox.moods_to_come = [Mood.SILENT, Mood.SILENT]
    await killed_while_sending(deliveries, mailbox, NOW, calls=2)

    await others[0].deliver_due(NOW + LEASE)

    assert mailbox.mail == {grant_id(1, 1): 1, grant_id(1, 2): 1}


async def test_a_worker_that_wakes_up_late_does_not_undo_what_another_has_done(
    deliveries: GrantDeliveries, others: list[GrantDeliveries], mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(1, 1))
    mailbox.moods_to_come = [Mood.WELL_THEN_SILENT]
    late = asyncio.create_task(deliveries.deliver_due(NOW))
    await mailbox.called(1)
    await others[0].deliver_due(NOW + LEASE)
    mailbox.let_go()  # the first worker now learns that it was cut off

    await late

    grant = await the_grant()
    assert (grant["status"], grant["attempts"], mailbox.mail) == ("sent", 2, {grant["_id"]: 1})


async def test_a_worker_that_fails_late_does_not_end_the_lease_of_the_next(
    deliveries: GrantDeliveries, others: list[GrantDeliveries], mailbox: MailboxStandIn
) -> None:
    await owe(a_grant(1, 1))
    mailbox.moods_to_come = [Mood.SILENT, Mood.SILENT]
    late = asyncio.create_task(deliveries.deliver_due(NOW))
    await mailbox.called(1)
    left = mailbox.let_go_later()
    await killed_while_sending(others[0], mailbox, NOW + LEASE)
    left.set()

    await late

    assert (await the_grant())["due_at"] == NOW + 2 * LEASE


# Nobody to send to, and nobody who takes it


async def test_without_a_mailbox_everything_stays_owed(settings_for: SettingsFactory) -> None:
    async with open_resources(settings_for()) as resources:
        await owe(a_grant(1, 1))

        await resources.game.deliveries.deliver_due(NOW)

        assert (await the_grant()) == a_grant(1, 1)


async def test_without_a_mailbox_a_process_warns_once(settings_for: SettingsFactory) -> None:
    async with open_resources(settings_for()) as resources:
        with structlog.testing.capture_logs() as events:
            for _ in range(3):
                await resources.game.deliveries.deliver_due(NOW)

    assert [event["event"] for event in events] == ["grants.no_mailbox_configured"]


async def test_a_grant_is_overdue_after_a_day(deliveries: GrantDeliveries) -> None:
    assert deliveries
    await owe(a_grant(1, 1), a_grant(1, 2, at=NOW + SECOND))

    assert await count_overdue(NOW + DAY) == 1


async def test_a_sent_grant_is_never_overdue(deliveries: GrantDeliveries) -> None:
    await owe(a_grant(1, 1))
    await deliveries.deliver_due(NOW)

    assert await count_overdue(NOW + 2 * DAY) == 0


async def test_a_mailbox_away_for_a_day_is_reported_as_an_error(deliveries: GrantDeliveries) -> None:
    assert deliveries
    await owe(*(a_grant(1, player, at=utc_now() - DAY) for player in range(3)))

    with structlog.testing.capture_logs() as events:
        await report_overdue_grants({})

    assert events == [{"event": "grants.overdue", "grants": 3, "log_level": "error"}]


async def test_a_metric_says_how_many_grants_are_overdue(deliveries: GrantDeliveries) -> None:
    assert deliveries
    await owe(a_grant(1, 1, at=utc_now() - DAY))

    await report_overdue_grants({})

    (metric,) = OVERDUE.collect()
    assert [(sample.name, sample.value) for sample in metric.samples] == [("laurel_grants_overdue", 1)]


# What it costs


async def test_due_grants_are_found_by_index(deliveries: GrantDeliveries) -> None:
    assert deliveries
    await owe(*({**a_grant(1, player), "status": "sent"} for player in range(300)), a_grant(2, 1))

    due = {"status": "owed", "due_at": {"$lte": NOW}}
    plan = await GrantDocument.get_motor_collection().find(due).sort("due_at").limit(500).explain()

    assert plan["executionStats"]["totalDocsExamined"] == 1
