"""Reading an issuer's keys over HTTP."""

from collections.abc import Callable

import httpx
import pytest

from app.clients.key_set import KeySetUnreadable, fetch_key_set
from app.clients.transport import LARGEST_ANSWER

URL = "https://issuer.example/keys"


def streamed(body: bytes) -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(body))


async def fetched(answer: Callable[[httpx.Request], httpx.Response]) -> bytes:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        return await fetch_key_set(http, URL)


async def test_the_document_is_read() -> None:
    assert await fetched(lambda _: streamed(b'{"keys": []}')) == b'{"keys": []}'


async def test_no_credential_is_sent() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return streamed(str("authorization" in request.headers).encode())

    assert await fetched(answer) == b"False"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
        streamed(b" " * (LARGEST_ANSWER + 1)),
    ],
    ids=["a failure", "a redirect", "too much"],
)
async def test_anything_else_is_unreadable(answer: httpx.Response) -> None:
    with pytest.raises(KeySetUnreadable):
        await fetched(lambda _: answer)


async def test_an_issuer_that_does_not_answer_is_unreadable() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(KeySetUnreadable):
        await fetched(answer)
