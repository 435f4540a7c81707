"""What the server and the browser write alike."""

from visits import StartVisit

from app.web import words
from app.web.rendering import assets

pytest_plugins = ["browser_fixtures"]

NUMBERS = [*range(31), 99, 100, 101, 111, 112, 113, 121, 1_000, 1_011, 1_021, 999_999, 1_000_000, 12_345_678]
SECONDS = [0, 1, 59, 60, 61, 600, 3_599, 3_600, 3_661, 86_399, 86_400, 90_061, 10_000_000]
COUNTRIES = ["ie", "IE", "pt", "zz", "", "i", "irl", "1e", "é1", None]
SAY = """async ([module, numbers, seconds, countries]) => {
  const { ordinal, thousands, remaining, flag } = await import(module);
  return [numbers.map(ordinal), numbers.map(thousands), seconds.map(remaining), countries.map(flag)];
}"""


async def test_numbers_times_and_flags_read_the_same_everywhere(visit: StartVisit) -> None:
    page = await (await visit(signed_in=False)).go("/leaderboard")
    said = await page.evaluate(SAY, [assets().url("js/words.js"), NUMBERS, SECONDS, COUNTRIES])

    assert said == [
        [words.ordinal(number) for number in NUMBERS],
        [words.thousands(number) for number in NUMBERS],
        [words.remaining(seconds) for seconds in SECONDS],
        [words.flag(country) for country in COUNTRIES],
    ]
