"""`python -m bench`: measure Laurel against floors measured beside it."""

import argparse
import signal
import sys
from collections.abc import Callable

from app.dev.binaries import ServerUnavailable
from bench import (
    bulk,
    earnings,
    feeds,
    growth,
    listening,
    process,
    rankings,
    rebuild,
    results,
    rollover,
    score,
    session_leaderboards,
    sessions,
    stream_events,
    xp,
)
from bench.figures import Line
from bench.load import MeasurementFailed, require_wrk
from bench.plan import Plan, full, quick
from bench.stand import Stand, standing

ROWS: dict[str, Callable[[Stand, Plan], list[Line]]] = {
    "score": score.measure,
    "bulk": bulk.measure,
    "rankings": rankings.measure,
    "growth": growth.measure,
    "rebuild": rebuild.measure,
    "rollover": rollover.measure,
    "feeds": feeds.measure,
    "sessions": sessions.measure,
    "session_leaderboards": session_leaderboards.measure,
    "earnings": earnings.measure,
    "stream_events": stream_events.measure,
    "listening": listening.measure,
    "xp": xp.measure,
    # Last, because it reports what all others made of the process.
    "process": process.measure,
}


def main() -> None:
    """Measure the chosen rows and print them; a run of all rows is kept."""
    arguments = _arguments()
    largest = 10 ** (arguments.largest or (5 if arguments.quick else 6))
    plan = quick(largest) if arguments.quick else full(largest)
    # A run that is told to stop leaves no server behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        _run(arguments.rows, plan)
    except (MeasurementFailed, ServerUnavailable) as failure:
        sys.exit(f"bench: {failure}")
    except KeyboardInterrupt:
        sys.exit("bench: interrupted")


def _run(chosen: list[str], plan: Plan) -> None:
    require_wrk()
    lines: list[Line] = []
    with standing() as stand:
        facts = results.machine(stand)
        try:
            for name, measure in ROWS.items():
                if name in chosen:
                    print(f"{name} ...", file=sys.stderr, flush=True)
                    lines += measure(stand, plan)
        finally:
            results.show(lines, facts)
    # A look at some rows should not cost the figures of the last whole run.
    if set(chosen) == ROWS.keys():
        results.write(lines, plan, facts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter pairs")
    parser.add_argument(
        "--rows", metavar="NAME,...", type=_rows, default=list(ROWS), help=f"of {', '.join(ROWS)}"
    )
    parser.add_argument(
        "--largest", type=int, choices=range(3, 8), help="the largest board is 10 to this power"
    )
    return parser.parse_args()


def _rows(text: str) -> list[str]:
    chosen = text.split(",")
    if unknown := set(chosen) - ROWS.keys():
        raise argparse.ArgumentTypeError(f"no such rows: {', '.join(sorted(unknown))}")
    return chosen


if __name__ == "__main__":
    main()
