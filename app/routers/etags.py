"""Answers that a caller may have already."""


def etag_of(name: str) -> str:
    """The `ETag` of an answer of that name."""
    return f'"{name}"'


def is_known(etag: str, if_none_match: str | None) -> bool:
    """True if the header `If-None-Match` names the answer, or says that any will do."""
    named = (if_none_match or "").split(",")
    return any(name.strip().removeprefix("W/") in (etag, "*") for name in named)
