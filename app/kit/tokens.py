"""Signed tokens: the roles they may carry, and how one is made."""

import time
from enum import StrEnum

import jwt


class Role(StrEnum):
    """What a caller may do; API keys have a role of their own that no token can claim."""

    PLAYER = "player"
    SERVICE = "service"
    ADMIN = "admin"
    KEY = "apikey"


def sign_token(secret: str, *, subject: str, role: str, audience: str, ttl_s: int) -> str:
    """An HS256 token for this subject and role, good for `ttl_s` seconds from now."""
    now = int(time.time())
    claims = {"sub": subject, "role": role, "aud": audience, "iat": now, "exp": now + ttl_s}
    return jwt.encode(claims, secret, algorithm="HS256")
