"""How a `laurel dev` begins and ends, also when it is killed or started wrongly."""

import json
import signal
import socket
from pathlib import Path

import httpx
import pytest
from dev_process import Dev, eventually, is_alive, laurel, running_dev

from app.dev import world
from app.dev.servers import Server

ANN = world.players()[0]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def api_of(dev: Dev) -> httpx.Client:
    """A client that sends as an admin."""
    return httpx.Client(base_url=dev.url, headers=dev.caller("admin"))


def score(api: httpx.Client, points: int) -> int:
    """The sum after one more score."""
    scored = {"accountId": ANN, "leaderboardId": world.GLOBAL, "score": points}
    answer = api.patch("/leaderboard/score", json=scored, headers={"Prefer": "return=representation"})
    total: int = answer.raise_for_status().json()["score"]
    return total


def test_killed_it_leaves_no_process_and_loses_no_score(data_dir: Path) -> None:
    with running_dev(data_dir, "--no-demo") as dev, api_of(dev) as api:
        api.post("/leaderboard/admin/update", json={"leaderboards": world.definitions()}).raise_for_status()
        score(api, 55)
        left = dev.processes()

        dev.signalled(signal.SIGKILL)
        eventually(lambda: True if not any(map(is_alive, left)) else None, within_s=5)

    with running_dev(data_dir, "--no-demo") as dev, api_of(dev) as api:
        assert score(api, 10) == 65


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_stops_everything_and_ends_well(data_dir: Path, number: signal.Signals) -> None:
    with running_dev(data_dir, "--no-demo") as dev:
        parts = dev.processes()

        code = dev.signalled(number)

    assert (code, [line for pid, line in parts.items() if is_alive(pid)]) == (0, [])
    assert not (data_dir / "state.json").exists()


def test_several_api_processes_serve_one_port(data_dir: Path) -> None:
    with running_dev(data_dir, "--no-demo", "--workers", "2") as dev:
        apis = [line for line in dev.processes().values() if "app.cli api" in line]

    assert len(apis) == 2


def test_servers_that_the_environment_names_are_used(
    data_dir: Path, mongod: Server, redis_server: Server
) -> None:
    named = {
        "LAUREL_MONGODB_URI": mongod.uri,
        "LAUREL_MONGODB_DATABASE": "named_by_environment",
        "LAUREL_REDIS_URL": redis_server.uri,
    }

    with running_dev(data_dir, "--no-demo", **named) as dev:
        started = " ".join(dev.processes().values())

    assert "app.cli api" in started
    assert "mongod" not in started
    assert "redis-server" not in started


def test_a_port_in_use_is_refused_with_one_line(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = laurel("dev", "--port", str(port), "--data-dir", str(data_dir))

    assert refused.returncode == 1
    assert (
        refused.stderr
        == f"laurel: cannot listen on port {port}: Address already in use; choose another with --port\n"
    )


def test_a_malformed_setting_is_refused_with_one_line(data_dir: Path) -> None:
    refused = laurel("dev", "--port", "0", "--data-dir", str(data_dir), LAUREL_ROLLOVER_TIME="noon")

    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert refused.stderr.startswith("laurel: LAUREL_ROLLOVER_TIME ")


def test_a_command_runs_the_servers_of_a_stopped_directory_for_itself(data_dir: Path) -> None:
    with running_dev(data_dir, "--no-demo"):
        pass

    examined = laurel("doctor", "--json", "--data-dir", str(data_dir))

    assert json.loads(examined.stdout)["ok"], examined.stdout
