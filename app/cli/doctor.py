"""`laurel doctor`: whether everything this deployment depends on is there and fit for it."""

import asyncio
import re
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from app.cli.output import say, say_json
from app.cli.target import AsJson, DataDir, settings_of
from app.clients.fcm import FcmClient
from app.clients.guild import GuildAway
from app.clients.mailbox import MailboxAway
from app.clients.pusher import PusherClient
from app.clients.transport import fetch, open_http
from app.kit.errors import Unavailable
from app.kit.service_account import service_account
from app.ranking.connection import open_redis
from app.settings import Settings, SettingsError

PATIENCE_MS = 2_000
OLDEST_MONGODB = (6, 0)
OLDEST_REDIS = (6, 2)
MOST_SKEW_S = 1.0
LONGEST_TRANSACTION_S = 10
SERVER_ERROR = 500
GUILD = "guild service"
MAILBOX = "mailbox service"
PUSHER = "pusher server"
FCM = "push messages"
UNWELL = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    ok: bool
    detail: str


def doctor(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check settings, MongoDB, Redis, the other services and the clocks; ends with 1 if anything is wrong."""
    try:
        with settings_of(data_dir) as settings:
            findings = [
                Finding("settings", ok=True, detail=settings.environment),
                *asyncio.run(examine(settings)),
            ]
    except SettingsError as error:
        findings = [Finding("settings", ok=False, detail=str(error))]
    if as_json:
        say_json({"ok": _is_well(findings), "checks": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            say(f"{'ok   ' if finding.ok else 'WRONG'} {finding.check:<15} {finding.detail}")
    if not _is_well(findings):
        sys.exit(UNWELL)


async def examine(settings: Settings) -> list[Finding]:
    """The findings of every check, in a fixed order; a check that fails is a finding too."""
    nested = await asyncio.gather(
        _examined("mongodb", _examine_mongodb, settings),
        _examined("redis", _examine_redis, settings),
        _examined(GUILD, _examine_guild, settings),
        _examined(MAILBOX, _examine_mailbox, settings),
        _examined(PUSHER, _examine_pusher, settings),
        _examined(FCM, _examine_fcm, settings),
    )
    return [finding for findings in nested for finding in findings]


async def _examined(
    check: str, examination: Callable[[Settings], Awaitable[list[Finding]]], settings: Settings
) -> list[Finding]:
    try:
        return await examination(settings)
    except Exception as error:  # noqa: BLE001 # whatever keeps a check from its answer is its answer
        # Drivers go on about their whole topology; the first clause says what is wrong.
        reason = re.split(r",| \(", str(error), maxsplit=1)[0]
        return [Finding(check, ok=False, detail=reason or type(error).__name__)]


async def _examine_mongodb(settings: Settings) -> list[Finding]:
    return await asyncio.to_thread(_ask_mongodb, settings.mongodb_uri)


def _ask_mongodb(uri: str) -> list[Finding]:
    client: MongoClient[dict[str, Any]] = MongoClient(
        uri, serverSelectionTimeoutMS=PATIENCE_MS, tz_aware=True
    )
    with client:
        client.admin.command("ping")  # so that connecting does not count as the clock's difference
        asked = time.time()
        hello = client.admin.command("hello")
        answered = time.time()
        version = client.admin.command("buildInfo")["version"]
        limit = _transaction_limit(client)
    kind = f"replica set {hello['setName']}" if "setName" in hello else str(hello.get("msg", ""))
    kind = "sharded cluster" if kind == "isdbgrid" else kind
    return [
        _version_finding("mongodb", version, OLDEST_MONGODB),
        Finding("mongodb kind", ok=bool(kind), detail=kind or "standalone: transactions need a replica set"),
        *limit,
        _skew("mongodb clock", asked, answered, hello["localTime"].timestamp()),
    ]


def _transaction_limit(client: MongoClient[dict[str, Any]]) -> list[Finding]:
    """How long a killed process can keep newcomers out of a shard; nothing if MongoDB does not tell."""
    try:
        answer = client.admin.command({"getParameter": 1, "transactionLifetimeLimitSeconds": 1})
    except OperationFailure:
        return []
    limit_s = answer["transactionLifetimeLimitSeconds"]
    advice = "" if limit_s <= LONGEST_TRANSACTION_S else f": set it to {LONGEST_TRANSACTION_S} or less"
    return [
        Finding("mongodb txns", ok=not advice, detail=f"transactionLifetimeLimitSeconds {limit_s}{advice}")
    ]


async def _examine_redis(settings: Settings) -> list[Finding]:
    async with asyncio.timeout(PATIENCE_MS / 1000), open_redis(settings.redis_url) as redis:
        found: dict[str, Any] = await redis.info()
        asked = time.time()
        seconds, micros = await redis.time()
        answered = time.time()
    policy = found.get("maxmemory_policy", "unknown")
    return [
        _version_finding("redis", found["redis_version"], OLDEST_REDIS),
        # With any other policy Redis drops jobs and parts of boards when memory is short.
        Finding("redis eviction", ok=policy == "noeviction", detail=policy),
        _skew("redis clock", asked, answered, seconds + micros / 1e6),
    ]


async def _examine_guild(settings: Settings) -> list[Finding]:
    if settings.guild_url is None:
        return [Finding(GUILD, ok=True, detail="none configured: guild shards answer 503")]
    return [await _asked(GUILD, f"{settings.guild_url}/guild", GuildAway)]


async def _examine_mailbox(settings: Settings) -> list[Finding]:
    if settings.mailbox_url is None:
        return [Finding(MAILBOX, ok=True, detail="none configured: rewards stay owed")]
    return [await _asked(MAILBOX, f"{settings.mailbox_url}/mail", MailboxAway)]


async def _examine_pusher(settings: Settings) -> list[Finding]:
    if settings.pusher_url is None:
        return [Finding(PUSHER, ok=True, detail="none configured: events are heard from Laurel alone")]
    async with open_http() as http:
        await PusherClient(settings.pusher_url, http).examine()
    return [Finding(PUSHER, ok=True, detail="it knows this key and secret")]


async def _examine_fcm(settings: Settings) -> list[Finding]:
    if settings.fcm_credentials is None:
        return [Finding(FCM, ok=True, detail="none configured: nobody gets push messages")]
    account = service_account(settings.fcm_credentials.read_bytes())
    async with open_http() as http:
        await FcmClient(settings.fcm_url, account, http).examine()
    return [Finding(FCM, ok=True, detail=f"project {account.project_id} gives tokens to this account")]


async def _asked(check: str, url: str, away: type[Unavailable]) -> Finding:
    async with open_http() as http:
        # Any answer shows that it is there; this token opens nothing.
        answer = await fetch(http, url, token="doctor", away=away)  # noqa: S106
    return Finding(check, ok=answer.status < SERVER_ERROR, detail=f"{url} answers {answer.status}")


def _version_finding(check: str, version: str, oldest: tuple[int, int]) -> Finding:
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    wanted = ".".join(map(str, oldest))
    fits = numbers >= oldest
    return Finding(check, ok=fits, detail=version if fits else f"{version} is older than {wanted}")


def _skew(check: str, asked: float, answered: float, theirs: float) -> Finding:
    """How far another clock is from this one, beyond what the question's own duration explains."""
    skew = max(asked - theirs, theirs - answered, 0.0)
    return Finding(check, ok=skew <= MOST_SKEW_S, detail=f"{skew:.3f} s apart")


def _is_well(findings: list[Finding]) -> bool:
    return all(finding.ok for finding in findings)
