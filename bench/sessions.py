"""Streamers who ask for their sessions, against an empty route with the same checks."""

from statistics import median

from bench.figures import Line, compare
from bench.load import Call, Generator
from bench.plan import Plan
from bench.stand import Stand

STREAMERS = 400
CONNECTIONS = 32
FIRST_STREAMER = 0x57_0000
BODY = '{"title": "an evening"}'


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """Sessions that are active already, but for the first call of each streamer."""
    calls = stand.calls_file("sessions", [_call(stand, number) for number in range(STREAMERS)])
    with stand.floor() as floor:
        generator = Generator(calls, CONNECTIONS)
        loads = plan.alternate(
            lambda seconds: generator.drive(stand.api.url, seconds),
            lambda seconds: generator.drive(floor.url, seconds),
        )
    rates = [(subject.per_second, empty.per_second) for subject, empty in loads]
    middle = median(subject.p50_ms for subject, _ in loads)
    return [
        compare(f"POST /sessions, {CONNECTIONS} connections", "requests/s", rates, target=None, p50_ms=middle)
    ]


def _call(stand: Stand, number: int) -> Call:
    return Call("POST", "/sessions", stand.player_token(f"{FIRST_STREAMER + number:024x}"), BODY)
