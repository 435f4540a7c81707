"""Lists of items in, all or nothing: read quickly where that can hide nothing, strictly everywhere else."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import orjson
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
    """Lists of items of one shape, up to so many: `names` are its fields, `stored` gives an item its form."""

    item: TypeAdapter[Any]
    items: TypeAdapter[list[Any]]
    names: Collection[str]
    most: int
    stored: Callable[[Item], Row]

    def read(self, body: bytes) -> list[Row]:
        """Every item in its form. Raises MalformedJson, or Invalid with the first hundred problems."""
        try:
            given = orjson.loads(body)
            if self._is_plain(body, given):
                return [self.stored(item) for item in self.items.validate_python(given)]
        except (orjson.JSONDecodeError, ValidationError, BadField):
            pass  # below it is found out what exactly is wrong
        return self._read_strictly(body)

    def _is_plain(self, body: bytes, given: object) -> bool:
        """True if a lenient parser has read this list as a strict one would, once its items are valid.

        Then the items have known fields alone, and each name stands in the text as often as in them: none
        came twice in an item. An escape could spell a name otherwise.
        """
        if not isinstance(given, list) or len(given) > self.most or b"\\u" in body:
            return False
        if not all(isinstance(item, dict) for item in given):
            return False
        held = Counter(chain.from_iterable(given))
        return held.keys() <= set(self.names) and all(
            body.count(b'"%s"' % name.encode()) == held[name] for name in self.names
        )

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
