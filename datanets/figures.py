"""Counts for the operator: what waits, what runs, who is there."""

from collections.abc import Mapping

from sqlalchemy import func, select, text

from datanets.clock import Clock
from datanets.database import Database
from datanets.tables import ContributionRow, Member, NewsRow, PostingRow, RunRow, WorkerRow
from datanets.workshop import FRESH

Labels = tuple[tuple[str, str], ...]


async def answers(db: Database) -> str:
    """Return an empty text when the database answers; raises what the driver raises otherwise."""
    async with db.read() as session:
        await session.execute(text("SELECT 1"))
    return ""


async def figures(db: Database, clock: Clock) -> Mapping[tuple[str, Labels], float]:
    """Count contributions and runs by state, members, workers that are there, and news still to be shown."""
    found: dict[tuple[str, Labels], float] = {}
    async with db.read() as session:
        for name, table in (("contributions", ContributionRow), ("runs", RunRow)):
            states = await session.execute(select(table.state, func.count()).group_by(table.state))
            found |= {(name, (("state", str(state)),)): float(count) for state, count in states}
        since = clock.now() - FRESH
        online = select(func.count()).select_from(WorkerRow).where(WorkerRow.seen_at >= since)
        behind = select(func.count()).select_from(NewsRow).join(PostingRow, PostingRow.news_id == NewsRow.id)
        single = {
            "members": select(func.count()).select_from(Member),
            "workers_online": online,
            "news_behind": behind.where(PostingRow.revision < NewsRow.revision),
        }
        for name, query in single.items():
            found[name, ()] = float(await session.scalar(query) or 0)
    return found
