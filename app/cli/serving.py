"""`laurel dev`, `laurel api`, `laurel worker`: the commands that run until they are told to stop."""

import asyncio
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import say, warn
from app.cli.target import DataDir, settings_of
from app.dev.running import Options, run
from app.kit.logs import configure_logs

DRAIN_S = 10
#: Longer than the minute for which load balancers keep a connection, so that it is theirs to close.
KEEP_ALIVE_S = 75
NOT_STARTED = 3


def dev(  # one for each option
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 is any free port.")] = 8000,
    data_dir: Annotated[Path, typer.Option(help="Databases, secret and logs.")] = Path(".laurel"),
    workers: Annotated[int, typer.Option(min=1, help="API processes.")] = 1,
    demo: Annotated[bool, typer.Option(help="Bring a demo world in.")] = True,
    verbose: Annotated[bool, typer.Option("--verbose", help="Logs of API and worker here.")] = False,
) -> None:
    """Run everything on this machine: servers, API, worker and a demo world."""
    options = Options(port, data_dir.resolve(), workers, demo, verbose)
    asyncio.run(run(options, say=say, warn=warn))


def api(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
    fd: Annotated[int | None, typer.Option(help="A listening socket to use instead.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Run the API."""
    with settings_of(data_dir) as settings:
        # What only this command needs takes most of a second to import.
        import uvicorn  # noqa: PLC0415

        from app.main import create_app  # noqa: PLC0415

        configure_logs(settings.log_level)
        config = uvicorn.Config(
            create_app(settings),
            host=host,
            port=port,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=DRAIN_S,
        )
        server = uvicorn.Server(config)
        server.run(sockets=None if fd is None else [socket.socket(fileno=fd)])
        if not server.started:
            sys.exit(NOT_STARTED)


def worker(data_dir: DataDir = None) -> None:
    """Run the worker."""
    with settings_of(data_dir) as settings:
        from app.workers.settings import run as run_worker  # noqa: PLC0415 # as above

        run_worker(settings)
