"""A board at the end of its cycle, and all that must be left when it has been rolled over, whatever died."""

from collections import Counter
from collections.abc import Iterable

from game_world import GUILD, Json, Store, account
from mailbox_stand_in import MailboxStandIn
from rollover_driver import (
    ACKNOWLEDGED,
    DEMOTED,
    PROMOTED,
    UNCHANGED,
    percentile_rewards,
    rank_rewards,
)

#: By tier. Tier 0 fills two shards of three; the guild has three as well.
SCORES = ({1: 70, 2: 60, 5: 40, 6: 40}, {7: 30, 8: 20, 9: 5}, {10: 9, 11: 8})
#: Whose receipt is only in the entry, who only looked, and who did neither.
KEYED, LOOKING, IDLE = 3, 4, 12
KEYED_SCORE = 50
GUILD_SCORES = {13: 5, 14: 4, 15: 3}
#: 15 has left since.
MEMBERS = {account(13): 1, account(14): 1, account(17): 1}
#: Sent while the board is locked: by a player who is promoted, and by a stranger.
WAITING = {2: 6, 16: 4}
STRANGER = 16

RULES = (
    {
        "promotionRank": 2,
        "playersPerShard": 3,
        "rewards": [
            *rank_rewards(1),
            *percentile_rewards(30),
            *rank_rewards(1, guildReward=True),
            *percentile_rewards(0, guildReward=True),
        ],
    },
    {"promotionRank": 1, "demotionRank": 3, "maxTierOnSeasonEnd": 1, "rewards": rank_rewards(2)},
    {"demotionRank": 2, "maxTierOnSeasonEnd": 1, "rewards": percentile_rewards(0)},
)

PUBLIC = "public"
ONE, TWO, MIDDLE, TOP, OWLS = (0, PUBLIC, 1), (0, PUBLIC, 2), (1, PUBLIC, 1), (2, PUBLIC, 1), (0, GUILD, 1)
#: Rank and score of each player, by the shard's tier, scope and number.
RANKS = {
    ONE: {1: (1, 70), 2: (2, 60), 3: (3, 50)},
    TWO: {4: (3, 0), 5: (1, 40), 6: (1, 40)},
    MIDDLE: {7: (1, 30), 8: (2, 20), 9: (3, 5)},
    TOP: {10: (1, 9), 11: (2, 8)},
    OWLS: {13: (1, 5), 14: (2, 4), 15: (3, 3)},
}
#: The season counts the highest tier, also one reached by this rollover.
WON = {
    1: ["rank 1", "season 1"],
    2: ["percentile 30", "season 1"],
    3: ["season 0"],
    5: ["rank 1", "season 1"],
    6: ["rank 1", "season 1"],
    7: ["rank 2", "season 2"],
    8: ["rank 2", "season 1"],
    9: ["season 1"],
    10: ["percentile 0", "season 2"],
    11: ["percentile 0", "season 2"],
    13: ["rank 1", "season 0"],
    14: ["percentile 0", "season 0"],
    15: ["season 0"],
}
#: Tier, status, highest tier of the new season, and archives. The season's end moves 7 and 10 down again.
RECORDS = {
    1: (1, PROMOTED, -1, [ONE]),
    2: (1, PROMOTED, 1, [ONE]),
    3: (0, UNCHANGED, -1, [ONE]),
    4: (0, UNCHANGED, -1, [TWO]),
    5: (1, PROMOTED, -1, [TWO]),
    6: (1, PROMOTED, -1, [TWO]),
    7: (1, DEMOTED, -1, [MIDDLE]),
    8: (1, UNCHANGED, -1, [MIDDLE]),
    9: (0, DEMOTED, -1, [MIDDLE]),
    10: (1, DEMOTED, -1, [TOP]),
    11: (1, DEMOTED, -1, [TOP]),
    12: (1, DEMOTED, -1, []),
    13: (0, ACKNOWLEDGED, -1, [OWLS]),
    14: (0, ACKNOWLEDGED, -1, [OWLS]),
    15: (0, ACKNOWLEDGED, -1, [OWLS]),
    16: (0, ACKNOWLEDGED, 0, []),
}
#: Tier, score, version, and how many are in the shard.
NEXT_CYCLE = {2: (1, 6, 1, 1), 16: (0, 4, 1, 1)}


