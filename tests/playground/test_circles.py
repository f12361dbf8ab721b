"""Nothing of the page imports itself in a circle."""

import ast
import re
from graphlib import TopologicalSorter

from tests.conftest import ROOT

PAGE = ROOT / "bot" / "playground"


def test_the_modules_of_the_page_stand_in_one_order() -> None:
    imports = {}
    for path in PAGE.glob("*.py"):
        found: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "bot.playground":
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bot.playground."):
                found.add(str(node.module).removeprefix("bot.playground."))
        imports[path.stem] = found

    assert "talk" in TopologicalSorter(imports).static_order()


def test_the_scripts_of_the_page_stand_in_one_order() -> None:
    scripts = (PAGE / "static").glob("*.js")
    imports = {path.name: set(re.findall(r'from "\./(.+?)"', path.read_text())) for path in scripts}

    assert "app.js" in TopologicalSorter(imports).static_order()
