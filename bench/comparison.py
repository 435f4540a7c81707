"""Subject and floor under the same load, in turns."""

from statistics import median

from bench.figures import Line, Target, at_most, compare
from bench.load import Generator, Load
from bench.plan import Plan

SLOWEST = at_most(3)


def compare_servers(
    work: str, subject: str, floor: str, generator: Generator, plan: Plan, throughput: Target
) -> list[Line]:
    """Requests a second and the 99th percentile of two servers, given by their addresses."""
    pairs = plan.alternate(
        lambda seconds: generator.drive(subject, seconds),
        lambda seconds: generator.drive(floor, seconds),
    )
    subjects, floors = zip(*pairs, strict=True)
    rates = [(one.per_second, other.per_second) for one, other in pairs]
    slowest = [(one.p99_ms, other.p99_ms) for one, other in pairs]
    middles = {"p50_ms": _p50(subjects), "floor_p50_ms": _p50(floors)}
    return [
        compare(work, "requests/s", rates, throughput, **middles),
        compare(f"{work}: p99", "ms", slowest, SLOWEST),
    ]


def _p50(loads: tuple[Load, ...]) -> float:
    return median(load.p50_ms for load in loads)
