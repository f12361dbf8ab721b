"""Books from settings: addresses and folders, several separated by commas or blanks."""

import re
from collections.abc import Iterator
from pathlib import Path

from knowledge.facts import Book
from knowledge.fetching import Fetcher
from knowledge.folder import Folder
from knowledge.gitbook import GitBook
from knowledge.outline import canonical

_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def open_books(places: str, *, allow_private: bool = False) -> list[Book]:
    """Return a book for each address or folder, once, in their order."""
    named = list(dict.fromkeys(_places(places)))
    folders = [place for place in named if isinstance(place, Path)]
    return [
        Folder(place, label=_label(place, folders))
        if isinstance(place, Path)
        else GitBook(
            place,
            Fetcher(allow_private=allow_private),
            apart=[other for other in named if isinstance(other, str) and other.startswith(f"{place}/")],
        )
        for place in named
    ]


async def close_books(books: list[Book]) -> None:
    """Close the connections of sites."""
    for book in books:
        if isinstance(book, GitBook):
            await book.fetcher.close()


def _places(text: str) -> Iterator[Path | str]:
    for part in filter(None, map(str.strip, re.split(r"[,\n]", text))):
        # A folder's name may have blanks in it.
        for place in [part] if Path(part).expanduser().is_dir() else part.split():
            yield canonical(place) if _ADDRESS.match(place) else Path(place).expanduser().resolve()


def _label(folder: Path, folders: list[Path]) -> str:
    """Return the end of a folder's path that tells it from the others; a single one needs none."""
    others = [other for other in folders if other != folder]
    if not others:
        return ""
    ends = ("/".join(folder.parts[-length:]) for length in range(1, len(folder.parts)))
    return next(
        (end for end in ends if not any(str(other).endswith(f"/{end}") for other in others)), str(folder)
    )
