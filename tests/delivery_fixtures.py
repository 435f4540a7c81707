"""Mailboxes and who delivers to them; a module that wants these names this module in `pytest_plugins`."""

from collections.abc import AsyncIterator

import pytest
from conftest import SettingsFactory
from mailbox_stand_in import MailboxStandIn, serving_mailbox

from app.clients.mailbox import MailboxClient
from app.clients.transport import open_http
from app.game.deliveries import GrantDeliveries
from app.resources import open_resources


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
async def other_workers(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn
) -> AsyncIterator[list[GrantDeliveries]]:
    """What three more workers deliver with."""
    assert deliveries
    async with open_http() as http:
        yield [GrantDeliveries(MailboxClient(mailbox.url, http, lambda: "token")) for _ in range(3)]
