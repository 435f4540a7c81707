from collections.abc import Sequence
from typing import Any

import pytest
from definition_builders import (
    a_definition,
    a_reward,
    a_tier_rule,
    seasonal,
    with_reward,
    with_rule,
    without,
)

from app.game.rules.definitions import read_definition, read_definitions

HIGHEST = 2**53 - 1


def pointers(wire: Sequence[object]) -> list[str | None]:
    return [problem.pointer for problem in read_definitions(wire)[1]]


def with_attachment(**overrides: Any) -> dict[str, Any]:
    return with_reward(attachments=[{"type": "currency", "rewardId": "coins", "quantity": 1} | overrides])


RULE = "/leaderboards/0/tierRules/0"
REWARD = f"{RULE}/rewards/0"
ATTACHMENT = f"{REWARD}/attachments/0"

INVALID = [
    ("no object", 5, "/leaderboards/0"),
    ("a list for an object", [], "/leaderboards/0"),
    *[
        (f"no {name}", without(a_definition(), name), f"/leaderboards/0/{name}")
        for name in ("leaderboardId", "title", "description", "rolloverType", "tierCount", "tierRules")
    ],
    *[
        (f"id {bad!r}", a_definition(leaderboardId=bad), "/leaderboards/0/leaderboardId")
        for bad in ("", "a,b", "a b", "x" * 65, "a\0", "pvp\u200b", "\u0430rena", "arena\n", 5, {"$ne": None})
    ],
    ("blank title", a_definition(title=" \t"), "/leaderboards/0/title"),
    ("long title", a_definition(title="x" * 201), "/leaderboards/0/title"),
    ("blank description", a_definition(description=""), "/leaderboards/0/description"),
    ("long description", a_definition(description="x" * 2001), "/leaderboards/0/description"),
    *[
        (f"rolloverType {bad!r}", a_definition(rolloverType=bad), "/leaderboards/0/rolloverType")
        for bad in (99, -1, "weekly", "1", True, 1.0, None, [1])
    ],
    *[
        (f"startTime {bad!r}", a_definition(startTime=bad), "/leaderboards/0/startTime")
        for bad in (-1, True, "0", 0.0, 10**14, 10**400)
    ],
    ("startsOn -1", without(a_definition(startsOn=-1), "startTime"), "/leaderboards/0/startsOn"),
    ("both start times", a_definition(startsOn=0), "/leaderboards/0/startsOn"),
    *[
        (
            f"tierCount {bad!r}",
            a_definition(tierRules=[a_tier_rule()], tierCount=bad),
            "/leaderboards/0/tierCount",
        )
        for bad in (0, -1, True, "1", 1.0, 1001, 10**15)
    ],
    *[
        (f"rolloversInSeason {bad!r}", seasonal(rolloversInSeason=bad), "/leaderboards/0/rolloversInSeason")
        for bad in (0, -2, True, "4", 4.0)
    ],
    *[
        (f"timeZone {bad!r}", a_definition(timeZone=bad), "/leaderboards/0/timeZone")
        for bad in (
            "",
            "Mars/Base",
            "../../etc/passwd",
            "/etc/localtime",
            "UTC/",
            "America",
            "zones",
            "a\0",
            1,
        )
    ],
    ("rules no list", a_definition(tierRules={}), "/leaderboards/0/tierRules"),
    ("rule no object", a_definition(tierRules=[5]), RULE),
    ("unknown field", a_definition(colour="red"), "/leaderboards/0/colour"),
    ("field in snake case", a_definition(time_zone="UTC"), "/leaderboards/0/time_zone"),
    ("field to escape", a_definition(**{"a~b/c": 1}), "/leaderboards/0/a~0b~1c"),
    ("field with a long name", a_definition(**{"x" * 65: 1}), "/leaderboards/0"),
    ("missing rule", a_definition(tierCount=2, tierRules=[a_tier_rule()]), "/leaderboards/0/tierRules"),
    ("no rule", a_definition(tierRules=[]), "/leaderboards/0/tierRules"),
    (
        "double rule",
        a_definition(tierRules=[a_tier_rule(), a_tier_rule()]),
        "/leaderboards/0/tierRules/1/tier",
    ),
    (
        "rule above the top",
        a_definition(tierRules=[a_tier_rule(), a_tier_rule(1)]),
        "/leaderboards/0/tierRules/1/tier",
    ),
    ("tier -1", with_rule(tier=-1), f"{RULE}/tier"),
    ("tier true", with_rule(tier=True), f"{RULE}/tier"),
    ("promotion at demotion", with_rule(promotionRank=5, demotionRank=5), f"{RULE}/promotionRank"),
    ("promotion below demotion", with_rule(promotionRank=6, demotionRank=5), f"{RULE}/promotionRank"),
    ("cap below promotion", with_rule(promotionRank=5, playersPerShard=4), f"{RULE}/playersPerShard"),
    ("cap below demotion", with_rule(demotionRank=9, playersPerShard=8), f"{RULE}/playersPerShard"),
    *[
        (f"{name} {bad!r}", with_rule(**{name: bad}), f"{RULE}/{name}")
        for name in ("promotionRank", "demotionRank", "playersPerShard")
        for bad in (True, "5", 5.0, HIGHEST + 1, 10**400, [5])
    ],
    *[
        (f"{name} {bad!r}", with_rule(**{name: bad}), f"{RULE}/{name}")
        for name in ("promotionPercentage", "demotionPercentage")
        for bad in (-1, 101, True, "5", float("nan"), float("inf"), 10**400)
    ],
    ("season raises", with_rule(maxTierOnSeasonEnd=1), f"{RULE}/maxTierOnSeasonEnd"),
    ("season below all", with_rule(maxTierOnSeasonEnd=-1), f"{RULE}/maxTierOnSeasonEnd"),
    ("default below all", a_definition(maxTierOnSeasonEnd=-1), "/leaderboards/0/maxTierOnSeasonEnd"),
    ("no seasonal reward", seasonal(tierRules=[a_tier_rule()]), f"{RULE}/seasonalReward"),
    ("unknown field of a rule", with_rule(colour=1), f"{RULE}/colour"),
    ("too many rewards", with_rule(rewards=[a_reward()] * 201), f"{RULE}/rewards"),
    *[
        (f"no {name}", with_rule(rewards=[without(a_reward(), name)]), f"{REWARD}/{name}")
        for name in ("subject", "body", "attachments")
    ],
    ("blank subject", with_reward(subject=" "), f"{REWARD}/subject"),
    ("blank capitalised body", with_rule(rewards=[without(a_reward(Body=" "), "body")]), f"{REWARD}/Body"),
    ("subject twice", with_reward(Subject="again"), f"{REWARD}/Subject"),
    ("no attachment", with_reward(attachments=[]), f"{REWARD}/attachments"),
    ("no threshold", with_rule(rewards=[without(a_reward(), "minimumRank")]), REWARD),
    ("thresholds unused", with_reward(minimumRank=-1, minimumPercentile=-1), REWARD),
    *[
        (f"minimumRank {bad!r}", with_reward(minimumRank=bad), f"{REWARD}/minimumRank")
        for bad in (0, -2, True, "1", 1.0, HIGHEST + 1)
    ],
    *[
        (f"minimumPercentile {bad!r}", with_reward(minimumPercentile=bad), f"{REWARD}/minimumPercentile")
        for bad in (101, 100.5, -0.5, -2, True, "1", float("nan"))
    ],
    ("guildReward 1", with_reward(guildReward=1), f"{REWARD}/guildReward"),
    ("expiration -1", with_reward(expiration=-1), f"{REWARD}/expiration"),
    *[
        (
            f"no {name}",
            with_reward(attachments=[without(a_reward()["attachments"][0], name)]),
            f"{ATTACHMENT}/{name}",
        )
        for name in ("type", "rewardId", "quantity")
    ],
    ("blank type", with_attachment(type=""), f"{ATTACHMENT}/type"),
    *[
        (f"quantity {bad!r}", with_attachment(quantity=bad), f"{ATTACHMENT}/quantity")
        for bad in (0, -1, True, "1", 1.0, HIGHEST + 1)
    ],
]


