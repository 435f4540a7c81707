"""Numbers and places as people read them. `static/js/words.js` says the same in the browser."""

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


def flag(country: str | None) -> str:
    """The flag of a country of two letters; nothing for whatever is none."""
    letters = (country or "").lower()
    if len(letters) != len("ie") or not (letters.isascii() and letters.isalpha()):
        return ""
    return "".join(chr(_REGIONAL_A + ord(letter) - ord("a")) for letter in letters)
