"""What tests of channels find stored: sessions and who watches them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId


@dataclass(frozen=True)
class LivestreamStore:
    """The livestream collections of the test's database."""

    database: Any

    def session(self, streamer_id: str, *, ended: timedelta | None = None) -> str:
        """A session that began an hour or more ago and is active, or ended so long ago; its id."""
        now = datetime.now(UTC)
        ended_at = None if ended is None else now - ended
        statuses = {"created": (ended_at or now) - timedelta(hours=1)}
        row = {
            "_id": ObjectId(),
            "user": ObjectId(streamer_id),
            "active": ended_at is None,
            "status": {"preset": "preview"},
            "statuses": statuses | ({} if ended_at is None else {"ended": ended_at}),
        }
        self.database["sessions"].insert_one(row)
        return str(row["_id"])

    def end(self, session_id: str) -> None:
        """The session over, just now."""
        over = {"active": False, "statuses.ended": datetime.now(UTC)}
        self.database["sessions"].update_one({"_id": ObjectId(session_id)}, {"$set": over})

    def mark(
        self, streamer_id: str, viewer_id: str, *, kind: str = "sd", ago: timedelta = timedelta()
    ) -> None:
        """That somebody was seen watching, just now or so long ago."""
        self.database["stream_viewers"].update_one(
            {"streamer": ObjectId(streamer_id)},
            {"$set": {f"viewers.{kind}.{viewer_id}": datetime.now(UTC) - ago}},
            upsert=True,
        )
