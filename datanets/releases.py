"""Releases: the accepted contributions of a datanet, frozen, numbered and hashed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database
from datanets.facts import Actor, Context, ContributionState, Kind, NewsKind, ReleaseItem, ReleaseView
from datanets.ids import new_id
from datanets.news import tell
from datanets.refusals import NotAllowed, NotFound, NothingToRelease
from datanets.tables import ContributionRow, DatanetRow, Member, ReleaseItemRow, ReleaseRow
from datanets.views import datanet_row

# Prose goes on as another lesson after about so much; the other formats of text hold a lesson a row.
LESSON_BYTES, ROWED = 2000, ("jsonl", "csv")


@dataclass(frozen=True)
class Releases:
    """Makes and reads releases."""

    db: Database
    clock: Clock

    async def make(self, actor: Actor, datanet: str) -> ReleaseView:
        """Freeze all that is accepted by now; raises NothingToRelease when the last one holds the same."""
        async with self.db.begin() as session:
            net = await datanet_row(session, actor.community, datanet)
            if actor.member != net.owner_id and not actor.is_validator:
                raise NotAllowed("validator", "release")
            items = await _accepted(session, net)
            digest = _digest(items)
            last = await _last(session, net)
            if not items or (last is not None and last.digest == digest):
                raise NothingToRelease(net.name)
            row = ReleaseRow(
                id=new_id(),
                community_id=actor.community,
                datanet_id=net.id,
                number=(last.number if last else 0) + 1,
                digest=digest,
                made_by=actor.member,
                created_at=self.clock.now(),
            )
            session.add(row)
            await session.flush()
            session.add_all(
                ReleaseItemRow(release_id=row.id, contribution_id=item.id, position=position)
                for position, item in enumerate(items)
            )
            await session.flush()
            await tell(session, actor.community, NewsKind.RELEASE, row.id, self.clock.now())
            return (await release_views(session, [row]))[0]

    async def list(self, community: str, datanet: str) -> Sequence[ReleaseView]:
        """Return a datanet's releases, newest first."""
        async with self.db.read() as session:
            net = await datanet_row(session, community, datanet)
            query = select(ReleaseRow).where(ReleaseRow.datanet_id == net.id)
            rows = list(await session.scalars(query.order_by(ReleaseRow.number.desc())))
            return await release_views(session, rows)

    async def get(self, community: str, release: str) -> ReleaseView:
        """Return a release by its id; raises NotFound."""
        async with self.db.read() as session:
            row = await session.get(ReleaseRow, release)
            if row is None or row.community_id != community:
                raise NotFound("release", release)
            return (await release_views(session, [row]))[0]

    async def items(self, release: str) -> tuple[ReleaseItem, ...]:
        """Return what a release holds, in its order; erased and revoked contributions are left out."""
        async with self.db.read() as session:
            return await release_items(session, release)


async def release_items(session: AsyncSession, release: str) -> tuple[ReleaseItem, ...]:
    """Return what is still there of a release, in its order."""
    query = (
        select(ContributionRow, DatanetRow, Member)
        .join(ReleaseItemRow, ReleaseItemRow.contribution_id == ContributionRow.id)
        .join(DatanetRow, DatanetRow.id == ContributionRow.datanet_id)
        .join(Member, Member.id == ContributionRow.author_id)
        .where(ReleaseItemRow.release_id == release, ContributionRow.state == ContributionState.ACCEPTED)
        .order_by(ReleaseItemRow.position)
    )
    return tuple(
        ReleaseItem(
            contribution=row.id,
            digest=row.clean_digest,
            kind=Kind(net.kind),
            format=row.format,
            name=row.name,
            size=row.clean_size,
            context=Context(**row.context),
            author=author.id,
            author_name=author.name,
            licence=row.context.get("licence") or net.licence,
            examples=row.examples,
        )
        for row, net, author in (await session.execute(query)).all()
    )


async def release_views(session: AsyncSession, rows: Sequence[ReleaseRow]) -> tuple[ReleaseView, ...]:
    """Show releases with their sizes."""
    is_prose = and_(DatanetRow.kind == Kind.TEXT, ContributionRow.format.not_in(ROWED))
    parts = 1 + ContributionRow.clean_size // LESSON_BYTES
    sums = (
        select(
            ReleaseItemRow.release_id,
            func.count(),
            func.coalesce(func.sum(ContributionRow.clean_size), 0),
            func.coalesce(func.sum(ContributionRow.examples), 0),
            func.count(distinct(ContributionRow.author_id)),
            func.coalesce(func.sum(case((is_prose, parts), else_=ContributionRow.examples)), 0),
        )
        .join(ContributionRow, ContributionRow.id == ReleaseItemRow.contribution_id)
        .join(DatanetRow, DatanetRow.id == ContributionRow.datanet_id)
        .where(ReleaseItemRow.release_id.in_([row.id for row in rows]))
        .group_by(ReleaseItemRow.release_id)
    )
    sizes = {release: rest for release, *rest in (await session.execute(sums)).all()}
    names = select(DatanetRow.id, DatanetRow.name).where(DatanetRow.id.in_([row.datanet_id for row in rows]))
    nets = dict((await session.execute(names)).all())
    return tuple(
        ReleaseView(
            id=row.id,
            community=row.community_id,
            datanet_id=row.datanet_id,
            datanet=nets[row.datanet_id],
            number=row.number,
            digest=row.digest,
            items=int(sizes[row.id][0]),
            bytes=int(sizes[row.id][1]),
            examples=int(sizes[row.id][2]),
            contributors=int(sizes[row.id][3]),
            lessons=int(sizes[row.id][4]),
            made_by=row.made_by,
            created_at=row.created_at,
        )
        for row in rows
    )


async def _accepted(session: AsyncSession, net: DatanetRow) -> list[ContributionRow]:
    query = select(ContributionRow).where(
        ContributionRow.datanet_id == net.id, ContributionRow.state == ContributionState.ACCEPTED
    )
    return list(await session.scalars(query.order_by(ContributionRow.created_at, ContributionRow.id)))


async def _last(session: AsyncSession, net: DatanetRow) -> ReleaseRow | None:
    query = select(ReleaseRow).where(ReleaseRow.datanet_id == net.id).order_by(ReleaseRow.number.desc())
    return (await session.scalars(query.limit(1))).first()


def _digest(items: Sequence[ContributionRow]) -> str:
    """Hash what training would read: ids, bytes and contexts in order."""
    lines = (f"{item.id} {item.clean_digest} {sorted(item.context.items())}" for item in items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
