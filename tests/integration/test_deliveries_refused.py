"""What the mailbox does not take, or takes without saying so: sent again until it is there, once."""

from datetime import timedelta

import pytest
from game_world import account
from grant_builders import NOW, a_grant, grant_id, owe, the_grant
from mailbox_stand_in import MailboxStandIn, Mood

from app.clients import transport
from app.game.deliveries import GrantDeliveries

pytest_plugins = ["delivery_fixtures"]

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


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
