"""The floor: what the framework alone costs, with the service's own token check and server settings.

A process of its own, `python -m bench.floor PORT ANSWER_FILE`, configured by the service's environment.
"""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response

from app.routers.auth import PlayerCaller
from app.routers.schemas.game import ScoreIn
from app.routers.schemas.livestream import SessionIn
from app.routers.tokens import OneKey, TokenVerifier, shared_secret
from app.routers.xp_callers import UserCaller
from app.settings import read_settings


def floor_app(*, secret: str, audience: str, answer: bytes) -> FastAPI:
    """Plain routes: two take a score or a wish and forget it, one answers fixed bytes."""
    app = FastAPI()
    app.state.tokens = TokenVerifier(OneKey(shared_secret(secret)), audience)

    @app.patch("/leaderboard/score", status_code=204)
    async def take_score(caller: PlayerCaller, body: ScoreIn) -> None:
        """Validate the caller and the body, and do nothing."""

    @app.get("/leaderboard/rankings")
    async def give_rankings(caller: PlayerCaller) -> Response:  # noqa: ARG001 # asking for it is the check
        """The same bytes for everyone."""
        return Response(answer, media_type="application/json")

    @app.get("/api/leaderboard")
    async def give_leaderboard(caller: UserCaller) -> Response:  # noqa: ARG001 # as above
        """The same bytes for everyone."""
        return Response(answer, media_type="application/json")

    @app.post("/sessions")
    async def take_session(caller: PlayerCaller, body: SessionIn) -> Response:  # noqa: ARG001 # as above
        """Validate the caller and the body, and answer nothing."""
        return Response(b"{}", media_type="application/json")

    @app.get("/readyz")
    async def is_ready() -> None:
        """Answers once the server serves."""

    return app


def main(port: int, answer_file: Path) -> None:
    """Serve until told to stop."""
    settings = read_settings()
    if settings.jwt_secret is None:
        sys.exit("the floor needs LAUREL_JWT_SECRET")
    app = floor_app(
        secret=settings.jwt_secret.get_secret_value(),
        audience=settings.jwt_audience,
        answer=answer_file.read_bytes(),
    )
    uvicorn.run(
        app,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
