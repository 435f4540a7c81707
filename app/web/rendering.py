"""Pages made from templates. Whatever they show is escaped; a name that is not there fails loudly."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.web import words
from app.web.assets import Assets

TEMPLATES = Path(__file__).parent / "templates"


@cache
def assets() -> Assets:
    """The static files of this process."""
    return Assets()


def render(template: str, **values: Any) -> str:
    """The page a template makes of these values."""
    return _templates().get_template(template).render(values)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = assets().url
    environment.filters |= {
        "ordinal": words.ordinal,
        "thousands": words.thousands,
        "remaining": words.remaining,
        "flag": words.flag,
        "amount": words.amount,
        "short_day": words.short_day,
    }
    return environment
