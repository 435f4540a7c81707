"""Web sessions: cookies that hold a token, one for each kind of visitor."""

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum

from fastapi import Response
from starlette.types import Scope

from app.kit.ids import is_object_id, is_user_id
from app.kit.tokens import Role
from app.routers.tokens import Caller


class VisitorKind(StrEnum):
    """Who a browser may be signed in as, all at the same time."""

    XP = "xp"
    PLAYER = "player"
    ADMIN = "admin"


def kind_of(caller: Caller) -> VisitorKind | None:
    """Which kind of visitor a caller makes; None for services, which have no browser."""
    if caller.role is Role.ADMIN:
        return VisitorKind.ADMIN
    if caller.role is not Role.PLAYER:
        return None
    if is_user_id(caller.subject):
        return VisitorKind.XP
    return VisitorKind.PLAYER if is_object_id(caller.subject) else None


class WebCookies:
    """Writes and reads the cookies. Where they are secure, no other host can have set them either."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure

    def name(self, kind: VisitorKind) -> str:
        """What the cookie of a kind is called."""
        return f"{'__Host-' if self._secure else ''}laurel_{kind}"

    def keep(self, response: Response, kind: VisitorKind, token: str, *, lasts_s: int) -> None:
        """Have the browser show this token from now on, for so long."""
        response.set_cookie(
            self.name(kind), token, max_age=lasts_s, secure=self._secure, httponly=True, samesite="lax"
        )

    def drop(self, response: Response) -> None:
        """Have the browser forget every token."""
        for kind in VisitorKind:
            response.delete_cookie(self.name(kind), secure=self._secure, httponly=True, samesite="lax")

    def tokens(self, scope: Scope) -> dict[VisitorKind, str]:
        """The tokens a request shows. A cookie that is there twice is none: one of the two was planted."""
        shown = list(_cookies(scope))
        times = Counter(name for name, _ in shown)
        values = {name: value for name, value in shown if times[name] == 1}
        return {kind: values[name] for kind in VisitorKind if (name := self.name(kind)) in values}


def _cookies(scope: Scope) -> Iterator[tuple[str, str]]:
    for header, text in scope["headers"]:
        if header == b"cookie":
            for pair in text.decode("latin-1").split(";"):
                name, _, value = pair.partition("=")
                yield name.strip(), value.strip()
