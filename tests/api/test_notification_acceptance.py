"""Specification 10, section 8, lines 20 and 22: what a rollover leaves in a player's enrollment."""

from typing import Any

from definition_builders import board_b
from game_world import BOARD, Json, a_board
from rollover_driver import ACKNOWLEDGED, PROMOTED, League, tiered

pytest_plugins = ["game_fixtures", "rollover_fixtures"]


def stood(record: Json) -> dict[str, Any]:
    """A service record without what a rollover's notification is about."""
    return {
        field: value for field, value in record.items() if field not in {"promotionStatus", "seasonEnded"}
    }


async def test_10_20_a_player_acknowledges_the_last_rollover_and_nothing_else(league: League) -> None:
    """Line 10.20."""
    rules = ({"promotionRank": 1}, {"maxTierOnSeasonEnd": 1})
    await league.define(*(tiered(*rules, seasons=1, leaderboard_id=board) for board in ("a", "b")))
    for board in ("a", "b"):
        await league.score(1, 5, board)
        await league.roll_over(board)
    before = await league.enrollments(1)

    await league.acknowledge(1, "a")

    first, other = await league.enrollments(1)
    assert [(record["promotionStatus"], record["seasonEnded"]) for record in before] == [(PROMOTED, True)] * 2
    assert (first["promotionStatus"], first["seasonEnded"]) == (ACKNOWLEDGED, False)
    assert (stood(first), other) == (stood(before[0]), before[1])


async def test_10_20_where_there_is_nothing_to_acknowledge_it_is_done_already(league: League) -> None:
    """Line 10.20."""
    await league.define(a_board())

    await league.acknowledge(1)

    assert await league.enrollments(1) == []


async def test_10_20_the_active_tier_waits_for_the_acknowledgement(league: League) -> None:
    """Line 10.20."""
    await league.define(board_b(BOARD))
    await league.score(1, 5)
    await league.roll_over()
    await league.score(1, 5)
    before = (await league.enrollment(1))["activeTier"]
    await league.acknowledge(1)
    acknowledged = (await league.enrollment(1))["activeTier"]

    await league.score(1, 5)

    assert (before, acknowledged, (await league.enrollment(1))["activeTier"]) == (0, 0, 1)


async def test_10_22_an_enrollment_lists_its_newest_ten_archives(league: League) -> None:
    """Line 10.22."""
    await league.define(a_board())
    for _ in range(12):
        await league.score(1, 5)
        await league.roll_over()

    listed = (await league.enrollment(1))["archives"]

    oldest_first = [shard["_id"] for shard in league.archives()]
    assert listed == oldest_first[:1:-1]
    assert len(listed) == 10
