"""`laurel dev`: everything on this machine as one tree of processes, with a world to look at."""

import asyncio
import hashlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.dev import listening, livestreams, photos
from app.dev.demo import DemoFailed, Signer, examples, play, seed
from app.dev.directory import DataDirectory, write_private
from app.dev.servers import HOST
from app.dev.stack import Stack
from app.kit.clock import utc_now

BACKLOG = 2048

Say = Callable[[str], None]


class PortInUse(Exception):
    """This port cannot be listened on; the text is one line."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line decides. Port 0 is any free one."""

    port: int
    data_dir: Path
    workers: int
    demo: bool
    verbose: bool


async def run(options: Options, *, say: Say, warn: Say) -> None:
    """Run everything until SIGINT or SIGTERM, then stop it in order; a second signal hurries.

    Raises DirectoryInUse, PortInUse, ServerUnavailable or SettingsError when it cannot start; then too
    nothing is left running.
    """
    _cancel_on_signals()
    directory = DataDirectory(options.data_dir)
    try:
        with directory.held() as lock, _listening(options.port) as listener:
            stack = Stack(directory, lock=lock, listener=listener, report=warn, verbose=options.verbose)
            async with stack.running(workers=options.workers):
                await stack.ready()
                say(f"ready {stack.url}")
                say(f"documentation {stack.url}/docs")
                say(f"logs {directory.logs}")
                if options.demo and stack.signer:
                    await _show(directory, stack, stack.signer, say=say, warn=warn)
                await asyncio.Event().wait()
    except asyncio.CancelledError:
        say("stopped")


async def _show(directory: DataDirectory, stack: Stack, signer: Signer, *, say: Say, warn: Say) -> None:
    """Bring the demo world in, say what to try, and keep it moving."""
    try:
        await _seed_once(directory, stack, signer)
        await listening.bring_in(stack.url, signer, now=utc_now())
        session_id = await livestreams.open_stage(stack.url, signer)
    except DemoFailed as trouble:
        warn(f"no demo world: {trouble}")
        return
    for title, command in (
        *examples(stack.url, signer, mailbox_url=stack.mailbox_url),
        *livestreams.examples(stack.url, signer, session_id=session_id),
        *listening.examples(stack.url, signer),
        *photos.examples(stack.url, signer),
    ):
        say(f"\n# {title}\n{command}")
    await asyncio.gather(
        play(stack.url, signer),
        livestreams.broadcast(stack.url, signer),
        photos.take_photos(stack.url, signer),
    )


async def _seed_once(directory: DataDirectory, stack: Stack, signer: Signer) -> None:
    mark = directory.path / "demo"
    database = hashlib.sha256(stack.database.encode()).hexdigest()
    if mark.exists() and mark.read_text() == database:
        return
    await seed(stack.url, signer)
    await photos.seed(stack.url, signer)
    write_private(mark, database)


def _cancel_on_signals() -> None:
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server((HOST, port), backlog=BACKLOG)
    except OSError as error:
        raise PortInUse(
            f"cannot listen on port {port}: {os.strerror(error.errno or 0)}; choose another with --port"
        ) from error
    with listener:
        yield listener
