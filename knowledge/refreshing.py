"""Bringing the store up to date with a book: read what changed, embed what is new, drop what is gone."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from knowledge.facts import Book, Page, PageRef, Refreshed, Section, Unchanged, Unreadable
from knowledge.sections import cut
from knowledge.store import PageRow, Store

log = logging.getLogger(__name__)

# Pages are kept in batches, so that a first reading of thousands survives a restart.
BATCH = 64
# A book without `lastmod` is read again with conditional requests this often.
RECHECK = timedelta(hours=1)

EmbedNew = Callable[[Sequence[Section]], Awaitable[int]]


@dataclass
class Refresher:
    """Refreshes one book at a time; `embed_new` embeds sections whose text has no vector yet."""

    store: Store
    embed_new: EmbedNew
    now: Callable[[], datetime]
    _shrunk: set[str] = field(default_factory=set)

    async def refresh(self, book: Book) -> Refreshed:
        """Bring one book up to date; a book that cannot be listed stays as it is."""
        before = await asyncio.to_thread(self.store.pages, book.name)
        try:
            refs = await book.pages()
            self._must_be_plausible(book.name, refs, before)
        except Unreadable as problem:
            log.warning("library: %s", problem)
            await asyncio.to_thread(
                self.store.note_check, book.name, self.now(), changed=False, problem=problem.reason
            )
            return Refreshed(book.name, 0, 0, len(before), 0, 0, 0, problem.reason)
        return await self._apply(book, refs, before)

    async def _apply(self, book: Book, refs: Sequence[PageRef], before: dict[str, PageRow]) -> Refreshed:
        due = [(place, ref) for place, ref in enumerate(refs) if self._is_due(ref, before.get(ref.url))]
        gone = set(before) - {ref.url for ref in refs}
        read = embedded = failed = 0
        for start in range(0, len(due), BATCH):
            batch = due[start : start + BATCH]
            got = await asyncio.gather(*(self._read(book, ref, before.get(ref.url)) for _, ref in batch))
            written: list[tuple[int, Page]] = []
            for (place, ref), page in zip(batch, got, strict=True):
                if isinstance(page, str):
                    continue
                if isinstance(page, Unreadable):
                    failed += 1
                elif page is None:
                    gone |= {ref.url} & set(before)
                else:
                    read += 1
                    written.append((place, page))
            # Cutting a batch takes tenths of a second, in which nobody's vote should wait.
            fresh = await asyncio.to_thread(self._file_all, book.name, written, before)
            embedded += await self.embed_new([section for _, sections in fresh for section in sections])
            await asyncio.to_thread(self.store.put_pages, fresh)
        if gone:
            await asyncio.to_thread(self.store.drop_pages, gone)
        changed = bool(read or gone)
        problem = "pages" if failed else ""
        await asyncio.to_thread(self.store.note_check, book.name, self.now(), changed=changed)
        if problem:
            await asyncio.to_thread(
                self.store.note_check, book.name, self.now(), changed=changed, problem=problem
            )
        unchanged = len(refs) - read - failed
        return Refreshed(book.name, len(refs), read, unchanged, len(gone), embedded, failed, problem)

    async def _read(
        self, book: Book, ref: PageRef, row: PageRow | None
    ) -> Page | Unreadable | Literal["unchanged"] | None:
        try:
            return await book.read(ref, row.etag if row else "", row.modified if row else "")
        except Unchanged:
            if row is not None:
                seen = replace(
                    row, stamp=ref.stamp, updated_at=ref.updated_at or row.updated_at, read_at=self.now()
                )
                await asyncio.to_thread(self.store.restamp, [seen])
            return "unchanged"
        except Unreadable as problem:
            log.warning("library: %s", problem)
            return problem

    def _is_due(self, ref: PageRef, row: PageRow | None) -> bool:
        if row is None:
            return True
        return ref.stamp != row.stamp if ref.stamp else self.now() - row.read_at >= RECHECK

    def _file_all(
        self, book: str, written: Sequence[tuple[int, Page]], before: dict[str, PageRow]
    ) -> list[tuple[PageRow, list[Section]]]:
        return [self._file(book, place, page, before.get(page.ref.url)) for place, page in written]

    def _file(self, book: str, place: int, page: Page, row: PageRow | None) -> tuple[PageRow, list[Section]]:
        ref = page.ref
        sections = cut(page.markdown, ref.url, ref.title)
        digest = hashlib.sha256(page.markdown.encode()).hexdigest()
        title = sections[0].title if sections else ref.title
        updated = ref.updated_at
        if updated is None and row is not None:
            updated = row.updated_at if row.digest == digest else self.now()
        filed = PageRow(
            ref.url,
            book,
            title,
            ref.stamp,
            updated,
            ref.variant,
            digest,
            page.etag,
            page.modified,
            self.now(),
            place,
        )
        return filed, sections

    def _must_be_plausible(self, name: str, refs: Sequence[PageRef], before: dict[str, PageRow]) -> None:
        """Distrust, once, a list that lost more than half of its pages: sites break in halves."""
        kept = sum(ref.url in before for ref in refs)
        if before and not refs:
            raise Unreadable("empty", name)
        if (
            len(before) >= 10
            and kept < len(before) / 2
            and len(refs) < len(before) / 2
            and name not in self._shrunk
        ):
            self._shrunk.add(name)
            raise Unreadable("shrunk", f"{name}: {len(refs)} of {len(before)} pages left")
        self._shrunk.discard(name)
