"""Intake: takes one file from a member, station by station, and opens its review.

Quota is held before any byte is fetched; a refused file leaves no row, no blob and no spent quota.
"""

import asyncio
import csv
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import PurePath
from weakref import WeakValueDictionary

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from datanets.blobs import Blobs, Parcel
from datanets.clock import Clock
from datanets.database import Database
from datanets.duplicates import first_copy, near_copy
from datanets.facts import Actor, Context, ContributionState, Kind, NewsKind, Submitted, Upload
from datanets.formats import Cleaned, Format, Sandbox, Why
from datanets.formats.text import clean as clean_text
from datanets.ids import new_id
from datanets.members import require_consent
from datanets.news import tell
from datanets.quota import Held, Quotas
from datanets.refusals import BadValue, DatanetClosed, TooBig, UnreadableFile
from datanets.tables import ContributionRow, DatanetRow
from datanets.views import contribution_views, datanet_row

NAME_LENGTH = 100
CONTEXT_LENGTH = 20_000
# Seconds for all of a file to arrive; a reservation outlives it.
PATIENCE = 120.0


@dataclass(frozen=True)
class Door:
    """What is known of an upload before a byte is fetched."""

    datanet: DatanetRow
    consent: int


@dataclass(frozen=True)
class Intake:
    """The room's tools; `submit` is its one door."""

    db: Database
    clock: Clock
    blobs: Blobs
    quotas: Quotas
    sandbox: Sandbox
    patience: float = PATIENCE
    _keeping: WeakValueDictionary[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary, init=False, repr=False
    )

    async def submit(self, upload: Upload, *, actor: Actor, datanet: str, context: Context) -> Submitted:
        """Take one file and open its review; the same member's same bytes get their first receipt again.

        Raises NotFound, DatanetClosed, ConsentNeeded, BadValue, TooBig, QuotaSpent, WrongKind,
        UnreadableFile, AlreadyHeld, RejectedBefore; then nothing is kept.
        """
        context = _cleaned(context)
        door = await self._knock(actor, datanet)
        async with self._reserved(upload, actor, door) as held, self._arrived(upload, held) as parcel:
            if again := await self._again(parcel.digest, actor, door, held):
                return again
            kind = Kind(door.datanet.kind)
            cleaned = await self.sandbox.clean(parcel.path, name=upload.name, kind=kind)
            async with self._kept(cleaned) as digest:
                row = await self._row(upload, parcel, cleaned, digest, actor, door, context)
                try:
                    return await self._open_review(row, held)
                except IntegrityError:
                    # The same bytes were handed in twice at once, and the other one was first.
                    if again := await self._again(parcel.digest, actor, door, held):
                        return again
                    raise

    async def _knock(self, actor: Actor, name: str) -> Door:
        async with self.db.read() as session:
            datanet = await datanet_row(session, actor.community, name)
            if not datanet.is_open:
                raise DatanetClosed(datanet.name)
            return Door(datanet, await require_consent(session, actor.member))

    @asynccontextmanager
    async def _reserved(self, upload: Upload, actor: Actor, door: Door) -> AsyncIterator[Held]:
        """Hold the quota for the length of the block; what the block did not spend is given back."""
        said = upload.size or 1
        if said > self._most:
            raise TooBig(said, self._most)
        held = await self.quotas.reserve(actor.member, door.datanet.id, said)
        try:
            yield held
        finally:
            await asyncio.shield(self.quotas.release(held))

    @asynccontextmanager
    async def _arrived(self, upload: Upload, held: Held) -> AsyncIterator[Parcel]:
        """Fetch the bytes; what was said about their size may be wrong, so the quota grows with them."""
        reserved = upload.size or 1

        async def hold_more(size: int) -> None:
            nonlocal reserved
            if size > reserved:
                await self.quotas.grow(held, size - reserved)
                reserved = size

        pieces = _in_time(upload.stream(), self.patience)
        async with self.blobs.hold(pieces, most=self._most, arriving=hold_more) as parcel:
            yield parcel

    async def _again(self, digest: str, actor: Actor, door: Door, held: Held) -> Submitted | None:
        async with self.db.read() as session:
            first = await first_copy(session, door.datanet, actor.member, digest)
            if first is None:
                return None
            view = (await contribution_views(session, [first]))[0]
        await self.quotas.release(held)
        return Submitted(view, await self.quotas.left(actor.member), again=True)

    @asynccontextmanager
    async def _kept(self, cleaned: Cleaned) -> AsyncIterator[str]:
        """Store the copy; it goes again when the block fails and nobody else's row needs it."""
        digest = await asyncio.to_thread(self.blobs.digest_of, cleaned.path)
        # Two uploads of the same copy: the one that fails must not take the other one's blob along.
        async with self._keeping.setdefault(digest, asyncio.Lock()):
            await self.blobs.keep(cleaned.path)
            try:
                yield digest
            except BaseException:
                await asyncio.shield(self._drop_unless_needed(digest))
                raise

    async def _drop_unless_needed(self, digest: str) -> None:
        needed = select(ContributionRow.id).where(
            ContributionRow.clean_digest == digest, ContributionRow.state != ContributionState.ERASED
        )
        async with self.db.read() as session:
            if await session.scalar(needed.limit(1)) is None:
                await self.blobs.delete(digest)

    async def _row(
        self,
        upload: Upload,
        parcel: Parcel,
        cleaned: Cleaned,
        digest: str,
        actor: Actor,
        door: Door,
        context: Context,
    ) -> ContributionRow:
        async with self.db.read() as session:
            near = await near_copy(session, door.datanet.id, digest, cleaned.probes)
        return ContributionRow(
            id=new_id(),
            community_id=actor.community,
            datanet_id=door.datanet.id,
            author_id=actor.member,
            state=ContributionState.PENDING,
            format=cleaned.kept,
            name=shown_name(upload.name),
            size=parcel.size,
            digest=parcel.digest,
            clean_digest=digest,
            clean_size=cleaned.path.stat().st_size,
            examples=await asyncio.to_thread(examples_in, cleaned),
            context=asdict(context),
            notes=list(cleaned.notes),
            excerpt=cleaned.excerpt,
            signature=cleaned.probes[0] if cleaned.probes else "",
            near_duplicate_of=near,
            consent_version=door.consent,
            created_at=self.clock.now(),
        )

    async def _open_review(self, row: ContributionRow, held: Held) -> Submitted:
        async with self.db.begin() as session:
            await self.quotas.settle(session, held, row.size)
            session.add(row)
            await session.flush()
            await tell(session, row.community_id, NewsKind.REVIEW, row.id, row.created_at)
            view = (await contribution_views(session, [row]))[0]
            return Submitted(view, await self.quotas.left_in(session, row.author_id))

    @property
    def _most(self) -> int:
        return min(self.quotas.limits.member_bytes, self.quotas.limits.datanet_bytes)


