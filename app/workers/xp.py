"""Tasks of XP: each may run twice and be cut off anywhere."""

import asyncio
from typing import Any

from app.kit.clock import utc_now
from app.resources import Resources
from app.workers.attempts import unless_away
from app.xp.board_building import build_missing_boards
from app.xp.indexing import repair_owed
from app.xp.littercoin import announce_coins, count_owed


async def sweep_lines(ctx: dict[str, Any]) -> None:
    """Bring into the rank index what a process that has died wrote and did not index."""
    resources: Resources = ctx["resources"]
    mending: asyncio.Lock = ctx["mending"]
    if not mending.locked():
        async with mending:
            await unless_away("sweep_xp_lines", repair_owed(resources.ranks, utc_now()))


async def sweep_xp_boards(ctx: dict[str, Any]) -> None:
    """Build what a flushed or restarted Redis has lost; one sweep at a time is enough."""
    resources: Resources = ctx["resources"]
    raising: asyncio.Lock = ctx["raising"]
    if not raising.locked():
        async with raising:
            await unless_away("sweep_xp_boards", build_missing_boards(resources.ranks, utc_now()))


async def count_littercoins(ctx: dict[str, Any]) -> None:
    """Count verified photos, and tell of the coins they make up."""
    resources: Resources = ctx["resources"]
    minting: asyncio.Lock = ctx["minting"]
    if not minting.locked():
        async with minting:
            await unless_away("count_littercoins", count_owed(utc_now()))
            await unless_away("announce_coins", announce_coins(resources.xp.announcements, utc_now()))
