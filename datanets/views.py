"""Rows of contributions and datanets shown as facts; shared by the services that return them."""

from collections.abc import Sequence
from difflib import get_close_matches

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.facts import (
    Context,
    ContributionState,
    ContributionView,
    DatanetView,
    Kind,
    Reason,
    ReviewPolicy,
    Verdict,
)
from datanets.refusals import NotFound
from datanets.tables import ContributionRow, DatanetRow, Member, ReleaseItemRow, ReleaseRow


async def contribution_views(
    session: AsyncSession, rows: Sequence[ContributionRow]
) -> tuple[ContributionView, ...]:
    """Show rows with the names of their datanets and authors, in the order given."""
    datanets = {row.id: row for row in await _by_ids(session, DatanetRow, {row.datanet_id for row in rows})}
    authors = {row.id: row for row in await _by_ids(session, Member, {row.author_id for row in rows})}
    return tuple(_contribution(row, datanets[row.datanet_id], authors[row.author_id]) for row in rows)


async def contribution_view(session: AsyncSession, community: str, contribution: str) -> ContributionView:
    """Show one contribution of a community; raises NotFound."""
    row = await contribution_row(session, community, contribution)
    return (await contribution_views(session, [row]))[0]


async def contribution_row(
    session: AsyncSession, community: str, contribution: str, *, lock: bool = False
) -> ContributionRow:
    """Return a row of a community, locked against other writers if asked; raises NotFound."""
    query = select(ContributionRow).where(
        ContributionRow.id == contribution, ContributionRow.community_id == community
    )
    row = (await session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if row is None:
        raise NotFound("contribution", contribution)
    return row


async def datanet_row(session: AsyncSession, community: str, name: str) -> DatanetRow:
    """Return a datanet of a community by name or id; raises NotFound with the names near it."""
    wanted = name.strip().lower()
    rows = list(await session.scalars(select(DatanetRow).where(DatanetRow.community_id == community)))
    for row in rows:
        if wanted in (row.name, row.id):
            return row
    raise NotFound("datanet", name, _close(wanted, [row.name for row in rows]))


async def datanet_views(session: AsyncSession, rows: Sequence[DatanetRow]) -> tuple[DatanetView, ...]:
    """Show datanets with their counts."""
    ids = [row.id for row in rows]
    by_state = (
        select(ContributionRow.datanet_id, ContributionRow.state, func.count())
        .where(ContributionRow.datanet_id.in_(ids))
        .group_by(ContributionRow.datanet_id, ContributionRow.state)
    )
    counts = {(net, state): number for net, state, number in (await session.execute(by_state)).all()}
    released = select(ReleaseRow.datanet_id, func.count()).where(ReleaseRow.datanet_id.in_(ids))
    releases = dict((await session.execute(released.group_by(ReleaseRow.datanet_id))).all())
    in_release = select(ReleaseItemRow.contribution_id)
    fresh = (
        select(ContributionRow.datanet_id, func.count())
        .where(ContributionRow.datanet_id.in_(ids), ContributionRow.state == ContributionState.ACCEPTED)
        .where(ContributionRow.id.not_in(in_release))
        .group_by(ContributionRow.datanet_id)
    )
    unreleased = dict((await session.execute(fresh)).all())
    owners = {row.id: row.name for row in await _by_ids(session, Member, {row.owner_id for row in rows})}
    return tuple(
        DatanetView(
            id=row.id,
            name=row.name,
            kind=Kind(row.kind),
            description=row.description,
            rules=row.rules,
            tags=tuple(row.tags),
            licence=row.licence,
            owner=row.owner_id,
            owner_name=owners[row.owner_id],
            policy=ReviewPolicy(**row.policy),
            is_open=row.is_open,
            pending=counts.get((row.id, "pending"), 0) + counts.get((row.id, "escalated"), 0),
            accepted=counts.get((row.id, "accepted"), 0),
            rejected=counts.get((row.id, "rejected"), 0),
            releases=releases.get(row.id, 0),
            accepted_since_release=unreleased.get(row.id, 0),
            created_at=row.created_at,
        )
        for row in rows
    )


def _contribution(row: ContributionRow, datanet: DatanetRow, author: Member) -> ContributionView:
    return ContributionView(
        id=row.id,
        community=row.community_id,
        datanet_id=datanet.id,
        datanet=datanet.name,
        kind=Kind(datanet.kind),
        author=author.id,
        author_name=author.name,
        state=ContributionState(row.state),
        format=row.format,
        name=row.name,
        size=row.size,
        digest=row.clean_digest,
        context=Context(**row.context),
        notes=tuple(row.notes),
        is_near_duplicate=row.near_duplicate_of is not None,
        excerpt=row.excerpt,
        created_at=row.created_at,
        verdict=_verdict(row),
    )


def _verdict(row: ContributionRow) -> Verdict | None:
    if row.decided_at is None or row.score is None:
        return None
    return Verdict(
        accepted=row.state != ContributionState.REJECTED,
        score=row.score,
        points=row.points,
        reason=Reason(row.reason) if row.reason else None,
        note=row.note,
        decided_by=row.decided_by or "",
        at=row.decided_at,
    )


async def _by_ids(session: AsyncSession, table: type, ids: set[str]) -> list:  # type: ignore[type-arg]
    if not ids:
        return []
    return list(await session.scalars(select(table).where(table.id.in_(ids))))  # type: ignore[attr-defined]


def _close(wanted: str, names: list[str]) -> tuple[str, ...]:
    return tuple(get_close_matches(wanted, names, n=3, cutoff=0.5)) or tuple(sorted(names)[:5])
