"""One score a request, durable and ranked, against an empty route with the same checks."""

import orjson

from bench.boards import Board, board_of
from bench.comparison import compare_servers
from bench.figures import Line, at_least
from bench.load import Call, Generator
from bench.plan import Plan
from bench.stand import Stand

PLAYERS = 400
CONNECTIONS = (32, 128)
THROUGHPUT = at_least(0.8)


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """The score route at few and at many connections."""
    calls = stand.calls_file("score", score_calls(stand, board_of(stand, PLAYERS)))
    lines: list[Line] = []
    with stand.floor() as floor:
        for connections in CONNECTIONS:
            work = f"PATCH /leaderboard/score, {connections} connections"
            generator = Generator(calls, connections)
            lines += compare_servers(work, stand.api.url, floor.url, generator, plan, THROUGHPUT)
    return lines


def score_calls(stand: Stand, board: Board) -> list[Call]:
    """One score of each of the board's calling players."""
    return [
        Call(
            "PATCH",
            "/leaderboard/score",
            stand.player_token(account_id),
            orjson.dumps({"score": number % 100 + 1, "leaderboardId": board.leaderboard_id}).decode(),
        )
        for number, account_id in enumerate(board.players(PLAYERS))
    ]
