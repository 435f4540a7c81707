"""Every refusal has one shape and tells nothing that is not the caller's business."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from edge_app import edge_client
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from app.kit.errors import LaurelError
from app.routers.errors import HttpError, Unexpected, status_of
from app.routers.gate import Gate


@pytest.fixture
async def edge() -> AsyncIterator[httpx.AsyncClient]:
    async with edge_client() as client:
        yield client


async def test_a_refusal_is_a_problem(edge: httpx.AsyncClient) -> None:
    answer = await edge.get("/nowhere")

    assert (answer.headers["content-type"], answer.json()) == (
        "application/problem+json",
        {
            "type": "/problems/unknown-route",
            "title": "There is no such route.",
            "status": 404,
            "detail": "There is no such route.",
            "instance": "/nowhere",
        },
    )


async def test_every_fault_of_a_body_is_named_by_its_place(edge: httpx.AsyncClient) -> None:
    answer = await edge.post("/notes", json={"count": "x", "names": ["a", 5]})

    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/count", "/names/1"]


async def test_a_faulty_parameter_is_named(edge: httpx.AsyncClient) -> None:
    answer = await edge.get("/notes?limit=0")

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "limit")


@pytest.mark.parametrize("sent", [{"count": "s3cr3t"}, {"count": 1, "names": "s3cr3t"}, ["s3cr3t"]])
async def test_a_refusal_never_repeats_what_was_sent(edge: httpx.AsyncClient, sent: Any) -> None:
    answer = await edge.post("/notes", json=sent)

    assert answer.status_code == 422
    assert "s3cr3t" not in answer.text


async def test_the_instance_is_a_path_however_it_was_written(edge: httpx.AsyncClient) -> None:
    answer = await edge.get('/a"b<c>')

    assert answer.json()["instance"] == "/a%22b%3Cc%3E"


async def test_a_wrong_method_is_told_the_right_ones(edge: httpx.AsyncClient) -> None:
    answer = await edge.delete("/notes")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, PUT")


@pytest.mark.parametrize("path", ["/failures/bug", "/failures/duplicate"])
async def test_a_failure_tells_nothing(edge: httpx.AsyncClient, path: str) -> None:
    answer = await edge.get(path)

    assert (answer.status_code, answer.json()["detail"]) == (500, "Something went wrong here.")


@pytest.mark.parametrize("path", ["/failures/disconnected", "/failures/no_primary"])
async def test_a_database_that_is_away_is_503_with_a_time_to_return(
    edge: httpx.AsyncClient, path: str
) -> None:
    answer = await edge.get(path)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "password" not in answer.text


@pytest.mark.parametrize(("failure", "status"), [("bug", 500), ("disconnected", 503)])
async def test_the_short_way_refuses_alike(edge: httpx.AsyncClient, failure: str, status: int) -> None:
    answer = await edge.patch(f"/hot?failure={failure}")

    assert (answer.status_code, answer.json()["instance"]) == (status, "/hot")


@pytest.mark.parametrize("body", [b"{", b'{"count": 1, "count": 2}', b"\xef\xbb\xbf{}", b'{"count": NaN}'])
async def test_malformed_json_is_400(edge: httpx.AsyncClient, body: bytes) -> None:
    answer = await edge.post("/notes", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-json")


async def test_a_required_body_that_is_empty_is_malformed(edge: httpx.AsyncClient) -> None:
    answer = await edge.post("/notes")

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-json")


async def test_an_optional_body_may_be_absent(edge: httpx.AsyncClient) -> None:
    assert (await edge.put("/notes")).json() is None


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"5", b"null"])
async def test_json_that_is_no_object_is_422(edge: httpx.AsyncClient, body: bytes) -> None:
    answer = await edge.post("/notes", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422


async def test_a_request_keeps_the_id_it_came_with(edge: httpx.AsyncClient) -> None:
    answer = await edge.get("/notes", headers={"X-Request-ID": "order-12345678"})

    assert answer.headers["x-request-id"] == "order-12345678"


@pytest.mark.parametrize("given", ["short", "with space in it", "a" * 200, '"quoted-12345"'])
async def test_an_odd_request_id_is_replaced(edge: httpx.AsyncClient, given: str) -> None:
    answer = await edge.get("/nowhere", headers={"X-Request-ID": given})

    assert len(answer.headers["x-request-id"]) == 32


async def test_half_an_answer_is_never_made_to_look_whole() -> None:
    app = FastAPI()

    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ZeroDivisionError

    @app.get("/")
    async def stream() -> StreamingResponse:
        return StreamingResponse(broken())

    transport = httpx.ASGITransport(Gate(app, {}))
    async with httpx.AsyncClient(transport=transport, base_url="http://laurel") as client:
        with pytest.raises(LaurelError):
            await client.get("/")


def every_kind(base: type[LaurelError]) -> Iterator[type[LaurelError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from every_kind(kind)


def test_every_kind_of_refusal_belongs_to_a_category() -> None:
    without = [kind for kind in every_kind(LaurelError) if status_of(kind) == 500]

    assert [kind for kind in without if kind not in (HttpError, Unexpected)] == []


def test_every_kind_of_refusal_has_a_sentence() -> None:
    assert [kind for kind in every_kind(LaurelError) if not kind.title().endswith(".")] == []
