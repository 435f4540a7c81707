"""The API process itself: how soon it serves, and how much memory it came to need."""

from bench.figures import Line, at_most
from bench.plan import Plan
from bench.stand import Stand


def measure(stand: Stand, _: Plan) -> list[Line]:
    """The start on an empty database, and the peak of everything measured before."""
    return [
        Line("laurel api serves after", "s", stand.api.started_in_s, at_most(3)),
        Line("laurel api, peak memory", "MiB", stand.api.peak_memory_mib(), at_most(200)),
    ]
