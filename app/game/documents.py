"""What the game domain stores: one class per collection, with its indexes.

Accounts, guilds and shards are named by 24 hexadecimal characters and stored as such. Instants that
rank (`last_updated`) or order repairs (`touched_at`) are unix milliseconds; all others are dates.
"""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, ClassVar

from beanie import Document
from bson import ObjectId
from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel

RECEIPTS_KEPT_S = 48 * 60 * 60
AUDIT_KEPT_S = 400 * 24 * 60 * 60


def new_id() -> str:
    """A fresh 24-character id."""
    return str(ObjectId())


class CycleState(StrEnum):
    """Whether scores count in the cycle."""

    OPEN = "open"
    LOCKED = "locked"


class ShardStage(StrEnum):
    """How far the rollover of a shard's cycle has come with it; in this order, and never back."""

    OPEN = "open"
    CLOSED = "closed"
    RANKED = "ranked"
    ARCHIVED = "archived"
    REWARDED = "rewarded"
    MOVED = "moved"


class EntryState(StrEnum):
    """Whether an entry takes scores and is ranked.

    Pending: it scores for the cycle that opens next, and has no tier or shard yet. Sealed: its cycle is
    over, it has its final rank, and nothing changes it any more.
    """

    PENDING = "pending"
    OPEN = "open"
    SEALED = "sealed"
    DISQUALIFIED = "disqualified"


class PromotionStatus(IntEnum):
    """What the last rollover did to a player, until the player acknowledges it."""

    ACKNOWLEDGED = -1
    UNCHANGED = 0
    DEMOTED = 1
    PROMOTED = 2


class Cycle(BaseModel):
    """The running cycle of a leaderboard. Its number only ever grows, also over a reset.

    `pending` counts the entries that wait for the next cycle; writing it is what makes a newcomer among
    them and the opening of that cycle conflict.
    """

    number: int
    state: CycleState
    opened_at: datetime
    closes_at: datetime | None
    rollovers_remaining: int
    shards_opened: int = 0
    pending: int = 0


class LeaderboardDocument(Document):
    """A leaderboard: its rules as they were posted, and its running cycle.

    A deleted leaderboard keeps this document without a definition, so that the next one of that id
    goes on counting cycles and nothing of the old one can be mistaken for the new.
    """

    id: str  # type: ignore[assignment] # the leaderboardId; Beanie's own default is an ObjectId
    definition: dict[str, Any] | None
    rules_version: int
    cycle: Cycle
    updated_at: datetime

    class Settings:
        """Collection."""

        name = "leaderboards"
        indexes: ClassVar = [IndexModel([("cycle.closes_at", ASCENDING)], name="due")]


class Archive(BaseModel):
    """How a shard ended. `members`: who still belonged to the guild at the end; None for a public shard."""

    run_id: str
    ended_at: datetime
    players: int
    rules_version: int
    title: str
    members: list[str] | None = None


class ShardDocument(Document):
    """The players who compete with each other in one cycle and tier. `seats` counts its entries.

    With an archive it is an archived shard: its entries stay where they are.
    """

    id: str = Field(default_factory=new_id)  # type: ignore[assignment]
    leaderboard_id: str
    cycle: int
    tier: int
    guild_id: str | None
    number: int
    seats: int
    opened_at: datetime
    stage: ShardStage = ShardStage.OPEN
    archive: Archive | None = None

    class Settings:
        """Collection and indexes."""

        name = "shards"
        indexes: ClassVar = [
            IndexModel(
                [("archive.ended_at", ASCENDING)],
                name="archived",
                partialFilterExpression={"archive.ended_at": {"$type": "date"}},
            ),
            # Two writers that both find no room agree on one new shard: the next number.
            IndexModel(
                [(key, ASCENDING) for key in ("leaderboard_id", "cycle", "tier", "guild_id", "number")],
                name="one_shard_per_number",
                unique=True,
            ),
            IndexModel(
                [
                    *((key, ASCENDING) for key in ("leaderboard_id", "cycle", "tier", "guild_id")),
                    ("seats", DESCENDING),
                ],
                name="fullest_with_room",
            ),
        ]


_LINE_ORDER = [
    ("shard_id", ASCENDING),
    ("score", DESCENDING),
    ("last_updated", ASCENDING),
    ("account_id", ASCENDING),
]


