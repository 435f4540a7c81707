"""What a session takes from its streamer's tags."""

import pytest

from app.livestream.rules.tags import session_name, session_tags


@pytest.mark.parametrize(
    ("tag", "inherited"),
    [
        ("country:tw", True),
        ("hashtag:song", True),
        ("badge:new", True),
        ("badge:newest", False),
        ("badge:livestream_night", False),
        ("feed:user_livestream-global:1", False),
        ("hidden:region-group:asia", False),
        ("my-country:tw", False),
        ("device:lovense", False),
    ],
)
def test_a_session_inherits_countries_hashtags_and_the_newcomers_badge(tag: str, *, inherited: bool) -> None:
    assert session_tags([tag]) == ([tag] if inherited else [])


def test_a_session_names_its_devices_last() -> None:
    assert session_tags(["hashtag:b", "country:fr"], devices=["lovense"]) == [
        "hashtag:b",
        "country:fr",
        "device:lovense",
    ]


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ([], None),
        (["badge:new", "badge:live"], None),
        (["badge:new", "badge:livestream_b", "badge:livestream_a"], "badge:livestream_b"),
    ],
)
def test_a_session_is_called_by_the_first_badge_for_it(tags: list[str], name: str | None) -> None:
    assert session_name(tags) == name
