"""Leaderboard definitions as administrators post them, valid unless a test says otherwise."""

from typing import Any


def a_definition(**overrides: Any) -> dict[str, Any]:
    """A daily board; without `tierRules`, each of its `tierCount` tiers gets a plain rule."""
    tiers = overrides.get("tierCount", 1)
    rules = [a_tier_rule(tier) for tier in range(tiers)] if "tierRules" not in overrides else []
    return {
        "leaderboardId": "arena",
        "title": "Arena",
        "description": "Win battles.",
        "rolloverType": 1,
        "startTime": 0,
        "tierCount": tiers,
        "tierRules": rules,
    } | overrides


def a_tier_rule(tier: int = 0, **overrides: Any) -> dict[str, Any]:
    """A rule that moves nobody, rewards nobody and has no limit."""
    return {"tier": tier, "rewards": []} | overrides


def a_reward(**overrides: Any) -> dict[str, Any]:
    """A hundred coins for the first place."""
    return {
        "subject": "Well played",
        "body": "Here is your reward.",
        "minimumRank": 1,
        "attachments": [{"type": "currency", "rewardId": "coins", "quantity": 100}],
    } | overrides


def board_b(leaderboard_id: str) -> dict[str, Any]:
    """Three tiers of shards of fifty: five go up, from the fortieth on they go down."""
    return a_definition(
        leaderboardId=leaderboard_id,
        tierRules=[
            a_tier_rule(0, promotionRank=5, playersPerShard=50),
            a_tier_rule(1, promotionRank=5, demotionRank=40, playersPerShard=50),
            a_tier_rule(2, promotionRank=5, demotionRank=40, playersPerShard=50),
        ],
        tierCount=3,
    )


def seasonal(**overrides: Any) -> dict[str, Any]:
    """A board with one tier and seasons of four rollovers."""
    return (
        a_definition(rolloversInSeason=4, tierRules=[a_tier_rule(seasonalReward=a_reward(minimumRank=-1))])
        | overrides
    )


def with_rule(**overrides: Any) -> dict[str, Any]:
    """A board whose only rule says this."""
    return a_definition(tierRules=[a_tier_rule(**overrides)])


def with_reward(**overrides: Any) -> dict[str, Any]:
    """A board whose only reward says this."""
    return with_rule(rewards=[a_reward(**overrides)])


def without(wire: dict[str, Any], name: str) -> dict[str, Any]:
    """The same without one field."""
    return {key: value for key, value in wire.items() if key != name}
