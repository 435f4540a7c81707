"""The way of grants into mailboxes: each is sent until it is there, and is there once.

A delivery is a set of grants of one account that were first sent together. It is sent under one key and
with the same words ever after, so a mailbox that has it already can say so. Whoever sends a delivery takes
it first, for half a minute: should the sender die, it is due again after that.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pymongo import UpdateMany

from app.clients.mailbox import MailboxAway, MailboxClient
from app.game.ledgers import GrantDocument, GrantStatus
from app.game.transactions import Session, in_transaction
from app.kit.pauses import Pauses

log = structlog.get_logger()

Row = Mapping[str, Any]

ACCOUNTS_A_BATCH = 100
#: One account may have several grants that are due.
GRANTS_LOOKED_AT = 500
SENDS_AT_ONCE = 25
MOST_IN_A_DELIVERY = 100

#: No batch is begun after so long. The last one may take four rounds of 5 s, all within the lease.
SWEEP_S = 5.0
LEASE = timedelta(seconds=30)
PAUSES = Pauses(first=timedelta(seconds=1), longest=timedelta(minutes=10))

OVERDUE_AFTER = timedelta(hours=24)
MOST_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """Grants of one account that go in one call, the `attempts`-th time."""

    id: str
    account_id: str
    grants: Sequence[Row]
    attempts: int

    @property
    def grant_ids(self) -> list[str]:
        """The grants by id."""
        return [grant["_id"] for grant in self.grants]

    def messages(self) -> list[dict[str, Any]]:
        """What is sent: the same every time."""
        return [
            {
                **grant["message"],
                "id": grant["_id"],
                "accountId": grant["account_id"],
                "data": grant["data"],
            }
            for grant in self.grants
        ]


class GrantDeliveries:
    """Brings owed grants into the players' mailboxes."""

    def __init__(self, mailbox: MailboxClient) -> None:
        self._mailbox = mailbox
        self._has_warned = False

    async def deliver_due(self, now: datetime) -> int:
        """Send what is due, for some seconds at most; returns how many grants are in mailboxes by that.

        Any number of processes may do it at once, and each may be cut off anywhere. What the mailbox does
        not take is due again after a pause that doubles. Without a mailbox service everything stays owed.
        """
        if not self._mailbox.is_configured:
            self._warn_once()
            return 0
        loop = asyncio.get_running_loop()
        until = loop.time() + SWEEP_S
        sent = 0
        while loop.time() < until and (account_ids := await _accounts_due(now)):
            sent += await self._deliver(await _take(account_ids, now), now)
        return sent

    async def _deliver(self, deliveries: Sequence[Delivery], now: datetime) -> int:
        gate = asyncio.Semaphore(SENDS_AT_ONCE)
        faults = await asyncio.gather(*(self._fault_of(delivery, gate) for delivery in deliveries))
        outcomes = list(zip(deliveries, faults, strict=True))
        taken = [delivery for delivery, fault in outcomes if fault is None]
        refused = [(delivery, fault) for delivery, fault in outcomes if fault is not None]
        await _settle(taken, refused, now)
        if refused:
            log.warning("grants.put_off", deliveries=len(refused), faults=Counter(filter(None, faults)))
        return sum(len(delivery.grants) for delivery in taken)

    async def _fault_of(self, delivery: Delivery, gate: asyncio.Semaphore) -> str | None:
        """Why the mailbox did not take a delivery; None if it did."""
        async with gate:
            try:
                await self._mailbox.send(delivery.account_id, delivery.messages(), key=delivery.id)
            except MailboxAway as away:
                return away.reason
        return None

    def _warn_once(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            log.warning("grants.no_mailbox_configured")


async def count_overdue(now: datetime) -> int:
    """How many grants have been owed for a day or longer; counted up to 100,000."""
    overdue = {"status": GrantStatus.OWED, "created_at": {"$lte": now - OVERDUE_AFTER}}
    counted: int = await GrantDocument.get_motor_collection().count_documents(
        overdue, limit=MOST_COUNTED, hint="to_be_sent"
    )
    return counted


async def _accounts_due(now: datetime) -> list[str]:
    """Some accounts with grants that are due, those that have been so for longest."""
    due = {"status": GrantStatus.OWED, "due_at": {"$lte": now}}
    found = GrantDocument.get_motor_collection().find(due, {"account_id": 1}).sort("due_at")
    rows = await found.limit(GRANTS_LOOKED_AT).to_list(None)
    return list(dict.fromkeys(row["account_id"] for row in rows))[:ACCOUNTS_A_BATCH]


async def _take(account_ids: Sequence[str], now: datetime) -> list[Delivery]:
    """A due delivery of each of these accounts that has one, taken before anybody else could."""
    grants = GrantDocument.get_motor_collection()

    async def take(session: Session) -> list[Delivery]:
        owed = grants.find(
            {"account_id": {"$in": account_ids}, "status": GrantStatus.OWED},
            session=session,
            # By due date it would wade through the grants of everybody else.
            hint="grants_of_account",
        )
        deliveries = _due_deliveries(await owed.to_list(None), now)
        if deliveries:
            await grants.bulk_write(
                [_taking(delivery, now) for delivery in deliveries], ordered=False, session=session
            )
        return deliveries

    return await in_transaction(take)


def _due_deliveries(owed: Sequence[Row], now: datetime) -> list[Delivery]:
    accounts: dict[str, list[Row]] = defaultdict(list)
    for grant in sorted(owed, key=lambda grant: str(grant["_id"])):
        accounts[grant["account_id"]].append(grant)
    found = (_due_delivery(account_id, grants, now) for account_id, grants in accounts.items())
    return [delivery for delivery in found if delivery is not None]


def _due_delivery(account_id: str, owed: Sequence[Row], now: datetime) -> Delivery | None:
    """The delivery that has been due for longest; without one, all that is due and in none yet."""
    due = [grant for grant in owed if grant["due_at"] <= now]
    begun = [grant for grant in due if grant.get("delivery_id")]
    if begun:
        first = min(begun, key=lambda grant: (grant["due_at"], grant["delivery_id"]))["delivery_id"]
        grants = [grant for grant in owed if grant.get("delivery_id") == first]
        return Delivery(first, account_id, grants, grants[0]["attempts"] + 1)
    grants = due[:MOST_IN_A_DELIVERY]
    return Delivery(grants[0]["_id"], account_id, grants, 1) if grants else None


def _taking(delivery: Delivery, now: datetime) -> UpdateMany:
    return UpdateMany(
        {"_id": {"$in": delivery.grant_ids}},
        {"$set": {"delivery_id": delivery.id, "due_at": now + LEASE, "attempts": delivery.attempts}},
    )


async def _settle(taken: Sequence[Delivery], refused: Sequence[tuple[Delivery, str]], now: datetime) -> None:
    """Record how these attempts ended, all grants of a delivery alike."""
    writes = [_putting_off(delivery, fault, now) for delivery, fault in refused]
    if taken:
        writes.append(_marking([grant_id for delivery in taken for grant_id in delivery.grant_ids], now))

    async def settle(session: Session) -> None:
        if writes:
            await GrantDocument.get_motor_collection().bulk_write(writes, ordered=False, session=session)

    await in_transaction(settle)


def _marking(grant_ids: Sequence[str], now: datetime) -> UpdateMany:
    return UpdateMany(
        {"_id": {"$in": grant_ids}, "status": GrantStatus.OWED},
        {"$set": {"status": GrantStatus.SENT, "sent_at": now}},
    )


def _putting_off(delivery: Delivery, fault: str, now: datetime) -> UpdateMany:
    # Only this attempt: a sender that was slow must not end the lease of the next one.
    return UpdateMany(
        {"_id": {"$in": delivery.grant_ids}, "status": GrantStatus.OWED, "attempts": delivery.attempts},
        {"$set": {"last_error": fault, "due_at": now + PAUSES.after(delivery.attempts)}},
    )
