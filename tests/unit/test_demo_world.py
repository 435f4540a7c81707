"""The demo world is the same every time."""

from app.dev import world


def test_every_player_is_in_exactly_one_guild() -> None:
    members = [member for guild in world.guilds() for member in guild.members]

    assert sorted(members) == sorted(world.players())


def test_first_scores_are_the_same_every_time() -> None:
    assert list(world.first_scores()) == list(world.first_scores())
