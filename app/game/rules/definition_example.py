"""The definition that the API's documentation shows."""

from typing import Any


def _gems(quantity: int) -> list[dict[str, Any]]:
    return [{"type": "currency", "rewardId": "gems", "quantity": quantity}]


EXAMPLE: dict[str, Any] = {
    "leaderboardId": "pvp_weekly",
    "title": "Weekly arena",
    "description": "Win arena battles and climb the leagues.",
    "rolloverType": 2,
    "timeZone": "Europe/Zurich",
    "startTime": 1767225600000,
    "rolloversInSeason": 4,
    "tierCount": 2,
    "tierRules": [
        {
            "tier": 0,
            "promotionRank": 5,
            "playersPerShard": 50,
            "rewards": [
                {
                    "subject": "You won the bronze league",
                    "body": "First of your group this week. Well played!",
                    "minimumRank": 1,
                    "attachments": _gems(500),
                },
                {
                    "subject": "Thank you for playing",
                    "body": "The upper half of every group gets some gems.",
                    "minimumPercentile": 50,
                    "attachments": _gems(50),
                },
            ],
            "seasonalReward": {
                "subject": "Season's end",
                "body": "You reached the bronze league.",
                "attachments": _gems(100),
            },
        },
        {
            "tier": 1,
            "demotionRank": 40,
            "playersPerShard": 50,
            "rewards": [
                {
                    "subject": "You won the silver league",
                    "body": "First of your group this week. Outstanding!",
                    "minimumRank": 1,
                    "attachments": _gems(1000),
                },
            ],
            "seasonalReward": {
                "subject": "Season's end",
                "body": "You reached the silver league.",
                "attachments": _gems(400),
            },
        },
    ],
}
