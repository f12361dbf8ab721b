"""A small embedding that needs no weights, and a site with the tests' book."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from knowledge.fetching import Fetcher
from knowledge.gitbook import GitBook
from knowledge.library import Library
from knowledge.words import terms
from tests.conftest import HeldClock
from tests.servers import kilnroom
from tests.servers.gitbook import GitBookSite


class Senses:
    """Vectors of hashed words: texts that share words are near; counts what it is asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.is_away = False
        self.sure = 0.5
        self.slow = 0.0
        self.read_closely: list[str] = []

    async def read(self, question: str, passages: list[str]) -> list[float]:
        if self.is_away or self.sure < 0:
            raise ConnectionError("no reader")
        await asyncio.sleep(self.slow)
        self.read_closely += passages
        return [0.0] * (len(passages) - 1) + [self.sure]

    async def embed(self, texts: list[str]) -> list[list[float]]:
        if self.is_away:
            raise ConnectionError("no worker")
        await asyncio.sleep(self.slow)
        self.texts += texts
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * 128
        for term in terms(text):
            vector[int(hashlib.md5(term.encode()).hexdigest(), 16) % 128] += 1.0
        length = sum(value * value for value in vector) ** 0.5 or 1.0
        return [value / length for value in vector]


@pytest.fixture
def senses() -> Senses:
    return Senses()


@pytest.fixture
async def site() -> AsyncIterator[GitBookSite]:
    async with GitBookSite(kilnroom.pages()) as opened:
        yield opened


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(allow_private=True, timeout=2, pause=0.01) as opened:
        yield opened


Reading = Callable[..., Awaitable[Library]]


@pytest.fixture
async def reading(tmp_path: Path, clock: HeldClock, senses: Senses) -> AsyncIterator[Reading]:
    """Open libraries over books; each shares the file, as after a restart."""
    opened: list[Library] = []

    async def read(*books: object, words_only: bool = False) -> Library:
        senses_of = () if words_only else (senses.embed, senses.read)
        library = Library(tmp_path / "library.db", list(books), *senses_of, model="hashed", now=clock.now)  # type: ignore[arg-type]
        await library.open()
        opened.append(library)
        return library

    yield read
    for library in opened:
        library.close()


@pytest.fixture
def book(site: GitBookSite, fetcher: Fetcher) -> GitBook:
    return GitBook(site.url, fetcher)
