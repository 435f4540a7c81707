"""The task that renews what is remembered about a channel; whoever asks first would do the same."""

from typing import Any

from app.resources import Resources
from app.workers.attempts import unless_away


async def authorize(ctx: dict[str, Any], channel: str) -> None:
    """Find out anew what subscribers of this channel are told first."""
    resources: Resources = ctx["resources"]
    await unless_away("authorize", resources.livestream.channels.authorize(channel))
