"""What a data directory gives its processes by environment; what the environment says already wins."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from app.dev.directory import DataDirectory
from app.dev.servers import Server, prepare_mongod, prepare_redis

MONGODB_URI = "LAUREL_MONGODB_URI"
REDIS_URL = "LAUREL_REDIS_URL"
GUILD_URL = "LAUREL_GUILD_URL"
MAILBOX_URL = "LAUREL_MAILBOX_URL"
ENVIRONMENT = "LAUREL_ENVIRONMENT"
JWT_SECRET = "LAUREL_JWT_SECRET"  # noqa: S105 # the name of a setting
WAYS_TO_VERIFY = (JWT_SECRET, "LAUREL_JWT_PUBLIC_KEY", "LAUREL_JWKS_URL")


def own_servers(directory: DataDirectory, *, lock: int, given: Mapping[str, str]) -> list[Server]:
    """The servers this directory has to run because the environment names no others; not started yet."""
    servers = []
    if MONGODB_URI not in given:
        servers.append(prepare_mongod(directory.path / "mongod"))
    if REDIS_URL not in given:
        servers.append(prepare_redis(directory.path / "redis"))
    for server in servers:
        server.log = directory.new_log(server.name)
        server.descriptors = (lock,)
    return servers


def own_settings(
    directory: DataDirectory, servers: Sequence[Server], given: Mapping[str, str]
) -> dict[str, str]:
    """Every LAUREL_ variable for the processes of this directory: its own, overridden by those given."""
    addresses = {"mongod": MONGODB_URI, "redis-server": REDIS_URL}
    own = {addresses[server.name]: server.uri for server in servers}
    own[ENVIRONMENT] = "development"
    if not any(way in given for way in WAYS_TO_VERIFY):
        own[JWT_SECRET] = directory.secret()
    return own | laurel_variables(given)


def laurel_variables(given: Mapping[str, str]) -> dict[str, str]:
    """Only what concerns this service."""
    return {name: value for name, value in given.items() if name.startswith("LAUREL_")}


@contextmanager
def variables_set(variables: Mapping[str, str]) -> Iterator[None]:
    """This process's environment with these variables in it, for a while."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
