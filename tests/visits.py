"""A visitor's browser: what it asked for, and what it should never do."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Request, Route, ViewportSize

from app.dev.children import Child

XP_API = "**/api/leaderboard?*"


class Size(Enum):
    """The screens that are looked at."""

    DESKTOP = (1280, 900)
    PHONE = (390, 844)


@dataclass(frozen=True)
class Site:
    """The service as a process."""

    url: str
    child: Child


@dataclass
class Visit:
    """A page in a context of its own."""

    page: Page
    site: Site
    requests: list[Request] = field(default_factory=list)
    offences: list[str] = field(default_factory=list)

    async def go(self, path: str) -> Page:
        """Open a page of the service."""
        await self.page.goto(self.site.url + path)
        return self.page

    @property
    def asked(self) -> list[str]:
        """Paths of what was asked for so far, besides the pages themselves and their static files."""
        paths = [
            urlsplit(request.url).path for request in self.requests if not request.is_navigation_request()
        ]
        return [path for path in paths if not path.startswith("/static/")]

    async def names(self) -> list[str]:
        """The names on the cards, from the top."""
        return await self.page.locator("[data-cards] > [data-key] [data-name]").all_inner_texts()

    async def ranks(self) -> list[str]:
        """The ranks on the cards, from the top."""
        return await self.page.locator("[data-cards] > [data-key] [data-rank]").all_inner_texts()

    async def fail(self, pattern: str = XP_API) -> None:
        """Have the service fail from now on, as far as this browser can see."""

        async def answer(route: Route) -> None:
            await route.fulfill(status=503, content_type="application/problem+json", body="{}")

        await self.page.route(pattern, answer)

    def hear(self) -> None:
        """Note what happens."""
        self.page.on("request", self._requested)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.offences.append(f"error: {error}"))

    def _requested(self, request: Request) -> None:
        self.requests.append(request)
        if not request.url.startswith(self.site.url):
            self.offences.append(f"asked elsewhere: {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Trusted" in message.text:
            self.offences.append(f"against the policy: {message.text}")


class StartVisit(Protocol):
    """Opens a browser of this size, signed in or not."""

    async def __call__(
        self, *, size: Size = Size.DESKTOP, signed_in: bool = True, **options: Any
    ) -> Visit: ...


@asynccontextmanager
async def open_visit(
    browser: Browser, site: Site, size: Size, tokens: Mapping[str, str], **options: Any
) -> AsyncIterator[Visit]:
    """A browser signed in with these tokens, closed afterwards."""
    width, height = size.value
    context = await browser.new_context(viewport=ViewportSize(width=width, height=height), **options)
    context.set_default_timeout(5_000)
    await context.add_cookies(
        [
            {
                "name": f"laurel_{kind}",
                "value": token,
                "url": site.url,
                "httpOnly": True,
                "sameSite": "Lax",
            }
            for kind, token in tokens.items()
        ]
    )
    visit = Visit(await context.new_page(), site)
    visit.hear()
    yield visit
    await context.close()
