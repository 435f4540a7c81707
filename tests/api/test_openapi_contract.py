"""The service answers as its OpenAPI document says, to what fits the document and to what does not."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from archive_builders import an_archive
from bson import ObjectId
from conftest import ACCOUNT, HeadersBuilder
from fastapi.routing import iter_route_contexts
from game_world import BOARD, Json, Store, World, account
from hypothesis import given, settings
from livestream_world import stored_session
from rollover_driver import tiered
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from xp_builders import stored_photo, stored_user

from app.kit.ids import LEADERBOARD_ID_PATTERN, OBJECT_ID_PATTERN, USER_ID_PATTERN
from app.livestream.rules.groupings import FEED_ALIAS_PATTERN
from app.main import ROUTERS

pytest_plugins = ["game_fixtures"]

CASES = 15
CONFORMS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
#: Streams never end, signing needs a Pusher server and a session a token: tests of their own look at these.
ELSEWHERE = ("/channels/", "/pusher/", "/web/session", "/api/leaderboard/events")
#: Ids by their pattern: random ones would only ever meet nothing.
IDS = {
    LEADERBOARD_ID_PATTERN: [BOARD, "no_such_board"],
    OBJECT_ID_PATTERN: [ACCOUNT, account(1)],
    FEED_ALIAS_PATTERN: ["user_livestream-global", "no_such_feed"],
    USER_ID_PATTERN: ["1", "2"],
}


def operations() -> Iterator[tuple[str, str]]:
    """Method and path of every operation of the document."""
    for router in ROUTERS:
        for route in iter_route_contexts(router.routes):
            if route.include_in_schema and not (route.path or "").startswith(ELSEWHERE):
                yield from ((method, route.path or "") for method in sorted(route.methods or ()))


def strict(document: Json) -> Json:
    """The document without the `default` answer, which every answer would fit."""
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        del operation["responses"]["default"]
    return document


def within_reach(described: Any) -> Any:
    """A part of the document as an admin meets it in the test's world: known ids, an account always named."""
    match described:
        case list():
            return [within_reach(part) for part in described]
        case {"pattern": pattern} | {"anyOf": [{"pattern": pattern}, *_]} if pattern in IDS:
            return {"type": "string", "enum": IDS[pattern]}
        case {"name": "leaderboardId" | "leaderboardIds"}:
            described = {**described, "schema": {"pattern": LEADERBOARD_ID_PATTERN}}
        case {"name": "accountId" | "account_id" | "user_id"}:
            described = {**described, "required": True}
        case {"properties": {"accountId": _}}:
            described = {**described, "required": sorted({*described.get("required", ()), "accountId"})}
        case {"properties": {"event_id": _} as fields}:
            # Of the one session that there is, and in the past.
            known = {"session_id": ACCOUNT, "streamer_id": account(1)}
            fixed = {name: {"type": "string", "enum": [of]} for name, of in known.items()}
            past = {"type": "integer", "minimum": 0, "maximum": 10**12}
            described = {**described, "properties": {**fields, **fixed, "time": past}}
        case dict():
            pass
        case _:
            return described
    return {name: within_reach(part) for name, part in described.items()}


def end_a_cycle(store: Store) -> None:
    """The first cycle over: a run, and an archive, each with an id that is tried."""
    archive_id = an_archive(store, {2: 10, 3: 5}, _id=ACCOUNT)
    (run,) = store["rollovers"].find()
    store["rollovers"].delete_one({"_id": run["_id"]})
    store["rollovers"].insert_one(run | {"_id": ACCOUNT})
    store["shards"].update_one({"_id": archive_id}, {"$set": {"archive.run_id": ACCOUNT}})
    store["leaderboards"].update_one({"_id": BOARD}, {"$set": {"cycle.number": 2}})


def cases_of(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> list[Case[Any]]:
    """Requests that fit the operation, or ones that do not; the same in every run."""
    cases: list[Case[Any]] = []

    @settings(max_examples=CASES, deadline=None, derandomize=True, database=None)
    @given(operation.as_strategy(generation_mode=mode))
    def collect(case: Case[Any]) -> None:
        cases.append(case)

    collect()
    return cases


async def answer_to(case: Case[Any], client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    asked = case.as_transport_kwargs(base_url="http://laurel", headers=headers)
    sent: Any = requests.Request(**asked).prepare()
    return await client.request(sent.method, sent.url, headers=sent.headers, content=sent.body)


@pytest.mark.parametrize(("method", "path"), list(operations()), ids=str)
async def test_an_operation_works_and_every_answer_is_a_documented_one(
    world: World, store: Store, admin: HeadersBuilder, method: str, path: str
) -> None:
    await world.define(tiered({}, {}, seasons=4))
    end_a_cycle(store)
    stored_session(store, 1, _id=ObjectId(ACCOUNT))
    stored_photo(store, 1)
    stored_user(store, 1)
    document = (await world.http.get("/openapi.json")).json()
    operation = schemathesis.openapi.from_dict(within_reach(strict(document)))[path][method]
    takes_anything = {"parameters", "requestBody"} & document["paths"][path][method.lower()].keys()
    modes = list(GenerationMode) if takes_anything else [GenerationMode.POSITIVE]
    cases = [case for mode in modes for case in cases_of(operation, mode)]
    statuses = set()
    for case in cases:
        answer = await answer_to(case, world.http, admin())
        case.validate_response(answer, checks=CONFORMS)
        statuses.add(answer.status_code)

    assert statuses & {200, 202, 204}
