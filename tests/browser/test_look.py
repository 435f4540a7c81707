pytest_plugins = ["browser_fixtures"]
from visits import Size


async def test_look(visit):
    for size in Size:
        v = await visit(size=size)
        for name, path in {
            "xp": "/leaderboard",
            "game": "/leaderboard?tab=game&leaderboardId=league",
        }.items():
            await v.go(path)
            await v.page.wait_for_timeout(1500)
            await v.page.screenshot(path=f"/tmp/look-{name}-{size.value[0]}.png")
        v = await visit(size=size, signed_in=False)
        await v.go("/leaderboard")
        await v.page.screenshot(path=f"/tmp/look-gate-{size.value[0]}.png")
