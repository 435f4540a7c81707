"""What an app shows: a player's enrollments and the shards around the player."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.game.errors import LeaderboardChanged, UnknownEnrollment
from app.game.journal import WantBoards
from app.game.leaderboards import Leaderboard, Leaderboards
from app.game.placement import Placer
from app.game.players import Located, Placement, Player, player_of
from app.game.standings import read_rank, read_view
from app.kit.clock import to_millis
from app.kit.errors import LaurelError
from app.kit.gathering import Gathering
from app.ranking.errors import RankIndexAway
from app.ranking.index import Change, RankIndex, View

#: A leaderboard may roll over between being read and being placed in; more often than this it does not.
MOST_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class RankingsQuery:
    """Which leaderboards, in which order; with a guild only if the player is known to be a member."""

    account_id: str
    leaderboard_ids: tuple[str, ...]
    guild_id: str | None


@dataclass(frozen=True, slots=True)
class ShardView:
    """One shard as one of its players sees it."""

    leaderboard: Leaderboard
    shard_id: str
    tier: int
    guild_id: str | None
    view: View


@dataclass(frozen=True, slots=True)
class Rankings:
    """The answer to one query, in the order asked, public shards before guild shards."""

    enrollments: list[tuple[Leaderboard, dict[str, Any]]]
    shards: list[ShardView]


Place = tuple[Player, Placement]


class RankingsReader:
    """Answers rankings; one per process. Concurrent questions share their round trips."""

    def __init__(
        self,
        leaderboards: Leaderboards,
        placer: Placer,
        ranks: RankIndex,
        want_boards: WantBoards,
    ) -> None:
        self._leaderboards = leaderboards
        self._placer = placer
        self._ranks = ranks
        self._want_boards = want_boards
        self._gathering: Gathering[RankingsQuery, Rankings] = Gathering(self._answer_batch, most=128)

    async def read(self, query: RankingsQuery) -> Rankings:
        """The rankings around one player, who is placed with a score of 0 where not yet entered.

        Raises UnknownLeaderboard or LeaderboardNotStarted for any of the ids; nothing is placed then.
        """
        return await self._gathering.submit(query)

    async def rank_of(self, shard_id: str, account_id: str, score: int) -> int:
        """The player's present competition rank, from the index or else from MongoDB."""
        try:
            (rank,) = await self._ranks.ranks([(shard_id, account_id)])
        except RankIndexAway:
            rank = None
        return rank if rank is not None else await read_rank(shard_id, score)

    async def _answer_batch(self, queries: Sequence[RankingsQuery]) -> list[Rankings | Exception]:
        for _ in range(MOST_ROUNDS):
            now = datetime.now(UTC)
            groups = [await self._players(query, now) for query in queries]
            wanted = [player for group in groups if not isinstance(group, Exception) for player in group]
            located = await self._placer.locate(wanted, now)
            ended = [
                player
                for player in wanted
                if isinstance(located.places.get(player.entry_id), LeaderboardChanged)
            ]
            if not ended:
                break
            for player in ended:
                self._leaderboards.forget(player.leaderboard.leaderboard_id)
        shards = await self._shards(wanted, located)
        return [
            group if isinstance(group, Exception) else _rankings(group, located, shards) for group in groups
        ]

    async def _players(self, query: RankingsQuery, now: datetime) -> list[Player] | Exception:
        players = []
        for leaderboard_id in query.leaderboard_ids:
            try:
                leaderboard = await self._leaderboards.get(leaderboard_id)
                leaderboard.require_started(to_millis(now))
            except LaurelError as refusal:
                return refusal
            players.append(player_of(leaderboard, None, query.account_id))
            if query.guild_id is not None:
                players.append(player_of(leaderboard, query.guild_id, query.account_id))
        return players

    async def _shards(self, players: Iterable[Player], located: Located) -> dict[str, ShardView]:
        """What each placed player sees, by entry id: from the index, caught up, or from MongoDB."""
        places = {
            player.entry_id: (player, place)
            for player in players
            if isinstance(place := located.places.get(player.entry_id), Placement)
        }
        views = await self._indexed(places.values())
        behind = [place for entry_id, place in places.items() if entry_id not in views]
        if behind:
            views |= await self._caught_up(behind)
        for entry_id, (player, place) in places.items():
            if entry_id not in views:
                # Disqualified since it was located: then there is nothing to see.
                with contextlib.suppress(UnknownEnrollment):
                    views[entry_id] = await read_view(place.shard_id, player.account_id)
        return {
            entry_id: ShardView(
                player.leaderboard, place.shard_id, place.tier, player.guild_id, views[entry_id]
            )
            for entry_id, (player, place) in places.items()
            if entry_id in views
        }

    async def _indexed(self, places: Iterable[Place]) -> dict[str, View]:
        """The index's views that are at least as new as what MongoDB just said, by entry id."""
        asked = list(places)
        try:
            views = await self._ranks.views([(place.shard_id, player.account_id) for player, place in asked])
        except RankIndexAway:
            return {}
        return {
            place.entry_id: view
            for (_, place), view in zip(asked, views, strict=True)
            if view is not None and view.version >= place.line.version
        }

    async def _caught_up(self, behind: Sequence[Place]) -> dict[str, View]:
        """Tell the index what MongoDB says of these players and ask once more."""
        try:
            missing = await self._ranks.submit([_change(player, place) for player, place in behind])
        except RankIndexAway:
            return {}
        if missing:
            await self._want_boards(missing)
        return await self._indexed(place for place in behind if place[1].shard_id not in missing)


def _change(player: Player, place: Placement) -> Change:
    line = place.line
    return Change(place.shard_id, player.account_id, line.version, line.score, line.last_updated)


def _rankings(players: Sequence[Player], located: Located, shards: dict[str, ShardView]) -> Rankings:
    enrollments = []
    for player in players:
        record = located.enrollments.get((player.account_id, player.leaderboard.leaderboard_id))
        if record is not None and player.guild_id is None:
            enrollments.append((player.leaderboard, record))
    return Rankings(
        enrollments=enrollments,
        shards=[shards[player.entry_id] for player in players if player.entry_id in shards],
    )
