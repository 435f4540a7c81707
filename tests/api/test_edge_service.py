"""Health, callers, keys, problems and documentation of the running service."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from conftest import ACCOUNT, HeadersBuilder
from lifespan import running

from app.access.errors import UnknownApiKey
from app.access.keys import create_key, list_keys, revoke_key, verify_key
from app.kit.clock import utc_now
from app.main import create_api
from app.settings import Settings


async def test_alive_means_answering(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).status_code == 200


async def test_ready_means_both_databases_answer(client: httpx.AsyncClient) -> None:
    assert (await client.get("/readyz")).json() == {"status": "ready"}


@pytest.fixture
async def opened(settings: Settings) -> AsyncIterator[tuple[Any, httpx.AsyncClient]]:
    """The application itself beside a client of it."""
    api = create_api(settings)
    transport = httpx.ASGITransport(api)
    async with running(api), httpx.AsyncClient(transport=transport, base_url="http://laurel") as client:
        yield api, client


async def test_a_stopping_process_is_not_ready(opened: tuple[Any, httpx.AsyncClient]) -> None:
    api, client = opened
    api.state.draining = True

    assert (await client.get("/readyz")).status_code == 503


async def test_a_process_without_redis_is_not_ready_and_says_so(settings_for: Any) -> None:
    api = create_api(settings_for(redis_url="redis://127.0.0.1:9/0"))
    transport = httpx.ASGITransport(api)
    async with running(api), httpx.AsyncClient(transport=transport, base_url="http://laurel") as client:
        answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()["detail"]) == (503, "Not answering: redis.")


async def test_requests_are_counted_by_route_not_by_path(client: httpx.AsyncClient) -> None:
    await client.get("/problems/one-that-is-not-there")
    measured = (await client.get("/metrics")).text

    assert 'laurel_request_seconds_count{method="GET",route="/problems/{slug}",status="404"}' in measured
    assert "one-that-is-not-there" not in measured


async def test_a_caller_hears_who_it_is(client: httpx.AsyncClient, player: HeadersBuilder) -> None:
    answer = await client.get("/caller", headers=player(exp=4_000_000_000))

    assert answer.json() == {
        "subject": ACCOUNT,
        "role": "player",
        "scopes": [],
        "expiresAt": 4_000_000_000_000,
    }


async def test_an_api_key_is_a_caller_too(client: httpx.AsyncClient) -> None:
    _, text = await create_key("radio", ["stats"], now=utc_now())
    answer = await client.get("/caller", headers={"Authorization": f"Token {text}"})

    assert answer.json() == {"subject": "radio", "role": "apikey", "scopes": ["stats"], "expiresAt": None}


async def test_an_api_key_is_no_credential_on_other_routes(client: httpx.AsyncClient) -> None:
    _, text = await create_key("radio", ["stats"], now=utc_now())
    answer = await client.get("/leaderboard/admin/list", headers={"Authorization": f"Token {text}"})

    assert answer.status_code == 401


@pytest.mark.usefixtures("resources")
async def test_a_revoked_key_opens_nothing() -> None:
    key, text = await create_key("radio", ["stats"], now=utc_now())
    await revoke_key(key.id, now=utc_now())

    assert await verify_key(text) is None


@pytest.mark.usefixtures("resources")
async def test_a_key_is_not_stored() -> None:
    _, text = await create_key("radio", ["stats"], now=utc_now())
    [stored] = await list_keys()

    assert text not in stored.model_dump_json()
    assert stored.ending == text[-4:]


@pytest.mark.usefixtures("resources")
async def test_a_key_that_is_not_there_cannot_be_revoked() -> None:
    with pytest.raises(UnknownApiKey):
        await revoke_key("00000000", now=utc_now())


async def test_every_listed_problem_can_be_read(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/problems")).json()
    read = [(await client.get(f"/problems/{kind['slug']}")).json() for kind in listed]

    assert read == listed


async def test_the_type_of_a_problem_resolves(client: httpx.AsyncClient) -> None:
    refused = (await client.get("/caller")).json()
    kind = (await client.get(refused["type"])).json()

    assert (kind["status"], kind["title"]) == (refused["status"], refused["title"])


async def test_every_operation_documents_its_problems_and_roles(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]

    assert all("default" in operation["responses"] and operation["x-roles"] for operation in operations)


async def test_every_reference_of_the_document_resolves(client: httpx.AsyncClient) -> None:
    answer = await client.get("/openapi.json")
    schemas = answer.json()["components"]["schemas"]

    assert set(re.findall(r"#/components/schemas/([\w.-]+)", answer.text)) <= set(schemas)


async def test_the_documentation_needs_no_other_host(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    parts = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    answers = [page, *[await client.get(part) for part in parts]]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert not [
        a for a in answers if "//" in re.sub(r"(?m)^\s*//.*$|/\*.*?\*/|http://www.w3.org", "", a.text)
    ]


async def test_trailing_slashes_are_never_redirected(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez/")).status_code == 404
