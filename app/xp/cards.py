"""What a leaderboard shows of its users, remembered until anything told about any user changes.

Whoever changes what is told marks the stamp in Redis as changing before, and sets a new one afterwards. A
reader gets the present stamp together with the ranks, and uses what it remembers only if that was read under
this very stamp; under one that is changing it remembers nothing. The mark of a writer that dies lapses.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from app.ranking.errors import RankIndexAway
from app.ranking.index import RankIndex
from app.xp.people_documents import ContributorDocument, MembershipDocument, TeamDocument
from app.xp.rules.privacy import STRANGER, Card, Membership, Profile, Team, card_of

log = structlog.get_logger()

STAMP = "laurel:xp:cards"
CHANGING = "changing:"
#: Longer than a change takes.
CHANGING_FOR_MS = 5_000
#: For what no stamp tells of: an index that went away in the middle of a change.
REMEMBERED_FOR_S = 60.0
MOST_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Shown:
    """The cards of some users, and of nobody else: pages are kept. And how many accounts there are.

    What was read under the same `generation` still holds while `Cards.generation` gives it; None: never.
    """

    cards: Mapping[int, Card]
    accounts: int
    generation: int | None


class Cards:
    """Reads cards; one per process."""

    stamp_name = STAMP

    def __init__(self, ranks: RankIndex) -> None:
        self._ranks = ranks
        self._stamp: bytes | None = None
        self._until = 0.0
        self._cards: dict[int, Card] = {}
        self._accounts: int | None = None
        self._generation = 0

    def generation(self, stamp: bytes | None) -> int | None:
        """What is remembered under this stamp, by number; None if nothing is."""
        is_ours = stamp is not None and stamp == self._stamp and time.monotonic() <= self._until
        return self._generation if is_ours else None

    async def shown(self, user_ids: Sequence[int], stamp: bytes | None) -> Shown:
        """The users' cards; `stamp` is the one that was present just now, None if that is not known."""
        if stamp is not None and stamp.startswith(CHANGING.encode()):
            stamp = None
        if self.generation(stamp) is None:
            self._forget(stamp)
        cards = {user_id: self._cards[user_id] for user_id in user_ids if user_id in self._cards}
        missing = [user_id for user_id in user_ids if user_id not in cards]
        accounts = self._accounts
        if missing or accounts is None:
            found, counted = await asyncio.gather(_read(missing), _count_accounts(accounts))
            self._remember(found, counted, stamp)
            return Shown({**cards, **found}, counted, self.generation(stamp))
        return Shown(cards, accounts, self.generation(stamp))

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[None]:
        """Around a change of what is told about users: what anybody remembers is old then."""
        await self._set(CHANGING + secrets.token_hex(8), lasts_ms=CHANGING_FOR_MS)
        try:
            yield
        finally:
            await self.renew()

    async def renew(self) -> None:
        """Have everybody read cards anew."""
        self._forget(None)
        await self._set(secrets.token_hex(8))

    async def _set(self, stamp: str, *, lasts_ms: int | None = None) -> None:
        try:
            await self._ranks.stamp(STAMP, stamp, lasts_ms=lasts_ms)
        except RankIndexAway:
            # Without the index nobody uses what they remember; with one that others reach, not for long.
            log.warning("xp_cards.stamp_not_set")

    def _forget(self, stamp: bytes | None) -> None:
        self._stamp, self._cards, self._accounts = stamp, {}, None
        self._generation += 1
        self._until = time.monotonic() + REMEMBERED_FOR_S

    def _remember(self, cards: Mapping[int, Card], accounts: int, stamp: bytes | None) -> None:
        """Keep what was read, unless it was read under a stamp that is no longer ours."""
        if stamp is not None and stamp.startswith(CHANGING.encode()):
            stamp = None
        if stamp is None or stamp != self._stamp:
            return
        if len(self._cards) + len(cards) > MOST_REMEMBERED:
            self._cards = {}
        self._cards.update(cards)
        self._accounts = accounts


async def _read(user_ids: Collection[int]) -> dict[int, Card]:
    """Cards from what has been told, in two round trips."""
    if not user_ids:
        return {}
    ids = list(user_ids)
    profiles, memberships = await asyncio.gather(
        ContributorDocument.get_motor_collection().find({"_id": {"$in": ids}}).to_list(None),
        MembershipDocument.get_motor_collection().find({"user_id": {"$in": ids}}).to_list(None),
    )
    team_ids = list({row["team_id"] for row in memberships})
    teams: dict[int, Team] = {}
    if team_ids:
        rows = TeamDocument.get_motor_collection().find({"_id": {"$in": team_ids}})
        teams = {row["_id"]: Team(row["name"], row["safeguarding"]) async for row in rows}
    by_user: dict[int, list[Membership]] = {}
    for row in memberships:
        by_user.setdefault(row["user_id"], []).append(_membership(row))
    known = {row["_id"]: _profile(row) for row in profiles}
    return {
        user_id: card_of(known.get(user_id, STRANGER), by_user.get(user_id, ()), teams) for user_id in ids
    }


async def _count_accounts(known: int | None) -> int:
    if known is not None:
        return known
    # From the collection's own count: going through a million accounts for a number would take a second.
    counted: int = await ContributorDocument.get_motor_collection().estimated_document_count()
    return counted


def _profile(row: Mapping[str, Any]) -> Profile:
    return Profile(**{name: row[name] for name in Profile.__dataclass_fields__})


def _membership(row: Mapping[str, Any]) -> Membership:
    return Membership(row["team_id"], row["show_name"], row["show_username"])