def examples_in(cleaned: Cleaned) -> int:
    """Return how many examples training will find: the rows of a table or of JSON lines, else one."""
    with cleaned.path.open(encoding="utf-8", errors="replace", newline="") as lines:
        if cleaned.kept == Format.JSONL:
            return max(1, sum(1 for line in lines if line.strip()))
        if cleaned.kept == Format.CSV:
            return max(1, sum(1 for row in csv.reader(lines) if row) - 1)
    return 1


def shown_name(name: str) -> str:
    """Return a sender's file name as it may be shown: no folders, nothing invisible, not too long."""
    last = PurePath(name.replace("\\", "/")).name
    visible = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    return visible[-NAME_LENGTH:].strip() or "unnamed"


def _cleaned(context: Context) -> Context:
    values = {}
    for name, words in asdict(context).items():
        if len(words) > CONTEXT_LENGTH:
            raise BadValue(name, f"{len(words)} characters", f"Use at most {CONTEXT_LENGTH} characters.")
        values[name] = clean_text(words)[0].strip()
    return Context(**values)


async def _in_time(pieces: AsyncIterator[bytes], seconds: float) -> AsyncIterator[bytes]:
    """Pass the pieces on; raises UnreadableFile when they have not all come in time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            # Not wait_for: on Python 3.11 it loses a cancellation that comes together with a piece.
            async with asyncio.timeout_at(deadline):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise UnreadableFile("", Why.NOT_ARRIVED) from error
        yield piece
