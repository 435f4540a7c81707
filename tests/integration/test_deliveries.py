"""Grants on their way into mailboxes: each arrives, and arrives once."""

from datetime import timedelta

import pytest
import structlog
from conftest import SettingsFactory
from game_world import account
from grant_builders import NOW, a_grant, grant_id, owe, the_grant
from mailbox_stand_in import MailboxStandIn, Mood, killed_while_sending

from app.game.deliveries import LEASE, GrantDeliveries, count_overdue
from app.game.ledgers import GrantDocument
from app.kit.clock import utc_now
from app.resources import open_resources
from app.workers.rewards import OVERDUE, report_overdue_grants

pytest_plugins = ["delivery_fixtures"]

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


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


async def test_what_is_owed_is_never_forgotten_however_long_the_mailbox_is_away(
    deliveries: GrantDeliveries,
) -> None:
    """What the index would let MongoDB remove: sent grants alone, half a year after."""
    assert deliveries
    long_ago = utc_now() - 400 * DAY
    sent = {"status": "sent", "sent_at": long_ago}
    await owe(a_grant(1, 1, at=long_ago), a_grant(2, 2, at=long_ago) | sent)
    grants = GrantDocument.get_motor_collection()
    expiring = [index for index in await grants.list_indexes().to_list(None) if "expireAfterSeconds" in index]
    (index,) = expiring
    (field,) = index["key"]

    expired = {field: {"$lt": utc_now() - index["expireAfterSeconds"] * SECOND}}
    assert [grant["_id"] async for grant in grants.find(expired)] == [grant_id(2, 2)]


# What it costs


async def test_due_grants_are_found_by_index(deliveries: GrantDeliveries) -> None:
    assert deliveries
    await owe(*({**a_grant(1, player), "status": "sent"} for player in range(300)), a_grant(2, 1))

    due = {"status": "owed", "due_at": {"$lte": NOW}}
    plan = await GrantDocument.get_motor_collection().find(due).sort("due_at").limit(500).explain()

    assert plan["executionStats"]["totalDocsExamined"] == 1
