"""Looks for the same bytes again, and for files that say or show nearly the same."""

import asyncio

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.facts import ContributionState
from datanets.formats.likeness import nearest
from datanets.refusals import AlreadyHeld, RejectedBefore
from datanets.tables import ContributionRow, DatanetRow

S = ContributionState
HELD = (S.PENDING, S.ESCALATED, S.ACCEPTED)
# A second throw of the dice is refused to the author, whoever gave the first verdict.
TURNED_DOWN = (S.REJECTED, S.REVOKED)
# Comparing takes some ten microseconds each; older files are left to the validators' memory.
MOST_COMPARED = 20_000


async def first_copy(
    session: AsyncSession, datanet: DatanetRow, member: str, digest: str
) -> ContributionRow | None:
    """Return the member's own contribution of these bytes, or None when they are new.

    Raises AlreadyHeld when another member's are, RejectedBefore when the member's own were turned down.
    """
    same = select(ContributionRow).where(
        ContributionRow.datanet_id == datanet.id, ContributionRow.digest == digest
    )
    held = (await session.scalars(same.where(ContributionRow.state.in_(HELD)))).first()
    if held is not None:
        if held.author_id != member:
            raise AlreadyHeld(datanet.name)
        return held
    mine = same.where(ContributionRow.author_id == member, ContributionRow.state.in_(TURNED_DOWN))
    if (turned_down := (await session.scalars(mine)).first()) is not None:
        raise RejectedBefore(turned_down.id)
    return None


async def near_copy(
    session: AsyncSession, datanet: str, clean_digest: str, probes: tuple[str, ...]
) -> str | None:
    """Return the id of a held contribution that is near to one of the probes, or cleans to the same bytes."""
    held = (ContributionRow.datanet_id == datanet, ContributionRow.state.in_(HELD))
    same = select(ContributionRow.id).where(*held, ContributionRow.clean_digest == clean_digest)
    if (found := await session.scalar(same.limit(1))) is not None:
        return str(found)
    signed = (
        select(ContributionRow.id, ContributionRow.signature)
        .where(*held, ContributionRow.signature != "")
        .order_by(ContributionRow.created_at.desc())
        .limit(MOST_COMPARED)
    )
    rows = (await session.execute(signed)).all() if probes else []
    return await asyncio.to_thread(nearest, probes, rows) or None
