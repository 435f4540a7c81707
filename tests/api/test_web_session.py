"""Browsers signed in by cookies: what they may do, and every way in that has to be shut."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import httpx
import pytest
from conftest import ACCOUNT, SECRET, SettingsFactory, TokenBuilder
from edge_app import edge_client
from lifespan import running
from signing import ForgedToken, forged_tokens

from app.dev import world
from app.main import create_app
from app.routers.web_cookies import VisitorKind
from app.routers.web_session import DEMO_SUBJECTS

OWN = {"Origin": "http://laurel"}
FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://laurel.evil.example"},
    {"Origin": "http://laurel:81"},
    {"Origin": "http://evil.example@laurel"},
    {"Origin": "http://[laurel"},
    {"Origin": "laurel"},
    {**OWN, "Sec-Fetch-Site": "same-site"},
    {**OWN, "Sec-Fetch-Site": "cross-site"},
]
PLAYER = "__Host-laurel_player"


@pytest.fixture
async def edge() -> AsyncIterator[httpx.AsyncClient]:
    async with edge_client() as client:
        yield client


def shown(value: str, name: str = PLAYER) -> dict[str, str]:
    return {"Cookie": f"theme=dark; {name}={value}"}


def cookies_of(answer: httpx.Response) -> SimpleCookie:
    return SimpleCookie("\n".join(answer.headers.get_list("set-cookie")))


async def test_a_cookie_opens_what_its_token_opens(edge: httpx.AsyncClient, token: TokenBuilder) -> None:
    assert (await edge.get("/players", headers=shown(token()))).json() == ACCOUNT


@pytest.mark.parametrize("forged", forged_tokens(SECRET, ACCOUNT), ids=lambda forged: forged.name)
async def test_a_forged_token_is_no_better_in_a_cookie(edge: httpx.AsyncClient, forged: ForgedToken) -> None:
    cookie = shown(forged.token)["Cookie"].encode()

    assert (await edge.get("/players", headers={b"Cookie": cookie})).status_code == 401


async def test_a_header_counts_before_a_cookie(edge: httpx.AsyncClient, token: TokenBuilder) -> None:
    headers = shown(token()) | {"Authorization": "Bearer a.b.c"}

    assert (await edge.get("/players", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("name", "subject", "role"),
    [
        ("laurel_player", ACCOUNT, "player"),  # any host of the domain could have set this name
        ("__Host-laurel_xp", ACCOUNT, "player"),
        ("__Host-laurel_player", "7", "player"),
        ("__Host-laurel_player", ACCOUNT, "admin"),
        ("__Host-laurel_admin", ACCOUNT, "player"),
        ("__Host-laurel_admin", ACCOUNT, "service"),
        ("__Host-laurel_service", ACCOUNT, "service"),
    ],
)
async def test_a_cookie_that_is_not_its_tokens_own_is_none(
    edge: httpx.AsyncClient, token: TokenBuilder, name: str, subject: str, role: str
) -> None:
    assert (await edge.get("/players", headers=shown(token(subject, role), name))).status_code == 401


async def test_of_two_cookies_of_one_name_neither_counts(
    edge: httpx.AsyncClient, token: TokenBuilder
) -> None:
    headers = {"Cookie": f"{PLAYER}={token()}; {PLAYER}={token('0' * 24)}"}

    assert (await edge.get("/players", headers=headers)).status_code == 401


async def test_a_players_cookie_opens_nothing_of_administrators(
    edge: httpx.AsyncClient, token: TokenBuilder
) -> None:
    assert (await edge.get("/admins", headers=shown(token()))).status_code == 403


async def test_of_several_visitors_the_one_a_route_is_for_is_taken(
    edge: httpx.AsyncClient, token: TokenBuilder
) -> None:
    cookies = [
        f"__Host-laurel_admin={token('root', 'admin')}",
        f"{PLAYER}={token()}",
        f"__Host-laurel_xp={token('7')}",
    ]
    headers = {"Cookie": "; ".join(cookies)}
    answers = [await edge.get(path, headers=headers) for path in ("/players", "/admins")]

    assert [answer.json() for answer in answers] == [ACCOUNT, "admin"]


@pytest.mark.parametrize("origin", [{}, *FOREIGN], ids=str)
async def test_a_cookie_changes_nothing_for_other_sites(
    edge: httpx.AsyncClient, token: TokenBuilder, origin: dict[str, str]
) -> None:
    answer = await edge.post("/players", json={"count": 1}, headers=shown(token()) | origin)

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/foreign-origin")


@pytest.mark.parametrize("more", [{}, {"Sec-Fetch-Site": "same-origin"}], ids=str)
async def test_a_cookie_may_change_things_from_the_services_own_pages(
    edge: httpx.AsyncClient, token: TokenBuilder, more: dict[str, str]
) -> None:
    answer = await edge.post("/players", json={"count": 1}, headers=shown(token()) | OWN | more)

    assert answer.json() == ACCOUNT


async def test_the_short_way_asks_for_the_origin_too(edge: httpx.AsyncClient, token: TokenBuilder) -> None:
    headers = shown(token())
    answers = [await edge.patch("/hot", json=[5], headers=headers | origin) for origin in ({}, OWN)]

    assert [answer.status_code for answer in answers] == [403, 200]


async def test_a_session_keeps_its_token_from_scripts_and_other_sites(
    client: httpx.AsyncClient, token: TokenBuilder
) -> None:
    answer = await client.post("/web/session", json={"token": token(exp=4_000_000_000)}, headers=OWN)
    cookie = cookies_of(answer)[PLAYER]

    assert answer.json() == {"kind": "player", "subject": ACCOUNT, "expiresAt": 4_000_000_000_000}
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "lax")
    assert (cookie["path"], cookie["domain"]) == ("/", "")


@pytest.mark.parametrize(
    ("subject", "role", "kind"),
    [("7", "player", "xp"), (ACCOUNT, "player", "player"), ("x", "admin", "admin")],
)
async def test_a_token_goes_into_the_cookie_of_its_kind(
    client: httpx.AsyncClient, token: TokenBuilder, subject: str, role: str, kind: str
) -> None:
    answer = await client.post("/web/session", json={"token": token(subject, role)}, headers=OWN)

    assert list(cookies_of(answer)) == [f"__Host-laurel_{kind}"]


@pytest.mark.parametrize(
    ("subject", "role", "status"), [(ACCOUNT, "service", 403), ("ann", "player", 401), ("0", "player", 401)]
)
async def test_a_token_that_is_not_for_people_opens_no_session(
    client: httpx.AsyncClient, token: TokenBuilder, subject: str, role: str, status: int
) -> None:
    answer = await client.post("/web/session", json={"token": token(subject, role)}, headers=OWN)

    assert (answer.status_code, "set-cookie" in answer.headers) == (status, False)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/web/session", {"token": "t"}), ("DELETE", "/web/session", None), ("POST", "/web/demo", None)],
)
async def test_other_sites_sign_nobody_in_or_out(
    client: httpx.AsyncClient, method: str, path: str, body: object
) -> None:
    answers = [await client.request(method, path, json=body, headers=origin) for origin in FOREIGN]

    assert {(answer.status_code, "set-cookie" in answer.headers) for answer in answers} == {(403, False)}


async def test_signing_out_drops_every_cookie(client: httpx.AsyncClient) -> None:
    dropped = cookies_of(await client.delete("/web/session", headers=OWN))

    assert {name: cookie["max-age"] for name, cookie in dropped.items()} == {
        "__Host-laurel_xp": "0",
        "__Host-laurel_player": "0",
        "__Host-laurel_admin": "0",
    }


@pytest.mark.parametrize(
    ("role", "kinds"), [("player", ["xp", "player"]), ("admin", ["xp", "player", "admin"])]
)
async def test_a_demo_visitor_is_somebody_everywhere(
    client: httpx.AsyncClient, role: str, kinds: list[str]
) -> None:
    answer = await client.post("/web/demo", json={"role": role}, headers=OWN)

    assert [session["kind"] for session in answer.json()] == kinds


async def test_nobody_looks_around_in_production(settings_for: SettingsFactory) -> None:
    app = create_app(settings_for(environment="production"))
    transport = httpx.ASGITransport(app)
    async with running(app), httpx.AsyncClient(transport=transport, base_url="http://laurel") as client:
        answer = await client.post("/web/demo", headers=OWN)

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-in-production")


def test_the_demo_visitor_is_the_player_of_the_examples() -> None:
    assert DEMO_SUBJECTS[VisitorKind.PLAYER] == world.players()[0]
