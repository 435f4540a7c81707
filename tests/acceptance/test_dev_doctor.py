"""What `laurel doctor` finds."""

from pathlib import Path

import pytest
from conftest import SettingsFactory
from fcm_stand_in import serving_fcm
from pusher_stand_in import serving_pusher

from app.cli.doctor import examine
from app.settings import Settings


async def wrong(settings: Settings) -> list[str]:
    """The names of the checks that found something wrong."""
    return [finding.check for finding in await examine(settings) if not finding.ok]


async def test_real_servers_are_well(settings: Settings) -> None:
    assert await wrong(settings) == []


async def test_a_mongodb_that_is_away_is_found(settings_for: SettingsFactory) -> None:
    assert await wrong(settings_for(mongodb_uri="mongodb://127.0.0.1:1")) == ["mongodb"]


async def test_a_redis_that_is_away_is_found(settings_for: SettingsFactory) -> None:
    assert await wrong(settings_for(redis_url="redis://127.0.0.1:1")) == ["redis"]


async def test_a_guild_service_that_is_away_is_found(settings_for: SettingsFactory) -> None:
    assert await wrong(settings_for(guild_url="http://127.0.0.1:1")) == ["guild service"]


async def test_a_mailbox_service_that_is_away_is_found(settings_for: SettingsFactory) -> None:
    assert await wrong(settings_for(mailbox_url="http://127.0.0.1:1")) == ["mailbox service"]


async def test_a_pusher_server_that_knows_the_key_and_secret_is_well(settings_for: SettingsFactory) -> None:
    async with serving_pusher() as pusher:
        assert await wrong(settings_for(pusher_url=pusher.url)) == []


async def test_a_pusher_server_that_does_not_know_the_secret_is_found(settings_for: SettingsFactory) -> None:
    async with serving_pusher() as pusher:
        mistaken = pusher.url.replace("a-secret", "another-secret")

        assert await wrong(settings_for(pusher_url=mistaken)) == ["pusher server"]


async def test_asking_a_pusher_server_tells_nobody_anything(settings_for: SettingsFactory) -> None:
    async with serving_pusher() as pusher:
        await examine(settings_for(pusher_url=pusher.url))

        assert pusher.told == []


async def test_a_pusher_server_that_is_away_is_found(settings_for: SettingsFactory) -> None:
    url = "http://key:secret@127.0.0.1:1/apps/1"

    assert await wrong(settings_for(pusher_url=url)) == ["pusher server"]


async def test_an_account_that_may_send_push_messages_is_well(
    settings_for: SettingsFactory, tmp_path: Path
) -> None:
    async with serving_fcm() as fcm:
        assert await wrong(settings_for(fcm_url=fcm.url, fcm_credentials=fcm.key_file(tmp_path))) == []


@pytest.mark.parametrize("refusal", [b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", b""])
async def test_an_account_that_gets_no_token_is_found(
    settings_for: SettingsFactory, tmp_path: Path, refusal: bytes
) -> None:
    async with serving_fcm() as fcm:
        fcm.no_tokens = refusal

        found = await wrong(settings_for(fcm_url=fcm.url, fcm_credentials=fcm.key_file(tmp_path)))

    assert found == ["push messages"]
