"""How many requests there were and how long they took, by route, method and status."""

from prometheus_client import Histogram
from starlette.types import Scope

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

_REQUESTS = Histogram(
    "laurel_request_seconds",
    "Requests by route template, method and status; the count is how many there were",
    ("method", "route", "status"),
    buckets=BUCKETS_S,
)


class Measurements:
    """Adds requests to the histogram. Labels are bounded: what matched no route shares one."""

    def __init__(self) -> None:
        # Looking a series up by its labels costs more than adding to it.
        self._series: dict[tuple[str, str, int], Histogram] = {}

    def add(self, scope: Scope, status: int, elapsed_s: float) -> None:
        """Count one answered request."""
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        key = (method, _route_of(scope), status)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _REQUESTS.labels(*key)
        series.observe(elapsed_s)


def _route_of(scope: Scope) -> str:
    template = scope.get("laurel.route") or getattr(scope.get("route"), "path", None)
    return template or "unmatched"
