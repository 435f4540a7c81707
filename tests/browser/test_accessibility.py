"""Every state of every page, looked at by axe."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from page_states import STATES, State
from visits import Size, StartVisit

pytest_plugins = ["browser_fixtures"]

#: Text lies on a gradient, which axe cannot judge: it is put on each of its colours in turn.
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
RUNS: dict[str, dict[str, Any]] = {"#0f172a": {}, "#1e3a8a": CONTRAST, "#064e3b": CONTRAST}
PUT_ON = """colour => {
  document.documentElement.style.setProperty("--backdrop", "none");
  document.documentElement.style.backgroundColor = colour;
}"""
GRAVE = {"serious", "critical"}


@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
async def test_axe_finds_nothing_serious(visit: StartVisit, state: State, size: Size) -> None:
    visitor = await visit(size=size, signed_in=state.signed_in, reduced_motion="reduce")
    await state.reach(visitor)
    found = []
    for colour, options in RUNS.items():
        await visitor.page.evaluate(PUT_ON, colour)
        violations = (await Axe().run(visitor.page, options=options)).response["violations"]
        found += [(one["id"], one["nodes"][0]["html"]) for one in violations if one["impact"] in GRAVE]

    assert found == []
