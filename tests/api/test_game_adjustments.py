"""Season and start of a running leaderboard, set without posting its definition."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from conftest import SettingsFactory
from definition_builders import a_definition
from game_world import BOARD, Json, Store, World, a_board, fingerprint, problem_of
from rollover_driver import League, tiered

from app.kit.clock import from_millis, to_millis, utc_now
from app.settings import Settings

pytest_plugins = ["game_fixtures", "rollover_fixtures"]


async def set_season(world: World, **change: Any) -> httpx.Response:
    return await world.do_admin("PATCH", "season", leaderboardId=BOARD, **change)


async def set_start(world: World, start: datetime | int) -> httpx.Response:
    moment = start if isinstance(start, int) else to_millis(start)
    return await world.do_admin("PATCH", "startTime", leaderboardId=BOARD, startTime=moment)


def a_seasonal(length: int = 4) -> Json:
    return tiered({}, {}, seasons=length)


def left_of(answer: httpx.Response) -> tuple[int, int, int]:
    """Length, remaining rollovers and version."""
    told = answer.json()
    return told["rolloversInSeason"], told["rolloversRemaining"], told["rulesVersion"]


def places_of(answer: httpx.Response) -> Sequence[str]:
    return [problem["pointer"] for problem in answer.json()["errors"]]


class TestSeason:
    """How long seasons are and what is left."""

    async def test_another_length_is_a_new_version_of_the_rules(self, world: World) -> None:
        await world.define(a_seasonal())

        answer = await set_season(world, rolloversInSeason=6)

        shown = await world.ask_admin(f"leaderboards/{BOARD}")
        assert left_of(answer) == (6, 4, 2)
        assert (shown["definition"]["rolloversInSeason"], shown["rulesVersion"]) == (6, 2)

    async def test_a_shorter_one_shortens_what_is_left(self, world: World) -> None:
        await world.define(a_seasonal())

        assert left_of(await set_season(world, rolloversInSeason=2)) == (2, 2, 2)

    async def test_what_is_left_is_set_without_new_rules(self, world: World) -> None:
        await world.define(a_seasonal())

        answer = await set_season(world, rolloversRemaining=1)

        assert left_of(answer) == (4, 1, 1)
        assert (await world.view(1))["rolloversRemaining"] == 1

    async def test_both_are_set_at_once(self, world: World) -> None:
        await world.define(a_seasonal())

        assert left_of(await set_season(world, rolloversInSeason=9, rolloversRemaining=8)) == (9, 8, 2)

    async def test_minus_one_switches_seasons_off(self, world: World) -> None:
        await world.define(a_seasonal())

        assert left_of(await set_season(world, rolloversInSeason=-1)) == (-1, -1, 2)

    async def test_seasons_switched_on_begin_whole(self, world: World) -> None:
        await world.define(a_seasonal())
        await set_season(world, rolloversInSeason=-1)

        assert left_of(await set_season(world, rolloversInSeason=3)) == (3, 3, 3)

    async def test_a_season_with_one_rollover_left_ends_with_it(self, league: League) -> None:
        await league.define(a_seasonal())
        await league.score(1, 5)
        await set_season(league, rolloversRemaining=1)

        run = await league.roll_over()

        assert (run["ends_season"], league.grants()) == (True, {1: ["season 0"]})

    async def test_a_change_leaves_a_record(self, world: World) -> None:
        await world.define(a_seasonal())
        await set_season(world, rolloversInSeason=6, rolloversRemaining=5)

        record = (await world.ask_admin("audit", leaderboardId=BOARD))["records"][0]

        assert (record["action"], record["details"]) == (
            "season.set",
            {"changes": [["/rolloversInSeason", "4", "6"]], "rolloversRemaining": 5},
        )

    @pytest.mark.parametrize(
        ("board", "change", "place"),
        [
            (a_seasonal(), {"rolloversRemaining": 5}, "/rolloversRemaining"),
            (a_seasonal(), {"rolloversInSeason": 3, "rolloversRemaining": 4}, "/rolloversRemaining"),
            (a_seasonal(), {"rolloversInSeason": -1, "rolloversRemaining": 1}, "/rolloversRemaining"),
            (a_seasonal(), {"rolloversInSeason": 0}, "/rolloversInSeason"),
            (a_seasonal(), {}, "/rolloversInSeason"),
            (a_board(), {"rolloversRemaining": 1}, "/rolloversRemaining"),
            (a_board(), {"rolloversInSeason": 4}, "/rolloversInSeason"),
        ],
        ids=[
            "more than a season",
            "more than the new season",
            "without seasons from now on",
            "a length of 0",
            "nothing",
            "without seasons",
            "seasons without rewards",
        ],
    )
    async def test_what_the_rules_do_not_allow_changes_nothing(
        self, world: World, store: Store, board: Json, change: Json, place: str
    ) -> None:
        await world.define(board)
        before = fingerprint(store)

        answer = await set_season(world, **change)

        assert (answer.status_code, places_of(answer), fingerprint(store)) == (422, [place], before)

    async def test_not_while_a_rollover_is_going_on(self, league: League, store: Store) -> None:
        await league.define(a_seasonal())
        await league.begin()
        before = fingerprint(store)

        answer = await set_season(league, rolloversRemaining=1)

        assert (problem_of(answer), fingerprint(store)) == ((409, "rollover-running"), before)


class TestStart:
    """When a leaderboard starts."""

    async def test_a_start_to_come_closes_the_leaderboard_until_then(self, world: World) -> None:
        await world.define(a_board())

        await set_start(world, utc_now() + timedelta(hours=1))

        assert problem_of(await world.send(1, 5)) == (409, "leaderboard-not-started")

    async def test_seconds_and_milliseconds_are_told_apart(self, world: World) -> None:
        await world.define(a_board())
        seconds = int(utc_now().timestamp()) + 3600

        starts = [
            (await set_start(world, moment)).json()["startTime"] for moment in (seconds, seconds * 1000)
        ]

        assert starts == [seconds * 1000] * 2

    async def test_the_cycle_opens_at_a_start_to_come(self, world: World) -> None:
        await world.define(a_board())
        start = datetime(2031, 5, 1, 12, tzinfo=UTC)

        told = (await set_start(world, start)).json()

        assert (from_millis(told["openedAt"]), from_millis(told["closesAt"])) == (
            start,
            datetime(2031, 5, 2, 2, tzinfo=UTC),
        )

    async def test_a_start_that_is_past_opens_it_now(self, world: World) -> None:
        await world.define(a_definition(startTime=to_millis(utc_now() + timedelta(days=30))))
        before = utc_now()

        told = (await set_start(world, 0)).json()

        assert before - timedelta(seconds=1) < from_millis(told["openedAt"]) <= utc_now()
        assert from_millis(told["closesAt"]) - before < timedelta(days=1, seconds=1)

    async def test_a_cycle_that_has_begun_goes_on_as_it_was(self, world: World) -> None:
        await world.define(a_board())
        before = await world.ask_admin(f"leaderboards/{BOARD}")

        told = (await set_start(world, utc_now() - timedelta(days=30))).json()

        assert (told["openedAt"], told["closesAt"]) == (before["openedAt"], before["closesAt"])

    async def test_a_new_start_is_a_new_version_with_a_record(self, world: World) -> None:
        await world.define(a_board())
        told = (await set_start(world, 1767225600)).json()

        record = (await world.ask_admin("audit", leaderboardId=BOARD))["records"][0]

        assert told["rulesVersion"] == 2
        assert (record["action"], record["details"]["changes"]) == (
            "start_time.set",
            [["/startTime", "0", "1767225600000"]],
        )

    async def test_not_while_a_rollover_is_going_on(self, league: League, store: Store) -> None:
        await league.define(a_board())
        await league.begin()
        before = fingerprint(store)

        answer = await set_start(league, 0)

        assert (problem_of(answer), fingerprint(store)) == ((409, "rollover-running"), before)


class TestInProduction:
    """The same service where players are."""

    @pytest.fixture
    def settings(self, settings_for: SettingsFactory) -> Settings:
        return settings_for(environment="production")

    async def test_no_start_is_set(self, world: World, store: Store) -> None:
        await world.define(a_board())
        before = fingerprint(store)

        answer = await set_start(world, 0)

        assert (problem_of(answer), fingerprint(store)) == ((403, "not-in-production"), before)

    async def test_seasons_are(self, world: World) -> None:
        await world.define(a_seasonal())

        assert (await set_season(world, rolloversInSeason=5)).status_code == 200
