"""A `laurel dev` that somebody looks at: what it prints works, and what dies comes back."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from dev_process import Dev, eventually, laurel, running_dev

from app.dev import world


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with running_dev(tmp_path_factory.mktemp("dev") / "data") as running:
        yield running


def is_ready(dev: Dev) -> bool | None:
    try:
        return httpx.get(f"{dev.url}/readyz").is_success or None
    except httpx.HTTPError:
        return None


def caller(dev: Dev, *who: str) -> dict[str, str]:
    printed = laurel("token", *who, "--data-dir", str(dev.data_dir)).stdout
    return {"Authorization": f"Bearer {printed.splitlines()[-1]}"}


@pytest.mark.parametrize(
    "title",
    [
        "a player's rankings",
        "a score",
        "scores of several",
        "every leaderboard",
    ],
)
def test_a_printed_example_works_in_a_shell(dev: Dev, title: str) -> None:
    assert isinstance(run_printed(dev, title), dict)


def run_printed(dev: Dev, title: str) -> Any:
    """What the example under this title prints."""
    heading = dev.line(f"# {title}")
    command = dev.printed[dev.printed.index(heading) + 1]
    answer = subprocess.run(
        ["sh", "-c", command.replace("curl -s", "curl -sf")], capture_output=True, check=True
    )
    return json.loads(answer.stdout)


@pytest.mark.parametrize("title", ["listeners and hours by day", "who listened from when to when"])
def test_a_printed_example_of_statistics_shows_something(dev: Dev, title: str) -> None:
    rows = run_printed(dev, title)

    assert isinstance(rows, list)
    assert len(rows) >= 20


def test_every_demo_player_has_a_score_on_every_demo_leaderboard(dev: Dev) -> None:
    dev.line("# every leaderboard")

    answer = httpx.get(f"{dev.url}/leaderboard/admin/shardStats", headers=caller(dev, "admin")).json()

    players = dict.fromkeys(world.LEADERBOARD_IDS, 0)
    for stats in answer["stats"]:
        players[stats["leaderboardId"]] += sum(stats["playerCounts"])
    assert players == dict.fromkeys(world.LEADERBOARD_IDS, world.PLAYERS)


def test_a_guild_member_sees_the_guilds_ranking(dev: Dev) -> None:
    dev.line("# every leaderboard")
    guild = world.guilds()[3]

    answer = httpx.get(
        f"{dev.url}/leaderboard/rankings",
        params={"leaderboardId": world.GUILD_BOARD, "guildId": guild.id},
        headers=caller(dev, "player", guild.members[7]),
    ).json()

    assert [board["guildId"] for board in answer["leaderboards"]][-1] == guild.id


def test_a_second_instance_is_refused_with_one_line(dev: Dev) -> None:
    second = laurel("dev", "--port", "0", "--data-dir", str(dev.data_dir))

    assert (second.returncode, second.stderr) == (
        1,
        f"laurel: {dev.data_dir} is in use by process {dev.pid}\n",
    )


def test_secret_and_state_are_for_their_owner_only(dev: Dev) -> None:
    modes = {name: oct((dev.data_dir / name).stat().st_mode & 0o777) for name in ("secret", "state.json")}

    assert modes == {"secret": "0o600", "state.json": "0o600"}


def test_the_doctor_finds_everything_well(dev: Dev) -> None:
    examined = laurel("doctor", "--json", "--data-dir", str(dev.data_dir))

    assert json.loads(examined.stdout)["ok"], examined.stdout


@pytest.mark.parametrize("part", ["app.cli api", "app.cli worker", "mongod", "redis-server"])
def test_a_part_that_is_killed_is_replaced(dev: Dev, part: str) -> None:
    killed = dev.process(part)

    os.kill(killed, signal.SIGKILL)
    eventually(lambda: dev.process(part) != killed or None)

    assert eventually(lambda: is_ready(dev))


def test_the_winners_of_a_printed_rollover_have_mail(dev: Dev) -> None:
    run_printed(dev, "the end of a cycle")

    assert eventually(lambda: run_printed(dev, "the mail of")["messages"] or None)
