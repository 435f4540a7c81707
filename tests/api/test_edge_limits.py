"""What a request may weigh, look like and take."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from edge_app import SMALL_CAP, chunks, edge_app, edge_client

from app.routers import limits

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def edge() -> AsyncIterator[httpx.AsyncClient]:
    async with edge_client() as client:
        yield client


async def test_a_body_below_the_cap_is_read(edge: httpx.AsyncClient) -> None:
    answer = await edge.post("/notes", json={"count": 1, "names": ["a" * 60_000]})

    assert answer.status_code == 200


async def test_a_stated_length_above_the_cap_is_refused_without_reading(edge: httpx.AsyncClient) -> None:
    read = []

    async def body() -> AsyncIterator[bytes]:
        read.append("the body")
        yield b"{"

    headers = {**JSON, "Content-Length": str(10**12)}
    answer = await edge.post("/notes", content=body(), headers=headers)

    assert (answer.status_code, read) == (413, [])


async def test_an_unstated_length_is_refused_at_the_cap(edge: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 4096

    answer = await edge.post("/notes", content=endless(), headers=JSON)

    assert answer.status_code == 413


async def test_a_path_has_its_own_cap(edge: httpx.AsyncClient) -> None:
    answer = await edge.post("/small", content=b" " * (SMALL_CAP + 1), headers=JSON)

    assert answer.status_code == 413


async def test_a_refused_length_ends_the_connection(edge: httpx.AsyncClient) -> None:
    answer = await edge.post("/small", content=b" " * (SMALL_CAP + 1), headers=JSON)

    assert answer.headers["connection"] == "close"


async def test_an_unstated_length_is_read_whole(edge: httpx.AsyncClient) -> None:
    answer = await edge.post("/notes", content=chunks(b'{"count"', b": 5}"), headers=JSON)

    assert answer.json()["count"] == 5


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": ""},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/jsonp"},
        {**JSON, "Content-Encoding": "gzip"},
        {**JSON, "Content-Encoding": "identity, gzip"},
    ],
)
async def test_a_body_that_is_not_plain_json_is_415(edge: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await edge.post("/notes", content=b'{"count": 1}', headers=headers)

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "kind", ["application/json", "APPLICATION/JSON; charset=UTF-8", "application/merge-patch+json"]
)
async def test_json_may_be_called_by_its_names(edge: httpx.AsyncClient, kind: str) -> None:
    answer = await edge.post("/notes", content=b'{"count": 1}', headers={"Content-Type": kind})

    assert answer.status_code == 200


async def test_a_body_that_stops_arriving_is_408(
    edge: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ARRIVES_WITHIN_S", 0.05)

    async def slow() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.02)

    answer = await edge.post("/notes", content=slow(), headers=JSON)

    assert answer.status_code == 408


async def test_a_url_of_nine_kib_is_414(edge: httpx.AsyncClient) -> None:
    answer = await edge.get("/notes", params={"q": "a" * 9 * 1024})

    assert answer.status_code == 414


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=1&limit=2", "limit"),
        ("limit=1&%6cimit=2", "limit"),
        ("limit=%00", "limit"),
        ("limit=%ff", "limit"),
        ("l%ff=1", "query"),
        ("%00=1", "query"),
        ("=%ff", "query"),
    ],
)
async def test_a_query_that_is_not_plain_is_422(edge: httpx.AsyncClient, query: str, parameter: str) -> None:
    answer = await edge.get(f"/notes?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, parameter)


async def test_a_plain_query_is_read(edge: httpx.AsyncClient) -> None:
    assert (await edge.get("/notes?limit=7&other=%C3%A9+")).json() == 7


async def test_a_client_that_leaves_early_is_no_failure() -> None:
    sent: list[Any] = []
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    headers = [(b"content-type", b"application/json"), (b"content-length", b"12")]
    scope = {"type": "http", "method": "POST", "path": "/notes", "query_string": b"", "headers": headers}

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    await edge_app()(scope, receive, send)

    assert sent[0]["status"] == 400
