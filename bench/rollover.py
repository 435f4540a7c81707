"""Rollovers: one large shard, many small ones, and what players of another leaderboard notice of it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from app.dev.servers import free_port
from app.game.ledgers import RunDocument, RunState
from app.kit.clock import utc_now
from app.resources import Resources
from bench.boards import board_of
from bench.figures import Line, at_most, compare
from bench.load import Generator, Load, MeasurementFailed
from bench.plan import Plan
from bench.rollover_world import LEADERBOARD, Cup, copy, copy_entries, fill
from bench.score import PLAYERS, score_calls
from bench.serving import Process
from bench.stand import Stand

LARGEST = 10**6
SMALL_SHARD = 50
CONNECTIONS = 32
#: A steady load of some five hundred scores a second, which leaves the machine something for a rollover. With
#: as many as it can take, waiting in line would be all there is to measure.
PAUSE_MS = 50
DATABASE = "rollover"
POLL_S = 0.01
LOOKS_BEFORE = 9
SLOWER = at_most(3)
SLOWER_IN_SHARDS = at_most(2)
SLOWER_FOR_PLAYERS = at_most(2)
MEMORY_MIB = at_most(300)


@dataclass(frozen=True, slots=True)
class Rolled:
    """One rollover: its seconds from being taken up, those of its steps, and the worker's peak memory."""

    seconds: float
    steps_s: dict[str, float]
    memory_mib: float


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """How long rollovers take, what memory they need, and how they slow scores of another board."""
    stand = stand.in_database(DATABASE)
    entries = min(LARGEST, plan.largest)
    one, many = Cup(1, entries), Cup(entries // SMALL_SHARD, SMALL_SHARD)
    for cup in (one, many):
        fill(stand, cup)
    try:
        return [*_compare(stand, plan, one, many), _compare_answers(stand, plan, one)]
    finally:
        for name in (DATABASE, one.template, many.template):
            stand.mongodb.drop_database(name)


def _compare(stand: Stand, plan: Plan, one: Cup, many: Cup) -> list[Line]:
    rounds = [
        (_roll_over(stand, one), _rank_plainly(stand, one), _roll_over(stand, many))
        for _ in range(plan.rollovers)
    ]
    ones, floors, manys = zip(*rounds, strict=True)
    return [
        compare(
            f"rollover, {one.entries:,} entries in one shard",
            "s",
            [(rolled.seconds, floor_s) for rolled, floor_s in zip(ones, floors, strict=True)],
            SLOWER,
            steps_s=_middle_steps(ones),
        ),
        compare(
            f"rollover, {many.shards:,} shards of {many.players} against one",
            "s",
            [(several.seconds, single.seconds) for several, single in zip(manys, ones, strict=True)],
            SLOWER_IN_SHARDS,
            steps_s=_middle_steps(manys),
        ),
        Line(
            "laurel worker, peak memory of these",
            "MiB",
            max(rolled.memory_mib for rolled in (*ones, *manys)),
            MEMORY_MIB,
        ),
    ]


def _compare_answers(stand: Stand, plan: Plan, cup: Cup) -> Line:
    """The 99th percentile of scores before a rollover and, again and again, during it."""
    copy(stand, cup)
    calls = stand.calls_file("meanwhile", score_calls(stand, board_of(stand, PLAYERS)))
    generator = Generator(calls, CONNECTIONS, PAUSE_MS)
    api_port = free_port()
    with (
        stand.serving("api", ["-P", "-m", "app.cli", "api", "--port", str(api_port)], api_port) as api,
        _worker(stand),
    ):
        generator.drive(api.url, plan.warm_up_s)
        before = [generator.drive(api.url, plan.seconds) for _ in range(LOOKS_BEFORE)]
        run = _Run(stand)
        during: list[Load] = []
        while not during or run.is_under_way():
            during.append(generator.drive(api.url, plan.seconds))
    p99_before_ms = median(load.p99_ms for load in before)
    return compare(
        f"PATCH /leaderboard/score beside a rollover of {cup.entries:,} entries, against before: p99",
        "ms",
        [(load.p99_ms, p99_before_ms) for load in during],
        SLOWER_FOR_PLAYERS,
        per_second=median(load.per_second for load in during),
        per_second_before=median(load.per_second for load in before),
    )


def _roll_over(stand: Stand, cup: Cup) -> Rolled:
    copy(stand, cup)
    with _worker(stand) as worker:
        run = _Run(stand)
        while run.is_under_way():
            time.sleep(POLL_S)
        return Rolled(time.perf_counter() - run.taken_up_at, run.steps_s(), worker.peak_memory_mib())


@contextmanager
def _worker(stand: Stand) -> Iterator[Process]:
    """A worker; what it serves to Prometheus it serves under every path."""
    port = free_port()
    command = ["-P", "-m", "app.cli", "worker"]
    with stand.serving("worker", command, port, LAUREL_WORKER_METRICS_PORT=str(port)) as process:
        yield process


class _Run:
    """A rollover that has been begun, and that a worker has taken up."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._run_id: str = stand.run(_begin)
        while not self._row()["fence"]:
            time.sleep(POLL_S)
        self.taken_up_at = time.perf_counter()

    def is_under_way(self) -> bool:
        """True until it is done. Raises MeasurementFailed when a step did not succeed at once."""
        row = self._row()
        if row["attempts"] or row["state"] not in (RunState.RUNNING, RunState.DONE):
            raise MeasurementFailed(f"the rollover did not succeed: {row['last_error'] or row['state']}")
        return bool(row["state"] == RunState.RUNNING)

    def steps_s(self) -> dict[str, float]:
        """The seconds of every step after the first."""
        timings = self._row()["timings"]
        return {
            step: round((timings[step] - timings[previous]) / timedelta(seconds=1), 3)
            for previous, step in pairwise(timings)
        }

    def _row(self) -> dict[str, Any]:
        row = self._stand.fast_collection(RunDocument.Settings.name).find_one({"_id": self._run_id})
        if row is None:
            raise MeasurementFailed("the rollover has vanished")
        return row


async def _begin(resources: Resources) -> str:
    row = await resources.game.rollovers.begin(LEADERBOARD, actor="bench", now=utc_now())
    run_id: str = row["_id"]
    await resources.jobs.roll_over([run_id])
    return run_id


def _rank_plainly(stand: Stand, cup: Cup) -> float:
    """The floor: one pipeline that writes its rank into every entry; returns the seconds it took."""
    entries = copy_entries(stand, cup)
    began = time.perf_counter()
    entries.aggregate(
        [
            {"$setWindowFields": {"sortBy": {"score": -1}, "output": {"rank": {"$rank": {}}}}},
            {"$merge": {"into": entries.name, "whenNotMatched": "discard"}},
        ],
        allowDiskUse=True,
    )
    took = time.perf_counter() - began
    if entries.find_one({"rank": None}) is not None:
        raise MeasurementFailed("the plain pipeline left entries without a rank")
    entries.drop()
    return took


def _middle_steps(several: Sequence[Rolled]) -> dict[str, float]:
    return {step: median(rolled.steps_s[step] for rolled in several) for step in several[0].steps_s}
