"""Requests to the game that no client should send, each with the status that refuses it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from bad_requests import NO_ACCOUNTS, Bad
from definition_builders import a_definition, a_reward, a_tier_rule, with_reward, with_rule
from game_world import BOARD, Json, a_board, account

ENTERED = 1


# Scores

NO_SCORES: dict[str, str] = {
    "null": "null",
    "true": "true",
    "text": '"5"',
    "Arabic digits": '"\\u0663"',
    "a float": "5.0",
    "an exponent": "1e3",
    "too much": str(2**31 + 1),
    "too little": str(-(2**31) - 1),
    "2^63": str(2**63),
    "a list": "[5]",
    "an operator": '{"$inc": 5}',
}

NO_IDS: dict[str, Any] = {
    "empty": "",
    "65 characters": "a" * 65,
    "a comma": "a,b",
    "a space": "a b",
    "a null byte": "a\0",
    "zero-width": "are\u200bna",
    "look-alike letters": "\u0430rena",
    "an operator": {"$ne": None},
    "a number": 5,
    "null": None,
    "a leading dot": ".arena",
    "a line's end": "arena\n",
}


def bad_scores() -> Iterator[Bad]:
    """Bodies of a score that mean nothing."""
    yield Bad("score missing", "PATCH", "score", {"leaderboardId": BOARD})
    for name, text in NO_SCORES.items():
        body = f'{{"score": {text}, "leaderboardId": "{BOARD}"}}'.encode()
        yield Bad(f"score {name}", "PATCH", "score", body)
    yield Bad("leaderboardId missing", "PATCH", "score", {"score": 5})
    for name, leaderboard_id in NO_IDS.items():
        yield Bad(f"leaderboardId {name}", "PATCH", "score", {"score": 5, "leaderboardId": leaderboard_id})
    for name, guild_id in NO_ACCOUNTS.items():
        guild_score = {"score": 5, "leaderboardId": BOARD, "guildId": guild_id}
        yield Bad(f"guildId {name}", "PATCH", "score", guild_score)
    yield Bad("unknown leaderboard", "PATCH", "score", {"score": 5, "leaderboardId": "nope"}, 404)
    yield Bad("a list for a body", "PATCH", "score", [5])
    yield Bad("a text for a body", "PATCH", "score", "5")
    for name, account_id in NO_ACCOUNTS.items():
        other_score = {"score": 5, "leaderboardId": BOARD, "accountId": account_id}
        yield Bad(f"accountId {name}", "PATCH", "score", other_score, role="service")


def bad_json() -> Iterator[Bad]:
    """Bodies that are no JSON, and bodies that nobody has to read."""
    score = json.dumps({"score": 5, "leaderboardId": BOARD})
    broken: dict[str, bytes] = {
        "empty": b"",
        "truncated": score[:-1].encode(),
        "trailing text": score.encode() + b" x",
        "a key twice": f'{{"score": 1, "score": 5, "leaderboardId": "{BOARD}"}}'.encode(),
        "33 levels": b"[" * 33 + b"]" * 33,
        "10,000 brackets": b"[" * 10_000,
        "invalid UTF-8": b'{"score": 5, "leaderboardId": "\xff"}',
        "a byte order mark": b"\xef\xbb\xbf" + score.encode(),
        "a lone surrogate": b'{"score": 5, "leaderboardId": "\\ud800"}',
        "NaN": f'{{"score": NaN, "leaderboardId": "{BOARD}"}}'.encode(),
        "5,000 digits": f'{{"score": {"9" * 5_000}, "leaderboardId": "{BOARD}"}}'.encode(),
    }
    for name, body in broken.items():
        yield Bad(f"JSON {name}", "PATCH", "score", body, 400)
    yield Bad(
        "no JSON type", "PATCH", "score", score.encode(), 415, headers=(("content-type", "text/plain"),)
    )
    yield Bad("gzip", "PATCH", "score", b"\x1f\x8b", 415, headers=(("content-encoding", "gzip"),))
    yield Bad("too large", "PATCH", "score", b" " * (16 * 1024 + 1), 413)


# Rankings and notifications

NO_LISTS: dict[str, str] = {
    "missing": "",
    "empty": "leaderboardId=",
    "an empty one": f"leaderboardId={BOARD},,b",
    "26 ids": "leaderboardId=" + ",".join(f"b{number}" for number in range(26)),
    "given twice": f"leaderboardId={BOARD}&leaderboardId=b",
    "one twice": f"leaderboardId={BOARD},{BOARD}",
    "an operator": "leaderboardId[$ne]=x",
    "a null byte": "leaderboardId=%00",
    "no UTF-8": "leaderboardId=%ff",
    "a space": "leaderboardId=a%20b",
}


def bad_reads() -> Iterator[Bad]:
    """Queries that mean nothing."""
    for name, query in NO_LISTS.items():
        yield Bad(f"rankings {name}", "GET", f"rankings?{query}")
    for name, query in NO_LISTS.items():
        if name != "an empty one":
            yield Bad(f"notification {name}", "DELETE", f"notification?{query}")
    for name, account_id in NO_ACCOUNTS.items():
        query = urlencode({"leaderboardId": BOARD, "guildId": account_id})
        yield Bad(f"rankings guildId {name}", "GET", f"rankings?{query}")
        query = urlencode({"leaderboardId": BOARD, "accountId": account_id})
        yield Bad(f"rankings accountId {name}", "GET", f"rankings?{query}", role="service")
    yield Bad("unknown rankings", "GET", "rankings?leaderboardId=nope", status=404)
    yield Bad("unknown notification", "DELETE", "notification?leaderboardId=nope", status=404)
    other = urlencode({"leaderboardId": BOARD, "accountId": account(2)})
    yield Bad("somebody else's rankings", "GET", f"rankings?{other}", status=403)
    yield Bad("somebody else's notification", "DELETE", f"notification?{other}", status=403)
    yield Bad("enrollments of no id", "GET", "enrollments?leaderboardIds=a,,b")


NO_COUNTS = ("", "0", "-1", "51", "1.5", "1000000000", "x", "1e1", "%D9%A3", "true")


def bad_archives() -> Iterator[Bad]:
    """Questions about archives that mean nothing."""
    for name, query in NO_LISTS.items():
        yield Bad(f"archive {name}", "GET", f"archive?{query}")
    for count in NO_COUNTS:
        yield Bad(f"archive count {count}", "GET", f"archive?leaderboardId={BOARD}&count={count}")
    yield Bad("archive count twice", "GET", f"archive?leaderboardId={BOARD}&count=1&count=2")
    for name, account_id in NO_ACCOUNTS.items():
        query = urlencode({"leaderboardId": BOARD, "accountId": account_id})
        yield Bad(f"archive accountId {name}", "GET", f"archive?{query}", role="service")
        path = f"admin/archive?{urlencode({'id': account_id})}"
        yield Bad(f"admin archive {name}", "GET", path, role="admin")
    other = urlencode({"leaderboardId": BOARD, "accountId": account(2)})
    yield Bad("somebody else's archive", "GET", f"archive?{other}", status=403)
    yield Bad("unknown archive", "GET", "archive?leaderboardId=nope", status=404)
    yield Bad("archive of nobody", "GET", f"archive?leaderboardId={BOARD}", role="service")
    yield Bad("admin archive missing", "GET", "admin/archive", role="admin")
    yield Bad("admin archive operator", "GET", "admin/archive?id[$ne]=x", role="admin")
    yield Bad("admin archive unknown", "GET", f"admin/archive?id={account(7)}", status=404, role="admin")
    for limit in ("0", "-1", "1001", "x", "1.5"):
        path = f"admin/archive?id={account(7)}&limit={limit}"
        yield Bad(f"admin archive limit {limit}", "GET", path, role="admin")


# Administration


def bad_definitions() -> Iterator[tuple[str, Json]]:
    """Updates of which nothing may be applied."""
    new = a_board("new")
    yield "two of one id", {"leaderboards": [new, new]}
    yield "one id both ways", {"leaderboards": [new], "leaderboard": new}
    yield "an id deleted twice", {"idsToDelete": [BOARD, BOARD]}
    yield "an id to delete that is none", {"idsToDelete": ["a b"]}
    yield "101 boards", {"leaderboards": [a_board(f"b{number}") for number in range(101)]}
    yield "unknown field of an update", {"leaderboards": [new], "mood": "good"}
    wrong: dict[str, Json] = {
        "tierCount 0": a_definition(tierCount=0, tierRules=[]),
        "missing rule": a_definition(tierCount=2, tierRules=[a_tier_rule()]),
        "double rule": a_definition(tierRules=[a_tier_rule(), a_tier_rule()]),
        "promotionRank not above demotionRank": with_rule(promotionRank=5, demotionRank=5),
        "a shard below its promotionRank": with_rule(promotionRank=5, playersPerShard=4),
        "a shard below its demotionRank": with_rule(demotionRank=5, playersPerShard=4),
        "rolloverType 99": a_definition(rolloverType=99),
        "rolloverType weekly": a_definition(rolloverType="weekly"),
        "startTime -1": a_definition(startTime=-1),
        "quantity 0": with_reward(attachments=[{"type": "currency", "rewardId": "coins", "quantity": 0}]),
        "percentile 101": with_reward(minimumPercentile=101),
        "unknown field": a_definition(mood="good"),
        "seasons without rewards": a_definition(rolloversInSeason=4),
        "blank title": a_definition(title=" "),
        "no such time zone": a_definition(timeZone="Mars/Olympus"),
        "a reward without attachments": with_rule(rewards=[a_reward(attachments=[])]),
    }
    for name, definition in wrong.items():
        yield name, {"leaderboards": [new, definition, a_board("newer")], "idsToDelete": [BOARD]}


def bad_administration() -> Iterator[Bad]:
    """Everything else an administrator may get wrong."""
    for name, update in bad_definitions():
        yield Bad(f"update {name}", "POST", "admin/update", update, role="admin")
    yield Bad(
        "update stale",
        "POST",
        "admin/update",
        {"leaderboard": a_board(players=3)},
        412,
        role="admin",
        headers=(("if-match", '"999"'),),
    )
    yield Bad(
        "update no ETag",
        "POST",
        "admin/update",
        {"leaderboard": a_board(players=3)},
        role="admin",
        headers=(("if-match", "*"),),
    )
    set_tier: Json = {"accountId": account(ENTERED), "leaderboardId": BOARD, "tier": 0}
    bodies: dict[str, tuple[str, str, Json]] = {
        "tier too high": ("PATCH", "enrollment", set_tier | {"tier": 3}),
        "tier -1": ("PATCH", "enrollment", set_tier | {"tier": -1}),
        "tier true": ("PATCH", "enrollment", set_tier | {"tier": True}),
        "score -1": ("PATCH", "enrollment", set_tier | {"score": -1}),
        "score 2^53": ("PATCH", "enrollment", set_tier | {"score": 2**53}),
        "account of 23": ("PATCH", "enrollment", set_tier | {"accountId": "a" * 23}),
        "unknown field": ("PATCH", "enrollment", set_tier | {"mood": "good"}),
        "set score -1": ("PATCH", "scores", set_scores(-1)),
        "set score text": ("PATCH", "scores", set_scores("5")),
        "set no scores": ("PATCH", "scores", {"leaderboardId": BOARD, "scores": []}),
        "disqualify no reason": ("POST", "disqualify", {"accountId": account(ENTERED)}),
        "disqualify empty reason": ("POST", "disqualify", {"accountId": account(ENTERED), "reason": ""}),
        "disqualify operator": ("POST", "disqualify", {"accountId": {"$ne": None}, "reason": "cheating"}),
        "mock nobody": ("POST", "mockScores", {"leaderboardId": BOARD, "userCount": 0}),
        "mock 1001": ("POST", "mockScores", {"leaderboardId": BOARD, "userCount": 1001}),
        "mock upside down": (
            "POST",
            "mockScores",
            {"leaderboardId": BOARD, "userCount": 1, "minScore": 9, "maxScore": 5},
        ),
    }
    for name, (method, path, body) in bodies.items():
        yield Bad(f"admin {name}", method, f"admin/{path}", body, role="admin")
    yield Bad("admin reinstate nobody", "DELETE", "admin/disqualify", role="admin")
    for limit in ("0", "-1", "1001", "x", "1.5"):
        path = f"admin/topShard?leaderboardId={BOARD}&limit={limit}"
        yield Bad(f"admin topShard limit {limit}", "GET", path, role="admin")
    yield Bad("admin unknown leaderboard", "GET", "admin/leaderboards/nope", status=404, role="admin")
    yield Bad(
        "admin set in unknown",
        "PATCH",
        "admin/scores",
        set_scores(5) | {"leaderboardId": "nope"},
        404,
        role="admin",
    )
    yield Bad(
        "admin tier of unknown",
        "PATCH",
        "admin/enrollment",
        set_tier | {"leaderboardId": "nope"},
        404,
        role="admin",
    )


def bad_rollovers() -> Iterator[Bad]:
    """Rollovers, and what is set around them, as nobody can mean them."""
    board: Json = {"leaderboardId": BOARD}
    unknown: Json = {"leaderboardId": "nope"}
    bodies: dict[str, tuple[str, str, Json]] = {
        "rollover of no id": ("POST", "rollover", {"leaderboardId": "a b"}),
        "rollover operator": ("POST", "rollover", {"leaderboardId": {"$ne": None}}),
        "rollover unknown field": ("POST", "rollover", {"leaderboard": BOARD}),
        "preview missing": ("POST", "rollover/preview", {}),
        "preview unknown field": ("POST", "rollover/preview", board | {"tier": 0}),
        "season of nothing": ("PATCH", "season", board),
        "season of 0": ("PATCH", "season", board | {"rolloversInSeason": 0}),
        "season of -2": ("PATCH", "season", board | {"rolloversInSeason": -2}),
        "season text": ("PATCH", "season", board | {"rolloversInSeason": "4"}),
        "season true": ("PATCH", "season", board | {"rolloversInSeason": True}),
        "season of 2^53": ("PATCH", "season", board | {"rolloversInSeason": 2**53}),
        "season without rewards": ("PATCH", "season", board | {"rolloversInSeason": 4}),
        "season with 0 left": ("PATCH", "season", board | {"rolloversRemaining": 0}),
        "season with more left than there is": ("PATCH", "season", board | {"rolloversRemaining": 1}),
        "season unknown field": ("PATCH", "season", board | {"rolloversInSeason": -1, "mood": "good"}),
        "startTime missing": ("PATCH", "startTime", board),
        "startTime -1": ("PATCH", "startTime", board | {"startTime": -1}),
        "startTime text": ("PATCH", "startTime", board | {"startTime": "now"}),
        "startTime 1.5": ("PATCH", "startTime", board | {"startTime": 1.5}),
        "startTime 10^18": ("PATCH", "startTime", board | {"startTime": 10**18}),
        "debugRollover missing": ("POST", "debugRollover", {}),
        "debugRollover operator": ("POST", "debugRollover", {"archiveId": {"$ne": None}}),
        "debugRollover unknown field": ("POST", "debugRollover", {"archiveId": account(7), "mood": "good"}),
    }
    for name, (method, path, body) in bodies.items():
        yield Bad(f"admin {name}", method, f"admin/{path}", body, role="admin")
    for name, archive_id in NO_ACCOUNTS.items():
        archived = {"archiveId": archive_id}
        yield Bad(f"admin debugRollover {name}", "POST", "admin/debugRollover", archived, role="admin")
        yield Bad(f"admin rollovers {name}", "GET", f"admin/rollovers/{archive_id}", role="admin")
    yield Bad("admin rollovers of no id", "GET", "admin/rollovers?leaderboardId=a%20b", role="admin")
    missing: dict[str, tuple[str, str, Json | None]] = {
        "rollover of unknown": ("POST", "rollover", unknown),
        "preview of unknown": ("POST", "rollover/preview", unknown),
        "season of unknown": ("PATCH", "season", unknown | {"rolloversInSeason": -1}),
        "startTime of unknown": ("PATCH", "startTime", unknown | {"startTime": 0}),
        "debugRollover of unknown": ("POST", "debugRollover", {"archiveId": account(7)}),
        "unknown rollover": ("GET", f"rollovers/{account(7)}", None),
    }
    for name, (method, path, body_or_none) in missing.items():
        yield Bad(f"admin {name}", method, f"admin/{path}", body_or_none, 404, role="admin")


def set_scores(score: Any) -> Json:
    """Setting one player's score."""
    return {"leaderboardId": BOARD, "scores": [{"accountId": account(ENTERED), "score": score}]}


CASES: Sequence[Bad] = [
    *bad_scores(),
    *bad_json(),
    *bad_reads(),
    *bad_archives(),
    *bad_administration(),
    *bad_rollovers(),
]
