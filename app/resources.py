"""The one place that opens and closes what a process works with."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from arq.connections import ArqRedis
from beanie import Document, init_beanie
from motor.motor_asyncio import AsyncIOMotorClient
from redis.asyncio import BlockingConnectionPool, Redis

from app.access.documents import ApiKey
from app.clients.fcm import FcmClient
from app.clients.guild import GuildClient
from app.clients.mailbox import MailboxClient
from app.clients.pusher import PusherClient
from app.clients.transport import open_http
from app.earnings.documents import DOCUMENTS as EARNINGS_DOCUMENTS
from app.game.adjustments import Adjustments
from app.game.archives.replay import Replays
from app.game.corrections import Corrections
from app.game.definitions import DefinitionUpdates
from app.game.deliveries import GrantDeliveries
from app.game.documents import DOCUMENTS as GAME_DOCUMENTS
from app.game.guild import GuildMemberships
from app.game.journal import WriteJournal
from app.game.leaderboards import Leaderboards
from app.game.ledgers import LEDGERS
from app.game.moderation import Moderation
from app.game.placement import Placer
from app.game.rankings import RankingsReader
from app.game.rollovers.rollover import Rollovers
from app.game.scoring import ScoreWriter
from app.game.submission import ScoreSubmissions
from app.jobs import QUEUE, Jobs, deserialize_job, serialize_job
from app.kit.periods import RolloverTimes
from app.kit.service_account import ServiceAccount, service_account
from app.kit.tokens import sign_token
from app.livestream.channels import Channels, Streams
from app.livestream.documents import DOCUMENTS as LIVESTREAM_DOCUMENTS
from app.livestream.feed_announcements import FeedAnnouncements
from app.livestream.feeds import FeedRules, Feeds
from app.livestream.follow_ups import FollowUps
from app.livestream.push import PushNotifications
from app.livestream.push_documents import PushBatchDocument
from app.livestream.receivers import Receivers
from app.livestream.rules.groupings import Groupings, read_regions
from app.livestream.sessions import Sessions
from app.livestream.signals import Signals
from app.livestream.trending import TrendingCreators
from app.ranking.connection import open_redis
from app.ranking.index import RankIndex
from app.schema import ensure_schema
from app.settings import Settings
from app.streams.connection import open_streams
from app.streams.fanout import Fanout
from app.streams.recent import RecentEvents
from app.streams.remembered import Remembered

ALL_DOCUMENTS: tuple[type[Document], ...] = (
    *GAME_DOCUMENTS,
    *LEDGERS,
    *LIVESTREAM_DOCUMENTS,
    *EARNINGS_DOCUMENTS,
    PushBatchDocument,
    ApiKey,
)

#: How long one request waits for MongoDB to have a primary; a refusal with Retry-After follows.
SELECTION_MS = 1_200
REQUEST_TIMEOUT_MS = 20_000
SERVICE_SUBJECT = "laurel"
SERVICE_TOKEN_S = 300


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


@dataclass(frozen=True, slots=True)
class Livestream:
    """The acts of the livestream domain that live as long as the process."""

    signals: Signals
    follow_ups: FollowUps
    sessions: Sessions
    channels: Channels
    pusher: PusherClient
    push: PushNotifications
    feeds: Feeds


@dataclass(frozen=True, slots=True)
class Resources:
    """What a process has open. `pings` asks each dependency whether it is there."""

    settings: Settings
    times: RolloverTimes
    ranks: RankIndex
    jobs: Jobs
    queue: ArqRedis
    game: Game
    livestream: Livestream
    pings: Mapping[str, Callable[[], Awaitable[Any]]]


@asynccontextmanager
async def open_resources(
    settings: Settings, *, command_timeout_ms: int | None = REQUEST_TIMEOUT_MS
) -> AsyncIterator[Resources]:
    """Everything open and the schema in place; on exit what was submitted is finished, then all closed.

    `command_timeout_ms`: how long MongoDB may take for one command; None, where rollovers are carried on,
    for as long as the connection holds. MongoDB must answer. Redis may be away: rankings then come from
    MongoDB until it is back.
    """
    async with AsyncExitStack() as stack:
        mongodb = _open_mongodb(settings, command_timeout_ms)
        stack.callback(mongodb.close)
        database = mongodb[settings.mongodb_database]
        await init_beanie(database, document_models=list(ALL_DOCUMENTS), skip_indexes=True)
        await ensure_schema(database, ALL_DOCUMENTS)
        redis = open_redis(settings.redis_url)
        stack.push_async_callback(redis.aclose)
        queue = _open_queue(settings)
        stack.push_async_callback(queue.aclose, close_connection_pool=True)
        http = await stack.enter_async_context(open_http())
        ranks = RankIndex(redis)
        jobs = Jobs(queue)
        guilds = GuildClient(settings.guild_url, http, service_token=lambda: _service_token(settings))
        mailbox = MailboxClient(settings.mailbox_url, http, service_token=lambda: _service_token(settings))
        pusher = PusherClient(settings.pusher_url, http)
        channels = await stack.enter_async_context(_open_channels(settings, pusher, jobs))
        push = PushNotifications(
            FcmClient(settings.fcm_url, _service_account(settings), http), jobs.send_pushes
        )
        game = await stack.enter_async_context(_open_game(settings, ranks, jobs, guilds, mailbox))
        yield Resources(
            settings=settings,
            times=rollover_times(settings),
            ranks=ranks,
            jobs=jobs,
            queue=queue,
            game=game,
            livestream=_open_livestream(settings, jobs, channels, pusher, push),
            pings={"mongodb": lambda: database.command("ping"), "redis": lambda: _ping(redis)},
        )


@asynccontextmanager
async def _open_game(
    settings: Settings, ranks: RankIndex, jobs: Jobs, guilds: GuildClient, mailbox: MailboxClient
) -> AsyncIterator[Game]:
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


@asynccontextmanager
async def _open_channels(settings: Settings, pusher: PusherClient, jobs: Jobs) -> AsyncIterator[Channels]:
    redis = open_streams(settings.redis_url)
    recent = RecentEvents(redis)
    channels = Channels(Streams(recent, Remembered(redis), Fanout(redis, recent)), pusher, jobs)
    try:
        yield channels
    finally:
        await channels.aclose()
        await redis.aclose()


def _service_account(settings: Settings) -> ServiceAccount | None:
    key_file = settings.fcm_credentials
    return None if key_file is None else service_account(key_file.read_bytes())


def _open_livestream(
    settings: Settings, jobs: Jobs, channels: Channels, pusher: PusherClient, push: PushNotifications
) -> Livestream:
    signals = Signals()
    follow_ups = FollowUps(signals)
    feeds = Feeds(_feed_rules(settings), TrendingCreators(), signals)
    Receivers(follow_ups, jobs, channels, push, feeds).connect(signals)
    FeedAnnouncements(channels).connect(signals)
    return Livestream(
        signals=signals,
        follow_ups=follow_ups,
        sessions=Sessions(follow_ups, jobs, price_sd=settings.session_price_sd),
        channels=channels,
        pusher=pusher,
        push=push,
        feeds=feeds,
    )


def _feed_rules(settings: Settings) -> FeedRules:
    return FeedRules(
        groupings=Groupings(read_regions(settings.feed_groupings)),
        debounce=timedelta(seconds=settings.feed_debounce_seconds),
        excluded_tags=tuple(tag for tag in settings.feed_exclude_tags.split(",") if tag),
    )


def rollover_times(settings: Settings) -> RolloverTimes:
    """When within its period a leaderboard rolls over."""
    return RolloverTimes(
        hourly_minute=settings.hourly_rollover_minute,
        time_of_day=settings.rollover_time,
        weekly_day=settings.weekly_rollover_day,
        monthly_day=settings.monthly_rollover_day,
    )


def _open_mongodb(settings: Settings, command_timeout_ms: int | None) -> AsyncIOMotorClient[dict[str, Any]]:
    return AsyncIOMotorClient(
        settings.mongodb_uri,
        w="majority",
        journal=True,
        retryWrites=True,
        retryReads=True,
        tz_aware=True,
        serverSelectionTimeoutMS=SELECTION_MS,
        connectTimeoutMS=1_000,
        heartbeatFrequencyMS=1_000,
        socketTimeoutMS=command_timeout_ms,
        waitQueueTimeoutMS=SELECTION_MS,
        maxPoolSize=50,
    )


def _open_queue(settings: Settings) -> ArqRedis:
    # Built without connecting: a process starts and takes scores while Redis is away.
    pool = BlockingConnectionPool.from_url(
        settings.redis_url, max_connections=10, timeout=1, socket_connect_timeout=0.5, socket_timeout=2
    )
    return ArqRedis(
        pool, job_serializer=serialize_job, job_deserializer=deserialize_job, default_queue_name=QUEUE
    )


async def _ping(redis: "Redis") -> None:
    await redis.ping()


def _service_token(settings: Settings) -> str | None:
    """The token Laurel shows to other services: the configured one, or one signed with its own secret."""
    if settings.service_token is not None:
        return settings.service_token.get_secret_value()
    if settings.jwt_secret is None:
        return None
    return sign_token(
        settings.jwt_secret.get_secret_value(),
        subject=SERVICE_SUBJECT,
        role="service",
        audience=settings.jwt_audience,
        ttl_s=SERVICE_TOKEN_S,
    )
