"""The outbox: what the outside must hear of, written with the change, shown later and perhaps twice."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database, insert
from datanets.facts import News, NewsKind, Posting
from datanets.ids import new_id
from datanets.places import place_view
from datanets.tables import NewsRow, PlaceRow, PostingRow

# Asked twice a second for as long as the bot runs, so they are built once.
DUE = (
    select(NewsRow, PlaceRow, PostingRow)
    .join(PlaceRow, PlaceRow.community_id == NewsRow.community_id)
    .outerjoin(PostingRow, and_(PostingRow.news_id == NewsRow.id, PostingRow.place_id == PlaceRow.id))
    .where(
        PlaceRow.platform == bindparam("platform"),
        NewsRow.at >= PlaceRow.created_at,
        func.coalesce(PostingRow.revision, 0) < NewsRow.revision,
        or_(PostingRow.not_before.is_(None), PostingRow.not_before <= bindparam("now")),
    )
    .order_by(NewsRow.at)
)
ANY_DUE = DUE.with_only_columns(NewsRow.id).order_by(None).limit(1)


async def tell(session: AsyncSession, community: str, kind: NewsKind, subject: str, now: datetime) -> None:
    """Say in the transaction of a change that `subject` has changed; the newest revision alone is shown."""
    row = {
        "id": new_id(),
        "community_id": community,
        "kind": kind,
        "subject": subject,
        "revision": 1,
        "at": now,
    }
    raised = {"revision": NewsRow.revision + 1, "at": now}
    await session.execute(
        insert(session, NewsRow)
        .values(row)
        .on_conflict_do_update(index_elements=["kind", "subject"], set_=raised)
    )


@dataclass(frozen=True)
class Newsroom:
    """What is still to be shown, and where things were shown."""

    db: Database
    clock: Clock

    async def pending(self, platform: str, busy: Collection[str] = (), limit: int = 50) -> tuple[News, ...]:
        """Return what a platform has not shown in its newest revision, oldest first, without `busy` places.

        A place hears only of what changed after it came into being.
        """
        values = {"platform": platform, "now": self.clock.now()}
        if not busy and await self.db.one(ANY_DUE, values) is None:
            return ()
        due = DUE.where(PlaceRow.id.not_in(busy)) if busy else DUE
        async with self.db.read() as session:
            rows = (await session.execute(due.limit(limit), values)).all()
        return tuple(
            News(
                id=news.id,
                kind=NewsKind(news.kind),
                subject=news.subject,
                revision=news.revision,
                place=place_view(place),
                posted=_posting(posting),
            )
            for news, place, posting in rows
        )

    async def shown(self, news: News, posting: Posting | None) -> None:
        """Remember that a place shows this revision, and where; None when the place has no room for it."""
        where = asdict(posting) if posting else {}
        values = {"revision": news.revision, "tries": 0, "not_before": None, "at": self.clock.now(), **where}
        await self._keep(news, values)

    async def failed(self, news: News, retry_after: float) -> None:
        """Showing it went wrong: try again after so many seconds."""
        await self.postponed(news, retry_after, tries=await self.tries(news) + 1)

    async def postponed(self, news: News, seconds: float, tries: int = 0) -> None:
        """Show it in so many seconds, in whatever revision is newest then."""
        now = self.clock.now()
        await self._keep(news, {"not_before": now + timedelta(seconds=seconds), "tries": tries, "at": now})

    async def tries(self, news: News) -> int:
        """Return how often showing it has failed in a row."""
        async with self.db.read() as session:
            found = await session.get(PostingRow, (news.id, news.place.id))
        return found.tries if found else 0

    async def subject_of(self, place: str, channel: str, message: str) -> tuple[NewsKind, str] | None:
        """Return what a platform's message shows, e.g. to read a reaction as a vote."""
        query = (
            select(NewsRow.kind, NewsRow.subject)
            .join(PostingRow, PostingRow.news_id == NewsRow.id)
            .where(PostingRow.place_id == place, PostingRow.channel == channel, PostingRow.message == message)
        )
        async with self.db.read() as session:
            found = (await session.execute(query)).first()
        return (NewsKind(found.kind), found.subject) if found else None

    async def postings(self, place: str, kind: NewsKind, subject: str | None = None) -> dict[str, Posting]:
        """Return where a place shows the subjects of a kind, by subject."""
        query = select(NewsRow.subject, PostingRow).join(PostingRow, PostingRow.news_id == NewsRow.id)
        query = query.where(PostingRow.place_id == place, NewsRow.kind == kind, PostingRow.message != "")
        if subject is not None:
            query = query.where(NewsRow.subject == subject)
        async with self.db.read() as session:
            rows = (await session.execute(query)).all()
        return {name: Posting(row.channel, row.message, row.extra) for name, row in rows}

    async def forget_posting(self, place: str, channel: str, message: str) -> None:
        """A message was deleted: show its subject again, in a message of its own."""
        where = (PostingRow.place_id == place, PostingRow.channel == channel, PostingRow.message == message)
        async with self.db.begin() as session:
            await session.execute(
                update(PostingRow).where(*where).values(revision=0, channel="", message="", extra={})
            )

    async def _keep(self, news: News, values: dict[str, object]) -> None:
        keys = {"news_id": news.id, "place_id": news.place.id}
        async with self.db.begin() as session:
            statement = insert(session, PostingRow).values({"extra": {}, **keys, **values})
            await session.execute(
                statement.on_conflict_do_update(index_elements=["news_id", "place_id"], set_=values)
            )


def _posting(row: PostingRow | None) -> Posting | None:
    return Posting(row.channel, row.message, row.extra) if row and row.message else None