def picture(store: Store, mailbox: MailboxStandIn) -> Json:
    """All that a rollover decides, as it is stored and delivered."""
    shards = {shard["_id"]: shard for shard in store["shards"].find()}
    labels = {
        name: (shard["tier"], shard["guild_id"] or PUBLIC, shard["number"]) for name, shard in shards.items()
    }
    entries = list(store["entries"].find())
    grants = list(store["grants"].find())
    (leaderboard,) = store["leaderboards"].find()
    return {
        "cycle": (leaderboard["cycle"]["number"], leaderboard["cycle"]["state"]),
        "remaining": leaderboard["cycle"]["rollovers_remaining"],
        "runs": [(run["cycle"], run["state"], run["step"]) for run in store["rollovers"].find()],
        "archives": {
            labels[name]: (shard["stage"], shard["archive"]["players"], shard["archive"]["members"])
            for name, shard in shards.items()
            if shard["cycle"] == 1
        },
        "ranks": {
            label: {
                _number(entry): (entry["rank"], entry["score"])
                for entry in entries
                if entry["shard_id"] == name and entry["state"] == "sealed"
            }
            for name, label in labels.items()
            if shards[name]["cycle"] == 1
        },
        "next": {
            _number(entry): (
                entry["tier"],
                entry["score"],
                entry["version"],
                shards[entry["shard_id"]]["seats"],
            )
            for entry in entries
            if entry["cycle"] == 2
        },
        "entries": Counter((entry["cycle"], entry["state"]) for entry in entries),
        "won": _won(grants),
        "grants": {(grant["_id"], grant["status"]) for grant in grants},
        "mail": mailbox.mail,
        "records": {
            _number(row): (
                row["tier"],
                row["promotion_status"],
                row["seasonal_max_tier"],
                [labels[archive] for archive in row["archives"]],
            )
            for row in store["enrollments"].find()
        },
        "season ended": {_number(row): row["season_ended"] for row in store["enrollments"].find()},
    }


def expected(run_id: str, shards: Iterable[Json]) -> Json:
    """The same, from the rules as a reader understands them; the ids of run and shards are given."""
    named = {(shard["tier"], shard["guild_id"] or PUBLIC, shard["number"]): shard["_id"] for shard in shards}
    where = {number: label for label, lines in RANKS.items() for number in lines}
    ids = [
        f"{run_id if subject.startswith('season') else named[where[number]]}-{account(number)}"
        for number, subjects in WON.items()
        for subject in subjects
    ]
    return {
        "cycle": (2, "open"),
        "remaining": 1,
        "runs": [(1, "done", "reopen")],
        "archives": {
            label: ("moved", len(lines), sorted(MEMBERS) if label[1] == GUILD else None)
            for label, lines in RANKS.items()
        },
        "ranks": RANKS,
        "next": NEXT_CYCLE,
        "entries": Counter({(1, "sealed"): sum(map(len, RANKS.values())), (2, "open"): len(NEXT_CYCLE)}),
        "won": WON,
        "grants": {(grant_id, "sent") for grant_id in ids},
        "mail": Counter(ids),
        "records": RECORDS,
        "season ended": {number: number != STRANGER for number in RECORDS},
    }


def _won(grants: list[Json]) -> dict[int, list[str]]:
    won: dict[int, list[str]] = {}
    for grant in sorted(grants, key=lambda grant: str(grant["message"]["subject"])):
        won.setdefault(_number(grant), []).append(grant["message"]["subject"])
    return dict(sorted(won.items()))


def _number(row: Json) -> int:
    return int(row["account_id"], 16)
