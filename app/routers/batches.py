"""Lists of items in, all or nothing: read quickly where that can hide nothing, strictly everywhere else."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.kit.errors import Invalid, Problem
from app.kit.strict_json import MalformedJson, decode
from app.listening.rules.fields import BadField
from app.routers.errors import invalid_body

MOST_PROBLEMS = 100
#: How large an item with unknown fields may be; one of known fields alone stays far below.
LARGEST_ITEM = 64 * 1024

Item = Mapping[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Batches:
    """Lists of items of one shape, up to so many: `names` are its fields, `stored` gives an item its form.

    `plain` takes a list of items without any other field; every field is a text, a number or null.
    """

    item: TypeAdapter[Any]
    plain: TypeAdapter[list[Any]]
    names: Collection[str]
    most: int
    stored: Callable[[Item], Row]

    def read(self, body: bytes) -> list[Row]:
        """Every item in its form. Raises MalformedJson, or Invalid with the first hundred problems."""
        try:
            items = self.plain.validate_json(body)
            if len(items) <= self.most and _holds_no_more(body, items):
                return [self.stored(item) for item in items]
        except (ValidationError, BadField):
            pass  # below it is found out what exactly is wrong
        return self._read_strictly(body)

    def _read_strictly(self, body: bytes) -> list[Row]:
        if not body:
            raise MalformedJson("The body is empty.")
        given = decode(body)
        if not isinstance(given, list):
            raise Invalid(problems=[Problem("must be a list", pointer="")])
        if len(given) > self.most:
            raise Invalid(problems=[Problem(f"has more than {self.most} items", pointer="")])
        rows: list[Row] = []
        problems = list(islice(self._problems(given, rows), MOST_PROBLEMS))
        if problems:
            raise Invalid(problems=problems)
        return rows

    def _problems(self, given: list[object], rows: list[Row]) -> Iterator[Problem]:
        """What is wrong, item by item; those that are well go to the rows."""
        for index, item in enumerate(given):
            pointer = f"/{index}"
            if self._is_too_large(item):
                yield Problem(f"is larger than {LARGEST_ITEM} bytes", pointer=pointer)
                continue
            try:
                rows.append(self.stored(self.item.validate_python(item)))
            except ValidationError as error:
                yield from invalid_body(error, pointer=pointer).problems
            except BadField as fault:
                yield Problem(fault.detail, pointer=f"{pointer}/{fault.field}")

    def _is_too_large(self, item: object) -> bool:
        has_more = not isinstance(item, dict) or not item.keys() <= set(self.names)
        return has_more and len(json.dumps(item)) > LARGEST_ITEM


def _holds_no_more(body: bytes, items: list[Item]) -> bool:
    """True if nothing in the body was passed over, which is what lenient parsers do with a field given twice.

    A name or a text more has two quotes more than those of the items account for.
    """
    names = sum(map(len, items))
    texts = list(map(type, chain.from_iterable(item.values() for item in items))).count(str)
    return _quotes(body) == 2 * (names + texts)


def _quotes(body: bytes) -> int:
    """How many quotes stand around texts, not in them."""
    if b"\\" not in body:
        return body.count(b'"')
    unescaped = body.replace(rb"\\", b"")
    return unescaped.count(b'"') - unescaped.count(rb"\"")
