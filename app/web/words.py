"""Numbers and places as people read them. `static/js/words.js` says the same in the browser."""

from datetime import date

HOURS_A_DAY = 24
#: From here on tenths say nothing.
LARGE = 100

_TEENS = range(11, 14)
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_REGIONAL_A = 0x1F1E6


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 1,021st."""
    ending = "th" if number % 100 in _TEENS else _ENDINGS.get(number % 10, "th")
    return f"{thousands(number)}{ending}"


def thousands(number: int) -> str:
    """1,234,567."""
    return f"{number:,}"


def amount(number: float) -> str:
    """0, 2.5, 12.3, 1,234."""
    if number == int(number) or number >= LARGE:
        return f"{number:,.0f}"
    return f"{number:,.1f}"


def short_day(day: date) -> str:
    """5 Nov."""
    return f"{day.day} {day:%b}"


def remaining(seconds: int) -> str:
    """How long something takes still: 3 d 4 h, 5 h 7 min, 12:09."""
    minutes, hours = seconds // 60, seconds // 3600
    if hours >= HOURS_A_DAY:
        return f"{hours // HOURS_A_DAY} d {hours % HOURS_A_DAY} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes}:{seconds % 60:02d}"


def flag(country: str | None) -> str:
    """The flag of a country of two letters; nothing for whatever is none."""
    letters = (country or "").lower()
    if len(letters) != len("ie") or not (letters.isascii() and letters.isalpha()):
        return ""
    return "".join(chr(_REGIONAL_A + ord(letter) - ord("a")) for letter in letters)
