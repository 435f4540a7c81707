"""The first leaderboard of the README, run as a reader would."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dev_process import LAUREL, Dev, running_dev

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    with running_dev(tmp_path_factory.mktemp("readme") / "data", "--no-demo") as dev:
        yield run_first_leaderboard(dev)


def run_first_leaderboard(dev: Dev) -> list[Any]:
    """What each curl line printed, run in one shell against this service."""
    (script,) = re.findall(r"```sh first-leaderboard\n(.*?)```", README.read_text(), re.DOTALL)
    script = script.replace("localhost:8000", dev.url.removeprefix("http://"))
    script = script.replace("--data-dir .laurel", f"--data-dir {dev.data_dir}")
    script = script.replace(".venv/bin/laurel", " ".join(LAUREL))
    script = script.replace("curl ", "echo; curl -sf ")
    done = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, check=True)
    return [json.loads(line) if line else None for line in done.stdout.split("\n")[1:]]


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
