"""Streamers who ask for their sessions, against an empty route with the same checks."""

from collections.abc import Callable
from statistics import median

from app.livestream.documents import SessionDocument
from bench.figures import Line, compare
from bench.load import Call, Generator, Load
from bench.plan import Plan
from bench.stand import Stand

CONNECTIONS = 32
BODY = '{"title": "an evening"}'
#: More than can be served in one measurement, so that each of them asks once.
NEWCOMERS = 20_000
STREAMERS = 400
FIRST_STREAMER = 0x57_0000


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """Sessions that are new with every call, and sessions that are active already."""
    return [
        _compare(stand, plan, "new sessions", NEWCOMERS, prepare=_forget_sessions),
        _compare(stand, plan, "active sessions", STREAMERS, prepare=_keep_sessions),
    ]


def _compare(
    stand: Stand, plan: Plan, what: str, streamers: int, *, prepare: Callable[[Stand], None]
) -> Line:
    calls = stand.calls_file("sessions", [_call(stand, number) for number in range(streamers)])
    generator = Generator(calls, CONNECTIONS)

    def ask(seconds: int) -> Load:
        prepare(stand)
        return generator.drive(stand.api.url, seconds)

    with stand.floor() as floor:
        loads = plan.alternate(ask, lambda seconds: generator.drive(floor.url, seconds))
    rates = [(subject.per_second, empty.per_second) for subject, empty in loads]
    middle = median(subject.p50_ms for subject, _ in loads)
    work = f"POST /sessions, {what}, {CONNECTIONS} connections"
    return compare(work, "requests/s", rates, target=None, p50_ms=middle)


def _forget_sessions(stand: Stand) -> None:
    stand.fast_collection(SessionDocument.Settings.name).delete_many({})
    stand.redis.flushall()  # nobody does what is queued


def _keep_sessions(_: Stand) -> None:
    """All but the first calls find what the call before has made."""


def _call(stand: Stand, number: int) -> Call:
    return Call("POST", "/sessions", stand.player_token(f"{FIRST_STREAMER + number:024x}"), BODY)
