"""Work that is owed, as documents: rollovers to finish and rewards to deliver."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from beanie import Document
from pydantic import Field
from pymongo import ASCENDING, DESCENDING, IndexModel

from app.game.documents import new_id

RUNS_KEPT_S = 400 * 24 * 60 * 60
SENT_GRANTS_KEPT_S = 183 * 24 * 60 * 60


class RunState(StrEnum):
    """What has become of a rollover. Stuck: it failed too often and waits for an administrator."""

    RUNNING = "running"
    STUCK = "stuck"
    DONE = "done"
    ABANDONED = "abandoned"


class Step(StrEnum):
    """What a rollover does, in this order."""

    LOCK = "lock"
    RANK = "rank"
    ARCHIVE = "archive"
    REWARD = "reward"
    MOVE = "move"
    IDLE = "idle"
    SEASON = "season"
    REOPEN = "reopen"


class RunDocument(Document):
    """One rollover: the end of one cycle of one leaderboard, by the rules that stood when it ended.

    `free_at`: from then on any worker may take the run over. Whoever does raises `fence`, and every later
    write of whoever had it before comes to nothing. `timings`: when each finished step was done.
    """

    id: str = Field(default_factory=new_id)  # type: ignore[assignment]
    leaderboard_id: str
    cycle: int
    state: RunState
    step: Step
    definition: dict[str, Any]
    rules_version: int
    ends_season: bool
    rollovers_remaining: int
    started_at: datetime
    actor: str
    free_at: datetime
    fence: int = 0
    attempts: int = 0
    last_error: str | None = None
    shards: int = 0
    timings: dict[str, datetime] = Field(default_factory=dict)
    finished_at: datetime | None = None

    class Settings:
        """Collection and indexes."""

        name = "rollovers"
        indexes: ClassVar = [
            IndexModel(
                [("leaderboard_id", ASCENDING), ("cycle", DESCENDING)], name="one_run_per_cycle", unique=True
            ),
            IndexModel([("state", ASCENDING), ("free_at", ASCENDING)], name="to_be_run"),
            IndexModel([("finished_at", ASCENDING)], name="runs_kept", expireAfterSeconds=RUNS_KEPT_S),
        ]


class GrantStatus(StrEnum):
    """Whether a grant has reached the mailbox."""

    OWED = "owed"
    SENT = "sent"


class GrantDocument(Document):
    """One reward owed to one player.

    The id is made of the archive (or, at a season's end, the run) and the account: a step that is
    repeated makes no second one. `message` and `data` are in the mailbox's own spelling. Grants that were
    first sent together share a `delivery_id` and are sent together ever after.
    """

    id: str  # type: ignore[assignment]
    account_id: str
    leaderboard_id: str
    run_id: str
    message: dict[str, Any]
    data: dict[str, Any]
    status: GrantStatus
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    last_error: str | None = None
    delivery_id: str | None = None
    sent_at: datetime | None = None

    class Settings:
        """Collection and indexes."""

        name = "grants"
        indexes: ClassVar = [
            IndexModel(
                [("due_at", ASCENDING)],
                name="to_be_sent",
                partialFilterExpression={"status": GrantStatus.OWED},
            ),
            IndexModel([("account_id", ASCENDING), ("status", ASCENDING)], name="grants_of_account"),
            IndexModel([("run_id", ASCENDING), ("status", ASCENDING)], name="grants_of_run"),
            # Only what has a date expires: nothing is forgotten before it is sent.
            IndexModel(
                [("sent_at", ASCENDING)],
                name="kept_once_sent",
                expireAfterSeconds=SENT_GRANTS_KEPT_S,
                partialFilterExpression={"sent_at": {"$type": "date"}},
            ),
        ]


LEDGERS: tuple[type[Document], ...] = (RunDocument, GrantDocument)
