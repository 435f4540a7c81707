"""Who a bearer token speaks for: verified once, remembered until it expires."""

import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from app.kit.tokens import Role
from app.routers.errors import Unauthenticated

LONGEST_TOKEN = 8 * 1024
#: A longer token is verified each time, so that ten thousand remembered ones stay small.
LONGEST_REMEMBERED = 2 * 1024
MOST_REMEMBERED = 10_000
SMALLEST_RSA_KEY = 2048

TOKEN_ROLES = frozenset({Role.PLAYER, Role.SERVICE, Role.ADMIN})
TOKEN_TYPES = frozenset({"jwt", "at+jwt"})

_SUBJECT = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_KEY_ID = re.compile(r"(?!/)(?!.*\.\.)[A-Za-z0-9_=+/:.-]{1,128}", re.ASCII)
#: Header fields that bring their own key, or change what the signature covers.
_FOREIGN = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc", "cty"})
_OPTIONS: Any = {"require": ["exp", "sub", "aud"], "verify_iat": False}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request, and what shows it. `expires_at` is in unix seconds; None for an API key."""

    subject: str
    role: Role
    expires_at: int | None
    token: str = field(repr=False)
    scopes: frozenset[str] = frozenset()

    @property
    def player_token(self) -> str | None:
        """What a player shows of itself to other services; None for everybody else."""
        return self.token if self.role is Role.PLAYER else None


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key, and the one algorithm it is good for."""

    key: Any = field(repr=False)
    algorithm: str


class KeySource(Protocol):
    """Where verifying keys come from."""

    async def key_for(self, key_id: str | None) -> VerifyingKey:
        """The key of this id, or Unauthenticated."""
        ...


class OneKey:
    """A configured key: whatever id a token names, this key verifies it or nothing does."""

    def __init__(self, key: VerifyingKey) -> None:
        self._key = key

    async def key_for(self, key_id: str | None) -> VerifyingKey:  # noqa: ARG002 # there is no choice
        """The one key."""
        return self._key


def shared_secret(secret: str) -> VerifyingKey:
    """The key of HS256 tokens."""
    return VerifyingKey(secret, "HS256")


def public_key(pem: str) -> VerifyingKey:
    """The key of RS256, ES256 or EdDSA tokens, by its kind; ValueError if it is none of these."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("is not a public key in PEM") from error
    return VerifyingKey(key, algorithm_of(key))


def algorithm_of(key: object) -> str:
    """The one algorithm a public key is used with."""
    if isinstance(key, RSAPublicKey) and key.key_size >= SMALLEST_RSA_KEY:
        return "RS256"
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return "ES256"
    if isinstance(key, Ed25519PublicKey):
        return "EdDSA"
    raise ValueError(f"must be an RSA key of {SMALLEST_RSA_KEY} bits or more, a P-256 or an Ed25519 key")


class TokenVerifier:
    """Verifies tokens against pinned keys. Only what proved valid is remembered, and boundedly."""

    def __init__(self, keys: KeySource, audience: str) -> None:
        self._keys = keys
        self._audience = audience
        self._remembered: OrderedDict[str, Caller] = OrderedDict()

    async def verify(self, token: str) -> Caller:
        """The caller this token speaks for at this moment, or Unauthenticated."""
        caller = self._remembered.get(token)
        if caller is None:
            caller = await self._verified(token)
            self._remember(caller)
        elif caller.expires_at is not None and caller.expires_at <= time.time():
            del self._remembered[token]
            raise Unauthenticated
        else:
            self._remembered.move_to_end(token)
        return caller

    async def _verified(self, token: str) -> Caller:
        if len(token) > LONGEST_TOKEN:
            raise Unauthenticated
        try:
            key_id = _key_id(jwt.get_unverified_header(token))
            key = await self._keys.key_for(key_id)
            claims = jwt.decode(
                token, key.key, algorithms=[key.algorithm], audience=self._audience, options=_OPTIONS
            )
        # PyJWT lets some malformed tokens out as plain errors of what it calls.
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise Unauthenticated from error
        return _caller(token, claims)

    def _remember(self, caller: Caller) -> None:
        if len(caller.token) <= LONGEST_REMEMBERED:
            self._remembered[caller.token] = caller
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)


def _key_id(header: Mapping[str, Any]) -> str | None:
    """The key a token names, once its header proves to be a plain one."""
    kind = header.get("typ", "JWT")
    key_id = header.get("kid")
    if not isinstance(kind, str) or kind.lower() not in TOKEN_TYPES or not _FOREIGN.isdisjoint(header):
        raise Unauthenticated
    if key_id is not None and not (isinstance(key_id, str) and _KEY_ID.fullmatch(key_id)):
        raise Unauthenticated
    return key_id


def _caller(token: str, claims: Mapping[str, Any]) -> Caller:
    subject, role = claims["sub"], claims.get("role", Role.PLAYER)
    if not (isinstance(subject, str) and _SUBJECT.fullmatch(subject)):
        raise Unauthenticated
    if not isinstance(role, str) or role not in TOKEN_ROLES:
        raise Unauthenticated
    # PyJWT reads "123" and 1.5 as instants, and finds an audience in a list beside a wildcard.
    if type(claims["exp"]) is not int or type(claims.get("nbf", 0)) is not int:
        raise Unauthenticated
    if any("*" in audience for audience in claims["aud"]):
        raise Unauthenticated
    return Caller(subject=subject, role=Role(role), expires_at=claims["exp"], token=token)
