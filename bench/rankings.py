"""What an app shows a player, against a route that returns the same bytes from memory."""

import urllib.request

from bench.boards import Board, board_of
from bench.comparison import compare_servers
from bench.figures import Line, at_least
from bench.load import Call, Generator
from bench.plan import Plan
from bench.stand import Stand

PLAYERS = 400
SIZE = 100_000
CONNECTIONS = 32
THROUGHPUT = at_least(0.5)


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """The rankings route, 50 lines of the top and 50 around the caller."""
    calls = rankings_calls(stand, board_of(stand, SIZE))
    generator = Generator(stand.calls_file("rankings", calls), CONNECTIONS)
    answer = _answer(stand, calls[PLAYERS // 2])
    work = f"GET /leaderboard/rankings, {SIZE:,} entries, {CONNECTIONS} connections"
    with stand.floor(answer) as floor:
        return compare_servers(work, stand.api.url, floor.url, generator, plan, THROUGHPUT)


def rankings_calls(stand: Stand, board: Board) -> list[Call]:
    """One view of each of the board's calling players."""
    path = f"/leaderboard/rankings?leaderboardId={board.leaderboard_id}"
    return [Call("GET", path, stand.player_token(account_id)) for account_id in board.players(PLAYERS)]


def _answer(stand: Stand, call: Call) -> bytes:
    address = stand.api.url + call.path
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {call.token}"})  # noqa: S310 # our own
    with urllib.request.urlopen(request) as response:  # noqa: S310 # as above
        body: bytes = response.read()
    return body
