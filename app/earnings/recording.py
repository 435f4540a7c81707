"""Earnings in: each event counted once, a request whole or not at all.

What arrives while earlier work is under way shares a transaction with the next: many requests a second for
one streamer would otherwise be as many transactions on the same documents, each of which makes others begin
again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from bson import ObjectId

from app.earnings.errors import UnfitEarnings
from app.earnings.ledger import Call, Recorded, store
from app.earnings.rules.earning import Earning
from app.kit.errors import Problem
from app.kit.gathering import Gathering

#: The clocks of those who send earnings are ahead by less.
SKEW = timedelta(minutes=1)
#: Requests that share a round of work, and events that share a transaction.
MOST_CALLS = 64
MOST_EVENTS = 4_000
#: Sessions whose streamer a process remembers; it never changes.
MOST_REMEMBERED = 20_000

StreamersOf = Callable[[Iterable[ObjectId]], Awaitable[Mapping[ObjectId, ObjectId]]]


class Recording:
    """Records earnings; one per process. `recorded` hears which sessions earned something, by their ids."""

    def __init__(self, streamers_of: StreamersOf, recorded: Callable[[Collection[ObjectId]], None]) -> None:
        self._streamers_of = streamers_of
        self._recorded = recorded
        self._streamers: OrderedDict[ObjectId, ObjectId] = OrderedDict()
        self._gathering: Gathering[Call, Recorded] = Gathering(self._store_all, most=MOST_CALLS)

    async def record(self, earnings: Sequence[Earning], *, now: datetime) -> Recorded:
        """Count what has not been counted; awaited, all of it is stored durably.

        Raises UnfitEarnings with every fault, by its place in `events`; then nothing is stored.
        """
        streamers = await self._find_streamers({one.session for one in earnings})
        faults = [
            fault for place, one in enumerate(earnings) for fault in _faults(place, one, streamers, now)
        ]
        if faults:
            raise UnfitEarnings(problems=faults)
        # A caller that gives up does not undo what is under way: it will ask again, and be told of
        # duplicates.
        return await asyncio.shield(self._gathering.submit(Call(ObjectId(), tuple(earnings), now)))

    async def aclose(self) -> None:
        """Finish what was submitted."""
        await self._gathering.drain()

    async def _find_streamers(self, sessions: Collection[ObjectId]) -> Mapping[ObjectId, ObjectId]:
        found = {one: self._streamers[one] for one in sessions if one in self._streamers}
        if unknown := sessions - found.keys():
            looked_up = await self._streamers_of(unknown)
            found |= looked_up
            self._streamers |= looked_up
            while len(self._streamers) > MOST_REMEMBERED:
                self._streamers.popitem(last=False)
        return found

    async def _store_all(self, calls: Sequence[Call]) -> list[Recorded | Exception]:
        answers: list[Recorded | Exception] = []
        for batch in _batches(calls):
            try:
                answers += await store(batch)
            except Exception as error:  # noqa: BLE001 # other batches have their own answers
                answers += [error] * len(batch)
            else:
                self._recorded({one.session for call in batch for one in call.earnings})
        return answers


def _batches(calls: Sequence[Call]) -> Iterator[Sequence[Call]]:
    """Calls in order, each batch with as many events as may share a transaction, or a single call."""
    batch: list[Call] = []
    for call in calls:
        if batch and sum(len(one.earnings) for one in [*batch, call]) > MOST_EVENTS:
            yield batch
            batch = []
        batch.append(call)
    yield batch


def _faults(
    place: int, earning: Earning, streamers: Mapping[ObjectId, ObjectId], now: datetime
) -> Iterator[Problem]:
    streamer = streamers.get(earning.session)
    if streamer is None:
        yield Problem("No session has this id.", pointer=f"/events/{place}/session_id")
    elif streamer != earning.streamer:
        yield Problem("The session is not this streamer's.", pointer=f"/events/{place}/streamer_id")
    if earning.time > now + SKEW:
        yield Problem("It is in the future.", pointer=f"/events/{place}/time")
