"""The game domain put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from httpx import AsyncClient

from app.clients.guild import GuildClient
from app.clients.mailbox import MailboxClient
from app.game.adjustments import Adjustments
from app.game.archives.replay import Replays
from app.game.corrections import Corrections
from app.game.definitions import DefinitionUpdates
from app.game.deliveries import GrantDeliveries
from app.game.guild import GuildMemberships
from app.game.journal import WriteJournal
from app.game.leaderboards import Leaderboards
from app.game.moderation import Moderation
from app.game.placement import Placer
from app.game.rankings import RankingsReader
from app.game.rollovers.rollover import Rollovers
from app.game.scoring import ScoreWriter
from app.game.submission import ScoreSubmissions
from app.jobs import Jobs
from app.kit.periods import RolloverTimes
from app.ranking.index import RankIndex
from app.resources.connections import service_token
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Game:
    """The acts of the game domain that live as long as the process."""

    leaderboards: Leaderboards
    definitions: DefinitionUpdates
    scores: ScoreWriter
    submissions: ScoreSubmissions
    rankings: RankingsReader
    moderation: Moderation
    corrections: Corrections
    guilds: GuildMemberships
    deliveries: GrantDeliveries
    rollovers: Rollovers
    adjustments: Adjustments
    replays: Replays


@asynccontextmanager
async def open_game(
    settings: Settings, ranks: RankIndex, jobs: Jobs, http: AsyncClient
) -> AsyncIterator[Game]:
    """The acts of the domain; on exit what was submitted is finished."""
    guilds = GuildClient(settings.guild_url, http, service_token=lambda: service_token(settings))
    mailbox = MailboxClient(settings.mailbox_url, http, service_token=lambda: service_token(settings))
    leaderboards = Leaderboards()
    journal = WriteJournal(ranks, jobs.build_boards)
    placer = Placer(ranks, journal)
    scores = ScoreWriter(leaderboards, placer, journal)
    memberships = GuildMemberships(guilds)
    try:
        yield Game(
            leaderboards=leaderboards,
            definitions=DefinitionUpdates(leaderboards, ranks, rollover_times(settings)),
            scores=scores,
            submissions=ScoreSubmissions(leaderboards, memberships, scores),
            rankings=RankingsReader(leaderboards, placer, ranks, jobs.build_boards),
            moderation=Moderation(leaderboards, placer, journal),
            corrections=Corrections(leaderboards, placer, ranks, journal),
            guilds=memberships,
            deliveries=GrantDeliveries(mailbox),
            rollovers=Rollovers(leaderboards, placer, ranks, guilds, rollover_times(settings)),
            adjustments=Adjustments(leaderboards, rollover_times(settings)),
            replays=Replays(leaderboards, ranks, journal),
        )
    finally:
        await scores.aclose()
        await journal.aclose()


def rollover_times(settings: Settings) -> RolloverTimes:
    """When within its period a leaderboard rolls over."""
    return RolloverTimes(
        hourly_minute=settings.hourly_rollover_minute,
        time_of_day=settings.rollover_time,
        weekly_day=settings.weekly_rollover_day,
        monthly_day=settings.monthly_rollover_day,
    )
