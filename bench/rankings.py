"""What an app shows a player, against a route that returns the same bytes from memory."""

import urllib.request
from concurrent.futures import ThreadPoolExecutor

from bench.boards import Board, board_of
from bench.comparison import compare_servers
from bench.figures import Line, at_least, compare
from bench.load import Call, Generator
from bench.plan import Plan
from bench.score import score_calls
from bench.stand import Stand

PLAYERS = 400
SIZE = 100_000
CONNECTIONS = 32
THROUGHPUT = at_least(0.5)
#: Some fifty scores a second.
SCORERS, PAUSE_MS = 2, 20


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """The rankings route, 50 lines of the top and 50 around the caller."""
    board = board_of(stand, SIZE)
    calls = rankings_calls(stand, board)
    generator = Generator(stand.calls_file("rankings", calls), CONNECTIONS)
    answer = _answer(stand, calls[PLAYERS // 2])
    work = f"GET /leaderboard/rankings, {SIZE:,} entries, {CONNECTIONS} connections"
    with stand.floor(answer) as floor:
        lines = compare_servers(work, stand.api.url, floor.url, generator, plan, THROUGHPUT)
    return [*lines, _beside_scores(stand, board, generator, plan)]


def _beside_scores(stand: Stand, board: Board, rankings: Generator, plan: Plan) -> Line:
    """The same while players score on that board, against while nobody does."""
    url = stand.api.url
    scores = Generator(stand.calls_file("rankings-scores", score_calls(stand, board)), SCORERS, PAUSE_MS)

    def beside(seconds: int) -> float:
        with ThreadPoolExecutor(1) as aside:
            scoring = aside.submit(scores.drive, url, seconds)
            load = rankings.drive(url, seconds)
            scoring.result()
        return load.per_second

    rates = plan.alternate(beside, lambda seconds: rankings.drive(url, seconds).per_second)
    work = "GET /leaderboard/rankings beside 50 scores a second on that board, against without"
    return compare(work, "requests/s", rates, target=None)


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
