"""The demo world: who plays, in which guild, with what scores. Pure, and the same every time."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

PLAYERS = 2_000
GUILDS = 40
MEMBERS = PLAYERS // GUILDS

GLOBAL = "demo_global"
TIERS = "demo_tiers"
GUILD_BOARD = "demo_guilds"
LEADERBOARD_IDS = (GLOBAL, TIERS, GUILD_BOARD)

_DAILY = 1
_ADJECTIVES = ("Amber", "Bold", "Crimson", "Daring", "Emerald", "Frozen", "Golden", "Hidden")
_PEOPLE = ("Ada", "Bo", "Cleo", "Dov", "Esra", "Finn", "Gwen", "Hugo", "Ida", "Juno")
_TITLES = ("the Bold", "of the Reed", "Ironside", "Quickstep", "Evenfall")
_ANIMALS = ("Badgers", "Cranes", "Foxes", "Herons", "Lynxes")


@dataclass(frozen=True, slots=True)
class Guild:
    """A guild of the demo world."""

    id: str
    name: str
    members: tuple[str, ...]


@cache
def players() -> tuple[str, ...]:
    """The account ids; the first is the one the printed examples speak for."""
    return tuple(id_of("player", number) for number in range(PLAYERS))


def usernames() -> Iterator[tuple[str, str]]:
    """What the first players are called: they share a shard with the one whom the examples speak for."""
    names = [f"{person} {title}" for title in _TITLES for person in _PEOPLE]
    return zip(players(), names, strict=False)


@cache
def guilds() -> tuple[Guild, ...]:
    """Every player is in one guild."""
    names = [f"{adjective} {animal}" for adjective in _ADJECTIVES for animal in _ANIMALS]
    return tuple(
        Guild(id_of("guild", number), names[number], players()[number * MEMBERS : (number + 1) * MEMBERS])
        for number in range(GUILDS)
    )


def guild_of(account_id: str) -> Guild | None:
    """The guild of a player; None for who is not of this world."""
    return _guilds_by_member().get(account_id)


def guild_by_id(guild_id: str) -> Guild | None:
    """The guild with this id, if there is one."""
    return next((guild for guild in guilds() if guild.id == guild_id), None)


def definitions() -> list[dict[str, Any]]:
    """Three leaderboards that show what the rules can do, as the admin API takes them."""
    return [
        _definition(GLOBAL, "Everybody, every day", [_rule(0)]),
        _definition(
            TIERS,
            "Bronze, silver, gold",
            [_league(0, demotion=0), _league(1, demotion=40), _league(2, demotion=40)],
        ),
        _definition(
            GUILD_BOARD,
            "Inside the guild",
            [_rule(0, rewards=[_reward("Best of the guild", 50, rank=1) | {"guildReward": True}])],
        ),
    ]


def first_scores() -> Iterator[dict[str, Any]]:
    """One score of each player on each leaderboard; their request ids make sending them twice harmless."""
    rng = random.Random("first scores")
    for leaderboard_id in LEADERBOARD_IDS:
        for number, account_id in enumerate(players()):
            yield _score(leaderboard_id, account_id, _points(rng)) | {
                "requestId": f"first-{leaderboard_id}-{number}"
            }


def some_scores(rng: random.Random, count: int) -> list[dict[str, Any]]:
    """What a few players might score at this moment."""
    return [
        _score(rng.choice(LEADERBOARD_IDS), rng.choice(players()), 1 + _points(rng) // 50)
        for _ in range(count)
    ]


def _score(leaderboard_id: str, account_id: str, points: int) -> dict[str, Any]:
    score: dict[str, Any] = {"leaderboardId": leaderboard_id, "accountId": account_id, "score": points}
    guild = guild_of(account_id)
    if leaderboard_id == GUILD_BOARD and guild is not None:
        score["guildId"] = guild.id
    return score


def _points(rng: random.Random) -> int:
    """Many middling scores and a few enormous ones, as in real games."""
    return int(rng.lognormvariate(mu=7.0, sigma=0.9)) + 1


@cache
def _guilds_by_member() -> dict[str, Guild]:
    return {account_id: guild for guild in guilds() for account_id in guild.members}


def id_of(kind: str, number: int) -> str:
    """The id of somebody or something of this world, always the same."""
    return hashlib.sha256(f"laurel demo {kind} {number}".encode()).hexdigest()[:24]


def _definition(leaderboard_id: str, title: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "leaderboardId": leaderboard_id,
        "title": title,
        "description": f"{title}: a leaderboard of the demo world.",
        "rolloverType": _DAILY,
        "startTime": 0,
        "tierCount": len(rules),
        "tierRules": rules,
    }


def _league(tier: int, *, demotion: int) -> dict[str, Any]:
    prizes = [
        _reward("First of your league", 500 * (tier + 1), rank=1),
        _reward("Top five", 100 * (tier + 1), rank=5),
    ]
    thanks = _reward("Thank you for playing", 10, percentile=50)
    return _rule(tier, playersPerShard=50, promotionRank=5, demotionRank=demotion, rewards=[*prizes, thanks])


def _rule(tier: int, **fields: Any) -> dict[str, Any]:
    return {"tier": tier, "rewards": [], **fields}


def _reward(subject: str, gems: int, *, rank: int = -1, percentile: int = -1) -> dict[str, Any]:
    return {
        "subject": subject,
        "body": f"{gems} gems for you. Well played!",
        "minimumRank": rank,
        "minimumPercentile": percentile,
        "attachments": [{"type": "currency", "rewardId": "gems", "quantity": gems}],
    }
