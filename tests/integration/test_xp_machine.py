"""Two processes' XP against a model in plain Python, while Redis forgets everything now and then."""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import hypothesis
import pytest
from game_world import Json
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from pymongo import MongoClient
from redis import Redis
from two_processes import settled, two_resources
from xp_model import Board, ModelPhoto, ModelPlace, XpModel, ranking

from app.kit.errors import LaurelError
from app.resources import Resources
from app.settings import Settings
from app.xp.board_building import build_missing_boards
from app.xp.board_checks import check_board
from app.xp.people import TeamFacts
from app.xp.people_documents import TeamKind
from app.xp.photos import UploadFacts
from app.xp.rewards import Reward
from app.xp.rules import boards as board_rules
from app.xp.rules.places import LocationType, Place, Scope
from app.xp.rules.tags import Tag
from app.xp.rules.windows import ALL_TIME, Timescale, Window

SCHOOL = 3
#: Weeks, months and years change between some of these. They are to come: Redis forgets boards of the past.
DAYS = [
    datetime(2099, 1, 1, 0, 30, tzinfo=UTC),
    datetime(2098, 12, 31, 23, 30, tzinfo=UTC),
    datetime(2098, 12, 27, 12, tzinfo=UTC),
    datetime(2098, 11, 30, 12, tzinfo=UTC),
]
PLACES: list[ModelPlace] = [(5, 6, 7), (5, 6, 8), (5, None, None), (9, 10, None)]
NOW = datetime(2099, 1, 1, 12, tzinfo=UTC)

processes = st.integers(0, 1)
photo_ids = st.integers(1, 5)
quantities = st.integers(0, 4)


@dataclass(frozen=True)
class Stage:
    """What all examples share."""

    runner: asyncio.Runner
    resources: list[Resources]
    store: Any
    redis: Redis


