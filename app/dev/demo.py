"""The demo world brought into a running service through its public API, and kept moving."""

import asyncio
import random
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from app.dev import world
from app.kit.tokens import sign_token

SCORES_A_REQUEST = 250
ANSWER_WITHIN_S = 30.0
ATTEMPTS = 20
PAUSE_S = 0.5
SCORES_A_SECOND = 3
TOKEN_S = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs the tokens of the demo world's callers."""

    secret: str
    audience: str

    def token(self, subject: str, role: str) -> str:
        """A token that is good for a day."""
        return sign_token(self.secret, subject=subject, role=role, audience=self.audience, ttl_s=TOKEN_S)

    def headers(self, subject: str, role: str) -> dict[str, str]:
        """The header that carries such a token."""
        return {"Authorization": f"Bearer {self.token(subject, role)}"}


class DemoFailed(Exception):
    """The service did not take the demo world; the text is one line."""


async def seed(base_url: str, signer: Signer) -> None:
    """Bring leaderboards and first scores in; doing it again, or half of it, changes nothing more."""
    async with httpx.AsyncClient(base_url=base_url, timeout=ANSWER_WITHIN_S, trust_env=False) as api:
        admin = signer.headers("demo", "admin")
        await send(api, "POST", "/leaderboard/admin/update", {"leaderboards": world.definitions()}, admin)
        service = signer.headers("demo", "service")
        for account_id, username in world.usernames():
            await send(api, "PUT", f"/users/{account_id}", {"username": username}, service)
        scores = list(world.first_scores())
        for start in range(0, len(scores), SCORES_A_REQUEST):
            await _send_scores(api, scores[start : start + SCORES_A_REQUEST], service)


async def play(base_url: str, signer: Signer) -> None:
    """A few scores a second, for ever; what fails is left out."""
    rng = random.Random()
    async with httpx.AsyncClient(base_url=base_url, timeout=ANSWER_WITHIN_S, trust_env=False) as api:
        while True:
            await asyncio.sleep(1)
            body = {"scores": world.some_scores(rng, SCORES_A_SECOND)}
            try:
                await api.patch("/leaderboard/scores", json=body, headers=signer.headers("demo", "service"))
            except httpx.HTTPError:
                continue


def examples(base_url: str, signer: Signer, *, mailbox_url: str | None) -> Iterator[tuple[str, str]]:
    """What to try: a title and a command to paste into a shell, its token good for a day.

    The mailbox is the stand-in's, whose mail anybody may read.
    """
    account_id = world.players()[0]
    player, service, admin = (signer.headers(account_id, role) for role in ("player", "service", "admin"))
    one = {"leaderboardId": world.GLOBAL, "score": 55}
    many = {"scores": [{**one, "accountId": account} for account in world.players()[:2]]}
    boards = f"{base_url}/leaderboard"
    yield (
        "a player's rankings",
        curl(f"{boards}/rankings?leaderboardId={world.GLOBAL},{world.TIERS}", player),
    )
    yield (
        "a score, and where it puts the player",
        curl(f"{boards}/score", {**player, "Prefer": "return=representation"}, "PATCH", one),
    )
    yield "scores of several players at once", curl(f"{boards}/scores", service, "PATCH", many)
    yield "every leaderboard, as an admin", curl(f"{boards}/admin/list", admin)
    yield (
        "the end of a cycle, now",
        curl(f"{boards}/admin/rollover", admin, "POST", {"leaderboardId": world.TIERS}),
    )
    if mailbox_url is not None:
        yield "the mail of a player who wins", curl(f"{mailbox_url}/mail?accountId={_best_player()}", {})


def _best_player() -> str:
    """Whose first score in the tiers is the highest."""
    scores = (score for score in world.first_scores() if score["leaderboardId"] == world.TIERS)
    best: str = max(scores, key=lambda score: int(score["score"]))["accountId"]
    return best


async def _send_scores(api: httpx.AsyncClient, scores: list[dict[str, Any]], headers: dict[str, str]) -> None:
    for _ in range(ATTEMPTS):
        answer = (await send(api, "PATCH", "/leaderboard/scores", {"scores": scores}, headers)).json()
        if not answer["failed"]:
            return
        # Each score succeeds or fails by itself, and those that were taken are not taken again.
        await asyncio.sleep(PAUSE_S)
    raise DemoFailed(f"{answer['failed']} of the first scores were refused")


async def send(
    api: httpx.AsyncClient, method: str, path: str, body: Any, headers: dict[str, str]
) -> httpx.Response:
    """The answer to a request that may be repeated, and is while the service cannot take it.

    Raises DemoFailed when it never does.
    """
    trouble = ""
    for _ in range(ATTEMPTS):
        try:
            answer = await api.request(method, path, json=body, headers=headers)
        except httpx.HTTPError as error:
            trouble = type(error).__name__
        else:
            if answer.is_success:
                return answer
            trouble = f"{answer.status_code} {answer.text[:200]}"
            if answer.is_client_error:
                break
        await asyncio.sleep(PAUSE_S)
    raise DemoFailed(f"{method} {path} was not taken: {trouble}")


def curl(
    url: str,
    headers: dict[str, str],
    method: str = "GET",
    body: dict[str, Any] | None = None,
    *,
    options: str = "-s",
) -> str:
    """A request as a command for a shell."""
    words = ["curl", options, *(() if method == "GET" else ("-X", method))]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    if body is not None:
        words += ["-H", "Content-Type: application/json", "-d", orjson.dumps(body).decode()]
    return shlex.join([*words, url])
