"""The page of listening while there is no database."""

from pathlib import Path

import httpx
from conftest import SECRET, TokenBuilder
from lifespan import running
from pydantic import SecretStr

from app.dev.servers import start_mongod
from app.main import create_app
from app.settings import Environment, Settings


async def test_while_the_database_is_away_there_is_a_way_to_try_again(
    tmp_path: Path, redis_url: str, token: TokenBuilder
) -> None:
    mongod = start_mongod(tmp_path / "mongod")
    settings = Settings(
        environment=Environment.TEST,
        mongodb_uri=mongod.uri,
        redis_url=redis_url,
        jwt_secret=SecretStr(SECRET),
    )
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with running(app), httpx.AsyncClient(transport=transport, base_url="http://laurel") as client:
        mongod.kill()
        answer = await client.get(
            "/stats", headers={"Cookie": f"__Host-laurel_admin={token('ann', 'admin')}"}
        )

    assert 'href="/stats">Try again' in answer.text
