"""Who belongs to which guild, as the guild service says."""

import time
from collections import OrderedDict

from app.clients.guild import GuildClient
from app.game.errors import NotInGuild
from app.kit.errors import Unavailable

REMEMBERED_S = 60.0
MOST_REMEMBERED = 20_000


class GuildMemberships:
    """Checks membership; a player's membership is remembered for a minute, a refusal never."""

    def __init__(self, client: GuildClient) -> None:
        self._client = client
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def is_member(self, account_id: str, guild_id: str, *, player_token: str | None) -> bool:
        """True if the guild service says so; False also while it gives no usable answer."""
        try:
            await self.require(account_id, guild_id, player_token=player_token)
        except (NotInGuild, Unavailable):
            return False
        return True

    async def require(self, account_id: str, guild_id: str, *, player_token: str | None) -> None:
        """Raise NotInGuild unless the account is a member.

        A player's own token asks about the player; without one the guild's roster is read as a service.
        Raises Unavailable when the guild service gives no usable answer.
        """
        known = self._known.get(account_id)
        if known is not None and known[0] == guild_id and time.monotonic() - known[1] < REMEMBERED_S:
            return
        if player_token is not None:
            member = await self._client.membership(player_token, account_id, guild_id)
        else:
            roster = await self._client.roster(guild_id)
            member = roster is not None and account_id in roster
        if not member:
            raise NotInGuild
        self._known[account_id] = (guild_id, time.monotonic())
        self._known.move_to_end(account_id)
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
