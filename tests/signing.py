"""Tokens as attackers make them, signed by hand where a library would refuse to."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ForgedToken:
    """A token that must not pass, and the trick it tries."""

    name: str
    token: str


def sign(header: dict[str, Any], payload: object, key: bytes) -> str:
    """An HMAC-SHA-256 token with any header and payload at all."""
    signed = f"{_encoded(header)}.{_encoded(payload)}"
    signature = hmac.new(key, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_text(signature)}"


def forged_tokens(secret: str, account: str) -> list[ForgedToken]:
    """More than thirty ways in that must all be shut."""
    key = secret.encode()
    usual = {"sub": account, "role": "player", "aud": "laurel", "exp": int(time.time()) + 3600}
    plain = {"alg": "HS256", "typ": "JWT"}
    headers: dict[str, dict[str, Any]] = {
        "alg HS512": {"alg": "HS512"},
        "alg RS256": {"alg": "RS256"},
        "alg empty": {"alg": ""},
        "alg a list": {"alg": ["HS256"]},
        "jwk": {"jwk": {"kty": "oct", "k": _text(key)}},
        "jku": {"jku": "http://127.0.0.1:9/keys"},
        "x5u": {"x5u": "http://127.0.0.1:9/chain"},
        "x5c": {"x5c": ["MII"]},
        "crit": {"crit": ["exp"]},
        "b64": {"b64": False, "crit": ["b64"]},
        "zip": {"zip": "DEF"},
        "typ of another kind": {"typ": "logout+jwt"},
        "typ a number": {"typ": 1},
        "kid a path": {"kid": "../../dev/null"},
        "kid absolute": {"kid": "/dev/null"},
        "kid an injection": {"kid": "x' UNION SELECT 'key"},
        "kid a number": {"kid": 7},
        "kid an object": {"kid": {"$ne": None}},
    }
    payloads: dict[str, Any] = {
        "no exp": _without(usual, "exp"),
        "exp as text": usual | {"exp": str(usual["exp"])},
        "exp a fraction": usual | {"exp": 1e12 + 0.5},
        "exp true": usual | {"exp": True},
        "exp past": usual | {"exp": int(time.time()) - 1},
        "exp null": usual | {"exp": None},
        "nbf ahead": usual | {"nbf": int(time.time()) + 1800},
        "nbf as text": usual | {"nbf": "0"},
        "no aud": _without(usual, "aud"),
        "aud other": usual | {"aud": "other"},
        "aud longer": usual | {"aud": "laurel "},
        "aud wildcard": usual | {"aud": "*"},
        "aud list of a wildcard": usual | {"aud": ["*"]},
        "aud list with a wildcard": usual | {"aud": ["laurel", "*"]},
        "aud an object": usual | {"aud": {"laurel": 1}},
        "no sub": _without(usual, "sub"),
        "sub empty": usual | {"sub": ""},
        "sub an object": usual | {"sub": {"$ne": None}},
        "sub a number": usual | {"sub": 7},
        "sub with a null byte": usual | {"sub": account + "\0"},
        "sub of 129 characters": usual | {"sub": "a" * 129},
        "role unknown": usual | {"role": "root"},
        "role of API keys": usual | {"role": "apikey"},
        "role a list": usual | {"role": ["player", "admin"]},
        "role null": usual | {"role": None},
        "payload a list": [usual],
        "payload text": "player",
    }
    good = sign(plain, usual, key)
    signed, _, signature = good.rpartition(".")
    admin = f"{_encoded(plain)}.{_encoded(usual | {'role': 'admin'})}.{signature}"
    texts = {
        "empty": "",
        "dots": "..",
        "no signature": signed,
        "signature stripped": f"{signed}.",
        "signature of another": f"{signed}.{_text(b'0' * 32)}",
        "payload exchanged": admin,
        "other secret": sign(plain, usual, b"another secret of thirty-two bytes"),
        "empty secret": sign(plain, usual, b""),
        "nine KiB": sign(plain, usual | {"padding": "a" * 9 * 1024}, key),
        "not ASCII": good + "é",
    }
    nones = {f"alg {alg}": f"{_encoded({'alg': alg})}.{_encoded(usual)}." for alg in ("none", "None", "nOnE")}
    tokens = {
        **{name: sign(plain | header, usual, key) for name, header in headers.items()},
        **{name: sign(plain, payload, key) for name, payload in payloads.items()},
        **texts,
        **nones,
    }
    return [ForgedToken(name, token) for name, token in tokens.items()]


def _without(payload: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if key != name}


def _encoded(part: object) -> str:
    return _text(json.dumps(part).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
