"""The demo's library is our own guide: it answers what newcomers ask, and its links lead somewhere."""

import json
import re
from pathlib import Path

import pytest

from knowledge.facts import Embed, Read
from knowledge.folder import Folder
from knowledge.library import Library

GUIDE = Path(__file__).parents[2] / "docs"
ASKED = [
    json.loads(line) for line in Path(__file__).with_name("own_guide.jsonl").read_text("utf-8").splitlines()
]
STRANGE = (
    "how do I pay with paypal?",
    "who won the world cup",
    "which restaurant is near the office?",
    "does it work with slack?",
    "how do I ban a spammer from the server?",
)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


async def answers(path: Path, embed: Embed | None = None, read: Read | None = None) -> list[str]:
    """Return the questions that are not answered from a right page on top."""
    library = Library(path, [Folder(GUIDE)], embed, read, model="minilm")
    await library.open()
    await library.refresh()
    wrong = []
    for row in ASKED:
        found = await library.search(row["q"])
        pages = {f"{page}.md" for page in (row["page"], *row.get("also_ok", []))}
        if not found.answers or found.passages[0].section.page not in pages:
            wrong.append(row["q"])
    told = [q for q in STRANGE if (await library.search(q)).answers]
    library.close()
    assert len(told) <= 1, told
    return wrong


async def test_our_own_guide_answers_newcomers_by_words_alone(tmp_path: Path) -> None:
    wrong = await answers(tmp_path / "library.db")
    assert len(wrong) <= 0.1 * len(ASKED), wrong


@pytest.mark.slow
async def test_our_own_guide_answers_newcomers_by_sense(tmp_path: Path) -> None:
    from benchmarks.answer import endpoint

    wrong = await answers(tmp_path / "library.db", *endpoint())
    assert len(wrong) <= 0.1 * len(ASKED), wrong


def test_every_link_of_the_guide_leads_to_a_file() -> None:
    broken = []
    for page in GUIDE.rglob("*.md"):
        for match in _LINK.finditer(page.read_text("utf-8")):
            target = (match[1] or match[2]).partition("#")[0]
            if target and "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(GUIDE)}: {target}")
    assert broken == []


def test_the_table_of_contents_lists_every_page() -> None:
    contents = (GUIDE / "SUMMARY.md").read_text("utf-8")
    pages = {str(page.relative_to(GUIDE)) for page in GUIDE.rglob("*.md")} - {"SUMMARY.md"}
    listed = {target for target, _ in _LINK.findall(contents)}
    assert {page for page in pages if not page.startswith("decisions/0")} <= listed
