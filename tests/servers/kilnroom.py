"""The book that the tests read: a guide in two versions, near duplicates on purpose, in GitBook form."""

import re
from dataclasses import dataclass
from pathlib import Path

BOOK = Path(__file__).parent / "book"
QUESTIONS = BOOK / "questions.jsonl"
UNANSWERABLE = BOOK / "unanswerable.jsonl"
_CHOICE = re.compile(r"\[\[([^\[\]|]*)\|([^\[\]]*)\]\]")


@dataclass(frozen=True)
class Written:
    """One page of the book: its path without suffix, title, description and raw Markdown."""

    path: str
    title: str
    description: str
    body: str

    @property
    def markdown(self) -> str:
        """The page as a repository holds it, with front matter."""
        return f"---\ndescription: {self.description}\n---\n\n# {self.title}\n\n{self.body}\n"


def topics() -> list[Written]:
    """Read the pages as they are written, both versions in one text."""
    pages = []
    for chunk in re.split(r"^=== ", (BOOK / "pages.md").read_text("utf-8"), flags=re.MULTILINE)[1:]:
        head, _, body = chunk.partition("\n")
        path, title, description = (part.strip() for part in head.split("|"))
        pages.append(Written(path, title, description, body.strip()))
    return pages


def pages() -> list[Written]:
    """Return all pages: each topic once below v1 and once below v2."""
    return [
        Written(f"v{version}/{page.path}", page.title, page.description, _choose(page.body, version))
        for version in (1, 2)
        for page in topics()
    ]


def write(folder: Path, chosen: list[Written] | None = None) -> Path:
    """Write the book as a folder with SUMMARY.md and return the folder."""
    written = chosen or pages()
    summary = ["# Table of contents", ""]
    group = ""
    for page in written:
        path = folder / f"{page.path}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page.markdown, "utf-8")
        if page.path.rpartition("/")[0] != group:
            group = page.path.rpartition("/")[0]
            summary += ["", f"## {group}", ""]
        summary.append(f"* [{page.title}]({page.path}.md)")
    (folder / "SUMMARY.md").write_text("\n".join(summary) + "\n", "utf-8")
    return folder


def _choose(text: str, version: int) -> str:
    return _CHOICE.sub(lambda match: match.group(version), text)
