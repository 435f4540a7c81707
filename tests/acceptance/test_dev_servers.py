"""Servers, their directory, and children that are kept alive."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from dev_process import eventually, is_alive
from pymongo import MongoClient
from redis import Redis

from app.dev.binaries import Binary, ServerUnavailable, find
from app.dev.children import Child
from app.dev.directory import DataDirectory, DirectoryInUse
from app.dev.servers import Server, prepare_redis, start_mongod
from app.dev.supervision import Supervisor, ended

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def write(server: Server) -> None:
    with MongoClient[dict[str, int]](server.uri, w="majority", journal=True) as client:
        client["kept"]["marks"].insert_one({})


def marks(server: Server) -> int:
    with MongoClient[dict[str, int]](server.uri) as client:
        return client["kept"]["marks"].count_documents({})


def test_a_killed_mongod_started_again_has_what_it_acknowledged(tmp_path: Path) -> None:
    server = start_mongod(tmp_path)
    write(server)
    server.kill()

    server.start()

    assert marks(server) == 1
    server.kill()


def test_a_mongod_serves_its_data_on_another_port(tmp_path: Path) -> None:
    first = start_mongod(tmp_path)
    write(first)
    first.kill()

    second = start_mongod(tmp_path)

    assert (second.port == first.port, marks(second)) == (False, 1)
    second.kill()


def test_a_redis_server_refuses_to_evict(redis_server: Server) -> None:
    with Redis.from_url(redis_server.uri) as redis:
        policy = redis.config_get("maxmemory-policy")

    assert policy == {"maxmemory-policy": "noeviction"}


def test_a_server_that_cannot_start_names_its_log(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = prepare_redis(tmp_path, port=taken.getsockname()[1])

        with pytest.raises(ServerUnavailable, match=r"redis\.log"):
            server.start()


def test_a_missing_binary_names_the_setting_to_use_instead() -> None:
    missing = Binary("no-such-server", "no-such-wheel", "nowhere", (6, 0), "LAUREL_NO_SUCH_URL")

    with pytest.raises(ServerUnavailable, match="LAUREL_NO_SUCH_URL"):
        find(missing)


def test_a_child_dies_with_its_parent() -> None:
    parent = (
        "import sys; from app.dev.children import Child;"
        f"child = Child(name='sleeper', command={SLEEP!r}); child.launch();"
        "print(child.process.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        child = int(process.stdout.readline())
        process.kill()

    assert eventually(lambda: None if is_alive(child) else True, within_s=5)


def test_a_held_directory_is_refused(tmp_path: Path) -> None:
    with DataDirectory(tmp_path).held(), pytest.raises(DirectoryInUse), DataDirectory(tmp_path).held():
        pass


def test_a_directory_can_be_held_again(tmp_path: Path) -> None:
    for _ in range(2):
        with DataDirectory(tmp_path).held() as lock:
            assert lock


def test_a_secret_stays_the_same(tmp_path: Path) -> None:
    assert DataDirectory(tmp_path).secret() == DataDirectory(tmp_path).secret()


def test_the_log_of_the_last_run_stays(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    directory.new_log("api").write_text("before")

    directory.new_log("api")

    assert (directory.logs / "api.log.1").read_text() == "before"


async def test_a_child_that_ends_is_started_again(tmp_path: Path) -> None:
    reports: list[str] = []
    child = Child(name="sleeper", command=SLEEP, log=tmp_path / "log")
    supervisor = Supervisor(reports.append)
    child.launch()
    supervisor.watch(child)
    child.kill()

    await asyncio.to_thread(lambda: eventually(lambda: child.is_running() or None, within_s=5))

    await supervisor.stop([child], within_s=2)
    assert len(reports) == 1


async def test_a_child_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)"
    child = Child(
        name="stubborn", command=[sys.executable, "-c", f"{stubborn}; time.sleep(60)"], log=tmp_path / "log"
    )
    supervisor = Supervisor(print)
    child.launch()
    supervisor.watch(child)
    await asyncio.to_thread(lambda: eventually(lambda: (tmp_path / "log").read_text() or None))

    await supervisor.stop([child], within_s=0.2)

    assert not child.is_running()


async def test_a_child_never_started_has_ended() -> None:
    child = Child(name="nobody", command=[])

    await ended(child)

    assert not child.is_running()
