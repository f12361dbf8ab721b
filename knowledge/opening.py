"""Books from settings: addresses and folders, several separated by commas or blanks."""

import re
from pathlib import Path

from knowledge.facts import Book
from knowledge.fetching import Fetcher
from knowledge.folder import Folder
from knowledge.gitbook import GitBook


def open_books(places: str, *, allow_private: bool = False) -> list[Book]:
    """Return a book for each address or folder."""
    return [_open(place, allow_private) for place in re.split(r"[,\s]+", places.strip()) if place]


async def close_books(books: list[Book]) -> None:
    """Close the connections of sites."""
    for book in books:
        if isinstance(book, GitBook):
            await book.fetcher.close()


def _open(place: str, allow_private: bool) -> Book:
    if re.match(r"https?://", place):
        return GitBook(place, Fetcher(allow_private=allow_private))
    return Folder(Path(place))
