"""What the library reads and what it gives."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

# Texts into vectors of one model; how likely each of some passages answers a question, 0 to 1.
Embed = Callable[[list[str]], Awaitable[list[list[float]]]]
Read = Callable[[str, list[str]], Awaitable[list[float]]]


class Unreadable(Exception):
    """A book cannot be read now; `reason` is one word, `detail` is for the log and the admin."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Incomplete(Unreadable):
    """A part of a book's list cannot be read now; `pages` are those that could be listed."""

    def __init__(self, pages: "Sequence[PageRef]", problem: Unreadable) -> None:
        super().__init__("incomplete", problem.detail)
        self.pages = pages


@dataclass(frozen=True)
class PageRef:
    """A page that a book lists; `stamp` changes when its content may have changed, "" when unknown."""

    url: str
    title: str = ""
    description: str = ""
    stamp: str = ""
    updated_at: datetime | None = None
    variant: str = ""
    group: str = ""
    markdown_url: str = ""


@dataclass(frozen=True)
class Page:
    """A page as it was read: raw Markdown and the validators of its HTTP response."""

    ref: PageRef
    markdown: str
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Section:
    """A citable piece of a page: one heading with its text, or a part of a long one."""

    id: str
    page: str
    anchor: str
    title: str
    path: tuple[str, ...]
    text: str
    part: int
    digest: str

    @property
    def url(self) -> str:
        """The address of the section."""
        return f"{self.page}#{self.anchor}" if self.anchor else self.page

    @property
    def trail(self) -> str:
        """Page and headings, as a reader would say where it stands."""
        return " › ".join((self.title, *self.path))


@dataclass(frozen=True)
class Passage:
    """A section found for a question; scores from 0 to 1."""

    section: Section
    score: float
    updated_at: datetime | None
    read_at: datetime
    variant: str = ""
    book: str = ""


@dataclass(frozen=True)
class Found:
    """What a search gave: passages, best first, and how sure the library is that they answer (0 to 1)."""

    question: str
    passages: tuple[Passage, ...]
    confidence: float
    answers: bool
    semantic: bool
    features: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class BookState:
    """One book of the library and how fresh it is.

    `failing_since` is set while its pages cannot be listed; `problem` also while some cannot be read.
    """

    name: str
    pages: int
    sections: int
    checked_at: datetime | None
    changed_at: datetime | None
    failing_since: datetime | None
    problem: str


@dataclass(frozen=True)
class LibraryState:
    """The whole library; `semantic` says whether embeddings take part in the search."""

    books: tuple[BookState, ...]
    semantic: bool

    @property
    def pages(self) -> int:
        """Pages over all books."""
        return sum(book.pages for book in self.books)


@dataclass(frozen=True)
class Refreshed:
    """What one refresh of one book did."""

    book: str
    listed: int
    read: int
    unchanged: int
    removed: int
    embedded: int
    failed: int
    problem: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Asked:
    """What a GitBook's own `?ask=` answered, cleaned; sources are (title, address)."""

    text: str
    sources: tuple[tuple[str, str], ...]
    follow_ups: tuple[str, ...] = ()


class Book(Protocol):
    """A source of pages: a published site or a folder."""

    @property
    def name(self) -> str:
        """The address or folder; the key of the book in the store."""
        ...

    async def pages(self) -> Sequence[PageRef]:
        """List every page. Raises Unreadable, or Incomplete with what could be listed."""
        ...

    async def read(self, ref: PageRef, etag: str = "", modified: str = "") -> Page | None:
        """Read one page; None when it is gone. Raises Unchanged or Unreadable."""
        ...

    async def ask(self, question: str, goal: str = "") -> Asked | None:
        """Ask the book itself; None when it cannot be asked or does not know."""
        ...


class Unchanged(Exception):
    """The server says that the page is as it was."""
