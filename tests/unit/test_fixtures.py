"""Fixtures that modules share are known to all tests once one module has asked for them."""

import ast
from collections import Counter
from pathlib import Path

SHARED = sorted(Path(__file__).parents[1].glob("*.py"))


def fixtures_of(module: Path) -> list[str]:
    return [
        node.name
        for node in ast.parse(module.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any("pytest.fixture" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]


def test_no_two_shared_fixtures_have_one_name() -> None:
    names = Counter(name for module in SHARED for name in fixtures_of(module))

    assert [name for name, times in names.items() if times > 1] == []
