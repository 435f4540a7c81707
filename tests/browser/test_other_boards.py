"""The boards of games and livestreams."""

import re

from game_world import account
from page_world import CROWD, LEAGUE, OPEN_BOARD, PageWorld
from playwright.async_api import expect
from visits import StartVisit

from app.dev.servers import Server
from app.livestream.rules.channel_names import presence
from app.streams.connection import open_streams
from app.streams.recent import RecentEvents

pytest_plugins = ["browser_fixtures"]

LEFT = re.compile(r"^(\d+ d \d+ h|\d+ h \d+ min|\d+:\d\d)$")


async def test_a_shard_shows_its_zones_around_the_player(visit: StartVisit) -> None:
    page = await (await visit()).go(f"/leaderboard?tab=game&leaderboardId={LEAGUE}")

    assert await page.locator(".zone").all_inner_texts() == ["Promotion zone", "Safe", "Demotion zone"]
    await expect(page.locator(".card.up")).to_have_count(5)
    await expect(page.locator(".card.down")).to_have_count(6)
    await expect(page.locator(".card.own")).to_contain_text("8th")
    await expect(page.locator("[data-tiers] [aria-current]")).to_have_text("Tier 2")


async def test_the_script_shows_the_same_shard_as_the_server(visit: StartVisit) -> None:
    shown = []
    for scripted in (False, True):
        visitor = await visit(java_script_enabled=scripted)
        page = await visitor.go(f"/leaderboard?tab=game&leaderboardId={LEAGUE}")
        if scripted:
            async with page.expect_response("**/leaderboard/standing*"):
                pass
        shown.append(
            (await visitor.names(), await visitor.ranks(), await page.locator(".zone").all_inner_texts())
        )

    assert shown[0] == shown[1]


async def test_the_time_to_the_next_rollover_runs(visit: StartVisit) -> None:
    page = await (await visit()).go(f"/leaderboard?tab=game&leaderboardId={LEAGUE}")

    await expect(page.locator("[data-stat=rollover]")).to_have_text(LEFT)


async def test_scores_move_a_shard_by_themselves(visit: StartVisit, people: PageWorld) -> None:
    page = await (await visit()).go(f"/leaderboard?tab=game&leaderboardId={LEAGUE}")
    score = {"accountId": account(30), "leaderboardId": LEAGUE, "score": 5_000}
    await people.send("PATCH", "/leaderboard/scores", {"scores": [score]})

    await expect(page.locator("[data-cards] > .card").first).to_have_attribute("data-key", account(30))
    await people.send("PATCH", "/leaderboard/scores", {"scores": [score | {"score": -5_000}]})
    await expect(page.locator("[data-cards] > .card").last).to_have_attribute("data-key", account(30))


async def test_another_leaderboard_can_be_chosen_and_left_again(visit: StartVisit) -> None:
    page = await (await visit()).go(f"/leaderboard?tab=game&leaderboardId={LEAGUE}")
    await page.locator("select[name=leaderboardId]").select_option(OPEN_BOARD)
    await expect(page.locator("[data-stat=players]")).to_have_text(str(CROWD - 1))
    await expect(page.locator(".gap")).to_have_count(1)
    await page.go_back()

    await expect(page.locator("[data-stat=players]")).to_have_text("30")


async def test_a_session_shows_who_gave_most(visit: StartVisit) -> None:
    visitor = await visit()
    page = await visitor.go("/leaderboard?tab=diamonds")
    await page.locator("select[name=session]").select_option(label="Mei · Evening songs")

    await expect(page.locator(".card.own")).to_contain_text("4th")
    await expect(page.locator("[data-stat=rank]")).to_have_text("4th")
    await expect(page.locator("[data-stat=supporters]")).to_have_text("10")
    await expect(page.locator("[data-cards] > .card").first.locator("[data-points]")).to_have_text("963")


async def test_a_session_without_gifts_says_so(visit: StartVisit) -> None:
    page = await (await visit()).go("/leaderboard?tab=diamonds")
    await page.locator("select[name=session]").select_option(label="Luc · Along the canal")

    await expect(page.locator("[data-empty]")).to_have_text("Nobody has given Luc diamonds yet.")


async def test_gifts_change_a_board_as_soon_as_it_is_told(
    visit: StartVisit, people: PageWorld, own_redis: Server
) -> None:
    session = await people.live(902, "Ada", "A night walk")
    await people.give(session, (2, "gifts", 50), (3, "gifts", 40))
    page = await (await visit()).go(f"/leaderboard?tab=diamonds&session={session['id']}")
    await expect(page.locator("[data-live]")).to_have_attribute("data-on", "true")
    first = page.locator("[data-cards] > .card").first
    await expect(first).to_have_attribute("data-key", account(2))

    await people.give(session, (3, "gifts", 20))
    async with open_streams(own_redis.uri) as redis:
        await RecentEvents(redis).tell(presence(session["id"]), "leaderboard.updated", "{}")

    await expect(first).to_have_attribute("data-key", account(3))
    await people.send("POST", f"/sessions/{session['id']}/end", None)
