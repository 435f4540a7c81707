"""Which tokens are believed."""

import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from signing import ForgedToken, forged_tokens, sign

from app.kit.tokens import Role, sign_token
from app.routers import tokens
from app.routers.errors import Unauthenticated
from app.routers.key_sets import KeySet, KeySetAway
from app.routers.tokens import OneKey, TokenVerifier, public_key, shared_secret

SECRET = "a-secret-for-tests-that-opens-nothing-else"
ACCOUNT = "62e841925030343c6079e78d"
SHORT_KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505 # too short on purpose
RSA_KEY = rsa.generate_private_key(65537, 2048)


def pem_of(key: Any) -> str:
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def claims(**changes: Any) -> dict[str, Any]:
    usual = {"sub": ACCOUNT, "role": "player", "aud": "laurel", "exp": int(time.time()) + 60}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def signed(**changes: Any) -> str:
    return jwt.encode(claims(**changes), SECRET, algorithm="HS256")


def a_verifier() -> TokenVerifier:
    return TokenVerifier(OneKey(shared_secret(SECRET)), "laurel")


async def is_refused(verifier: TokenVerifier, token: str) -> bool:
    try:
        await verifier.verify(token)
    except Unauthenticated:
        return True
    return False


async def test_a_token_says_who_calls() -> None:
    caller = await a_verifier().verify(signed(role="service"))

    assert (caller.subject, caller.role) == (ACCOUNT, Role.SERVICE)


async def test_without_a_role_a_token_is_a_players() -> None:
    caller = await a_verifier().verify(signed(role=None))

    assert caller.role is Role.PLAYER


async def test_a_token_signed_here_is_believed_here() -> None:
    token = sign_token(SECRET, subject="ops", role="admin", audience="laurel", ttl_s=60)

    assert (await a_verifier().verify(token)).role is Role.ADMIN


async def test_an_audience_in_a_list_counts() -> None:
    caller = await a_verifier().verify(signed(aud=["other", "laurel"]))

    assert caller.subject == ACCOUNT


@pytest.mark.parametrize("forged", forged_tokens(SECRET, ACCOUNT), ids=lambda forged: forged.name)
async def test_a_forged_token_is_refused(forged: ForgedToken) -> None:
    assert await is_refused(a_verifier(), forged.token)


@pytest.mark.parametrize(
    "key", [RSA_KEY, ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()]
)
async def test_a_public_key_verifies_tokens_of_its_own_algorithm(key: Any) -> None:
    verifying = public_key(pem_of(key))
    token = jwt.encode(claims(), key, algorithm=verifying.algorithm)

    assert (await TokenVerifier(OneKey(verifying), "laurel").verify(token)).subject == ACCOUNT


async def test_a_public_key_is_no_shared_secret() -> None:
    pem = pem_of(RSA_KEY)
    forged = sign({"alg": "HS256", "typ": "JWT"}, claims(), pem.encode())

    assert await is_refused(TokenVerifier(OneKey(public_key(pem)), "laurel"), forged)


@pytest.mark.parametrize(
    "key",
    [SHORT_KEY, ec.generate_private_key(ec.SECP384R1())],
    ids=["short", "P-384"],
)
def test_a_weak_or_unknown_public_key_is_refused_at_the_start(key: Any) -> None:
    with pytest.raises(ValueError, match="must be an RSA key"):
        public_key(pem_of(key))


def test_a_public_key_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="PEM"):
        public_key("not a key")


async def test_a_remembered_token_is_refused_once_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    verifier, token = a_verifier(), signed()
    await verifier.verify(token)
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)

    assert await is_refused(verifier, token)


async def test_ten_thousand_wrong_tokens_are_not_remembered() -> None:
    verifier = a_verifier()
    for number in range(200):
        await is_refused(verifier, f"{signed()}{number}")

    assert len(verifier._remembered) == 0  # noqa: SLF001


async def test_remembered_tokens_are_bounded_and_the_longest_unused_goes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tokens, "MOST_REMEMBERED", 2)
    verifier = a_verifier()
    first, second, third = (signed(jti=name) for name in "abc")
    for token in (first, second, first, third):
        await verifier.verify(token)

    assert list(verifier._remembered) == [first, third]  # noqa: SLF001


class Issuer:
    """Publishes keys, and counts how often it is asked."""

    def __init__(self, *keys: tuple[str, Any]) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.is_away = False

    async def fetch(self) -> bytes:
        self.asked += 1
        if self.is_away:
            raise KeySetAway
        published = [
            {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": name, "use": "sig"}
            for name, key in self.keys
        ]
        return json.dumps({"keys": published}).encode()


def issued(key: Any, key_id: str | None) -> str:
    headers = None if key_id is None else {"kid": key_id}
    return jwt.encode(claims(jti=str(time.perf_counter())), key, algorithm="RS256", headers=headers)


async def test_a_key_set_verifies_by_key_id() -> None:
    verifier = TokenVerifier(KeySet(Issuer(("first", RSA_KEY)).fetch), "laurel")

    assert (await verifier.verify(issued(RSA_KEY, "first"))).subject == ACCOUNT


async def test_the_only_key_of_a_set_needs_no_id() -> None:
    verifier = TokenVerifier(KeySet(Issuer(("first", RSA_KEY)).fetch), "laurel")

    assert (await verifier.verify(issued(RSA_KEY, None))).subject == ACCOUNT


async def test_unknown_key_ids_cost_one_fetch() -> None:
    issuer = Issuer(("first", RSA_KEY))
    verifier = TokenVerifier(KeySet(issuer.fetch), "laurel")
    for number in range(20):
        await is_refused(verifier, issued(RSA_KEY, f"unknown-{number}"))

    assert issuer.asked == 1


async def test_a_key_published_later_is_found_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer(("first", RSA_KEY))
    verifier = TokenVerifier(KeySet(issuer.fetch), "laurel")
    await verifier.verify(issued(RSA_KEY, "first"))
    issuer.keys.append(("second", RSA_KEY))
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)

    assert (await verifier.verify(issued(RSA_KEY, "second"))).subject == ACCOUNT


async def test_without_any_keys_the_answer_is_to_come_back() -> None:
    issuer = Issuer()
    issuer.is_away = True

    with pytest.raises(KeySetAway):
        await TokenVerifier(KeySet(issuer.fetch), "laurel").verify(issued(RSA_KEY, "first"))


async def test_keys_once_read_are_used_while_the_issuer_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer(("first", RSA_KEY))
    verifier = TokenVerifier(KeySet(issuer.fetch), "laurel")
    await verifier.verify(issued(RSA_KEY, "first"))
    issuer.is_away = True
    later = time.monotonic() + 3600
    monkeypatch.setattr(time, "monotonic", lambda: later)

    assert (await verifier.verify(issued(RSA_KEY, "first"))).subject == ACCOUNT
