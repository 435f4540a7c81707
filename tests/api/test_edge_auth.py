"""Who may call, and as whom."""

from collections.abc import AsyncIterator

import httpx
import pytest
from conftest import ACCOUNT, HeadersBuilder, TokenBuilder
from edge_app import edge_client

from app.game.errors import OtherAccount
from app.kit.errors import Invalid
from app.kit.tokens import Role
from app.routers.auth import acting_account
from app.routers.tokens import Caller

OTHER = "0000000000000000000000ff"


@pytest.fixture
async def edge() -> AsyncIterator[httpx.AsyncClient]:
    async with edge_client() as client:
        yield client


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer ", "Basic dTpw", "Bearer a.b.c", "Token abc", "Digest x", "bearertoken"]
)
async def test_without_a_valid_token_the_answer_is_401(edge: httpx.AsyncClient, shown: str) -> None:
    answer = await edge.get("/players", headers={"Authorization": shown})

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_no_header_is_401(edge: httpx.AsyncClient) -> None:
    assert (await edge.get("/players")).status_code == 401


async def test_two_headers_are_400(edge: httpx.AsyncClient, token: TokenBuilder) -> None:
    headers = [("Authorization", f"Bearer {token()}"), ("Authorization", f"Bearer {token()}")]

    assert (await edge.get("/players", headers=headers)).status_code == 400


async def test_a_token_in_the_url_is_no_token(edge: httpx.AsyncClient, token: TokenBuilder) -> None:
    assert (await edge.get("/players", params={"access_token": token()})).status_code == 401


async def test_the_scheme_may_be_written_in_any_case(edge: httpx.AsyncClient, token: TokenBuilder) -> None:
    answer = await edge.get("/players", headers={"Authorization": f"bEARER {token()}"})

    assert answer.json() == ACCOUNT


@pytest.mark.parametrize("subject", ["12345", "62E841925030343C6079E78D", "0" * 23, "0" * 25])
async def test_a_player_is_24_hexadecimal_characters(
    edge: httpx.AsyncClient, player: HeadersBuilder, subject: str
) -> None:
    assert (await edge.get("/players", headers=player(subject))).status_code == 401


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("player", "/players", 200),
        ("service", "/players", 200),
        ("admin", "/players", 200),
        ("player", "/services", 403),
        ("service", "/services", 200),
        ("admin", "/services", 200),
        ("player", "/admins", 403),
        ("service", "/admins", 403),
        ("admin", "/admins", 200),
    ],
)
async def test_a_role_opens_what_it_should(
    edge: httpx.AsyncClient, token: TokenBuilder, role: str, path: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {token(ACCOUNT, role)}"}

    assert (await edge.get(path, headers=headers)).status_code == status


async def test_an_unknown_caller_hears_nothing_about_the_body(edge: httpx.AsyncClient) -> None:
    answer = await edge.post("/players", content=b"{", headers={"Content-Type": "application/json"})

    assert answer.status_code == 401


async def test_the_short_way_asks_the_same(edge: httpx.AsyncClient, player: HeadersBuilder) -> None:
    answers = [await edge.patch("/hot", json=[5], headers=headers) for headers in ({}, player())]

    assert [answer.status_code for answer in answers] == [401, 200]


def a_caller(role: Role) -> Caller:
    return Caller(subject=ACCOUNT, role=role, expires_at=None, token="t")


@pytest.mark.parametrize("named", [None, ACCOUNT])
def test_a_player_acts_for_itself(named: str | None) -> None:
    assert acting_account(a_caller(Role.PLAYER), named) == ACCOUNT


def test_a_player_acts_for_nobody_else() -> None:
    with pytest.raises(OtherAccount):
        acting_account(a_caller(Role.PLAYER), OTHER)


@pytest.mark.parametrize("role", [Role.SERVICE, Role.ADMIN])
def test_a_service_acts_for_whom_it_names(role: Role) -> None:
    assert acting_account(a_caller(role), OTHER) == OTHER


@pytest.mark.parametrize("role", [Role.SERVICE, Role.ADMIN])
def test_a_service_must_name_somebody(role: Role) -> None:
    with pytest.raises(Invalid):
        acting_account(a_caller(role), None)
