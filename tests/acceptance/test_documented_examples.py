"""The examples of the documents, run as a reader would."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dev_process import LAUREL, Dev, eventually, running_dev

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with running_dev(tmp_path_factory.mktemp("examples") / "data", "--no-demo") as running:
        yield running


@pytest.fixture(scope="module")
def answers(dev: Dev) -> list[Any]:
    return run_example(dev, "README.md", "first-leaderboard")


@pytest.fixture(scope="module")
def rolled_over(dev: Dev) -> list[Any]:
    return run_example(dev, "docs/rollovers.md", "rollover")


@pytest.fixture(scope="module")
def streamed(dev: Dev) -> list[Any]:
    return run_example(dev, "docs/livestream.md", "livestream")


@pytest.fixture(scope="module")
def listened(dev: Dev) -> list[Any]:
    return run_example(dev, "docs/listening.md", "listening")


@pytest.fixture(scope="module")
def earned(dev: Dev) -> list[Any]:
    return run_example(dev, "docs/earnings.md", "earnings")


@pytest.fixture(scope="module")
def photographed(dev: Dev) -> list[Any]:
    return run_example(dev, "docs/xp.md", "xp")


def run_example(dev: Dev, document: str, name: str) -> list[Any]:
    """What each line that asks the service printed, run in one shell."""
    (script,) = re.findall(rf"```sh {name}\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)
    script = script.replace("localhost:8000", dev.url.removeprefix("http://"))
    script = script.replace("--data-dir .laurel", f"--data-dir {dev.data_dir}")
    script = script.replace(".venv/bin/laurel", " ".join(LAUREL))
    script = re.sub(r"^(?=curl |laurel rollover |laurel stats )", "echo ======; ", script, flags=re.MULTILINE)
    script = script.replace("curl ", "curl -sf ")
    done = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, check=True)
    return [json.loads(text) if text.strip() else None for text in done.stdout.split("======")[1:]]


def test_the_first_leaderboard_takes_five_lines(answers: list[Any]) -> None:
    assert len(answers) == 5


def test_the_first_line_creates_it(answers: list[Any]) -> None:
    assert answers[0]["created"] == ["sprint"]


def test_the_scores_are_taken_and_the_better_one_is_first(answers: list[Any]) -> None:
    assert (answers[1], answers[2]["score"], answers[2]["rank"]) == (None, 70, 1)


def test_the_rankings_show_both_players_in_order(answers: list[Any]) -> None:
    (shard,) = answers[3]["leaderboards"]

    assert [(line["rank"], line["score"]) for line in shard["allScores"]] == [(1, 70), (2, 55)]


def test_the_administrator_sees_when_it_rolls_over(answers: list[Any]) -> None:
    assert len(answers[4]["nextRollovers"]) == 5


def test_the_preview_says_who_would_go_up(rolled_over: list[Any]) -> None:
    assert [tier["promoted"] for tier in rolled_over[2]["tiers"]] == [1, 0]


def test_the_command_ends_when_the_rollover_is_done(rolled_over: list[Any]) -> None:
    assert (rolled_over[3]["state"], rolled_over[3]["cycle"]) == ("done", 1)


def test_the_winner_is_in_the_next_tier_then(rolled_over: list[Any]) -> None:
    (record,) = rolled_over[4]["enrollments"]

    assert (record["tier"], record["promotionStatus"]) == (1, 2)


def test_the_archive_shows_how_it_ended(rolled_over: list[Any]) -> None:
    (archived,) = rolled_over[5]["leaderboards"]

    assert (archived["allScores"][0]["score"], archived["reward"]["subject"]) == (55, "You won")


@pytest.mark.usefixtures("rolled_over")
def test_the_reward_is_in_the_mailbox_a_moment_later(dev: Dev) -> None:
    mail = dev.data_dir / "mail.jsonl"

    assert eventually(lambda: (mail.exists() and "You won" in mail.read_text()) or None)


def test_a_streamer_goes_live_with_one_request(streamed: list[Any]) -> None:
    assert (streamed[1]["active"], streamed[1]["title"]) == (True, "Evening songs")


def test_the_second_request_answers_the_same_session(streamed: list[Any]) -> None:
    assert streamed[2]["id"] == streamed[1]["id"]


def test_the_feed_can_be_read(streamed: list[Any]) -> None:
    assert isinstance(streamed[3], list)


def test_events_are_taken(listened: list[Any]) -> None:
    assert [listened[line] for line in (0, 2)] == [{"received": 1, "stored": 1, "duplicate": 0}] * 2


def test_the_stream_event_is_on_the_first_page(listened: list[Any]) -> None:
    assert (len(listened[1]["results"]), listened[1]["next"]) == (1, None)


def test_the_clean_up_ends_the_player_event(listened: list[Any]) -> None:
    assert listened[3]["changed"]["by_maximum"] == 1


def test_the_session_is_three_minutes_long(listened: list[Any]) -> None:
    assert [session["duration_playing_s"] for session in listened[4]] == [180]


def test_the_month_has_one_listener(listened: list[Any]) -> None:
    assert [(row["period"], row["listeners"]) for row in listened[5]] == [("2024-11", 1)]


def test_each_gift_is_counted(earned: list[Any]) -> None:
    assert earned[3] == {"applied": 2, "duplicate": 0}


def test_the_leaderboard_shows_who_gave_most_with_karaoke_apart(earned: list[Any]) -> None:
    assert [(line["id"][-1], line["total"]) for line in earned[4]] == [("b", 90), ("a", 70)]
    assert earned[4][0]["summary"]["total.diamonds.karaoke"] == 90
    assert earned[4][0]["summary"]["total.diamonds.gifts"] == 0


def test_a_viewer_sees_what_is_missing_to_the_next(earned: list[Any]) -> None:
    assert (earned[5]["rank"], earned[5]["diamonds_to_next"]) == (2, 20)


def test_three_bottles_of_glass_picked_up_are_worth_what_the_table_says(photographed: list[Any]) -> None:
    assert photographed[2]["xp"] == 5 + 3 * (1 + 2 + 5)


def test_the_countrys_board_of_the_month_shows_who_took_the_photo(photographed: list[Any]) -> None:
    (line,) = photographed[3]["users"]

    assert (line["name"], line["xp"], line["rank"]) == ("Ann", 29, 1)


def test_the_name_is_hidden_with_one_request(photographed: list[Any]) -> None:
    assert photographed[4] == {"success": True, "show_name": False}
