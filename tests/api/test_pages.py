"""Pages and static files as responses, and what browsers are to refuse of them."""

import gzip
import re
from pathlib import Path

import httpx
import pytest
from conftest import ACCOUNT, SettingsFactory, TokenBuilder
from lifespan import running

from app.dev.servers import start_mongod
from app.main import create_app
from app.web.rendering import assets

PAGES = ["/leaderboard", "/leaderboard?tab=game", "/leaderboard?tab=diamonds", "/sign-in", "/docs"]
TABS = ["xp", "game", "diamonds"]
FILES = ["page.css", "laurel.svg", "js/xp.js", "js/board.js", "docs/docs.js"]


def signed_in(token: TokenBuilder) -> dict[str, str]:
    return {"Cookie": f"__Host-laurel_xp={token('1')}; __Host-laurel_player={token(ACCOUNT)}"}


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_lets_nothing_inline_or_foreign_in(
    client: httpx.AsyncClient, token: TokenBuilder, path: str
) -> None:
    for headers in ({}, signed_in(token)):
        answer = await client.get(path, headers=headers)
        policy = answer.headers["content-security-policy"]

        assert answer.status_code == 200
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "private, no-cache"
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*src=)|\son\w+=|javascript:", answer.text)


@pytest.mark.parametrize("name", FILES)
async def test_a_static_file_is_kept_for_good_under_the_address_of_its_release(
    client: httpx.AsyncClient, name: str
) -> None:
    answer = await client.get(assets().url(name), headers={"Accept-Encoding": "gzip"})

    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-security-policy" in answer.headers


async def test_under_the_address_of_another_release_nobody_keeps_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/static/000000000000/page.css")

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize(
    "name", ["../web/words.py", "%2e%2e/words.py", "js", "none.js", "templates/base.html", ""]
)
async def test_nothing_else_is_a_static_file(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/static/{assets().version}/{name}")).status_code == 404


@pytest.mark.parametrize(
    ("accepted", "is_small"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, br", False),
        ("identity", False),
    ],
)
async def test_pages_are_compressed_for_those_who_take_it(
    client: httpx.AsyncClient,
    accepted: str,
    is_small: bool,  # noqa: FBT001 # a case
) -> None:
    answer = await client.get("/leaderboard", headers={"Accept-Encoding": accepted})

    assert ("content-encoding" in answer.headers) == is_small
    assert "Accept-Encoding" in answer.headers["vary"]


async def test_what_people_call_themselves_is_only_text(
    client: httpx.AsyncClient, token: TokenBuilder
) -> None:
    name = "<script>alert(1)</script>\"'&"
    told = {"username": "a", "name": name, "show_name": True, "social": {"twitter": "https://e.example/a"}}
    headers = {"Authorization": f"Bearer {token(ACCOUNT, 'service')}"}
    await client.put("/api/users/1", json=told, headers=headers)
    await client.post("/api/photos", json={"photo_id": 1, "user_id": 1, "country_id": 1}, headers=headers)
    page = await client.get("/leaderboard", headers=signed_in(token))

    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script>alert" not in page.text


async def test_a_page_whose_database_is_away_offers_to_try_again(
    settings_for: SettingsFactory, token: TokenBuilder, tmp_path: Path
) -> None:
    mongod = start_mongod(tmp_path)
    app = create_app(settings_for(mongodb_uri=mongod.uri))
    transport = httpx.ASGITransport(app)
    async with running(app), httpx.AsyncClient(transport=transport, base_url="http://laurel") as client:
        mongod.kill()
        answers = [await client.get(f"/leaderboard?tab={tab}", headers=signed_in(token)) for tab in TABS]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert ['data-state="error"' in answer.text for answer in answers] == [True] * 3


async def test_an_unknown_tab_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/leaderboard?tab=other")).status_code == 422


async def test_the_first_address_leads_on(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")

    assert (answer.status_code, answer.headers["location"]) == (307, "/leaderboard")


@pytest.mark.parametrize(
    "query",
    [
        "timeFilter=Today",
        "country=-1",
        "country=1 OR 1=1",
        "state=4",
        "city=9",
        "page=0",
        "page=1e3",
        "page=%F0%9F%98%80",
    ],
)
async def test_an_address_that_asks_for_nothing_sensible_shows_the_first_board(
    client: httpx.AsyncClient, token: TokenBuilder, query: str
) -> None:
    answer = await client.get(f"/leaderboard?{query}", headers=signed_in(token))

    assert "All time · Whole world" in answer.text


def test_compressed_files_are_the_same_files() -> None:
    found = [assets().find(name) for name in FILES]

    assert all(asset and gzip.decompress(asset.compressed) == asset.content for asset in found)