@pytest.mark.parametrize(("wire", "pointer"), [row[1:] for row in INVALID], ids=[row[0] for row in INVALID])
def test_each_fault_is_found_once_where_it_is(wire: object, pointer: str) -> None:
    assert pointers([wire]) == [pointer]


def test_two_definitions_of_one_id_are_refused_at_the_second() -> None:
    wire = [a_definition(), a_definition(leaderboardId="other"), a_definition()]

    assert pointers(wire) == ["/leaderboards/2/leaderboardId"]


def test_a_thousand_boards_are_too_many_for_one_request() -> None:
    wire = [a_definition(leaderboardId=f"board{number}") for number in range(1000)]

    assert pointers(wire) == ["/leaderboards"]


def test_a_hundred_boards_are_not() -> None:
    definitions, problems = read_definitions([a_definition(leaderboardId=f"b{n}") for n in range(100)])

    assert (len(definitions), problems) == (100, [])


def test_all_faults_of_all_definitions_come_at_once() -> None:
    first = a_definition(
        title="",
        rolloversInSeason=4,
        tierCount=3,
        tierRules=[
            a_tier_rule(promotionRank=7, demotionRank=3, rewards=[{"Subject": "", "minimumRank": 1}]),
            a_tier_rule(0, seasonalReward=a_reward()),
        ],
    )
    second = a_definition(leaderboardId="other")
    third = a_definition(leaderboardId="other", rolloverType=99)

    assert set(pointers([first, second, third])) == {
        "/leaderboards/0/title",
        "/leaderboards/0/tierRules/0/promotionRank",
        "/leaderboards/0/tierRules/0/rewards/0/Subject",
        "/leaderboards/0/tierRules/0/rewards/0/body",
        "/leaderboards/0/tierRules/0/rewards/0/attachments",
        "/leaderboards/0/tierRules/0/seasonalReward",
        "/leaderboards/0/tierRules/1/tier",
        "/leaderboards/0/tierRules",
        "/leaderboards/2/rolloverType",
        "/leaderboards/2/leaderboardId",
    }


def test_a_tier_that_cannot_be_read_is_not_reported_as_missing() -> None:
    wire = a_definition(tierCount=2, tierRules=[a_tier_rule(), a_tier_rule("one")])  # type: ignore[arg-type]

    assert pointers([wire]) == ["/leaderboards/0/tierRules/1/tier"]


def test_no_message_repeats_what_was_sent() -> None:
    secret = "hunter2"
    wire = a_definition(
        leaderboardId=f"{secret},",
        title=[secret],
        rolloverType=secret,
        startTime=secret,
        timeZone=secret,
        tierRules=[
            a_tier_rule(promotionRank=secret, rewards=[a_reward(guildReward=secret, attachments=secret)])
        ],
    )

    problems = read_definitions([wire])[1]

    assert len(problems) == 8
    assert not any(secret in problem.detail for problem in problems)


def test_problems_of_a_single_definition_point_below_the_given_place() -> None:
    _, problems = read_definition(a_definition(title=""), pointer="/leaderboard")

    assert [problem.pointer for problem in problems] == ["/leaderboard/title"]
