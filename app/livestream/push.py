"""Push messages: followers hear of a session that has started.

Whom a message is owed to is stored first, in batches; a worker sends it afterwards, one call per device.
Every device of a batch gets the message, and gets it once, with one exception: FCM has no key by which it
would know a message again, so a call that was cut off, or whose sender died before it could write down what
it had sent, is made again. The next attempt then sends at most one part of a batch twice.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from bson import ObjectId

from app.clients.fcm import FcmAway, FcmClient, Outcome, Verdict
from app.livestream.documents import SessionDocument, UserDocument
from app.livestream.push_batches import (
    Part,
    Row,
    forget_devices,
    give_up,
    last_batch,
    settle_part,
    store_batch,
    take_part,
)
from app.livestream.rules.announcements import online

log = structlog.get_logger()

#: Parts that one process sends side by side, none held up by another: 50 calls at once.
PARTS_AT_ONCE = 2
#: No part is taken after so long. The last one ends within its lease.
SWEEP_S = 5.0
#: That somebody is live is no news after a day.
TOO_LATE_AFTER = timedelta(days=1)


class PushNotifications:
    """Tells followers; without a push service it tells nobody, and stores nothing."""

    def __init__(self, fcm: FcmClient, wake: Callable[[], Awaitable[None]]) -> None:
        self._fcm = fcm
        self._wake = wake

    async def notify_followers(self, session_id: ObjectId, streamer_id: ObjectId, *, now: datetime) -> None:
        """Owe a message to every push device of the streamer's followers, once for a session.

        It may be asked for again, at the same time too, and be cut off anywhere. Who becomes a follower
        meanwhile may be told or not.
        """
        if not self._fcm.is_configured:
            return
        batch = await last_batch(session_id)
        if batch is not None and batch["is_last"]:
            return
        message = await _message(session_id, streamer_id)
        while batch is None or not batch["is_last"]:
            batch = await store_batch(session_id, streamer_id, message, after=batch, now=now)
            if batch is None:
                break
        await self._wake()

    async def send_due(self, now: datetime) -> int:
        """Send what is due, for some seconds at most; returns how many messages FCM has by that.

        Any number of processes may do it at once, and each may be cut off anywhere. What FCM does not take is
        due again after a pause that doubles, or as long as FCM asks; after a day it is too late.
        """
        if not self._fcm.is_configured:
            return 0
        until = asyncio.get_running_loop().time() + SWEEP_S
        lanes = (self._send_parts(self._fcm, now, until) for _ in range(PARTS_AT_ONCE))
        sent = await asyncio.gather(*lanes, return_exceptions=True)
        for result in sent:  # raised when no lane is under way any more
            if isinstance(result, BaseException):
                raise result
        return sum(result for result in sent if isinstance(result, int))

    async def _send_parts(self, fcm: FcmClient, now: datetime, until: float) -> int:
        loop = asyncio.get_running_loop()
        sent = 0
        while loop.time() < until and (part := await take_part(now)) is not None:
            if now - part.created_at >= TOO_LATE_AFTER:
                log.error("push.too_late", batch=part.batch_id)
                await give_up(part, now=now)
            else:
                sent += await _send(fcm, part, now)
        return sent


async def _send(fcm: FcmClient, part: Part, now: datetime) -> int:
    found = await asyncio.gather(*(_outcome(fcm, token, part.message) for token in part.tokens))
    outcomes = dict(zip(part.tokens, found, strict=True))
    gone = [token for token, outcome in outcomes.items() if _is(outcome, Verdict.GONE)]
    if gone:
        await forget_devices(gone)
    away = {token: outcome for token, outcome in outcomes.items() if isinstance(outcome, FcmAway)}
    await _settle(part, away, now)
    _report(part, found)
    return sum(_is(outcome, Verdict.SENT) for outcome in found)


async def _outcome(fcm: FcmClient, token: str, message: Mapping[str, object]) -> Outcome | FcmAway:
    try:
        return await fcm.send(token, message)
    except FcmAway as away:
        return away


async def _settle(part: Part, away: Mapping[str, FcmAway], now: datetime) -> None:
    asked_for = max((one.retry_after_s for one in away.values()), default=0)
    fault = next((one.reason for one in away.values()), None)
    at_least = timedelta(seconds=asked_for)
    await settle_part(part, failed=list(away), fault=fault, at_least=at_least, now=now)


def _report(part: Part, outcomes: Sequence[Outcome | FcmAway]) -> None:
    refused = Counter(one.reason for one in outcomes if _is(one, Verdict.REFUSED))
    away = Counter(one.reason for one in outcomes if isinstance(one, FcmAway))
    if refused:
        log.warning("push.refused", batch=part.batch_id, reasons=dict(refused))
    if away:
        log.warning("push.put_off", batch=part.batch_id, reasons=dict(away))


def _is(outcome: Outcome | FcmAway, verdict: Verdict) -> bool:
    return isinstance(outcome, Outcome) and outcome.verdict is verdict


async def _message(session_id: ObjectId, streamer_id: ObjectId) -> Row:
    user = await UserDocument.get_motor_collection().find_one({"_id": streamer_id}, {"username": 1}) or {}
    session = await SessionDocument.get_motor_collection().find_one({"_id": session_id}, {"title": 1}) or {}
    return online(
        session_id=str(session_id),
        streamer_id=str(streamer_id),
        username=user.get("username", ""),
        title=session.get("title"),
    )
