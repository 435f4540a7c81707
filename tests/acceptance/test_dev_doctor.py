"""What `laurel doctor` finds."""

from conftest import SettingsFactory

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
