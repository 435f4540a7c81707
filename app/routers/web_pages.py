"""Pages and static files as responses: compressed, and with what browsers are to refuse."""

import gzip
import re
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response

from app.web.assets import Asset
from app.web.rendering import render

#: Nothing from elsewhere, nothing inline, nobody's frame.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
PROTECTED: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
A_YEAR = "public, max-age=31536000, immutable"
FASTER = 5

_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")


def page_response(request: Request, template: str, **values: Any) -> Response:
    """The page a template makes, for this visitor alone."""
    content = render(template, **values).encode()
    kept = {**PROTECTED, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Cookie"}
    compressed = gzip.compress(content, FASTER, mtime=0)
    return _smaller(request, content, compressed, "text/html; charset=utf-8", kept)


def asset_response(request: Request, asset: Asset, *, cache_control: str) -> Response:
    """A static file."""
    kept = {**PROTECTED, "Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    return _smaller(request, asset.content, asset.compressed, asset.media_type, kept)


def _smaller(
    request: Request, content: bytes, compressed: bytes, media_type: str, headers: Mapping[str, str]
) -> Response:
    if _TAKES_GZIP.search(request.headers.get("accept-encoding", "")):
        return Response(compressed, headers={**headers, "Content-Encoding": "gzip"}, media_type=media_type)
    return Response(content, headers=headers, media_type=media_type)