class EntryDocument(Document):
    """One player's score line in one shard.

    The id is leaderboard, cycle, scope and account in one string, which is what makes a second entry of
    one player in one cycle and scope impossible. `scored`: it has taken a score, and not only been looked at
    or set. `barred`: it is disqualified, said once more for an index that must not know the state.
    """

    id: str  # type: ignore[assignment]
    leaderboard_id: str
    cycle: int
    tier: int | None
    shard_id: str | None
    guild_id: str | None
    account_id: str
    score: int
    version: int
    last_updated: int
    touched_at: int
    state: EntryState
    barred: bool = False
    scored: bool = False
    rank: int | None = None
    left_shard_id: str | None = None
    receipts: list[dict[str, Any]] = Field(default_factory=list)

    class Settings:
        """Collection and indexes."""

        name = "entries"
        indexes: ClassVar = [
            # None of these has the state in it: sealing a cycle would have to look after them entry by entry.
            IndexModel(_LINE_ORDER, name="lines_of_shard"),
            IndexModel(
                _LINE_ORDER,
                name="barred_lines",
                partialFilterExpression={"barred": True},
            ),
            IndexModel([("touched_at", ASCENDING)], name="lately_written"),
            IndexModel(
                [("account_id", ASCENDING), ("leaderboard_id", ASCENDING), ("cycle", DESCENDING)],
                name="history_of_account",
            ),
            IndexModel(
                [("left_shard_id", ASCENDING)],
                name="moved_away",
                partialFilterExpression={"left_shard_id": {"$type": "string"}},
            ),
        ]


class EnrollmentDocument(Document):
    """One player's service record on one leaderboard.

    `active_cycle` is the last cycle with a non-zero score: active means it is the running one, so
    nothing has to be cleared when a cycle ends. `settled_cycle` is the last cycle whose rollover has
    decided about this player's tier, `season_cycle` the last one whose season's end has: both keep a
    repeated or late step from deciding again. `scored_in_season`: with at least one score, and not only by
    a tier that an administrator set.
    """

    id: str = Field(default_factory=new_id)  # type: ignore[assignment]
    account_id: str
    leaderboard_id: str
    tier: int
    active_tier: int = 0
    seasonal_max_tier: int = -1
    scored_in_season: bool = False
    active_cycle: int | None = None
    settled_cycle: int = 0
    season_cycle: int = 0
    promotion_status: PromotionStatus = PromotionStatus.ACKNOWLEDGED
    season_ended: bool = False
    current_shard_id: str | None = None
    guild_id: str | None = None
    archives: list[str] = Field(default_factory=list)

    class Settings:
        """Collection and indexes."""

        name = "enrollments"
        indexes: ClassVar = [
            IndexModel(
                [("account_id", ASCENDING), ("leaderboard_id", ASCENDING)],
                name="one_enrollment_per_leaderboard",
                unique=True,
            ),
            IndexModel(
                [("leaderboard_id", ASCENDING), ("tier", ASCENDING), ("active_cycle", ASCENDING)],
                name="active_by_tier",
            ),
            IndexModel(
                [("leaderboard_id", ASCENDING), ("current_shard_id", ASCENDING)],
                name="in_a_shard",
                partialFilterExpression={"current_shard_id": {"$type": "string"}},
            ),
        ]


class DisqualificationDocument(Document):
    """An account barred from one leaderboard, or from all (`leaderboard_id` null)."""

    id: str = Field(default_factory=new_id)  # type: ignore[assignment]
    account_id: str
    leaderboard_id: str | None
    reason: str
    since: datetime

    class Settings:
        """Collection and indexes."""

        name = "disqualifications"
        indexes: ClassVar = [
            IndexModel(
                [("account_id", ASCENDING), ("leaderboard_id", ASCENDING)],
                name="one_disqualification_per_leaderboard",
                unique=True,
            ),
        ]


class ReceiptDocument(Document):
    """The first answer to a request with an idempotency key."""

    id: str  # type: ignore[assignment]
    fingerprint: str
    answer: dict[str, Any]
    created_at: datetime

    class Settings:
        """Collection and indexes."""

        name = "receipts"
        indexes: ClassVar = [
            IndexModel([("created_at", ASCENDING)], name="forgotten", expireAfterSeconds=RECEIPTS_KEPT_S),
        ]


class WriterDocument(Document):
    """A process that writes entries: everything it wrote before `since` (ms) is in the rank index."""

    id: str  # type: ignore[assignment]
    since: int
    seen_at: datetime

    class Settings:
        """Collection."""

        name = "writers"


class DiscardDocument(Document):
    """A cycle whose leaderboard was deleted: its shards and entries are still to be removed."""

    id: str  # type: ignore[assignment]
    leaderboard_id: str
    cycle: int

    class Settings:
        """Collection."""

        name = "discards"


class AuditDocument(Document):
    """Who changed what, when."""

    id: str = Field(default_factory=new_id)  # type: ignore[assignment]
    at: datetime
    actor: str
    action: str
    leaderboard_id: str | None
    account_id: str | None = None
    details: dict[str, Any]

    class Settings:
        """Collection and indexes."""

        name = "audit"
        indexes: ClassVar = [
            IndexModel([("leaderboard_id", ASCENDING), ("at", DESCENDING)], name="audit_of_leaderboard"),
            IndexModel([("at", ASCENDING)], name="audit_kept", expireAfterSeconds=AUDIT_KEPT_S),
        ]


DOCUMENTS: tuple[type[Document], ...] = (
    LeaderboardDocument,
    ShardDocument,
    EntryDocument,
    EnrollmentDocument,
    DisqualificationDocument,
    ReceiptDocument,
    WriterDocument,
    DiscardDocument,
    AuditDocument,
)