class XpMachine(RuleBasedStateMachine):
    """Each example begins with an empty world but for a school."""

    stage: Stage

    @initialize()
    def begin(self) -> None:
        self.model = XpModel()
        for name in ("metrics", "xp_photos", "xp_rewards", "xp_owed_lines"):
            self.stage.store[name].delete_many({})
        self.stage.redis.flushall()
        school = TeamFacts("School", TeamKind.SCHOOL, safeguarding=True)
        self._do(self.stage.resources[0].xp.people.tell_team(SCHOOL, school))

    @rule(
        process=processes,
        photo_id=photo_ids,
        user=st.integers(1, 3),
        place=st.sampled_from(PLACES),
        taken=st.sampled_from(DAYS),
        is_school=st.booleans(),
    )
    def a_photo_is_uploaded_or_moved(
        self, process: int, photo_id: int, user: int, place: ModelPlace, taken: datetime, *, is_school: bool
    ) -> None:
        photo = self.model.photos.get(photo_id)
        if photo is not None:
            user, is_school = photo.user, photo.is_school
        facts = UploadFacts(photo_id, user, Place(*place), SCHOOL if is_school else None, taken)
        worked = self._works(self.stage.resources[process].xp.photos.upload(facts, now=NOW))
        assert worked == (photo is None or not photo.is_deleted)
        if photo is None:
            self.model.photos[photo_id] = ModelPhoto(user, place, taken, is_school)
        elif worked:
            photo.place, photo.taken = place, taken

    @rule(photo_id=photo_ids, quantity=quantities)
    def a_photo_is_tagged_by_both_at_once(self, photo_id: int, quantity: int) -> None:
        tags = [Tag(quantity, "bottle")] if quantity else []
        calls = [one.xp.photos.tag(photo_id, tags) for one in self.stage.resources]
        worked = {not isinstance(answer, LaurelError) for answer in self._do(settled(*calls))}
        photo = self.model.photos.get(photo_id)
        assert worked == {photo is not None and not photo.is_deleted}
        if photo is not None and worked == {True}:
            photo.tag_xp = quantity

    @rule(process=processes, photo_id=photo_ids, is_approved=st.booleans())
    def a_photo_is_approved_or_not(self, process: int, photo_id: int, *, is_approved: bool) -> None:
        photos = self.stage.resources[process].xp.photos
        if self._works(photos.approve(photo_id) if is_approved else photos.revoke(photo_id)):
            self.model.photos[photo_id].is_approved = is_approved

    @rule(process=processes, photo_id=photo_ids)
    def a_photo_is_deleted(self, process: int, photo_id: int) -> None:
        if self._works(self.stage.resources[process].xp.photos.delete(photo_id)):
            self.model.photos[photo_id].is_deleted = True

    @rule(process=processes, admin=st.integers(1, 3), photo_id=photo_ids, xp=st.integers(1, 5))
    def an_administrator_is_rewarded(self, process: int, admin: int, photo_id: int, xp: int) -> None:
        reward = Reward(admin, photo_id, "verify", xp)
        given = self._do(self.stage.resources[process].xp.rewards.give(reward, now=NOW))
        first, _ = self.model.rewards.setdefault((admin, photo_id, "verify"), (xp, NOW))
        assert given == first

    @rule()
    def redis_forgets_everything(self) -> None:
        self.stage.redis.flushall()

    @rule()
    def a_worker_builds_what_is_missing(self) -> None:
        self._do(build_missing_boards(self.stage.resources[0].ranks, NOW))

    @invariant()
    def every_board_is_the_sum_of_its_photos(self) -> None:
        boards = self.model.boards()
        stored: dict[Board, dict[int, int]] = {}
        for row in self.stage.store["metrics"].find({"xp": {"$gt": 0}}):
            stored.setdefault(_name(row), {})[row["user_id"]] = row["xp"]
        everybody = {board: users.pop(0) for board, users in stored.items()}
        assert stored == boards
        assert everybody == {board: sum(users.values()) for board, users in boards.items()}

    @invariant()
    def whoever_looks_sees_the_board(self) -> None:
        boards = self.model.boards()
        for process, name in enumerate([("g", 0, ""), ("c", 5, "2027"), ("ci", 7, "")]):
            expected = ranking(boards.get(name, {}))
            caller = expected[-1][0] if expected else 1
            reading = self.stage.resources[process % 2].xp.standings
            page = self._do(reading.read(_board(name), number=1, user_id=caller))
            assert [tuple(line) for line in page.lines.lines] == expected
            assert page.total == len(expected)
            assert page.rank == (len(expected) or None)

    def teardown(self) -> None:
        if not hasattr(self, "model"):
            return
        ranks = self.stage.resources[0].ranks
        self._do(build_missing_boards(ranks, NOW))
        for name in self.model.boards():
            if not name[2].startswith("week"):
                drift = self._do(check_board(ranks, _board(name).id))
                assert drift.wrong == 0

    def _works(self, call: Coroutine[Any, Any, Any]) -> bool:
        (answer,) = self._do(settled(call))
        if isinstance(answer, BaseException) and not isinstance(answer, LaurelError):
            raise answer
        return not isinstance(answer, LaurelError)

    def _do(self, call: Coroutine[Any, Any, Any]) -> Any:
        return self.stage.runner.run(call)


def _name(row: Json) -> Board:
    first = row["bucket_date"]
    formats = {0: "", 1: "%Y-%m-%d", 2: "week of %Y-%m-%d", 3: "%Y-%m", 4: "%Y"}
    period = first.strftime(formats[row["timescale"]]) if row["timescale"] else ""
    return ("g", "c", "s", "ci")[row["location_type"]], row["location_id"], period


def _board(name: Board) -> board_rules.Board:
    prefix, location_id, period = name
    location_type = {"g": LocationType.GLOBAL, "c": LocationType.COUNTRY, "s": LocationType.STATE}.get(
        prefix, LocationType.CITY
    )
    window = board_rules.read_window(period)
    assert window == ALL_TIME or isinstance(window, Window)
    assert window.timescale in Timescale
    return board_rules.Board(Scope(location_type, location_id), window)


@pytest.fixture
def stage(settings: Settings, mongo: MongoClient[Json]) -> Iterator[Stage]:
    with (
        asyncio.Runner() as runner,
        two_resources(runner, settings) as resources,
        Redis.from_url(settings.redis_url) as redis,
    ):
        yield Stage(runner, resources, mongo[settings.mongodb_database], redis)


def test_every_board_agrees_with_the_photos_whatever_happens_to_them(stage: Stage) -> None:
    class Machine(XpMachine):
        pass

    Machine.stage = stage
    run_state_machine_as_test(
        Machine,
        settings=hypothesis.settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
