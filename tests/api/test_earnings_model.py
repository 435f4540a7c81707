"""Random earnings, sent in random requests: every number of every page is the model's."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from bson import ObjectId
from conftest import HeadersBuilder, ServiceSettings
from earnings_model import ALL, USUAL, Gift, Shown, leaderboard, place
from earnings_world import as_event
from game_world import Json, Store, account
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lifespan import running
from livestream_world import a_session
from pymongo import MongoClient

from app.kit.clock import utc_now
from app.main import create_app

VIEWERS = [account(number) for number in range(1, 7)]
LEFT_OUT = VIEWERS[-1]
DATABASE = "test_earnings_model"
HOUR = timedelta(hours=1)

hours_ago = st.one_of(st.integers(0, 4), st.integers(0, 50), st.integers(0, 24 * 40))
asked = st.one_of(
    st.none(),
    st.just("all"),
    st.lists(st.sampled_from(ALL), min_size=1, max_size=4).map(",".join),
)


@dataclass(frozen=True)
class Drawn:
    """A gift before it is known which of two sessions it belongs to, and when now is."""

    event_id: int
    in_other: bool
    viewer: str
    category: str
    diamonds: int
    ago: timedelta


@dataclass(frozen=True)
class Question:
    """What is asked of a leaderboard."""

    days: int
    category: str | None
    page: int
    limit: int

    @property
    def categories(self) -> Sequence[str]:
        if self.category is None:
            return USUAL
        return ALL if self.category == "all" else self.category.split(",")

    @property
    def query(self) -> dict[str, Any]:
        named = {} if self.category is None else {"category": self.category}
        return {"days": self.days, "page": self.page, "limit": self.limit, **named}


drawn = st.builds(
    Drawn,
    event_id=st.integers(0, 40),
    in_other=st.sampled_from([False, False, False, True]),
    viewer=st.sampled_from(VIEWERS),
    category=st.sampled_from(ALL),
    diamonds=st.integers(1, 40),
    ago=st.builds(
        lambda hours, minutes: timedelta(hours=hours, minutes=minutes), hours_ago, st.integers(0, 59)
    ),
)
questions = st.builds(
    Question,
    days=st.sampled_from([1, 7, 30]),
    category=asked,
    page=st.integers(1, 3),
    limit=st.sampled_from([1, 2, 15]),
)


@dataclass(frozen=True)
class Service:
    """The service, and a store for what it has no route for: sessions of the past."""

    runner: asyncio.Runner
    http: httpx.AsyncClient
    store: Store
    service: dict[str, str]

    def send(self, events: Sequence[Json]) -> Json:
        """Earnings in one request."""
        answer = self.runner.run(self.http.post("/earnings", json={"events": events}, headers=self.service))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ask(self, session: str, path: str = "", **query: Any) -> httpx.Response:
        """A leaderboard."""
        url = f"/sessions/{session}/leaderboard{path}"
        return self.runner.run(self.http.get(url, params=query, headers=self.service))


@pytest.fixture(scope="module")
def a_service(
    mongo: MongoClient[Json], service_settings: ServiceSettings, service: HeadersBuilder
) -> Iterator[Service]:
    app = create_app(service_settings(DATABASE, system_user_id=LEFT_OUT))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    with asyncio.Runner() as runner:
        lifespan = running(app)
        runner.run(_enter(lifespan))
        http = httpx.AsyncClient(transport=transport, base_url="http://laurel")
        yield Service(runner, http, mongo[DATABASE], service())
        runner.run(http.aclose())
        runner.run(_leave(lifespan))
    mongo.drop_database(DATABASE)


async def _enter(manager: Any) -> None:
    await manager.__aenter__()


async def _leave(manager: Any) -> None:
    await manager.__aexit__(None, None, None)


def stage(store: Store, shown: Shown) -> tuple[str, str, str]:
    """A new streamer with two sessions: the streamer, the session, and the other one."""
    streamer, session, other = ObjectId(), ObjectId(), ObjectId()
    statuses: Json = {"created": shown.started or utc_now()}
    if shown.started is not None:
        statuses["started"] = shown.started
    if shown.ended is not None:
        statuses["ended"] = shown.ended
    for one in (session, other):
        # Not active: a streamer could not have two of those.
        row = a_session(_id=one, user=streamer, active=False, statuses=statuses)
        store["sessions"].insert_one(row)
    return str(streamer), str(session), str(other)


@given(
    begun_hours_ago=st.one_of(st.none(), st.integers(0, 24 * 40)),
    lasted_hours=st.one_of(st.none(), st.integers(0, 60)),
    gifts=st.lists(drawn, max_size=30),
    cut=st.integers(0, 30),
    question=questions,
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_number_is_the_one_the_model_works_out(
    a_service: Service,
    begun_hours_ago: int | None,
    lasted_hours: int | None,
    gifts: list[Drawn],
    cut: int,
    question: Question,
) -> None:
    now = utc_now().replace(microsecond=0)
    shown = shown_in(now, begun_hours_ago, lasted_hours)
    streamer, session, other = stage(a_service.store, shown)
    sent = [as_gift(one, other if one.in_other else session, now) for one in gifts]
    told = [
        a_service.send([as_event(one, streamer) for one in part]) for part in (sent[:cut], sent[cut:]) if part
    ]

    answer = a_service.ask(session, **question.query)
    own = {
        viewer: a_service.ask(session, "/me", account_id=viewer, **of_place(question))
        for viewer in VIEWERS[:2]
    }

    def model(at: datetime) -> list[Json]:
        asked_for: dict[str, Any] = {
            "categories": question.categories,
            "days": question.days,
            "left_out": LEFT_OUT,
        }
        return leaderboard(sent, session, shown, now=at, **asked_for)

    # Either will do if an hour has ended meanwhile.
    lines = next((at for at in (model(now), model(utc_now())) if len(at) == total_of(answer)), model(now))
    first = (question.page - 1) * question.limit
    assert answer.json() == lines[first : first + question.limit]
    assert total_of(answer) == len(lines)
    assert {viewer: standing(own[viewer].json()) for viewer in own} == {
        viewer: place(lines, viewer) for viewer in own
    }
    assert sum(one["applied"] for one in told) == len({one.event_id for one in sent})
    assert sum(one["duplicate"] for one in told) == len(sent) - len({one.event_id for one in sent})


def shown_in(now: datetime, begun_hours_ago: int | None, lasted_hours: int | None) -> Shown:
    if begun_hours_ago is None:
        return Shown(None)
    started = now - HOUR * begun_hours_ago - timedelta(minutes=7)
    if lasted_hours is None:
        return Shown(started)
    return Shown(started, min(started + HOUR * lasted_hours, now))


def as_gift(one: Drawn, session: str, now: datetime) -> Gift:
    return Gift(f"{session}-{one.event_id}", session, one.viewer, one.category, one.diamonds, now - one.ago)


def of_place(question: Question) -> dict[str, Any]:
    return {name: of for name, of in question.query.items() if name not in {"page", "limit"}}


def total_of(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.headers["x-total-count"])


def standing(line: Json) -> tuple[int | None, int | None]:
    return line["rank"], line["diamonds_to_next"]
