"""What may happen to a leaderboard between two rollovers, and the rules it may have: drawn by Hypothesis."""

from collections.abc import Iterable
from typing import NamedTuple

from definition_builders import a_reward
from game_world import GUILD, Json
from hypothesis import strategies as st
from rollover_driver import tiered
from rollover_model import Prize, Rule

players = st.integers(1, 5)
writers = st.integers(0, 1)
guilds = st.sampled_from([None, None, GUILD])
deltas = st.integers(-6, 12).filter(bool)
keys = st.sampled_from([None, None, None, "k1", "k2"])

prizes = st.builds(
    Prize,
    st.none() | st.integers(1, 4),
    st.none() | st.sampled_from([0, 25, 40, 50, 80, 100]),
    st.booleans(),
).filter(lambda prize: prize[:2] != (None, None))


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Rule, ...]:
    """The rules of one to three tiers."""
    return tuple(draw(_rule(tier)) for tier in range(draw(st.sampled_from([1, 2, 3, 3, 3]))))


@st.composite
def _rule(draw: st.DrawFn, tier: int) -> Rule:
    promotion = draw(st.integers(0, 3))
    demotion = draw(st.just(0) | st.integers(promotion + 1, 5))
    least = max(promotion, demotion, 1)
    shares = st.sampled_from([0, 0, 20, 50, 100])
    return Rule(
        promotion,
        demotion,
        draw(shares),
        draw(shares),
        seats=draw(st.just(0) | st.integers(least, least + 2)),
        season_leads_to=draw(st.integers(0, tier)),
        prizes=tuple(draw(st.lists(prizes, max_size=4))),
    )


class Order(NamedTuple):
    """One score."""

    writer: int
    player: int
    guild: str | None
    delta: int
    key: str | None

    @property
    def body(self) -> tuple[int, str | None, int]:
        """What a retry must repeat."""
        return self.player, self.guild, self.delta


class Orders(NamedTuple):
    """Scores of different players and keys, sent at the same time."""

    orders: tuple[Order, ...]

    def joined_by(self, order: Order) -> "Orders | None":
        """With one more; None if it must wait for the outcome of one of these."""
        players = {one.player for one in self.orders}
        keys = {one.key for one in self.orders if one.key}
        return None if order.player in players or order.key in keys else Orders((*self.orders, order))


class Look(NamedTuple):
    """A player asks for the rankings."""

    writer: int
    player: int
    guild: str | None


class Bar(NamedTuple):
    """An administrator disqualifies a player."""

    writer: int
    player: int


class LetBack(NamedTuple):
    """An administrator undoes that."""

    writer: int
    player: int


class Acknowledge(NamedTuple):
    """A player has seen what the last rollover did."""

    player: int


class SetTier(NamedTuple):
    """An administrator puts a player into a tier."""

    writer: int
    player: int
    tier: int
    score: int | None


class Members(NamedTuple):
    """Who is in the guild from now on; None: it is disbanded."""

    players: frozenset[int] | None


orders = st.builds(Order, writers, players, guilds, deltas, keys)
members = st.builds(Members, st.frozensets(players) | st.none())
Drawn = Order | Look | Bar | LetBack | Acknowledge | SetTier | Members
Act = Orders | Look | Bar | LetBack | Acknowledge | SetTier | Members

acts: st.SearchStrategy[Drawn] = st.one_of(
    *[orders] * 9,
    *[st.builds(Look, writers, players, guilds)] * 2,
    st.builds(Bar, writers, players),
    *[st.builds(LetBack, writers, players)] * 3,
    st.builds(Acknowledge, players),
    *[st.builds(SetTier, writers, players, st.integers(0, 2), st.none() | st.integers(0, 20))] * 2,
    members,
)


def at_once(drawn: Iterable[Drawn]) -> list[Act]:
    """The same in this order, but scores that follow each other are sent together where they can be."""
    together: list[Act] = []
    for act in drawn:
        if not isinstance(act, Order):
            together.append(act)
        elif together and isinstance(together[-1], Orders) and (joined := together[-1].joined_by(act)):
            together[-1] = joined
        else:
            together.append(Orders((act,)))
    return together


def board_of(board: str, rules: tuple[Rule, ...], season: int) -> Json:
    """The definition of a board with these rules."""
    wires = [
        {
            "promotionRank": rule.promotion,
            "demotionRank": rule.demotion,
            "promotionPercentage": rule.promoted_share,
            "demotionPercentage": rule.demoted_share,
            "playersPerShard": rule.seats,
            "maxTierOnSeasonEnd": rule.season_leads_to,
            "rewards": [
                a_reward(
                    subject=prize.subject,
                    minimumRank=prize.rank,
                    minimumPercentile=prize.percentile,
                    guildReward=prize.guild,
                )
                for prize in rule.prizes
            ],
        }
        for rule in rules
    ]
    return tiered(*wires, leaderboard_id=board, seasons=season or None)
