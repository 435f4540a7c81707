"""How scores and rankings slow down as boards grow; the floor is the smallest board."""

from collections.abc import Callable

from bench.boards import Board, board_of
from bench.figures import Line, at_most, compare
from bench.load import Call, Generator
from bench.plan import Plan
from bench.rankings import rankings_calls
from bench.score import score_calls
from bench.stand import Stand

SIZES = (10**3, 10**5, 10**6, 10**7)
CONNECTIONS = 32
SLOWER = at_most(1.5)

ROUTES: dict[str, Callable[[Stand, Board], list[Call]]] = {
    "PATCH /leaderboard/score": score_calls,
    "GET /leaderboard/rankings": rankings_calls,
}


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """The median answer time of both routes on every size up to the plan's largest."""
    boards = [board_of(stand, size) for size in SIZES if size <= plan.largest]
    return [line for route in ROUTES for line in _grow(stand, plan, route, boards)]


def _grow(stand: Stand, plan: Plan, route: str, boards: list[Board]) -> list[Line]:
    generators = [_generator(stand, route, board) for board in boards]
    for generator in generators:
        generator.drive(stand.api.url, plan.warm_up_s)
    # Sizes take turns, so that a machine that slows down slows all of them.
    rounds = [
        [generator.drive(stand.api.url, plan.seconds).p50_ms for generator in generators]
        for _ in range(plan.pairs)
    ]
    smallest = boards[0]
    return [
        compare(
            f"{route}, {board.size:,} entries against {smallest.size:,}: p50",
            "ms",
            [(times[position], times[0]) for times in rounds],
            SLOWER,
        )
        for position, board in enumerate(boards[1:], 1)
    ]


def _generator(stand: Stand, route: str, board: Board) -> Generator:
    name = f"{route.rpartition('/')[2]}-{board.size}"
    return Generator(stand.calls_file(name, ROUTES[route](stand, board)), CONNECTIONS)
