"""What tags are worth: the one table of XP. Pure."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from app.xp.rules.counters import NOTHING, Counters

UPLOAD_XP = 5
OBJECT_XP = 1
BAG_OF_LITTER_XP = 10
DUMPING_XP: Mapping[str, int] = {"small": 10, "medium": 25, "large": 50}
MATERIAL_XP = 2
BRAND_XP = 3
CUSTOM_TAG_XP = 1
PICKED_UP_XP = 5

#: What the upload of a photo counts before it has any tag.
UPLOAD = Counters(uploads=1, xp=UPLOAD_XP)

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand seen on the things of a tag, so many times."""

    name: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Tag:
    """What somebody saw on a photo: so many things of a kind, and what is to be said about them.

    Without an object it says something and is no litter.
    """

    quantity: int
    object: str | None = None
    type: str | None = None
    materials: Sequence[str] = ()
    brands: Sequence[Brand] = ()
    custom_tags: Sequence[str] = ()
    picked_up: bool = False


def amounts_of(tags: Iterable[Tag]) -> Counters:
    """What all tags of a photo count together."""
    total = NOTHING
    for tag in tags:
        total = total.plus(_amounts(tag))
    return total


def object_xp(key: str, type_: str | None) -> int:
    """XP of one thing: dumping by the size in its key, else in its type; a bag of litter; all else alike."""
    words = _words(key)
    if "dumping" in words:
        size = next((word for word in [*words, *_words(type_ or "")] if word in DUMPING_XP), None)
        return OBJECT_XP if size is None else DUMPING_XP[size]
    if "litter" in words and not {"bag", "bags"}.isdisjoint(words):
        return BAG_OF_LITTER_XP
    return OBJECT_XP


def fingerprint(tags: Iterable[Tag]) -> str:
    """The same for the same tags in any order."""
    described = sorted(orjson.dumps(_described(tag)) for tag in tags)
    return hashlib.sha256(b"\n".join(described)).hexdigest()[:32]


def _amounts(tag: Tag) -> Counters:
    litter = tag.quantity if tag.object is not None else 0
    materials = tag.quantity * len(tag.materials)
    brands = sum(brand.quantity for brand in tag.brands)
    custom_tags = tag.quantity * len(tag.custom_tags)
    each = 0 if tag.object is None else object_xp(tag.object, tag.type) + PICKED_UP_XP * tag.picked_up
    return Counters(
        tags=litter + brands + materials + custom_tags,
        litter=litter,
        brands=brands,
        materials=materials,
        custom_tags=custom_tags,
        xp=tag.quantity * each + MATERIAL_XP * materials + BRAND_XP * brands + CUSTOM_TAG_XP * custom_tags,
    )


def _words(key: str) -> list[str]:
    """`dumping_large`, `largeDumping` and `Large dumping` are made of the same words."""
    return [word.lower() for word in _WORD.findall(key)]


def _described(tag: Tag) -> list[object]:
    brands = sorted((brand.name, brand.quantity) for brand in tag.brands)
    return [
        tag.object,
        tag.type,
        tag.quantity,
        sorted(tag.materials),
        brands,
        sorted(tag.custom_tags),
        tag.picked_up,
    ]
