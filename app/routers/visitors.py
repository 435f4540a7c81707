"""Who looks at a page: what it may show, and how whoever may not see it gets in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request

from app.resources import Resources
from app.routers.auth import visitors_of
from app.routers.tokens import Caller
from app.routers.web_cookies import VisitorKind
from app.settings import Environment, Settings


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser, with everybody it is signed in as."""

    callers: dict[VisitorKind, Caller]
    settings: Settings

    def subject(self, kind: VisitorKind) -> str | None:
        """Who the browser is signed in as, of this kind."""
        caller = self.callers.get(kind)
        return None if caller is None else caller.subject

    @property
    def shown(self) -> dict[str, Any]:
        """What the frame of every page needs to know."""
        demo = (
            self.settings.environment is not Environment.PRODUCTION and self.settings.jwt_secret is not None
        )
        return {
            "signed_in": bool(self.callers),
            "sign_up_url": self.settings.sign_up_url,
            "has_demo": demo,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is asked for: by whom, with which parameters."""

    resources: Resources
    query: Mapping[str, str]
    subject: str
    now: datetime


async def visitor_of(request: Request) -> Visitor:
    """Who looks at a page. Never refuses: whoever is not known is nobody."""
    state = request.app.state
    callers = await visitors_of(request.scope, state.tokens, state.cookies)
    return Visitor(callers, state.settings)
