"""Instants as query parameters."""

from datetime import datetime
from typing import Annotated

from fastapi import Query

from app.kit.errors import Invalid, Problem
from app.listening.rules.fields import INSTANT_PATTERN, BadField, instant_of, micros_of

InstantText = Annotated[str, Query(pattern=INSTANT_PATTERN, description="ISO 8601 with an offset; included")]


def read_micros(text: str | None, *, parameter: str) -> int | None:
    """Microseconds since 1970 of a parameter, or Invalid."""
    if text is None:
        return None
    try:
        return micros_of(text, field=parameter)
    except BadField as fault:
        raise Invalid(problems=[Problem(fault.detail, parameter=parameter)]) from None


def read_instant(text: str | None, *, parameter: str) -> datetime | None:
    """The instant of a parameter, to the millisecond, or Invalid."""
    micros = read_micros(text, parameter=parameter)
    return None if micros is None else instant_of(micros)
