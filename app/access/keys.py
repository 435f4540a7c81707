"""API keys: made, shown once, recognised by their hash, revoked."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime

from app.access.documents import ApiKey
from app.access.errors import UnknownApiKey

SECRET_BYTES = 32
SHOWN = 4

_KEY = re.compile(r"laurel_[A-Za-z0-9_-]{43}", re.ASCII)


async def create_key(name: str, scopes: Iterable[str], *, now: datetime) -> tuple[ApiKey, str]:
    """A new key and its text, which is not stored and cannot be shown again."""
    text = f"laurel_{secrets.token_urlsafe(SECRET_BYTES)}"
    key = ApiKey(
        id=secrets.token_hex(4),
        name=name,
        scopes=sorted(set(scopes)),
        hash=_hash(text),
        ending=text[-SHOWN:],
        created_at=now,
    )
    stored = key.model_dump(exclude={"id", "revision_id"})
    await ApiKey.get_motor_collection().insert_one({"_id": key.id, **stored})
    return key, text


async def verify_key(text: str) -> ApiKey | None:
    """The key with this text, unless there is none or it was revoked."""
    if _KEY.fullmatch(text) is None:
        return None
    return await ApiKey.find_one({"hash": _hash(text), "revoked_at": None})


async def list_keys() -> list[ApiKey]:
    """Every key, oldest first, revoked ones included."""
    return await ApiKey.find_all().sort("+created_at").to_list()


async def revoke_key(key_id: str, *, now: datetime) -> None:
    """From the next request on the key opens nothing; revoking it again changes nothing."""
    if await ApiKey.get(key_id) is None:
        raise UnknownApiKey
    await ApiKey.find_one({"_id": key_id, "revoked_at": None}).update({"$set": {"revoked_at": now}})


def _hash(text: str) -> str:
    # 256 random bits cannot be guessed, so one fast round is enough.
    return hashlib.sha256(text.encode()).hexdigest()
