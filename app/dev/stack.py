"""The processes of one `laurel dev`, and where they are reached."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from app.dev.children import Child
from app.dev.demo import Signer
from app.dev.directory import DataDirectory
from app.dev.environment import GUILD_URL, MAILBOX_URL, own_servers, own_settings, variables_set
from app.dev.guild import guild_service
from app.dev.loopback import serving
from app.dev.mailbox import mailbox_service
from app.dev.servers import HOST
from app.dev.supervision import Supervisor
from app.settings import Settings, read_settings

#: Together below ten seconds.
API_STOPS_WITHIN_S = 4.0
WORKER_STOPS_WITHIN_S = 3.0
SERVERS_STOP_WITHIN_S = 2.5
POLL_S = 0.05


class Stack:
    """Servers, worker and API of one data directory that this process holds."""

    def __init__(
        self,
        directory: DataDirectory,
        *,
        lock: int,
        listener: socket.socket,
        report: Callable[[str], None],
        verbose: bool,
    ) -> None:
        self._directory = directory
        self._lock = lock
        self._listener = listener
        self._supervisor = Supervisor(report)
        self._verbose = verbose
        self._servers = own_servers(directory, lock=lock, given=os.environ)
        self._variables = own_settings(directory, self._servers, os.environ)
        self.settings = self._read_settings()
        self.mailbox_url: str | None = None  # of the stand-in, if it is served
        self.url = f"http://{HOST}:{listener.getsockname()[1]}"

    @property
    def signer(self) -> Signer | None:
        """Who can sign tokens here: nobody when keys from elsewhere verify them."""
        secret = self.settings.jwt_secret
        return Signer(secret.get_secret_value(), self.settings.jwt_audience) if secret else None

    @property
    def database(self) -> str:
        """Which database this works on, the same name after every restart."""
        own = any(server.name == "mongod" for server in self._servers)
        return f"{'own' if own else self.settings.mongodb_uri} {self.settings.mongodb_database}"

    @asynccontextmanager
    async def running(self, *, workers: int) -> AsyncIterator[None]:
        """Start servers, then worker and API; stop them in the opposite order."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._kept(self._servers, SERVERS_STOP_WITHIN_S))
            await asyncio.gather(*(asyncio.to_thread(server.wait_until_ready) for server in self._servers))
            if self.signer:
                await self._serve_stand_ins(self.signer, stack)
            await stack.enter_async_context(self._kept([self._worker()], WORKER_STOPS_WITHIN_S))
            await stack.enter_async_context(self._kept(self._apis(workers), API_STOPS_WITHIN_S))
            stack.enter_context(self._directory.announced(self._variables))
            yield

    async def ready(self) -> None:
        """Return once the API answers that it is ready."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as api:
            while not await _is_ready(api):  # noqa: ASYNC110 # it is another process that gets ready
                await asyncio.sleep(POLL_S)

    async def _serve_stand_ins(self, signer: Signer, exits: AsyncExitStack) -> None:
        """Serve what the environment names no service for."""
        if GUILD_URL not in self._variables:
            self._variables[GUILD_URL] = await exits.enter_async_context(serving(guild_service(signer)))
        if MAILBOX_URL not in self._variables:
            mailbox = mailbox_service(signer, self._directory.mail)
            self.mailbox_url = await exits.enter_async_context(serving(mailbox))
            self._variables[MAILBOX_URL] = self.mailbox_url

    @asynccontextmanager
    async def _kept(self, children: Sequence[Child], within_s: float) -> AsyncIterator[None]:
        try:
            for child in children:
                child.launch()
                self._supervisor.watch(child)
            yield
        finally:
            await self._supervisor.stop(children, within_s=within_s)

    def _worker(self) -> Child:
        return self._part("worker", "worker")

    def _apis(self, count: int) -> list[Child]:
        # Every API process accepts from the one socket; a connection that waits there outlives any of them.
        descriptor = self._listener.fileno()
        names = [f"api-{number}" for number in range(1, count + 1)]
        return [self._part(name, "api", "--fd", str(descriptor), descriptors=[descriptor]) for name in names]

    def _part(self, name: str, *arguments: str, descriptors: Sequence[int] = ()) -> Child:
        return Child(
            name=name,
            # -P: the directory it is started in may have an `app` of its own.
            command=[sys.executable, "-P", "-m", "app.cli", *arguments],
            log=None if self._verbose else self._directory.new_log(name),
            environment={**os.environ, **self._variables},
            descriptors=[self._lock, *descriptors],
        )

    def _read_settings(self) -> Settings:
        with variables_set(self._variables):
            return read_settings()


async def _is_ready(api: httpx.AsyncClient) -> bool:
    try:
        return (await api.get("/readyz")).is_success
    except httpx.HTTPError:
        return False
