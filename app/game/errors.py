"""Everything the game domain refuses, by category."""

from app.kit.errors import Conflict, Forbidden, Invalid, NotFound, Stale, Unavailable


class UnknownLeaderboard(NotFound):
    """No leaderboard has this id."""

    slug = "unknown-leaderboard"


class UnknownEnrollment(NotFound):
    """This account is not enrolled in this leaderboard."""

    slug = "unknown-enrollment"


class UnknownRun(NotFound):
    """No rollover has this id."""

    slug = "unknown-rollover"


class UnknownArchive(NotFound):
    """No archive has this id."""

    slug = "unknown-archive"


class LeaderboardNotStarted(Conflict):
    """This leaderboard has not started yet."""

    slug = "leaderboard-not-started"


class TierInUse(Conflict):
    """A tier that has players cannot lose its rule."""

    slug = "tier-in-use"


class LeaderboardChanged(Conflict):
    """The leaderboard changed while a player was being placed."""

    slug = "leaderboard-changed"


class RolloverRunning(Conflict):
    """A rollover of this leaderboard is going on."""

    slug = "rollover-running"


class NothingToCopy(Conflict):
    """All players of the archive are in the running cycle already, or barred from it."""

    slug = "nothing-to-copy"


class LeaseLost(Conflict):
    """Another worker has taken this rollover over."""

    slug = "lease-lost"


class RequestStillRunning(Conflict):
    """The first request with this idempotency key is still running."""

    slug = "request-still-running"


class AccountDisqualified(Forbidden):
    """This account is disqualified."""

    slug = "account-disqualified"


class NotInGuild(Forbidden):
    """This account is not a member of this guild."""

    slug = "not-in-guild"


class OtherAccount(Forbidden):
    """A player's token acts for its own account only."""

    slug = "other-account"


class NotInProduction(Forbidden):
    """This route exists outside production only."""

    slug = "not-in-production"


class InvalidDefinition(Invalid):
    """A leaderboard definition is not valid."""

    slug = "invalid-definition"


class ScoreOverflow(Invalid):
    """A score cannot pass 2^53 - 1."""

    slug = "score-overflow"


class IdempotencyKeyReused(Invalid):
    """This idempotency key was used with another request."""

    slug = "idempotency-key-reused"


class DefinitionChanged(Stale):
    """The leaderboard was changed since it was read."""

    slug = "definition-changed"


class StoreAway(Unavailable):
    """The database did not answer in time."""

    slug = "database-unavailable"


class TooContended(Unavailable):
    """This entry is written by too many at once."""

    slug = "entry-contended"
