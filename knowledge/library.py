"""The library's front door: refresh the books, search them, say how fresh they are."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.facts import (
    Asked,
    Book,
    BookState,
    Embed,
    Found,
    LibraryState,
    Passage,
    Read,
    Refreshed,
    Section,
)
from knowledge.judging import confidence
from knowledge.lexical import Bag
from knowledge.refreshing import Refresher
from knowledge.shelf import Ranked, Shelf
from knowledge.store import PageRow, Store, moment

if TYPE_CHECKING:
    from knowledge.llama import EndpointEmbedding, HybridRetriever

log = logging.getLogger(__name__)

EVERY_SECONDS = 600.0
# A worker that takes longer over a question is done without: words alone answer.
SENSE_SECONDS = 10.0
_LOOK_SECONDS = 5.0
# A worker that has come may not have loaded its encoder yet: it is tried this often.
_FILL_SECONDS = 30.0
# Texts a time: what is embedded stays when the worker goes in between.
_FILL_TEXTS = 64
MOST_OF_A_PAGE = 3
# A page's text depends on this code as much as on its source: after an upgrade all are read again.
_READING = sha256(
    b"".join(
        Path(__file__).with_name(f"{name}.py").read_bytes()
        for name in ("anchors", "cleaner", "markup", "sections")
    )
).hexdigest()


class Library:
    """Searches a snapshot in memory while a refresh writes the next one to the file.

    `embed` turns texts into vectors of one model, called `model`; without it the search goes by words alone.
    `read` says how likely each of some passages answers a question; without it nearness decides.
    """

    def __init__(
        self,
        path: Path,
        books: Sequence[Book],
        embed: Embed | None = None,
        read: Read | None = None,
        *,
        model: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.books = list(books)
        self.store = Store(path)
        self._embed = embed
        self._read = read
        self._model = model
        self._now = now
        self._bags: dict[str, Bag] = {}
        self._shelf = Shelf([], {}, {}, self._bags)
        self._version = self.store.version()
        self._notes = self.store.books()
        self._refresher = Refresher(self.store, self._embed_new, now)
        self._one_refresh = asyncio.Lock()
        self._embedding: EndpointEmbedding | None = None
        self._retriever: HybridRetriever | None = None

    async def open(self) -> None:
        """Load what an earlier run has read; takes about a second for a thousand pages."""
        if self._embed is not None and self._model:
            await asyncio.to_thread(self.store.use_model, self._model)
        await asyncio.to_thread(self.store.use_reading, _READING)
        await asyncio.to_thread(self.store.keep_books, [book.name for book in self.books])
        await self.reload()
        await self._warm()

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    async def refresh(self, *, believe: bool = False) -> list[Refreshed]:
        """Bring every book up to date; the old snapshot answers until the new one stands.

        With `believe` pages go even where a list looks broken.
        """
        async with self._one_refresh:
            done = await asyncio.gather(*(self._refresh_one(book, believe) for book in self.books))
            missing = await self._embed_new(self._shelf.sections)
            if missing or any(one.read or one.removed for one in done):
                await asyncio.to_thread(self.store.sweep)
                await self.reload()
            self._notes = await asyncio.to_thread(self.store.books)
            return done

    async def _refresh_one(self, book: Book, believe: bool) -> Refreshed:
        done = await self._refresher.refresh(book, believe=believe)
        if len(self.books) > 1 and (done.read or done.removed):
            # The others may be slow, or hang.
            await self.reload()
        return done

    async def fill(self) -> int:
        """Embed the sections that had no worker when they were read; return how many."""
        if self._embed is None or self._shelf.is_complete:
            return 0
        try:
            await self._embed(["ready?"])
        except Exception as problem:  # noqa: BLE001 - no worker is the usual case, and no fault
            log.debug("sections wait for embeddings: %s", type(problem).__name__)
            return 0
        async with self._one_refresh:
            filled = await self._embed_new(self._shelf.sections)
            if filled:
                await self.reload()
        return filled

    async def keep_fresh(self, every: float = EVERY_SECONDS) -> None:
        """Refresh for ever; take over at once what another process has refreshed."""
        loop = asyncio.get_running_loop()
        due, fill_due = loop.time(), loop.time() + _FILL_SECONDS
        while True:
            if loop.time() >= due:
                try:
                    await self.refresh()
                except Exception:
                    log.exception("refresh failed")
                due = loop.time() + every
            elif await asyncio.to_thread(self.store.version) != self._version:
                await self.reload()
            elif loop.time() >= fill_due:
                await self.fill()
                fill_due = loop.time() + _FILL_SECONDS
            await asyncio.sleep(min(_LOOK_SECONDS, every))

    async def reload(self) -> None:
        """Read the snapshot anew from the file."""
        self._shelf = await asyncio.to_thread(self._load)

    async def search(self, question: str, limit: int = 6) -> Found:
        """Find the passages that bear on a question and judge whether they answer it."""
        shelf, ranked, semantic = await self._rank(question)
        features = ranked.features
        sure = confidence(features) if len(ranked.order) else 0.0
        passages = self._passages(shelf, ranked, limit)
        return Found(question, passages, sure, sure >= 0.5 and bool(passages), semantic, features)

    async def likeness(self, question: str, texts: Sequence[str]) -> dict[str, float]:
        """Say how like a question each of a few texts is, from -1 to 1; nothing when nobody embeds."""
        if self._embedding is None or not texts:
            return {}
        try:
            async with asyncio.timeout(SENSE_SECONDS):
                asked, *others = await self._embedding.vectors([question, *texts])
        except Exception as problem:  # noqa: BLE001 - words alone compose an answer too
            log.debug("sentences are not compared: %s", type(problem).__name__)
            return {}
        return {text: float(vector @ asked) for text, vector in zip(texts, others, strict=True)}

    async def ask_books(self, question: str, goal: str = "") -> Asked | None:
        """Ask the books themselves, all at once; the first answer counts, None when none of them knows."""
        asking = [asyncio.create_task(book.ask(question, goal)) for book in self.books]
        try:
            for answered in asyncio.as_completed(asking):
                if (answer := await answered) is not None:
                    return answer
            return None
        finally:
            for task in asking:
                task.cancel()

    def state(self) -> LibraryState:
        """Say what the library holds and how fresh it is, from memory: a writer never makes it wait."""
        shelf = self._shelf
        counts: dict[str, int] = {}
        for section in shelf.sections:
            name = shelf.pages[section.page].book
            counts[name] = counts.get(name, 0) + 1
        states = []
        for book in self.books:
            note = self._notes.get(book.name)
            states.append(
                BookState(
                    book.name,
                    sum(page.book == book.name for page in shelf.pages.values()),
                    counts.get(book.name, 0),
                    moment(note["checked_at"]) if note else None,
                    moment(note["changed_at"]) if note else None,
                    moment(note["failing_since"]) if note else None,
                    note["problem"] if note else "",
                )
            )
        return LibraryState(tuple(states), shelf.is_semantic and self._embed is not None)

    @property
    def embedded(self) -> int:
        """How many section texts were embedded since the start."""
        return self._embedding.texts if self._embedding is not None else 0

    async def _rank(self, question: str) -> tuple[Shelf, Ranked, bool]:
        await self._warm()
        if self._retriever is not None:
            try:
                async with asyncio.timeout(SENSE_SECONDS):
                    return await self._retriever.rank(question)
            except Exception as problem:  # noqa: BLE001 - whatever ails it, words alone still find something
                log.info("no embeddings, searching by words alone: %s", type(problem).__name__)
        shelf = self._shelf
        return shelf, await asyncio.to_thread(shelf.rank, question, None), False

    async def _warm(self) -> None:
        """Have LlamaIndex at hand, unless there is nothing that it could do: it takes a second and 90 MB."""
        if self._embed is not None and self.books and self._retriever is None:
            await asyncio.to_thread(self._load_index, self._embed)

    def _load_index(self, embed: Embed) -> None:
        from knowledge.llama import EndpointEmbedding, HybridRetriever

        self._embedding = EndpointEmbedding(embed)
        self._retriever = HybridRetriever(lambda: self._shelf, self._embedding, 50, self._read)

    async def _embed_new(self, sections: Sequence[Section]) -> int:
        """Embed the sections whose text has no vector yet; return how many."""
        if self._embed is None or not sections:
            return 0
        held = await asyncio.to_thread(self.store.vectors, {section.digest for section in sections})
        missing = {section.digest: section for section in sections if section.digest not in held}
        if not missing:
            return 0
        await self._warm()
        from knowledge.llama import open_index, to_node

        embedding = self._embedding
        if embedding is None:
            return 0
        index = open_index(self.store, lambda: self._shelf, embedding)
        waiting, done = list(missing.values()), 0
        try:
            while done < len(waiting):
                batch = waiting[done : done + _FILL_TEXTS]
                await index.ainsert_nodes([to_node(section) for section in batch])
                done += len(batch)
        except Exception as problem:  # noqa: BLE001 - `fill` embeds what is still missing
            left = len(waiting) - done
            log.info("%d sections wait for the embedding endpoint: %s", left, type(problem).__name__)
        return done

    def _load(self) -> Shelf:
        self._version = self.store.version()
        self._notes = self.store.books()
        sections = self.store.sections()
        vectors = self.store.vectors() if self._embed is not None else {}
        bags = {section.digest: self._bags.get(section.digest) or Bag(section) for section in sections}
        self._bags = bags
        pages = {url: page for url, page in self.store.pages().items() if page.digest}
        return Shelf(sections, pages, vectors, bags)

    def _passages(self, shelf: Shelf, ranked: Ranked, limit: int) -> tuple[Passage, ...]:
        taken: dict[str, int] = {}
        found: list[Passage] = []
        top = float(ranked.scores[ranked.order[0]]) if len(ranked.order) else 1.0
        for number in ranked.order:
            section = shelf.sections[number]
            score = float(ranked.scores[number])
            if len(found) == limit or score <= 0:
                break
            key = shelf.without_edition(section.page)
            page = shelf.pages[section.page]
            first = next((p for p in found if shelf.without_edition(p.section.page) == key), None)
            if taken.get(key, 0) >= MOST_OF_A_PAGE or (
                first is not None and first.section.page != section.page
            ):
                continue
            taken[key] = taken.get(key, 0) + 1
            found.append(_passage(section, page, min(1.0, score / max(top, 1e-9))))
        return tuple(found)


def _passage(section: Section, page: PageRow, score: float) -> Passage:
    return Passage(section, score, page.updated_at, page.read_at, page.variant, page.book)
