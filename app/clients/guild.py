"""The guild service: who belongs to which guild."""

import asyncio
from collections.abc import Callable

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.clients.transport import Answer, fetch
from app.kit.errors import Unavailable

#: Client errors that say nothing about the guild, only that this was not the moment to ask.
_NOT_NOW = {httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS}


class GuildAway(Unavailable):
    """The guild service did not give a usable answer."""

    slug = "guild-service-unavailable"


class _Wire(BaseModel):
    model_config = ConfigDict(strict=True)


class _Member(_Wire):
    account_id: str = Field(alias="accountId")
    rank: int


class _Guild(_Wire):
    id: str
    members: list[_Member]

    def accepted(self) -> frozenset[str]:
        """The members; whoever has rank 0 has only applied."""
        return frozenset(member.account_id for member in self.members if member.rank > 0)


class _GuildAnswer(_Wire):
    guild: _Guild | None


class GuildClient:
    """Asks the guild service, every time; remembering is the caller's decision.

    Every method raises GuildAway when there is no service, or it gives no usable answer.
    """

    def __init__(
        self,
        base_url: str | None,
        http: httpx.AsyncClient,
        service_token: Callable[[], str | None],
    ) -> None:
        self._base_url = base_url
        self._http = http
        self._service_token = service_token
        self._asked: dict[str, asyncio.Task[frozenset[str] | None]] = {}

    async def membership(self, token: str, account_id: str, guild_id: str) -> bool:
        """True if the account that this token belongs to is a member of this guild, not just an applicant."""
        answer = await self._ask("/guild", token)
        if _is_refusal(answer):
            return False
        guild = _guild_of(answer)
        return guild is not None and guild.id == guild_id and account_id in guild.accepted()

    async def roster(self, guild_id: str) -> frozenset[str] | None:
        """The members of a guild at this moment; None if it was disbanded.

        Whoever asks while the same question is under way shares its answer.
        """
        asked = self._asked.get(guild_id)
        if asked is None:
            asked = asyncio.get_running_loop().create_task(self._ask_roster(guild_id))
            self._asked[guild_id] = asked
            asked.add_done_callback(lambda _: self._asked.pop(guild_id))
        return await asyncio.shield(asked)  # one who gives up does not take the answer from the others

    async def _ask_roster(self, guild_id: str) -> frozenset[str] | None:
        token = self._service_token()
        if token is None:
            raise GuildAway("No token for the guild service is configured.")
        answer = await self._ask("/guild/admin", token, guildId=guild_id)
        if answer.status == httpx.codes.NOT_FOUND:
            return None
        guild = _guild_of(answer)
        if guild is None or guild.id != guild_id:
            raise GuildAway
        return guild.accepted()

    async def _ask(self, path: str, token: str, **parameters: str) -> Answer:
        if self._base_url is None:
            raise GuildAway("No guild service is configured.")
        return await fetch(
            self._http, self._base_url + path, token=token, away=GuildAway, parameters=parameters
        )


def _is_refusal(answer: Answer) -> bool:
    return httpx.codes.is_client_error(answer.status) and answer.status not in _NOT_NOW


def _guild_of(answer: Answer) -> _Guild | None:
    if not answer.is_success:
        raise GuildAway
    try:
        return _GuildAnswer.model_validate_json(answer.body).guild
    except ValidationError as error:
        raise GuildAway from error
