"""Who may send and read statistics."""

import pytest
from game_world import problem_of
from listening_world import LIST, PLAYER, SESSIONS, STREAM, SUMMARY, Statistics

from app.access.keys import create_key, revoke_key
from app.kit.clock import utc_now

pytest_plugins = ["listening_fixtures"]

ROUTES = [
    ("POST", STREAM),
    ("POST", PLAYER),
    ("GET", LIST),
    ("GET", SESSIONS),
    ("GET", SUMMARY),
    ("PUT", "/api/v1/stats/media/8C9D1A2B/"),
]
BODIES = {"POST": "[]", "GET": None, "PUT": '{"duration": 180}'}


async def status(statistics: Statistics, method: str, path: str, shown: str) -> tuple[int, str]:
    headers = {"authorization": shown, "content-type": "application/json"}
    answer = await statistics.http.request(method, path, content=BODIES[method], headers=headers)
    return (200, "") if answer.is_success else problem_of(answer)


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_key_with_the_scope_opens_it(statistics: Statistics, method: str, path: str) -> None:
    _, text = await create_key("radio", ["stats"], now=utc_now())

    assert await status(statistics, method, path, f"Token {text}") == (200, "")


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_key_without_the_scope_does_not(statistics: Statistics, method: str, path: str) -> None:
    _, text = await create_key("radio", ["other"], now=utc_now())

    assert await status(statistics, method, path, f"Token {text}") == (403, "missing-scope")


async def test_a_revoked_key_opens_nothing(statistics: Statistics) -> None:
    key, text = await create_key("radio", ["stats"], now=utc_now())
    await revoke_key(key.id, now=utc_now())

    assert await status(statistics, "GET", LIST, f"Token {text}") == (401, "unauthenticated")


async def test_a_key_opens_no_other_route(statistics: Statistics) -> None:
    _, text = await create_key("radio", ["stats"], now=utc_now())

    assert await status(statistics, "GET", "/leaderboard/admin/list", f"Token {text}") == (
        401,
        "unauthenticated",
    )
