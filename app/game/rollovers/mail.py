"""A reward as the message that the mailbox delivers."""

from datetime import datetime
from typing import Any

from app.game.rules.definition_rewards import Reward
from app.kit.periods import month_later


def message_of(reward: Reward, won_at: datetime) -> dict[str, Any]:
    """The message, complete, in the mailbox's spelling: shown from `won_at` for a month unless it says else.

    Times are unix seconds.
    """
    return {
        "subject": reward.subject,
        "body": reward.body,
        "banner": reward.banner,
        "icon": reward.icon,
        "internalNote": reward.internal_note,
        "attachments": [one.model_dump(mode="json", by_alias=True) for one in reward.attachments],
        "visibleFrom": reward.visible_from or int(won_at.timestamp()),
        "expiration": reward.expiration or int(month_later(won_at).timestamp()),
    }
