"""Full URLs of this service, as its callers know it."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from fastapi import Request

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?", re.ASCII)


def url_of(request: Request, parameters: Mapping[str, str]) -> str:
    """The URL of the same path with these parameters, at the host that the request was sent to.

    Behind a proxy that ends TLS its `X-Forwarded-Proto` says so; it changes nothing but such links.
    """
    is_tls = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    path = quote(request.scope["path"])
    return f"{'https' if is_tls else 'http'}://{_host(request)}{path}?{urlencode(parameters)}"


def _host(request: Request) -> str:
    host = request.headers.get("host", "")
    if _HOST.fullmatch(host):
        return host
    name, port = request.scope.get("server") or ("localhost", None)
    return name if port is None else f"{name}:{port}"
