"""Photo events against a bare bulk of their rows, leaderboard pages against the same bytes from memory."""

import asyncio
import itertools
import random
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator

from pymongo import UpdateOne

from app.kit.clock import utc_now
from app.resources import Resources
from app.xp.board_building import build_board
from app.xp.documents import MetricsDocument
from app.xp.people_documents import ContributorDocument
from app.xp.photos import UploadFacts
from app.xp.recording import addition
from app.xp.rules.boards import EVERYBODY, Board, Counted, RowKey
from app.xp.rules.counters import NOTHING, Counters
from app.xp.rules.places import EVERYWHERE, Place
from app.xp.rules.tags import UPLOAD
from app.xp.rules.windows import TimeFilter, midnight, window_shown
from bench.comparison import compare_servers
from bench.figures import Line, at_least, compare
from bench.load import Call, Generator
from bench.plan import Plan
from bench.stand import Stand

DATABASE = "xp"
FLOOR_DATABASE = "xp_floor"
IN_FLIGHT = 32
USERS = 5_000
CONNECTIONS = 32
PAGES = 200
CALLERS = 100
LINES_A_PAGE = 100
BATCH = 10_000
EVENTS = at_least(0.6)
READS = at_least(0.5)
FILTERS = (TimeFilter.ALL_TIME, TimeFilter.THIS_MONTH)

_numbers = itertools.count(1)


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """Events a second in one process, and pages a second of a board of the largest size."""
    subject, floor = stand.in_database(DATABASE), stand.in_database(FLOOR_DATABASE)
    try:
        pairs = plan.alternate(
            lambda seconds: subject.run(lambda resources: _per_second(_upload(resources), seconds)),
            lambda seconds: floor.run(lambda _: _per_second(_bulk, seconds)),
        )
    finally:
        for database in (DATABASE, FLOOR_DATABASE):
            stand.mongodb.drop_database(database)
    work = f"XP photo event, full location, {IN_FLIGHT} at once"
    return [compare(work, "events/s", pairs, EVENTS), *_pages(stand, plan)]


Event = Callable[[int], Awaitable[object]]


async def _per_second(event: Event, seconds: float) -> float:
    """Events a second, so many at a time."""
    ends = time.perf_counter() + seconds
    done = 0

    async def go_on() -> None:
        nonlocal done
        while time.perf_counter() < ends:
            await event(next(_numbers))
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(go_on() for _ in range(IN_FLIGHT)))
    return done / (time.perf_counter() - began)


def _upload(resources: Resources) -> Event:
    def upload(number: int) -> Awaitable[object]:
        facts = UploadFacts(number, 1 + number % USERS, _place(number))
        return resources.xp.photos.upload(facts, now=utc_now())

    return upload


async def _bulk(number: int) -> None:
    """The floor: the rows alone, each added to, as durable as the service writes them."""
    counted = Counted(1 + number % USERS, _place(number), utc_now().date(), UPLOAD)
    writes: list[UpdateOne] = [addition(key, counted.amounts) for key in counted.rows()]
    await MetricsDocument.get_motor_collection().bulk_write(writes, ordered=False)


def _place(number: int) -> Place:
    return Place(1 + number % 50, 1 + number % 500, 1 + number % 5_000)


def _pages(stand: Stand, plan: Plan) -> list[Line]:
    """Any page of two boards, by many callers."""
    now = utc_now()
    boards = [Board(EVERYWHERE, window_shown(time_filter, now)) for time_filter in FILTERS]
    for board in boards:
        _fill(stand, board, plan.largest)
        stand.run(_building(board))
    _fill_users(stand)
    calls = list(_calls(stand, plan.largest))
    generator = Generator(stand.calls_file("xp", calls), CONNECTIONS)
    work = f"GET /api/leaderboard, {plan.largest:,} users, any page, {CONNECTIONS} connections"
    with stand.floor(_answer(stand, calls[0])) as floor:
        return compare_servers(work, stand.api.url, floor.url, generator, plan, READS)


def _building(board: Board) -> Callable[[Resources], Awaitable[bool]]:
    return lambda resources: build_board(resources.ranks, board.id, utc_now())


def _calls(stand: Stand, users: int) -> Iterator[Call]:
    last = max(1, users // LINES_A_PAGE)
    for number in range(PAGES):
        page = random.randint(1, last)
        path = f"/api/leaderboard?timeFilter={FILTERS[number % len(FILTERS)]}&page={page}"
        yield Call("GET", path, stand.player_token(str(1 + number % CALLERS)))


def _fill(stand: Stand, board: Board, users: int) -> None:
    rows = stand.fast_collection(MetricsDocument.Settings.name)
    for first in range(0, users + 1, BATCH):
        rows.insert_many(
            [_row(board, user_id) for user_id in range(first, min(first + BATCH, users + 1))], ordered=False
        )


def _row(board: Board, user_id: int) -> dict[str, object]:
    (location_type, location_id), window = board
    amounts = Counters(xp=1 + random.randrange(1_000_000)) if user_id != EVERYBODY else NOTHING
    return {
        "_id": RowKey(board, user_id).id,
        "timescale": int(window.timescale),
        "location_type": int(location_type),
        "location_id": location_id,
        "user_id": user_id,
        "bucket_date": midnight(window.first_day),
        **amounts._asdict(),
        "version": 1,
    }


def _fill_users(stand: Stand) -> None:
    profile = {
        "show_name": True,
        "show_username": True,
        "public_profile": True,
        "global_flag": "ie",
        "social": None,
        "active_team": None,
    }
    stand.fast_collection(ContributorDocument.Settings.name).insert_many(
        [
            {"_id": number, "name": f"User {number}", "username": f"user{number}", **profile}
            for number in range(1, USERS + 1)
        ]
    )


def _answer(stand: Stand, call: Call) -> bytes:
    address = stand.api.url + call.path
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {call.token}"})  # noqa: S310 # our own
    with urllib.request.urlopen(request) as response:  # noqa: S310 # as above
        body: bytes = response.read()
    return body
