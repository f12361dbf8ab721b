"""Bringing the store up to date with a book: read what changed, embed what is new, drop what is gone."""

import asyncio
import hashlib
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from knowledge.facts import Book, Incomplete, Page, PageRef, Refreshed, Section, Unchanged, Unreadable
from knowledge.sections import cut
from knowledge.store import PageRow, Store

log = logging.getLogger(__name__)

# Pages are kept in batches, so that a first reading of thousands survives a restart.
BATCH = 20
# A site of which so many pages cannot be read is broken: the next refresh tries again, in another order.
IN_VAIN = 0.9
# Pages without a date, and listed ones that are not there, are looked at again this often.
RECHECK = timedelta(hours=1)
# A date may hide a change, such as that of a block which many pages share.
RECHECK_DATED = timedelta(days=7)
# A list without more than half of its pages is believed after this long: sites break in halves.
BELIEVE = timedelta(days=3)
SMALL = 10

EmbedNew = Callable[[Sequence[Section]], Awaitable[int]]
Filed = tuple[PageRow, list[Section]]


@dataclass
class _Round:
    """What one refresh of one book has come to."""

    read: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    failed: int = 0
    embedded: int = 0
    problem: Unreadable | None = None
    in_vain: bool = False


@dataclass
class Refresher:
    """Refreshes books; `embed_new` embeds sections whose text has no vector yet."""

    store: Store
    embed_new: EmbedNew
    now: Callable[[], datetime]

    async def refresh(self, book: Book, *, believe: bool = False) -> Refreshed:
        """Bring one book up to date; a book that cannot be listed stays as it is.

        With `believe` pages go even where the list looks broken.
        """
        try:
            return await self._refresh(book, believe=believe)
        except Unreadable as caught:
            problem = caught
        except Exception as error:
            # Whatever is wrong with one book, the others are refreshed.
            log.exception("library: %s", book.name)
            problem = Unreadable("fault", f"{type(error).__name__}: {error}")
        log.warning("library: %s: %s", book.name, problem)
        await asyncio.to_thread(
            self.store.note_check, book.name, self.now(), changed=False, problem=problem.reason, seen=False
        )
        held = await asyncio.to_thread(self.store.pages, book.name)
        return Refreshed(book.name, 0, 0, len(held), 0, 0, 0, problem.reason, problem.detail)

    async def _refresh(self, book: Book, *, believe: bool) -> Refreshed:
        before = await asyncio.to_thread(self.store.pages, book.name)
        partly: Unreadable | None = None
        try:
            refs = await book.pages()
        except Incomplete as caught:
            refs, partly = caught.pages, caught
        if not refs:
            raise partly or Unreadable("empty", book.name)
        done = await self._read_due(book, refs, before)
        held = {url for url, row in before.items() if row.digest}
        lost = (before.keys() - {ref.url for ref in refs}) | (done.gone & held)
        doubt = partly or _doubt(done, held, lost)
        if await self._holds(book.name, doubt, everything=not (held - lost or done.read)) and not believe:
            lost = set()
        else:
            doubt = partly
        absent = done.gone - (held - lost)
        await self._drop(book.name, [ref for ref in refs if ref.url in absent], lost)
        return await self._report(book.name, len(refs), done, len(lost & held), doubt)

    async def _report(
        self, name: str, listed: int, done: _Round, removed: int, doubt: Unreadable | None
    ) -> Refreshed:
        """Note how a refresh ended, and what of it an admin should know."""
        problem = doubt or done.problem
        reason = doubt.reason if doubt else "pages" if problem else ""
        if problem:
            log.warning("library: %s: %d pages could not be read, %s", name, done.failed, problem)
        read = len(done.read)
        await asyncio.to_thread(
            self.store.note_check, name, self.now(), changed=bool(read or removed), problem=reason
        )
        same = listed - read - done.failed - len(done.gone)
        detail = str(problem or "")
        return Refreshed(name, listed, read, same, removed, done.embedded, done.failed, reason, detail)

    async def _read_due(self, book: Book, refs: Sequence[PageRef], before: dict[str, PageRow]) -> _Round:
        """Read the pages that may have changed, until all are read or it is plain that none can be."""
        done = _Round()
        due = [(place, ref) for place, ref in enumerate(refs) if self._is_due(ref, before.get(ref.url))]
        # The same few broken pages must not stand before the others every time.
        random.shuffle(due)
        for start in range(0, len(due), BATCH):
            batch = due[start : start + BATCH]
            got = await asyncio.gather(
                *(self._read(book, place, ref, before.get(ref.url)) for place, ref in batch)
            )
            fresh = [one for one in got if isinstance(one, tuple)]
            for (_, ref), one in zip(batch, got, strict=True):
                if isinstance(one, Unreadable):
                    done.failed, done.problem = done.failed + 1, one
                elif one == "gone":
                    done.gone.add(ref.url)
            done.read |= {row.url for row, _ in fresh}
            done.embedded += await self.embed_new([section for _, sections in fresh for section in sections])
            await asyncio.to_thread(self.store.put_pages, fresh)
            done.in_vain = done.failed + len(done.gone) > IN_VAIN * max(BATCH, start + len(batch))
            if done.in_vain:
                break
        return done

    async def _read(
        self, book: Book, place: int, ref: PageRef, row: PageRow | None
    ) -> Filed | Unreadable | Literal["same", "gone"]:
        try:
            page = await book.read(ref, row.etag if row else "", row.modified if row else "")
            if page is None:
                return "gone"
            # Cutting a page takes milliseconds, in which nobody's vote should wait.
            return await asyncio.to_thread(self._file, book.name, place, page, row)
        except Unchanged:
            if row is not None:
                seen = replace(
                    row, stamp=ref.stamp, updated_at=ref.updated_at or row.updated_at, read_at=self.now()
                )
                await asyncio.to_thread(self.store.restamp, [seen])
            return "same"
        except Unreadable as problem:
            log.info("library: %s", problem)
            return problem
        except Exception as error:
            log.exception("library: %s", ref.url)
            return Unreadable("fault", f"{ref.url}: {type(error).__name__}: {error}")

    async def _holds(self, name: str, doubt: Unreadable | None, *, everything: bool) -> bool:
        """Whether a doubt keeps the old pages: for some days, and for ever where everything would go."""
        if doubt is None:
            await asyncio.to_thread(self.store.trust, name)
            return False
        since = await asyncio.to_thread(self.store.doubt, name, self.now())
        return everything or self.now() - since < BELIEVE

    async def _drop(self, name: str, absent: Sequence[PageRef], lost: set[str]) -> None:
        """Drop pages; of those that are still listed remember that they are not there."""
        await asyncio.to_thread(self.store.drop_pages, lost)
        now = self.now()
        rows = [PageRow(ref.url, name, "", ref.stamp, None, ref.variant, "", "", "", now) for ref in absent]
        await asyncio.to_thread(self.store.put_pages, [(row, ()) for row in rows])

    def _is_due(self, ref: PageRef, row: PageRow | None) -> bool:
        if row is None or (ref.stamp and ref.stamp != row.stamp):
            return True
        is_dated = bool(ref.stamp and row.digest)
        return self.now() - row.read_at >= (RECHECK_DATED if is_dated else RECHECK)

    def _file(self, book: str, place: int, page: Page, row: PageRow | None) -> Filed:
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
            min(updated, self.now()) if updated else None,
            ref.variant,
            digest,
            page.etag,
            page.modified,
            self.now(),
            place,
        )
        return filed, sections


def _doubt(done: _Round, held: set[str], lost: set[str]) -> Unreadable | None:
    """Say why a refresh looks like that of a broken site rather than of a changed one."""
    if done.in_vain and done.problem is not None:
        return done.problem
    left = len(held - lost) + len(done.read - held)
    if left < len(held) / 2 and (len(held) >= SMALL or not left):
        return Unreadable("shrunk", f"{left} of {len(held)} pages left")
    return Unreadable("shrunk", f"{len(done.gone)} listed pages are not there") if done.in_vain else None
