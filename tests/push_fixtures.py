"""A push service and who sends through it; a module that wants these names this one in `pytest_plugins`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import SettingsFactory
from fcm_stand_in import FcmStandIn, serving_fcm

from app.clients.fcm import FcmClient
from app.clients.transport import open_http
from app.kit.service_account import service_account
from app.livestream import push_batches
from app.livestream.push import PushNotifications
from app.resources import Resources, open_resources


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
async def other_senders(
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
