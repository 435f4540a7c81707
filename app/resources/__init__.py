"""The one place that opens and closes what a process works with; each domain is put together beside it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from arq.connections import ArqRedis
from beanie import Document, init_beanie

from app.access.documents import ApiKey
from app.clients.transport import open_http
from app.earnings.documents import DOCUMENTS as EARNINGS_DOCUMENTS
from app.game.documents import DOCUMENTS as GAME_DOCUMENTS
from app.game.ledgers import LEDGERS
from app.jobs import Jobs
from app.kit.periods import RolloverTimes
from app.listening.documents import DOCUMENTS as LISTENING_DOCUMENTS
from app.livestream.documents import DOCUMENTS as LIVESTREAM_DOCUMENTS
from app.livestream.push_documents import PushBatchDocument
from app.ranking.connection import open_redis
from app.ranking.index import RankIndex
from app.resources.connections import open_mongodb, open_queue, ping
from app.resources.earnings import Earnings, open_earnings
from app.resources.game import Game, open_game, rollover_times
from app.resources.listening import Listening, open_listening
from app.resources.livestream import Livestream, open_livestream
from app.resources.xp import Xp, open_xp
from app.schema import ensure_schema
from app.settings import Settings
from app.xp.documents import DOCUMENTS as XP_DOCUMENTS
from app.xp.people_documents import DOCUMENTS as XP_PEOPLE_DOCUMENTS

__all__ = [
    "ALL_DOCUMENTS",
    "Earnings",
    "Game",
    "Listening",
    "Livestream",
    "Resources",
    "Xp",
    "open_resources",
]

ALL_DOCUMENTS: tuple[type[Document], ...] = (
    *GAME_DOCUMENTS,
    *LEDGERS,
    *LIVESTREAM_DOCUMENTS,
    *EARNINGS_DOCUMENTS,
    *LISTENING_DOCUMENTS,
    *XP_DOCUMENTS,
    *XP_PEOPLE_DOCUMENTS,
    PushBatchDocument,
    ApiKey,
)

REQUEST_TIMEOUT_MS = 20_000


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
    xp: Xp
    earnings: Earnings
    listening: Listening
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
        mongodb = open_mongodb(settings, command_timeout_ms)
        stack.callback(mongodb.close)
        database = mongodb[settings.mongodb_database]
        await init_beanie(database, document_models=list(ALL_DOCUMENTS), skip_indexes=True)
        await ensure_schema(database, ALL_DOCUMENTS)
        redis = open_redis(settings.redis_url)
        stack.push_async_callback(redis.aclose)
        queue = open_queue(settings)
        stack.push_async_callback(queue.aclose, close_connection_pool=True)
        http = await stack.enter_async_context(open_http())
        ranks = RankIndex(redis)
        jobs = Jobs(queue)
        livestream = await stack.enter_async_context(open_livestream(settings, jobs, http))
        yield Resources(
            settings=settings,
            times=rollover_times(settings),
            ranks=ranks,
            jobs=jobs,
            queue=queue,
            game=await stack.enter_async_context(open_game(settings, ranks, jobs, http)),
            livestream=livestream,
            xp=await stack.enter_async_context(open_xp(settings, ranks, jobs)),
            earnings=await stack.enter_async_context(open_earnings(settings, livestream)),
            listening=open_listening(settings),
            pings={"mongodb": lambda: database.command("ping"), "redis": lambda: ping(redis)},
        )
